package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

const days = 42 // how far back conversations go

// byHour and byDay are how many shoppers write at each hour and weekday
// (Sunday first), in parts of the busiest.
var (
	byHour = [24]int{3, 1, 0, 0, 0, 0, 1, 4, 14, 26, 40, 46, 44, 34, 26, 30, 38, 46, 50, 48, 46, 40, 28, 12}
	byDay  = [7]int{26, 50, 46, 44, 42, 40, 30}
)

// start is when the conversation begins. Open ones begin within the last hours
// and, attempt by attempt, earlier; closed ones on a day of the past weeks.
func (w *writer) start(attempt int) time.Time {
	w.pace = random(w.index, 2+attempt)
	if w.state != Closed {
		// The first few wrote just now, the last ones this morning.
		step := time.Duration(3+w.index*w.index/2+attempt*45) * time.Minute
		return w.now.In(w.week.Zone()).Add(-step - w.between(0, 12*time.Minute))
	}
	local := w.now.In(w.week.Zone())
	for {
		// The smaller of two draws, at times: business grows towards today.
		back := w.pace.IntN(days)
		if w.pace.IntN(3) == 0 {
			back = min(back, w.pace.IntN(days))
		}
		y, m, d := local.AddDate(0, 0, -back).Date()
		at := time.Date(y, m, d, weighted(w.pace, byHour[:]), w.pace.IntN(60), w.pace.IntN(60), 0, local.Location())
		if w.pace.IntN(50) < byDay[at.Weekday()] {
			return at
		}
	}
}

func weighted(r *rand.Rand, weights []int) int {
	sum := 0
	for _, n := range weights {
		sum += n
	}
	n := r.IntN(sum)
	for i, weight := range weights {
		if n -= weight; n < 0 {
			return i
		}
	}
	return 0
}

// reading is how long the contact takes to read and write: longer when the
// last word came from people, who may have answered hours later.
func (w *writer) reading() time.Duration {
	switch {
	case len(w.conv.Messages) == 0:
		return 0
	case w.conv.last().Author == ByAgent:
		return w.between(30*time.Second, 9*time.Minute)
	default:
		return w.between(8*time.Second, 75*time.Second)
	}
}

// between is a duration in whole seconds, from low to high.
func (w *writer) between(low, high time.Duration) time.Duration {
	return low + time.Duration(w.pace.Int64N(int64((high-low)/time.Second)+1))*time.Second
}

// contact is the shopper of the i-th conversation.
func (c *Content) contact(i int) Contact {
	n := i
	if i >= persons {
		n = 30 + (i-persons)*5 // came before and came back
	}
	first, last := c.people.First[n*7%len(c.people.First)], c.people.Last[(n*5+n/len(c.people.First))%len(c.people.Last)]
	p := Contact{Key: fmt.Sprintf("contacto-%03d", n+1), Name: first + " " + last}
	if n%10 < 7 {
		hosts := []string{"correo.example", "mail.example", "buzon.example"}
		p.Email = fmt.Sprintf("%s.%s@%s", plain(first), plain(last), hosts[n%len(hosts)])
	}
	if n%5 < 2 {
		// 555-0100 to 555-0199 are kept for fiction in every area code of the
		// North American plan; these speak Spanish.
		areas := []string{"809", "829", "849", "787", "939", "305"}
		p.Phone = fmt.Sprintf("+1%s555%04d", areas[n%len(areas)], 100+n/len(areas))
	}
	return p
}

// daytime is how Spanish speakers greet at an hour of the day.
func daytime(hour int) string {
	switch {
	case hour >= 6 && hour < 13:
		return "buenos días"
	case hour >= 13 && hour < 21:
		return "buenas tardes"
	default:
		return "buenas noches"
	}
}

// plain is a name as it stands in an e-mail address.
func plain(s string) string {
	out, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), s)
	if err != nil {
		out = s // cannot happen: none of the steps fails
	}
	return strings.ToLower(out)
}
