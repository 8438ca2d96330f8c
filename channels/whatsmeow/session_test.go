package whatsmeow

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/whatsapp"
)

// TestSession is one test so that its cases share a database; each has its own number.
func TestSession(t *testing.T) {
	t.Parallel()
	db := tables(t)
	for name, run := range map[string]func(*bench){
		"a cold start finds its keys again":                       coldStart,
		"the probe finds a session that went deaf":                goesDeaf,
		"a server that never answers the login is deaf":           deafFromTheStart,
		"what could not be stored comes again, once":              storedLater,
		"what came while we were away comes at the next connect":  whileAway,
		"a repeat of the server's is not a second message":        repeated,
		"a message that came damaged is asked for again and read": damaged,
		"a message that stays unreadable is told of":              unreadableTold,
		"a silence is filled from the phone":                      filled,
		"a phone that asks again gets the message":                askedAgain,
		"the same id twice is one message on the screen":          sentTwice,
		"a contact is given a token, once a week":                 trusted,
		"typing and having read reach the customer":               typing,
		"nothing is sent without a session":                       offline,
		"a number without WhatsApp":                               noWhatsApp,
		"only one session of a channel in a process":              oneOnly,
		"a line that is cut is connected again by its holder":     cutLine,
		"the owner's own messages name the customer":              ownMessages,
		"a file that WhatsApp no longer has is given up":          fileGone,
		"what is stored later is read from the file as it was":    fileFetched,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, db, func(o *Options) {
				o.ProbeEvery = 100 * time.Millisecond
				switch name {
				case "the probe finds a session that went deaf", "a server that never answers the login is deaf":
					o.ProbeTimeout = time.Second
				case "a message that stays unreadable is told of":
					o.GiveUp = 50 * time.Millisecond
				case "a silence is filled from the phone":
					o.Silent = func(context.Context, channels.Channel) time.Duration { return time.Hour }
				}
			})
			b.link()
			run(b)
		})
	}
}

func coldStart(b *bench) {
	first := b.connect()
	b.say("Hola")
	if err := first.stop(b); !errors.Is(err, context.Canceled) {
		b.Errorf("Connect ended with %v, want the context's error", err)
	}
	var stubbed int
	if err := b.adapter.o.DB.QueryRow("select count(*) from whatsmeow_device where jid like $1 and noise_key = identity_key", b.number+"%").Scan(&stubbed); err != nil || stubbed != 1 {
		b.Errorf("%d rows without keys (%v), want one: the table must not hold what opens the account", stubbed, err)
	}
	b.connect()
	b.say("¿Siguen ahí?")
}

func goesDeaf(b *bench) {
	h := b.connect()
	b.server.Deafen(b.number, true)
	if err := h.wait(b); !errors.Is(err, channels.ErrDeaf) {
		b.Fatalf("Connect ended with %v, want ErrDeaf", err)
	}
	if b.events.phase.Phase != channels.Deaf {
		b.Errorf("the last phase is %q, want deaf", b.events.phase.Phase)
	}
	b.server.Deafen(b.number, false)
	b.connect()
	b.say("Hola")
}

func deafFromTheStart(b *bench) {
	b.server.Deafen(b.number, true)
	if err := b.hold().wait(b); !errors.Is(err, channels.ErrDeaf) {
		b.Fatalf("Connect ended with %v, want ErrDeaf", err)
	}
	if slices.Contains(b.events.phases, channels.Online) {
		b.Error("the session was called online without an answer")
	}
}

func storedLater(b *bench) {
	h := b.connect()
	b.events.change(func() { b.events.fail = errors.New("no database") })
	got := b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	var sent *errs.Send
	if err := h.wait(b); !errors.As(err, &sent) || sent.Class != errs.Retryable || sent.Code != "inbox" {
		b.Fatalf("Connect ended with %v: what is not stored only comes again after the next connect", err)
	}
	b.events.change(func() { b.events.fail = nil })
	b.connect()
	if e := b.came(got); e.Message.Content.Text != "Hola" {
		b.Errorf("came as %+v", e.Message)
	}
	b.say("¿Y bien?")
	if n := b.count(got); n != 1 {
		b.Errorf("came %d times, want once", n)
	}
}

// count is how many events have an ExternalID.
func (b *bench) count(external string) int {
	b.events.mu.Lock()
	defer b.events.mu.Unlock()
	n := 0
	for _, e := range b.events.events {
		if e.ExternalID == external {
			n++
		}
	}
	return n
}

func whileAway(b *bench) {
	b.connect().stop(b)
	var got []string
	for _, text := range []string{"uno", "dos", "tres"} {
		got = append(got, b.do(sim.Action{Act: sim.SayText, Text: text}))
	}
	b.connect()
	b.came(got[2])
	var order []string
	for _, e := range b.events.events {
		order = append(order, e.ExternalID)
	}
	if !slices.Equal(order, got) {
		b.Errorf("came in the order %v, want %v", order, got)
	}
}

