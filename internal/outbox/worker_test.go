package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
	"recado/internal/outbox"
)

// platform is a channel whose answers the test decides.
type platform struct {
	idempotent bool
	answer     func(m channels.Outgoing) error // nil error: taken
	name       string                          // goes into the ids it gives

	mu   sync.Mutex
	took []string
}

func (p *platform) setAnswer(a func(m channels.Outgoing) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = a
}

func (p *platform) Kind() channels.Kind { return "webchat" }
func (p *platform) Capabilities(channels.Channel) channels.Capabilities {
	return channels.Capabilities{Idempotent: p.idempotent}
}
func (p *platform) Send(ctx context.Context, _ channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if err := answer(m); err != nil {
			return channels.Sent{}, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, m.Content.Text)
	return channels.Sent{ProviderID: "p" + m.ID.String() + p.name}, nil
}

func (p *platform) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.took)
}

// node runs a worker until the test ends or stop is called.
func node(t *testing.T, k *inboxtest.Kit, name string, p *platform) (w *outbox.Worker, results chan []outbox.Result, stop func()) {
	t.Helper()
	return nodeWith(t, k, name, p, slog.DiscardHandler)
}

func nodeWith(t *testing.T, k *inboxtest.Kit, name string, p *platform, log slog.Handler) (w *outbox.Worker, results chan []outbox.Result, stop func()) {
	t.Helper()
	results = make(chan []outbox.Result, 1000)
	w = outbox.New(k.DB, outbox.Config{Node: name, Adapter: func(channels.Kind) channels.Adapter { return p },
		Done: func(r []outbox.Result) { results <- r }, Log: slog.New(log)})
	return w, results, runUntilEnd(t, w)
}

func runUntilEnd(t *testing.T, w *outbox.Worker) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

// say queues agents' replies in one conversation.
func say(t *testing.T, k *inboxtest.Kit, c id.Conversation, texts ...string) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) error {
		for _, s := range texts {
			if _, err := inbox.Reply(t.Context(), tx, inboxtest.Way, c, inbox.Actor{User: k.Ana}, id.New[id.Message]().String(), chat.Plain(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

// eventually waits for a condition that the worker brings about; it fails after a minute.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

func TestSendsInOrder(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	p := &platform{}
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprint(i))
	}
	c := k.Write(t, "eva", "1", "hola").Conversation
	say(t, k, c, want...)
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "everything sent", func() bool { return k.Count(t, `select count(*) from outbox`) == 0 })
	if got := p.taken(); !slices.Equal(got, want) {
		t.Errorf("sent %v", got)
	}
	if n := k.Count(t, `select count(*) from message m join message_ref r on r.message_id = m.id and r.kind = 'provider'
		join delivery_event e on e.message_id = m.id and e.state = 'sent' where m.state = 'sent' and m.provider_id = r.ref`); n != 40 {
		t.Errorf("%d messages are sent with reference and event, want 40", n)
	}
}

// What the platform answers decides what becomes of a message, and of those behind it.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err     error
		message string // state of the first message
		outbox  string // state of its intent; "" when it is gone
		second  string // state of the next message of the conversation
		lane    string // a condition on the lane
	}{
		"permanent": {err: &errs.Send{Class: errs.Permanent, Code: "131026", Err: errors.New("no such number")}, message: "failed", second: "sent"},
		"refused":   {err: &errs.Send{Class: errs.Refused, Code: "opted_out"}, message: "cancelled", second: "sent"},
		"retryable": {err: &errs.Send{Class: errs.Retryable, Code: "500"}, message: "queued", outbox: "waiting", second: "queued"},
		"unknown":   {err: errors.New("boom"), message: "queued", outbox: "waiting", second: "queued"},
		"pair":      {err: &errs.Send{Class: errs.RateLimited, Pair: true, RetryAfter: time.Hour, Code: "131056"}, message: "queued", outbox: "waiting", second: "queued", lane: "not_before is null"},
		"limited":   {err: &errs.Send{Class: errs.RateLimited, RetryAfter: time.Hour, Code: "429"}, message: "queued", outbox: "queued", second: "queued", lane: "not_before > now() + interval '59 minutes'"},
		"down":      {err: &errs.Send{Class: errs.ChannelDown, Code: "190"}, message: "queued", outbox: "queued", second: "queued", lane: "stopped = '190'"},
		"unsure":    {err: &errs.Send{Class: errs.Retryable, MaybeSent: true, Code: "timeout"}, message: "unsure", outbox: "unsure", second: "queued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := inboxtest.New(t)
			calls := make(chan struct{}, 100)
			p := &platform{answer: func(m channels.Outgoing) error {
				calls <- struct{}{}
				if m.Content.Text == "first" {
					return c.err
				}
				return nil
			}}
			say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "first", "second")
			w, results, stop := node(t, k, "a", p)
			w.Wake(k.Channel.ID)
			for seen := 0; seen < 2; { // the first's outcome, and the second's or its release
				seen += len(<-results)
			}
			stop()
			state := func(text string) (m, o string) {
				k.Do(t, func(tx db.CompanyTx) error {
					return tx.QueryRow(t.Context(), `select m.state, coalesce(o.state, '') from message m left join outbox o on o.message_id = m.id
						where m.content ->> 'text' = $1 and m.kind = 'message'`, text).Scan(&m, &o)
				})
				return m, o
			}
			if m, o := state("first"); m != c.message || o != c.outbox {
				t.Errorf("first is %q with intent %q, want %q and %q", m, o, c.message, c.outbox)
			}
			if m, _ := state("second"); m != c.second {
				t.Errorf("second is %q, want %q", m, c.second)
			}
			if c.lane != "" && k.Count(t, `select count(*) from lane where `+c.lane) != 1 {
				t.Errorf("the lane is not %s", c.lane)
			}
		})
	}
}

