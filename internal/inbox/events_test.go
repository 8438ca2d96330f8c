package inbox_test

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
)

// desk is an intake with what it told.
type desk struct {
	*inboxtest.Kit
	in *inbox.Intake
	mu sync.Mutex
	up []inbox.Risen
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Kit: inboxtest.New(t)}
	in, err := inbox.NewIntake(t.Context(), d.DB, t.TempDir(), slog.New(slog.DiscardHandler), inbox.Told{
		Arrived: func([]inbox.Arrival) {},
		Risen:   func(r []inbox.Risen) { d.mu.Lock(); d.up = append(d.up, r...); d.mu.Unlock() },
	})
	if err != nil {
		t.Fatal(err)
	}
	d.in = in
	return d
}

func (d *desk) take(t *testing.T, evs ...channels.Inbound) {
	t.Helper()
	for i := range evs {
		evs[i].Channel = d.Channel
	}
	if err := d.in.Take(t.Context(), evs...); err != nil {
		t.Fatal(err)
	}
}

func wrote(who, ext, text string) channels.Inbound {
	return channels.Inbound{ExternalID: ext, From: channels.Sender{Identity: who}, Message: &channels.Message{Content: chat.Plain(text)}}
}

// sent queues a reply and records that the platform took it as ref; "" leaves it queued.
func (d *desk) sent(t *testing.T, c id.Conversation, text, ref string) id.Message {
	t.Helper()
	var m id.Message
	d.Do(t, func(tx db.CompanyTx) error {
		ch, err := inbox.Reply(t.Context(), tx, inboxtest.Way, c, inbox.Actor{User: d.Ana}, id.New[id.Message]().String(), chat.Plain(text))
		m = ch.Message
		return err
	})
	if ref != "" {
		d.record(t, c, m, ref)
	}
	return m
}

func (d *desk) record(t *testing.T, c id.Conversation, m id.Message, ref string) {
	t.Helper()
	err := d.DB.System(t.Context(), db.Pipeline, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), `update message set state = 'sent', sent_at = now(), provider_id = $2 where id = $1`, m, ref)
		if err == nil {
			_, err = tx.Exec(t.Context(), `delete from outbox where message_id = $1`, m)
		}
		if err == nil {
			_, err = tx.Exec(t.Context(), `insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
				values ($1, 'provider', $2, $3, $4, $5)`, d.Channel.ID, ref, d.Company, c, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) conversation(t *testing.T) (c id.Conversation) {
	t.Helper()
	d.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select id from conversation limit 1`).Scan(&c)
	})
	return c
}

func (d *desk) state(t *testing.T, m id.Message) (s string) {
	t.Helper()
	d.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select state from message where id = $1`, m).Scan(&s)
	})
	return s
}

func receipt(ref string, s chat.State) channels.Inbound {
	return channels.Inbound{ExternalID: ref + string(s), Receipt: &chat.Receipt{ProviderID: ref, State: s, At: time.Now()}}
}

// States only rise, in whatever order the platform tells.
func TestReceipts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		told []chat.State
		want string
	}{
		"in order":                {[]chat.State{chat.Sent, chat.Delivered, chat.Read}, "read"},
		"read before delivered":   {[]chat.State{chat.Read, chat.Delivered}, "read"},
		"failed":                  {[]chat.State{chat.Failed}, "failed"},
		"failed after delivered":  {[]chat.State{chat.Delivered, chat.Failed}, "delivered"},
		"delivered after failed":  {[]chat.State{chat.Failed, chat.Delivered}, "delivered"},
		"the same one many times": {[]chat.State{chat.Delivered, chat.Delivered, chat.Delivered}, "delivered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.take(t, wrote("eva", "1", "hola"))
			m := d.sent(t, d.conversation(t), "buenas", "wamid.1")
			for _, s := range c.told {
				d.take(t, receipt("wamid.1", s))
			}
			if got := d.state(t, m); got != c.want {
				t.Errorf("the message is %s, want %s", got, c.want)
			}
		})
	}
}

