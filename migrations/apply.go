// Package migrations carries the schema inside the binary and brings a database up to it.
//
// Files are named YYYYMMDDHHMM_words.sql and only ever go forward: to undo one, write the
// next. Each runs in a transaction of its own, so a kill in the middle leaves the database
// at the step before, and the next start goes on from there.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx", which goose needs
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Files is the schema, for hashing and for the studious.
//
//go:embed *.sql
var Files embed.FS

// JobsSchema is where River keeps its tables.
const JobsSchema = "jobs"

// Apply brings the database at url up to date. url must belong to the owner of the schema.
// Several nodes may call it at once: a session lock lets one work while the others wait.
func Apply(ctx context.Context, url string, log *slog.Logger) error {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, Files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	done, err := p.Up(ctx)
	for _, r := range done {
		log.Info("migrated", "file", r.Source.Path, "took", r.Duration)
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return applyJobs(ctx, url, log)
}

// applyJobs brings River's own tables up to date, under a lock of its own.
func applyJobs(ctx context.Context, url string, log *slog.Logger) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	defer conn.Release()
	const key = 7_301_202_611 // any number no other lock uses
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(key)); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	defer conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(key)) //nolint:errcheck // the connection's end frees it too
	if _, err := conn.Exec(ctx, "create schema if not exists "+JobsSchema); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: JobsSchema, Logger: log})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	// The jobs of all companies lie together there, so no role of one company sees them.
	grant := "grant usage on schema " + JobsSchema + " to recado_pipeline;" +
		"grant select, insert, update, delete on all tables in schema " + JobsSchema + " to recado_pipeline;" +
		"grant usage on all sequences in schema " + JobsSchema + " to recado_pipeline;" +
		"grant execute on all functions in schema " + JobsSchema + " to recado_pipeline;" +
		"revoke all on all tables in schema " + JobsSchema + " from recado_app;" +
		"revoke usage on schema " + JobsSchema + " from recado_app"
	if _, err := conn.Exec(ctx, grant); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}
