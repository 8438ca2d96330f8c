package knowledge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/id"
)

// bench is one test's database with two companies that have one bot each.
type bench struct {
	*db.DB
	mine, other       id.Company
	bot, theirs, mute id.Bot // mute is mine too, without entries
}

func setup(t testing.TB) *bench {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 2, PipelineConns: 1, DoorConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	b := &bench{DB: d, mine: id.New[id.Company](), other: id.New[id.Company](),
		bot: id.New[id.Bot](), theirs: id.New[id.Bot](), mute: id.New[id.Bot]()}
	err = d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), "insert into company (id, name) values ($1, 'Aurora'), ($2, 'Otra')", b.mine, b.other)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for bot, c := range map[id.Bot]id.Company{b.bot: b.mine, b.mute: b.mine, b.theirs: b.other} {
		err := d.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), "insert into bot (id, company_id, name) values ($1, $2, 'Lupe')", bot, c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// as runs fn in a transaction of a company and returns its error.
func (b *bench) as(t testing.TB, c id.Company, fn func(ctx context.Context, tx db.CompanyTx) error) error {
	t.Helper()
	return b.ForCompany(t.Context(), c, func(tx db.CompanyTx) error { return fn(t.Context(), tx) })
}

func (b *bench) must(t testing.TB, fn func(ctx context.Context, tx db.CompanyTx) error) {
	t.Helper()
	if err := b.as(t, b.mine, fn); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) create(t testing.TB, d Draft) (f FAQ) {
	t.Helper()
	b.must(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		f, err = Create(ctx, tx, b.bot, d)
		return err
	})
	return f
}

func (b *bench) load(t testing.TB, format Format, text string) (tally Tally) {
	t.Helper()
	f, err := Read(strings.NewReader(text), format)
	if err != nil {
		t.Fatal(err)
	}
	b.must(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		tally, err = Import(ctx, tx, b.bot, f)
		return err
	})
	return tally
}

func (b *bench) all(t testing.TB) (list []FAQ) {
	t.Helper()
	b.must(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
		list, err = All(ctx, tx, b.bot)
		return err
	})
	return list
}

func TestLifeOfAnEntry(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answer := "  El envío cuesta $5.000.\r\n🚚 "
	f := b.create(t, Draft{ExternalID: " envio ", Question: " ¿Cuánto cuesta el envío? ", Answer: answer, Variants: []string{"precio  envío", "precio envío", " "}, Enabled: true})
	if f.ExternalID != "envio" || f.Question != "¿Cuánto cuesta el envío?" || f.Answer != answer || !slices.Equal(f.Variants, []string{"precio envío"}) {
		t.Errorf("stored as %+v", f)
	}
	for code, d := range map[string]Draft{
		"faq.taken":       {ExternalID: "envio", Answer: "x"},
		"faq.no_answer":   {Question: "q", Answer: " \n"},
		"faq.answer":      {Answer: strings.Repeat("ñ", MaxAnswer/2+1)},
		"faq.question":    {Question: strings.Repeat("ñ", MaxQuestion+1), Answer: "x"},
		"faq.external_id": {ExternalID: strings.Repeat("ñ", MaxExternalID+1), Answer: "x"},
		"faq.variants":    {Answer: "x", Variants: []string{strings.Repeat("v", MaxVariant+1)}},
		"faq.bad_text":    {Answer: "x\x00"},
	} {
		err := b.as(t, b.mine, func(ctx context.Context, tx db.CompanyTx) error {
			_, err := Create(ctx, tx, b.bot, d)
			return err
		})
		if !errs.Is(err, code) {
			t.Errorf("%v, want %s", err, code)
		}
	}
	longest := b.create(t, Draft{ExternalID: strings.Repeat("ñ", MaxExternalID), Question: strings.Repeat("ñ", MaxQuestion), Answer: strings.Repeat("ñ", MaxAnswer/2), Enabled: true})

	// A change touches what it names; the same again touches nothing.
	off, question := false, "¿Y el envío?"
	for range 2 {
		b.must(t, func(ctx context.Context, tx db.CompanyTx) error {
			_, after, err := Update(ctx, tx, b.bot, f.ID, Change{Question: &question, Enabled: &off})
			if after.Question != question || after.Enabled || after.Answer != answer || after.ExternalID != "envio" {
				t.Errorf("changed to %+v", after)
			}
			return err
		})
	}
	none, blank := "", " "
	for code, ch := range map[string]Change{"faq.taken": {ExternalID: &longest.ExternalID}, "faq.no_answer": {Answer: &blank}} {
		err := b.as(t, b.mine, func(ctx context.Context, tx db.CompanyTx) error {
			_, _, err := Update(ctx, tx, b.bot, f.ID, ch)
			return err
		})
		if !errs.Is(err, code) {
			t.Errorf("%v, want %s", err, code)
		}
	}
	b.must(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, after, err := Update(ctx, tx, b.bot, f.ID, Change{ExternalID: &none})
		if after.ExternalID != "" || after.Name() != f.ID.String() {
			t.Errorf("the external id stayed: %+v", after)
		}
		return err
	})
	b.must(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := Delete(ctx, tx, b.bot, f.ID)
		return err
	})
	if left := b.all(t); len(left) != 1 || left[0].ID != longest.ID {
		t.Errorf("left: %+v", left)
	}
}

