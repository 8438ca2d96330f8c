package whatsmeow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	wa "go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"recado/channels"
	"recado/internal/errs"
)

// Codes of a session's end and of errors of our own making, for which the texts have words.
const (
	codeUnlinked  = "unlinked"
	codeLoggedOut = "logged_out"
	codeReplaced  = "replaced"
	codeBanned    = "banned"
	codeOutdated  = "outdated"
	codeOffline   = "offline"
	codeBusy      = "busy"
)

// session is one connected stretch of a channel's life.
type session struct {
	a      *Adapter
	c      channels.Channel
	cli    *wa.Client
	keys   *container
	jid    types.JID
	name   string // what the account calls itself
	sink   channels.Sink
	report func(channels.SessionState)
	since  time.Time // history is wanted from here on; zero: none

	ctx       context.Context // ends when nothing more may be taken in
	wire      context.Context // the socket's; outlives ctx until it is closed in order
	connected chan struct{}
	ended     chan error
	online    atomic.Bool
	leaving   atomic.Bool // the owner is unlinking it here

	mu   sync.Mutex
	lost map[types.MessageID]lost // undecryptable, and perhaps still to come
	gaps map[types.JID]bool       // chats whose history has been asked for
}

// Connect implements channels.Session.
func (a *Adapter) Connect(ctx context.Context, c channels.Channel, sink channels.Sink, report func(channels.SessionState)) error {
	d, keys, err := a.load(ctx, c)
	if err != nil {
		return again("store", err)
	}
	if d == nil {
		report(channels.SessionState{Phase: channels.Unlinked, Code: codeUnlinked})
		return down(codeUnlinked, errors.New("no phone is linked"))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wire, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	// What is being decrypted at the end is finished: cut in the middle, it would leave the
	// keys it shares with our sending one step behind.
	defer func() { time.AfterFunc(finishIn, hangUp) }()
	s := &session{
		a: a, c: c, cli: a.client(d), keys: keys, jid: *d.ID, name: cmp.Or(d.BusinessName, d.PushName), sink: sink, report: report, ctx: ctx, wire: wire,
		connected: make(chan struct{}, 1), ended: make(chan error, 1),
		lost: map[types.MessageID]lost{}, gaps: map[types.JID]bool{},
	}
	s.cli.BackgroundEventCtx = wire
	if a.o.Silent != nil {
		if gap := a.o.Silent(ctx, c); gap > 0 {
			s.since = time.Now().Add(-gap - time.Minute)
		}
	}
	if !a.hold(s) {
		return again(codeBusy, errors.New("this process already holds the session"))
	}
	defer a.release(s)
	s.cli.AddEventHandlerWithSuccessStatus(s.handle)
	report(channels.SessionState{Phase: channels.Connecting})
	err = s.run()
	s.online.Store(false)
	s.cli.Disconnect()
	s.settleLost()
	if ctx.Err() == nil {
		s.reportEnd(err)
	}
	return err
}

// run connects and waits for the end.
func (s *session) run() error {
	if err := dial(s.ctx, s.wire, s.cli); err != nil {
		return again("connect", err)
	}
	login := time.NewTimer(2 * s.a.o.ProbeTimeout)
	defer login.Stop()
	probe := time.NewTicker(s.a.o.ProbeEvery)
	defer probe.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return s.ctx.Err()
		case err := <-s.ended:
			return err
		case <-login.C:
			return channels.ErrDeaf
		case <-s.connected:
			login.Stop()
			if err := s.probe(); err != nil {
				return err
			}
			s.online.Store(true)
			s.report(channels.SessionState{Phase: channels.Online, Number: "+" + s.jid.User, Name: s.name})
		case <-probe.C:
			if !s.online.Load() {
				continue
			}
			if err := s.probe(); err != nil {
				return err
			}
			s.report(channels.SessionState{Phase: channels.Online, Number: "+" + s.jid.User, Name: s.name})
		}
	}
}

// dial opens a socket, if ctx lasts so long, that stays open as long as wire.
func dial(ctx, wire context.Context, cli *wa.Client) error {
	dialing, stop := context.WithCancel(wire)
	kept := context.AfterFunc(ctx, stop)
	defer kept()
	return cli.ConnectContext(dialing)
}

// probe asks the server to answer, which is the only proof that the line is alive: a dead
// one can stay open for many minutes. It is the ping that WhatsApp Web sends.
func (s *session) probe() error {
	err := ask(s.ctx, s.cli, wa.DangerousInfoQuery{Namespace: "w:p", Type: "get", Timeout: s.a.o.ProbeTimeout})
	var refused *wa.IQError
	var cut *wa.DisconnectedError
	switch {
	case err == nil || errors.As(err, &refused) && refused.RawNode != nil && refused.RawNode.Tag == "iq":
		return nil // an error is an answer too
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case errors.As(err, &cut) || errors.Is(err, wa.ErrNotConnected):
		select { // the reason comes as an event
		case why := <-s.ended:
			return why
		case <-time.After(time.Second):
			return again("disconnected", err)
		}
	}
	return channels.ErrDeaf
}

