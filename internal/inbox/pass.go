package inbox

import (
	"context"
	_ "embed"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/outbox"
)

//go:embed queries/earlier.sql
var earlierSQL string

// Pass offers the contact to go on at another number of the company, one that an agent holds
// with their own phone. The offer is one message with a link that opens a chat there; text
// is what it says, "" for words that ask for consent. The actor becomes the one who answers,
// if nobody does. The contact agrees by writing there within a month: see Apply. A new offer
// takes the place of one that is still open, and closing the conversation ends it.
func Pass(ctx context.Context, tx db.CompanyTx, w Way, c id.Conversation, a Actor, key string, to id.Channel, text string) (Change, error) {
	t, known, err := openFor(ctx, tx, c, a, key)
	if err != nil || !known.Message.IsZero() {
		return known, err
	}
	offer, err := t.offer(ctx, tx, w.Language, to, text)
	if err != nil {
		return Change{}, err
	}
	t, cancelled, err := answering(ctx, tx, t, a)
	if err != nil {
		return Change{}, err
	}
	first, err := t.sayOnce(w, draft{kind: KindMessage, author: Agent(a.User), clientID: key, content: offer, priority: outbox.Agent})
	if err != nil {
		return Change{}, err
	}
	t.event(Agent(a.User), "passing")
	_, err = tx.Exec(ctx, `insert into pass (id, company_id, contact_id, from_conversation, to_channel, by_user) values ($1, $2, $3, $4, $5, $6)
		on conflict (from_conversation) where accepted_at is null do update
		set to_channel = excluded.to_channel, by_user = excluded.by_user, asked_at = excluded.asked_at`,
		id.New[id.Pass](), tx.Company(), t.contact, t.id, to, a.User)
	if err != nil {
		return Change{}, err
	}
	done, err := finish(ctx, tx, t)
	done.Cancelled, done.Message = cancelled, first
	return done, err
}

var phoneNumber = regexp.MustCompile(`^\+?[1-9][0-9]{5,14}$`)

// offer is the message that passes the contact on. A link opens a chat with a number:
// https://faq.whatsapp.com/5913398998672934 ("How to use click to chat").
func (t *thread) offer(ctx context.Context, tx db.CompanyTx, language string, to id.Channel, text string) (chat.Content, error) {
	if to == t.channel {
		return chat.Content{}, errs.New(errs.Invalid, "pass.same_channel").At("body.channel_id")
	}
	var number, theirs string
	var ready, recognised bool
	err := tx.QueryRow(ctx, `select coalesce(s.number, ''), ch.enabled and coalesce(s.linked, false), ct.language,
			exists (select 1 from conversation v where v.contact_id = ct.id and v.channel_id = ch.id)
			or ct.phone <> '' and exists (select 1 from identity i where i.contact_id = ct.id and i.verified)
		from channel ch left join channel_session s on s.id = ch.id join contact ct on ct.id = $2
		where ch.id = $1 and ch.deleted_at is null`, to, t.contact).Scan(&number, &ready, &theirs, &recognised)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return chat.Content{}, errs.Missing("channel").At("body.channel_id")
	case err != nil:
		return chat.Content{}, err
	case !ready || !phoneNumber.MatchString(number):
		return chat.Content{}, errs.New(errs.Conflict, "pass.no_number").At("body.channel_id")
	case !recognised: // whoever wrote there would be somebody new to us
		return chat.Content{}, errs.New(errs.Conflict, "pass.unknown_person")
	}
	if theirs != "" {
		language = theirs
	}
	words := passWords["es"]
	if strings.HasPrefix(language, "en") {
		words = passWords["en"]
	}
	if strings.TrimSpace(text) == "" {
		text = words.ask
	}
	link := "https://wa.me/" + strings.TrimPrefix(number, "+") + "?text=" + strings.ReplaceAll(url.QueryEscape(words.greeting), "+", "%20")
	c := chat.Content{Type: chat.Buttons, Text: text, Buttons: []chat.Button{{ID: "pass", Label: words.label, URL: link}}}
	return c, c.Check()
}

// passWords are the words of an offer. A label may have 20 characters on the official API.
var passWords = map[string]struct{ ask, label, greeting string }{
	"es": {"Si quieres, sigue la conversación conmigo en mi número; al escribirme ahí aceptas que te responda por ese número.",
		"Seguir en mi número", "Hola, sigamos por aquí."},
	"en": {"If you like, continue the conversation with me on my number; by writing to me there you agree that I answer you from that number.",
		"Write to my number", "Hi, let's continue here."},
}

// lockWithEarlier locks a turn's conversation and the one that was passed to it, in the
// order in which incoming batches lock conversations.
func lockWithEarlier(ctx context.Context, tx db.CompanyTx, r TurnResult) error {
	_, err := tx.Exec(ctx, `select 1 from conversation where id in ($1, (select from_conversation from pass where id = $2))
		order by id for no key update`, r.Conversation, r.Pass)
	return err
}

