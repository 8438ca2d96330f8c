package inbox_test

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

var nopLog = slog.New(slog.DiscardHandler)

// A8: of a hundred who claim at once exactly one wins, and the others are told who.
func TestClaimHasOneWinner(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "una persona")
	agents := []id.User{k.Ana}
	err := k.DB.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		for i := range 99 {
			u := id.New[id.User]()
			if _, err := tx.Exec(t.Context(), `insert into app_user (id, email, name, password_hash) values ($1, $2, $3, 'x')`, u, u.String()+"@x.example", fmt.Sprint("Agente ", i)); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `insert into member (company_id, user_id, role) values ($1, $2, 'agent')`, k.Company, u); err != nil {
				return err
			}
			agents = append(agents, u)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var won, told atomic.Int32
	var wg sync.WaitGroup
	for _, u := range agents {
		wg.Go(func() {
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
				_, err := inbox.Claim(t.Context(), tx, a.Conversation, inbox.Actor{User: u})
				return err
			})
			var p *errs.Problem
			switch {
			case err == nil:
				won.Add(1)
			case errors.As(err, &p) && p.Code == "conversation.claimed" && p.Args["name"] != "":
				told.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || told.Load() != 99 {
		t.Errorf("%d won and %d were told who has it, want 1 and 99", won.Load(), told.Load())
	}
}

// A7: a bot's reply and a person's claim race. Whatever the order, nothing of the bot is
// accepted after the claim, and what it had queued before is taken back.
func TestBotNeverSpeaksOverAPerson(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	for i := range 30 {
		a := k.Write(t, fmt.Sprint("eva", i), fmt.Sprint("m", i), "hola")
		fence, version := leaseTurn(t, k, a.Conversation)
		var wg sync.WaitGroup
		wg.Go(func() {
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
				_, err := inbox.Apply(t.Context(), tx, inbox.TurnResult{Way: inboxtest.Way, Conversation: a.Conversation, Fence: fence, Seq: 1, Version: version, Bot: k.Bot,
					Outcome: bots.Outcome{Effects: []bots.Effect{{Say: &bots.Say{Content: chat.Plain("soy el bot")}}}, Trace: bots.Trace{Source: "faq"}}})
				return err
			})
			if err != nil && !errors.Is(err, inbox.ErrStale) {
				t.Error(err)
			}
		})
		wg.Go(func() {
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
				_, err := inbox.Claim(t.Context(), tx, a.Conversation, inbox.Actor{User: k.Ana})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
	}
	if n := k.Count(t, `select count(*) from outbox`); n != 0 {
		t.Errorf("%d messages of the bot still wait to be sent", n)
	}
	if n := k.Count(t, `select count(*) from message b join message c on c.conversation_id = b.conversation_id
		where b.author_kind = 'bot' and c.kind = 'event' and c.content ->> 'text' = 'claimed' and b.seq > c.seq`); n != 0 {
		t.Errorf("the bot spoke %d times after the claim", n)
	}
	if n := k.Count(t, `select count(*) from message where author_kind = 'bot' and state <> 'cancelled'`); n != 0 {
		t.Errorf("%d messages of the bot were not taken back", n)
	}
	if n := k.Count(t, `select count(*) from turn`); n != 0 {
		t.Errorf("%d turns are left", n)
	}
}

func leaseTurn(t *testing.T, k *inboxtest.Kit, c id.Conversation) (fence, version int64) {
	t.Helper()
	err := k.DB.Direct(db.Pipeline).QueryRow(t.Context(), `update turn t set fence = nextval('fence'), due_at = now() + interval '10 seconds'
		from conversation c where c.id = t.conversation_id and t.conversation_id = $1 returning t.fence, c.version`, c).Scan(&fence, &version)
	if err != nil {
		t.Fatal(err)
	}
	return fence, version
}

func TestApplyNeedsItsFence(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	fence, version := leaseTurn(t, k, a.Conversation)
	leaseTurn(t, k, a.Conversation) // another node took it over
	err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
		_, err := inbox.Apply(t.Context(), tx, inbox.TurnResult{Way: inboxtest.Way, Conversation: a.Conversation, Fence: fence, Seq: 1, Version: version, Bot: k.Bot,
			Outcome: bots.Outcome{Effects: []bots.Effect{{Say: &bots.Say{Content: chat.Plain("tarde")}}}}})
		return err
	})
	if !errors.Is(err, inbox.ErrStale) {
		t.Fatalf("err = %v, want ErrStale", err)
	}
	if n := k.Count(t, `select count(*) from message where direction = 'out'`); n != 0 {
		t.Error("a node without its lease wrote")
	}
}

func TestReplyIsIdempotent(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	key := id.New[id.Message]().String()
	ids := map[id.Message]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
				ch, err := inbox.Reply(t.Context(), tx, inboxtest.Way, a.Conversation, inbox.Actor{User: k.Ana}, key, chat.Plain("Hola, Eva"))
				mu.Lock()
				defer mu.Unlock()
				ids[ch.Message] = true
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Errorf("one key gave %d messages", len(ids))
	}
	if n := k.Count(t, `select count(*) from outbox where priority = 1`); n != 1 {
		t.Errorf("%d intents to send, want 1", n)
	}
}

