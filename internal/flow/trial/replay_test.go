package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"recado/bots/rules"
	"recado/flows"
	"recado/flows/nodes"
	"recado/internal/assistant"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/id"
)

// bench is one test's Service with a company, a bot, its channel and a flow.
type bench struct {
	*Service
	company id.Company
	bot     id.Bot
	channel id.Channel
	flow    flow.Flow
	clock   time.Time // of the next line
}

func setup(t testing.TB) *bench {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 4, PipelineConns: 1, DoorConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	files, err := file.New(d, mem.New(), bytes.Repeat([]byte("k"), 32), file.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	drawn := flow.New(d, nodes.Table, flow.Options{Files: files})
	asked := assistant.New(d, files, drawn, assistant.Options{})
	b := &bench{Service: New(d, asked, drawn, nil), company: id.New[id.Company](), channel: id.New[id.Channel](), clock: time.Now().Add(-72 * time.Hour).Truncate(time.Second)}
	err = d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), "insert into company (id, name) values ($1, 'Aurora')", b.company)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		name := "Lupe"
		bot, err := asked.Create(ctx, tx, company.System, assistant.Change{Name: &name})
		if err != nil {
			return err
		}
		b.bot = bot.ID
		_, err = tx.Exec(ctx, `insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'webchat', 'Tienda', 'x', $3)`, b.channel, b.company, b.bot)
		return err
	})
	b.flow = b.published(t, talk("Aquí está.", 0))
	return b
}

// talk asks and answers; idle is how long it waits for the answer, in minutes.
func talk(link string, idle int) flows.Definition {
	say := func(id, text string) flows.NodeDef {
		return flows.NodeDef{ID: id, Type: "message", Data: json.RawMessage(fmt.Sprintf(`{"content":{"type":"text","text":{"es":%q}}}`, text))}
	}
	ask := flows.NodeDef{ID: "ask", Type: "buttons", Next: map[string]string{"yes": "link", "no": "bye", "other": "bye"},
		Data: json.RawMessage(`{"text":{"es":"¿Quieres el catálogo?"},"items":[{"id":"yes","label":{"es":"Sí"}},{"id":"no","label":{"es":"No"}}]}`)}
	return flows.Definition{Format: 1, Name: "Catálogo", Language: "es", Start: "ask", Idle: idle,
		Triggers: []flows.Trigger{{ID: "t", Type: flows.OnKeyword, Match: "contains", Words: []string{"catálogo"}}},
		Nodes:    []flows.NodeDef{ask, say("link", link), say("bye", "Otra vez será.")}}
}

func (b *bench) do(t testing.TB, fn func(context.Context, db.CompanyTx) error) {
	t.Helper()
	if err := b.db.ForCompany(t.Context(), b.company, func(tx db.CompanyTx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) published(t testing.TB, d flows.Definition) (f flow.Flow) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		if f, err = b.flows.Create(ctx, tx, company.System, b.bot, d); err != nil {
			return err
		}
		_, err = b.flows.Publish(ctx, tx, company.System, f.ID, f.Revision, "")
		return err
	})
	return f
}

func (b *bench) draft(t testing.TB, d flows.Definition) {
	t.Helper()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		b.flow, err = b.flows.Save(ctx, tx, company.System, b.flow.ID, b.flow.Revision, d)
		return err
	})
}

