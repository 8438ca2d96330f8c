package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

// passing is a person who wrote to the official number, and an agent's own number.
type passing struct {
	*inboxtest.Kit
	own  channels.Channel
	from id.Conversation
}

func newPassing(t *testing.T) *passing {
	t.Helper()
	p := &passing{Kit: inboxtest.New(t)}
	p.own = p.AddNumber(t, "+573009998877")
	p.from = p.writes(t, p.Channel, "m1", "quiero información")
	return p
}

// writes stores what the person, whose phone every platform vouches for, writes on a channel.
func (p *passing) writes(t *testing.T, on channels.Channel, ext, text string) id.Conversation {
	t.Helper()
	ev := p.Event("573001112233", ext, text)
	ev.Channel, ev.From.Phone, ev.From.Verified = on, "+573001112233", true
	a, err := p.Ingest.Accept(t.Context(), ev)
	if err != nil {
		t.Fatal(err)
	}
	return a.Conversation
}

func (p *passing) pass(t *testing.T, way inbox.Way, key string, by id.User, to id.Channel, text string) (ch inbox.Change, err error) {
	t.Helper()
	err = p.DB.ForCompany(t.Context(), p.Company, func(tx db.CompanyTx) (err error) {
		ch, err = inbox.Pass(t.Context(), tx, way, p.from, inbox.Actor{User: by}, key, to, text)
		return err
	})
	return ch, err
}