// Every command in every state answers as the handoff machine says, and another company's
// conversation is as missing as one that never was.
func TestCommandsFollowTheMachine(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	commands := map[bots.Event]func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error){
		bots.Claimed: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Claim(t.Context(), tx, c, inbox.Actor{User: k.Ana})
		},
		bots.Released: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Release(t.Context(), tx, c, inbox.Actor{User: k.Ana})
		},
		bots.Unassigned: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Unassign(t.Context(), tx, c, inbox.Actor{User: k.Ana})
		},
		bots.Close: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Close(t.Context(), tx, c, inbox.Actor{User: k.Ana})
		},
		bots.Reopen: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Reopen(t.Context(), tx, c, inbox.Actor{User: k.Ana})
		},
		bots.Pause: func(tx db.CompanyTx, c id.Conversation) (inbox.Change, error) {
			return inbox.Pause(t.Context(), tx, c, inbox.Actor{User: k.Ana}, time.Now().Add(time.Hour))
		},
	}
	set := map[bots.State]string{
		bots.WithBot: `update conversation set state = 'bot', assignee_id = null, paused_until = null, waiting_since = null, closed_at = null where id = $1`,
		bots.Waiting: `update conversation set state = 'waiting', assignee_id = null, paused_until = null, waiting_since = now(), closed_at = null where id = $1`,
		bots.Human:   `update conversation set state = 'human', assignee_id = (select user_id from member where role = 'agent'), paused_until = null, waiting_since = null where id = $1`,
		bots.Paused:  `update conversation set state = 'paused', assignee_id = null, paused_until = now() + interval '1 hour', waiting_since = null where id = $1`,
		bots.Closed:  `update conversation set state = 'closed', assignee_id = null, paused_until = null, waiting_since = null, closed_at = now() where id = $1`,
	}
	other, _, _, _, _ := k.AddCompany(t, "Dos")
	for from, sql := range set {
		for ev, run := range commands {
			c := k.Write(t, fmt.Sprint(from, ev), fmt.Sprint(from, ev), "hola").Conversation
			k.Do(t, func(tx db.CompanyTx) error { _, err := tx.Exec(t.Context(), sql, c); return err })
			want, refused := from.Next(ev)
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error { _, err := run(tx, c); return err })
			if (err != nil) != (refused != nil) {
				t.Errorf("%s in %s: %v, the machine says %v", ev, from, err, refused)
			}
			var got string
			k.Do(t, func(tx db.CompanyTx) error {
				return tx.QueryRow(t.Context(), `select state from conversation where id = $1`, c).Scan(&got)
			})
			if refused == nil && got != string(want) {
				t.Errorf("%s in %s led to %s, want %s", ev, from, got, want)
			}
			err = k.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error { _, err := run(tx, c); return err })
			if !errs.Is(err, "not_found") {
				t.Errorf("%s on another company's conversation: %v, want not_found", ev, err)
			}
		}
	}
}

func TestNoReplyOnADeletedChannel(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set deleted_at = now()`)
		return err
	})
	err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
		_, err := inbox.Reply(t.Context(), tx, inboxtest.Way, a.Conversation, inbox.Actor{User: k.Ana}, id.New[id.Message]().String(), chat.Plain("¿sigues ahí?"))
		return err
	})
	if !errs.Is(err, "conversation.channel_gone") {
		t.Errorf("err = %v", err)
	}
}

func TestPauseElapses(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	c := k.Write(t, "eva", "1", "hola").Conversation
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update conversation set state = 'paused', paused_until = now() - interval '1 second' where id = $1`, c)
		return err
	})
	over, err := inbox.Elapse(t.Context(), k.DB.Direct(db.Pipeline))
	if err != nil || len(over) != 1 || over[0].Conversation != c {
		t.Fatalf("Elapse = %v, %v", over, err)
	}
	if n := k.Count(t, `select count(*) from conversation where state = 'bot'`); n != 1 {
		t.Error("the bot did not get the conversation back")
	}
}

// What the pipeline's role must not see, the database refuses.
func TestPipelineCannotSee(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	for _, sql := range []string{
		`select * from app_user`, `select * from member`, `select * from session`, `select * from audit`, `select * from faq`,
		`select * from rule`, `select * from file`, `select * from label`, `select address from company`, `select settings from bot`,
		`select sealed_secret from channel`, `select notes from contact`, `select attributes from contact`,
		`update contact set name = 'x'`, `delete from message`, `update message set content = '{}'`, `delete from conversation`,
		`update delivery_event set state = 'x'`, `delete from delivery_event`, `create table x ()`,
	} {
		if _, err := k.DB.Direct(db.Pipeline).Exec(t.Context(), sql); err == nil {
			t.Errorf("the pipeline's role may: %s", sql)
		}
	}
	for _, sql := range []string{`select * from message`, `select * from conversation`, `select * from contact`, `select * from channel`} {
		if _, err := k.DB.Direct(db.Door).Exec(t.Context(), sql); err == nil {
			t.Errorf("the door's role may: %s", sql)
		}
	}
}

// Without a company there is nothing to see, and another company's rows are not there.
func TestCompaniesAreApart(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "secreto")
	other, _, _, _, _ := k.AddCompany(t, "Dos")
	for _, table := range []string{"message", "conversation", "contact", "identity", "channel", "bot", "lane", "turn", "message_ref"} {
		err := k.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
			var n int
			if err := tx.QueryRow(t.Context(), `select count(*) from `+table+` where company_id = $1`, k.Company).Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				t.Errorf("%s shows %d rows of another company", table, n)
			}
			return nil
		})
		if err != nil {
			t.Error(table, err)
		}
	}
	err := k.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `insert into label (id, company_id, name, color) values ($1, $2, 'x', '#000000')`, id.New[id.Label](), k.Company)
		return err
	})
	if err == nil {
		t.Error("a row could be written into another company")
	}
	err = k.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `insert into conversation_label (conversation_id, label_id, company_id) values ($1, $2, $3)`, a.Conversation, id.New[id.Label](), other)
		return err
	})
	if err == nil {
		t.Error("a row could point into another company")
	}
}
