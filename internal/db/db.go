// Package db is the only door to PostgreSQL. It hands out two kinds of transaction, and a
// store function says by its parameter which one it needs:
//
//	CompanyTx  one company's rows. Row-level security shows nothing else.
//	SystemTx   a statement that must span companies, under a role of its own.
//
// Code that forgets whose data it wants does not compile, and code that lies about it is
// refused by the database.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"recado/internal/id"
)

// Role is a database role for work that spans companies.
type Role string

const (
	// Pipeline may run batched ingest, claims and completions; it cannot see accounts.
	Pipeline Role = "recado_pipeline"
	// Door may sign people in and up; it cannot see conversations.
	Door Role = "recado_door"

	app Role = "recado_app"
)

// No transaction of ours may outlast this: a lock held longer is a fault.
const (
	statementTimeout = 5 * time.Second
	lockTimeout      = 3 * time.Second
)

// Querier runs one statement, or several in one round trip.
type Querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// CompanyTx is a transaction that sees one company. Only ForCompany makes one.
type CompanyTx struct {
	pgx.Tx
	company id.Company
}

// Company is whose rows this transaction sees.
func (t CompanyTx) Company() id.Company { return t.company }

// SystemTx is a transaction of a role that spans companies. Only System makes one.
type SystemTx struct{ pgx.Tx }

// DB holds one pool per role. Its methods are safe for concurrent use.
type DB struct {
	pools map[Role]*pgxpool.Pool
	log   *slog.Logger
}

// Options sizes the pools. Zero values mean the defaults.
type Options struct {
	AppConns, PipelineConns, DoorConns int32
	Log                                *slog.Logger
}

// Open connects to a migrated database. url is the owner's; every connection takes a role
// that owns nothing before it runs its first statement.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &DB{pools: map[Role]*pgxpool.Pool{}, log: o.Log}
	for role, size := range map[Role]int32{app: or(o.AppConns, 16), Pipeline: or(o.PipelineConns, 10), Door: or(o.DoorConns, 4)} {
		p, err := openPool(ctx, url, role, size)
		if err != nil {
			d.Close()
			return nil, fmt.Errorf("connect as %s: %w", role, err)
		}
		d.pools[role] = p
	}
	return d, nil
}

func openPool(ctx context.Context, url string, role Role, size int32) (*pgxpool.Pool, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c.MaxConns = size
	c.MinIdleConns = 1
	c.MaxConnIdleTime = 30 * time.Minute // closing and opening connections costs more than holding them
	c.HealthCheckPeriod = 10 * time.Second
	rp := c.ConnConfig.RuntimeParams
	rp["role"] = string(role)
	rp["application_name"] = "recado " + string(role)
	rp["timezone"] = "UTC"
	rp["statement_timeout"] = ms(statementTimeout)
	rp["idle_in_transaction_session_timeout"] = ms(statementTimeout)
	rp["lock_timeout"] = ms(lockTimeout)
	if role == Pipeline {
		// Its statements are few, prepared once and cross partitions: planning each call
		// anew costs more than the call. A plan is kept, so it must not be one that reads a
		// table whole because the table was small when the plan was made; and since such a
		// choice, where there is no other, counts as very dear, nothing may be compiled for it.
		rp["plan_cache_mode"] = "force_generic_plan"
		rp["enable_seqscan"] = "off"
		rp["jit"] = "off"
	}
	p, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := p.Ping(ctx); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func ms(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }

func or(v, def int32) int32 {
	if v > 0 {
		return v
	}
	return def
}

// Close waits for borrowed connections and closes all pools.
func (d *DB) Close() {
	for _, p := range d.pools {
		p.Close()
	}
}

// ForCompany runs fn in a transaction that sees only company c. fn may run again when the
// database asks for it (deadlock, lost serialization), so it must do nothing but database
// work; side effects follow after ForCompany has returned nil.
func (d *DB) ForCompany(ctx context.Context, c id.Company, fn func(tx CompanyTx) error) error {
	return d.forCompany(ctx, c, "", fn)
}

// ForCompanyHot is ForCompany for statements that run with every message: their plans are
// made once and kept, which suits lookups by key and not lists with optional filters.
func (d *DB) ForCompanyHot(ctx context.Context, c id.Company, fn func(tx CompanyTx) error) error {
	return d.forCompany(ctx, c, "; set local plan_cache_mode = force_generic_plan", fn)
}

func (d *DB) forCompany(ctx context.Context, c id.Company, settings string, fn func(tx CompanyTx) error) error {
	if c.IsZero() {
		return errors.New("db: no company")
	}
	// The setting goes with the BEGIN in one round trip. The id is a parsed UUID: nothing
	// in it can end the literal.
	begin := pgx.TxOptions{BeginQuery: "begin; set local recado.company = '" + c.String() + "'" + settings}
	return d.retry(ctx, d.pools[app], begin, func(tx pgx.Tx) error { return fn(CompanyTx{tx, c}) })
}

// System runs fn in a transaction that spans companies, as the given role.
func (d *DB) System(ctx context.Context, r Role, fn func(tx SystemTx) error) error {
	return d.retry(ctx, d.pools[r], pgx.TxOptions{}, func(tx pgx.Tx) error { return fn(SystemTx{tx}) })
}

// Direct runs single statements as the given role, each its own transaction. For hot paths
// in which one statement is the whole work.
func (d *DB) Direct(r Role) Querier { return d.pools[r] }

// Pool lends a role's pool to a library that wants one (River).
func (d *DB) Pool(r Role) *pgxpool.Pool { return d.pools[r] }

const maxTries = 4

func (d *DB) retry(ctx context.Context, p *pgxpool.Pool, o pgx.TxOptions, fn func(pgx.Tx) error) error {
	for try := 1; ; try++ {
		err := inTx(ctx, p, o, fn)
		if err == nil || try == maxTries || !Conflicted(err) {
			return err
		}
		d.log.Debug("transaction runs again", "try", try, "err", err)
	}
}

func inTx(ctx context.Context, p *pgxpool.Pool, o pgx.TxOptions, fn func(pgx.Tx) error) error {
	tx, err := p.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after a commit it does nothing
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// Conflicted reports whether the database gave this transaction up in favour of another,
// so that running it again is right.
func Conflicted(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "40001" || pg.Code == "40P01" // serialization_failure, deadlock_detected
}

// Down reports whether err means that the database could not be reached or is going away,
// as opposed to having refused the work.
func Down(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "57P01", "57P02", "57P03", "53300", "58000": // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, system_error
			return true
		}
		return pg.Code[:2] == "08"
	}
	var ce *pgconn.ConnectError
	return errors.As(err, &ce) || pgconn.SafeToRetry(err) || errors.Is(err, errConnLost) || isConnError(err)
}

// Refused reports whether the database answered, and the answer was no: nothing was written.
// Any other error leaves open whether the work was done.
func Refused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && !Down(err)
}

// Unfit reports whether the database refused data for what they are, and will again: SQLSTATE
// class 22 (data exception), 23 (integrity constraint violation) or 54 (program limit exceeded).
func Unfit(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code[:2] == "54")
}

// Violates reports whether err is a violation of the named constraint.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// Now is the database's clock.
func Now(ctx context.Context, q Querier) (t time.Time, err error) {
	err = q.QueryRow(ctx, "select clock_timestamp()").Scan(&t)
	return t, err
}