func (p *passing) mustPass(t *testing.T) inbox.Change {
	t.Helper()
	ch, err := p.pass(t, inboxtest.Way, id.New[id.Message]().String(), p.Ana, p.own.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// turn leases the conversation's turn as a dispatcher does; what it returns commits it.
func (p *passing) turn(t *testing.T, c id.Conversation) func() (inbox.Change, error) {
	t.Helper()
	fence, version := leaseTurn(t, p.Kit, c)
	r := inbox.TurnResult{Way: inboxtest.Way, Conversation: c, Fence: fence, Version: version, Bot: p.Bot}
	err := p.DB.Direct(db.Pipeline).QueryRow(t.Context(), `select m.id, m.seq, (select id from pending_pass where to_channel = m.channel_id)
		from message m where m.conversation_id = $1 and direction = 'in' order by seq desc limit 1`, c).Scan(&r.Message, &r.Seq, &r.Pass)
	if err != nil {
		t.Fatal(err)
	}
	if r.Pass.IsZero() {
		r.Outcome.Effects = []bots.Effect{{Say: &bots.Say{Content: chat.Plain("soy el bot")}}}
	}
	return func() (ch inbox.Change, err error) {
		err = p.DB.ForCompanyHot(t.Context(), p.Company, func(tx db.CompanyTx) error {
			ch, err = inbox.Apply(t.Context(), tx, r)
			return err
		})
		return ch, err
	}
}

func (p *passing) view(t *testing.T, c id.Conversation) (v inbox.Conversation) {
	t.Helper()
	p.Do(t, func(tx db.CompanyTx) (err error) {
		v, err = inbox.Get(t.Context(), tx, inboxtest.Way, c, inbox.Actor{User: p.Ana})
		return err
	})
	return v
}

func (p *passing) events(t *testing.T, c id.Conversation) string {
	t.Helper()
	var all string
	p.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select coalesce(string_agg(content ->> 'text', ' ' order by seq), '') from message where conversation_id = $1 and kind = 'event'`, c).Scan(&all)
	})
	return all
}

// goesOn passes the person on from where they are, and they write there.
func (p *passing) goesOn(t *testing.T, to channels.Channel, key string) id.Conversation {
	t.Helper()
	if _, err := p.pass(t, inboxtest.Way, "pass "+key, p.Ana, to.ID, ""); err != nil {
		t.Fatal(err)
	}
	c := p.writes(t, to, "went "+key, "aquí estoy")
	if _, err := p.turn(t, c)(); err != nil {
		t.Fatal(err)
	}
	return c
}

func code(err error) string {
	var p *errs.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return fmt.Sprint(err)
}

// The person who writes at the number they were passed to is the agent's, not the bot's, and
// what was said before is found from there.
func TestPassIsAcceptedByWriting(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	offer := p.mustPass(t)
	var sent inbox.Message
	p.Do(t, func(tx db.CompanyTx) (err error) {
		sent, err = inbox.GetMessage(t.Context(), tx, p.from, offer.Message)
		return err
	})
	if b := sent.Content.Buttons; len(b) != 1 || b[0].URL != "https://wa.me/573009998877?text=Hola%2C%20sigamos%20por%20aqu%C3%AD." || !strings.Contains(sent.Content.Text, "aceptas") {
		t.Errorf("the offer is %+v", sent.Content)
	}
	if v := p.view(t, p.from); v.State != bots.Human || v.Assignee == nil || v.After != nil || offer.Lane != p.Channel.ID {
		t.Errorf("after the offer: %s, %v, %v, lane %v", v.State, v.Assignee, v.After, offer.Lane)
	}
	to := p.writes(t, p.own, "o1", "Hola, sigamos por aquí.")
	ch, err := p.turn(t, to)()
	if err != nil || ch.Earlier != p.from || ch.Conversation != to {
		t.Fatalf("accepted: %+v, %v", ch, err)
	}
	v, from := p.view(t, to), p.view(t, p.from)
	if v.State != bots.Human || v.Assignee == nil || v.Assignee.ID != p.Ana.String() || v.Contact.ID != from.Contact.ID {
		t.Errorf("the new conversation: %s, %v", v.State, v.Assignee)
	}
	if v.Before == nil || v.Before.Conversation != p.from || v.Before.Channel.ID != p.Channel.ID || from.After == nil || from.After.Conversation != to {
		t.Errorf("before %+v, after %+v", v.Before, from.After)
	}
	if a, b := p.events(t, p.from), p.events(t, to); a != "claimed passing passed" || b != "passed" {
		t.Errorf("events %q and %q", a, b)
	}
	if n := p.Count(t, `select count(*) from pass p join message m on m.id = p.consent_id where m.conversation_id = $1 and m.seq = 1 and p.accepted_at is not null`, to); n != 1 {
		t.Error("the consent is not on record")
	}
	p.writes(t, p.own, "o2", "¿sigues ahí?") // an ordinary message now
	if n := p.Count(t, `select count(*) from turn where conversation_id = $1`, to) + p.Count(t, `select count(*) from message where author_kind = 'bot'`); n != 0 {
		t.Error("the bot had a turn in an accepted conversation")
	}
}

func TestPassHistory(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	third := p.AddNumber(t, "+573005554433")
	p.mustPass(t)
	second := p.writes(t, p.own, "o1", "sigamos")
	if _, err := p.turn(t, second)(); err != nil {
		t.Fatal(err)
	}
	p.writes(t, p.Channel, "m9", "esto va aparte") // after it was passed on
	first := p.from
	p.from = second
	if _, err := p.pass(t, inboxtest.Way, "k", p.Ana, third.ID, "escríbeme allá"); err != nil {
		t.Fatal(err)
	}
	last := p.writes(t, third, "t1", "aquí estoy")
	if _, err := p.turn(t, last)(); err != nil {
		t.Fatal(err)
	}
	want := []string{"2/4 passing", "2/3 escríbeme allá", "2/2 passed", "2/1 sigamos", "1/4 passing", "1/3 ", "1/2 claimed", "1/1 quiero información"}
	for _, page := range []int{1, 3, 4, 100} {
		var got []string
		var before *inbox.HistoryPlace
		for {
			var lines []inbox.HistoryLine
			p.Do(t, func(tx db.CompanyTx) (err error) {
				lines, err = inbox.History(t.Context(), tx, last, before, page)
				return err
			})
			if len(lines) == 0 {
				break
			}
			for _, l := range lines {
				nth, text := 2, l.Content.Text
				if l.Channel.ID == p.Channel.ID && l.Conversation == first {
					nth = 1
				}
				if nth == 1 && l.Content.Type == chat.Buttons {
					text = ""
				}
				got = append(got, fmt.Sprintf("%d/%d %s", nth, l.Seq, text))
			}
			l := lines[len(lines)-1]
			before = &inbox.HistoryPlace{Conversation: l.Conversation, Seq: l.Seq}
		}
		if !slices.Equal(got, want) {
			t.Errorf("by pages of %d: %q\nwant %q", page, got, want)
		}
	}
}

// To and fro between two numbers: each line is told once, and it ends.
func TestPassToAndFro(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	back := p.AddNumber(t, "+573005554433")
	second := p.goesOn(t, p.own, "1")
	p.from = second
	p.from = p.goesOn(t, back, "2")
	p.from = p.goesOn(t, p.own, "3")
	p.goesOn(t, back, "4")
	p.Do(t, func(tx db.CompanyTx) error {
		lines, err := inbox.History(t.Context(), tx, second, nil, 100)
		seen := map[id.Message]bool{}
		for _, l := range lines {
			if seen[l.ID] || l.Conversation == second {
				t.Errorf("line %d of %s is told twice", l.Seq, l.Channel.Name)
			}
			seen[l.ID] = true
		}
		if len(lines) == 0 {
			t.Error("no history")
		}
		return err
	})
}

func TestPassRefusals(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	company, other, _, _, _ := p.AddCompany(t, "Dos")
	theirs := p.AddNumberOf(t, company, "+573007776655")
	unlinked, off := p.AddNumber(t, ""), p.AddNumber(t, "+573004443322")
	p.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set enabled = false where id = $1`, off.ID)
		return err
	})
	closedWindow := inbox.Way{Capabilities: func(c channels.Channel) channels.Capabilities {
		caps := inboxtest.Way.Capabilities(c)
		caps.Start, caps.ReplyWindow = channels.ByTemplate, time.Nanosecond
		return caps
	}}
	for _, c := range []struct {
		name string
		way  inbox.Way
		to   id.Channel
		key  string
		want string
	}{
		{"another company's", inboxtest.Way, theirs.ID, "1", "not_found"},
		{"another company's, no session", inboxtest.Way, other.ID, "1", "not_found"},
		{"no such channel", inboxtest.Way, id.New[id.Channel](), "1", "not_found"},
		{"the same channel", inboxtest.Way, p.Channel.ID, "1", "pass.same_channel"},
		{"no number", inboxtest.Way, unlinked.ID, "1", "pass.no_number"},
		{"switched off", inboxtest.Way, off.ID, "1", "pass.no_number"},
		{"outside the window", closedWindow, p.own.ID, "1", "window.template"},
		{"no key", inboxtest.Way, p.own.ID, "", "idempotency.missing"},
	} {
		if _, err := p.pass(t, c.way, c.key, p.Ana, c.to, ""); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if n := p.Count(t, `select count(*) from pass`) + p.Count(t, `select count(*) from outbox`); n != 0 || p.view(t, p.from).State != bots.WithBot {
		t.Error("a refused pass left something behind")
	}
	p.mustPass(t)
	if _, err := p.pass(t, inboxtest.Way, "2", id.New[id.User](), p.own.ID, ""); code(err) != "conversation.claimed" {
		t.Errorf("a colleague's conversation: %v", err)
	}
	p.from = p.Write(t, "anónima", "x1", "hola").Conversation
	if _, err := p.pass(t, inboxtest.Way, "3", p.Ana, p.own.ID, ""); code(err) != "pass.unknown_person" {
		t.Errorf("somebody without a phone: %v", err)
	}
	p.Do(t, func(tx db.CompanyTx) error {
		_, err := inbox.Close(t.Context(), tx, p.from, inbox.Actor{User: p.Ana})
		return err
	})
	if _, err := p.pass(t, inboxtest.Way, "4", p.Ana, unlinked.ID, ""); err == nil {
		t.Error("passed on from a closed conversation")
	}
}

