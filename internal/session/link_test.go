package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/session"
)

// pair links with the given number.
func pair(number string) func(context.Context, channels.Channel, func(channels.LinkStep)) error {
	return func(_ context.Context, _ channels.Channel, step func(channels.LinkStep)) error {
		step(channels.LinkStep{Kind: "qr", Payload: "code"})
		step(channels.LinkStep{Kind: "done", Number: number, Name: "Tienda"})
		return nil
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, false)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	scanned := make(chan struct{})
	w.p.link = func(ctx context.Context, ch channels.Channel, step func(channels.LinkStep)) error {
		step(channels.LinkStep{Kind: "qr", Payload: "code"})
		<-scanned
		return pair("+5215550001")(ctx, ch, step)
	}
	steps := make(chan channels.LinkStep, 10)
	result := make(chan error, 1)
	go func() {
		result <- k.Link(t.Context(), w.Company, c, "qr", "", func(s channels.LinkStep) { steps <- s })
	}()
	<-steps
	w.is(c, "not linked and phase = 'unlinked' and lease_node = 'a'")
	if w.p.connects() != 0 {
		t.Error("a channel being linked was connected")
	}
	close(scanned)
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	var last channels.LinkStep
	for len(steps) > 0 {
		last = <-steps
	}
	if last.Kind != "done" || last.Number != "+5215550001" {
		t.Errorf("the last step is %+v", last)
	}
	w.online(k, c)
	w.is(c, "linked and number = '+5215550001' and name = 'Tienda' and exists (select from channel c where c.id = s.id and c.ref = '+5215550001')")
	if err := k.Link(t.Context(), w.Company, c, "qr", "", func(channels.LinkStep) {}); !errs.Is(err, "session.linked") {
		t.Errorf("linking what is linked: %v", err)
	}
	other := w.add(1, false)[0]
	w.p.link = pair("+5215550001")
	err := k.Link(t.Context(), w.Company, other, "qr", "", func(s channels.LinkStep) {
		if s.Kind == "done" {
			t.Error("done was shown for a number that is taken")
		}
	})
	if !errs.Is(err, "session.number_taken") {
		t.Errorf("linking a taken number: %v", err)
	}
	if !slices.Equal(w.p.left, []id.Channel{other}) {
		t.Errorf("devices taken off: %v, want the second one's", w.p.left)
	}
	w.is(other, "not linked and lease_until <= now()")
}

func TestLinkOthersChannel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, false)[0]
	stranger, _, _, _, _ := w.AddCompany(t, "Dos")
	k := w.keeper(w.DB, "a")
	if err := k.Link(t.Context(), stranger, c, "qr", "", func(channels.LinkStep) {}); !errs.Is(err, "not_found") {
		t.Errorf("linking another company's channel: %v", err)
	}
	if err := k.Unlink(t.Context(), stranger, c); !errs.Is(err, "not_found") {
		t.Errorf("unlinking another company's channel: %v", err)
	}
}

// Somebody who opens the dialog again gets the newer code; the older attempt ends.
func TestLaterLinkWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, false)[0]
	k := w.keeper(w.DB, "a")
	began := make(chan struct{})
	w.p.link = func(ctx context.Context, _ channels.Channel, _ func(channels.LinkStep)) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}
	first := make(chan error, 1)
	go func() { first <- k.Link(t.Context(), w.Company, c, "qr", "", func(channels.LinkStep) {}) }()
	<-began
	w.p.link = pair("+1")
	if err := k.Link(t.Context(), w.Company, c, "qr", "", func(channels.LinkStep) {}); err != nil {
		t.Fatal(err)
	}
	if err := <-first; !errs.Is(err, "session.superseded") {
		t.Errorf("the first link ended with %v", err)
	}
	w.is(c, "linked and number = '+1'")
}

// A phone that took our device off is linked again; its queue goes on.
func TestLinkAfterLogout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	w.online(k, c).end <- &errs.Send{Class: errs.ChannelDown, Code: "logged_out", Err: errors.New("removed")}
	w.is(c, "phase = 'down' and stopped = 'logged_out'")
	w.p.link = pair("+2")
	if err := k.Link(t.Context(), w.Company, c, "qr", "", func(channels.LinkStep) {}); err != nil {
		t.Fatal(err)
	}
	w.online(k, c)
	w.is(c, "stopped is null and linked")
}

func TestRefusedLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, false)[0]
	k := w.keeper(w.DB, "a")
	refused := errors.New("timeout")
	w.p.link = func(context.Context, channels.Channel, func(channels.LinkStep)) error { return refused }
	if err := k.Link(t.Context(), w.Company, c, "qr", "", func(channels.LinkStep) {}); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	w.is(c, "not linked and lease_until <= now()")
}

func TestNoDeviceIsUnlinked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	w.p.quiet = true
	k := w.keeper(w.DB, "a")
	w.run(k)
	w.eventually("connected", func() bool { return w.p.socket(c) != nil })
	s := w.p.socket(c)
	s.report(channels.SessionState{Phase: channels.Unlinked, Code: "unlinked"})
	s.end <- &errs.Send{Class: errs.ChannelDown, Code: "unlinked", Err: errors.New("no device")}
	w.is(c, "phase = 'unlinked' and not linked and stopped = 'unlinked'")
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.add(1, true)[0]
	k := w.keeper(w.DB, "a")
	w.run(k)
	s := w.online(k, c)
	if err := k.Unlink(t.Context(), w.Company, c); err != nil {
		t.Fatal(err)
	}
	if s.ctx.Err() == nil || w.p.socket(c) != nil || !slices.Equal(w.p.left, []id.Channel{c}) {
		t.Errorf("the socket is still open, or these were unlinked: %v", w.p.left)
	}
	w.is(c, "phase = 'unlinked' and not linked and code = 'unlinked' and stopped = 'unlinked' and lease_until <= now()")
}

func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cs := w.add(3, true)
	k := w.keeper(w.DB, "a")
	w.run(k)
	for _, c := range cs {
		w.online(k, c)
	}
	ev := w.Event("eva", "1", "hola")
	ev.Channel.ID = cs[0]
	if _, err := w.Ingest.Accept(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		w.exec(`insert into session_gap (id, company_id, channel_id, from_at, to_at, code, fetched)
			values (gen_random_uuid(), $1, $2, now() - interval '20 seconds', now() - interval '10 seconds', 'deaf', 2)`, w.Company, cs[0])
	}
	w.exec(`update channel_session set fence = nextval('fence'), lease_until = now() - interval '1 hour', not_before = now() + interval '1 hour' where id = $1`, cs[1])
	w.p.socket(cs[2]).end <- &errs.Send{Class: errs.ChannelDown, Code: "banned", Err: errors.New("x")}
	w.is(cs[2], "phase = 'down'")
	var got []session.View
	w.Do(t, func(tx db.CompanyTx) (err error) {
		got, err = session.List(t.Context(), tx)
		return err
	})
	if len(got) != 3 {
		t.Fatalf("%d sessions, want 3", len(got))
	}
	v := got[0]
	if v.Channel != cs[0] || v.ChannelName != "Canal 0" || v.Kind != "socket" || v.Phase != channels.Online || v.Number != "+5215550001" || v.Node != "a" ||
		v.OnlineAt == nil || v.LastActivityAt == nil || v.Day.In != 1 || v.Day.Out != 0 || len(v.Gaps) != 5 || v.Gaps[0].Fetched != 2 || v.Gaps[0].Code != "deaf" || v.Day.SilentSeconds != 70 {
		t.Errorf("the first session is shown as %+v", v)
	}
	if v := got[1]; v.Phase != channels.Retrying || v.Node != "" {
		t.Errorf("a session nobody holds is shown as %s on %q", v.Phase, v.Node)
	}
	if v := got[2]; v.Phase != channels.Down || v.Code != "banned" || len(v.Gaps) != 0 || v.Gaps == nil {
		t.Errorf("a session that is down is shown as %+v", v)
	}
	stranger, _, _, _, _ := w.AddCompany(t, "Dos")
	err := w.DB.ForCompany(t.Context(), stranger, func(tx db.CompanyTx) (err error) {
		got, err = session.List(t.Context(), tx)
		return err
	})
	if err != nil || len(got) != 0 {
		t.Errorf("another company sees %d sessions, %v", len(got), err)
	}
}
