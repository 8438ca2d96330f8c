package assistant

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"recado/bots"
	"recado/bots/rules"
	"recado/flows/nodes"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/hours"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// bench is one test's Service with two companies.
type bench struct {
	*Service
	mine, other id.Company
}

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
	b := &bench{Service: New(d, files, flow.New(d, nodes.Table, flow.Options{Files: files}), Options{}), mine: id.New[id.Company](), other: id.New[id.Company]()}
	err = d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), "insert into company (id, name, time_zone) values ($1, 'Aurora', 'America/Bogota'), ($2, 'Otra', 'UTC')", b.mine, b.other)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// do runs fn as the company and fails t when it fails.
func do[T any](t testing.TB, b *bench, c id.Company, fn func(context.Context, db.CompanyTx) (T, error)) T {
	t.Helper()
	out, err := try(t, b, c, fn)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func try[T any](t testing.TB, b *bench, c id.Company, fn func(context.Context, db.CompanyTx) (T, error)) (out T, err error) {
	t.Helper()
	err = b.db.ForCompany(t.Context(), c, func(tx db.CompanyTx) (err error) {
		out, err = fn(t.Context(), tx)
		return err
	})
	return out, err
}

func ptr[T any](v T) *T { return &v }

func (b *bench) create(t testing.TB, ch Change) Bot {
	t.Helper()
	if ch.Name == nil {
		ch.Name = ptr("Lupe")
	}
	return do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Bot, error) {
		return b.Create(ctx, tx, company.System, ch)
	})
}

func (b *bench) change(t testing.TB, bot id.Bot, ch Change) (Bot, error) {
	t.Helper()
	return try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Bot, error) {
		return b.Update(ctx, tx, company.System, bot, ch)
	})
}

func (b *bench) rule(t testing.TB, bot id.Bot, d rules.Definition) (Rule, error) {
	t.Helper()
	return try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Rule, error) {
		return b.CreateRule(ctx, tx, company.System, bot, d)
	})
}

func (b *bench) faq(t testing.TB, bot id.Bot, question, answer string) knowledge.FAQ {
	t.Helper()
	return do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (knowledge.FAQ, error) {
		return b.CreateFAQ(ctx, tx, company.System, bot, knowledge.Draft{Question: question, Answer: answer, Enabled: true})
	})
}

func (b *bench) revision(t testing.TB, bot id.Bot) (n int64) {
	t.Helper()
	return do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (n int64, err error) {
		err = tx.QueryRow(ctx, "select revision from bot where id = $1", bot).Scan(&n)
		return n, err
	})
}

func contains(name, pattern, answer string) rules.Definition {
	return rules.Definition{Name: name, Enabled: true, Match: rules.Contains, Patterns: []string{pattern}, Then: rules.Stay,
		Active: rules.Active{When: rules.Always}, Answers: []chat.Content{chat.Plain(answer)}}
}

// says is what the bot says to a text, as dispatch would ask it: with the revision that the
// database has now.
func (b *bench) says(t testing.TB, bot id.Bot, text string) string {
	t.Helper()
	compiled, err := b.Bot(t.Context(), b.mine, bot, b.revision(t, bot))
	if err != nil {
		t.Fatal(err)
	}
	out := compiled.Handle(t.Context(), bots.Turn{Conversation: bots.Conversation{State: bots.WithBot, Memory: bots.Memory{Greeted: true}}, Message: bots.Message{Content: chat.Plain(text)}})
	var said []string
	for _, e := range out.Effects {
		if e.Say != nil {
			said = append(said, e.Say.Content.Text)
		}
	}
	return strings.Join(said, "|")
}

