package whatsmeow

import (
	"context"
	"errors"
	"fmt"
	"time"

	wa "go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"recado/channels"
	"recado/internal/errs"
)

// shown is what an owner sees beside our name while pairing by code. WhatsApp takes only
// browsers and systems that it knows.
const shown = "Chrome (Linux)"

// settling is how long a new device may take to log in for the first time.
const settling = 30 * time.Second

// Link implements channels.Linker. It runs until the phone has scanned or typed the code, at
// most the 160 s that WhatsApp gives; arg of "code" is the phone's number. When it returns
// nil the device is kept, and Connect can be called.
func (a *Adapter) Link(ctx context.Context, c channels.Channel, method, arg string, step func(channels.LinkStep)) error {
	if method != "qr" && method != "code" {
		return errs.New(errs.Invalid, "session.method", "method", method)
	}
	if old, err := a.o.Vault.LoadDevice(ctx, c); err != nil {
		return err
	} else if old != nil {
		return errs.New(errs.Conflict, "session.linked")
	}
	l := &linking{a: a, c: c, ctx: ctx, step: step, ready: make(chan struct{}, 1)}
	err := l.run(method, arg)
	if err != nil {
		step(channels.LinkStep{Kind: "failed", Payload: reason(err)})
	}
	return err
}

// reason is the code of a refusal, for the texts.
func reason(err error) string {
	var sent *errs.Send
	var problem *errs.Problem
	switch {
	case errors.As(err, &sent):
		return sent.Code
	case errors.As(err, &problem):
		return problem.Code
	}
	return "link"
}

// linking is one attempt to pair.
type linking struct {
	a       *Adapter
	c       channels.Channel
	ctx     context.Context
	cli     *wa.Client
	step    func(channels.LinkStep)
	ready   chan struct{}
	refused error // by Allow
}

func (l *linking) run(method, arg string) error {
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	wire, hangUp := context.WithCancel(context.WithoutCancel(ctx)) // closed in order, see session
	defer hangUp()
	l.cli = l.a.client(l.a.newDevice(l.c))
	l.cli.BackgroundEventCtx = wire
	l.cli.DisableManualHistorySyncReceipt = true // history is for the session
	l.cli.PrePairCallback = func(jid types.JID, _, _ string) bool {
		if l.a.o.Allow != nil {
			l.refused = l.a.o.Allow(ctx, l.c, "+"+jid.User)
		}
		return l.refused == nil
	}
	l.cli.AddEventHandlerWithSuccessStatus(l.handle)
	codes, err := l.cli.GetQRChannel(ctx)
	if err != nil {
		return err
	}
	if err := dial(ctx, wire, l.cli); err != nil {
		return again("connect", err)
	}
	defer l.cli.Disconnect()
	if err := l.pair(ctx, codes, method, arg); err != nil {
		return err
	}
	select { // the keys are kept; a first login that is late is the session's business
	case <-l.ready:
	case <-time.After(settling):
	case <-ctx.Done():
	}
	l.step(channels.LinkStep{Kind: "done", Number: "+" + l.cli.Store.GetJID().User, Name: l.cli.Store.BusinessName})
	return nil
}

