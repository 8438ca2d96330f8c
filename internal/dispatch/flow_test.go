package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/bots"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/hours"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

// The nodes of these tests: one says, tags and asks; one waits a time.
type (
	speak struct{ Text, Tag, Ask string }
	pause struct{ Millis int }
)

func (n *speak) Compile(*flows.Compiler) {}
func (n *pause) Compile(*flows.Compiler) {}

func (n *speak) Run(r *flows.Run) string {
	if !r.Entering() {
		r.Say(chat.Plain(n.Ask + " " + r.Input().Message.Words()))
		return "done"
	}
	if n.Text != "" {
		r.Say(chat.Plain(n.Text))
	}
	if n.Tag != "" {
		r.Do(flows.Effect{Tag: &flows.Tag{Name: n.Tag}})
	}
	if n.Ask != "" {
		return r.Wait(flows.Wait{For: flows.ForMessage})
	}
	return "done"
}

func (n *pause) Run(r *flows.Run) string {
	if r.Entering() {
		return r.Wait(flows.Wait{For: flows.ForTime, Until: r.Now().Add(time.Duration(n.Millis) * time.Millisecond)})
	}
	return "done"
}

var toys = flows.Table{
	"speak": {Name: "speak", New: func() flows.Node { return &speak{} }, Exits: []flows.Exit{{Name: "done"}}},
	"pause": {Name: "pause", New: func() flows.Node { return &pause{} }, Exits: []flows.Exit{{Name: "done"}}},
}

// flowing is a source whose bots have one flow.
type flowing struct {
	source
	flow *flows.Flow
}

func (s flowing) Bot(_ context.Context, _ id.Company, bot id.Bot, _ int64) (*bots.Bot, error) {
	return bots.Compile(bots.Definition{ID: bot, Name: "Eco", Enabled: true, Language: bots.Spanish, Tone: bots.Neutral},
		hours.Hours{Always: true}, bots.Parts{FAQ: echo{}, Flows: []*flows.Flow{s.flow}})
}

// publish makes a flow of nodes in a row, with its rows in the database.
func publish(t *testing.T, k *inboxtest.Kit, trigger flows.Trigger, nodes ...any) flowing {
	t.Helper()
	trigger.ID = "t"
	d := flows.Definition{Format: flows.Format, Name: "Ensayo", Language: "es", Start: "n0", Triggers: []flows.Trigger{trigger}}
	for i, n := range nodes {
		data, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		def := flows.NodeDef{ID: fmt.Sprint("n", i), Type: strings.TrimPrefix(fmt.Sprintf("%T", n), "dispatch_test."), Data: data}
		if i+1 < len(nodes) {
			def.Next = map[string]string{"done": fmt.Sprint("n", i+1)}
		}
		d.Nodes = append(d.Nodes, def)
	}
	f, err := flows.Compile(id.New[id.Flow](), 1, d, flows.World{Table: toys})
	if err != nil {
		t.Fatal(err)
	}
	k.Do(t, func(tx db.CompanyTx) error {
		text, _ := json.Marshal(d)
		if _, err := tx.Exec(t.Context(), `insert into flow (id, company_id, bot_id, name, draft) select $1, $2, bot_id, 'Ensayo', $3 from channel where id = $4`,
			f.ID, tx.Company(), text, k.Channel.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `insert into flow_version (flow_id, version, company_id, definition) values ($1, 1, $2, $3)`, f.ID, tx.Company(), text); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `update flow set published_version = 1, published_revision = 1 where id = $1`, f.ID)
		return err
	})
	return flowing{flow: f}
}

func keyword(word string) flows.Trigger {
	return flows.Trigger{Type: flows.OnKeyword, Match: "exact", Words: []string{word}}
}

func (s flowing) run(t *testing.T, k *inboxtest.Kit, node string) { runSource(t, k, node, s).Wake() }

// said is what the bot said in all conversations, in order.
func said(t *testing.T, k *inboxtest.Kit) (out []string) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) error {
		rows, err := tx.Query(t.Context(), `select content ->> 'text' from message where author_kind = 'bot' and kind = 'message' order by conversation_id, seq`)
		if err != nil {
			return err
		}
		out = nil
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			out = append(out, s)
		}
		return rows.Err()
	})
	return out
}

// A flow that asks goes on with the next message, tags the contact, and leaves its record.
func TestFlowOverTurns(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	s := publish(t, k, keyword("cita"), speak{Text: "¿Qué día?", Tag: "interesado", Ask: "Anotado:"})
	s.run(t, k, "a")
	k.Write(t, "eva", "1", "cita")
	k.Write(t, "eva", "2", "el martes")
	k.Write(t, "eva", "3", "otra cosa")
	eventually(t, "no turn is left", func() bool { return k.Count(t, `select count(*) from turn`) == 0 })
	if got := strings.Join(said(t, k), " | "); got != "¿Qué día? | Anotado: el martes | re: otra cosa" {
		t.Errorf("said %s", got)
	}
	if n := k.Count(t, `select count(*) from contact where tags = '{interesado}'`); n != 1 {
		t.Error("the contact was not tagged")
	}
	if n := k.Count(t, `select count(*) from flow_run where flow_id = $1 and version = 1 and trigger = 't' and ending = 'done' and path -> 0 ->> 0 = 'n0' and jsonb_array_length(path) = 2`, s.flow.ID); n != 1 {
		t.Error("the run's record is not as it was")
	}
	if n := k.Count(t, `select count(*) from message where trace -> 'flow' ->> 'name' = 'Ensayo'`); n != 2 {
		t.Errorf("%d messages name the flow in their trace, want 2", n)
	}
	if n := k.Count(t, `select count(*) from flow_timer`); n != 0 {
		t.Error("a time is left to wait for")
	}
}

