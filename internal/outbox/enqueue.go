package outbox

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

// Priority orders what waits in one lane; lower leaves first.
type Priority int16

// A person's reply never waits behind a bot's, nor either behind a campaign.
const (
	Agent         Priority = 1
	Bot           Priority = 2
	Transactional Priority = 3
	Campaign      Priority = 4
)

// Item is the intent to send one message that stands in the ledger as queued.
type Item struct {
	Message      id.Message
	Conversation id.Conversation
	Lane         id.Channel
	Priority     Priority
	Expires      time.Time // zero: never
}

const enqueueSQL = `insert into outbox (message_id, company_id, lane_id, conversation_id, priority, expires_at)
	values ($1, $2, $3, $4, $5, $6)`

// Enqueue adds the items' statements to a batch that the caller sends in the transaction
// that stores the messages: an intent without its message, or the reverse, cannot be.
// Wake the lanes after the commit.
func Enqueue(b *pgx.Batch, company id.Company, items ...Item) {
	for _, it := range items {
		var expires *time.Time
		if !it.Expires.IsZero() {
			expires = &it.Expires
		}
		b.Queue(enqueueSQL, it.Message, company, it.Lane, it.Conversation, int16(it.Priority), expires)
	}
}

// CancelBot takes back what a bot has queued in a conversation and no platform has been
// given yet: a person has taken over, and the bot does not speak over them.
func CancelBot(ctx context.Context, tx db.CompanyTx, c id.Conversation) ([]id.Message, error) {
	rows, err := tx.Query(ctx, `with gone as (
		delete from outbox where conversation_id = $1 and priority = $2 and state in ('queued', 'waiting') returning message_id
	), told as (
		insert into delivery_event (message_id, company_id, state, detail)
		select message_id, $3, 'cancelled', 'a person took over' from gone
	)
	update message m set state = 'cancelled' from gone where m.id = gone.message_id returning m.id`, c, int16(Bot), tx.Company())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[id.Message])
}

// Requeue gives a failed or unsure message another try at a person's word. It reports
// false when the message is in no state to be sent again.
func Requeue(ctx context.Context, tx db.CompanyTx, m id.Message, p Priority) (bool, error) {
	tag, err := tx.Exec(ctx, `update outbox set state = 'queued', due_at = null, resent = true where message_id = $1 and state = 'unsure'`, m)
	if err != nil || tag.RowsAffected() == 1 {
		return err == nil, err
	}
	tag, err = tx.Exec(ctx, `with again as (
		update message set state = 'queued', error_code = null, error_text = null
		where id = $1 and state in ('failed', 'cancelled', 'expired') and direction = 'out' and kind = 'message'
		returning id, company_id, channel_id, conversation_id
	)
	insert into outbox (message_id, company_id, lane_id, conversation_id, priority)
	select id, company_id, channel_id, conversation_id, $2 from again`, m, int16(p))
	return err == nil && tag.RowsAffected() == 1, err
}