// Neither another company nor another bot of the same one can reach an entry.
func TestEntriesOfOthersDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.create(t, Draft{ExternalID: "a", Question: "secreto", Answer: "x", Enabled: true})
	word := "mine"
	for name, who := range map[string]struct {
		c   id.Company
		bot id.Bot
	}{"their bot": {b.other, b.theirs}, "my bot, as they": {b.other, b.bot}, "another bot": {b.mine, b.mute}, "their bot, as me": {b.mine, b.theirs}} {
		for what, fn := range map[string]func(ctx context.Context, tx db.CompanyTx) error{
			"update": func(ctx context.Context, tx db.CompanyTx) error {
				_, _, err := Update(ctx, tx, who.bot, f.ID, Change{Answer: &word})
				return err
			},
			"delete": func(ctx context.Context, tx db.CompanyTx) error { _, err := Delete(ctx, tx, who.bot, f.ID); return err },
		} {
			if err := b.as(t, who.c, fn); !errs.Is(err, "not_found") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		err := b.as(t, who.c, func(ctx context.Context, tx db.CompanyTx) error {
			list, err := List(ctx, tx, who.bot, Query{Limit: 10})
			if len(list) > 0 {
				t.Errorf("%s sees %+v", name, list)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	err := b.as(t, b.other, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := Create(ctx, tx, b.bot, Draft{Answer: "smuggled"})
		return err
	})
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		t.Errorf("an entry in another company's bot: %v", err)
	}
	if left := b.all(t); len(left) != 1 || left[0].Answer != "x" {
		t.Errorf("%+v", left)
	}
}

// The pipeline spans companies; what bots say is none of its business.
func TestPipelineCannotRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, q := range []string{"select 1 from faq", "select 1 from rule", "select settings from bot", "select 1 from answer_count",
		"insert into faq (id, company_id, bot_id, answer) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x')", "update bot set revision = 1"} {
		for _, role := range []db.Role{db.Pipeline, db.Door} {
			_, err := b.Direct(role).Exec(t.Context(), q)
			var pg *pgconn.PgError
			if !errors.As(err, &pg) || pg.Code != "42501" { // insufficient_privilege
				t.Errorf("%s as %s: %v, want permission denied", q, role, err)
			}
		}
	}
}

func TestListPagesAndSearches(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 25 {
		b.create(t, Draft{ExternalID: fmt.Sprintf("e%02d", i), Question: fmt.Sprint("pregunta ", i), Answer: "Sí.", Variants: []string{fmt.Sprint("variante número ", i)}, Enabled: true})
	}
	b.create(t, Draft{Question: "¿Devolución?", Answer: `100% en 30_días, c:\x`, Enabled: true})
	for _, c := range []struct {
		text string
		want int
	}{
		{"", 26}, {"pregunta", 25}, {"PREGUNTA 7", 1}, {"numero 24", 1}, {"devolucion", 1}, {"DEVOLUCIÓN", 1}, {"e03", 1}, {"100%", 1}, {"30_", 1}, {`c:\x`, 1},
		{"%", 1}, {"_", 1}, {`\`, 1}, {"nada", 0}, {"  ", 26},
	} {
		seen := map[id.FAQ]bool{}
		q := Query{Text: c.text, Limit: 10}
		for range 4 {
			var page []FAQ
			var total int
			b.must(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
				if page, err = List(ctx, tx, b.bot, q); err != nil {
					return err
				}
				total, err = Count(ctx, tx, b.bot, q.Text)
				return err
			})
			if total != c.want {
				t.Errorf("%q: %d in all, want %d", c.text, total, c.want)
			}
			for _, f := range page {
				if seen[f.ID] {
					t.Errorf("%q: twice %v", c.text, f)
				}
				seen[f.ID], q.Before = true, f.ID
			}
		}
		if len(seen) != c.want {
			t.Errorf("%q: %d found, want %d", c.text, len(seen), c.want)
		}
	}
}

func TestHits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.create(t, Draft{Question: "q", Answer: "x", Enabled: true})
	quiet := b.create(t, Draft{Question: "q2", Answer: "x", Enabled: true})
	b.must(t, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := tx.Exec(ctx, `insert into answer_count (company_id, bot_id, day, kind, object_id, n)
			select $1, $2, current_date - d, k, $3, 5 from generate_series(0, 9) d, unnest(array['faq', 'rule']) k`, b.mine, b.bot, f.ID)
		if err != nil {
			return err
		}
		list, err := List(ctx, tx, b.bot, Query{Limit: 10})
		if len(list) != 2 || list[0].ID != quiet.ID || list[0].Hits != 0 || list[1].Hits != 35 {
			t.Errorf("%+v, want 35 hits in seven days", list)
		}
		return err
	})
}

func TestImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kept := b.create(t, Draft{Question: "¿Abren hoy?", Answer: "Sí.", Enabled: false})
	first := `{"id":"a","question":"q1","answer":"x","variants":["v"]}
{"id":"b","question":"q2","answer":"y","variants":[],"enabled":false}
{"question":"q3","answer":"z"}
`
	check := func(step string, got Tally, added, updated, unchanged int, refused ...int) {
		t.Helper()
		var lines []int
		for _, r := range got.Refused {
			lines = append(lines, r.Line)
		}
		if got.Added != added || got.Updated != updated || got.Unchanged != unchanged || !slices.Equal(lines, refused) {
			t.Errorf("%s: %+v, want %d added, %d updated, %d unchanged, refused %v", step, got, added, updated, unchanged, refused)
		}
	}
	check("first", b.load(t, JSONL, first), 3, 0, 0)
	before := b.all(t)
	check("again", b.load(t, JSONL, first), 0, 0, 3)
	check("again, as CSV", b.load(t, CSV, "external_id,question,answer,variants\na,q1,x,v\nb,q2,y,\n,q3,z,\n"), 0, 0, 3)
	if after := b.all(t); !slices.EqualFunc(before, after, func(x, y FAQ) bool { return x.same(&y) && x.UpdatedAt.Equal(y.UpdatedAt) }) {
		t.Errorf("the same file again changed\n%+v\nto\n%+v", before, after)
	}
	// By external id, by the entry's own id, by its question; one entry once.
	check("changes", b.load(t, JSONL, `{"id":"a","question":"q1 new","answer":"x2"}
{"id":"`+kept.ID.String()+`","question":"¿Abren los lunes?","answer":"Sí."}
{"question":"q3","answer":"z2","enabled":false}
{"question":"q1","answer":"of the old question"}
{"id":"b","question":"q2","answer":"y","enabled":true}
{"question":"q2","answer":"the same entry"}
`), 0, 4, 0, 4, 6)
	got := map[string]FAQ{}
	for _, f := range b.all(t) {
		got[f.Question] = f
	}
	if a := got["q1 new"]; a.ExternalID != "a" || a.Answer != "x2" || len(a.Variants) != 0 || !a.Enabled {
		t.Errorf("by external id: %+v", a)
	}
	if k := got["¿Abren los lunes?"]; k.ID != kept.ID || k.ExternalID != "" || k.Enabled {
		t.Errorf("by its own id: %+v", k)
	}
	if q := got["q3"]; q.Answer != "z2" || q.Enabled {
		t.Errorf("by question: %+v", q)
	}
	if q := got["q2"]; q.Answer != "y" || !q.Enabled || len(got) != 4 {
		t.Errorf("switched on: %+v", got)
	}
	// What one bot exports, another takes, and takes but once.
	var file bytes.Buffer
	if err := Write(&file, CSV, b.all(t)); err != nil {
		t.Fatal(err)
	}
	for step, want := range []int{4, 0} {
		f, err := Read(bytes.NewReader(file.Bytes()), CSV)
		if err != nil {
			t.Fatal(err)
		}
		err = b.as(t, b.other, func(ctx context.Context, tx db.CompanyTx) error {
			tally, err := Import(ctx, tx, b.theirs, f)
			check(fmt.Sprint("export, ", step), tally, want, 0, 4-want)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A bot that would outgrow memory is refused, and nothing of the file stays.
func TestImportTooMuch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	variants := `"` + strings.Repeat("v", 400) + `0"`
	for i := range MaxVariants - 1 {
		variants += fmt.Sprintf(`,"v%d"`, i)
	}
	var text strings.Builder
	for i := range MaxExamples/(MaxVariants+1) + 1 {
		fmt.Fprintf(&text, `{"id":"%d","question":"q","answer":"x","variants":[%s]}`+"\n", i, variants)
	}
	f, err := Read(strings.NewReader(text.String()), JSONL)
	if err != nil || len(f.refused) > 0 {
		t.Fatal(err, f.refused)
	}
	err = b.as(t, b.mine, func(ctx context.Context, tx db.CompanyTx) error {
		_, err := Import(ctx, tx, b.bot, f)
		return err
	})
	if !errs.Is(err, "faq.too_many") {
		t.Errorf("%v, want faq.too_many", err)
	}
	if left := b.all(t); len(left) != 0 {
		t.Errorf("%d entries stayed", len(left))
	}
}

// shop writes n rows as a company would have them.
func shop(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `{"id":"faq-%d","question":"¿Cuánto tarda el envío del pedido %d a la ciudad %d?","answer":"El pedido %d tarda entre dos y cuatro días hábiles. Te avisamos por este chat cuando salga.","variants":["cuándo llega el pedido %d","demora de envío %d"]}`+"\n",
			i, i, i%97, i, i, i)
	}
	return text.String()
}

// A file of 10,000 rows: new, and once more unchanged.
func BenchmarkImport(b *testing.B) {
	text := shop(10_000)
	for _, again := range []bool{false, true} {
		b.Run(map[bool]string{false: "new", true: "unchanged"}[again], func(b *testing.B) {
			d := setup(b)
			if again {
				d.load(b, JSONL, text)
			}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				d.load(b, JSONL, text)
				if !again {
					b.StopTimer()
					d.must(b, func(ctx context.Context, tx db.CompanyTx) error {
						_, err := tx.Exec(ctx, "delete from faq")
						return err
					})
					b.StartTimer()
				}
			}
		})
	}
}

func BenchmarkSearch20000(b *testing.B) {
	d := setup(b)
	d.load(b, JSONL, shop(20_000))
	b.ResetTimer()
	for b.Loop() {
		d.must(b, func(ctx context.Context, tx db.CompanyTx) error {
			_, err := Count(ctx, tx, d.bot, "pedido 777 ")
			if err == nil {
				_, err = List(ctx, tx, d.bot, Query{Text: "pedido 777 ", Limit: 51})
			}
			return err
		})
	}
}
