package hours

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"recado/internal/errs"
)

func compile(t testing.TB, zone, days string) *Week {
	t.Helper()
	h := Hours{Zone: zone}
	if err := json.Unmarshal([]byte(days), &h.Days); err != nil {
		t.Fatal(err)
	}
	w, err := h.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const office = `{"mon":[{"from":"09:00","to":"14:00"},{"from":"16:00","to":"20:00"}],"tue":[{"from":"09:00","to":"24:00"}],"fri":[{"from":"20:00","to":"02:30"}]}`

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, days, at string
		want                 bool
	}{
		{"minute before", "America/Bogota", office, "2026-03-02T08:59:59-05:00", false},
		{"first minute", "America/Bogota", office, "2026-03-02T09:00:00-05:00", true},
		{"last second", "America/Bogota", office, "2026-03-02T13:59:59-05:00", true},
		{"the end is excluded", "America/Bogota", office, "2026-03-02T14:00:00-05:00", false},
		{"siesta", "America/Bogota", office, "2026-03-02T15:00:00-05:00", false},
		{"second span", "America/Bogota", office, "2026-03-02T16:00:00-05:00", true},
		{"read in the shop's zone", "Europe/Madrid", office, "2026-03-02T08:00:00Z", true},
		{"and not in the reader's", "America/Bogota", office, "2026-03-02T08:00:00Z", false},
		{"24:00 is midnight", "America/Bogota", office, "2026-03-03T23:59:59-05:00", true},
		{"and no more", "America/Bogota", office, "2026-03-04T00:00:00-05:00", false},
		{"over midnight, evening", "America/Bogota", office, "2026-03-06T23:00:00-05:00", true},
		{"over midnight, next day", "America/Bogota", office, "2026-03-07T02:29:59-05:00", true},
		{"over midnight, over", "America/Bogota", office, "2026-03-07T02:30:00-05:00", false},
		{"early on the day itself", "America/Bogota", office, "2026-03-06T01:00:00-05:00", false},
		{"saturday night into sunday", "UTC", `{"sat":[{"from":"22:00","to":"01:00"}]}`, "2026-03-08T00:30:00Z", true},
		{"sunday night into monday", "UTC", `{"sun":[{"from":"22:00","to":"01:00"}]}`, "2026-03-09T00:30:00Z", true},
		{"empty week", "UTC", `{}`, "2026-03-09T00:30:00Z", false},

		// Madrid, 29 March 2026: 02:00 becomes 03:00.
		{"opens in the gap: at the jump", "Europe/Madrid", `{"sun":[{"from":"02:30","to":"05:00"}]}`, "2026-03-29T03:00:00+02:00", true},
		{"not before the jump", "Europe/Madrid", `{"sun":[{"from":"02:30","to":"05:00"}]}`, "2026-03-29T01:59:59+01:00", false},
		{"a span inside the gap is no time at all", "Europe/Madrid", `{"sun":[{"from":"02:10","to":"02:50"}]}`, "2026-03-29T03:00:00+02:00", false},
		{"closes in the gap: at the jump", "Europe/Madrid", `{"sun":[{"from":"01:00","to":"02:30"}]}`, "2026-03-29T03:00:00+02:00", false},
		// Madrid, 25 October 2026: 03:00 becomes 02:00, so 02:00 to 03:00 happens twice.
		{"opens in the first 02:30", "Europe/Madrid", `{"sun":[{"from":"02:30","to":"05:00"}]}`, "2026-10-25T02:30:00+02:00", true},
		{"stays open in the second 02:10", "Europe/Madrid", `{"sun":[{"from":"02:30","to":"05:00"}]}`, "2026-10-25T02:10:00+01:00", true},
		{"a night bar closes once", "Europe/Madrid", `{"sat":[{"from":"22:00","to":"02:30"}]}`, "2026-10-25T02:29:59+02:00", true},
		{"and does not open again", "Europe/Madrid", `{"sat":[{"from":"22:00","to":"02:30"}]}`, "2026-10-25T02:10:00+01:00", false},
		// Santiago, 6 September 2026: 00:00 becomes 01:00, the day has no midnight.
		{"a day without midnight", "America/Santiago", `{"sun":[{"from":"00:00","to":"12:00"}]}`, "2026-09-06T01:00:00-03:00", true},
		{"the evening before", "America/Santiago", `{"sun":[{"from":"00:00","to":"12:00"}]}`, "2026-09-05T23:59:59-04:00", false},
		// Santiago, 4 April 2026: at 24:00 it is 23:00 again.
		{"an evening lived twice is still that evening", "America/Santiago", `{"sat":[{"from":"20:00","to":"24:00"}]}`, "2026-04-04T23:30:00-04:00", true},
		// St. John's, 30 October 2005: 00:01 became 23:01 of the day before.
		{"tomorrow has begun and yesterday is back", "America/St_Johns", `{"sun":[{"from":"00:00","to":"02:00"}]}`, "2005-10-29T23:30:00-03:30", true},
		// Apia left out 30 December 2011 altogether.
		{"a date that never was", "Pacific/Apia", `{"fri":[{"from":"08:00","to":"20:00"}]}`, "2011-12-31T00:00:00+14:00", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := compile(t, c.zone, c.days).Open(at(t, c.at)); got != c.want {
				t.Errorf("Open(%s) = %v, want %v", c.at, got, c.want)
			}
		})
	}
}

