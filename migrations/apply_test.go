package migrations_test

import (
	"context"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db/dbtest"
	"recado/migrations"
)

// empty makes a database without a schema in the tests' cluster.
func empty(t *testing.T, name string) string {
	t.Helper()
	at := dbtest.New(t).URL
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	name += "_" + u.Path[1:]
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), at)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "drop database "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

func steps(t *testing.T, at string) (applied, distinct int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = conn.QueryRow(t.Context(), `select count(*), count(distinct version_id) from goose_db_version where version_id > 0`).Scan(&applied, &distinct)
	if err != nil {
		t.Fatal(err)
	}
	return applied, distinct
}

func files(t *testing.T) int {
	t.Helper()
	entries, err := migrations.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestManyNodesMigrateOnce(t *testing.T) {
	t.Parallel()
	at := empty(t, "together")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := migrations.Apply(t.Context(), at, slog.New(slog.DiscardHandler)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if applied, distinct := steps(t, at); applied != files(t) || distinct != applied {
		t.Errorf("%d steps on record, %d of them different, want %d", applied, distinct, files(t))
	}
}

// Whoever is cut off in the middle, at whatever moment, leaves a database from which the
// next start goes on.
func TestMigrationGoesOnAfterACut(t *testing.T) {
	t.Parallel()
	at := empty(t, "cut")
	cuts := 0
	for wait := time.Millisecond; ; wait += 3 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		err := migrations.Apply(ctx, at, slog.New(slog.DiscardHandler))
		cancel()
		if err == nil {
			break
		}
		cuts++
	}
	if cuts == 0 {
		t.Error("the migration was never cut off")
	}
	if applied, distinct := steps(t, at); applied != files(t) || distinct != applied {
		t.Errorf("after %d cuts %d steps are on record, %d of them different, want %d", cuts, applied, distinct, files(t))
	}
}
