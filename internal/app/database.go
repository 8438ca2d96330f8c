package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"recado/internal/db"
	"recado/internal/db/pgchild"
	"recado/migrations"
)

// database is PostgreSQL as this process has it: somebody else's by URL, or its own child.
type database struct {
	url   string
	child *pgchild.Server
}

// openDatabase brings the database up and up to date.
func openDatabase(ctx context.Context, c Config, log *slog.Logger) (*database, error) {
	d := &database{url: c.DatabaseURL}
	if d.url == "" {
		child, err := pgchild.Start(ctx, pgchild.Config{Data: filepath.Join(c.Data, "postgres"), Durable: true, Log: log})
		if err != nil {
			return nil, err
		}
		d.child, d.url = child, child.URL()
	}
	if err := migrations.Apply(ctx, d.url, log); err != nil {
		d.stop(log)
		return nil, err
	}
	return d, nil
}

func (d *database) stop(log *slog.Logger) {
	if d.child == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := d.child.Stop(ctx); err != nil {
		log.Error("stop PostgreSQL", "err", err)
	}
}

// keep restarts the child when it dies on its own, until ctx ends.
func (d *database) keep(ctx context.Context, log *slog.Logger) {
	if d.child == nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.child.Done():
		}
		if ctx.Err() != nil {
			return
		}
		log.Error("PostgreSQL ended; starting it again")
		if err := d.child.Restart(ctx); err != nil && ctx.Err() == nil {
			log.Error("restart PostgreSQL", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// WithDatabase runs fn with the configured database, migrated and open.
func WithDatabase(ctx context.Context, c Config, log *slog.Logger, fn func(ctx context.Context, url string, d *db.DB) error) error {
	if err := c.check(); err != nil {
		return err
	}
	pg, err := openDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer pg.stop(log)
	d, err := db.Open(ctx, pg.url, db.Options{Log: log})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer d.Close()
	return fn(ctx, pg.url, d)
}
