package whatsmeow

import (
	"context"
	"errors"
	"testing"
	"time"

	wa "go.mau.fi/whatsmeow"

	"recado/channels"
	"recado/internal/errs"
	"recado/internal/sim"
)

func TestLink(t *testing.T) {
	t.Parallel()
	db := tables(t)
	for name, run := range map[string]func(*bench){
		"by a code that is typed":               byCode,
		"a wrong code links nothing":            wrongCode,
		"another company's number is refused":   refusedNumber,
		"a second time is refused":              linkedTwice,
		"stopped by its context":                linkStopped,
		"a bad number":                          badNumber,
		"unlinked while online":                 func(b *bench) { unlinked(b, true) },
		"unlinked while not connected":          func(b *bench) { unlinked(b, false) },
		"unlinked while WhatsApp is not there":  unlinkedAlone,
		"linked again after the phone left":     linkedAgain,
		"what came while linking is not lost":   whileLinking,
		"keys that cannot be read are told of":  brokenKeys,
		"without a device there is nothing yet": notLinked,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newBench(t, db, func(o *Options) {
				if name == "another company's number is refused" {
					o.Allow = func(_ context.Context, _ channels.Channel, number string) error {
						return errs.New(errs.Conflict, "channel.ref_taken", "number", number)
					}
				}
			}))
		})
	}
}

// steps links by a method and lets on have each step.
func (b *bench) steps(method, arg string, on func(context.CancelFunc, channels.LinkStep)) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return b.adapter.Link(ctx, b.channel, method, arg, func(s channels.LinkStep) { on(cancel, s) })
}

func byCode(b *bench) {
	var done channels.LinkStep
	b.Helper()
	_ = b.server.Connect(sim.Account{Kind: string(Kind), Ref: b.number, Name: "Zapatería Luna"})
	err := b.steps("code", "+"+b.number, func(_ context.CancelFunc, s channels.LinkStep) {
		switch s.Kind {
		case "code":
			if len(s.Payload) != 9 || s.Expires <= 0 {
				b.Errorf("the step is %+v", s)
			}
			if err := b.server.Enter(s.Payload, b.number); err != nil {
				b.Error(err)
			}
		case "qr":
			b.Error("a QR code is shown to somebody who wanted a code")
		case "done":
			done = s
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	if done.Number != "+"+b.number || done.Name != "Zapatería Luna" {
		b.Errorf("done is %+v", done)
	}
	b.connect()
	b.say("Hola")
}

func wrongCode(b *bench) {
	err := b.steps("code", "+"+b.number, func(cancel context.CancelFunc, s channels.LinkStep) {
		if s.Kind == "code" {
			if err := b.server.Enter("1111-1111", b.number); err != nil {
				b.Error(err)
			}
			time.AfterFunc(300*time.Millisecond, cancel)
		}
	})
	if err == nil || b.keys() {
		b.Errorf("Link gives %v and keeps keys: %v", err, b.keys())
	}
}

func refusedNumber(b *bench) {
	var last channels.LinkStep
	err := b.steps("qr", "", func(_ context.CancelFunc, s channels.LinkStep) {
		last = s
		if s.Kind == "qr" {
			_ = b.server.Scan(s.Payload, b.number)
		}
	})
	if !errs.Is(err, "channel.ref_taken") || last.Kind != "failed" || last.Payload != "channel.ref_taken" {
		b.Errorf("Link gives %v, the last step is %+v", err, last)
	}
	if b.keys() {
		b.Error("keys of a refused number are kept")
	}
}

func linkedTwice(b *bench) {
	b.link()
	err := b.steps("qr", "", func(context.CancelFunc, channels.LinkStep) { b.Error("a step is shown") })
	if !errs.Is(err, "session.linked") {
		b.Errorf("Link gives %v", err)
	}
}

func linkStopped(b *bench) {
	err := b.steps("qr", "", func(cancel context.CancelFunc, s channels.LinkStep) { cancel() })
	if !errors.Is(err, context.Canceled) {
		b.Errorf("Link gives %v, want the context's error", err)
	}
}

func badNumber(b *bench) {
	for _, number := range []string{"", "12", "0034600111222"} {
		if err := b.steps("code", number, func(context.CancelFunc, channels.LinkStep) {}); !errs.Is(err, "settings.phone") {
			b.Errorf("Link with %q gives %v", number, err)
		}
	}
	if err := b.steps("fax", "", func(context.CancelFunc, channels.LinkStep) {}); !errs.Is(err, "session.method") {
		b.Errorf("Link by fax gives %v", err)
	}
}

func unlinked(b *bench, online bool) {
	b.link()
	var h *held
	if online {
		h = b.connect()
	}
	if err := b.adapter.Unlink(context.Background(), b.channel); err != nil {
		b.Fatal(err)
	}
	if h != nil {
		var sent *errs.Send
		if err := h.wait(b); !errors.As(err, &sent) || sent.Class != errs.ChannelDown || sent.Code != "unlinked" {
			b.Errorf("the session ended with %v", err)
		}
	}
	if b.keys() {
		b.Error("the keys are still there")
	}
	if n := b.server.Companions(b.number); n != 0 {
		b.Errorf("WhatsApp still knows %d devices", n)
	}
	b.link() // and again
}

func unlinkedAlone(b *bench) {
	b.link()
	b.server.Close()
	if err := b.adapter.Unlink(context.Background(), b.channel); err != nil {
		b.Fatal(err)
	}
	if b.keys() {
		b.Error("the keys are still there")
	}
}

func linkedAgain(b *bench) {
	b.link()
	h := b.connect()
	b.say("Hola")
	b.server.LogOut(b.number)
	_ = h.wait(b)
	b.link()
	b.connect()
	b.say("¿Siguen ahí?") // her phone has learnt of the new device
}

func whileLinking(b *bench) {
	b.link()
	got := b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	b.connect()
	b.came(got)
}

func brokenKeys(b *bench) {
	if err := b.vault.SaveDevice(context.Background(), b.channel, "1:1@s.whatsapp.net", []byte(`{"noise":"c2VjcmV0"}`)); err != nil {
		b.Fatal(err)
	}
	var sent *errs.Send
	if err := b.hold().wait(b); !errors.As(err, &sent) || sent.Code != "store" {
		b.Errorf("Connect gives %v", err)
	}
	if err := b.adapter.Unlink(context.Background(), b.channel); err != nil || b.keys() {
		b.Errorf("Unlink gives %v", err)
	}
}

func notLinked(b *bench) {
	var sent *errs.Send
	if err := b.hold().wait(b); !errors.As(err, &sent) || sent.Class != errs.ChannelDown || sent.Code != "unlinked" {
		b.Errorf("Connect gives %v", err)
	}
	if b.events.phase.Phase != channels.Unlinked {
		b.Errorf("the phase is %q", b.events.phase.Phase)
	}
	if err := b.adapter.Unlink(context.Background(), b.channel); err != nil {
		b.Errorf("Unlink of nothing gives %v", err)
	}
}

// TestNewRefusesAReplacedKey: a simulator in the process has put its own key in place, which
// is just what an attacker's package would do.
func TestNewRefusesAReplacedKey(t *testing.T) {
	t.Parallel()
	newServer(t)
	if wa.WACertPubKey == pinned {
		t.Fatal("the simulator has not replaced the key")
	}
	if _, err := New(Options{}); !errors.Is(err, ErrPin) {
		t.Errorf("New gives %v, want ErrPin", err)
	}
}
