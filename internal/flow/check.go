package flow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/bots/rules"
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Report is what is to be said about a definition. Fields of problems and warnings are
// places in it, "nodes[n3].data.text.es"; what has problems cannot be published.
type Report struct {
	Problems []*errs.Problem
	Warnings []*errs.Problem
	Uses     map[string][]flows.Use  // by variable: where it is read and written
	Exits    map[string][]flows.Exit // by node
	enters   []id.Flow
	returns  []id.Flow // those of enters that come back
}

// neighbour is another flow of the same bot.
type neighbour struct {
	id       id.Flow
	name     string
	running  bool
	returns  []id.Flow
	triggers []flows.Trigger // with running
}

// checker is one Check under way.
type checker struct {
	Report
	*Service
	tx   db.CompanyTx
	flow Flow
	def  flows.Definition
	// others are the bot's, the oldest first.
	others []neighbour
	rules  []rules.Definition
}

// Check says what is wrong with a definition that is to be the flow's, and what its owner
// should know before publishing it.
func (s *Service) Check(ctx context.Context, tx db.CompanyTx, f Flow, d flows.Definition) (Report, error) {
	c := &checker{Service: s, tx: tx, flow: f, def: d, Report: Report{Uses: map[string][]flows.Use{}, Exits: map[string][]flows.Exit{}}}
	fields, err := s.Fields(ctx, tx)
	if err != nil {
		return c.Report, err
	}
	compiled, wrong := flows.Compile(f.ID, 0, d, flows.World{Table: s.table, Fields: fields, Options: s.opts.Flows})
	c.Problems = problems(wrong)
	if err := c.meet(ctx); err != nil {
		return c.Report, err
	}
	if err := c.references(ctx); err != nil {
		return c.Report, err
	}
	files, err := s.complete(ctx, tx, &c.def)
	if err != nil {
		return c.Report, err
	}
	c.Problems = append(c.Problems, files...)
	c.triggers()
	c.entered(compiled.Entries())
	for name, uses := range compiled.Uses() {
		c.Uses[name] = uses
	}
	for _, n := range d.Nodes {
		c.Exits[n.ID] = append([]flows.Exit{}, compiled.Exits(n.ID)...)
	}
	c.ways(compiled)
	if wrong != nil { // what did not compile cannot be asked what it says
		return c.Report, nil
	}
	return c.Report, c.speak(ctx, compiled)
}

// Fields are the names that a company's expressions may use besides the built-in ones.
func (s *Service) Fields(ctx context.Context, tx db.CompanyTx) ([]expr.Field, error) {
	if s.opts.Globals == nil {
		return slices.Clone(anyName), nil
	}
	globals, err := s.opts.Globals(ctx, tx)
	return append(slices.Clone(anyName[:1]), globals...), err
}

// problems lists the Problems that err joins.
func problems(err error) []*errs.Problem {
	var many interface{ Unwrap() []error }
	var p *errs.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []*errs.Problem
		for _, e := range many.Unwrap() {
			out = append(out, problems(e)...)
		}
		return out
	case errors.As(err, &p):
		return []*errs.Problem{p}
	}
	return []*errs.Problem{errs.New(errs.Invalid, "flow.file", "reason", err.Error())}
}

func (c *checker) problem(at, code string, kv ...any) {
	c.Problems = append(c.Problems, errs.New(errs.Invalid, code, kv...).At(at))
}

func (c *checker) warn(at, code string, kv ...any) {
	c.Warnings = append(c.Warnings, errs.New(errs.Invalid, code, kv...).At(at))
}

// meet reads the bot's other flows and its rules.
func (c *checker) meet(ctx context.Context) error {
	rows, err := c.tx.Query(ctx, `select f.id, f.name, f.enabled and f.published_version is not null, coalesce(v.returns, '{}'), coalesce(v.definition -> 'triggers', '[]')
		from flow f left join flow_version v on v.flow_id = f.id and v.version = f.published_version where f.bot_id = $1 and f.id <> $2 order by f.id`, c.flow.Bot, c.flow.ID)
	if err != nil {
		return err
	}
	c.others, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (n neighbour, err error) {
		err = r.Scan(&n.id, &n.name, &n.running, &n.returns, &n.triggers)
		return n, err
	})
	if err != nil {
		return err
	}
	rows, err = c.tx.Query(ctx, `select name, definition from rule where bot_id = $1 and enabled order by priority desc, id`, c.flow.Bot)
	if err != nil {
		return err
	}
	c.rules, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (d rules.Definition, err error) {
		var name string
		err = r.Scan(&name, &d)
		d.Name, d.Enabled = name, true
		return d, err
	})
	return err
}