// A node that dies in the middle of a call leaves the attempt unsure; where the platform
// drops repeats it is simply sent by the next owner.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for _, idempotent := range []bool{true, false} {
		t.Run(fmt.Sprint("idempotent=", idempotent), func(t *testing.T) {
			t.Parallel()
			k := inboxtest.New(t)
			say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
			// The dead node: it leased and claimed, and its lease has run out.
			_, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), `update lane set lease_node = 'dead', fence = nextval('fence'), lease_until = now() - interval '1 second'`)
			if err == nil {
				_, err = k.DB.Direct(db.Pipeline).Exec(t.Context(), `update outbox set state = 'sending', attempt = 1, fence = (select fence from lane where id = lane_id)`)
			}
			if err != nil {
				t.Fatal(err)
			}
			p := &platform{idempotent: idempotent}
			_, results, stop := node(t, k, "b", p)
			<-results
			if idempotent {
				eventually(t, "sent again", func() bool { return len(p.taken()) == 1 })
			}
			stop()
			want := "unsure"
			if idempotent {
				want = "sent"
			}
			if n := k.Count(t, `select count(*) from message where content ->> 'text' = 'x' and state = $1`, want); n != 1 {
				t.Errorf("the message is not %s", want)
			}
		})
	}
}

// A node whose lease was taken while it was in a call writes nothing.
func TestLostLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
	inCall, finish := make(chan struct{}), make(chan struct{})
	p := &platform{answer: func(channels.Outgoing) error { close(inCall); <-finish; return nil }}
	w, _, stop := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	<-inCall
	_, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), `with l as (update lane set lease_node = 'b', fence = nextval('fence'), lease_until = now() + interval '1 hour' returning id)
		update outbox set state = 'unsure', due_at = now() + interval '1 hour' from l where lane_id = l.id`)
	if err != nil {
		t.Fatal(err)
	}
	close(finish)
	stop()
	if n := k.Count(t, `select count(*) from message where content ->> 'text' = 'x' and state = 'queued' and sent_at is null`); n != 1 {
		t.Error("the node that lost its lease wrote to the ledger")
	}
	if n := k.Count(t, `select count(*) from delivery_event`); n != 0 {
		t.Errorf("it wrote %d events", n)
	}
}