// Whatever is changed is live at the next turn.
func TestChangesAreLiveAtTheNextTurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	last := b.revision(t, bot)
	var faq knowledge.FAQ
	var rule Rule
	for _, step := range []struct {
		name, ask string
		change    func() error
		want      string // what the bot says contains it
	}{
		{"a question", "¿Cuánto cuesta el envío?", func() error { faq = b.faq(t, bot, "¿Cuánto cuesta el envío?", "Cuesta 5.000."); return nil }, "Cuesta 5.000."},
		{"its answer", "¿Cuánto cuesta el envío?", func() error {
			_, err := try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (knowledge.FAQ, error) {
				return b.UpdateFAQ(ctx, tx, company.System, bot, faq.ID, knowledge.Change{Answer: ptr("Cuesta 6.000.")})
			})
			return err
		}, "Cuesta 6.000."},
		{"a rule", "¿Cuánto cuesta el envío?", func() (err error) {
			rule, err = b.rule(t, bot, contains("envíos", "envio", "Gratis hoy."))
			return err
		}, "Gratis hoy."},
		{"the rule's answer", "¿Cuánto cuesta el envío?", func() error {
			_, err := try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Rule, error) {
				return b.UpdateRule(ctx, tx, company.System, bot, rule.ID, RuleChange{Answers: ptr([]chat.Content{chat.Plain("Gratis mañana.")})})
			})
			return err
		}, "Gratis mañana."},
		{"the rule is gone", "¿Cuánto cuesta el envío?", func() error {
			return b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error {
				return b.DeleteRule(t.Context(), tx, company.System, bot, rule.ID)
			})
		}, "Cuesta 6.000."},
		{"an import", "¿A qué hora abren?", func() error {
			_, err := b.ImportFAQs(t.Context(), b.mine, company.System, bot, knowledge.JSONL, strings.NewReader(`{"id":"h","question":"¿A qué hora abren?","answer":"A las 9."}`))
			return err
		}, "A las 9."},
		{"the fallback", "xyzzy", func() error {
			_, err := b.change(t, bot, Change{Fallback: &bots.FallbackPolicy{Text: "No te entiendo todavía."}})
			return err
		}, "No te entiendo todavía."},
		{"the company", "xyzzy", func() error {
			return b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error { return Touch(t.Context(), tx) })
		}, "No te entiendo todavía."},
		{"the question is gone", "¿Cuánto cuesta el envío?", func() error {
			return b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error {
				return b.DeleteFAQ(t.Context(), tx, company.System, bot, faq.ID)
			})
		}, "No te entiendo todavía."},
	} {
		if err := step.change(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		now := b.revision(t, bot)
		if now <= last {
			t.Errorf("%s: revision %d after %d", step.name, now, last)
		}
		last = now
		if got := b.says(t, bot, step.ask); !strings.Contains(got, step.want) {
			t.Errorf("%s: the bot says %q, want %q", step.name, got, step.want)
		}
	}
	// An import that changes nothing leaves the compiled bot alone.
	if _, err := b.ImportFAQs(t.Context(), b.mine, company.System, bot, knowledge.JSONL, strings.NewReader(`{"id":"h","question":"¿A qué hora abren?","answer":"A las 9."}`)); err != nil {
		t.Fatal(err)
	}
	if now := b.revision(t, bot); now != last {
		t.Errorf("revision %d after an import of the same, want %d", now, last)
	}
}

func TestInvalidIsNotStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	revision := b.revision(t, bot)
	attachment := contains("r", "p", "x")
	attachment.Answers = append(attachment.Answers, chat.Content{Type: chat.Document, Media: &chat.Media{File: id.New[id.File]()}})
	expression := contains("r", "p", "x")
	expression.Match, expression.Patterns = rules.Regex, []string{"ok", "(unclosed"}
	labelled := contains("r", "p", "x")
	labelled.Labels = []id.Label{id.New[id.Label]()}
	template := contains("r", "p", "x")
	template.Answers[0] = chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "x"}}
	never := contains("r", "p", "x")
	never.Active = rules.Active{When: rules.Custom, Hours: &hours.Hours{Days: map[string][]hours.Span{"mon": {{From: "9:00", To: "18:00"}}}}}
	for _, c := range []struct {
		code, field string
		change      any
	}{
		{"bot.name", "name", Change{Name: ptr(" ")}},
		{"bot.threshold_order", "thresholds.offer", Change{Thresholds: &bots.Thresholds{Answer: 0.2, Offer: 0.3}}},
		{"hours.time", "hours.days.mon[0].from", Change{Hours: ptr(&hours.Hours{Days: map[string][]hours.Span{"mon": {{From: "25:00", To: "26:00"}}}})}},
		{"bot.never_opens", "handoff.away_text", Change{Hours: ptr(&hours.Hours{}), Handoff: &bots.HandoffSettings{AwayText: "Volvemos {opens}."}}},
		{"bot.handoff_word", "handoff.words[0]", Change{Handoff: &bots.HandoffSettings{Words: []string{"!!"}}}},
		{"rule.says_nothing", "answers", rules.Definition{Name: "r", Match: rules.Exact, Patterns: []string{"p"}, Then: rules.Stay, Active: rules.Active{When: rules.Always}}},
		{"rule.regex", "patterns[1]", expression},
		{"rule.answer_type", "answers[0].type", template},
		{"file.missing", "answers[1].media.file", attachment},
		{"rule.label", "label_ids[0]", labelled},
		{"hours.time", "active.hours.days.mon[0].from", never},
	} {
		var err error
		switch ch := c.change.(type) {
		case Change:
			_, err = b.change(t, bot, ch)
		case rules.Definition:
			_, err = b.rule(t, bot, ch)
		}
		if !errs.Is(err, c.code) || !strings.Contains(err.Error(), " at "+c.field) {
			t.Errorf("%v, want %s at %s", err, c.code, c.field)
		}
	}
	if now := b.revision(t, bot); now != revision {
		t.Errorf("a refused change raised the revision from %d to %d", revision, now)
	}
}