func TestAlways(t *testing.T) {
	t.Parallel()
	w, err := Hours{Always: true}.Compile("America/Lima")
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-03-09T03:30:00Z")
	if next, ok := w.NextOpen(now); !w.Open(now) || !ok || !next.Equal(now) {
		t.Errorf("always: open %v, next %v %v", w.Open(now), next, ok)
	}
	if !w.Opens() || compile(t, "UTC", `{"mon":[]}`).Opens() {
		t.Error("always never opens, or a week without spans does")
	}
	if w.Zone().String() != "America/Lima" {
		t.Errorf("zone %s", w.Zone())
	}
}

func TestNextOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, days, at, want string }{
		{"already open", "America/Bogota", office, "2026-03-02T10:00:00-05:00", "2026-03-02T10:00:00-05:00"},
		{"later today", "America/Bogota", office, "2026-03-02T14:00:00-05:00", "2026-03-02T16:00:00-05:00"},
		{"tomorrow", "America/Bogota", office, "2026-03-02T20:00:00-05:00", "2026-03-03T09:00:00-05:00"},
		{"over the weekend", "America/Bogota", office, "2026-03-07T02:30:00-05:00", "2026-03-09T09:00:00-05:00"},
		{"spans in any order", "UTC", `{"mon":[{"from":"16:00","to":"18:00"},{"from":"09:00","to":"10:00"}]}`, "2026-03-02T01:00:00Z", "2026-03-02T09:00:00Z"},
		{"the same weekday a week on", "UTC", `{"mon":[{"from":"09:00","to":"10:00"}]}`, "2026-03-02T10:00:00Z", "2026-03-09T09:00:00Z"},
		{"at the jump", "Europe/Madrid", `{"sun":[{"from":"02:30","to":"05:00"}]}`, "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"the week's only span fell into the gap", "Europe/Madrid", `{"sun":[{"from":"02:10","to":"02:50"}]}`, "2026-03-28T12:00:00+01:00", "2026-04-05T02:10:00+02:00"},
		{"never", "UTC", `{"mon":[]}`, "2026-03-02T10:00:00Z", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			next, ok := compile(t, c.zone, c.days).NextOpen(at(t, c.at))
			if ok != (c.want != "") || ok && !next.Equal(at(t, c.want)) {
				t.Errorf("NextOpen(%s) = %v %v, want %s", c.at, next, ok, c.want)
			}
		})
	}
}

// Minute by minute over a year with both changes of the clock, NextOpen and Open agree.
func TestNextOpenAgreesWithOpen(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Madrid", "America/Santiago", "America/Bogota", "America/Havana"} {
		w := compile(t, zone, office)
		rng := rand.New(rand.NewPCG(1, 2))
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 60 {
			now := begin.Add(time.Duration(rng.IntN(365*day)) * time.Minute)
			next, ok := w.NextOpen(now)
			if !ok || !w.Open(next) || next.Before(now) {
				t.Fatalf("%s: NextOpen(%v) = %v %v", zone, now, next, ok)
			}
			for m := now; m.Before(next); m = m.Add(time.Minute) {
				if w.Open(m) {
					t.Fatalf("%s: open at %v, before NextOpen(%v) = %v", zone, m, now, next)
				}
			}
		}
	}
}

func TestCompileNamesTheField(t *testing.T) {
	t.Parallel()
	many := make([]Span, MaxSpans+1)
	for i := range many {
		many[i] = Span{"09:00", "10:00"}
	}
	days := func(s ...Span) map[string][]Span { return map[string][]Span{"mon": s} }
	for _, c := range []struct {
		name string
		h    Hours
		want []string
	}{
		{"zone", Hours{Zone: "America/Macondo"}, []string{"hours.zone at zone"}},
		{"the server's zone", Hours{Zone: "Local"}, []string{"hours.zone at zone"}},
		{"zone as a path", Hours{Zone: "../etc/passwd"}, []string{"hours.zone at zone"}},
		{"day", Hours{Days: map[string][]Span{"lunes": nil}}, []string{"hours.day at days.lunes"}},
		{"one digit", Hours{Days: days(Span{"9:00", "18:00"})}, []string{"hours.time at days.mon[0].from"}},
		{"letters", Hours{Days: days(Span{"09:00", "1a:00"})}, []string{"hours.time at days.mon[0].to"}},
		{"minute 60", Hours{Days: days(Span{"09:00", "10:60"})}, []string{"hours.time at days.mon[0].to"}},
		{"past 24:00", Hours{Days: days(Span{"09:00", "24:01"})}, []string{"hours.time at days.mon[0].to"}},
		{"from 24:00", Hours{Days: days(Span{"24:00", "02:00"})}, []string{"hours.time at days.mon[0].from"}},
		{"no length", Hours{Days: days(Span{"09:00", "10:00"}, Span{"09:00", "09:00"})}, []string{"hours.empty_span at days.mon[1].to"}},
		{"too many", Hours{Days: days(many...)}, []string{"hours.too_many at days.mon"}},
		{"all at once", Hours{Zone: "x", Days: map[string][]Span{"tue": {{"a", "b"}}, "fri": {{"00:00", "c"}}}},
			[]string{"hours.zone at zone", "hours.time at days.fri[0].to", "hours.time at days.tue[0].from"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := c.h.Compile("America/Bogota")
			var p *errs.Problem
			if !errors.As(err, &p) || p.Kind != errs.Invalid {
				t.Fatalf("want a Problem, got %v", err)
			}
			var got []string
			for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
				got = append(got, e.Error())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	w := compile(b, "Europe/Madrid", office)
	now := at(b, "2026-03-02T15:00:00Z")
	for b.Loop() {
		w.Open(now)
	}
}
