package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/argon2id"

	"recado/internal/errs"
	"recado/internal/id"
)

func TestMatrix(t *testing.T) {
	t.Parallel()
	// Letters: - none, r read, w write, m manage; columns in the order of Modules.
	for role, want := range map[Role]string{
		Owner: "mmmmmmmm", Admin: "mmmmmwrr", Agent: "wwrrrr--", Marketing: "rwwrrrr-", ReadOnly: "rrrrrrr-", "janitor": "--------", "": "--------",
	} {
		var got strings.Builder
		for _, m := range Modules {
			got.WriteByte("-rwm"[role.May(m)])
		}
		if got.String() != want {
			t.Errorf("%s may %s, want %s", role, got.String(), want)
		}
	}
	if len(matrix) != len(Roles) {
		t.Errorf("%d roles in the matrix, %d in Roles", len(matrix), len(Roles))
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p       Permission
		text    string
		valid   bool
		allowed string // roles, joined
	}{
		{Public, "public", true, "owner admin agent marketing read_only "},
		{SignedIn, "signed_in", true, "owner admin agent marketing read_only"},
		{Permission{Inbox, Write}, "inbox:write", true, "owner admin agent"},
		{Permission{Company, Manage}, "company:manage", true, "owner"},
		{Permission{Audit, Read}, "audit:read", true, "owner admin"},
		{Permission{}, ":none", false, ""},
		{Permission{Inbox, None}, "inbox:none", false, ""},
		{Permission{"invented", Read}, "invented:read", false, ""},
		{Permission{Inbox, 9}, "inbox:level(9)", false, ""},
	} {
		var allowed []string
		for _, r := range append(Roles[:len(Roles):len(Roles)], "") {
			if c.p.Allows(r) {
				allowed = append(allowed, string(r))
			}
		}
		if c.p.String() != c.text || c.p.Valid() != c.valid || strings.Join(allowed, " ") != c.allowed {
			t.Errorf("%v: %q, valid %v, allows %q; want %q, %v, %q", c.p, c.p.String(), c.p.Valid(), allowed, c.text, c.valid, c.allowed)
		}
	}
}

// The answer to an unknown e-mail must cost what a real one costs.
func TestNobodyCostsTheSame(t *testing.T) {
	t.Parallel()
	p, _, _, err := argon2id.DecodeHash(nobody)
	if err != nil {
		t.Fatal(err)
	}
	if p.Memory != cost.Memory || p.Iterations != cost.Iterations || p.Parallelism != cost.Parallelism || p.KeyLength != cost.KeyLength {
		t.Errorf("%+v, want %+v", p, cost)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"":                         "auth.password_short",
		"123456789":                "auth.password_short",
		"ñandúñandú":               "", // ten characters, more bytes
		strings.Repeat("añ", 100):  "",
		strings.Repeat("añ", 101):  "auth.password_long",
		"ññññññññññññ":             "auth.password_guessable",
		"Zapatos Luna":             "auth.password_guessable",
		"zapatosluna2026":          "auth.password_guessable",
		"ANA@luna.test":            "auth.password_guessable",
		"zapatos y luna y mercado": "",
	} {
		err := checkPassword(password, "Zapatos  Luna", "ana@luna.test", "", " ")
		if (want == "") != (err == nil) || want != "" && !errs.Is(err, want) {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
}

// A flood of sign-ins waits for a slot and is then refused; it never hashes more at once.
func TestHasherIsRationed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		for range hashesAtOnce {
			if err := h.enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		err := h.enter(t.Context())
		var p *errs.Problem
		if !errors.As(err, &p) || p.Code != "auth.busy" || p.Kind != errs.TooMany || p.RetryAfter <= 0 || time.Since(begin) != hashWait {
			t.Errorf("%v after %v, want auth.busy after %v", err, time.Since(begin), hashWait)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.enter(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("%v for a caller who has gone", err)
		}
		h.leave()
		if err := h.enter(t.Context()); err != nil {
			t.Errorf("%v with a free slot", err)
		}
	})
}

// What was promised: a session revoked elsewhere works for five seconds more, not longer.
func TestCacheForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		p, key := Principal{Session: id.New[id.Session]()}, tokenHash{1}
		c.put(key, p, time.Now())
		time.Sleep(cacheFor)
		if _, ok := c.get(key); !ok {
			t.Error("forgotten too early")
		}
		time.Sleep(5*time.Second - cacheFor)
		if _, ok := c.get(key); ok {
			t.Error("still there after five seconds")
		}
		c.put(key, p, time.Now())
		c.forget(p.Session)
		if _, ok := c.get(key); ok {
			t.Error("still there after forget")
		}
		// The age counts from the question, not from the answer.
		c.put(key, p, time.Now().Add(-5*time.Second))
		if _, ok := c.get(key); ok {
			t.Error("an answer that was five seconds on its way was taken")
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache()
	for i := range cacheMax + 10 {
		c.put(tokenHash{byte(i), byte(i >> 8), byte(i >> 16)}, Principal{}, time.Now())
	}
	if len(c.m) > cacheMax {
		t.Errorf("%d entries, want at most %d", len(c.m), cacheMax)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"203.0.113.9": "203.0.113.9", "::ffff:203.0.113.9": "203.0.113.9",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "unknown": "unknown", "": "",
	} {
		if got := network(ip); got != want {
			t.Errorf("network(%q) = %q, want %q", ip, got, want)
		}
	}
}
