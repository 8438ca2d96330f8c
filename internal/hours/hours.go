// Package hours says when a shop is open: a week of wall-clock spans in an IANA time
// zone. It is pure; the time is always handed in.
package hours

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the same rules on a machine without a zone database

	"recado/internal/errs"
)

// Hours is a week as a person writes it. Days without spans are closed days, so an empty
// week is never open; a company that keeps no hours says Always.
type Hours struct {
	Always bool              `json:"always"`
	Zone   string            `json:"zone,omitempty" maxLength:"64" doc:"IANA name; empty for the company's zone"`
	Days   map[string][]Span `json:"days,omitempty" doc:"mon, tue, wed, thu, fri, sat, sun"`
}

// Span is part of a day, "09:00" to "18:00", the end excluded. "24:00" is the end of the
// day; an end before the start is on the next day.
type Span struct {
	From string `json:"from" pattern:"^[0-9]{2}:[0-9]{2}$" example:"09:00"`
	To   string `json:"to" pattern:"^[0-9]{2}:[0-9]{2}$" example:"18:00"`
}

// MaxSpans bounds one day.
const MaxSpans = 12

const day = 24 * 60 // minutes

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// Week is a compiled Hours: immutable, safe for concurrent use.
type Week struct {
	always bool
	zone   *time.Location
	spans  [7][]span
}

// span is minutes since midnight of its day; to is past 24:00 when it ends the next day.
type span struct{ from, to int }

// Compile checks h and returns its Week; zone (IANA, "" for UTC) serves an h that names
// none. The error joins one *errs.Problem per fault; Fields are relative to h,
// "days.mon[0].from".
func (h Hours) Compile(zone string) (*Week, error) {
	var faults []error
	loc, err := load(cmp.Or(h.Zone, zone, "UTC"))
	if err != nil {
		faults = append(faults, errs.New(errs.Invalid, "hours.zone", "zone", cmp.Or(h.Zone, zone)).At("zone"))
	}
	w := &Week{always: h.Always, zone: loc}
	for _, name := range slices.Sorted(maps.Keys(h.Days)) {
		at := "days." + name
		wd, ok := weekdays[name]
		if !ok {
			faults = append(faults, errs.New(errs.Invalid, "hours.day", "day", name).At(at))
			continue
		}
		if len(h.Days[name]) > MaxSpans {
			faults = append(faults, errs.New(errs.Invalid, "hours.too_many", "max", MaxSpans).At(at))
			continue
		}
		for i, s := range h.Days[name] {
			c, err := s.compile(fmt.Sprintf("%s[%d]", at, i))
			faults = append(faults, err)
			w.spans[wd] = append(w.spans[wd], c)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return w, nil
}

func (s Span) compile(at string) (span, error) {
	from, ok := minutes(s.From)
	if !ok || from == day {
		return span{}, errs.New(errs.Invalid, "hours.time", "time", s.From).At(at + ".from")
	}
	to, ok := minutes(s.To)
	switch {
	case !ok:
		return span{}, errs.New(errs.Invalid, "hours.time", "time", s.To).At(at + ".to")
	case to == from:
		return span{}, errs.New(errs.Invalid, "hours.empty_span", "time", s.To).At(at + ".to")
	case to < from:
		to += day
	}
	return span{from, to}, nil
}

// load refuses "Local", which would be the server's zone and not the company's.
func load(name string) (*time.Location, error) {
	if strings.EqualFold(name, "local") {
		return nil, errors.New("hours: Local is not a place")
	}
	return time.LoadLocation(name)
}

// minutes reads "HH:MM" from 00:00 to 24:00.
func minutes(s string) (int, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	h, m := int(s[0]-'0')*10+int(s[1]-'0'), int(s[3]-'0')*10+int(s[4]-'0')
	return h*60 + m, m < 60 && h*60+m <= day
}

// Zone is where the week is read.
func (w *Week) Zone() *time.Location { return w.zone }

// In is the same week read on another zone's clocks.
func (w *Week) In(zone *time.Location) *Week {
	c := *w
	c.zone = zone
	return &c
}

// Opens reports whether the week has any time at which the shop is open.
func (w *Week) Opens() bool {
	return w.always || slices.ContainsFunc(w.spans[:], func(s []span) bool { return len(s) > 0 })
}

// Open reports whether the shop is open at t.
func (w *Week) Open(t time.Time) bool {
	if w.always {
		return true
	}
	y, m, d := t.In(w.zone).Date()
	// Yesterday's spans may run past midnight. Tomorrow's may have begun: where clocks go
	// back just after midnight, the evening before is lived twice.
	for off := -1; off <= 1; off++ {
		for _, s := range w.on(y, m, d+off) {
			from, to := w.bounds(y, m, d+off, s)
			if !t.Before(from) && t.Before(to) {
				return true
			}
		}
	}
	return false
}

// NextOpen is the first moment at or after t when the shop is open, in the week's zone.
// ok is false for a week that never opens.
func (w *Week) NextOpen(t time.Time) (next time.Time, ok bool) {
	if w.Open(t) {
		return t.In(w.zone), true
	}
	y, m, d := t.In(w.zone).Date()
	// Two weeks, because the one span of a week may vanish when clocks go forward.
	for off := range 15 {
		for _, s := range w.on(y, m, d+off) {
			from, to := w.bounds(y, m, d+off, s)
			if from.Before(t) || !from.Before(to) {
				continue
			}
			if !ok || from.Before(next) {
				next, ok = from, true
			}
		}
		if ok {
			return next, true
		}
	}
	return time.Time{}, false
}

func (w *Week) on(y int, m time.Month, d int) []span {
	return w.spans[time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()]
}

func (w *Week) bounds(y int, m time.Month, d int, s span) (from, to time.Time) {
	return first(w.zone, time.Date(y, m, d, 0, s.from, 0, 0, time.UTC)),
		first(w.zone, time.Date(y, m, d, 0, s.to, 0, 0, time.UTC))
}

// first is the first moment when a clock in zone shows wall or later (wall is written as
// if in UTC). So a time that the clocks skip is the moment of the jump, and of a time
// that happens twice the first counts, as in RFC 5545 section 3.3.5.
func first(zone *time.Location, wall time.Time) time.Time {
	t := wall.Add(-24 * time.Hour).In(zone) // earlier than any offset can make it
	for {
		_, offset := t.Zone()
		_, end := t.ZoneBounds()
		c := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if c.Before(t) {
			c = t
		}
		if end.IsZero() || c.Before(end) {
			return c
		}
		t = end
	}
}
