// Package dbtest gives every test a PostgreSQL database of its own, migrated and empty, so that
// tests may commit, listen and run in parallel.
//
// A database is a clone of a template that is migrated once per cluster. The cluster is the one
// that RECADO_TEST_DATABASE_URL names; `make test-go` and `pgdev exec` start one for all packages. Without
// the variable each test process starts its own throw-away cluster, which costs about a second, so a
// plain `go test ./internal/inbox` works too.
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"recado/internal/db/pgchild"
	"recado/migrations"
)

// ClusterEnv names the cluster to make databases in: a superuser's connection string. Databases are
// dropped again, but the template stays for the next run.
const ClusterEnv = "RECADO_TEST_DATABASE_URL"

// DB is one test's database. It is dropped when the test ends, whoever is still connected.
type DB struct {
	URL string // connection string of the schema's owner, a superuser
}

// New makes a database for t. It fails t when there is no PostgreSQL to make it in.
func New(t testing.TB) *DB {
	t.Helper()
	c, err := theCluster()
	if err != nil {
		t.Fatalf("no database to test with: %v", err)
	}
	name := "test_" + rand.Text()
	if err := c.clone(t.Context(), name); err != nil {
		t.Fatalf("cloning a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.drop(context.Background(), name); err != nil {
			t.Errorf("dropping the test database: %v", err)
		}
	})
	return &DB{URL: c.url(name)}
}

// cluster is where this process makes its databases.
type cluster struct {
	base     *url.URL
	admin    *pgxpool.Pool
	template string
	strategy string          // how CREATE DATABASE copies
	own      *pgchild.Server // started here, and owned as long as it is referred to; nil otherwise
}

// theCluster is reached, or started, once per process. A started one ends with the process.
var theCluster = sync.OnceValues(func() (*cluster, error) {
	ctx := context.Background()
	if address := os.Getenv(ClusterEnv); address != "" {
		return connect(ctx, address)
	}
	server, err := pgchild.StartTemp(ctx, pgchild.Config{})
	if err != nil {
		return nil, err
	}
	c, err := connect(ctx, server.URL())
	if err != nil {
		return nil, errors.Join(err, server.Stop(ctx))
	}
	c.own = server
	return c, nil
})

func connect(ctx context.Context, address string) (*cluster, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s must be a URL: %w", ClusterEnv, err)
	}
	c := &cluster{base: base}
	if c.admin, err = pgxpool.New(ctx, address); err != nil {
		return nil, err
	}
	var fsync string
	if err := c.admin.QueryRow(ctx, "show fsync").Scan(&fsync); err != nil {
		return nil, fmt.Errorf("reaching the test cluster: %w", err)
	}
	// Copying files needs checkpoints, which cost nothing only where nothing is flushed.
	if c.strategy = "wal_log"; fsync == "off" {
		c.strategy = "file_copy"
	}
	if c.template, err = templateName(migrations.Files); err != nil {
		return nil, err
	}
	return c, c.makeTemplate(ctx)
}

// templateName tells schemas apart, so that a cluster may outlive a change to the migrations.
func templateName(files fs.FS) (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(content), content)
		return err
	})
	return "template_" + hex.EncodeToString(hash.Sum(nil)[:8]), err
}

// makeTemplate migrates the template unless another process, of this run or an earlier one, did.
// It gets its name last, so that one which was left half migrated is never cloned.
func (c *cluster) makeTemplate(ctx context.Context) (err error) {
	conn, err := c.admin.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	const key = 7_301_202_612 // advisory lock "making a template"
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(key)); err != nil {
		return err
	}
	defer func() {
		_, unlockErr := conn.Exec(ctx, "select pg_advisory_unlock($1)", int64(key))
		err = errors.Join(err, unlockErr)
	}()
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", c.template).Scan(&exists)
	if err != nil || exists {
		return err
	}
	making := c.template + "_making"
	if err := c.drop(ctx, making); err != nil {
		return err
	}
	if err := c.exec(ctx, "create database %s", making); err != nil {
		return err
	}
	if err := migrations.Apply(ctx, c.url(making), slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	return c.exec(ctx, "alter database %s rename to %s", making, c.template)
}

func (c *cluster) clone(ctx context.Context, name string) error {
	return c.exec(ctx, "create database %s template %s strategy "+c.strategy, name, c.template)
}

func (c *cluster) drop(ctx context.Context, name string) error {
	return c.exec(ctx, "drop database if exists %s with (force)", name)
}

// exec runs a statement that names databases; names cannot be parameters.
func (c *cluster) exec(ctx context.Context, sql string, names ...string) error {
	quoted := make([]any, len(names))
	for i, name := range names {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	_, err := c.admin.Exec(ctx, fmt.Sprintf(sql, quoted...))
	return err
}

// url is the connection string for a database of the cluster.
func (c *cluster) url(name string) string {
	u := *c.base
	u.Path = "/" + name
	return u.String()
}