func TestPassOncePerKey(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	first, err := p.pass(t, inboxtest.Way, "k", p.Ana, p.own.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.pass(t, inboxtest.Way, "k", p.Ana, p.own.ID, "")
	if err != nil || again.Message != first.Message {
		t.Errorf("a repeat gave %v, %v; want %v", again.Message, err, first.Message)
	}
	other := p.AddNumber(t, "+573005554433")
	if _, err := p.pass(t, inboxtest.Way, "k2", p.Ana, other.ID, ""); err != nil {
		t.Fatal(err)
	}
	if n := p.Count(t, `select count(*) from pass where to_channel = $1`, other.ID); n != 1 || p.Count(t, `select count(*) from pass`) != 1 {
		t.Error("a new offer did not take the place of the open one")
	}
	if n := p.Count(t, `select count(*) from outbox`); n != 2 {
		t.Errorf("%d messages are queued, want 2", n)
	}
}

// What ends an offer: the bot answers as always.
func TestPassEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, p *passing){
		"closed": func(t *testing.T, p *passing) {
			p.Do(t, func(tx db.CompanyTx) error {
				_, err := inbox.Close(t.Context(), tx, p.from, inbox.Actor{User: p.Ana})
				return err
			})
		},
		"a month old": func(t *testing.T, p *passing) {
			p.Do(t, func(tx db.CompanyTx) error {
				_, err := tx.Exec(t.Context(), `update pass set asked_at = now() - interval '31 days'`)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPassing(t)
			p.mustPass(t)
			to := p.writes(t, p.own, "o1", "sigamos")
			early := p.turn(t, to)
			end(t, p)
			if _, err := early(); !errors.Is(err, inbox.ErrStale) {
				t.Errorf("a turn loaded before the end: %v, want ErrStale", err)
			}
			if ch, err := p.turn(t, to)(); err != nil || !ch.Earlier.IsZero() {
				t.Errorf("the turn after it: %+v, %v", ch, err)
			}
			if v := p.view(t, to); v.State != bots.WithBot || v.Before != nil {
				t.Errorf("it went to %s", v.State)
			}
		})
	}
}