// A bot that the company's hours broke is told as failing, hands no nonsense out, and can be
// mended piece by piece.
func TestFailing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{Handoff: &bots.HandoffSettings{AwayText: "Volvemos {opens}."}}).ID
	good, err := b.rule(t, bot, contains("r", "hola", "x"))
	if err != nil {
		t.Fatal(err)
	}
	state := func() State {
		return do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Bot, error) { return b.Get(ctx, tx, bot) }).State
	}
	if s := state(); s != Running {
		t.Errorf("%s, want running", s)
	}
	do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (company.Company, error) {
		c, err := company.Update(ctx, tx, company.System, company.SettingsChange{Hours: &hours.Hours{}})
		if err != nil {
			return c, err
		}
		return c, Touch(ctx, tx)
	})
	if s := state(); s != Failing {
		t.Errorf("%s, want failing", s)
	}
	if _, err := b.Ask(t.Context(), b.mine, bot, "hola", 5); !errs.Is(err, "bot.failing") {
		t.Errorf("ask: %v", err)
	}
	if _, err := b.Bot(t.Context(), b.mine, bot, b.revision(t, bot)); !errs.Is(err, "bot.never_opens") {
		t.Errorf("dispatch: %v", err)
	}
	// The rule is not what is wrong: it may be changed, but not into something wrong.
	for name, want := range map[string]string{"other": "", "": "rule.name"} {
		_, err := try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Rule, error) {
			return b.UpdateRule(ctx, tx, company.System, bot, good.ID, RuleChange{Name: &name})
		})
		if (want == "") != (err == nil) || want != "" && !errs.Is(err, want) {
			t.Errorf("rule named %q: %v, want %q", name, err, want)
		}
	}
	if _, err := b.change(t, bot, Change{Handoff: &bots.HandoffSettings{}}); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != Running {
		t.Errorf("%s after mending, want running", s)
	}
	if _, err := b.change(t, bot, Change{Enabled: ptr(false)}); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != Paused {
		t.Errorf("%s, want paused", s)
	}
}

// Too many expressions together are refused at the one that is saved, which the caller
// sent, and not at a place in a list that they did not.
func TestRulesTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	heavy := contains("heavy", "", "x")
	heavy.Match, heavy.Patterns = rules.Regex, nil
	for i := range 5 {
		heavy.Patterns = append(heavy.Patterns, fmt.Sprintf(`(?:a%d|b|ab|[a-z ]){50}x?`, i))
	}
	var err error
	n := 0
	for ; err == nil && n < rules.MaxRules; n++ {
		_, err = b.rule(t, bot, heavy)
	}
	if !errs.Is(err, "rule.regexes_too_complex") || strings.Contains(err.Error(), " at ") || n < 2 {
		t.Errorf("after %d rules: %v", n, err)
	}
}

func TestRuleOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	var order []id.Rule
	for i := range 4 {
		r, err := b.rule(t, bot, contains(fmt.Sprint("r", i), "hola", fmt.Sprint("answer ", i)))
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, r.ID)
	}
	if got := b.says(t, bot, "hola"); got != "answer 0" {
		t.Errorf("before: %q", got)
	}
	reversed := []id.Rule{order[3], order[2], order[1], order[0]}
	set := func(ids []id.Rule) ([]Rule, error) {
		return try(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) ([]Rule, error) {
			return b.OrderRules(ctx, tx, company.System, bot, ids)
		})
	}
	list, err := set(reversed)
	if err != nil || len(list) != 4 || list[0].ID != order[3] || list[3].ID != order[0] || list[0].Priority != 30 {
		t.Errorf("%+v, %v", list, err)
	}
	if got := b.says(t, bot, "hola"); got != "answer 3" {
		t.Errorf("after: %q", got)
	}
	for name, ids := range map[string][]id.Rule{"one missing": order[:3], "one twice": append(order[:3:3], order[0]), "one unknown": append(order[:3:3], id.New[id.Rule]()), "none": {}} {
		if _, err := set(ids); !errs.Is(err, "rule.order") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeleteBot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	b.faq(t, bot, "q", "x")
	remove := func() error {
		return b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error { return b.Delete(t.Context(), tx, company.System, bot) })
	}
	do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (int, error) {
		_, err := tx.Exec(ctx, `insert into channel (id, company_id, kind, name, ref, bot_id, deleted_at)
			values (gen_random_uuid(), $1, 'webchat', 'Tienda', 'a', $2, null), (gen_random_uuid(), $1, 'webchat', 'Blog', 'b', $2, null),
			       (gen_random_uuid(), $1, 'webchat', 'Vieja', 'c', $2, now())`, b.mine, bot)
		return 0, err
	})
	got := do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (Bot, error) { return b.Get(ctx, tx, bot) })
	if len(got.Channels) != 2 || got.Channels[0].Name != "Blog" || got.Counts != (Counts{FAQs: 1}) {
		t.Errorf("%+v", got)
	}
	if err := remove(); !errs.Is(err, "bot.in_use") || !strings.Contains(fmt.Sprint(problem(err).Args), "Blog, Tienda") {
		t.Errorf("%v", err)
	}
	do(t, b, b.mine, func(ctx context.Context, tx db.CompanyTx) (int, error) {
		_, err := tx.Exec(ctx, "update channel set bot_id = null where deleted_at is null")
		return 0, err
	})
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if err := remove(); !errs.Is(err, "not_found") {
		t.Errorf("again: %v", err)
	}
}

func problem(err error) (p errs.Problem) {
	if q, ok := err.(*errs.Problem); ok { //nolint:errorlint // a test's own
		p = *q
	}
	return p
}

