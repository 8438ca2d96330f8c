package session_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
	"recado/internal/session"
)

// platform is a channel kind whose sockets the test holds the other end of.
type platform struct {
	t       testing.TB
	quiet   bool // sockets do not come online by themselves
	doubles bool // a channel may be connected twice: its first holder is thought dead

	mu    sync.Mutex
	live  map[id.Channel]*socket
	calls int
	link  func(ctx context.Context, c channels.Channel, step func(channels.LinkStep)) error
	left  []id.Channel // unlinked, in order
}

// socket is one Connect call.
type socket struct {
	ctx    context.Context
	c      channels.Channel
	sink   channels.Sink
	report func(channels.SessionState)
	end    chan error
}

func newPlatform(t testing.TB) *platform { return &platform{t: t, live: map[id.Channel]*socket{}} }

func (*platform) Kind() channels.Kind                                 { return "socket" }
func (*platform) Capabilities(channels.Channel) channels.Capabilities { return channels.Capabilities{} }
func (*platform) Send(context.Context, channels.Channel, channels.Outgoing) (channels.Sent, error) {
	return channels.Sent{}, nil
}

func (p *platform) Connect(ctx context.Context, c channels.Channel, sink channels.Sink, report func(channels.SessionState)) error {
	s := &socket{ctx: ctx, c: c, sink: sink, report: report, end: make(chan error, 1)}
	p.mu.Lock()
	if p.live[c.ID] != nil && !p.doubles {
		p.t.Errorf("channel %s has two sockets", c.ID)
	}
	p.live[c.ID] = s
	p.calls++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.live[c.ID] == s {
			delete(p.live, c.ID)
		}
	}()
	report(channels.SessionState{Phase: channels.Connecting})
	if !p.quiet {
		report(channels.SessionState{Phase: channels.Online, Number: "+5215550001", Name: "Tienda"})
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.end:
		return err
	}
}

func (p *platform) Link(ctx context.Context, c channels.Channel, _, _ string, step func(channels.LinkStep)) error {
	return p.link(ctx, c, step)
}

func (p *platform) Unlink(_ context.Context, c channels.Channel) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = append(p.left, c.ID)
	return nil
}

func (p *platform) socket(c id.Channel) *socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live[c]
}

func (p *platform) connects() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// world is a company with channels of the platform.
type world struct {
	*inboxtest.Kit
	t testing.TB
	p *platform
}

func newWorld(t testing.TB) *world {
	return &world{Kit: inboxtest.New(t), t: t, p: newPlatform(t)}
}

// add makes n channels, linked or not, in the order in which they are listed.
func (w *world) add(n int, linked bool) []id.Channel {
	w.t.Helper()
	out := make([]id.Channel, n)
	for i := range out {
		out[i] = id.New[id.Channel]()
	}
	slices.SortFunc(out, func(a, b id.Channel) int { return bytes.Compare(a[:], b[:]) })
	w.Do(w.t, func(tx db.CompanyTx) error {
		for i, c := range out {
			if _, err := tx.Exec(w.t.Context(), `insert into channel (id, company_id, kind, name, ref) values ($1, $2, 'socket', $3, $4)`,
				c, w.Company, fmt.Sprint("Canal ", i), c.String()); err != nil {
				return err
			}
			if _, err := tx.Exec(w.t.Context(), `insert into lane (id, company_id) values ($1, $2)`, c, w.Company); err != nil {
				return err
			}
			if !linked {
				continue
			}
			if _, err := tx.Exec(w.t.Context(), `insert into channel_session (id, company_id, linked, phase) values ($1, $2, true, 'connecting')`, c, w.Company); err != nil {
				return err
			}
		}
		return nil
	})
	return out
}

// keeper makes a keeper that uses d.
func (w *world) keeper(d *db.DB, name string, with ...func(*session.Config)) *session.Keeper {
	c := session.Config{
		Node: name, ConnectsPerSecond: 300,
		Adapter: func(k channels.Kind) channels.Adapter {
			if k != "socket" {
				return nil
			}
			return w.p
		},
		Load: func(_ context.Context, c id.Channel) (channels.Channel, error) {
			return channels.Channel{ID: c, Company: w.Company, Kind: "socket"}, nil
		},
		Sink: func(context.Context, ...channels.Inbound) error { return nil },
		Log:  slog.New(slog.NewTextHandler(w.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range with {
		f(&c)
	}
	return session.New(d, c)
}

// run runs a keeper until the test ends or stop is called.
func (w *world) run(k *session.Keeper) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { k.Run(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return stop
}

// exec changes rows behind the keepers' backs.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.DB.Direct(db.Pipeline).Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// is waits until a channel's session satisfies a condition in SQL.
func (w *world) is(c id.Channel, condition string) {
	w.t.Helper()
	w.eventually(condition, func() bool {
		return w.Count(w.t, `select count(*) from channel_session s join (select id, stopped from lane) l using (id) where s.id = $1 and (`+condition+`)`, c) == 1
	})
}

// eventually waits for what a keeper brings about; it fails after a minute.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			w.t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

// online waits until the keeper holds a channel online, on record, and returns its socket.
func (w *world) online(k *session.Keeper, c id.Channel) *socket {
	w.t.Helper()
	w.eventually("online", func() bool { return slices.Contains(k.Held(), c) })
	w.is(c, "phase = 'online'")
	return w.p.socket(c)
}