// One lane that may not send must not keep another waiting, and an agent's reply leaves
// before what a campaign queued earlier.
func TestPrioritiesAndPausedLanes(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	p := &platform{}
	for i := range 20 {
		c := k.Write(t, fmt.Sprint("c", i), fmt.Sprint("c", i), "hola").Conversation
		say(t, k, c, fmt.Sprint("campaign ", i))
	}
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update outbox set priority = 4`)
		return err
	})
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "agent")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update lane set not_before = now() + interval '1 hour'`)
		return err
	})
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "the lane is leased", func() bool { return k.Count(t, `select count(*) from lane where lease_node = 'a'`) == 1 })
	if n := len(p.taken()); n != 0 {
		t.Fatalf("%d messages left before the lane may send", n)
	}
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update lane set not_before = null`)
		return err
	})
	w.Wake(k.Channel.ID)
	eventually(t, "everything sent", func() bool { return k.Count(t, `select count(*) from outbox`) == 0 })
	if n := k.Count(t, `select count(*) from message where state = 'sent'`); n != 21 {
		t.Errorf("%d sent, want 21", n)
	}
}

// A conversation with more waiting than a claim looks at does not hold up its lane.
func TestLongQueueOfOneConversation(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	p := &platform{}
	behind := make([]string, 700)
	for i := range behind {
		behind[i] = "behind"
	}
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, append([]string{"stuck"}, behind...)...)
	say(t, k, k.Write(t, "leo", "2", "hola").Conversation, "free")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update outbox set due_at = now() + interval '1 hour', state = 'waiting' where message_id =
			(select id from message where content ->> 'text' = 'stuck')`)
		return err
	})
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "the other conversation goes on", func() bool { return slices.Contains(p.taken(), "free") })
	if got := p.taken(); len(got) != 1 {
		t.Errorf("sent %d messages, want only the free one", len(got))
	}
}

func TestExpires(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "late")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update outbox set expires_at = now() - interval '1 second'; update lane set not_before = now() + interval '1 hour'`)
		return err
	})
	node(t, k, "a", &platform{})
	eventually(t, "expired", func() bool { return k.Count(t, `select count(*) from message where state = 'expired'`) == 1 })
	if n := k.Count(t, `select count(*) from outbox`); n != 0 {
		t.Error("the intent is still there")
	}
}

// A platform's words are stored as far as they can be, and never hold up other outcomes.
func TestHostileWords(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"cut in a letter": &errs.Send{Class: errs.Permanent, Code: "131026", Err: errors.New(strings.Repeat("a", 499) + "é")},
		"NUL":             &errs.Send{Class: errs.Permanent, Code: "a\x00b", Err: errors.New("x\x00y")},
		"not UTF-8":       &errs.Send{Class: errs.Permanent, Code: "\xff", Err: errors.New("\xc3")},
		"endless":         &errs.Send{Class: errs.Permanent, Code: strings.Repeat("c", 10_000), Err: errors.New(strings.Repeat("é", 10_000))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := inboxtest.New(t)
			p := &platform{answer: func(channels.Outgoing) error { return err }, name: strings.Repeat("p", 300) + "\x00" + strings.Repeat("é", 300)}
			say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
			w, results, _ := node(t, k, "a", p)
			w.Wake(k.Channel.ID)
			<-results
			if n := k.Count(t, `select count(*) from message where state = 'failed' and error_code is not null`); n != 1 {
				t.Error("the failure is not on record")
			}
			p.setAnswer(nil)
			say(t, k, k.Write(t, "eva", "2", "hola").Conversation, "y")
			w.Wake(k.Channel.ID)
			<-results
			if n := k.Count(t, `select count(*) from message where state = 'sent'`); n != 1 {
				t.Error("a long provider's id kept the message from being sent")
			}
		})
	}
}

// refuse makes the database refuse changes of the outbox to a state until the returned
// function is called.
func refuse(t *testing.T, k *inboxtest.Kit, state, code string) (stop func()) {
	t.Helper()
	exec := func(sql string) {
		c, err := pgx.Connect(t.Context(), k.Owner)
		if err == nil {
			_, err = c.Exec(t.Context(), sql)
			c.Close(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	exec(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using errcode = '` + code + `'; end $$;
		create trigger refuse before update on outbox for each row when (new.state = '` + state + `') execute function refuse()`)
	return func() { exec(`drop trigger refuse on outbox`) }
}

