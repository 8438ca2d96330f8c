package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

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

	mu   sync.Mutex
	took []string
}

func (p *platform) Kind() channels.Kind { return "webchat" }
func (p *platform) Capabilities(channels.Channel) channels.Capabilities {
	return channels.Capabilities{Idempotent: p.idempotent}
}
func (p *platform) Send(ctx context.Context, _ channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	if p.answer != nil {
		if err := p.answer(m); err != nil {
			return channels.Sent{}, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took = append(p.took, m.Content.Text)
	return channels.Sent{ProviderID: "p" + m.ID.String()}, nil
}

func (p *platform) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.took)
}

// node runs a worker until the test ends or stop is called.
func node(t *testing.T, k *inboxtest.Kit, name string, p *platform) (w *outbox.Worker, results chan []outbox.Result, stop func()) {
	t.Helper()
	results = make(chan []outbox.Result, 1000)
	w = outbox.New(k.DB, outbox.Config{Node: name, Adapter: func(channels.Kind) channels.Adapter { return p },
		Done: func(r []outbox.Result) { results <- r }, Log: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return w, results, stop
}

// say queues agents' replies in one conversation.
func say(t *testing.T, k *inboxtest.Kit, c id.Conversation, texts ...string) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) error {
		for _, s := range texts {
			if _, err := inbox.Reply(t.Context(), tx, c, inbox.Actor{User: k.Ana}, id.New[id.Message]().String(), chat.Plain(s)); err != nil {
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
