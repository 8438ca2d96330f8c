package dbtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/internal/db/dbtest"
)

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestDatabasesAreMigratedAndApart(t *testing.T) {
	t.Parallel()
	one, other := connect(t, dbtest.New(t).URL), connect(t, dbtest.New(t).URL)
	for _, conn := range []*pgx.Conn{one, other} {
		// Fails when another test's table is here already, or when migrations did not run.
		if _, err := conn.Exec(t.Context(), "create table mine as select * from goose_db_version"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := one.Exec(t.Context(), "delete from mine"); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := other.QueryRow(t.Context(), "select count(*) from mine where version_id > 0").Scan(&rows); err != nil || rows == 0 {
		t.Errorf("the other database has %d migrations, %v", rows, err)
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("user", func(t *testing.T) {
		url = dbtest.New(t).URL
		if _, err := pgx.Connect(t.Context(), url); err != nil { // left open on purpose
			t.Fatal(err)
		}
	})
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Error("the database outlived its test")
	}
}
