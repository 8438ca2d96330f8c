package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/outbox"
)

// thread is a conversation whose row this transaction has locked. Changes gather in it and
// are written together by save.
type thread struct {
	id          id.Conversation
	channel     id.Channel
	contact     id.Contact
	address     string
	state       bots.State
	assignee    id.User
	pausedUntil *time.Time
	lastSeq     int64
	version     int64
	via         channels.Channel // without secrets
	gone        bool             // the channel was disconnected
	heard       time.Time        // the contact last wrote
	now         time.Time

	from    bots.State
	was     id.User
	wanted  id.User // agent that a flow hands over to
	drafts  []draft
	lastOut *draft
	memory  *bots.Memory
}

// draft is a message to be written at the end of a thread.
type draft struct {
	id       id.Message
	seq      int64
	kind     Kind
	author   Author
	clientID string
	content  chat.Content
	trace    *bots.Trace
	priority outbox.Priority // 0: not sent
	refused  string          // why it cannot be sent; it stands in the thread as failed
	mentions []id.User
}

// Author is who writes for the company. ID is the user or the bot; zero for the system.
type Author struct {
	Kind chat.AuthorKind
	ID   [16]byte
}

// Agent is the author that a signed-in person is.
func Agent(u id.User) Author { return Author{chat.ByAgent, u} }

// lock reads and locks a conversation of the transaction's company.
func lock(ctx context.Context, tx db.CompanyTx, c id.Conversation) (*thread, error) {
	t := &thread{id: c}
	var state string
	var heard *time.Time
	err := tx.QueryRow(ctx, `select c.channel_id, c.contact_id, c.address, c.state, c.assignee_id, c.paused_until, c.last_seq, c.version,
			ch.kind, ch.settings, ch.deleted_at is not null, c.heard_at, now()
		from conversation c join channel ch on ch.id = c.channel_id where c.id = $1 for no key update of c`, c).
		Scan(&t.channel, &t.contact, &t.address, &state, &t.assignee, &t.pausedUntil, &t.lastSeq, &t.version,
			(*string)(&t.via.Kind), &t.via.Settings, &t.gone, &heard, &t.now)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errs.Missing("conversation")
	}
	t.state = bots.State(state)
	t.from, t.was = t.state, t.assignee
	t.via.ID, t.via.Company = t.channel, tx.Company()
	if heard != nil {
		t.heard = *heard
	}
	return t, err
}

// to moves the thread along the handoff machine.
func (t *thread) to(ev bots.Event) error {
	next, err := t.state.Next(ev)
	if err != nil {
		return err
	}
	t.state = next
	if next != bots.Human {
		t.assignee = id.User{}
	}
	if next != bots.Paused {
		t.pausedUntil = nil
	}
	return nil
}

// add appends a message and gives it the next number.
func (t *thread) add(d draft) *draft {
	t.lastSeq++
	d.seq = t.lastSeq
	if d.id.IsZero() {
		d.id = id.New[id.Message]()
	}
	t.drafts = append(t.drafts, d)
	p := &t.drafts[len(t.drafts)-1]
	if d.kind == KindMessage {
		t.lastOut = p
	}
	return p
}

// event notes in the thread what happened to it. code is a catalogue key, "claimed".
func (t *thread) event(by Author, code string) {
	t.add(draft{kind: KindEvent, author: by, content: chat.Plain(code)})
}

const (
	insertMessageSQL = `insert into message (id, company_id, conversation_id, channel_id, seq, direction, kind,
		author_kind, author_id, client_id, destination, content, trace, state, error_code)
		values ($1, $2, $3, $4, $5, 'out', $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	insertRefSQL = `insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
		values ($1, 'client', $2, $3, $4, $5)`
	updateThreadSQL = `update conversation set last_seq = $2, state = $3, assignee_id = $4, paused_until = $5,
		waiting_since = case when $3 <> 'waiting' then null else coalesce(waiting_since, now()) end,
		closed_at = case when $3 <> 'closed' then null else coalesce(closed_at, now()) end,
		memory = coalesce($6, memory), version = version + $7,
		last_at = case when $8::text is null then last_at else now() end,
		last_snippet = coalesce($8, last_snippet), last_from = coalesce($9, last_from), changed_at = now()
		where id = $1`
)

// save queues everything that changed. It returns no error: the batch's sender sees them.
func (t *thread) save(b *pgx.Batch, company id.Company) {
	for i := range t.drafts {
		d := &t.drafts[i]
		state := string(chat.Received) // notes and events go nowhere
		destination := ""
		if d.priority != 0 {
			state, destination = string(chat.Queued), t.address
		}
		var refused *string
		if d.refused != "" {
			state, refused = string(chat.Failed), &d.refused
		}
		var author *[16]byte
		if d.author.ID != ([16]byte{}) {
			author = &d.author.ID
		}
		b.Queue(insertMessageSQL, d.id, company, t.id, t.channel, d.seq, string(d.kind),
			string(d.author.Kind), author, nonEmpty(d.clientID), destination, stored(d), d.trace, state, refused)
		if d.clientID != "" {
			b.Queue(insertRefSQL, t.channel, d.clientID, company, t.id, d.id)
		}
		if d.priority != 0 {
			outbox.Enqueue(b, company, outbox.Item{Message: d.id, Conversation: t.id, Lane: t.channel, Priority: d.priority})
		}
	}
	var snippet, from *string
	if t.lastOut != nil {
		s, f := t.lastOut.content.Snippet(), string(t.lastOut.author.Kind)
		snippet, from = &s, &f
	}
	changed := 0
	if t.state != t.from || t.assignee != t.was {
		changed = 1
	}
	if t.state == bots.Closed && t.from != bots.Closed {
		b.Queue(`delete from pass where from_conversation = $1 and accepted_at is null`, t.id)
	}
	leaves := t.from.BotSpeaks() && !t.state.BotSpeaks()
	if leaves {
		defer t.stopFlows(b) // after the row's own update
	}
	b.Queue(updateThreadSQL, t.id, t.lastSeq, string(t.state), t.assignee, t.pausedUntil, t.memory, changed, snippet, from)
}

// note is how a private note stands in the ledger: its content with the people it names.
type note struct {
	chat.Content
	Mentions []id.User `json:"mentions,omitempty"`
}

func stored(d *draft) json.RawMessage {
	var v any = d.content
	if len(d.mentions) > 0 {
		v = note{d.content, d.mentions}
	}
	b, _ := json.Marshal(v) // strings, numbers and ids always marshal
	return b
}

func send(ctx context.Context, tx db.CompanyTx, b *pgx.Batch) error {
	err := tx.SendBatch(ctx, b).Close()
	if db.Violates(err, "message_ref_pkey") { // in another thread of the channel, at this very moment
		return errs.New(errs.Conflict, "idempotency.reused").At("header.Idempotency-Key")
	}
	return err
}
