package flow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/channels"
	"recado/flows"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
)

// The kinds of node of these tests: say speaks, ask waits and is left by an option, sub
// comes back from another flow and pass does not, back goes to a node.
type (
	say struct {
		Text  flows.Text  `json:"text"`
		Type  chat.Type   `json:"type,omitempty"`
		Media *chat.Media `json:"media,omitempty"`
	}
	ask struct {
		Text    flows.Text `json:"text"`
		Options []struct {
			ID string `json:"id"`
		} `json:"options"`
		Label id.Label `json:"label,omitzero"`
		said  flows.Phrase
	}
	sub  struct{ Flow id.Flow }
	pass struct{ Flow id.Flow }
	back struct{ Node string }
)

func (s *say) Compile(c *flows.Compiler) { c.Phrase("text", s.Text, s.Type == "") }
func (s *say) Run(*flows.Run) string     { return "next" }
func (s *say) Says(lang string) []chat.Content {
	if s.Media != nil {
		return []chat.Content{{Type: s.Type, Media: s.Media}}
	}
	text := s.Text[lang]
	if text == "" {
		text = s.Text["es"]
	}
	return []chat.Content{chat.Plain(text)}
}
func (a *ask) Compile(c *flows.Compiler) {
	a.said = c.Phrase("text", a.Text, true)
	for _, o := range a.Options {
		c.Exit(o.ID, o.ID)
	}
}
func (a *ask) Run(r *flows.Run) string {
	if r.Entering() {
		r.Say(chat.Plain(r.Phrase(a.said)))
		return r.Wait(flows.Wait{For: flows.ForMessage})
	}
	return r.Input().Message.Text
}
func (s *sub) Compile(c *flows.Compiler)  { c.Enters("flow", s.Flow, true) }
func (s *sub) Run(r *flows.Run) string    { r.Enter(s.Flow, true); return "" }
func (p *pass) Compile(c *flows.Compiler) { c.Enters("flow", p.Flow, false) }
func (p *pass) Run(r *flows.Run) string   { r.Enter(p.Flow, false); return "" }
func (b *back) Compile(c *flows.Compiler) { c.Jumps("node", b.Node) }
func (b *back) Run(r *flows.Run) string   { r.Jump(b.Node); return "" }

var table = flows.Table{
	"say": {Name: "say", Group: "say", Exits: []flows.Exit{{Name: "next"}}, New: func() flows.Node { return &say{} },
		Fields: []flows.Field{{Key: "text", Kind: flows.FieldText}}},
	"ask": {Name: "ask", Group: "ask", New: func() flows.Node { return &ask{} },
		Fields: []flows.Field{{Key: "label", Kind: flows.FieldLabel}, {Key: "options", Kind: flows.FieldExits, Of: []flows.Field{{Key: "id", Kind: flows.FieldPlain}}}}},
	"sub":  {Name: "sub", Group: "logic", Exits: []flows.Exit{{Name: "done"}}, New: func() flows.Node { return &sub{} }},
	"pass": {Name: "pass", Group: "logic", New: func() flows.Node { return &pass{} }},
	"back": {Name: "back", Group: "logic", New: func() flows.Node { return &back{} }, Fields: []flows.Field{{Key: "node", Kind: flows.FieldNode}}},
}

// short is a channel that carries 20 characters and no files.
func short(_ channels.Channel, c chat.Content) ([]chat.Content, []channels.Breach) {
	return channels.Fit(c, channels.Capabilities{MaxText: 20}, channels.FitOptions{Language: "es"})
}

// bench is one test's Service with two companies, and a bot of the first.
type bench struct {
	*Service
	mine, other id.Company
	bot         id.Bot
}

var ana = company.Actor{ID: id.User{7}, Name: "Ana"}