func repeated(b *bench) {
	b.connect()
	first := b.say("Hola").ExternalID
	b.server.Redeliver(b.number)
	b.say("¿Sigues ahí?")
	if n := b.count(first); n != 1 {
		b.Errorf("came %d times, want once", n)
	}
}

func damaged(b *bench) {
	b.connect()
	b.say("Hola")
	b.server.Garble(b.number)
	got := b.do(sim.Action{Act: sim.SayText, Text: "¿Tienen la talla 38?"})
	if e := b.came(got); e.Message.Content.Text != "¿Tienen la talla 38?" {
		b.Errorf("came as %+v", e.Message)
	}
	if n := b.count("unreadable:" + got); n != 0 {
		b.Errorf("it was called unreadable although it came")
	}
}

func unreadableTold(b *bench) {
	b.connect()
	b.say("Hola")
	b.server.Mute(ana.ID, true) // her phone does not hear that we ask again
	b.server.Garble(b.number)
	got := b.do(sim.Action{Act: sim.SayText, Text: "¿Tienen la talla 38?"})
	e := b.came("unreadable:" + got)
	if e.Message.Content.Type != chat.Unsupported || e.From.Phone != "+"+ana.ID {
		b.Errorf("told as %+v from %+v", e.Message, e.From)
	}
	b.server.Mute(ana.ID, false)
	b.came(got) // after all, and not taken for a repeat
}

func filled(b *bench) {
	b.connect().stop(b)
	lost := []string{b.do(sim.Action{Act: sim.SayText, Text: "uno"}), b.do(sim.Action{Act: sim.SayText, Text: "dos"})}
	b.server.Forget(b.number)
	b.connect()
	if b.say("tres").Message.History {
		b.Error("what is new is called history")
	}
	for _, l := range lost {
		if e := b.came(l); !e.Message.History || e.From.Phone != "+"+ana.ID {
			b.Errorf("came as %+v from %+v, want history of Ana's", e.Message, e.From)
		}
	}
}

func askedAgain(b *bench) {
	b.connect()
	to := b.say("Hola").From.Identity
	b.server.GarbleTo(ana.ID)
	sent := b.send(chat.Plain("Tu pedido salió"), to)
	b.events.await(b, "the message is delivered after all", func(i *inbox) bool {
		return slices.ContainsFunc(i.events, func(e channels.Inbound) bool {
			return e.Receipt != nil && e.Receipt.ProviderID == sent.ProviderID && e.Receipt.State == chat.Delivered
		})
	})
	thread := b.server.Thread(b.number, ana.ID)
	if last := thread[len(thread)-1]; last.Text != "Tu pedido salió" || last.Mine {
		b.Errorf("her screen ends with %+v", last)
	}
}

func (b *bench) outgoing(c chat.Content, to string) channels.Outgoing {
	return channels.Outgoing{ID: id.New[id.Message](), Conversation: id.New[id.Conversation](), To: to, Content: c, Author: chat.ByAgent, Attempt: 1}
}

func (b *bench) send(c chat.Content, to string) channels.Sent {
	b.Helper()
	sent, err := b.adapter.Send(context.Background(), b.channel, b.outgoing(c, to))
	if err != nil {
		b.Fatalf("Send: %v", err)
	}
	return sent
}

func sentTwice(b *bench) {
	b.connect()
	m := b.outgoing(chat.Plain("Tu pedido salió"), b.say("Hola").From.Identity)
	for range 2 {
		if _, err := b.adapter.Send(context.Background(), b.channel, m); err != nil {
			b.Fatal(err)
		}
	}
	shown := 0
	for _, s := range b.server.Thread(b.number, ana.ID) {
		if s.Text == "Tu pedido salió" {
			shown++
		}
	}
	if shown != 1 {
		b.Errorf("her screen shows it %d times, want once", shown)
	}
}

func trusted(b *bench) {
	b.connect()
	to := b.say("Hola").From.Identity
	b.send(chat.Plain("Tu pedido salió"), to)
	b.trusts(1)
	b.send(chat.Plain("Llega mañana"), to)
	s := b.adapter.session(b.channel)
	lid, err := s.resolve(context.Background(), to)
	if err != nil {
		b.Fatal(err)
	}
	internals(s.cli).SetTCTokenSenderTS(lid, time.Now().Add(-7*24*time.Hour))
	b.send(chat.Plain("¿Llegó bien?"), to)
	b.trusts(2)
}

// trusts waits until Ana has so many tokens, and fails when there are more.
func (b *bench) trusts(want int) {
	b.Helper()
	late := time.After(patience)
	for n := 0; n != want; n = b.server.Trusts(b.number, ana.ID) {
		select {
		case <-late:
			b.Fatalf("%d tokens were given, want %d", n, want)
		case <-time.After(time.Millisecond):
		}
	}
}