// held is an id that a node holds in a field of some kind.
type held struct {
	at, node string
	value    string
}

// held lists the values that nodes hold in fields of a kind.
func (c *checker) held(kind flows.FieldKind) []held {
	var out []held
	for _, n := range c.def.Nodes {
		var data map[string]any
		if json.Unmarshal(n.Data, &data) != nil {
			continue // told by the compiler
		}
		values(c.table[n.Type].Fields, data, kind, "nodes["+n.ID+"].data", func(at, v string) { out = append(out, held{at, n.ID, v}) })
	}
	return out
}

// values calls fn for each string in a field of a kind.
func values(fields []flows.Field, data map[string]any, kind flows.FieldKind, at string, fn func(at, value string)) {
	for _, f := range fields {
		place := at + "." + f.Key
		if v, ok := data[f.Key].(string); ok && f.Kind == kind && v != "" {
			fn(place, v)
		}
		if list, ok := data[f.Key].([]any); ok {
			for i, item := range list {
				if m, ok := item.(map[string]any); ok {
					values(f.Of, m, kind, fmt.Sprintf("%s[%d]", place, i), fn)
				}
			}
		}
	}
}

// references checks what nodes point at.
func (c *checker) references(ctx context.Context) error {
	for _, x := range []struct {
		kind      flows.FieldKind
		code, sql string
	}{
		{flows.FieldLabel, "flow.no_label", `select id from label where id = any($1)`},
		{flows.FieldAgent, "flow.no_agent", `select user_id from member where user_id = any($1)`},
		{flows.FieldTeam, "flow.no_team", `select id from team where id = any($1)`},
	} {
		found := c.held(x.kind)
		if len(found) == 0 {
			continue
		}
		ids := make([]id.ID[checker], len(found))
		for i, h := range found {
			ids[i], _ = id.Parse[id.ID[checker]](h.value) // one that is none is found nowhere
		}
		rows, err := c.tx.Query(ctx, x.sql, db.UUIDs(ids))
		if err != nil {
			return err
		}
		known, err := pgx.CollectRows(rows, pgx.RowTo[id.ID[checker]])
		if err != nil {
			return err
		}
		for i, h := range found {
			if !slices.Contains(known, ids[i]) {
				c.problem(h.at, x.code)
			}
		}
	}
	return nil
}

// entered checks the flows that this one goes on in: they must be its bot's and run, and
// none that it comes back from may come back here.
func (c *checker) entered(entries []flows.Entry) {
	for _, e := range entries {
		at := "nodes[" + e.Node + "].data." + e.Field
		i := slices.IndexFunc(c.others, func(n neighbour) bool { return n.id == e.Flow })
		switch {
		case e.Flow == c.flow.ID:
		case i < 0:
			c.problem(at, "flow.no_flow")
			continue
		case !c.others[i].running:
			c.problem(at, "flow.flow_stopped", "flow", c.others[i].name)
		}
		c.enters = append(c.enters, e.Flow)
		if e.Back {
			c.returns = append(c.returns, e.Flow)
			if round := c.round(e.Flow, nil); round != nil {
				c.problem(at, "flow.cycle", "flows", strings.Join(append([]string{c.def.Name}, round...), " → "))
			}
		}
	}
}

// round is the way from a flow back to this one, by name, nil when there is none.
func (c *checker) round(from id.Flow, seen []id.Flow) []string {
	if from == c.flow.ID {
		return []string{c.def.Name}
	}
	i := slices.IndexFunc(c.others, func(n neighbour) bool { return n.id == from })
	if i < 0 || slices.Contains(seen, from) {
		return nil
	}
	for _, next := range c.others[i].returns {
		if way := c.round(next, append(seen, from)); way != nil {
			return append([]string{c.others[i].name}, way...)
		}
	}
	return nil
}
