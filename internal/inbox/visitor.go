package inbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/visible.sql
var visibleSQL string

//go:embed queries/standing.sql
var standingSQL string

// Line is a message as the contact sees it. Of an agent they see the name, nothing else.
type Line struct {
	ID       id.Message      `json:"id"`
	Seq      int64           `json:"seq"`
	ClientID string          `json:"client_id,omitempty"`
	From     chat.AuthorKind `json:"from"`
	Name     string          `json:"name,omitempty"`
	At       time.Time       `json:"at"`
	Content  chat.Content    `json:"content"`
	State    chat.State      `json:"state"`
}

// Visible returns what the contact may see above after, or the newest below before, in the
// order of the numbers, and whether there is more beyond the far end.
func Visible(ctx context.Context, tx db.CompanyTx, c id.Conversation, after, before *int64, limit int) ([]Line, bool, error) {
	rows, err := tx.Query(ctx, visibleSQL, c, after, before, limit+1)
	if err != nil {
		return nil, false, err
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Line, err error) {
		var direction string
		var name *string
		var content json.RawMessage
		if err = r.Scan(&l.ID, &l.Seq, &l.ClientID, &direction, (*string)(&l.From), &name, &l.At, &content, (*string)(&l.State)); err != nil {
			return l, err
		}
		if name != nil {
			l.Name = *name
		}
		return l, json.Unmarshal(content, &l.Content)
	})
	more := len(out) > limit
	if more {
		out = out[:limit]
	}
	if after == nil {
		slices.Reverse(out)
	}
	return out, more, err
}

// Standing is where a contact's conversation stands.
type Standing struct {
	Conversation id.Conversation
	Contact      id.Contact
	Name         string
	State        bots.State
	Agent        string // who answers, "" for nobody
	Seq          int64
	ReadSeq      int64 // read by an agent up to here
	Reachable    bool  // has left an e-mail address or a phone number
}

// StandingOf finds the conversation of an address on a channel; ok is false when there is
// none yet. It runs with every hint a visitor's socket hears.
func StandingOf(ctx context.Context, tx db.CompanyTx, channel id.Channel, identity string) (s Standing, ok bool, err error) {
	err = tx.QueryRow(ctx, standingSQL, channel, identity).
		Scan(&s.Conversation, &s.Contact, &s.Name, (*string)(&s.State), &s.Agent, &s.Seq, &s.ReadSeq, &s.Reachable)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// Unread counts what the contact may see and has not read.
func Unread(ctx context.Context, tx db.CompanyTx, c id.Conversation) (n int, err error) {
	err = tx.QueryRow(ctx, `select count(*) from conversation c join message m on m.conversation_id = c.id
		where c.id = $1 and m.seq > c.contact_read_seq and m.direction = 'out' and m.kind = 'message' and m.state in ('sent', 'delivered')`, c).Scan(&n)
	return n, err
}

// Saw records that the contact's side received (chat.Delivered) or read (chat.Read) all up
// to seq. It reports which messages rose.
func Saw(ctx context.Context, tx db.CompanyTx, c id.Conversation, seq int64, state chat.State) ([]id.Message, error) {
	var got, read, last int64
	err := tx.QueryRow(ctx, `select contact_got_seq, contact_read_seq, last_seq from conversation where id = $1 for no key update`, c).
		Scan(&got, &read, &last)
	if err != nil {
		return nil, err
	}
	seq = min(seq, last)
	from, lower := got, []string{"sent"}
	if state == chat.Read {
		from, lower = read, []string{"sent", "delivered"}
	}
	if seq <= from {
		return nil, nil
	}
	b := &pgx.Batch{}
	b.Queue(`update conversation set contact_got_seq = greatest(contact_got_seq, $2),
		contact_read_seq = case when $3 then greatest(contact_read_seq, $2) else contact_read_seq end where id = $1`, c, seq, state == chat.Read)
	// A reply that was overtaken has a lower number than what was seen before it.
	b.Queue(`with risen as (
		update message set state = $3, delivered_at = coalesce(delivered_at, now()),
			read_at = case when $3 = 'read' then now() else read_at end
		where conversation_id = $1 and seq > $5 and seq <= $2 and direction = 'out' and state = any($4) returning id, company_id
	), told as (insert into delivery_event (message_id, company_id, state) select id, company_id, $3 from risen)
	select id from risen`, c, seq, string(state), lower, from-overtaken)
	res := tx.SendBatch(ctx, b)
	defer res.Close()
	if _, err := res.Exec(); err != nil {
		return nil, err
	}
	rows, err := res.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.Message])
}

// overtaken is how many numbers below what the contact has seen a message may be that
// reaches them later.
const overtaken = 50

// Introduce fills in what a contact told about themselves; what an agent or a vouching site
// wrote before is not overwritten by an anonymous visitor.
func Introduce(ctx context.Context, tx db.CompanyTx, c id.Contact, name, email, phone string, attributes map[string]any, trusted bool) error {
	if attributes == nil {
		attributes = map[string]any{}
	}
	_, err := tx.Exec(ctx, `update contact set
		name = case when $2 <> '' and ($6 or name = '') then $2 else name end,
		email = case when $3 <> '' and ($6 or email = '') then $3 else email end,
		phone = case when $4 <> '' and ($6 or phone = '') then $4 else phone end,
		attributes = $5::jsonb || attributes, updated_at = now() where id = $1`, c, name, email, phone, attributes, trusted)
	return err
}