func typing(b *bench) {
	b.connect()
	first := b.say("Hola")
	to := first.From.Identity
	if err := b.adapter.Typing(context.Background(), b.channel, to, first.ExternalID); err != nil {
		b.Fatal(err)
	}
	if err := b.adapter.Seen(context.Background(), b.channel, to, first.ExternalID); err != nil {
		b.Fatal(err)
	}
	b.send(chat.Plain("Hola, Ana"), to) // what is said later is heard later
	if !b.server.Typing(b.number, ana.ID) {
		b.Error("she does not see us typing")
	}
	if thread := b.server.Thread(b.number, ana.ID); !thread[0].Read {
		b.Error("she does not see that hers was read")
	}
}

func offline(b *bench) {
	var sent *errs.Send
	_, err := b.adapter.Send(context.Background(), b.channel, b.outgoing(chat.Plain("Hola"), ana.ID+"@s.whatsapp.net"))
	if !errors.As(err, &sent) || sent.Class != errs.RateLimited || sent.MaybeSent || sent.Code != "offline" {
		b.Errorf("Send gives %v, want one that costs no attempt", err)
	}
	_, err = b.adapter.Fetch(context.Background(), b.channel, channels.MediaRef{Ref: `{"kind":"WhatsApp Image Keys","path":"//evil.example/x?"}`})
	if !errors.As(err, &sent) || sent.Class != errs.Permanent {
		b.Errorf("Fetch of a bad reference gives %v", err)
	}
}

func noWhatsApp(b *bench) {
	b.connect()
	for to, code := range map[string]string{"34699999999@s.whatsapp.net": "not_on_whatsapp", "123@g.us": "bad_recipient", "": "bad_recipient"} {
		var sent *errs.Send
		_, err := b.adapter.Send(context.Background(), b.channel, b.outgoing(chat.Plain("Hola"), to))
		if !errors.As(err, &sent) || sent.Class != errs.Permanent || sent.Code != code {
			b.Errorf("Send to %q gives %v, want a permanent %s", to, err, code)
		}
	}
}

func oneOnly(b *bench) {
	b.connect()
	var sent *errs.Send
	err := b.adapter.Connect(context.Background(), b.channel, b.events.sink, func(channels.SessionState) {})
	if !errors.As(err, &sent) || sent.Class != errs.Retryable || sent.Code != "busy" {
		b.Errorf("a second Connect gives %v", err)
	}
	b.say("Hola") // the first one is none the worse
}

func cutLine(b *bench) {
	h := b.connect()
	b.server.Drop(b.number)
	var sent *errs.Send
	if err := h.wait(b); !errors.As(err, &sent) || sent.Class != errs.Retryable {
		b.Fatalf("Connect ended with %v, want a retryable end", err)
	}
	if b.events.phase.Phase != channels.Retrying {
		b.Errorf("the last phase is %q, want retrying", b.events.phase.Phase)
	}
	b.connect()
	b.say("Hola")
}

func ownMessages(b *bench) {
	b.connect()
	b.say("Hola")
	e := b.came(b.do(sim.Action{Act: whatsapp.Own, Text: "Te atiendo yo"}))
	if !e.Message.Own || e.From.Phone != "+"+ana.ID || e.From.Name != "" {
		b.Errorf("came as %+v from %+v, want Ana's chat and no name of ours", e.Message, e.From)
	}
}

// TestPermanentEnds are those after which only a person can help.
func TestPermanentEnds(t *testing.T) {
	t.Parallel()
	db := tables(t)
	for _, x := range []struct {
		code   string
		happen func(*bench)
	}{
		{"logged_out", func(b *bench) { b.server.LogOut(b.number) }},
		{"banned", func(b *bench) { b.server.Ban(b.number, 101) }},
		{"replaced", func(b *bench) { b.server.Replace(b.number) }},
		{"outdated", func(b *bench) { b.server.Outdated(true) }},
	} {
		for when, online := range map[string]bool{"while online": true, "at the login": false} {
			if x.code == "replaced" && !online {
				continue // only what is online can be replaced
			}
			t.Run(x.code+" "+when, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, db, nil)
				b.link()
				var h *held
				if online {
					h = b.connect()
					x.happen(b)
				} else {
					x.happen(b)
					h = b.hold()
				}
				var sent *errs.Send
				if err := h.wait(t); !errors.As(err, &sent) || sent.Class != errs.ChannelDown || sent.Code != x.code {
					t.Fatalf("Connect ended with %v, want ChannelDown %s", err, x.code)
				}
				if p := b.events.phase; p.Phase != channels.Down || p.Code != x.code || p.Detail == "" {
					t.Errorf("the last state is %+v", p)
				}
				if b.keys() == (x.code == "logged_out") {
					t.Errorf("the keys are there: %v", b.keys())
				}
			})
		}
	}
}
