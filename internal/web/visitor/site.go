package visitor

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/time/rate"

	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// site is a webchat channel as the widget's requests need it.
type site struct {
	channel  channels.Channel
	settings webchat.Settings
	company  companyView
	bot      bool // one answers, whatever the hour
	week     *hours.Week
	loaded   time.Time
}

type companyView struct {
	name     string
	zone     string
	language string
}

// sites caches channels by their key. A change of settings shows within a few seconds; a
// database that is away leaves the sites that were asked for lately open.
type sites struct {
	db *db.DB
	mu sync.Mutex
	m  map[string]*site
}

const (
	siteFresh  = 3 * time.Second
	loadWithin = 2 * time.Second // a database that does not answer is one that is away
	maxSites   = 10_000
	maxSiteKey = 64
)

func newSites(d *db.DB) *sites { return &sites{db: d, m: map[string]*site{}} }

func (s *sites) get(ctx context.Context, key string) (*site, error) {
	s.mu.Lock()
	known := s.m[key]
	s.mu.Unlock()
	if known != nil && time.Since(known.loaded) < siteFresh {
		return known, nil
	}
	lctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	fresh, err := s.load(lctx, key)
	switch {
	case db.Down(err) && known != nil:
		return known, nil
	case errs.Is(err, "not_found"):
		s.forget(key)
		return nil, err
	case err != nil: // a caller who went away, say: others still find the site
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.m) >= maxSites {
		clear(s.m)
	}
	s.m[key] = fresh
	return fresh, nil
}

func (s *sites) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.m, key)
}

const siteSQL = `select ch.id, ch.company_id, ch.name, ch.ref, ch.settings, co.name, co.time_zone, co.language, co.hours, coalesce(b.enabled, false)
	from channel ch join company co on co.id = ch.company_id left join bot b on b.id = ch.bot_id
	where ch.kind = 'webchat' and ch.ref = $1 and ch.enabled and ch.deleted_at is null`

func (s *sites) load(ctx context.Context, key string) (*site, error) {
	if key == "" || len(key) > maxSiteKey {
		return nil, errs.Missing("site")
	}
	v := &site{loaded: time.Now()}
	v.channel.Kind = webchat.Kind
	var companyHours json.RawMessage
	err := s.db.Direct(db.Pipeline).QueryRow(ctx, siteSQL, key).Scan(&v.channel.ID, &v.channel.Company, &v.channel.Name, &v.channel.Ref,
		&v.channel.Settings, &v.company.name, &v.company.zone, &v.company.language, &companyHours, &v.bot)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.Missing("site")
	} else if err != nil {
		return nil, err
	}
	if v.settings, err = webchat.Parse(v.channel.Settings); err != nil {
		return nil, err
	}
	var h hours.Hours
	if v.settings.Hours != nil {
		h = *v.settings.Hours
	} else if err := json.Unmarshal(companyHours, &h); err != nil {
		return nil, err
	}
	v.week, err = h.Compile(v.company.zone)
	return v, err
}

// limits throttle visitors and sites in this process. A node more doubles what a site may
// send, which is what a node more is for.
type limits struct {
	mu     sync.Mutex
	m, old map[any]*rate.Limiter // two generations: no flood of strangers fills the memory
}

type visitorKey struct {
	channel  id.Channel
	identity string
}

const maxBuckets = 50_000 // in a generation, about 10 MB

func newLimits() *limits { return &limits{m: map[any]*rate.Limiter{}} }

// take spends one of perMinute; the error says when the next one is free.
func (l *limits) take(key any, perMinute int) error {
	res := l.bucket(key, perMinute).Reserve()
	wait := res.Delay()
	if wait == 0 {
		return nil
	}
	res.Cancel()
	p := errs.New(errs.TooMany, "webchat.too_fast", "seconds", int(wait.Seconds())+1)
	p.RetryAfter = wait
	return p
}

func (l *limits) bucket(key any, perMinute int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.m[key]
	if ok && b.Burst() == max(perMinute/2, 5) {
		return b
	}
	if b = l.old[key]; b == nil || b.Burst() != max(perMinute/2, 5) {
		b = rate.NewLimiter(rate.Limit(float64(perMinute)/60), max(perMinute/2, 5))
	}
	if len(l.m) >= maxBuckets {
		l.old, l.m = l.m, map[any]*rate.Limiter{}
	}
	l.m[key] = b
	return b
}
