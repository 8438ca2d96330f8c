package api

import (
	"cmp"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"golang.org/x/time/rate"

	"recado/internal/auth"
	"recado/internal/errs"
)

const cookieName = "recado_session"

var (
	errForbidden   = errs.New(errs.Forbidden, "auth.forbidden")
	errCrossOrigin = errs.New(errs.Forbidden, "auth.cross_origin")
)

// guard lets an operation run only for those who may. It is closed by default: an operation
// that does not say what it needs is answered 500.
func (a *API) guard(c huma.Context, next func(huma.Context)) {
	r, w := unwrap(c)
	need, _ := c.Operation().Metadata[permission].(auth.Permission)
	p, err := a.admit(r, need)
	if err != nil {
		Refuse(w, r, err)
		return
	}
	next(huma.WithContext(c, auth.With(c.Context(), p)))
}

// Guard puts a plain handler, such as the live socket, behind the same checks. The request
// it passes on carries the principal.
func (a *API) Guard(need auth.Permission, h http.Handler) http.Handler {
	return a.scope(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := a.admit(r, need)
		if err != nil {
			Refuse(w, r, err)
			return
		}
		h.ServeHTTP(w, r.WithContext(auth.With(r.Context(), p)))
	}))
}

// admit says who asks, or why they may not. Checks that cost nothing come first.
func (a *API) admit(r *http.Request, need auth.Permission) (p auth.Principal, err error) {
	if !need.Valid() {
		scopeOf(r.Context()).log.Error("operation without a permission", "path", r.URL.Path)
		return p, errInternal
	}
	token, fromHeader := bearer(r)
	if !fromHeader && a.origins.Check(r) != nil {
		return p, errCrossOrigin // a browser sends cookies on its own; headers it does not
	}
	address := "ip " + scopeOf(r.Context()).ip
	if need == auth.Public {
		return p, a.rate.allow(address)
	}
	if !fromHeader {
		if c, err := r.Cookie(cookieName); err == nil {
			token = c.Value
		}
	}
	if err := a.rate.left(address); err != nil { // it tried too many tokens that are none
		return p, err
	}
	if p, err = a.Auth.Verify(r.Context(), token); err != nil {
		return p, cmp.Or(a.rate.allow(address), err)
	}
	if err := a.companies.allow(p.Company.String()); err != nil {
		return p, err
	}
	if !p.May(need) {
		return p, errForbidden
	}
	return p, nil
}

func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(token), true
}

func unwrap(c huma.Context) (*http.Request, http.ResponseWriter) { return humachi.Unwrap(c) }

// Rate bounds how fast one caller may ask one node. It is there against loops gone wild,
// not to meter; zero values mean the defaults.
type Rate struct {
	PerSecond float64
	Burst     int
}

// The defaults: a stranger's address is held tighter than a company, whose integration may
// well ask a bot a thousand questions in a row.
var (
	addressRate = Rate{PerSecond: 200, Burst: 600}
	companyRate = Rate{PerSecond: 2000, Burst: 4000}
)

type limiter struct {
	Rate
	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimiter(r, otherwise Rate) *limiter {
	if r == (Rate{}) {
		r = otherwise
	}
	return &limiter{Rate: r, buckets: map[string]*bucket{}}
}

// allow takes one from who's bucket, or refuses.
func (l *limiter) allow(who string) error {
	b := l.bucket(who, time.Now())
	if b.Allow() {
		return nil
	}
	return l.exceeded(b)
}

// left is allow without taking anything.
func (l *limiter) left(who string) error {
	if b := l.bucket(who, time.Now()); b.Tokens() < 1 {
		return l.exceeded(b)
	}
	return nil
}

func (l *limiter) exceeded(b *bucket) error {
	p := errs.New(errs.TooMany, "rate.exceeded")
	seconds := math.Max(0, 1-b.Tokens()) / l.PerSecond
	p.RetryAfter = max(time.Second, time.Duration(seconds*float64(time.Second)))
	return p
}

func (l *limiter) bucket(who string, now time.Time) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > time.Minute {
		l.sweep(now)
	}
	b, ok := l.buckets[who]
	if !ok {
		b = &bucket{Limiter: rate.NewLimiter(rate.Limit(l.PerSecond), l.Burst)}
		l.buckets[who] = b
	}
	b.used = now
	return b
}

// sweep drops the buckets that have filled up again: a new one is the same.
func (l *limiter) sweep(now time.Time) {
	l.swept = now
	full := time.Duration(float64(l.Burst) / l.PerSecond * float64(time.Second))
	for who, b := range l.buckets {
		if now.Sub(b.used) > full {
			delete(l.buckets, who)
		}
	}
}