// thread stores a conversation. A line is what the contact writes, or what else there is to
// it: "bot:words", "event:code", "agent:words", "+90m" for time that passes.
func (b *bench) thread(t testing.TB, lines ...string) (c id.Conversation) {
	t.Helper()
	c = id.New[id.Conversation]()
	contact := id.New[id.Contact]()
	b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
		if _, err := tx.Exec(ctx, `insert into contact (id, company_id, name) values ($1, $2, 'Eva')`, contact, b.company); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into conversation (id, company_id, channel_id, contact_id, address, last_seq) values ($1, $2, $3, $4, $5, 99)`, c, b.company, b.channel, contact, c.String()); err != nil {
			return err
		}
		for i, l := range lines {
			b.clock = b.clock.Add(time.Second)
			if d, err := time.ParseDuration(l); err == nil && l[0] == '+' {
				b.clock = b.clock.Add(d)
				continue
			}
			who, text, other := strings.Cut(l, ":")
			direction, kind, author, state := "out", "message", who, "sent"
			switch {
			case !other:
				direction, author, state, text = "in", "contact", "received", l
			case who == "event":
				kind, author = "event", "system"
			}
			_, err := tx.Exec(ctx, `insert into message (id, company_id, conversation_id, channel_id, seq, direction, kind, author_kind, content, state, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
				id.NewAt[id.Message](b.clock), b.company, c, b.channel, i+1, direction, kind, author, chat.Plain(text), state, b.clock)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// brief is an item in one line.
func brief(i Item) string {
	words := func(t Turn) string {
		var out []string
		for _, e := range t.Effects {
			switch {
			case e.Say != nil:
				out = append(out, e.Say.Content.Text)
			case e.Handoff != nil:
				out = append(out, "->"+e.Handoff.Reason)
			}
		}
		return strings.Join(out, "|")
	}
	asked := "(time)"
	if i.Message != nil {
		asked = i.Message.Text
	}
	return fmt.Sprintf("%s %s: %s => %s", i.Kind, asked, words(i.Before), words(i.After))
}

func (b *bench) replayed(t testing.TB) (Result, string) {
	t.Helper()
	r, err := b.Draft(t.Context(), b.company, b.flow.ID, 100, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range r.Items {
		out = append(out, brief(i))
	}
	return r, strings.Join(out, "\n")
}

const miss = "No entendí tu mensaje. ¿Me lo dices con otras palabras?"

// One changed sentence shows where it would have been said, and nowhere else.
func TestOneChangedSentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.thread(t, "hola", "¿tienen catálogo?", "bot:¿Quieres el catálogo?", "sí", "bot:Aquí lo tenías.", "gracias")
	b.thread(t, "el catálogo", "no", "catálogo", "sí")
	b.thread(t, "xyzzy")
	if r, diff := b.replayed(t); r.Turns != 9 || r.Changed != 0 || diff != "" || r.Counts[Same] != 9 {
		t.Errorf("unchanged: %+v", r)
	}
	b.draft(t, talk("Míralo aquí.", 0))
	r, diff := b.replayed(t)
	if diff != "answer sí: Aquí está. => Míralo aquí.\nanswer sí: Aquí está. => Míralo aquí." || r.Changed != 2 || r.Counts[Answer] != 2 || r.Counts[Same] != 7 {
		t.Errorf("%s\n%+v", diff, r.Counts)
	}
	said := ""
	for _, i := range r.Items {
		for _, c := range i.Said {
			said += c.Text
		}
	}
	if said != "Aquí lo tenías." {
		t.Errorf("really said: %q", said)
	}
}

// Where a person had the conversation neither bot is asked, and both begin anew where it did.
func TestPeopleInBetween(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.draft(t, talk("Míralo aquí.", 0))
	for name, c := range map[string]struct {
		lines []string
		turns int
		want  string
	}{
		"claimed":                        {[]string{"catálogo", "event:claimed", "sí", "agent:ya va", "sí"}, 1, ""},
		"given back, it is a new matter": {[]string{"catálogo", "event:claimed", "event:released", "sí"}, 2, ""},
		"asked for a person":             {[]string{"catálogo", "event:handoff.asked", "sí"}, 1, ""},
		"paused and back":                {[]string{"event:paused", "catálogo", "bot:hola", "catálogo", "sí"}, 2, "answer sí: Aquí está. => Míralo aquí."},
		"closed, it is a new matter":     {[]string{"catálogo", "event:closed", "sí"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b.do(t, func(ctx context.Context, tx db.CompanyTx) error { // what was there before is another bot's
				_, err := tx.Exec(ctx, `update channel set bot_id = null`)
				return err
			})
			b.channel = id.New[id.Channel]()
			b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
				_, err := tx.Exec(ctx, `insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'webchat', 'Tienda', $3, $4)`, b.channel, b.company, b.channel.String(), b.bot)
				return err
			})
			b.thread(t, c.lines...)
			if r, diff := b.replayed(t); r.Turns != c.turns || diff != c.want {
				t.Errorf("%d turns, %q; want %d, %q", r.Turns, diff, c.turns, c.want)
			}
		})
	}
}

