package session_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/session"
)

func TestEachIsHeldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.add(12, true)
	a, b := w.keeper(w.DB, "a"), w.keeper(w.DB, "b")
	w.run(a)
	w.run(b)
	w.eventually("all online", func() bool { return len(a.Held())+len(b.Held()) == len(all) })
	for _, c := range a.Held() {
		if slices.Contains(b.Held(), c) {
			t.Errorf("%s is held twice", c)
		}
	}
	if n := w.p.connects(); n != len(all) {
		t.Errorf("%d connects for %d sessions", n, len(all))
	}
}

func TestNoMoreThanMax(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(3, true)
	a := w.keeper(w.DB, "a", func(c *session.Config) { c.Max = 2 })
	w.run(a)
	w.eventually("full", func() bool { return len(a.Held()) == 2 })
	b := w.keeper(w.DB, "b")
	w.run(b)
	w.eventually("the rest is the other's", func() bool { return len(b.Held()) == 1 })
	if n := w.p.connects(); n != 3 {
		t.Errorf("%d connects, want 3", n)
	}
}

// A node that dies leaves what it wrote last; the next one finds the silence by it.
func TestDeadNodesSessionsMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.p.doubles = true // the dead node's socket is still open
	c := w.add(1, true)[0]
	own, err := db.Open(t.Context(), w.Owner, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := w.keeper(own, "a")
	w.run(a)
	w.online(a, c)
	own.Close() // it can neither renew nor write
	w.exec(`update channel_session set lease_until = now(), online_at = now() - interval '1 minute' where id = $1`, c)
	b := w.keeper(w.DB, "b")
	w.run(b)
	w.online(b, c)
	w.is(c, "lease_node = 'b' and gap_from is null")
	if n := w.Count(t, `select count(*) from session_gap where channel_id = $1 and code = 'node_lost' and to_at - from_at between interval '59 seconds' and interval '2 minutes'`, c); n != 1 {
		t.Errorf("%d gaps on record, want one of a minute", n)
	}
	w.eventually("the dead node notices by itself", func() bool { return len(a.Held()) == 0 })
}

func TestStoppedNodeGivesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	a := w.keeper(w.DB, "a")
	stop := w.run(a)
	w.online(a, c)
	stop()
	w.is(c, "phase = 'retrying' and code = 'node_stopped' and lease_until <= now() and gap_from is not null")
	b := w.keeper(w.DB, "b")
	w.run(b)
	w.online(b, c)
	if n := w.Count(t, `select count(*) from session_gap`); n != 0 {
		t.Errorf("%d gaps on record for a blink", n)
	}
}

// Whoever lost its lease writes nothing, passes nothing and is closed.
func TestLostLease(t *testing.T) {
	t.Parallel()
	for name, notice := range map[string]func(*socket){
		"noticed at a write": func(s *socket) {
			s.report(channels.SessionState{Phase: channels.Down, Code: "banned", Number: "+1"})
		},
		"noticed at a renewal": func(*socket) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.add(1, true)[0]
			k := w.keeper(w.DB, "a")
			w.run(k)
			s := w.online(k, c)
			w.exec(`update channel_session set fence = nextval('fence'), lease_node = 'other', lease_until = now() + interval '1 hour', online_at = null where id = $1`, c)
			notice(s)
			w.eventually("the socket is closed", func() bool { return s.ctx.Err() != nil })
			s.report(channels.SessionState{Phase: channels.Down, Code: "banned", Number: "+1"})
			if err := s.sink(t.Context(), channels.Inbound{}); err == nil {
				t.Error("an event passed after the lease was lost")
			}
			w.eventually("closed", func() bool { return w.p.socket(c) == nil })
			if len(k.Held()) != 0 {
				t.Error("it is still held")
			}
			w.is(c, "phase = 'online' and code = '' and number = '+5215550001' and online_at is null and lease_node = 'other' and stopped is null")
		})
	}
}

func TestEventsPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a", func(cfg *session.Config) {
		cfg.Sink = func(ctx context.Context, ev ...channels.Inbound) error {
			_, err := w.Ingest.Accept(ctx, ev[0])
			return err
		}
	})
	w.run(k)
	s := w.online(k, c)
	ev := w.Event("eva", "1", "hola")
	ev.Channel.ID, ev.Channel.Kind = c, "socket"
	if err := s.sink(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	if n := w.Count(t, `select count(*) from message where channel_id = $1`, c); n != 1 {
		t.Errorf("%d messages stored", n)
	}
}

// A deaf session is connected again without a person, and what it missed is on record.
func TestDeafIsRestarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	w.p.mu.Lock()
	w.p.quiet = true // the next connect waits for our word
	w.p.mu.Unlock()
	s.report(channels.SessionState{Phase: channels.Deaf})
	w.is(c, "phase = 'deaf' and gap_from is not null")
	s.end <- channels.ErrDeaf
	w.is(c, "phase = 'connecting' and restarts = 1 and code = 'deaf' and linked and tries = 1")
	w.exec(`update channel_session set gap_from = gap_from - interval '30 seconds' where id = $1`, c)
	w.eventually("connected again", func() bool { n := w.p.socket(c); return n != nil && n != s })
	again := w.p.socket(c)
	k.Fetched(c, 3)
	again.report(channels.SessionState{Phase: channels.Online})
	w.is(c, "phase = 'online' and gap_from is null and code = '' and number = '+5215550001'")
	w.eventually("the gap with what was fetched", func() bool {
		return w.Count(t, `select count(*) from session_gap where channel_id = $1 and code = 'deaf' and to_at - from_at >= interval '30 seconds' and fetched = 3`, c) == 1
	})
}

// Down waits for a person: nothing connects, nothing leaves, nothing moves to another number.
func TestDownStaysDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cs := w.add(2, true)
	c := cs[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	w.online(k, cs[1])
	s.report(channels.SessionState{Phase: channels.Down, Code: "banned", Detail: "reason 101"})
	s.end <- &errs.Send{Class: errs.ChannelDown, Code: "banned", Err: errors.New("banned")}
	w.is(c, "phase = 'down' and code = 'banned' and detail = 'reason 101' and stopped = 'banned' and lease_until <= now() and linked")
	w.exec(`update channel_session set lease_until = now() - interval '1 day', created_at = now() - interval '1 day' where id = $1`, c)
	for range 3 { // each look is over before the next begins
		before := w.p.connects()
		other := w.add(1, true)[0]
		k.Wake()
		w.online(k, other)
		if n := w.p.connects(); n != before+1 {
			t.Fatalf("%d connects, want one of the new session alone", n-before)
		}
	}
	w.Do(t, func(tx db.CompanyTx) error { return session.Restart(t.Context(), tx, c) })
	k.Wake()
	w.online(k, c)
	w.is(c, "stopped is null and code = '' and tries = 0")
}

func TestRestartLeavesOtherStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	w.exec(`update channel_session set phase = 'down', code = 'banned' where id = $1`, c)
	w.exec(`update lane set stopped = 'quality' where id = $1`, c)
	w.Do(t, func(tx db.CompanyTx) error { return session.Restart(t.Context(), tx, c) })
	w.is(c, "stopped = 'quality' and phase = 'connecting'")
	none := w.add(1, false)[0]
	err := w.DB.ForCompany(t.Context(), w.Company, func(tx db.CompanyTx) error { return session.Restart(t.Context(), tx, none) })
	if !errs.Is(err, "session.not_linked") {
		t.Errorf("restarting what is not linked: %v", err)
	}
}

// Restarting one that is online takes it from its holder before anybody takes it again.
func TestRestartOnline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	w.Do(t, func(tx db.CompanyTx) error { return session.Restart(t.Context(), tx, c) })
	w.eventually("the socket is closed", func() bool { return s.ctx.Err() != nil })
	w.eventually("connected again", func() bool { n := w.p.socket(c); return n != nil && n != s })
	w.online(k, c)
}

func TestFailuresWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.p.quiet = true
	c := w.add(1, true)[0]
	w.exec(`update channel_session set tries = 30, gap_from = now() - interval '1 hour' where id = $1`, c)
	k := w.keeper(w.DB, "a")
	w.run(k)
	w.eventually("connected", func() bool { return w.p.socket(c) != nil })
	if d := k.Silent(c); d < time.Hour || d > 2*time.Hour {
		t.Errorf("silent for %s, want an hour", d)
	}
	w.p.socket(c).end <- &errs.Send{Code: "dial\x00", Err: errors.New("no \xff route")}
	w.is(c, `phase = 'retrying' and code = 'dial' and detail = 'no  route' and tries = 31 and stopped is null
		and not_before between now() - interval '1 minute' and now() + interval '5 minutes' and gap_from < now() - interval '59 minutes'`)
}

func TestSwitchedOffIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	enable := func(on bool) {
		w.Do(t, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), `update channel set enabled = $2 where id = $1`, c, on)
			return err
		})
	}
	enable(false)
	w.eventually("the socket is closed", func() bool { return s.ctx.Err() != nil })
	w.is(c, "code = 'paused' and gap_from is null and lease_until <= now()")
	enable(true)
	k.Wake()
	w.online(k, c)
}

func TestRemovedIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	w.Do(t, func(tx db.CompanyTx) error { return session.Remove(t.Context(), tx, c) })
	w.eventually("the socket is closed", func() bool { return s.ctx.Err() != nil })
	w.eventually("closed", func() bool { return w.p.socket(c) == nil })
}

// Kinds this program does not know are left to others.
func TestForeignKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(2, true)
	w.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set kind = 'telepathy' where id = $1`, c[0])
		return err
	})
	k := w.keeper(w.DB, "a")
	w.run(k)
	w.online(k, c[1])
	w.is(c[0], "lease_until <= now()")
	if w.p.socket(c[0]) != nil {
		t.Error("it was connected")
	}
}

// Every probe that is answered moves online_at, by the renewals alone.
func TestProofIsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	changed := make(chan id.Channel, 100)
	k := w.keeper(w.DB, "a", func(cfg *session.Config) { cfg.Changed = func(_ id.Company, c id.Channel) { changed <- c } })
	w.run(k)
	s := w.online(k, c)
	w.exec(`update channel_session set online_at = now() - interval '1 hour', tries = 3, phase_at = now() - interval '2 minutes' where id = $1`, c)
	for len(changed) > 0 {
		<-changed
	}
	s.report(channels.SessionState{Phase: channels.Online})
	w.is(c, "online_at > now() - interval '1 minute' and tries = 0")
	if len(changed) != 0 {
		t.Error("a probe was told as a change")
	}
}

// What the database could not take is written when it is back.
func TestWritesAreTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	failed := make(chan struct{}, 100)
	k := w.keeper(w.DB, "a", func(cfg *session.Config) { cfg.Log = slog.New(told{failed}) })
	w.run(k)
	s := w.online(k, c)
	owner, err := pgx.Connect(t.Context(), w.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.WithoutCancel(t.Context()))
	as := func(sql string) {
		t.Helper()
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	as(`alter table channel_session rename to away`)
	s.report(channels.SessionState{Phase: channels.Retrying, Code: "lost_network"})
	<-failed
	as(`alter table away rename to channel_session`)
	w.is(c, "phase = 'retrying' and code = 'lost_network' and gap_from is not null")
}

// told is a log handler that signals each "write sessions".
type told struct{ c chan struct{} }

func (told) Enabled(context.Context, slog.Level) bool { return true }
func (h told) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h told) WithGroup(string) slog.Handler          { return h }
func (h told) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "write sessions" {
		h.c <- struct{}{}
	}
	return nil
}