func setup(t testing.TB) *bench {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 8, PipelineConns: 1, DoorConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	files, err := file.New(d, mem.New(), bytes.Repeat([]byte("k"), 32), file.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Service: New(d, table, Options{Files: files, Fit: short}), mine: id.New[id.Company](), other: id.New[id.Company](), bot: id.New[id.Bot]()}
	err = d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), "insert into company (id, name) values ($1, 'Aurora'), ($2, 'Otra')", b.mine, b.other)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.sql(t, "insert into bot (id, company_id, name) values ($1, $2, 'Lupe')", b.bot, b.mine)
	return b
}

func (b *bench) sql(t testing.TB, sql string, args ...any) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

// do runs fn as the company and fails t when it fails.
func (b *bench) do(t testing.TB, fn func(context.Context, db.CompanyTx) error) {
	t.Helper()
	if err := b.try(t, fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) try(t testing.TB, fn func(context.Context, db.CompanyTx) error) error {
	t.Helper()
	return b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error { return fn(t.Context(), tx) })
}

func (b *bench) create(t testing.TB, d flows.Definition) (f Flow) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		f, err = b.Create(ctx, tx, ana, b.bot, d)
		return err
	})
	return f
}

func (b *bench) get(t testing.TB, f id.Flow) (out Flow) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		out, err = b.Get(ctx, tx, f)
		return err
	})
	return out
}

func (b *bench) publish(t testing.TB, f id.Flow) (v Version, err error) {
	t.Helper()
	revision := b.get(t, f).Revision
	err = b.try(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		v, err = b.Publish(ctx, tx, ana, f, revision, "porque sí")
		return err
	})
	return v, err
}

func (b *bench) published(t testing.TB, d flows.Definition) Flow {
	t.Helper()
	f := b.create(t, d)
	if _, err := b.publish(t, f.ID); err != nil {
		t.Fatal(err)
	}
	return b.get(t, f.ID)
}

func (b *bench) save(t testing.TB, f Flow, d flows.Definition) (out Flow, err error) {
	t.Helper()
	err = b.try(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		out, err = b.Save(ctx, tx, ana, f.ID, f.Revision, d)
		return err
	})
	return out, err
}

func (b *bench) change(t testing.TB, f id.Flow, ch Change) error {
	t.Helper()
	return b.try(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := b.Update(ctx, tx, ana, f, ch)
		return err
	})
}

func (b *bench) revision(t testing.TB) (n int64) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		return tx.QueryRow(ctx, "select revision from bot where id = $1", b.bot).Scan(&n)
	})
	return n
}

func (b *bench) check(t testing.TB, d flows.Definition) (r Report) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		r, err = b.Check(ctx, tx, Flow{ID: id.New[id.Flow](), Bot: b.bot}, d)
		return err
	})
	return r
}

// node is a node of a definition; next alternates exits and targets.
func node(name, typ, data string, next ...string) flows.NodeDef {
	n := flows.NodeDef{ID: name, Type: typ, Data: json.RawMessage(data), Next: map[string]string{}}
	for i := 0; i+1 < len(next); i += 2 {
		n.Next[next[i]] = next[i+1]
	}
	return n
}

func drawing(name string, nodes ...flows.NodeDef) flows.Definition {
	d := flows.Definition{Format: flows.Format, Name: name, Language: "es", Start: "a", Nodes: nodes}
	if len(nodes) == 0 {
		d.Nodes = []flows.NodeDef{node("a", "say", `{"text":{"es":"Hola"}}`)}
	}
	return d
}

func starting(d flows.Definition, match string, words ...string) flows.Definition {
	d.Triggers = append(slices.Clone(d.Triggers), flows.Trigger{ID: fmt.Sprint("t", len(d.Triggers)), Type: flows.OnKeyword, Match: match, Words: words})
	return d
}

// told is problems in one line each: code and place.
func told(list []*errs.Problem) []string {
	out := []string{}
	for _, p := range list {
		out = append(out, p.Error())
	}
	return out
}

func args(list []*errs.Problem, code string) map[string]any {
	for _, p := range list {
		if p.Code == code {
			return p.Args
		}
	}
	return nil
}

func TestDraftToVersionAndBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.create(t, drawing(" Saludo "))
	if f.Name != "Saludo" || f.Draft.Name != "Saludo" || f.Status != Unpublished || f.Revision != 1 || f.By.Name != "Ana" || !f.Enabled || f.Published != nil {
		t.Errorf("created: %+v", f)
	}
	if n := b.revision(t); n != 1 {
		t.Errorf("a draft raised the bot's revision to %d", n)
	}
	first, err := b.publish(t, f.ID)
	if err != nil || first.Version != 1 || first.Why != "porque sí" || first.By != ana {
		t.Fatalf("%+v, %v", first, err)
	}
	if n := b.revision(t); n != 2 {
		t.Errorf("revision %d after publishing, want 2", n)
	}
	f = b.get(t, f.ID)
	changed := drawing("Bienvenida", node("a", "say", `{"text":{"es":"Buenas"}}`))
	f, err = b.save(t, f, changed)
	if err != nil || f.Status != Changed || f.Name != "Bienvenida" || f.Revision != 2 {
		t.Errorf("saved: %+v, %v", f, err)
	}
	if again, err := b.save(t, f, changed); err != nil || again.Revision != 2 {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	stale := f
	stale.Revision = 1
	_, err = b.save(t, stale, drawing("Otra"))
	if !errs.Is(err, "flow.changed") || args(problems(err), "flow.changed")["by"] != "Ana" || args(problems(err), "flow.changed")["revision"] != int64(2) {
		t.Errorf("stale: %v", err)
	}
	if v, err := b.publish(t, f.ID); err != nil || v.Version != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		v, err := b.Restore(ctx, tx, ana, f.ID, 1, "era mejor")
		if err != nil || v.Version != 3 {
			t.Errorf("restore: %+v, %v", v, err)
		}
		list, err := b.Versions(ctx, tx, f.ID)
		if err != nil || len(list) != 3 || list[0].Version != 3 || list[2].Version != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		back, d, err := b.Version(ctx, tx, f.ID, 3)
		if err != nil || d.Name != "Saludo" || back.Why != "era mejor" {
			t.Errorf("%+v %+v, %v", back, d, err)
		}
		if _, _, err := b.Version(ctx, tx, f.ID, 9); !errs.Is(err, "not_found") {
			t.Errorf("version 9: %v", err)
		}
		return err
	})
	f = b.get(t, f.ID)
	if f.Status != Current || *f.Published != 3 || f.Name != "Saludo" {
		t.Errorf("restored: %+v", f)
	}
	var actions []string
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		list, err := company.ListAudit(ctx, tx, company.AuditID{}, 50)
		for _, e := range list {
			actions = append(actions, e.Action)
		}
		return err
	})
	if got := strings.Join(actions, " "); got != "flow.publish flow.publish flow.publish flow.create" {
		t.Errorf("recorded: %s", got)
	}
}

// What may begin is what is published and switched on, the oldest first.
func TestPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, second := b.published(t, drawing("uno")), b.published(t, drawing("dos"))
	b.create(t, drawing("borrador"))
	names := func() string {
		var out []string
		b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
			list, err := b.Published(ctx, tx, b.bot)
			for _, p := range list {
				out = append(out, fmt.Sprint(p.Name, p.Version))
			}
			return err
		})
		return strings.Join(out, " ")
	}
	if got := names(); got != "uno1 dos1" {
		t.Errorf("%s", got)
	}
	before, off := b.revision(t), false
	if err := b.change(t, first.ID, Change{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "dos1" || b.revision(t) <= before {
		t.Errorf("%s at revision %d after %d", got, b.revision(t), before)
	}
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error { return b.Delete(ctx, tx, ana, second.ID) })
	if got := names(); got != "" {
		t.Errorf("%s", got)
	}
	var list []Summary
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		list, err = b.List(ctx, tx, b.bot)
		return err
	})
	if len(list) != 2 || list[0].Name != "uno" || list[0].Enabled || *list[0].Version != 1 || list[1].Status != Unpublished {
		t.Errorf("%+v", list)
	}
}

