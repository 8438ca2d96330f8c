package inbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
	"recado/internal/spool"
)

// owner is a connection that may do anything.
func owner(t *testing.T, k *inboxtest.Kit) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), k.Owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// waits returns when somebody waits for a lock.
func waits(t *testing.T, c *pgx.Conn) {
	t.Helper()
	for waiting := false; !waiting; {
		err := c.QueryRow(t.Context(), `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A message that comes while an agent reads the thread stays unread.
func TestMarkReadCountsWhatJustCame(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "1", "hola")
	storing, err := owner(t, k).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = storing.Exec(t.Context(), `update conversation set last_seq = 2, unread = unread + 1`)
	if err == nil {
		_, err = storing.Exec(t.Context(), `insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, content, state)
			select $1, company_id, conversation_id, channel_id, 2, direction, author_kind, content, state from message`, id.New[id.Message]())
	}
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error)
	go func() {
		read <- k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
			_, err := inbox.MarkRead(t.Context(), tx, a.Conversation, 1)
			return err
		})
	}()
	waits(t, owner(t, k))
	if err := storing.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}
	if n := k.Count(t, `select unread from conversation where read_seq = 1`); n != 1 {
		t.Errorf("unread = %d, want 1", n)
	}
}

// One key used in two threads at the same moment is refused, not a fault of ours.
func TestKeyUsedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	eva, leo := k.Write(t, "eva", "1", "hola").Conversation, k.Write(t, "leo", "2", "hola").Conversation
	key := id.New[id.Message]().String()
	reply := func(tx db.CompanyTx, c id.Conversation) error {
		_, err := inbox.Reply(t.Context(), tx, inboxtest.Way, c, inbox.Actor{User: k.Ana}, key, chat.Plain("hola"))
		return err
	}
	second := make(chan error)
	k.Do(t, func(tx db.CompanyTx) error {
		if err := reply(tx, eva); err != nil {
			return err
		}
		go func() {
			second <- k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error { return reply(tx, leo) })
		}()
		waits(t, owner(t, k))
		return nil
	})
	if err := <-second; !errs.Is(err, "idempotency.reused") {
		t.Errorf("the second use: %v", err)
	}
}

// words is a log that passes its lines on.
type words struct {
	slog.Handler
	said chan string
}

func (w words) Enabled(context.Context, slog.Level) bool { return true }
func (w words) Handle(_ context.Context, r slog.Record) error {
	w.said <- r.Message
	return nil
}

// A database that is there but cannot take a message now does not lose it from the spool.
func TestSpoolWaitsForARefusalToPass(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	c := owner(t, k)
	_, err := c.Exec(t.Context(), `create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'no space' using errcode = '53100'; end $$;
		create trigger full_disk before insert on message for each row execute function full_disk()`)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := spool.Open(dir, spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{"id": id.New[id.Message](), "event": k.Event("eva", "1", "hola")})
	if err == nil {
		err = s.Append(b)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	log := words{slog.DiscardHandler, make(chan string, 100)}
	in, err := inbox.NewIntake(t.Context(), k.DB, dir, slog.New(log), inbox.Told{Arrived: func([]inbox.Arrival) {}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { in.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	if said := <-log.said; !strings.Contains(said, "still wait") {
		t.Fatalf("a full disk: %s", said)
	}
	if _, err := c.Exec(t.Context(), `drop trigger full_disk on message`); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for in.Spooled() > 0 {
		<-tick.C
	}
	if n := k.Count(t, `select count(*) from message`); n != 1 {
		t.Errorf("%d messages are stored, want 1", n)
	}
}

// What a person writes while an agent takes the conversation is stored, and the agent has it.
func TestWritingWhileClaimed(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	const people, each = 15, 10
	for p := range people {
		who := fmt.Sprint("eva", p)
		c := k.Write(t, who, fmt.Sprint("first", p), "hola").Conversation
		var wg sync.WaitGroup
		wg.Go(func() {
			err := k.DB.ForCompany(t.Context(), k.Company, func(tx db.CompanyTx) error {
				_, err := inbox.Claim(t.Context(), tx, c, inbox.Actor{User: k.Ana})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
		for i := range each {
			wg.Go(func() {
				if _, err := k.Ingest.Accept(t.Context(), k.Event(who, fmt.Sprint(who, "-", i), "¿hay alguien?")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if n := k.Count(t, `select count(*) from message where direction = 'in'`); n != people*(each+1) {
		t.Errorf("%d messages, want %d", n, people*(each+1))
	}
	if n := k.Count(t, `select count(*) from conversation where state = 'human' and assignee_id = $1`, k.Ana); n != people {
		t.Errorf("the agent has %d conversations, want %d", n, people)
	}
}
