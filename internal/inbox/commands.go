package inbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/outbox"
)

// Change is what a command did, for those who must be told after the commit.
type Change struct {
	Conversation id.Conversation
	Lane         id.Channel      // to wake; zero when nothing was queued
	Message      id.Message      // the message written, if any
	Cancelled    []id.Message    // the bot's messages taken back
	Earlier      id.Conversation // the thread that was passed on to this one just now
}

// Actor is the person who commands. Manager may take a conversation from a colleague.
type Actor struct {
	User    id.User
	Manager bool
}

// Claim makes the actor the one who answers. The first of many wins; the others get a
// Conflict "conversation.claimed" that names who has it. What the bot had queued and not
// yet sent is taken back.
func Claim(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (Change, error) {
	t, err := lock(ctx, tx, c)
	if err != nil {
		return Change{}, err
	}
	if t.state == bots.Human && t.assignee == a.User {
		return Change{Conversation: c}, nil
	}
	if t.state == bots.Human && !a.Manager {
		return Change{}, claimed(ctx, tx, t)
	}
	return take(ctx, tx, t, a.User, bots.Claimed, Agent(a.User), "claimed")
}

// Assign gives the conversation to a colleague.
func Assign(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, to id.User) (Change, error) {
	t, err := lock(ctx, tx, c)
	if err != nil {
		return Change{}, err
	}
	if t.state == bots.Human && t.assignee != a.User && !a.Manager {
		return Change{}, claimed(ctx, tx, t)
	}
	var answers bool
	err = tx.QueryRow(ctx, `select role in ('owner', 'admin', 'agent') from member where user_id = $1`, to).Scan(&answers)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !answers {
		return Change{}, errs.New(errs.Invalid, "conversation.bad_assignee").At("body.user")
	} else if err != nil {
		return Change{}, err
	}
	return take(ctx, tx, t, to, bots.Claimed, Agent(a.User), "assigned")
}

// Reopen takes a closed conversation up again.
func Reopen(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (Change, error) {
	t, err := lock(ctx, tx, c)
	if err != nil {
		return Change{}, err
	}
	return take(ctx, tx, t, a.User, bots.Reopen, Agent(a.User), "reopened")
}

func take(ctx context.Context, tx db.CompanyTx, t *thread, who id.User, ev bots.Event, by Author, code string) (Change, error) {
	if err := t.to(ev); err != nil {
		return Change{}, err
	}
	t.assignee = who
	cancelled, err := outbox.CancelBot(ctx, tx, t.id)
	if err != nil {
		return Change{}, err
	}
	if _, err := tx.Exec(ctx, `delete from turn where conversation_id = $1`, t.id); err != nil {
		return Change{}, err // a bot in the middle of its turn finds its fence gone
	}
	t.event(by, code)
	ch, err := finish(ctx, tx, t)
	ch.Cancelled = cancelled
	return ch, err
}

func claimed(ctx context.Context, tx db.CompanyTx, t *thread) error {
	var name string
	err := tx.QueryRow(ctx, `select name from app_user where id = $1`, t.assignee).Scan(&name)
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "conversation.claimed", "name", name)
}

// Release gives the conversation back to the bot.
func Release(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (Change, error) {
	return move(ctx, tx, c, a, bots.Released, "released")
}

// Unassign takes the conversation from whoever has it; it waits for the next.
func Unassign(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (Change, error) {
	return move(ctx, tx, c, a, bots.Unassigned, "unassigned")
}

// Close ends the matter; the contact's next message goes to the bot again.
func Close(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (Change, error) {
	return move(ctx, tx, c, a, bots.Close, "closed")
}

// Pause silences the bot until a time.
func Pause(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, until time.Time) (Change, error) {
	now, err := db.Now(ctx, tx)
	if err != nil {
		return Change{}, err
	}
	if !until.After(now) || until.After(now.AddDate(1, 0, 0)) {
		return Change{}, errs.New(errs.Invalid, "conversation.pause_time").At("body.until")
	}
	t, err := locked(ctx, tx, c, a)
	if err != nil {
		return Change{}, err
	}
	if err := t.to(bots.Pause); err != nil {
		return Change{}, err
	}
	t.pausedUntil = &until
	t.event(Agent(a.User), "paused")
	return finish(ctx, tx, t)
}

func move(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, ev bots.Event, code string) (Change, error) {
	t, err := locked(ctx, tx, c, a)
	if err != nil {
		return Change{}, err
	}
	if err := t.to(ev); err != nil {
		return Change{}, err
	}
	if t.state == t.from {
		return Change{Conversation: c}, nil
	}
	t.event(Agent(a.User), code)
	if t.state == bots.WithBot || t.state == bots.Closed {
		t.memory = &bots.Memory{} // a new matter: the bot greets and counts afresh
	}
	if t.state == bots.Closed {
		if _, err := tx.Exec(ctx, `delete from turn where conversation_id = $1`, c); err != nil {
			return Change{}, err
		}
	}
	return finish(ctx, tx, t)
}

// locked is lock for those who may only touch what is theirs or nobody's.
func locked(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor) (*thread, error) {
	t, err := lock(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	if t.state == bots.Human && t.assignee != a.User && !a.Manager {
		return nil, claimed(ctx, tx, t)
	}
	return t, nil
}

func finish(ctx context.Context, tx db.CompanyTx, t *thread) (Change, error) {
	b := &pgx.Batch{}
	t.save(b, tx.Company())
	ch := Change{Conversation: t.id}
	for i := range t.drafts {
		if t.drafts[i].priority != 0 {
			ch.Lane = t.channel
		}
		if t.drafts[i].kind != KindEvent {
			ch.Message = t.drafts[i].id
		}
	}
	return ch, send(ctx, tx, b)
}

// Reply writes to the contact as the actor. key makes a repeat of the call harmless: the
// same key gives the same message. A conversation nobody has becomes the actor's. What the
// channel needs in several parts becomes several messages; the first is the one returned.
func Reply(ctx context.Context, tx db.CompanyTx, w Way, c id.Conversation, a Actor, key string, content chat.Content) (Change, error) {
	t, known, err := openFor(ctx, tx, c, a, key)
	if err != nil || !known.Message.IsZero() {
		return known, err
	}
	t, cancelled, err := answering(ctx, tx, t, a)
	if err != nil {
		return Change{}, err
	}
	first, err := t.sayOnce(w, draft{kind: KindMessage, author: Agent(a.User), clientID: key, content: content, priority: outbox.Agent})
	if err != nil {
		return Change{}, err
	}
	done, err := finish(ctx, tx, t)
	done.Cancelled, done.Message = cancelled, first
	return done, err
}

// answering makes the actor the one who answers, where they may write at all. It returns the
// thread as it then is, and what the bot had queued.
func answering(ctx context.Context, tx db.CompanyTx, t *thread, a Actor) (*thread, []id.Message, error) {
	switch {
	case t.state == bots.Closed:
		return nil, nil, errs.New(errs.Conflict, "conversation.closed")
	case t.gone:
		return nil, nil, errs.New(errs.Conflict, "conversation.channel_gone")
	case t.state == bots.Human:
		return t, nil, nil
	}
	ch, err := take(ctx, tx, t, a.User, bots.Claimed, Agent(a.User), "claimed")
	if err != nil {
		return nil, nil, err
	}
	t, err = lock(ctx, tx, t.id)
	return t, ch.Cancelled, err
}

// Note writes something only colleagues see. mentions are told.
func Note(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, key, text string, mentions []id.User) (Change, error) {
	if strings.TrimSpace(text) == "" {
		return Change{}, errs.New(errs.Invalid, "content.missing", "type", "note").At("body.text")
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from member where user_id = any($1::uuid[])`, db.UUIDs(mentions)).Scan(&n); err != nil {
		return Change{}, err
	}
	if n != len(mentions) {
		return Change{}, errs.New(errs.Invalid, "note.unknown_mention").At("body.mentions")
	}
	t, err := lock(ctx, tx, c)
	if err != nil {
		return Change{}, err
	}
	if known, err := byKey(ctx, tx, t, key); err != nil || !known.Message.IsZero() {
		return known, err
	}
	t.add(draft{kind: KindNote, author: Agent(a.User), clientID: key, content: chat.Plain(text), mentions: mentions})
	return finish(ctx, tx, t)
}

func openFor(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, key string) (*thread, Change, error) {
	t, err := locked(ctx, tx, c, a)
	if err != nil {
		return nil, Change{}, err
	}
	known, err := byKey(ctx, tx, t, key)
	return t, known, err
}

// byKey finds the message an idempotency key has made before. The lock on the thread
// keeps two calls with one key apart.
func byKey(ctx context.Context, tx db.CompanyTx, t *thread, key string) (Change, error) {
	if key == "" {
		return Change{}, errs.New(errs.Invalid, "idempotency.missing").At("header.Idempotency-Key")
	}
	ch := Change{Conversation: t.id}
	var conv id.Conversation
	err := tx.QueryRow(ctx, `select message_id, conversation_id from message_ref where channel_id = $1 and kind = 'client' and ref = $2`,
		t.channel, key).Scan(&ch.Message, &conv)
	if errors.Is(err, pgx.ErrNoRows) {
		return Change{}, nil
	}
	if err == nil && conv != t.id {
		return Change{}, errs.New(errs.Conflict, "idempotency.reused").At("header.Idempotency-Key")
	}
	return ch, err
}

// Resend gives a failed or unsure message another try.
func Resend(ctx context.Context, tx db.CompanyTx, c id.Conversation, a Actor, m id.Message) (Change, error) {
	t, err := locked(ctx, tx, c, a)
	if err != nil {
		return Change{}, err
	}
	var conv id.Conversation
	err = tx.QueryRow(ctx, `select conversation_id from message where id = $1`, m).Scan(&conv)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && conv != c {
		return Change{}, errs.Missing("message")
	} else if err != nil {
		return Change{}, err
	}
	ok, err := outbox.Requeue(ctx, tx, m, outbox.Agent)
	if err != nil {
		return Change{}, err
	}
	if !ok {
		return Change{}, errs.New(errs.Conflict, "message.not_resendable")
	}
	_, err = tx.Exec(ctx, `update conversation set changed_at = now() where id = $1`, c)
	return Change{Conversation: c, Lane: t.channel, Message: m}, err
}

// MarkRead records that an agent has read the thread up to seq.
func MarkRead(ctx context.Context, tx db.CompanyTx, c id.Conversation, seq int64) (bool, error) {
	// Under the lock, so that a message which is just being stored is counted.
	if _, err := lock(ctx, tx, c); err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, `update conversation set read_seq = least($2, last_seq), changed_at = now(),
		unread = (select count(*) from message m where m.conversation_id = $1 and m.direction = 'in' and m.seq > $2)
		where id = $1 and (read_seq < least($2, last_seq) or unread > 0)`, c, seq)
	return tag.RowsAffected() == 1, err
}

// SetLabels replaces the conversation's labels.
func SetLabels(ctx context.Context, tx db.CompanyTx, c id.Conversation, labels []id.Label) (Change, error) {
	if _, err := lock(ctx, tx, c); err != nil {
		return Change{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from label where id = any($1::uuid[])`, db.UUIDs(labels)).Scan(&n); err != nil {
		return Change{}, err
	}
	if n != len(labels) {
		return Change{}, errs.Missing("label").At("body.labels")
	}
	b := &pgx.Batch{}
	b.Queue(`delete from conversation_label where conversation_id = $1 and label_id <> all($2::uuid[])`, c, db.UUIDs(labels))
	b.Queue(`insert into conversation_label (conversation_id, label_id, company_id)
		select $1, unnest($2::uuid[]), $3 on conflict do nothing`, c, db.UUIDs(labels), tx.Company())
	b.Queue(`update conversation set changed_at = now() where id = $1`, c)
	return Change{Conversation: c}, send(ctx, tx, b)
}
