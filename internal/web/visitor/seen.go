package visitor

import (
	"net/http"
	"sync"
	"time"

	"recado/internal/db"
	"recado/internal/id"
)

// sightings remembers which pages were noted lately, so that a busy shop's visitors read
// its settings without writing anything.
type sightings struct {
	mu sync.Mutex
	m  map[sighting]time.Time
}

type sighting struct {
	channel id.Channel
	origin  string
}

const (
	seenAgain    = 10 * time.Minute
	maxSightings = 10_000
	maxOrigin    = 300
)

// due says whether a sighting is to be noted now.
func (s *sightings) due(v sighting, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.m[v]; ok && now.Sub(at) < seenAgain {
		return false
	}
	if s.m == nil || len(s.m) >= maxSightings {
		s.m = map[sighting]time.Time{}
	}
	s.m[v] = now
	return true
}

// seen notes on which web page the widget was last loaded: the panel tells the shopkeeper
// whether it is there.
func (d *Door) seen(r *http.Request, s *site) {
	v := sighting{s.channel.ID, r.Header.Get("Origin")}
	if v.origin == "" || len(v.origin) > maxOrigin || !d.sightings.due(v, time.Now()) {
		return
	}
	err := d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) error {
		_, err := tx.Exec(r.Context(), `update channel set seen_at = now(), seen_origin = $2 where id = $1`, v.channel, v.origin)
		return err
	})
	if err != nil {
		d.Log.Warn("note the widget's page", "channel", v.channel, "err", err)
	}
}
