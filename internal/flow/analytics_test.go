package flow

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"recado/internal/db"
	"recado/internal/id"
)

// As many runs as are counted at most, each of nine steps.
func BenchmarkAnalyse(b *testing.B) {
	x := setup(b)
	f := x.published(b, drawing("uno")).ID
	c, contact := x.talk(b)
	x.sql(b, `insert into flow_run (id, company_id, flow_id, version, conversation_id, contact_id, started_at, ended_at, ending, arms, converted_at, path)
		select gen_random_uuid(), $1, $2, 1 + i % 3, $3, $4, now() - i * interval '1 minute', now(), 'done', '{"ab":"a"}', case when i % 4 = 0 then now() end,
			'[["a","next",0],["b","next",0],["ask","",0],["ask","yes",10],["c","next",10],["q","",10],["q","ok",31],["d","next",31],["e","next",31]]'
		from generate_series(1, $5) i`, x.mine, f, c, contact, maxRuns)
	for b.Loop() {
		x.do(b, func(ctx context.Context, tx db.CompanyTx) error {
			a, err := x.Analyse(ctx, tx, f, Period{})
			if err == nil && a.Runs != maxRuns {
				b.Fatal(a.Runs)
			}
			return err
		})
	}
}

// The bounds that the literature gives: Wilson for 0 of 10, 5 of 10 and 81 of 263.
func TestWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, hits   int
		low, high float64
	}{{10, 0, 0, 0.2775}, {10, 5, 0.2366, 0.7634}, {263, 81, 0.2553, 0.3662}, {10, 10, 0.7225, 1}, {0, 0, 0, 1}} {
		r := rate(c.n, c.hits)
		if math.Abs(r.Low-c.low) > 5e-5 || math.Abs(r.High-c.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, want %.4f to %.4f", c.hits, c.n, r.Low, r.High, c.low, c.high)
		}
	}
}

// talk is a conversation for runs to belong to.
func (b *bench) talk(t testing.TB) (c id.Conversation, contact id.Contact) {
	t.Helper()
	c, contact = id.New[id.Conversation](), id.New[id.Contact]()
	ch := id.New[id.Channel]()
	b.sql(t, `insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'sms', 'x', $3, $4)`, ch, b.mine, ch.String(), b.bot)
	b.sql(t, `insert into contact (id, company_id, name) values ($1, $2, 'Eva')`, contact, b.mine)
	b.sql(t, `insert into conversation (id, company_id, channel_id, contact_id, address) values ($1, $2, $3, $4, 'x')`, c, b.mine, ch, contact)
	return c, contact
}

func TestAnalyse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.published(t, drawing("uno")).ID
	c, contact := b.talk(t)
	run := func(version int, ago time.Duration, ending string, converted bool, arm, path string) {
		t.Helper()
		arms := "null"
		if arm != "" {
			arms = `{"ab":"` + arm + `"}`
		}
		b.sql(t, `insert into flow_run (id, company_id, flow_id, version, conversation_id, contact_id, started_at, ended_at, ending, arms, converted_at, path)
			values (gen_random_uuid(), $1, $2, $3, $4, $5, now() - $6::interval, case when $7 <> '' then now() end, nullif($7, ''), $8, case when $9 then now() end, $10)`,
			b.mine, f, version, c, contact, ago, ending, json.RawMessage(arms), converted, json.RawMessage(path))
	}
	// Three ask and answer, one of them after asking again; one is given up, one waits too
	// long, one still waits.
	run(1, time.Hour, "done", true, "a", `[["hi","next",0],["ask","",0],["ask","yes",10],["bye","next",10]]`)
	run(1, time.Hour, "done", false, "b", `[["hi","next",0],["ask","",0],["ask","",20],["ask","yes",30],["bye","next",30]]`)
	run(2, time.Hour, "done", true, "a", `[["hi","next",0],["ask","",0],["ask","no",50],["ask","",50],["ask","yes",52]]`)
	run(2, time.Hour, "expired", false, "", `[["hi","next",0],["ask","",0]]`)
	run(2, 48*time.Hour, "", false, "", `[["hi","next",0],["ask","",0]]`)
	run(2, time.Minute, "", false, "", `[["hi","next",0],["ask","",0]]`)
	run(2, 100*24*time.Hour, "done", true, "", `[["old","next",0]]`)
	analyse := func(p Period) (a Analytics) {
		t.Helper()
		b.do(t, func(ctx context.Context, tx db.CompanyTx) (err error) {
			a, err = b.Analyse(ctx, tx, f, p)
			return err
		})
		return a
	}
	a := analyse(Period{})
	if a.Runs != 6 || !reflect.DeepEqual(a.Ended, map[string]int{"done": 3, "expired": 1, "waiting": 2}) {
		t.Errorf("%d runs, ended %v", a.Runs, a.Ended)
	}
	ten := 20.0 // of 10, 30, 50 and 2
	zero := 0.0
	want := []NodeFigures{
		{Node: "ask", Entered: 7, Left: map[string]int{"yes": 3, "no": 1}, Dropped: 2, Median: &ten},
		{Node: "bye", Entered: 2, Left: map[string]int{"next": 2}, Median: &zero},
		{Node: "hi", Entered: 6, Left: map[string]int{"next": 6}, Median: &zero},
	}
	if !reflect.DeepEqual(a.Nodes, want) {
		got, _ := json.Marshal(a.Nodes)
		t.Errorf("nodes %s", got)
	}
	if len(a.Versions) != 2 || a.Versions[0].Version != 1 || a.Versions[0].Runs != 2 || a.Versions[0].Conversions != 1 || a.Versions[1].Runs != 4 {
		t.Errorf("versions %+v", a.Versions)
	}
	if len(a.Arms) != 2 || a.Arms[0].Arm != "a" || a.Arms[0].Node != "ab" || a.Arms[0].Runs != 2 || a.Arms[0].Conversions != 2 || a.Arms[1].Runs != 1 || a.Arms[1].Conversions != 0 {
		t.Errorf("arms %+v", a.Arms)
	}
	if one := analyse(Period{Version: 1}); one.Runs != 2 || len(one.Versions) != 1 {
		t.Errorf("version 1: %+v", one)
	}
	if late := analyse(Period{From: time.Now().Add(-10 * time.Minute)}); late.Runs != 1 {
		t.Errorf("late: %+v", late)
	}
	if none := analyse(Period{To: time.Now().Add(-99 * 24 * time.Hour)}); none.Runs != 0 || none.Nodes == nil {
		t.Errorf("too old: %+v", none)
	}
}