// alarm is a log that tells of errors.
type alarm struct {
	slog.Handler
	rang chan string
}

func (a alarm) Enabled(context.Context, slog.Level) bool { return true }
func (a alarm) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelError {
		select {
		case a.rang <- r.Message:
		default:
		}
	}
	return nil
}

func listen() alarm { return alarm{slog.DiscardHandler, make(chan string, 100)} }

// Recovery that fails once is not forgotten: until it has succeeded the lane is not held.
func TestRecoveryIsTriedAgain(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
	_, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), `update lane set lease_node = 'dead', fence = nextval('fence'), lease_until = now() - interval '1 second'`)
	if err == nil {
		_, err = k.DB.Direct(db.Pipeline).Exec(t.Context(), `update outbox set state = 'sending', attempt = 1, fence = (select fence from lane where id = lane_id)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	allow := refuse(t, k, "unsure", "55P03")
	log := listen()
	w, _, _ := nodeWith(t, k, "b", &platform{}, log)
	<-log.rang
	allow()
	leo := k.Write(t, "leo", "2", "hola").Conversation
	eventually(t, "the attempt is recovered", func() bool {
		say(t, k, leo, "busy") // an idle lane would be given back, and recovered by whoever comes next
		w.Wake(k.Channel.ID)
		return k.Count(t, `select count(*) from outbox where state = 'unsure'`) == 1
	})
}

// When the connection breaks in a claim nobody knows whether it stands. What it took is not
// left in the middle of a call that nobody makes.
func TestLostClaim(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	p := &platform{idempotent: true}
	log := listen()
	w, results, _ := nodeWith(t, k, "a", p, log)
	eva, leo := k.Write(t, "eva", "1", "hola").Conversation, k.Write(t, "leo", "2", "hola").Conversation
	say(t, k, eva, "first")
	w.Wake(k.Channel.ID)
	<-results
	k.Do(t, func(tx db.CompanyTx) error { // as the claim whose answer was lost left it
		if _, err := inbox.Reply(t.Context(), tx, inboxtest.Way, eva, inbox.Actor{User: k.Ana}, id.New[id.Message]().String(), chat.Plain("lost")); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `update outbox set state = 'sending', attempt = 1, fence = (select fence from lane)`)
		return err
	})
	allow := refuse(t, k, "sending", "57P01")
	say(t, k, leo, "next")
	w.Wake(k.Channel.ID)
	<-log.rang
	allow()
	eventually(t, "the lost one is sent", func() bool {
		say(t, k, leo, "busy") // an idle lane would be given back, and recovered by whoever comes next
		w.Wake(k.Channel.ID)
		return slices.Contains(p.taken(), "lost")
	})
}

// What waits behind a call leaves as soon as the call's outcome is written, not at the next poll.
func TestNextLeavesAtOnce(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	c := k.Write(t, "eva", "1", "hola").Conversation
	const many = 300 // with a poll for every other one it would outlast eventually
	var w *outbox.Worker
	p := &platform{}
	n := 0
	p.answer = func(channels.Outgoing) error {
		if n++; n < many {
			say(t, k, c, fmt.Sprint(n))
			w.Wake(k.Channel.ID)
		}
		return nil
	}
	say(t, k, c, "0")
	w = outbox.New(k.DB, outbox.Config{Node: "a", Adapter: func(channels.Kind) channels.Adapter { return p },
		Done: func([]outbox.Result) {}, Log: slog.New(slog.DiscardHandler)})
	runUntilEnd(t, w)
	w.Wake(k.Channel.ID)
	eventually(t, "everything sent", func() bool { return k.Count(t, `select count(*) from message where state = 'sent'`) == many })
}

func TestPanicIsOneAttempt(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	p := &platform{answer: func(m channels.Outgoing) error {
		if m.Content.Text == "bad" {
			panic("boom")
		}
		return nil
	}}
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "bad")
	say(t, k, k.Write(t, "leo", "2", "hola").Conversation, "good")
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "the good one is sent and the bad one unsure", func() bool {
		return k.Count(t, `select count(*) from message where state = case content ->> 'text' when 'bad' then 'unsure' when 'good' then 'sent' end`) == 2
	})
}

// An unsure message is sent once more, not again and again.
// A receipt that overtakes the answer of its call, or comes after its sender died, ends the
// doubt: the message is not sent again.
func TestReceiptBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	raise := func(m id.Message) {
		err := k.DB.System(t.Context(), db.Pipeline, func(tx db.SystemTx) error {
			_, err := tx.Exec(t.Context(), `update message set state = 'delivered' where id = $1`, m)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	var calls atomic.Int32
	p := &platform{answer: func(m channels.Outgoing) error {
		calls.Add(1)
		raise(m.ID)
		return &errs.Send{Class: errs.Retryable, MaybeSent: true, Code: "timeout"}
	}}
	c := k.Write(t, "eva", "1", "hola").Conversation
	say(t, k, c, "answered late", "next")
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "both are settled", func() bool { return k.Count(t, `select count(*) from outbox`) == 0 })
	if n := calls.Load(); n != 2 {
		t.Errorf("the platform was called %d times, want 2", n)
	}
	if n := k.Count(t, `select count(*) from message where state = 'delivered'`); n != 2 {
		t.Errorf("%d messages are delivered, want 2", n)
	}

	p.setAnswer(func(m channels.Outgoing) error { // the receipt comes after the doubt is on record
		calls.Add(1)
		return &errs.Send{Class: errs.Retryable, MaybeSent: true, Code: "timeout"}
	})
	say(t, k, c, "in doubt")
	w.Wake(k.Channel.ID)
	eventually(t, "in doubt", func() bool { return k.Count(t, `select count(*) from outbox where state = 'unsure'`) == 1 })
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update message set state = 'delivered' where state = 'unsure'`)
		if err == nil {
			_, err = tx.Exec(t.Context(), `update outbox set due_at = now()`)
		}
		return err
	})
	eventually(t, "settled", func() bool { return k.Count(t, `select count(*) from outbox`) == 0 })
	if n := calls.Load(); n != 3 {
		t.Errorf("the platform was called %d times, want 3", n)
	}
}

func TestUnsureIsResentOnce(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	var calls atomic.Int32
	p := &platform{answer: func(channels.Outgoing) error {
		calls.Add(1)
		return &errs.Send{Class: errs.Retryable, MaybeSent: true, Code: "timeout"}
	}}
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
	w, _, _ := node(t, k, "a", p)
	w.Wake(k.Channel.ID)
	eventually(t, "given up", func() bool {
		if _, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), `update outbox set due_at = now() where state = 'unsure'`); err != nil {
			t.Fatal(err)
		}
		return calls.Load() > 2 || k.Count(t, `select count(*) from message where state = 'failed' and error_code = 'timeout'`) == 1
	})
	if n := calls.Load(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

// An intent cannot be laid into another company's lane.
func TestLanesAreTheCompanys(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	_, foreign, _, _, _ := k.AddCompany(t, "Dos")
	say(t, k, k.Write(t, "eva", "1", "hola").Conversation, "x")
	err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update outbox set lane_id = $1`, foreign.ID)
		return err
	})
	if !db.Violates(err, "outbox_company_id_lane_id_fkey") {
		t.Errorf("another company's lane: %v", err)
	}
}
