package channels_test

import (
	"slices"
	"testing"

	"recado/channels"
)

func TestWhatsAppNumbers(t *testing.T) {
	t.Parallel()
	for written, want := range map[string][]string{
		"+57 300 123 45 67":    {"573001234567"},
		"+52 55 1234 5678":     {"5215512345678", "525512345678"},
		"+52 1 55 1234 5678":   {"5215512345678", "525512345678"},
		"+54 11 2345-6789":     {"5491123456789", "541123456789"},
		"+54 9 11 2345-6789":   {"5491123456789", "541123456789"},
		"+52 900 123":          {"52900123"},
		"55 1234 5678":         nil,
		"lo que sea de México": nil,
	} {
		if got := channels.WhatsAppNumbers(written); !slices.Equal(got, want) {
			t.Errorf("WhatsAppNumbers(%q) = %q, want %q", written, got, want)
		}
	}
}

func TestPhone(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"+573001234567":         "+573001234567",
		"+57 300 123 45 67":     "+573001234567",
		" +57 300 123-45-67 ":   "+573001234567",
		"00 34 600.11.22.33":    "+34600112233",
		"+1 (415) 555-0100":     "+14155550100",
		"+52\u00a055 1234 5678": "+525512345678",
	} {
		if got, ok := channels.Phone(written); got != want || !ok {
			t.Errorf("Phone(%q) = %q, %t; want %q", written, got, ok, want)
		}
	}
	for _, written := range []string{"", "300 123 45 67", "+", "+0300 123 45 67", "+57 300", "++573001234567", "+57 300 123 45 67 890 12", "+57 300 CALL ME", "ana@ejemplo.com", "+57٣٠٠١٢٣٤"} {
		if got, ok := channels.Phone(written); ok {
			t.Errorf("Phone(%q) = %q, though nobody has that number", written, got)
		}
	}
}
