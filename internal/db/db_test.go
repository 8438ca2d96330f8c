package db_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/id"
)

func open(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestRoles(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, r := range []db.Role{db.Pipeline, db.Door} {
		var is string
		if err := d.Direct(r).QueryRow(t.Context(), `select current_user`).Scan(&is); err != nil || is != string(r) {
			t.Errorf("%s works as %q, %v", r, is, err)
		}
	}
	c := id.New[id.Company]()
	err := d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
		var is string
		var company id.Company
		var super bool
		if err := tx.QueryRow(t.Context(), `select current_user, current_company(), (select rolsuper or rolbypassrls from pg_roles where rolname = current_user)`).Scan(&is, &company, &super); err != nil {
			return err
		}
		if is != "recado_app" || company != c || super || tx.Company() != c {
			t.Errorf("works as %s (above the rules: %v) in %v, want recado_app in %v", is, super, company, c)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := d.ForCompany(t.Context(), id.Company{}, func(db.CompanyTx) error { t.Error("ran without a company"); return nil }); err == nil {
		t.Error("a transaction of no company was begun")
	}
}

// The setting ends with its transaction: the next one on the same connection sees nothing.
func TestCompanyDoesNotStick(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	one, two := id.New[id.Company](), id.New[id.Company]()
	for _, c := range []id.Company{one, two} {
		err := d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
			var is id.Company
			if err := tx.QueryRow(t.Context(), `select current_company()`).Scan(&is); err != nil || is != c {
				t.Errorf("in %v, want %v (%v)", is, c, err)
			}
			return errors.New("rolled back")
		})
		if err == nil {
			t.Error("the error got lost")
		}
	}
}

// Two transactions that lock in opposite order: the database gives one up, and it runs again.
func TestDeadlockRunsAgain(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := id.New[id.Company]()
	err := d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), `insert into company (id, name) values ($1, 'x')`, c)
		return err
	})
	var labels [2]id.Label
	for i := range labels {
		labels[i] = id.New[id.Label]()
		err = errors.Join(err, d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), `insert into label (id, company_id, name, color) values ($1, $2, $3, '#000000')`, labels[i], c, fmt.Sprint(i))
			return err
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
	var both, all sync.WaitGroup
	both.Add(2)
	for i := range 2 {
		first := true
		all.Go(func() {
			err := d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
				for step := range 2 {
					if _, err := tx.Exec(t.Context(), `update label set name = name || 'x' where id = $1`, labels[(i+step)%2]); err != nil {
						return err
					}
					if step == 0 && first {
						first = false
						both.Done()
						both.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	err = d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
		var n int
		if err := tx.QueryRow(t.Context(), `select count(*) from label where name like '%xx' and name not like '%xxx'`).Scan(&n); err != nil {
			return err
		}
		if n != 2 {
			t.Errorf("%d labels were changed twice, want 2", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":            {nil, false},
		"refused connection": {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		"no socket":          {fmt.Errorf("dial: %w", syscall.ENOENT), true},
		"cut in mid-answer":  {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), true},
		"shutting down":      {&pgconn.PgError{Code: "57P01"}, true},
		"starting up":        {&pgconn.PgError{Code: "57P03"}, true},
		"too many":           {&pgconn.PgError{Code: "53300"}, true},
		"connection lost":    {&pgconn.PgError{Code: "08006"}, true},
		"a constraint":       {&pgconn.PgError{Code: "23505"}, false},
		"a timeout":          {&pgconn.PgError{Code: "57014"}, false},
		"the caller left":    {context.Canceled, false},
	} {
		if got := db.Down(c.err); got != c.want {
			t.Errorf("%s: Down = %v", name, got)
		}
	}
}