// pair shows codes until the phone has taken one.
func (l *linking) pair(ctx context.Context, codes <-chan wa.QRChannelItem, method, arg string) error {
	first := true
	for it := range codes {
		switch it.Event {
		case wa.QRChannelEventCode:
			if method == "qr" {
				l.step(channels.LinkStep{Kind: "qr", Payload: it.Code, Expires: it.Timeout})
			} else if first {
				if err := l.code(ctx, arg); err != nil {
					return err
				}
			}
			first = false
		case wa.QRChannelSuccess.Event:
			return nil
		case wa.QRChannelTimeout.Event:
			return again("link_timeout", errors.New("nobody scanned the code in time"))
		case wa.QRChannelClientOutdated.Event:
			return down(codeOutdated, errors.New("WhatsApp refuses this version"))
		case wa.QRChannelEventError:
			if l.refused != nil {
				return l.refused
			}
			return again("link", it.Error)
		default:
			return again("link", fmt.Errorf("WhatsApp answered %s", it.Event))
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return again("link_timeout", errors.New("the connection ended before a phone was linked"))
}

// linkTime is how long WhatsApp keeps a login open.
const linkTime = 160 * time.Second

func (l *linking) code(ctx context.Context, number string) error {
	code, err := l.cli.PairPhone(ctx, number, true, wa.PairClientChrome, shown)
	switch {
	case errors.Is(err, wa.ErrPhoneNumberTooShort), errors.Is(err, wa.ErrPhoneNumberIsNotInternational), errors.Is(err, wa.ErrIQBadRequest):
		return errs.New(errs.Invalid, "settings.phone").At("arg")
	case err != nil:
		return again("link", err)
	}
	l.step(channels.LinkStep{Kind: "code", Payload: code, Expires: linkTime})
	return nil
}

// handle takes nothing in: what comes between the pairing and the session's first connect is
// left unacknowledged for the session.
func (l *linking) handle(evt any) bool {
	switch evt.(type) {
	case *events.Connected:
		select {
		case l.ready <- struct{}{}:
		default:
		}
	case *events.Message, *events.Receipt, *events.UndecryptableMessage:
		return false
	}
	return true
}

// Unlink implements channels.Linker. The keys are forgotten in any case; when WhatsApp cannot
// be told, the device stays in the phone's list until its owner removes it there.
func (a *Adapter) Unlink(ctx context.Context, c channels.Channel) error {
	if s := a.session(c); s != nil && s.online.Load() {
		s.leaving.Store(true)
		a.leave(ctx, c, s.cli)
		s.finish(down(codeUnlinked, errors.New("unlinked here")))
		return s.keys.forget(ctx, s.jid)
	}
	d, keys, err := a.load(ctx, c)
	if errors.Is(err, errDevice) {
		return a.o.Vault.DeleteDevice(ctx, c) // keys that cannot be read are of no use to anybody
	}
	if err != nil || d == nil {
		return err
	}
	jid := *d.ID
	if err := a.visit(ctx, c, a.client(d)); err != nil {
		a.unheard(c, err)
	}
	return keys.forget(ctx, jid)
}

// leave tells WhatsApp that this device is gone. The library's Logout would delete the device
// only when WhatsApp has answered.
func (a *Adapter) leave(ctx context.Context, c channels.Channel, cli *wa.Client) {
	err := ask(ctx, cli, wa.DangerousInfoQuery{
		Namespace: "md", Type: "set", Timeout: a.o.SendTimeout,
		Content: []waBinary.Node{{Tag: "remove-companion-device", Attrs: waBinary.Attrs{"jid": cli.Store.GetJID(), "reason": "user_initiated"}}},
	})
	if err != nil {
		a.unheard(c, err)
	}
}

func (a *Adapter) unheard(c channels.Channel, err error) {
	a.log.Info("whatsapp: unlinked without WhatsApp knowing", "channel", c.ID, "error", err)
}

// visit connects just to say goodbye.
func (a *Adapter) visit(ctx context.Context, c channels.Channel, cli *wa.Client) error {
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	wire, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	defer hangUp()
	cli.BackgroundEventCtx = wire
	ready := make(chan error, 1)
	tell := func(err error) {
		select {
		case ready <- err:
		default:
		}
	}
	cli.AddEventHandlerWithSuccessStatus(func(evt any) bool {
		switch evt.(type) {
		case *events.Connected:
			tell(nil)
		case events.PermanentDisconnect, *events.Disconnected:
			tell(errors.New("WhatsApp refused the login"))
		}
		return false
	})
	defer cli.Disconnect()
	if err := dial(ctx, wire, cli); err != nil {
		return err
	}
	select {
	case err := <-ready:
		if err == nil {
			a.leave(ctx, c, cli)
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