// A bot of another company cannot be told from one that does not exist, cached or not.
func TestBotsOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	f := b.faq(t, bot, "secreto", "x")
	r, err := b.rule(t, bot, contains("r", "hola", "x"))
	if err != nil {
		t.Fatal(err)
	}
	b.says(t, bot, "hola") // it is cached now
	who := company.System
	for name, fn := range map[string]func(context.Context, db.CompanyTx) error{
		"get": func(ctx context.Context, tx db.CompanyTx) error { _, err := b.Get(ctx, tx, bot); return err },
		"update": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.Update(ctx, tx, who, bot, Change{})
			return err
		},
		"delete": func(ctx context.Context, tx db.CompanyTx) error { return b.Delete(ctx, tx, who, bot) },
		"rules":  func(ctx context.Context, tx db.CompanyTx) error { _, err := b.Rules(ctx, tx, bot); return err },
		"create rule": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.CreateRule(ctx, tx, who, bot, contains("r", "p", "x"))
			return err
		},
		"update rule": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.UpdateRule(ctx, tx, who, bot, r.ID, RuleChange{})
			return err
		},
		"delete rule": func(ctx context.Context, tx db.CompanyTx) error { return b.DeleteRule(ctx, tx, who, bot, r.ID) },
		"order": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.OrderRules(ctx, tx, who, bot, nil)
			return err
		},
		"faqs": func(ctx context.Context, tx db.CompanyTx) error {
			_, _, err := b.FAQs(ctx, tx, bot, knowledge.Query{Limit: 9})
			return err
		},
		"create faq": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.CreateFAQ(ctx, tx, who, bot, knowledge.Draft{Answer: "x"})
			return err
		},
		"update faq": func(ctx context.Context, tx db.CompanyTx) error {
			_, err := b.UpdateFAQ(ctx, tx, who, bot, f.ID, knowledge.Change{})
			return err
		},
		"delete faq": func(ctx context.Context, tx db.CompanyTx) error { return b.DeleteFAQ(ctx, tx, who, bot, f.ID) },
		"export":     func(ctx context.Context, tx db.CompanyTx) error { _, err := b.ExportFAQs(ctx, tx, bot); return err },
		"import": func(ctx context.Context, _ db.CompanyTx) error {
			_, err := b.ImportFAQs(ctx, b.other, who, bot, knowledge.JSONL, strings.NewReader(`{"answer":"x"}`))
			return err
		},
		"ask": func(ctx context.Context, _ db.CompanyTx) error {
			_, err := b.Ask(ctx, b.other, bot, "secreto", 5)
			return err
		},
		"try": func(ctx context.Context, _ db.CompanyTx) error {
			_, err := b.Try(ctx, b.other, bot, Rehearsal{Content: chat.Plain("hola")})
			return err
		},
		"turn": func(ctx context.Context, _ db.CompanyTx) error { _, err := b.Bot(ctx, b.other, bot, 1); return err },
	} {
		err := b.db.ForCompany(t.Context(), b.other, func(tx db.CompanyTx) error { return fn(t.Context(), tx) })
		if !errs.Is(err, "not_found") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := b.says(t, bot, "hola"); got != "x" {
		t.Errorf("the bot says %q now", got)
	}
}

func TestTry(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{Enabled: ptr(false), Greeting: ptr("Bienvenida.")}).ID
	b.faq(t, bot, "¿Cuánto cuesta el envío?", "Cuesta 5.000.")
	out, err := b.Try(t.Context(), b.mine, bot, Rehearsal{Content: chat.Plain("¿Cuánto cuesta el envío?")})
	if err != nil || len(out.Effects) != 2 || out.Effects[1].Say.Content.Text != "Cuesta 5.000." || out.Trace.Source != "faq" || !out.Memory.Greeted {
		t.Errorf("%+v, %v", out, err)
	}
	out, err = b.Try(t.Context(), b.mine, bot, Rehearsal{Content: chat.Plain("¿Cuánto cuesta el envío?"), Memory: out.Memory})
	if err != nil || len(out.Effects) != 1 {
		t.Errorf("greeted twice: %+v, %v", out, err)
	}
	out, err = b.Try(t.Context(), b.mine, bot, Rehearsal{Content: chat.Plain("¿Cuánto cuesta el envío?"), State: bots.Human})
	if err != nil || len(out.Effects) != 0 || out.Trace.Source != "silent" {
		t.Errorf("a bot speaks over a person: %+v, %v", out, err)
	}
}

// The bot's answers complete their files, and say nothing of what the sender made up.
func TestAttachments(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	m, err := b.files.Upload(t.Context(), b.mine, file.ByAgent, "", "lista.pdf", "application/pdf", strings.NewReader("%PDF-1.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := b.files.Upload(t.Context(), b.other, file.ByAgent, "", "lista.pdf", "application/pdf", strings.NewReader("%PDF-1.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := contains("lista", "precios", "x")
	d.Answers = []chat.Content{{Type: chat.Document, Text: "La lista", Media: &chat.Media{File: m.File, Name: "evil.exe", MIME: "text/html", URL: "https://example.com"}}}
	r, err := b.rule(t, bot, d)
	if err != nil {
		t.Fatal(err)
	}
	if got := *r.Answers[0].Media; got != m {
		t.Errorf("stored as %+v, want %+v", got, m)
	}
	d.Answers = []chat.Content{{Type: chat.Document, Media: &chat.Media{File: theirs.File}}}
	if _, err := b.rule(t, bot, d); !errs.Is(err, "file.missing") {
		t.Errorf("another company's file: %v", err)
	}
}
