package company

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/id"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	type thing struct {
		Name   string `json:"name"`
		Note   string `json:"note,omitempty"`
		Secret string `json:"-"`
		Deep   []int  `json:"deep"`
	}
	for _, c := range []struct {
		before, after thing
		want          string
	}{
		{thing{Name: "a"}, thing{Name: "a", Secret: "hunter2"}, `{}`},
		{thing{Name: "a"}, thing{Name: "b", Note: "n"}, `{"name":{"from":"a","to":"b"},"note":{"from":null,"to":"n"}}`},
		{thing{Note: "n", Deep: []int{1}}, thing{Deep: []int{1, 2}}, `{"deep":{"from":[1],"to":[1,2]},"note":{"from":"n","to":null}}`},
	} {
		got, err := json.Marshal(Diff(c.before, c.after))
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %v; want %s", got, err, c.want)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Ana ": "Ana", "": "", " \t": "", "a\nb": "", "a\x7fb": "", strings.Repeat("ñ", 120): strings.Repeat("ñ", 120), strings.Repeat("ñ", 121): "",
	} {
		if got, err := CleanName("name", in); got != want || (err == nil) != (want != "") {
			t.Errorf("CleanName(%q) = %q, %v", in, got, err)
		}
	}
}

// probes is two companies with one person, one label and one line of audit each.
func probes(t *testing.T) (d *db.DB, one, two id.Company) {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 2, PipelineConns: 1, DoorConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	var ids []id.Company
	for _, name := range []string{"uno", "dos"} {
		err := d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
			c, err := Found(t.Context(), tx, New{Name: name})
			if err != nil {
				return err
			}
			ids = append(ids, c)
			u := id.New[id.User]()
			if _, err := tx.Exec(t.Context(), `insert into app_user (id, email, name, password_hash) values ($1, $2, $3, 'hash')`, u, name+"@x.test", name); err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `insert into member (company_id, user_id, role) values ($1, $2, 'owner')`, c, u)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.ForCompany(t.Context(), ids[len(ids)-1], func(tx db.CompanyTx) error {
			_, err := CreateLabel(t.Context(), tx, System, Label{Name: name, Color: "#000000"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return d, ids[0], ids[1]
}

// A transaction of one company sees its own rows and nobody else's, whatever it asks.
func TestOneCompanySeesItself(t *testing.T) {
	t.Parallel()
	d, one, two := probes(t)
	err := d.ForCompany(t.Context(), one, func(tx db.CompanyTx) error {
		people, err := Members(t.Context(), tx)
		if err != nil || len(people) != 1 || people[0].Email != "uno@x.test" {
			t.Errorf("members %v, %v", people, err)
		}
		labels, err := Labels(t.Context(), tx)
		if err != nil || len(labels) != 1 || labels[0].Name != "uno" {
			t.Errorf("labels %v, %v", labels, err)
		}
		lines, err := ListAudit(t.Context(), tx, AuditID{}, 10)
		if err != nil || len(lines) != 1 || lines[0].Action != "label.create" || lines[0].Object.Name != "uno" {
			t.Errorf("audit %v, %v", lines, err)
		}
		for _, table := range []string{"company", "member", "app_user", "label", "audit", "session"} {
			col := "company_id"
			switch table {
			case "company":
				col = "id"
			case "app_user":
				continue // belongs to nobody; seen through member
			}
			var n int
			if err := tx.QueryRow(t.Context(), `select count(*) from `+table+` where `+col+` = $1`, two).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s: %d rows of another company, %v", table, n, err)
			}
		}
		tag, err := tx.Exec(t.Context(), `update company set name = 'taken' where id = $1`, two)
		if err != nil || tag.RowsAffected() != 0 {
			t.Errorf("another company was renamed: %v, %v", tag, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a role must never do, the database itself refuses.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	d, one, two := probes(t)
	app := func(sql string, args ...any) error {
		return d.ForCompany(t.Context(), one, func(tx db.CompanyTx) error { _, err := tx.Exec(t.Context(), sql, args...); return err })
	}
	door := func(sql string, args ...any) error {
		return d.System(t.Context(), db.Door, func(tx db.SystemTx) error { _, err := tx.Exec(t.Context(), sql, args...); return err })
	}
	for _, c := range []struct {
		name string
		err  error
	}{
		{"app reads password hashes", app(`select password_hash from app_user`)},
		{"app reads token hashes", app(`select token_hash from session`)},
		{"app reads throttles", app(`select * from login_throttle`)},
		{"app makes a member", app(`insert into member select company_id, user_id, 'admin' from member`)},
		{"app changes a role", app(`update member set role = 'owner'`)},
		{"app changes an e-mail", app(`update app_user set email = 'a@b.test'`)},
		{"app rewrites the audit", app(`update audit set action = 'nothing'`)},
		{"app empties the audit", app(`delete from audit`)},
		{"app writes another's audit", app(`insert into audit (id, company_id, actor_name, action, kind) values (gen_random_uuid(), $1, 'x', 'x', 'x')`, two)},
		{"app labels for another", app(`insert into label (id, company_id, name, color) values (gen_random_uuid(), $1, 'x', '#000000')`, two)},
		{"app lifts row security", app(`set local row_security = off; select * from company`)},
		{"app switches row security off for good", app(`alter table company disable row level security`)},
		{"door reads conversations", door(`select 1 from conversation`)},
		{"door reads messages", door(`select 1 from message`)},
		{"door reads contacts", door(`select 1 from contact`)},
		{"door reads the audit", door(`select 1 from audit`)},
		{"door reads channels", door(`select 1 from channel`)},
	} {
		var pg *pgconn.PgError
		if !errors.As(c.err, &pg) || pg.Code != "42501" { // insufficient_privilege
			t.Errorf("%s: %v, want permission denied", c.name, c.err)
		}
	}
}

func TestLabelLimit(t *testing.T) {
	t.Parallel()
	d, one, _ := probes(t)
	err := d.ForCompany(t.Context(), one, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `insert into label (id, company_id, name, color) select gen_random_uuid(), $1, 'l' || i, '#000000' from generate_series(1, $2) i`, one, maxLabels-1)
		if err != nil {
			return err
		}
		_, err = CreateLabel(t.Context(), tx, System, Label{Name: "one more", Color: "#000000"})
		return err
	})
	if !errs.Is(err, "label.too_many") {
		t.Errorf("%v, want label.too_many", err)
	}
}

func TestSettingsChangeTouchesOnlyWhatItNames(t *testing.T) {
	t.Parallel()
	name, zone := "Nueva", "Europe/Madrid"
	before := Company{Name: "Vieja", TimeZone: "UTC", Language: "es", Currency: "EUR", Address: "Calle 1"}
	want := before
	want.Name, want.TimeZone = name, zone
	if got, err := before.with(SettingsChange{Name: &name, TimeZone: &zone}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}
