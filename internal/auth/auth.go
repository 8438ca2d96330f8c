// Package auth knows who is asking and what they may do: people, their passwords, their
// sessions and the permissions of their role.
//
// Sign-in happens before any company is known, so it works under a database role of its
// own (db.Door) that sees accounts and nothing else; everything after it works in the
// company of the session.
package auth

import (
	"context"
	"log/slog"

	"recado/internal/db"
	"recado/internal/id"
)

// Service signs people in and checks their sessions. Safe for concurrent use.
type Service struct {
	db       *db.DB
	log      *slog.Logger
	limits   Limits
	hasher   *hasher
	verified *cache
}

// New needs a migrated database. Zero limits mean the defaults.
func New(d *db.DB, l Limits, log *slog.Logger) *Service {
	return &Service{db: d, log: log, limits: l.orDefault(), hasher: newHasher(), verified: newCache()}
}

// Principal is who a request comes from.
type Principal struct {
	User    id.User
	Name    string
	Email   string
	Company id.Company
	Role    Role
	Session id.Session
}

// May reports whether the principal satisfies p.
func (p Principal) May(need Permission) bool { return need.Allows(p.Role) }

type principalKey struct{}

// With returns a context that carries p.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// From returns the principal of a request. It is the zero Principal, with no company and
// no permission, for a Public operation.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Client is where a request comes from, as the session list shows it.
type Client struct {
	IP    string // without port
	Agent string // User-Agent
}