func TestCompiled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.published(t, drawing("uno"))
	one, err := b.Compiled(t.Context(), b.mine, f.ID, 1)
	if err != nil || one.Version != 1 {
		t.Fatalf("%+v, %v", one, err)
	}
	running, err := b.Compiled(t.Context(), b.mine, f.ID, 0)
	if err != nil || running != one {
		t.Errorf("version 0 is %p (%v), want %p from memory", running, err, one)
	}
	for _, version := range []int{0, 1} {
		if _, err := b.Compiled(t.Context(), b.other, f.ID, version); !errs.Is(err, "not_found") {
			t.Errorf("another company's version %d: %v", version, err)
		}
	}
	if _, err := b.Compiled(t.Context(), b.mine, f.ID, 2); !errs.Is(err, "not_found") {
		t.Errorf("version 2: %v", err)
	}
	draft, err := b.Ready(f.ID, 0, drawing("borrador"))
	if err != nil {
		t.Fatal(err)
	}
	lib := b.Library(t.Context(), b.mine, draft)
	if lib.Flow(f.ID, 0) != draft || lib.Flow(f.ID, 1) != one || lib.Flow(id.New[id.Flow](), 0) != nil || lib.Err != nil {
		t.Errorf("the library does not find the draft, the version, and nothing; %v", lib.Err)
	}
	off := false
	if err := b.change(t, f.ID, Change{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Compiled(t.Context(), b.mine, f.ID, 0); !errs.Is(err, "not_found") {
		t.Errorf("switched off: %v", err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(100)
	keys := []key{{id.Flow{1}, 1}, {id.Flow{2}, 1}, {id.Flow{3}, 1}}
	for _, k := range keys[:2] {
		c.put(k, &entry{size: 40})
	}
	c.get(keys[0])
	c.put(keys[2], &entry{size: 40})
	if c.get(keys[1]) != nil || c.get(keys[0]) == nil || c.get(keys[2]) == nil || c.size != 80 {
		t.Errorf("%v of %d bytes", c.flows, c.size)
	}
}

func TestFlowsThatEnterEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	enters := func(typ string, to id.Flow) flows.NodeDef { return node("a", typ, `{"flow":"`+to.String()+`"}`) }
	inner := b.create(t, drawing("interior"))
	outer := b.create(t, drawing("exterior", enters("sub", inner.ID)))
	refused := func(f id.Flow, code string) {
		t.Helper()
		if _, err := b.publish(t, f); !errs.Is(err, code) || !strings.Contains(err.Error(), "nodes[a].data.flow") {
			t.Errorf("%v, want %s", err, code)
		}
	}
	refused(outer.ID, "flow.flow_stopped")
	for _, f := range []id.Flow{inner.ID, outer.ID} {
		if _, err := b.publish(t, f); err != nil {
			t.Fatal(err)
		}
	}
	refused(b.create(t, drawing("a ninguna parte", enters("sub", id.New[id.Flow]()))).ID, "flow.no_flow")
	refused(b.create(t, drawing("a otro bot", enters("pass", b.elsewhere(t)))).ID, "flow.no_flow")

	off, on := false, true
	if err := b.change(t, inner.ID, Change{Enabled: &off}); !errs.Is(err, "flow.entered") || args(problems(err), "flow.entered")["flows"] != "exterior" {
		t.Errorf("switched off while entered: %v", err)
	}
	err := b.try(t, func(ctx context.Context, tx db.CompanyTx) error { return b.Delete(ctx, tx, ana, inner.ID) })
	if !errs.Is(err, "flow.entered") {
		t.Errorf("deleted while entered: %v", err)
	}
	for _, f := range []id.Flow{outer.ID, inner.ID} { // the other way round it is nobody's loss
		if err := b.change(t, f, Change{Enabled: &off}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.change(t, outer.ID, Change{Enabled: &on}); !errs.Is(err, "flow.enters_stopped") || args(problems(err), "flow.enters_stopped")["flows"] != "interior" {
		t.Errorf("switched on while what it enters is off: %v", err)
	}
	for _, f := range []id.Flow{inner.ID, outer.ID} {
		if err := b.change(t, f, Change{Enabled: &on}); err != nil {
			t.Fatal(err)
		}
	}

	// Coming back to where one came from never ends; going on there may.
	for typ, want := range map[string]string{"sub": "flow.cycle at nodes[a].data.flow", "pass": ""} {
		if _, err := b.save(t, b.get(t, inner.ID), drawing("interior", enters(typ, outer.ID))); err != nil {
			t.Fatal(err)
		}
		var r Report
		b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
			f := b.get(t, inner.ID)
			r, err = b.Check(ctx, tx, f, f.Draft)
			return err
		})
		if got := strings.Join(told(r.Problems), ","); got != want {
			t.Errorf("%s: %q, want %q", typ, got, want)
		}
		if want != "" && args(r.Problems, "flow.cycle")["flows"] != "interior → exterior → interior" {
			t.Errorf("the round is %v", args(r.Problems, "flow.cycle"))
		}
	}
}

// elsewhere is a published flow of another bot.
func (b *bench) elsewhere(t testing.TB) id.Flow {
	t.Helper()
	here := b.bot
	b.bot = id.New[id.Bot]()
	b.sql(t, "insert into bot (id, company_id, name) values ($1, $2, 'Otro')", b.bot, b.mine)
	f := b.published(t, drawing("ajeno"))
	b.bot = here
	return f.ID
}

func TestBounds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	large := drawing("x", node("a", "say", `{"text":{"es":"`+strings.Repeat("a", maxDefinition)+`"}}`))
	err := b.try(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := b.Create(ctx, tx, ana, b.bot, large)
		return err
	})
	if !errs.Is(err, "flow.too_large") {
		t.Errorf("large: %v", err)
	}
	b.sql(t, `insert into flow (id, company_id, bot_id, name, draft) select gen_random_uuid(), $1, $2, 'x', '{}' from generate_series(1, $3)`, b.mine, b.bot, maxFlows)
	err = b.try(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := b.Create(ctx, tx, ana, b.bot, drawing("x"))
		return err
	})
	if !errs.Is(err, "flow.too_many") {
		t.Errorf("many: %v", err)
	}
}

