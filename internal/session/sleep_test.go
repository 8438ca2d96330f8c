package session_test

import (
	"testing"
	"time"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/session"
)

// needed makes a channel one that is connected only when needed, or always again.
func (w *world) needed(c id.Channel, connect string) {
	w.t.Helper()
	w.Do(w.t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(w.t.Context(), `update channel set settings = jsonb_build_object('connect', $2::text) where id = $1`, c, connect)
		return err
	})
}

// sleeping brings a session online and makes it fall asleep, as if it had been quiet for long.
func (w *world) sleeping(k *session.Keeper) id.Channel {
	w.t.Helper()
	c := w.add(1, true)[0]
	w.needed(c, channels.ConnectNeeded)
	s := w.online(k, c)
	w.is(c, "active_at > now() - interval '1 minute'")
	w.lull(c)
	w.eventually("the socket is closed", func() bool { return s.ctx.Err() != nil })
	w.is(c, `phase = 'asleep' and code = '' and gap_from is null and tries = 0 and lease_until <= now()
		and not_before between now() + interval '13 minutes' and now() + interval '17 minutes'`)
	return c
}

// lull moves a channel's last traffic back until the keeper's word that it came online, which
// its next renewal writes, has been overtaken.
func (w *world) lull(c id.Channel) {
	w.t.Helper()
	w.eventually("asleep", func() bool {
		w.exec(`update channel_session set active_at = now() - interval '3 minutes' where id = $1 and phase = 'online'`, c)
		return w.Count(w.t, `select count(*) from channel_session where id = $1 and phase = 'asleep'`, c) == 1
	})
}

// A sleeping session wakes when its time has come, and falls asleep again.
func TestSleepsAndCollects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.keeper(w.DB, "a")
	w.run(k)
	always := w.add(1, true)[0]
	w.online(k, always)
	c := w.sleeping(k)
	view := w.view(c)
	if view.Phase != channels.Asleep || view.WakesAt == nil || time.Until(*view.WakesAt) < 10*time.Minute {
		t.Errorf("its owner sees %q until %v, want asleep and when it wakes", view.Phase, view.WakesAt)
	}
	if w.view(always).WakesAt != nil {
		t.Error("one that is awake has a time to wake")
	}
	w.exec(`update channel_session set not_before = now() where id = $1`, c)
	w.online(k, c)
	w.lull(c)
	if n := w.Count(t, `select count(*) from session_gap`); n != 0 {
		t.Errorf("%d gaps on record, but it slept on purpose", n)
	}
	w.is(always, "phase = 'online'")
}

// What waits to be sent wakes it, and keeps it awake until it has gone.
func TestWakesToSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.keeper(w.DB, "a")
	w.run(k)
	w.online(k, w.add(1, true)[0]) // so that this node has its share
	c := w.sleeping(k)
	w.exec(`update lane set stopped = 'quality' where id = $1`, c)
	got := w.Write(t, "eva", "1", "hola")
	w.exec(`insert into outbox (message_id, company_id, lane_id, conversation_id, priority) values ($1, $2, $3, $4, 1)`, got.Message, w.Company, c, got.Conversation)
	other := w.add(1, true)[0]
	w.online(k, other) // a look is over: it sleeps on, since nothing may leave by its lane
	w.is(c, "phase = 'asleep'")
	w.exec(`update lane set stopped = null where id = $1`, c)
	w.online(k, c)
	w.exec(`update channel_session set active_at = now() - interval '1 hour' where id = $1`, c)
	w.is(c, "phase = 'online' and active_at > now() - interval '1 minute'")
	w.exec(`delete from outbox where lane_id = $1`, c)
	w.lull(c)
}

// Whoever wants it connected always again, or at once, has it.
func TestWokenByItsOwner(t *testing.T) {
	t.Parallel()
	for name, wake := range map[string]func(*world, id.Channel){
		"always again": func(w *world, c id.Channel) { w.needed(c, channels.ConnectAlways) },
		"restarted": func(w *world, c id.Channel) {
			w.Do(w.t, func(tx db.CompanyTx) error { return session.Restart(w.t.Context(), tx, c) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			k := w.keeper(w.DB, "a")
			w.run(k)
			c := w.sleeping(k)
			wake(w, c)
			k.Wake()
			w.online(k, c)
		})
	}
}

func (w *world) view(c id.Channel) (out session.View) {
	w.t.Helper()
	w.Do(w.t, func(tx db.CompanyTx) error {
		list, err := session.List(w.t.Context(), tx)
		for _, v := range list {
			if v.Channel == c {
				out = v
			}
		}
		return err
	})
	return out
}

// A node that comes later is given what is quiet, two at a time, until the parts are equal.
func TestHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.add(5, true)
	a := w.keeper(w.DB, "a")
	w.run(a)
	w.eventually("one has all", func() bool { return len(a.Held()) == len(all) })
	for _, c := range all {
		w.is(c, "phase = 'online' and active_at is not null")
	}
	b := w.keeper(w.DB, "b")
	w.run(b)
	// Neither what came online just now is moved, nor what something goes through.
	for _, c := range all[:3] {
		w.exec(`update channel_session set phase_at = now() - interval '1 hour' where id = $1`, c)
	}
	w.eventually("two have moved", func() bool {
		for _, c := range all[1:] { // one by one, for the keepers write them in an order of their own
			w.exec(`update channel_session set active_at = now() - interval '5 minutes' where id = $1 and lease_node = 'a'`, c)
		}
		return len(b.Held()) == 2
	})
	for i, want := range []string{"a", "b", "b", "a", "a"} {
		w.is(all[i], "phase = 'online' and lease_node = '"+want+"'")
	}
	if n := len(a.Held()); n != 3 {
		t.Errorf("the first node holds %d, want 3", n)
	}
}

// Nobody hands over to a node that is full.
func TestHandsNothingToTheFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := w.add(3, true)
	a := w.keeper(w.DB, "a")
	w.run(a)
	w.eventually("one has all", func() bool { return len(a.Held()) == len(all) })
	w.exec(`insert into session_node (node, room, seen_at) values ('full', 0, now() + interval '1 hour')`)
	before := w.p.connects()
	for range 2 { // a renewal is over when a session's proof is on record
		for _, c := range all {
			w.exec(`update channel_session set phase_at = now() - interval '1 hour', active_at = now() - interval '5 minutes', online_at = null where id = $1`, c)
		}
		w.p.socket(all[0]).report(channels.SessionState{Phase: channels.Online})
		w.is(all[0], "online_at is not null")
	}
	if n := w.p.connects(); n != before {
		t.Errorf("%d sessions were moved", n-before)
	}
}