// A question that nobody answers in time is over: by the clock of then.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.draft(t, talk("Aquí está.", 30))
	b.thread(t, "catálogo", "+45m", "sí")
	r, diff := b.replayed(t)
	if r.Changed != 1 || !strings.HasPrefix(diff, "answer sí: Aquí está. => "+miss) {
		t.Errorf("%s\n%+v", diff, r.Counts)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.thread(t, "hola", "gracias", "cuánto valen los envíos")
	rule := func(then rules.Then, pattern, answer string) rules.Definition {
		d := rules.Definition{Name: "r", Enabled: true, Match: rules.Contains, Patterns: []string{pattern}, Then: then, Active: rules.Active{When: rules.Always}}
		if answer != "" {
			d.Answers = []chat.Content{chat.Plain(answer)}
		}
		return d
	}
	for _, c := range []struct {
		d    rules.Definition
		want string
	}{
		{rule(rules.Stay, "envíos", "Gratis."), "answer cuánto valen los envíos: " + miss + " => Gratis."},
		{rule(rules.Handoff, "envíos", "Ya te paso."), "handoff cuánto valen los envíos: " + miss + " => Ya te paso.|->rule"},
		{rule(rules.Close, "envíos", ""), "silent cuánto valen los envíos: " + miss + " => "},
		{rule(rules.Stay, "nunca", "x"), ""},
	} {
		r, err := b.Rules(t.Context(), b.company, b.bot, []rules.Definition{c.d}, 10, func(int, int) {})
		got := ""
		for _, i := range r.Items {
			got += brief(i)
		}
		if err != nil || got != c.want {
			t.Errorf("%q, %v; want %q", got, err, c.want)
		}
	}
	broken := rule(rules.Stay, "", "x")
	if _, err := b.Rules(t.Context(), b.company, b.bot, []rules.Definition{broken}, 10, func(int, int) {}); !errs.Is(err, "rule.pattern_empty") || !strings.Contains(err.Error(), "rules[0].patterns[0]") {
		t.Errorf("%v", err)
	}
}

// A draft that does not compile is told, with its places.
func TestBrokenDraft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.draft(t, talk("{{nope}}", 0))
	if _, err := b.Draft(t.Context(), b.company, b.flow.ID, 10, func(int, int) {}); err == nil || !strings.Contains(err.Error(), "nodes[link].data.content.text.es") {
		t.Errorf("%v", err)
	}
}

// Nothing is written: not a message, not a run, not a count.
func TestReplayWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.thread(t, "catálogo", "sí", "quiero hablar con una persona")
	count := func() (n string) {
		b.do(t, func(ctx context.Context, tx db.CompanyTx) error {
			return tx.QueryRow(ctx, `select concat_ws(' ', (select count(*) from message), (select count(*) from flow_run), (select count(*) from conversation where memory <> '{}'),
				(select count(*) from audit), (select revision from bot))`).Scan(&n)
		})
		return n
	}
	before := count()
	if r, _ := b.replayed(t); r.Turns != 3 {
		t.Errorf("%+v", r)
	}
	if after := count(); after != before {
		t.Errorf("%s before, %s after", before, after)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	say := func(s string) flows.Effect { return flows.Effect{Say: &flows.Say{Content: chat.Plain(s)}} }
	hand := flows.Effect{Handoff: &flows.Handoff{Reason: "asked"}}
	for _, c := range []struct {
		a, b []flows.Effect
		want Kind
	}{
		{nil, nil, Same}, {[]flows.Effect{say("a")}, []flows.Effect{say("a")}, Same}, {[]flows.Effect{say("a")}, []flows.Effect{say("b")}, Answer},
		{[]flows.Effect{say("a")}, []flows.Effect{say("a"), say("b")}, Answer}, {nil, []flows.Effect{say("a")}, Silent}, {[]flows.Effect{say("a")}, nil, Silent},
		{[]flows.Effect{say("a")}, []flows.Effect{say("b"), hand}, Handoff}, {nil, []flows.Effect{hand}, Handoff}, {[]flows.Effect{hand}, []flows.Effect{hand}, Same},
		{[]flows.Effect{say("a")}, []flows.Effect{say("a"), {Close: true}}, Effects}, {nil, []flows.Effect{{Label: id.Label{1}}}, Effects},
	} {
		if got := compare(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}
