package inbox

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/outbox"
)

// Way is what writing needs to know of channels.
type Way struct {
	// Capabilities are what a channel can carry; it is given one without secrets.
	Capabilities func(channels.Channel) channels.Capabilities
	// Link is an address at which the person can fetch a file the channel cannot carry; ""
	// when there is none. May be nil.
	Link     func(id.Company, chat.Media) string
	Language string // of our own words around a message, "es" or "en"
}

// WayOf is the Way to the channels of some adapters; adapter gives a kind's, nil when it is
// gone: to its channels nothing is written any more.
func WayOf(adapter func(channels.Kind) channels.Adapter, link func(id.Company, chat.Media) string, language string) Way {
	return Way{Link: link, Language: language, Capabilities: func(c channels.Channel) channels.Capabilities {
		if a := adapter(c.Kind); a != nil {
			return a.Capabilities(c)
		}
		return channels.Capabilities{Start: channels.OnlyToAnswer, ReplyWindow: 1}
	}}
}

// Fit cuts a message into parts that a channel can carry, and says which of its limits the
// message met; without parts it cannot be carried at all.
func (w Way) Fit(via channels.Channel, c chat.Content) ([]chat.Content, []channels.Breach) {
	o := channels.FitOptions{Language: w.Language}
	if w.Link != nil {
		o.Link = func(m chat.Media) string { return w.Link(via.Company, m) }
	}
	return channels.Fit(c, w.Capabilities(via), o)
}

// say adds what a bot says, in as many messages as the channel needs. What the channel
// cannot carry at all stands in the thread as failed, so that somebody sees it.
func (t *thread) say(w Way, d draft) {
	parts, breaches := w.Fit(t.via, d.content)
	if len(parts) == 0 {
		d.priority, d.refused = 0, "unfit:"+lastLimit(breaches)
		t.add(d)
		return
	}
	for _, p := range parts {
		d.content = p
		t.add(d)
	}
}

// sayOnce is say for a person, who is told at once what cannot be sent. It returns the first
// part's id.
func (t *thread) sayOnce(w Way, d draft) (id.Message, error) {
	if err := t.within(w, d.content); err != nil {
		return id.Message{}, err
	}
	parts, breaches := w.Fit(t.via, d.content)
	if len(parts) == 0 {
		return id.Message{}, errs.New(errs.Invalid, "content.not_on_channel", "limit", lastLimit(breaches)).At("content")
	}
	var first id.Message
	for i, p := range parts {
		d.content = p
		m := t.add(d)
		if i == 0 {
			first, d.clientID = m.id, ""
		}
	}
	return first, nil
}

func lastLimit(bs []channels.Breach) string {
	if len(bs) == 0 {
		return ""
	}
	return bs[len(bs)-1].Limit
}

// within refuses a person's message outside the channel's window, unless it is a template
// where templates may be sent.
func (t *thread) within(w Way, c chat.Content) error {
	caps := w.Capabilities(t.via)
	win := caps.WindowAt(t.now, t.heard)
	switch {
	case win.Open, c.Type == chat.TemplateMsg && caps.Templates:
		return nil
	case win.Start == channels.ByTemplate:
		return errs.New(errs.Conflict, "window.template")
	}
	return errs.New(errs.Conflict, "window.closed")
}

// WindowOf tells what may be written in a conversation now.
func WindowOf(ctx context.Context, tx db.CompanyTx, w Way, c id.Conversation) (channels.Window, error) {
	var via channels.Channel
	var heard *time.Time
	var now time.Time
	err := tx.QueryRow(ctx, `select ch.id, ch.kind, ch.settings, c.heard_at, now() from conversation c join channel ch on ch.id = c.channel_id where c.id = $1`, c).
		Scan(&via.ID, (*string)(&via.Kind), &via.Settings, &heard, &now)
	if errors.Is(err, pgx.ErrNoRows) {
		return channels.Window{}, errs.Missing("conversation")
	}
	if err != nil {
		return channels.Window{}, err
	}
	via.Company = tx.Company()
	if heard == nil {
		heard = &time.Time{}
	}
	return w.Capabilities(via).WindowAt(now, *heard), nil
}

// Addressee is the other end of a conversation as its platform knows it.
type Addressee struct {
	Channel  id.Channel
	Identity string
	Last     string // the platform's id of their last message; "" when they never wrote
}

// AddresseeOf finds the other end of a conversation.
func AddresseeOf(ctx context.Context, tx db.CompanyTx, c id.Conversation) (a Addressee, err error) {
	err = tx.QueryRow(ctx, `select channel_id, address, heard_ref from conversation where id = $1`, c).Scan(&a.Channel, &a.Identity, &a.Last)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("conversation")
	}
	return a, err
}

// Start writes to somebody on a channel first, as an agent or, with no actor, as the system.
// They may have any of these addresses; who is not known there by one yet becomes known by
// the first.
func Start(ctx context.Context, tx db.CompanyTx, w Way, ch id.Channel, addresses []string, a Actor, key string, content chat.Content) (Change, error) {
	by, priority := Agent(a.User), outbox.Agent
	if a.User.IsZero() {
		by, priority = Author{Kind: chat.BySystem}, outbox.Bot
	}
	address, err := knownAs(ctx, tx, ch, addresses)
	if err != nil {
		return Change{}, err
	}
	c, err := threadTo(ctx, tx, ch, address)
	if err != nil {
		return Change{}, err
	}
	t, err := lock(ctx, tx, c)
	if err != nil {
		return Change{}, err
	}
	if known, err := byKey(ctx, tx, t, key); err != nil || !known.Message.IsZero() {
		return known, err
	}
	first, err := t.sayOnce(w, draft{kind: KindMessage, author: by, clientID: key, content: content, priority: priority})
	if err != nil {
		return Change{}, err
	}
	done, err := finish(ctx, tx, t)
	done.Message = first
	return done, err
}

// knownAs is the first of some addresses by which somebody is known on a channel; the first of
// all when nobody is.
func knownAs(ctx context.Context, tx db.CompanyTx, ch id.Channel, addresses []string) (address string, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select value from identity where channel_id = $1 and value = any($2)
		order by array_position($2, value) limit 1), ($2::text[])[1], '')`, ch, addresses).Scan(&address)
	return address, err
}

// threadTo finds or makes the conversation with an address on a channel.
func threadTo(ctx context.Context, tx db.CompanyTx, ch id.Channel, address string) (c id.Conversation, err error) {
	if address == "" || len(address) > 300 {
		return c, errs.New(errs.Invalid, "conversation.address").At("to")
	}
	contact := id.New[id.Contact]()
	b := &pgx.Batch{}
	b.Queue(`with met as (
			insert into identity (channel_id, value, company_id, contact_id) select $1, $2, $3, $4
			on conflict do nothing returning contact_id
		) insert into contact (id, company_id, phone) select contact_id, $3, case when $2 ~ '^\+[0-9]{6,15}$' then $2 else '' end from met`, ch, address, tx.Company(), contact)
	b.Queue(`insert into conversation (id, company_id, channel_id, contact_id, address)
		select $3, i.company_id, i.channel_id, i.contact_id, $2 from identity i where i.channel_id = $1 and i.value = $2
		on conflict (channel_id, contact_id) do nothing`, ch, address, id.New[id.Conversation]())
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return c, err
	}
	err = tx.QueryRow(ctx, `select v.id from identity i join conversation v on v.channel_id = i.channel_id and v.contact_id = i.contact_id
		where i.channel_id = $1 and i.value = $2`, ch, address).Scan(&c)
	return c, err
}