// Over two nodes, flows that wait wake once each, after their time, and in order with what
// is written meanwhile.
func TestFlowsWakeOnce(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	s := publish(t, k, keyword("espera"), pause{Millis: 1500}, speak{Text: "uno"}, pause{Millis: 300}, speak{Text: "dos"})
	s.run(t, k, "a")
	s.run(t, k, "b")
	const people = 20
	var wg sync.WaitGroup
	for p := range people {
		wg.Go(func() {
			who := fmt.Sprint("p", p)
			k.Write(t, who, who+"-1", "espera")
			k.Write(t, who, who+"-2", "hola")
		})
	}
	wg.Wait()
	eventually(t, "every run ends", func() bool { return k.Count(t, `select count(*) from flow_run where ending = 'done'`) == people })
	for text, want := range map[string]int{"uno": people, "dos": people, "re: hola": people} {
		if n := k.Count(t, `select count(*) from message where content ->> 'text' = $1`, text); n != want {
			t.Errorf("%q was said %d times, want %d", text, n, want)
		}
	}
	if n := k.Count(t, `select count(*) from message m join flow_run r on r.conversation_id = m.conversation_id
		where m.content ->> 'text' = 'uno' and m.at < r.started_at + interval '1.5 seconds'`); n != 0 {
		t.Errorf("%d came before their time", n)
	}
	if n := k.Count(t, `select count(*) from turn`) + k.Count(t, `select count(*) from flow_timer`); n != 0 {
		t.Errorf("%d things are left to do", n)
	}
}

// A person who takes the conversation ends its flows: what was to be said later is not.
func TestClaimEndsFlows(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	s := publish(t, k, keyword("espera"), pause{Millis: 60_000}, speak{Text: "tarde"})
	s.run(t, k, "a")
	a := k.Write(t, "eva", "1", "espera")
	eventually(t, "the flow waits", func() bool { return k.Count(t, `select count(*) from flow_timer`) == 1 })
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Claim(t.Context(), tx, a.Conversation, inbox.Actor{User: k.Ana})
		return err
	})
	if n := k.Count(t, `select count(*) from flow_run where ending = 'stopped'`); n != 1 {
		t.Error("the run goes on")
	}
	if n := k.Count(t, `select count(*) from flow_timer`) + k.Count(t, `select count(*) from conversation where memory ? 'flows'`); n != 0 {
		t.Error("the session is still there")
	}
}

// What happens outside starts a flow in a conversation that is closed, and opens it again.
func TestEventStartsFlow(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	s := publish(t, k, flows.Trigger{Type: flows.OnEvent, Event: "cart.abandoned", If: "event.total > 100"}, speak{Text: "Tu carrito", Ask: "Gracias:"})
	a := k.Write(t, "eva", "1", "hola")
	s.run(t, k, "a")
	eventually(t, "no turn is left", func() bool { return k.Count(t, `select count(*) from turn`) == 0 })
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Close(t.Context(), tx, a.Conversation, inbox.Actor{User: k.Ana, Manager: true})
		return err
	})
	tell := func(total float64) {
		k.Do(t, func(tx db.CompanyTx) error {
			return inbox.Tell(t.Context(), tx, a.Conversation, bots.Happening{Event: flows.Event{Name: "cart.abandoned", Data: map[string]any{"total": total}}}, 0)
		})
		eventually(t, "no turn is left", func() bool {
			return k.Count(t, `select count(*) from turn`)+k.Count(t, `select count(*) from flow_event`) == 0
		})
	}
	tell(50)
	if n := k.Count(t, `select count(*) from flow_run`); n != 0 {
		t.Fatal("the condition was not heeded")
	}
	tell(200)
	if n := k.Count(t, `select count(*) from conversation where state = 'bot' and memory ? 'flows'`); n != 1 {
		t.Error("the conversation is not open with its flow")
	}
	k.Write(t, "eva", "2", "lo quiero")
	eventually(t, "the answer is heard", func() bool {
		return k.Count(t, `select count(*) from message where content ->> 'text' = 'Gracias: lo quiero'`) == 1
	})
}

// A schedule begins once for everybody with its tag, however many nodes look.
func TestSchedule(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	var now time.Time
	k.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select now() at time zone 'UTC'`).Scan(&now)
	})
	began := now.Add(-10 * time.Minute)
	day := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[began.Weekday()]
	week := &hours.Hours{Zone: "UTC", Days: map[string][]hours.Span{day: {{From: began.Format("15:04"), To: began.Add(time.Minute).Format("15:04")}}}}
	s := publish(t, k, flows.Trigger{Type: flows.OnSchedule, Week: week, Tag: "vip"}, speak{Text: "Novedades"})
	for i, who := range []string{"eva", "leo"} {
		a := k.Write(t, who, fmt.Sprint(who, i), "hola")
		if who == "eva" {
			k.Do(t, func(tx db.CompanyTx) error {
				_, err := tx.Exec(t.Context(), `update contact set tags = '{vip}' where id = (select contact_id from conversation where id = $1)`, a.Conversation)
				return err
			})
		}
	}
	s.run(t, k, "a")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := inbox.Schedule(t.Context(), k.DB); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	eventually(t, "the flow has run", func() bool { return k.Count(t, `select count(*) from flow_run where ending = 'done'`) == 1 })
	eventually(t, "no turn is left", func() bool { return k.Count(t, `select count(*) from turn`) == 0 })
	if n := k.Count(t, `select count(*) from message where content ->> 'text' = 'Novedades'`); n != 1 {
		t.Errorf("said %d times, want 1", n)
	}
}
