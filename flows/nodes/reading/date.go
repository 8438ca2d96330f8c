package reading

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Forms that punctuation makes; all else is read word by word.
var (
	isoDate  = regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})(?:\b|t)`)
	slashed  = regexp.MustCompile(`\b(\d{1,2})(?:/|-)(\d{1,2})(?:(?:/|-)(\d{4}|\d{2}))?\b|\b(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\b`)
	clock    = regexp.MustCompile(`\b(\d{1,2})(?::|h)(\d{2})(?::\d{2})?\s*([ap])?(?:\.?\s?m\b\.?)?`)
	meridian = regexp.MustCompile(`\b(\d{1,2})\s*([ap])\.?\s?m\b\.?`)
)

var weekdays = named("domingo/sunday/sun lunes/monday/mon martes/tuesday/tue miercoles/wednesday/wed jueves/thursday/thu viernes/friday/fri sabado/saturday/sat", 0)

var months = named("enero/january/jan/ene febrero/february/feb marzo/march/mar abril/april/abr/apr mayo/may junio/june/jun julio/july/jul "+
	"agosto/august/ago/aug septiembre/september/sep/sept/setiembre octubre/october/oct noviembre/november/nov diciembre/december/dic/dec", 1)

// named numbers groups of names for the same thing.
func named(groups string, from int) map[string]int {
	m := map[string]int{}
	for i, g := range strings.Fields(groups) {
		for name := range strings.SplitSeq(g, "/") {
			m[name] = from + i
		}
	}
	return m
}

// date gathers what the words of an answer say of a day and an hour; -1 is not said.
type date struct {
	now                  time.Time
	year, month, day     int
	weekday, ahead       int // ahead: days from today
	monthsAhead          int
	hour, minute         int
	morning, late, night bool
	exact                time.Time // "in two hours"
}

// Date reads the day, and the hour if one is said, that an answer names: "mañana a las 5",
// "15 de mayo", "next friday", "el 3", "15/05/2026 10:30", "en dos semanas". now is in the
// zone in which the answer is meant. timed tells whether an hour was named; else it is
// midnight at the day's beginning.
//
// A weekday is the next one after today. A day without a year, or without a month, is the
// next such day, today included. An hour from 1 to 7 without more is in the afternoon, as
// shops keep their hours. In English of the United States the month comes first in "5/15".
func Date(s string, now time.Time, language string) (t time.Time, timed, ok bool) {
	if len(s) > 250 {
		return time.Time{}, false, false
	}
	d := date{now: now, year: -1, month: -1, day: -1, weekday: -1, ahead: -1, hour: -1}
	rest, ok := d.marks(strings.ToLower(s), language)
	if !ok {
		return time.Time{}, false, false
	}
	words := strings.Fields(Words(rest))
	for i := 0; i < len(words); {
		n := d.word(words, i)
		if n < 0 {
			return time.Time{}, false, false
		}
		i += n
	}
	return d.when()
}

// marks reads what is written with punctuation and returns the words around it.
func (d *date) marks(s, language string) (rest string, ok bool) {
	take := func(re *regexp.Regexp) []string {
		at := re.FindStringSubmatchIndex(s)
		if at == nil {
			return nil
		}
		m := make([]string, len(at)/2)
		for i := range m {
			if at[2*i] >= 0 {
				m[i] = s[at[2*i]:at[2*i+1]]
			}
		}
		s = s[:at[0]] + " " + s[at[1]:]
		return m
	}
	if m := take(isoDate); m != nil {
		d.year, d.month, d.day = number(m[1]), number(m[2]), number(m[3])
	} else if m := take(slashed); m != nil {
		if m[1] == "" {
			m = m[3:]
		}
		d.day, d.month = number(m[1]), number(m[2])
		if american := language == "en" || language == "en-US"; american && d.day <= 12 || d.month > 12 {
			d.day, d.month = d.month, d.day
		}
		if m[3] != "" {
			d.year = fullYear(m[3])
		}
	}
	m := take(clock)
	if m == nil {
		if m = take(meridian); m != nil {
			m = []string{"", m[1], "0", m[2]}
		}
	}
	if m == nil {
		return s, true
	}
	d.hour, d.minute = number(m[1]), number(m[2])
	if m[3] == "a" {
		d.morning = true
	} else if m[3] == "p" {
		d.late = true
	} else if len(m[1]) == 2 || d.hour > 7 {
		d.morning = d.hour < 12 // "05:30" is as written
	}
	return s, d.hour < 24 && d.minute < 60
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// fullYear reads "26" as the nearest, as package time does: 69 to 99 are of the last century.
func fullYear(s string) int {
	n := number(s)
	switch {
	case len(s) == 2 && n >= 69:
		return 1900 + n
	case len(s) == 2:
		return 2000 + n
	}
	return n
}

// word reads what begins at words[i] and returns how many words it took: -1 for an answer
// that means no date. Words that say nothing of a date are passed over.
func (d *date) word(words []string, i int) int {
	w := words[i]
	following := func(k int) string {
		if i+k < len(words) {
			return words[i+k]
		}
		return ""
	}
	before := func(k int) string {
		if i >= k {
			return words[i-k]
		}
		return ""
	}
	switch w {
	case "no", "not", "nunca", "never":
		return -1
	case "hoy", "today", "tonight":
		d.ahead, d.night = 0, w == "tonight"
	case "ayer", "yesterday":
		return -1
	case "manana", "tomorrow":
		switch {
		case before(1) == "la" || before(1) == "esta": // "de la mañana"
			d.morning = true
			if before(1) == "esta" {
				d.ahead = 0
			}
		case before(1) == "pasado" || before(1) == "after" && before(2) == "day":
			d.ahead = 2
		default:
			d.ahead = 1
		}
	case "morning", "madrugada":
		d.morning = true
	case "tarde", "afternoon", "evening":
		d.late = true
		if before(1) == "esta" || before(1) == "this" {
			d.ahead = 0
		}
	case "noche", "night":
		d.night = true
		if before(1) == "esta" {
			d.ahead = 0
		}
	case "mediodia", "noon", "midday":
		d.hour, d.late = 12, true
	case "semana", "week":
		if near(before(1)) || following(1) == "que" && following(2) == "viene" {
			d.ahead = 7
		}
	case "mes", "month":
		if near(before(1)) || following(1) == "que" && following(2) == "viene" {
			d.monthsAhead = 1
		}
	case "en", "in", "dentro", "within":
		return d.span(words, i)
	case "las", "at": // "a las cinco y media"
		return d.oclock(words, i)
	case "la":
		if before(1) == "a" {
			return d.oclock(words, i)
		}
	default:
		return d.named(words, i)
	}
	return 1
}

func near(w string) bool {
	return w == "proxima" || w == "proximo" || w == "next" || w == "siguiente"
}

// span reads "en 3 días", "dentro de dos semanas", "in half an hour".
func (d *date) span(words []string, i int) int {
	j := i + 1
	for j < len(words) && (words[j] == "de" || words[j] == "unos" || words[j] == "unas" || words[j] == "about") {
		j++
	}
	if j+1 >= len(words) {
		return 1
	}
	n := count(words[j])
	if n < 1 || n > 1000 {
		return 1
	}
	switch strings.TrimSuffix(words[j+1], "s") {
	case "dia", "day":
		d.ahead = n
	case "semana", "week":
		d.ahead = 7 * n
	case "me", "month", "mese":
		d.monthsAhead = n
	case "hora", "hour":
		d.exact = d.now.Add(time.Duration(n) * time.Hour)
	case "minuto", "minute":
		d.exact = d.now.Add(time.Duration(n) * time.Minute)
	default:
		return 1
	}
	return j + 2 - i
}

// count reads a small number in digits or a word; 0 is none.
func count(w string) int {
	if n, ok := cardinals[w]; ok {
		return int(n)
	}
	if w == "an" {
		return 1
	}
	return max(number(w), 0)
}

// oclock reads the hour after "a las".
func (d *date) oclock(words []string, i int) int {
	if i+1 >= len(words) || d.hour >= 0 {
		return 1
	}
	n := count(words[i+1])
	if n < 1 || n > 23 {
		return 1
	}
	d.hour = n
	took := 2
	rest := words[i+2:]
	if len(rest) > 1 && rest[0] == "y" {
		switch m := rest[1]; {
		case m == "media":
			d.minute, took = 30, 4
		case m == "cuarto":
			d.minute, took = 15, 4
		case count(m) > 0 && count(m) < 60:
			d.minute, took = count(m), 4
		}
	}
	return took
}

// named reads weekdays, months, years and days of a month.
func (d *date) named(words []string, i int) int {
	w := words[i]
	if wd, ok := weekdays[w]; ok {
		d.weekday = wd
		return 1
	}
	if m, ok := months[w]; ok && d.month < 0 {
		d.month = m
		return 1
	}
	n := number(w)
	if k := ordinals[w]; n < 0 && strings.ContainsAny(w, "0123456789") || w == "primero" || w == "first" {
		n = max(k, number(strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz"))) // "1ro", "22nd"
	}
	switch {
	case n >= 1900 && n < 2200 && len(w) == 4:
		d.year = n
	case n >= 1 && n <= 31 && d.day < 0 && (len(words) == 1 || beside31(words, i)):
		d.day = n
	}
	return 1
}

// beside31 reports whether a number stands as a day of the month: "el 15", "15 de mayo",
// "may 15", "day 15".
func beside31(words []string, i int) bool {
	if i > 0 {
		switch w := words[i-1]; {
		case w == "el" || w == "dia" || w == "the" || w == "day" || w == "on" || w == "para":
			return true
		case months[w] > 0 || weekday(w):
			return true
		}
	}
	for _, w := range words[i+1 : min(len(words), i+3)] {
		if months[w] > 0 {
			return true
		}
	}
	return false
}

func weekday(w string) bool { _, ok := weekdays[w]; return ok }

// when puts together what was said.
func (d *date) when() (t time.Time, timed, ok bool) {
	if !d.exact.IsZero() {
		return d.exact.Truncate(time.Minute), true, true
	}
	timed = d.hour >= 0
	y, m, today := d.now.Date()
	at := func(year, month, day int) time.Time {
		h := 0
		if timed {
			h = d.clock()
		}
		return time.Date(year, time.Month(month), day, h, d.minute, 0, 0, d.now.Location())
	}
	switch {
	case d.day > 0 && d.month > 0:
		year := d.year
		if year < 0 {
			if year = y; d.month < int(m) || d.month == int(m) && d.day < today {
				year++
			}
		}
		t = at(year, d.month, d.day)
		return t, timed, t.Day() == d.day && int(t.Month()) == d.month
	case d.day > 0 && d.monthsAhead == 0:
		for k := range 3 { // a 31st is at most two months off
			if t = at(y, int(m)+k, d.day); t.Day() == d.day && !(k == 0 && d.day < today) {
				return t, timed, true
			}
		}
		return t, timed, false
	case d.day > 0:
		t = at(y, int(m)+d.monthsAhead, d.day)
		return t, timed, t.Day() == d.day
	case d.weekday >= 0:
		days := (d.weekday - int(d.now.Weekday()) + 7) % 7
		if days == 0 && d.ahead != 0 {
			days = 7
		}
		return at(y, int(m), today+days), timed, true
	case d.ahead >= 0:
		return at(y, int(m), today+d.ahead), timed, true
	case d.monthsAhead > 0:
		t = at(y, int(m)+d.monthsAhead, today)
		if t.Day() != today { // the month is shorter: its last day
			t = at(t.Year(), int(t.Month()), 0)
		}
		return t, timed, true
	case timed: // an hour alone is today's, or tomorrow's when it is past
		if t = at(y, int(m), today); !t.After(d.now) {
			t = at(y, int(m), today+1)
		}
		return t, true, true
	}
	return time.Time{}, false, false
}

// clock is the hour of 24.
func (d *date) clock() int {
	switch h := d.hour; {
	case (d.late || d.night) && h < 12:
		return h + 12
	case d.night && h == 12 || d.morning && h == 12:
		return 0
	case !d.morning && h >= 1 && h <= 7:
		return h + 12
	default:
		return h
	}
}
