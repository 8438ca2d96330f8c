package channels

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSplitText(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		in   string
		most int
		want []string
	}{
		"blank":            {" \n ", 10, nil},
		"fits":             {"  Hola  ", 4, []string{"Hola"}},
		"no limit":         {"Hola a todos", 0, []string{"Hola a todos"}},
		"paragraph":        {"Uno dos.\n\nTres. Cuatro", 16, []string{"Uno dos.", "Tres. Cuatro"}},
		"line":             {"Uno dos\ntres cuatro", 12, []string{"Uno dos", "tres cuatro"}},
		"sentence":         {"Uno dos. Tres cuatro", 14, []string{"Uno dos.", "Tres cuatro"}},
		"no crumbs":        {"Sí. Tres cuatro cinco", 16, []string{"Sí. Tres cuatro", "cinco"}},
		"word":             {"Uno dos tres", 9, []string{"Uno dos", "tres"}},
		"word ends there":  {"Uno dos tres", 7, []string{"Uno dos", "tres"}},
		"a link is whole":  {"Mira https://t.example/abc", 22, []string{"Mira", "https://t.example/abc"}},
		"anywhere":         {"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		"accent apart":     {"abcae\u0301xyz", 5, []string{"abca", "e\u0301xyz"}},
		"skin tone":        {"abc👍🏽d", 4, []string{"abc", "👍🏽d"}},
		"family":           {"ab👩‍👧d", 4, []string{"ab", "👩‍👧d"}},
		"flag":             {"abc🇲🇽d", 4, []string{"abc", "🇲🇽d"}},
		"one at a time":    {"abc", 1, []string{"a", "b", "c"}},
		"only accents":     {strings.Repeat("\u0301", 20), 9, []string{strings.Repeat("\u0301", 9), strings.Repeat("\u0301", 9), "\u0301\u0301"}},
		"characters count": {"ñandúñandú", 5, []string{"ñandú", "ñandú"}},
	} {
		if got := SplitText(x.in, x.most); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func FuzzSplitText(f *testing.F) {
	f.Add("Uno dos. Tres\n\ncuatro 👩‍👧 cinco", 7)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if !utf8.ValidString(s) || most < 1 {
			t.Skip("not a text")
		}
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsSpace(r) {
					return -1
				}
				return r
			}, s)
		}
		parts := SplitText(s, most)
		for _, p := range parts {
			if p == "" || utf8.RuneCountInString(p) > most {
				t.Errorf("a part of %d characters, limit %d", utf8.RuneCountInString(p), most)
			}
		}
		if letters(strings.Join(parts, "")) != letters(s) {
			t.Errorf("letters are lost: %q of %q", parts, s)
		}
	})
}

func BenchmarkSplitText(b *testing.B) {
	s := strings.Repeat("Gracias por tu compra en la tienda. ", 450) // 16 KiB
	for b.Loop() {
		SplitText(s, 160)
	}
}
