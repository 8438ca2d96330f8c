package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/id"
)

// Migrate brings the schema up to date and nothing else.
func Migrate(ctx context.Context, c Config, log *slog.Logger) error {
	return WithDatabase(ctx, c, log, func(context.Context, string, *db.DB) error { return nil })
}

// AddUser gives a person a role in a company.
func AddUser(ctx context.Context, c Config, log *slog.Logger, company string, u auth.User, r auth.Role) error {
	to, err := id.Parse[id.Company](company)
	if err != nil {
		return fmt.Errorf("company %q: %w", company, err)
	}
	return WithDatabase(ctx, c, log, func(ctx context.Context, _ string, d *db.DB) error {
		_, err := auth.New(d, auth.Limits{}, log).AddMember(ctx, to, u, r)
		return err
	})
}

// SetPassword changes a person's password and ends their sessions.
func SetPassword(ctx context.Context, c Config, log *slog.Logger, email, password string) error {
	return WithDatabase(ctx, c, log, func(ctx context.Context, _ string, d *db.DB) error {
		return auth.New(d, auth.Limits{}, log).SetPassword(ctx, email, password)
	})
}

// Doctor looks at everything this program needs and says what is wrong and how to mend it.
func Doctor(ctx context.Context, c Config, log *slog.Logger, out io.Writer) error {
	bad := 0
	report := func(what string, err error) {
		if err != nil {
			bad++
			fmt.Fprintf(out, "  wrong  %s: %v\n", what, err)
			return
		}
		fmt.Fprintf(out, "  good   %s\n", what)
	}
	report("configuration", c.check())
	report("data folder is writable", writable(c.Data))
	report("spool folder is writable", writable(c.spoolDir()))
	_, err := c.keys()
	report("master key", err)
	_, err = c.blobs()
	report("file store", err)
	report("database", WithDatabase(ctx, c, log, func(ctx context.Context, _ string, d *db.DB) error { return checkDatabase(ctx, d, report) }))
	if bad > 0 {
		return fmt.Errorf("%d things are wrong", bad)
	}
	return nil
}

func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	return f.Close()
}

func checkDatabase(ctx context.Context, d *db.DB, report func(string, error)) error {
	var version int
	var vector string
	var owns int
	q := d.Direct(db.Pipeline)
	if err := q.QueryRow(ctx, `select current_setting('server_version_num')::int,
		coalesce((select extversion from pg_extension where extname = 'vector'), '')`).Scan(&version, &vector); err != nil {
		return err
	}
	if version < 150000 {
		report("PostgreSQL version", fmt.Errorf("it is %d; 15 or later is needed", version/10000))
	} else {
		report(fmt.Sprintf("PostgreSQL %d with pgvector %s", version/10000, vector), nil)
	}
	if err := q.QueryRow(ctx, `select count(*) from pg_class where relowner in (select oid from pg_roles where rolname like 'recado\_%')`).Scan(&owns); err != nil {
		return err
	}
	var err error
	if owns > 0 {
		err = fmt.Errorf("they own %d objects, so row-level security would not bind them", owns)
	}
	report("the program's roles own nothing", err)
	var open []string
	if err := q.QueryRow(ctx, `select coalesce(array_agg(c.relname::text), '{}') from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'goose%'
		and not (c.relrowsecurity and c.relforcerowsecurity)`).Scan(&open); err != nil {
		return err
	}
	err = nil
	if len(open) > 0 {
		err = fmt.Errorf("not on %v", open)
	}
	report("row-level security on every table", err)
	return nil
}

// secretFile is where the master key lies when the environment has none.
func (c Config) secretFile() string { return filepath.Join(c.Data, "secret.key") }
