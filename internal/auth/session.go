package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// A session ends when it was not used for idle, and in any case after longest.
const (
	idle    = 14 * 24 * time.Hour
	longest = 90 * 24 * time.Hour
	touch   = time.Minute // how stale seen_at may be before it is written again
)

// tokenBytes is 256 bits: OWASP asks for at least 64 of entropy, and it costs nothing.
const tokenBytes = 32

// tokenHash is the SHA-256 of a token: all that is stored, so that a stolen table opens
// nothing. A token is random, so a fast hash is enough.
type tokenHash = [sha256.Size]byte

func newToken() (token string, hash tokenHash) {
	b := make([]byte, tokenBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand aborts the process instead
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, sha256.Sum256([]byte(token))
}

// Signed is a fresh session: Token is shown to the person's browser once and never again.
type Signed struct {
	Principal
	Token string
}

// Lifetime is how long a cookie that holds a token may live.
func (Signed) Lifetime() time.Duration { return longest }

// open inserts a session for p's user and company.
func open(ctx context.Context, tx db.SystemTx, p Principal, c Client) (Signed, error) {
	token, hash := newToken()
	p.Session = id.New[id.Session]()
	_, err := tx.Exec(ctx,
		`insert into session (id, token_hash, user_id, company_id, expires_at, ip, agent)
		 values ($1, $2, $3, $4, now() + $5::interval, $6, $7)`,
		p.Session, hash[:], p.User, p.Company, idle, c.IP, clip(c.Agent, 300))
	return Signed{p, token}, err
}

// errRequired is the answer to no session, an ended one and an invented one alike.
var errRequired = errs.New(errs.Unauthenticated, "auth.required")

// Verify finds the session of a token and moves its end forward. Its answer may be up to
// five seconds old: that is how long a revoked session may still work on another node.
func (s *Service) Verify(ctx context.Context, token string) (Principal, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return Principal{}, errRequired
	}
	hash := sha256.Sum256([]byte(token))
	if p, ok := s.verified.get(hash); ok {
		return p, nil
	}
	asked := time.Now()
	p, err := s.lookUp(ctx, hash)
	if err != nil {
		return Principal{}, err
	}
	s.verified.put(hash, p, asked)
	return p, nil
}

func (s *Service) lookUp(ctx context.Context, hash tokenHash) (p Principal, err error) {
	var stale bool
	err = s.db.Direct(db.Door).QueryRow(ctx,
		`select s.id, u.id, u.name, u.email, m.company_id, m.role, s.seen_at < now() - $2::interval
		 from session s
		 join member m on m.company_id = s.company_id and m.user_id = s.user_id
		 join app_user u on u.id = s.user_id
		 where s.token_hash = $1 and s.expires_at > now()`, hash[:], touch).
		Scan(&p.Session, &p.User, &p.Name, &p.Email, &p.Company, &p.Role, &stale)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, errRequired
	}
	if err != nil || !stale {
		return p, err
	}
	_, err = s.db.Direct(db.Door).Exec(ctx,
		`update session set seen_at = now(), expires_at = least(now() + $2::interval, created_at + $3::interval) where id = $1`,
		p.Session, idle, longest)
	return p, err
}

// Session is one place where a person is signed in.
type Session struct {
	ID        id.Session `json:"id" format:"uuid"`
	Current   bool       `json:"current" doc:"The session that asks"`
	CreatedAt time.Time  `json:"created_at"`
	SeenAt    time.Time  `json:"seen_at" doc:"Last use, to the minute"`
	IP        string     `json:"ip" doc:"Address at sign-in"`
	Agent     string     `json:"agent" doc:"Browser at sign-in, as it calls itself"`
}

// Sessions lists where p's person is signed in to p's company, last used first.
func Sessions(ctx context.Context, tx db.CompanyTx, p Principal) ([]Session, error) {
	rows, err := tx.Query(ctx,
		`select id, id = $2, created_at, seen_at, ip, agent from session
		 where user_id = $1 and expires_at > now() order by seen_at desc, id desc`, p.User, p.Session)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
}

// EndSession signs p's person out of one of their sessions.
func EndSession(ctx context.Context, tx db.CompanyTx, p Principal, by company.Actor, which id.Session) error {
	t, err := tx.Exec(ctx, `delete from session where id = $1 and user_id = $2`, which, p.User)
	if err != nil {
		return err
	}
	if t.RowsAffected() == 0 {
		return errs.Missing("session")
	}
	return company.Record(ctx, tx, by, "session.end", company.Object{Kind: "session", ID: which.String()}, nil)
}

// Forget makes this node ask the database again about a session that was ended.
func (s *Service) Forget(which id.Session) { s.verified.forget(which) }

// Logout ends p's own session.
func (s *Service) Logout(ctx context.Context, p Principal) error {
	defer s.Forget(p.Session)
	_, err := s.db.Direct(db.Door).Exec(ctx, `delete from session where id = $1`, p.Session)
	return err
}

// Sweep removes ended sessions and throttles that no longer hold anyone back; call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	return s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		if _, err := tx.Exec(ctx, `delete from session where expires_at <= now()`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from login_throttle
			where window_start < now() - $1::interval and (locked_until is null or locked_until <= now())`, window)
		return err
	})
}

// cache remembers verified sessions for a few seconds, which spares the database a look-up
// for each of the dozens of requests a page makes.
type cache struct {
	mu sync.Mutex
	m  map[tokenHash]cached
}

type cached struct {
	p     Principal
	asked time.Time // before the database was asked: the answer is at least this old
}

const (
	cacheFor = 4 * time.Second // promised: 5, of which one is left for a slow look-up
	cacheMax = 20_000
)

func newCache() *cache { return &cache{m: map[tokenHash]cached{}} }

func (c *cache) get(h tokenHash) (Principal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.m[h]
	if !ok || time.Since(e.asked) > cacheFor {
		return Principal{}, false
	}
	return e.p, true
}

func (c *cache) put(h tokenHash, p Principal, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.m) >= cacheMax {
		c.shrink()
	}
	c.m[h] = cached{p, asked}
}

// shrink drops what is stale, and everything when nothing is.
func (c *cache) shrink() {
	for k, e := range c.m {
		if time.Since(e.asked) > cacheFor {
			delete(c.m, k)
		}
	}
	if len(c.m) >= cacheMax {
		clear(c.m)
	}
}

func (c *cache) forget(which id.Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.m {
		if e.p.Session == which {
			delete(c.m, k)
		}
	}
}

// clip makes s storable text of at most n bytes.
func clip(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
