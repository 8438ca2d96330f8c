package outside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/flows/expr"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/seal"
)

// Global is a value that all flows of a company read as global.<name>, or a secret that only
// HTTP requests may carry as {{secret.name}}. A secret's value is never read back.
type Global struct {
	Name   string    `json:"name" maxLength:"40" pattern:"^[a-z][a-z0-9_]*$"`
	Type   expr.Type `json:"type" enum:"text,number,bool,date,list" doc:"Of a value; a secret is text"`
	Value  any       `json:"value,omitempty" doc:"A secret's is written and never read; one left out keeps what it was"`
	Secret bool      `json:"secret"`
}

const maxGlobals = 200

var globalName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Globals lists a company's values and the names of its secrets, by name.
func Globals(ctx context.Context, tx db.CompanyTx) ([]Global, error) {
	rows, err := tx.Query(ctx, `select name, type, value, sealed is not null from flow_global order by name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (g Global, err error) {
		var value []byte
		if err = r.Scan(&g.Name, (*string)(&g.Type), &value, &g.Secret); err == nil && value != nil {
			err = json.Unmarshal(value, &g.Value)
		}
		return g, err
	})
}

// GlobalValues are the values as flows.Facts.Globals wants them; dates as times. Secrets are
// not among them.
func GlobalValues(list []Global) map[string]any {
	out := map[string]any{}
	for _, g := range list {
		switch s, _ := g.Value.(string); {
		case g.Secret:
		case g.Type == expr.Date:
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				out[g.Name] = t
			}
		default:
			out[g.Name] = g.Value
		}
	}
	return out
}

// GlobalFields are the paths that a company's values and secrets add to expressions.
func GlobalFields(list []Global) []expr.Field {
	var out []expr.Field
	for _, g := range list {
		f := expr.Field{Path: "global." + g.Name, Type: g.Type}
		if g.Secret {
			f.Path, f.Type = "secret."+g.Name, expr.Text
		}
		out = append(out, f)
	}
	return out
}

// SetGlobals makes list all there is. A secret without a value keeps the one it has.
func SetGlobals(ctx context.Context, tx db.CompanyTx, by company.Actor, keys *seal.Keys, list []Global) ([]Global, error) {
	before, err := Globals(ctx, tx)
	if err != nil {
		return nil, err
	}
	if err := checkGlobals(list, before); err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	b := &pgx.Batch{}
	for i, g := range list {
		names[i] = g.Name
		switch {
		case g.Secret && g.Value == nil: // as it is
		case g.Secret:
			b.Queue(globalSQL, tx.Company(), g.Name, string(expr.Text), nil, keys.Seal(secretPlace(tx.Company(), g.Name), []byte(g.Value.(string))))
		default:
			value, err := json.Marshal(g.Value)
			if err != nil {
				return nil, err
			}
			b.Queue(globalSQL, tx.Company(), g.Name, string(g.Type), value, nil)
		}
	}
	b.Queue(`delete from flow_global where not name = any($1)`, names)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	after, err := Globals(ctx, tx)
	if err != nil {
		return nil, err
	}
	return after, company.Record(ctx, tx, by, "flow_globals.update", company.Object{Kind: "flow_globals", Name: "globals"}, company.Diff(byName(before), byName(after)))
}

const globalSQL = `insert into flow_global (company_id, name, type, value, sealed) values ($1, $2, $3, $4, $5)
	on conflict (company_id, name) do update set type = excluded.type, value = excluded.value, sealed = excluded.sealed, updated_at = now()`

func byName(list []Global) map[string]Global {
	out := map[string]Global{}
	for _, g := range list {
		out[g.Name] = g
	}
	return out
}

func checkGlobals(list, before []Global) error {
	if len(list) > maxGlobals {
		return errs.New(errs.Invalid, "global.too_many", "max", maxGlobals).At("items")
	}
	var faults []error
	seen := map[string]bool{}
	for i, g := range list {
		at := fmt.Sprintf("items[%d]", i)
		text, isText := g.Value.(string)
		switch {
		case !globalName.MatchString(g.Name):
			faults = append(faults, errs.New(errs.Invalid, "global.name").At(at+".name"))
		case seen[g.Name]:
			faults = append(faults, errs.New(errs.Invalid, "global.twice", "name", g.Name).At(at+".name"))
		case g.Secret && g.Value == nil:
			if !slices.ContainsFunc(before, func(b Global) bool { return b.Secret && b.Name == g.Name }) {
				faults = append(faults, errs.New(errs.Invalid, "global.value", "type", "text").At(at+".value"))
			}
		case g.Secret && (!isText || text == "" || len(text) > 4096), !g.Secret && !fits(g):
			faults = append(faults, errs.New(errs.Invalid, "global.value", "type", string(g.Type)).At(at+".value"))
		}
		seen[g.Name] = true
	}
	return errors.Join(faults...)
}

// fits reports whether a value is of the type it is said to be.
func fits(g Global) bool {
	if b, err := json.Marshal(g.Value); err != nil || len(b) > 4096 {
		return false
	}
	switch v := g.Value.(type) {
	case string:
		if g.Type == expr.Date {
			_, err := time.Parse(time.RFC3339, v)
			return err == nil
		}
		return g.Type == expr.Text
	case float64:
		return g.Type == expr.Number
	case bool:
		return g.Type == expr.Bool
	case []any:
		return g.Type == expr.List
	}
	return false
}

func secretPlace(c id.Company, name string) string {
	return "flow secret " + c.String() + " " + name
}

// secrets opens those of the company's secrets that are named.
func secrets(ctx context.Context, tx db.CompanyTx, keys *seal.Keys, names []string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `select name, sealed from flow_global where sealed is not null and name = any($1)`, names)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	var name string
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &sealed}, func() error {
		plain, err := keys.Open(secretPlace(tx.Company(), name), sealed)
		out[name] = string(plain)
		return err
	})
	return out, err
}