// An offer made while the bot thinks about the very message that accepts it.
func TestPassWhileTheBotThinks(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	to := p.writes(t, p.own, "o1", "hola")
	speak := p.turn(t, to)
	p.mustPass(t)
	if _, err := speak(); !errors.Is(err, inbox.ErrStale) {
		t.Errorf("the bot spoke: %v", err)
	}
	if _, err := p.turn(t, to)(); err != nil {
		t.Fatal(err)
	}
	if v := p.view(t, to); v.State != bots.Human {
		t.Errorf("state %s", v.State)
	}
}

func TestPassWhoGetsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(ctx context.Context, p *passing, tx db.CompanyTx, to id.Conversation) error
		left      bool
		state     bots.State
		bea       bool
		events    string
	}{
		"the agent has left": {func(ctx context.Context, p *passing, tx db.CompanyTx, _ id.Conversation) error {
			_, err := inbox.Unassign(ctx, tx, p.from, inbox.Actor{User: p.Ana})
			return err
		}, true, bots.Waiting, false, "passed handoff.left"},
		"a colleague has it": {func(ctx context.Context, p *passing, tx db.CompanyTx, to id.Conversation) error {
			_, err := inbox.Claim(ctx, tx, to, inbox.Actor{User: p.Bea})
			return err
		}, false, bots.Human, true, "claimed passed"},
		"the bot is paused": {func(ctx context.Context, p *passing, tx db.CompanyTx, to id.Conversation) error {
			_, err := inbox.Pause(ctx, tx, to, inbox.Actor{User: p.Bea}, time.Now().Add(time.Hour))
			return err
		}, false, bots.Human, false, "paused passed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPassing(t)
			to := p.writes(t, p.own, "o0", "hola") // known there already
			if _, err := p.turn(t, to)(); err != nil {
				t.Fatal(err)
			}
			p.mustPass(t)
			p.Do(t, func(tx db.CompanyTx) error { return c.meanwhile(t.Context(), p, tx, to) })
			if c.left {
				p.leaves(t, p.Ana)
			}
			p.writes(t, p.own, "o1", "sigamos")
			if _, err := p.turn(t, to)(); err != nil {
				t.Fatal(err)
			}
			v := p.view(t, to)
			if v.State != c.state || (v.Assignee != nil && v.Assignee.ID == p.Bea.String()) != c.bea || v.Before == nil {
				t.Errorf("state %s, assignee %v, before %v", v.State, v.Assignee, v.Before)
			}
			if got := p.events(t, to); got != c.events {
				t.Errorf("events %q, want %q", got, c.events)
			}
			if n := p.Count(t, `select count(*) from turn where conversation_id = $1`, to); n != 0 {
				t.Error("the turn is left")
			}
		})
	}
}

// leaves takes a member out of the company.
func (p *passing) leaves(t *testing.T, u id.User) {
	t.Helper()
	owner, err := pgx.Connect(t.Context(), p.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context())
	if _, err := owner.Exec(t.Context(), `delete from member where user_id = $1`, u); err != nil {
		t.Fatal(err)
	}
}

// Two nodes commit the accepting turn at once, while messages come in on both threads and
// the first is written to: once, and nobody waits for each other in a circle.
func TestPassRace(t *testing.T) {
	t.Parallel()
	p := newPassing(t)
	p.mustPass(t)
	to := p.writes(t, p.own, "o1", "sigamos")
	commit := p.turn(t, to)
	var accepted atomic.Int32
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			switch _, err := commit(); {
			case err == nil:
				accepted.Add(1)
			case !errors.Is(err, inbox.ErrStale):
				t.Error(err)
			}
		})
	}
	for i := range 20 {
		wg.Go(func() { p.writes(t, p.Channel, fmt.Sprint("r", i), "otra cosa") })
		wg.Go(func() { p.writes(t, p.own, fmt.Sprint("s", i), "y otra") })
	}
	wg.Wait()
	if accepted.Load() != 1 {
		t.Errorf("accepted %d times", accepted.Load())
	}
	if n := p.Count(t, `select count(*) from message where kind = 'event' and content ->> 'text' = 'passed'`); n != 2 {
		t.Errorf("%d events, want one in each thread", n)
	}
	if n := p.Count(t, `select count(*) from (select 1 from message where kind <> '' group by conversation_id, seq having count(*) > 1) twice`); n != 0 {
		t.Errorf("%d numbers were given twice", n)
	}
}