// A receipt that overtakes our own record waits for it.
func TestEarlyReceipt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "1", "hola"))
	c := d.conversation(t)
	m := d.sent(t, c, "buenas", "")
	d.take(t, receipt("wamid.9", chat.Delivered), receipt("wamid.9", chat.Read))
	if got := d.state(t, m); got != "queued" {
		t.Fatalf("the message is %s before it is on record", got)
	}
	d.record(t, c, m, "wamid.9")
	if err := d.in.Early(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.state(t, m); got != "read" {
		t.Errorf("the message is %s, want read", got)
	}
	if n := d.Count(t, `select count(*) from delivery_event where message_id = $1 and state in ('delivered', 'read')`, m); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// A status that carries our own id settles an attempt in doubt, and is not resent.
func TestReceiptSettlesDoubt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "1", "hola"))
	m := d.sent(t, d.conversation(t), "buenas", "")
	d.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update outbox set state = 'unsure', due_at = now() + interval '1 hour' where message_id = $1`, m)
		if err == nil {
			_, err = tx.Exec(t.Context(), `update message set state = 'unsure' where id = $1`, m)
		}
		return err
	})
	ev := receipt("wamid.7", chat.Sent)
	ev.Receipt.Message = m
	d.take(t, ev, receipt("wamid.7", chat.Read))
	if err := d.in.Early(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := d.state(t, m); got != "read" {
		t.Errorf("the message is %s, want read", got)
	}
	if n := d.Count(t, `select count(*) from outbox`); n != 0 {
		t.Error("it would be sent again")
	}
	other := receipt("wamid.8", chat.Read)
	other.Receipt.Message = id.New[id.Message]() // nobody's
	d.take(t, other)
}

// One that says "everything until then was read" names no message.
func TestWatermark(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "1", "hola"))
	c := d.conversation(t)
	one, two := d.sent(t, c, "uno", "m.1"), d.sent(t, c, "dos", "")
	d.take(t, channels.Inbound{ExternalID: "w", From: channels.Sender{Identity: "eva"}, Receipt: &chat.Receipt{State: chat.Read, At: time.Now()}})
	if a, b := d.state(t, one), d.state(t, two); a != "read" || b != "queued" {
		t.Errorf("states are %s and %s, want read and queued", a, b)
	}
}

func TestRefsBecomeOurs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "in.1", "hola"))
	c := d.conversation(t)
	offer := d.sent(t, c, "¿Sí o no?", "out.1")
	quote := wrote("eva", "in.2", "esta")
	quote.Message.Refs.Quote = "in.1"
	answer := channels.Inbound{ExternalID: "in.3", From: channels.Sender{Identity: "eva"}, Message: &channels.Message{
		Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "yes", Label: "Sí"}}, Refs: channels.Refs{Answer: "out.1"}}}
	like := channels.Inbound{ExternalID: "in.4", From: channels.Sender{Identity: "eva"}, Message: &channels.Message{
		Content: chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}, Refs: channels.Refs{React: "out.1"}}}
	d.take(t, quote, answer, like)
	var lines []inbox.Message
	d.Do(t, func(tx db.CompanyTx) (err error) {
		lines, _, err = inbox.Messages(t.Context(), tx, c, inbox.Span{Limit: 50})
		return err
	})
	lines = slices.DeleteFunc(lines, func(m inbox.Message) bool { return m.Kind != inbox.KindMessage })
	if len(lines) != 5 {
		t.Fatalf("%d messages, want 5", len(lines))
	}
	if got := lines[2].Content.Quote; got != lines[0].ID {
		t.Errorf("quotes %s, want %s", got, lines[0].ID)
	}
	if got := lines[3].Content.Answer.To; got != offer {
		t.Errorf("answers %s, want %s", got, offer)
	}
	if got := lines[4].Content.Reaction.Message; got != offer {
		t.Errorf("reacts to %s, want %s", got, offer)
	}
}

// What people change or take back is noted beside what they wrote.
func TestEditAndDelete(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "in.1", "ola"), wrote("eva", "in.2", "secreto"))
	c := d.conversation(t)
	for range 2 { // a repeat changes nothing
		d.take(t, channels.Inbound{ExternalID: "e.1", From: channels.Sender{Identity: "eva"}, Edit: &channels.Edit{Of: "in.1", Content: chat.Plain("hola")}},
			channels.Inbound{ExternalID: "d.1", From: channels.Sender{Identity: "eva"}, Deletion: &channels.Deletion{Of: "in.2"}},
			channels.Inbound{ExternalID: "d.2", From: channels.Sender{Identity: "eva"}, Deletion: &channels.Deletion{Of: "never seen"}})
	}
	d.Do(t, func(tx db.CompanyTx) error {
		lines, _, err := inbox.Messages(t.Context(), tx, c, inbox.Span{Limit: 50})
		if err != nil {
			return err
		}
		if lines[0].Changed != "edit" || lines[0].Content.Text != "hola" {
			t.Errorf("the edited one reads %q, changed %q", lines[0].Content.Text, lines[0].Changed)
		}
		if lines[1].Changed != "delete" || lines[1].Content.Text != "secreto" {
			t.Errorf("the deleted one reads %q, changed %q", lines[1].Content.Text, lines[1].Changed)
		}
		return nil
	})
	if n := d.Count(t, `select count(*) from message_change`); n != 2 {
		t.Errorf("%d changes, want 2", n)
	}
	if len(d.up) != 2 {
		t.Errorf("told of %d changes, want 2", len(d.up))
	}
}

// What the company writes on the phone itself is theirs, quiets the bot, and is not doubled
// by the echo of what we sent.
func TestOwnMessages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "in.1", "hola"))
	c := d.conversation(t)
	d.sent(t, c, "desde aquí", "out.1")
	own := wrote("eva", "own.1", "desde el móvil")
	own.Message.Own = true
	echo := wrote("eva", "out.1", "desde aquí")
	echo.Message.Own = true
	d.take(t, own, echo, own)
	if n := d.Count(t, `select count(*) from message where direction = 'out' and kind = 'message'`); n != 2 {
		t.Errorf("%d messages of ours, want 2", n)
	}
	if n := d.Count(t, `select count(*) from message where provider_id = 'own.1' and state = 'sent' and author_kind = 'agent'`); n != 1 {
		t.Error("the phone's message is not ours")
	}
	d2 := newDesk(t)
	d2.take(t, wrote("leo", "in.1", "hola"))
	own = wrote("leo", "own.1", "yo te atiendo")
	own.Message.Own = true
	d2.take(t, own)
	if n := d2.Count(t, `select count(*) from conversation where state = 'paused' and paused_until > now()`); n != 1 {
		t.Error("the bot would speak over the person at the phone")
	}
}

// A person goes by several names on a channel, and by one number on many channels.
func TestOnePersonManyNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	lid := wrote("77@lid", "1", "hola")
	d.take(t, lid)
	both := wrote("34600111222@s.whatsapp.net", "2", "soy yo")
	both.From.Aliases, both.From.Phone, both.From.Verified = []string{"77@lid"}, "+34600111222", true
	d.take(t, both)
	byPhone := wrote("34600111222@s.whatsapp.net", "3", "otra vez")
	d.take(t, byPhone)
	if n := d.Count(t, `select count(*) from contact`); n != 1 {
		t.Fatalf("%d people, want 1", n)
	}
	if n := d.Count(t, `select count(*) from conversation where last_seq = 3`); n != 1 {
		t.Error("their messages are not in one thread")
	}
}

func TestVerifiedPhoneIsOnePerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, other, _, _, _ := d.AddCompany(t, "Otra")
	var second channels.Channel
	d.Do(t, func(tx db.CompanyTx) error {
		second = d.Channel
		second.ID = id.New[id.Channel]()
		_, err := tx.Exec(t.Context(), `insert into channel (id, company_id, kind, name, ref) values ($1::uuid, $2, 'cloudapi', 'dos', $1::uuid::text)`, second.ID, d.Company)
		return err
	})
	write := func(c channels.Channel, who string, verified bool) {
		t.Helper()
		ev := wrote(who, id.New[id.Message]().String(), "hola")
		ev.Channel, ev.From.Phone, ev.From.Verified = c, "+34600111222", verified
		if err := d.in.Take(t.Context(), ev); err != nil {
			t.Fatal(err)
		}
	}
	write(d.Channel, "a", true)
	write(second, "b", true)      // the same person on another channel
	write(second, "typed", false) // anybody can type a number
	write(other, "c", true)       // another company's business
	if n := d.Count(t, `select count(*) from contact`); n != 2 {
		t.Errorf("%d people of this company, want 2", n)
	}
	if n := d.Count(t, `select count(distinct contact_id) from identity where value in ('a', 'b')`); n != 1 {
		t.Error("one number is two people")
	}
}

// A file waits in a row of its own until it is fetched.
func TestMediaWaits(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ev := channels.Inbound{ExternalID: "1", From: channels.Sender{Identity: "eva"}, Message: &channels.Message{
		Content: chat.Content{Type: chat.Image, Media: &chat.Media{MIME: "image/jpeg"}}, Media: &channels.MediaRef{Ref: "media-1", MIME: "image/jpeg"}}}
	d.take(t, ev, ev)
	c := d.conversation(t)
	d.Do(t, func(tx db.CompanyTx) error {
		lines, _, err := inbox.Messages(t.Context(), tx, c, inbox.Span{Limit: 5})
		if err == nil && (len(lines) != 1 || lines[0].MediaState != "waiting") {
			t.Errorf("lines are %+v", lines)
		}
		return err
	})
	if n := d.Count(t, `select count(*) from message_media`); n != 1 {
		t.Errorf("%d files wait, want 1", n)
	}
}

// Outside a channel's window a person hears at once what is allowed.
func TestWindow(t *testing.T) {
	t.Parallel()
	way := func(c channels.Capabilities) inbox.Way {
		c.MaxText = 100
		return inbox.Way{Capabilities: func(channels.Channel) channels.Capabilities { return c }}
	}
	day := channels.Capabilities{ReplyWindow: 24 * time.Hour, Start: channels.ByTemplate, Templates: true}
	human := channels.Capabilities{ReplyWindow: 24 * time.Hour, HumanWindow: 7 * 24 * time.Hour, Start: channels.OnlyToAnswer}
	tpl := chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "hola", Language: "es"}}
	for name, c := range map[string]struct {
		caps    channels.Capabilities
		heard   string
		content chat.Content
		want    string
	}{
		"inside":                   {day, "1 hour", chat.Plain("hola"), ""},
		"outside":                  {day, "25 hours", chat.Plain("hola"), "window.template"},
		"a template outside":       {day, "25 hours", tpl, ""},
		"a person after a day":     {human, "25 hours", chat.Plain("hola"), ""},
		"a person after a week":    {human, "8 days", chat.Plain("hola"), "window.closed"},
		"no templates here":        {human, "8 days", tpl, "window.closed"},
		"nothing it could carry":   {channels.Capabilities{}, "1 hour", chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Message: id.New[id.Message](), Emoji: "👍"}}, "content.not_on_channel"},
		"a channel with no window": {channels.Capabilities{}, "99 days", chat.Plain("hola"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.take(t, wrote("eva", "1", "hola"))
			conv := d.conversation(t)
			d.Do(t, func(tx db.CompanyTx) error {
				_, err := tx.Exec(t.Context(), `update conversation set heard_at = now() - $1::interval`, c.heard)
				return err
			})
			err := d.DB.ForCompany(t.Context(), d.Company, func(tx db.CompanyTx) error {
				_, err := inbox.Reply(t.Context(), tx, way(c.caps), conv, inbox.Actor{User: d.Ana}, "k", c.content)
				return err
			})
			var p *errs.Problem
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (!errors.As(err, &p) || p.Code != c.want):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// A long text leaves as several messages, each with a fate of its own.
func TestLongTextIsSplit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(t, wrote("eva", "1", "hola"))
	c := d.conversation(t)
	way := inbox.Way{Capabilities: func(channels.Channel) channels.Capabilities { return channels.Capabilities{MaxText: 20} }}
	for range 2 { // the same key again writes nothing more
		d.Do(t, func(tx db.CompanyTx) error {
			_, err := inbox.Reply(t.Context(), tx, way, c, inbox.Actor{User: d.Ana}, "k", chat.Plain("Primera frase larga. Segunda frase. Tercera."))
			return err
		})
	}
	if n := d.Count(t, `select count(*) from outbox`); n != 3 {
		t.Errorf("%d messages wait, want 3", n)
	}
	if n := d.Count(t, `select count(*) from message where length(content ->> 'text') > 20 and direction = 'out' and kind = 'message'`); n != 0 {
		t.Error("a part is too long")
	}
}

// Whoever is written to first becomes known by their address.
func TestStart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	start := func(key string) (ch inbox.Change) {
		d.Do(t, func(tx db.CompanyTx) (err error) {
			ch, err = inbox.Start(t.Context(), tx, inboxtest.Way, d.Channel.ID, []string{"+34600111222"}, inbox.Actor{User: d.Ana}, key, chat.Plain("hola"))
			return err
		})
		return ch
	}
	a, b, c := start("1"), start("1"), start("2")
	if a.Message != b.Message || a.Message == c.Message || a.Conversation != c.Conversation {
		t.Errorf("messages %s %s %s", a.Message, b.Message, c.Message)
	}
	if n := d.Count(t, `select count(*) from contact where phone = '+34600111222'`); n != 1 {
		t.Errorf("%d people, want 1", n)
	}
}

// One item the database will never take costs neither its neighbours nor an endless repeat.
func TestPoisonIsDropped(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	poison := wrote("mallory", "2", "x")
	poison.From.Identity = "" // refused by a constraint of identity
	d.take(t, wrote("eva", "1", "hola"), poison, wrote("leo", "3", "qué tal"))
	if n := d.Count(t, `select count(*) from message where direction = 'in'`); n != 2 {
		t.Errorf("%d messages stored, want 2", n)
	}
}

// A window counts from when the person wrote, not from when we heard of it.
func TestHeardWhenWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	late := wrote("eva", "1", "hola")
	late.At = time.Now().Add(-30 * time.Hour)
	d.take(t, late)
	if n := d.Count(t, `select count(*) from conversation where heard_at < now() - interval '29 hours'`); n != 1 {
		t.Error("a message of yesterday opens a window of today")
	}
	d.take(t, wrote("eva", "2", "¿hola?"))
	ahead := wrote("eva", "3", "desde el futuro")
	ahead.At = time.Now().Add(48 * time.Hour)
	d.take(t, ahead)
	if n := d.Count(t, `select count(*) from conversation where heard_at between now() - interval '1 minute' and now()`); n != 1 {
		t.Error("a clock that is ahead keeps a window open")
	}
}