// accept completes the turn of somebody who wrote where they were passed to: whoever offered
// it has the conversation, unless a colleague has it already. If they have left meanwhile, a
// person is asked for.
func (t *thread) accept(ctx context.Context, tx db.CompanyTx, r TurnResult) (Change, error) {
	var by id.User
	var from id.Conversation
	var answers bool
	err := tx.QueryRow(ctx, `select by_user, from_conversation, exists (
			select 1 from member where user_id = by_user and role in ('owner', 'admin', 'agent')) from pass where id = $1`, r.Pass).
		Scan(&by, &from, &answers)
	if err != nil {
		return Change{}, err
	}
	earlier, err := lock(ctx, tx, from)
	if err != nil {
		return Change{}, err
	}
	b := &pgx.Batch{}
	b.Queue(`update pass set accepted_at = now(), consent_id = $2, to_conversation = $3, from_seq = $4 where id = $1`,
		r.Pass, r.Message, t.id, earlier.lastSeq)
	b.Queue(`delete from pass where contact_id = $1 and to_channel = $2 and accepted_at is null`, t.contact, t.channel) // older offers
	if err := send(ctx, tx, b); err != nil {
		return Change{}, err
	}
	author := Agent(by)
	earlier.event(author, "passed")
	if _, err := finish(ctx, tx, earlier); err != nil {
		return Change{}, err
	}
	var ch Change
	if answers && (t.state != bots.Human || t.assignee == by) {
		ch, err = take(ctx, tx, t, by, bots.Claimed, author, "passed")
	} else {
		ch, err = t.acceptUnassigned(ctx, tx, r, author, answers)
	}
	ch.Earlier = from
	return ch, err
}

func (t *thread) acceptUnassigned(ctx context.Context, tx db.CompanyTx, r TurnResult, by Author, answers bool) (Change, error) {
	t.event(by, "passed")
	if !answers && (t.state.BotSpeaks() || t.state == bots.Waiting) {
		if err := t.to(bots.Asked); err != nil {
			return Change{}, err
		}
		t.event(Author{Kind: chat.BySystem}, "handoff.left")
	}
	if _, err := tx.Exec(ctx, `delete from turn where conversation_id = $1 and fence = $2`, t.id, r.Fence); err != nil {
		return Change{}, err
	}
	return finish(ctx, tx, t)
}

// neighbours are the thread that was last passed on to this one and where this one was last
// passed on to, if any.
func neighbours(ctx context.Context, tx db.CompanyTx, c id.Conversation) (before, after *Thread, err error) {
	rows, err := tx.Query(ctx, `select p.was_before, v.id, ch.id, ch.kind, ch.name, p.accepted_at from (
			(select true as was_before, from_conversation as id, accepted_at from pass
				where to_conversation = $1 and accepted_at is not null order by accepted_at desc limit 1)
			union all
			(select false, to_conversation, accepted_at from pass
				where from_conversation = $1 and accepted_at is not null order by accepted_at desc limit 1)
		) p join conversation v on v.id = p.id join channel ch on ch.id = v.channel_id`, c)
	if err != nil {
		return nil, nil, err
	}
	var t Thread
	var wasBefore bool
	_, err = pgx.ForEachRow(rows, []any{&wasBefore, &t.Conversation, &t.Channel.ID, &t.Channel.Kind, &t.Channel.Name, &t.PassedAt}, func() error {
		found := t
		if wasBefore {
			before = &found
		} else {
			after = &found
		}
		return nil
	})
	return before, after, err
}

// HistoryLine is a line of an earlier thread.
type HistoryLine struct {
	Message
	Channel RowChannel `json:"channel"`
}

// HistoryPlace is where a page of history ended.
type HistoryPlace struct {
	Conversation id.Conversation `json:"c"`
	Seq          int64           `json:"s"`
}

// History returns what was said before this thread began, in those that were passed on to
// it, the newest line first: up to limit lines below before, or the newest.
func History(ctx context.Context, tx db.CompanyTx, c id.Conversation, before *HistoryPlace, limit int) ([]HistoryLine, error) {
	rows, err := tx.Query(ctx, earlierSQL, c)
	if err != nil {
		return nil, err
	}
	type stretch struct {
		HistoryPlace
		channel RowChannel
	}
	threads, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (s stretch, err error) {
		err = r.Scan(&s.Conversation, &s.Seq, &s.channel.ID, &s.channel.Kind, &s.channel.Name)
		s.Seq++ // lines below
		return s, err
	})
	if err != nil {
		return nil, err
	}
	if before != nil {
		i := slices.IndexFunc(threads, func(s stretch) bool { return s.Conversation == before.Conversation })
		if i < 0 {
			return nil, nil
		}
		threads = threads[i:]
		threads[0].Seq = min(threads[0].Seq, before.Seq)
	}
	var out []HistoryLine
	for _, s := range threads {
		if len(out) == limit {
			break
		}
		lines, _, err := Messages(ctx, tx, s.Conversation, Span{Before: &s.Seq, Limit: limit - len(out)})
		if err != nil {
			return nil, err
		}
		for _, m := range slices.Backward(lines) {
			out = append(out, HistoryLine{m, s.channel})
		}
	}
	return out, nil
}
