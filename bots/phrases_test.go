package bots

import (
	"strings"
	"testing"
	"time"
)

// Every language and tone has every sentence, none shouts, and places are where they must be.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	for _, l := range []Language{Spanish, English} {
		for _, tone := range []Tone{Neutral, Warm, Formal} {
			p := catalogue[l][tone]
			for i, s := range []string{p.greeting, p.ack, p.fallback, p.offer, p.media, p.handoff, p.promise, p.away, p.opens} {
				if s == "" || strings.ContainsAny(s, "!¡") {
					t.Errorf("%s %s: sentence %d is %q", l, tone, i, s)
				}
			}
			if !strings.Contains(p.promise, "{time}") || !strings.Contains(p.opens, placeOpens) {
				t.Errorf("%s %s: %q, %q", l, tone, p.promise, p.opens)
			}
		}
		if len(labelsIn[l].kinds) != len(labelsIn[Spanish].kinds) || labelsIn[l].person == "" || labelsIn[l].none == "" {
			t.Errorf("%s: words are missing", l)
		}
	}
}

func TestSpanAndMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minutes int
		es, en  string
	}{{1, "1 minuto", "1 minute"}, {15, "15 minutos", "15 minutes"}, {60, "1 hora", "1 hour"}, {90, "90 minutos", "90 minutes"}, {1440, "1 día", "1 day"}, {2880, "2 días", "2 days"}} {
		if es, en := span(Spanish, c.minutes), span(English, c.minutes); es != c.es || en != c.en {
			t.Errorf("%d: %q, %q", c.minutes, es, en)
		}
	}
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in     time.Duration
		es, en string
	}{{30 * time.Minute, "hoy a las 23:30", "today at 23:30"}, {2 * time.Hour, "mañana a la 01:00", "tomorrow at 01:00"}, {34 * time.Hour, "el sábado a las 09:00", "on Saturday at 09:00"}} {
		if es, en := moment(Spanish, now, now.Add(c.in)), moment(English, now, now.Add(c.in)); es != c.es || en != c.en {
			t.Errorf("%v: %q, %q", c.in, es, en)
		}
	}
}
