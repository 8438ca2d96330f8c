package id

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := New[Message]()
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Message
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
	if d := time.Since(want.Time()); d < -time.Second || d > time.Minute {
		t.Errorf("Time() is %v away from now", d)
	}
	if want[6]>>4 != 7 || want[8]>>6 != 2 {
		t.Errorf("%v is not a version 7, variant 2 UUID", want)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "x", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d_ac96_774b_bcce_b302099a8057",
		"01890a5d-ac96-774b-bcce-b302099a80zz", "{01890a5d-ac96-774b-bcce-b302099a8}", "0189-a5d-ac96-774b-bcce-b302099a8057"} {
		if v, err := Parse[Contact](s); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", s, v)
		}
	}
}

func TestAtBoundsItsMillisecond(t *testing.T) {
	t.Parallel()
	now := time.Now()
	lo, hi := At[Message](now.Add(-time.Second)), At[Message](now.Add(time.Minute))
	v := New[Message]()
	if slices.Compare(lo[:], v[:]) >= 0 || slices.Compare(v[:], hi[:]) >= 0 {
		t.Errorf("want %v < %v < %v", lo, v, hi)
	}
}

func TestNewAtIsOfItsTime(t *testing.T) {
	t.Parallel()
	then := time.Date(2026, 11, 18, 16, 30, 0, int(123*time.Millisecond), time.UTC)
	a, b := NewAt[Message](then), NewAt[Message](then)
	if !a.Time().Equal(then) || a == b {
		t.Errorf("%v and %v of %v", a, b, then)
	}
	if a[6]>>4 != 7 || a[8]>>6 != 2 {
		t.Errorf("%v is no UUIDv7", a)
	}
}

func TestScanValue(t *testing.T) {
	t.Parallel()
	want := New[Contact]()
	for _, src := range []any{want.String(), []byte(want.String()), want[:], [16]byte(want)} {
		var got Contact
		if err := got.Scan(src); err != nil || got != want {
			t.Errorf("Scan(%T) = %v, %v", src, got, err)
		}
	}
	zero := New[Contact]()
	if err := zero.Scan(nil); err != nil || !zero.IsZero() {
		t.Errorf("Scan(nil) = %v, %v", zero, err)
	}
	if v, err := (Contact{}).Value(); v != nil || err != nil {
		t.Errorf("zero Value() = %v, %v; want NULL", v, err)
	}
	if err := new(Contact).Scan(7); err == nil {
		t.Error("Scan(7) succeeded")
	}
}
