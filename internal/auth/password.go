package auth

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"recado/internal/errs"
)

// cost is OWASP's second choice for Argon2id (Password Storage Cheat Sheet): 19 MiB, two
// passes, one lane.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is a hash, at the same cost, of a password nobody has. Checking it for an unknown
// e-mail takes as long as checking a real one, so the time does not tell who is a user.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$cmVjYWRvLW5vYm9keS0wMQ$L7wkiRJlGZCyJPK5hM0a2AO2UpVMyBzvJTNlXGHyNUE"

// Hashing costs 19 MiB and tens of milliseconds of a core, so it is rationed: a flood of
// sign-ins waits, and past the wait it is refused, but memory stays bounded.
const (
	hashesAtOnce = 4
	hashWait     = 3 * time.Second
)

type hasher struct{ slots chan struct{} }

func newHasher() *hasher { return &hasher{slots: make(chan struct{}, hashesAtOnce)} }

func (h *hasher) hash(ctx context.Context, password string) (s string, err error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(password, cost)
}

func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	return argon2id.ComparePasswordAndHash(password, hash)
}

func (h *hasher) enter(ctx context.Context) error {
	t := time.NewTimer(hashWait)
	defer t.Stop()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-t.C:
		p := errs.New(errs.TooMany, "auth.busy")
		p.RetryAfter = hashWait
		return p
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

// Bounds of a password, in characters. Length is what protects; the upper bound keeps the
// hash from being fed megabytes.
const (
	minPassword = 10
	maxPassword = 200
)

// checkPassword refuses a password that is too short, too long, or that anyone could guess
// from what they see: names are what the person must not have used.
func checkPassword(password string, names ...string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		return errs.New(errs.Invalid, "auth.password_short", "min", minPassword).At("password")
	case n > maxPassword:
		return errs.New(errs.Invalid, "auth.password_long", "max", maxPassword).At("password")
	case strings.Trim(password, string([]rune(password)[:1])) == "": // one character, many times
		return errs.New(errs.Invalid, "auth.password_guessable").At("password")
	}
	folded := fold(password)
	for _, name := range names {
		if f := fold(name); f != "" && (folded == f || strings.Trim(folded, "0123456789") == f) {
			return errs.New(errs.Invalid, "auth.password_guessable").At("password")
		}
	}
	return nil
}

// fold makes "Mi Tienda" and "mitienda" the same word.
func fold(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), "") }