// ask puts a question to the server and waits for the answer, for questions that the library
// has no method for.
func ask(ctx context.Context, cli *wa.Client, q wa.DangerousInfoQuery) error {
	q.To, q.NoRetry = types.ServerJID, true
	_, err := internals(cli).SendIQ(ctx, q)
	return err
}

// internals are the parts of the library that it calls dangerous because they may change with
// it. Its commit is pinned.
func internals(cli *wa.Client) *wa.DangerousInternalClient {
	return cli.DangerousInternals() //lint:ignore SA1019 see above
}

// finish ends the session; the first reason counts.
func (s *session) finish(err error) {
	select {
	case s.ended <- err:
	default:
	}
}

func (s *session) reportEnd(err error) {
	var sent *errs.Send
	switch {
	case errors.Is(err, channels.ErrDeaf):
		s.report(channels.SessionState{Phase: channels.Deaf})
	case errors.As(err, &sent) && sent.Class == errs.ChannelDown:
		s.report(channels.SessionState{Phase: channels.Down, Code: sent.Code, Detail: sent.Err.Error()})
	case errors.As(err, &sent):
		s.report(channels.SessionState{Phase: channels.Retrying, Code: sent.Code, Detail: sent.Err.Error()})
	}
}

// down is an end that needs a person, again one that needs only time.
func down(code string, err error) error {
	return &errs.Send{Op: "whatsapp session", Class: errs.ChannelDown, Code: code, Err: err}
}

func again(code string, err error) error {
	return &errs.Send{Op: "whatsapp session", Class: errs.Retryable, Code: code, Err: err}
}

// finishIn is how long the handlers of a session that has ended may still work.
const finishIn = 5 * time.Second

// handle takes one event of the library's. What it answers false for is not acknowledged,
// and WhatsApp sends it again after the next connect.
func (s *session) handle(evt any) bool {
	switch e := evt.(type) {
	case *events.Message:
		return s.message(e)
	case *events.Receipt:
		return s.pass(s.ctx, receipts(s.c, e, s.lookup)...)
	case *events.UndecryptableMessage:
		return s.undecryptable(e)
	case *events.Connected:
		select {
		case s.connected <- struct{}{}:
		default:
		}
	case *events.Disconnected:
		s.finish(again("disconnected", errors.New("WhatsApp closed the connection")))
	case *events.StreamError:
		s.finish(again("stream_"+e.Code, errors.New("WhatsApp ended the stream")))
	case events.PermanentDisconnect:
		s.finish(s.permanent(e))
	}
	return true
}

// permanent names the ends after which connecting again is useless or harmful.
func (s *session) permanent(evt events.PermanentDisconnect) error {
	why := errors.New(evt.PermanentDisconnectDescription())
	switch e := evt.(type) {
	case *events.LoggedOut:
		// The library deletes the device too, but perhaps only after we have returned.
		if err := s.keys.forget(s.ctx, s.jid); err != nil {
			s.a.log.Error("whatsapp: a removed device could not be deleted", "channel", s.c.ID, "error", err)
		}
		if s.leaving.Load() {
			return down(codeUnlinked, why)
		}
		return down(codeLoggedOut, why)
	case *events.StreamReplaced:
		return down(codeReplaced, why)
	case *events.TemporaryBan:
		return down(codeBanned, fmt.Errorf("reason %d, for %s: %s", int(e.Code), e.Expire, e.Code))
	case *events.ClientOutdated:
		return down(codeOutdated, why)
	case *events.ConnectFailure:
		if e.Reason == events.ConnectFailureBadUserAgent {
			return down(codeOutdated, why)
		}
		return again("connect_"+e.Reason.NumberString(), why)
	}
	return again("disconnected", why)
}

// pass hands events to the sink. When they cannot be kept, the session ends, since only the
// next connect makes WhatsApp send them again.
func (s *session) pass(ctx context.Context, ev ...channels.Inbound) bool {
	if len(ev) == 0 {
		return true
	}
	if err := s.sink(ctx, ev...); err != nil {
		s.finish(again("inbox", err))
		return false
	}
	return true
}

// lookup finds the number behind a LID and the reverse, in what earlier stanzas have told.
func (s *session) lookup(j types.JID) types.JID {
	alt, err := s.cli.Store.GetAltJID(s.ctx, j)
	if err != nil {
		return types.EmptyJID
	}
	return alt
}