// A flow of another company cannot be told from one that does not exist.
func TestFlowsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.published(t, drawing("secreto")).ID
	for name, fn := range map[string]func(context.Context, db.CompanyTx) error{
		"get":  func(ctx context.Context, tx db.CompanyTx) error { _, err := b.Get(ctx, tx, f); return err },
		"list": func(ctx context.Context, tx db.CompanyTx) error { _, err := b.List(ctx, tx, b.bot); return err },
		"create": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Create(ctx, tx, ana, b.bot, drawing("x"))
			return err
		},
		"save": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Save(ctx, tx, ana, f, 1, drawing("x"))
			return err
		},
		"update": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Update(ctx, tx, ana, f, Change{})
			return err
		},
		"delete": func(ctx context.Context, tx db.CompanyTx) error { return b.Delete(ctx, tx, ana, f) },
		"publish": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Publish(ctx, tx, ana, f, 1, "")
			return err
		},
		"restore": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Restore(ctx, tx, ana, f, 1, "")
			return err
		},
		"versions": func(ctx context.Context, tx db.CompanyTx) error { _, err := b.Versions(ctx, tx, f); return err },
		"version":  func(ctx context.Context, tx db.CompanyTx) error { _, _, err := b.Version(ctx, tx, f, 1); return err },
		"analyse": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Analyse(ctx, tx, f, Period{})
			return err
		},
		"start": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.StartIn(ctx, tx, f, id.New[id.Conversation](), id.Contact{})
			return err
		},
	} {
		err := b.db.ForCompany(t.Context(), b.other, func(tx db.CompanyTx) error { return fn(t.Context(), tx) })
		if !errs.Is(err, "not_found") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
