package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/bots"
	"recado/channels"
	"recado/flows"
	"recado/internal/db"
	"recado/internal/dispatch"
	"recado/internal/hours"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

// echo answers every question with the question.
type echo struct {
	bots.Answerer
	delay func()
}

func (e echo) Answer(_ context.Context, q string, _ int) bots.Answers {
	if e.delay != nil {
		e.delay()
	}
	return bots.Answers{Decision: bots.DecideAnswer, Candidates: []bots.Candidate{{ID: id.New[id.FAQ](), Question: q, Answer: "re: " + q, Score: 1}}}
}

// source compiles one bot for everybody, or fails.
type source struct {
	faq bots.Answerer
	err error
}

func (s source) Versions(context.Context, id.Company, []flows.Frame) (flows.Library, error) {
	return nil, nil
}

func (s source) Bot(_ context.Context, _ id.Company, bot id.Bot, _ int64) (*bots.Bot, error) {
	if s.err != nil {
		return nil, s.err
	}
	return bots.Compile(bots.Definition{ID: bot, Name: "Eco", Enabled: true, Language: bots.Spanish, Tone: bots.Neutral},
		hours.Hours{Always: true}, bots.Parts{FAQ: s.faq})
}

func runSource(t *testing.T, k *inboxtest.Kit, node string, s dispatch.Source) *dispatch.Dispatcher {
	t.Helper()
	d := dispatch.New(k.DB, dispatch.Config{Node: node, Bots: s, Way: inboxtest.Way, Done: func(id.Company, inbox.Change) {}, Elapsed: func(id.Company, id.Conversation) {},
		Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return d
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

// Two nodes answer many conversations: every message exactly once, in order, each answer
// with its trace, and nothing is left to do.
func TestEveryMessageIsAnsweredOnceInOrder(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a, b := runSource(t, k, "a", source{faq: echo{}}), runSource(t, k, "b", source{faq: echo{}})
	var wg sync.WaitGroup
	const people, each = 15, 8
	for p := range people {
		wg.Go(func() {
			for i := range each {
				who := fmt.Sprint("p", p)
				if _, err := k.Ingest.Accept(t.Context(), k.Event(who, fmt.Sprint(who, "-", i), fmt.Sprint("pregunta ", who, " ", i))); err != nil {
					t.Error(err)
				}
				a.Wake()
				b.Wake()
			}
		})
	}
	wg.Wait()
	eventually(t, "no turn is left", func() bool { return k.Count(t, `select count(*) from turn`) == 0 })
	if n := k.Count(t, `select count(*) from message where author_kind = 'bot' and kind = 'message' and trace ->> 'source' = 'faq'`); n != people*each {
		t.Errorf("%d answers, want %d", n, people*each)
	}
	if n := k.Count(t, `select count(*) from (
		select content ->> 'text' as text, author_kind, row_number() over (partition by conversation_id, author_kind order by seq) as r, conversation_id
		from message) q join (
		select content ->> 'text' as text, author_kind, row_number() over (partition by conversation_id, author_kind order by seq) as r, conversation_id
		from message) a using (conversation_id, r)
		where q.author_kind = 'contact' and a.author_kind = 'bot' and a.text = 're: ' || q.text`); n != people*each {
		t.Errorf("%d answers stand in the order of their questions, want %d", n, people*each)
	}
	if n := k.Count(t, `select count(*) from outbox where priority = 2`); n != people*each {
		t.Errorf("%d intents to send, want %d", n, people*each)
	}
}

// A bot that cannot run does not lose the person: after some tries a colleague is asked for.
func TestFailingBotHandsOver(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	k.Write(t, "eva", "1", "hola")
	d := runSource(t, k, "a", source{err: errors.New("does not compile")})
	eventually(t, "a person is asked for", func() bool {
		// The leases would take their ten seconds each; the test lets them run out.
		_, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), `update turn set due_at = now()`)
		if err != nil {
			t.Fatal(err)
		}
		d.Wake()
		return k.Count(t, `select count(*) from conversation where state = 'waiting'`) == 1
	})
	if n := k.Count(t, `select count(*) from message where kind = 'event' and content ->> 'text' = 'handoff.failed'`); n != 1 {
		t.Errorf("%d events tell why, want 1", n)
	}
}

func TestNoBotHandsOver(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set bot_id = null`)
		return err
	})
	k.Write(t, "eva", "1", "hola")
	runSource(t, k, "a", source{}).Wake()
	eventually(t, "a person is asked for", func() bool { return k.Count(t, `select count(*) from conversation where state = 'waiting'`) == 1 })
}

// An agent who claims while the bot thinks is not spoken over, and the bot's thought is lost.
func TestClaimWhileTheBotThinks(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	thinking, think := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	s := source{faq: echo{delay: func() {
		if once.CompareAndSwap(false, true) {
			close(thinking)
			<-think
		}
	}}}
	a := k.Write(t, "eva", "1", "¿cuánto tarda el envío?")
	runSource(t, k, "a", s).Wake()
	<-thinking
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Claim(t.Context(), tx, a.Conversation, inbox.Actor{User: k.Ana})
		return err
	})
	close(think)
	eventually(t, "no turn is left", func() bool { return k.Count(t, `select count(*) from turn`) == 0 })
	if n := k.Count(t, `select count(*) from message where author_kind = 'bot'`); n != 0 {
		t.Errorf("the bot spoke %d times over a person", n)
	}
}

// Who writes at the number they were passed to is a person's: the bot of that channel is not
// asked, and both threads are told of.
func TestPassedIsNotTheBots(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	own := k.AddNumber(t, "+573009998877")
	writes := func(on channels.Channel, ext string) id.Conversation {
		ev := k.Event("573001112233", ext, "¿cuánto cuesta?")
		ev.Channel, ev.From.Phone, ev.From.Verified = on, "+573001112233", true
		a, err := k.Ingest.Accept(t.Context(), ev)
		if err != nil {
			t.Fatal(err)
		}
		return a.Conversation
	}
	from := writes(k.Channel, "1")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Pass(t.Context(), tx, inboxtest.Way, from, inbox.Actor{User: k.Ana}, "k", own.ID, "")
		return err
	})
	to := writes(own, "2")
	told := make(chan id.Conversation, 2)
	d := dispatch.New(k.DB, dispatch.Config{Node: "a", Bots: source{faq: echo{}}, Way: inboxtest.Way, Log: slog.New(slog.DiscardHandler),
		Done: func(_ id.Company, ch inbox.Change) { told <- ch.Conversation }, Elapsed: func(id.Company, id.Conversation) {}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { d.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	d.Wake()
	if a, b := <-told, <-told; a != to || b != from {
		t.Errorf("told of %v and %v", a, b)
	}
	if n := k.Count(t, `select count(*) from conversation where id = $1 and state = 'human' and assignee_id = $2`, to, k.Ana); n != 1 {
		t.Error("the conversation is not the agent's")
	}
	if n := k.Count(t, `select count(*) from message where author_kind = 'bot'`) + k.Count(t, `select count(*) from turn`); n != 0 {
		t.Error("the bot had its turn")
	}
}
