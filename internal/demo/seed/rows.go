package seed

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
)

// rows are the history's rows by table, with the columns' names. A column that is left out
// is null.
type rows struct {
	contacts      []contactRow
	identities    []identityRow
	conversations []conversationRow
	labels        []labelRow
	messages      []messageRow
	refs          []refRow
	events        []eventRow
	counts        []countRow
}

type contactRow struct {
	ID         id.Contact     `json:"id"`
	Company    id.Company     `json:"company_id"`
	Name       string         `json:"name"`
	Language   string         `json:"language"`
	Email      string         `json:"email"`
	Phone      string         `json:"phone"`
	Attributes map[string]any `json:"attributes"`
	Notes      string         `json:"notes"`
	CreatedAt  time.Time      `json:"created_at"`
	UpdatedAt  time.Time      `json:"updated_at"`
}

type identityRow struct {
	Channel   id.Channel `json:"channel_id"`
	Value     string     `json:"value"`
	Company   id.Company `json:"company_id"`
	Contact   id.Contact `json:"contact_id"`
	Verified  bool       `json:"verified"`
	CreatedAt time.Time  `json:"created_at"`
}

type conversationRow struct {
	ID             id.Conversation `json:"id"`
	Company        id.Company      `json:"company_id"`
	Channel        id.Channel      `json:"channel_id"`
	Contact        id.Contact      `json:"contact_id"`
	Address        string          `json:"address"`
	State          bots.State      `json:"state"`
	Assignee       id.User         `json:"assignee_id,omitzero"`
	WaitingSince   time.Time       `json:"waiting_since,omitzero"`
	ClosedAt       time.Time       `json:"closed_at,omitzero"`
	Memory         bots.Memory     `json:"memory"`
	LastSeq        int64           `json:"last_seq"`
	ReadSeq        int64           `json:"read_seq"`
	ContactGotSeq  int64           `json:"contact_got_seq"`
	ContactReadSeq int64           `json:"contact_read_seq"`
	Unread         int             `json:"unread"`
	LastAt         time.Time       `json:"last_at"`
	LastSnippet    string          `json:"last_snippet"`
	LastFrom       chat.AuthorKind `json:"last_from"`
	Version        int64           `json:"version"`
	ChangedAt      time.Time       `json:"changed_at"`
	CreatedAt      time.Time       `json:"created_at"`
}

type labelRow struct {
	Conversation id.Conversation `json:"conversation_id"`
	Label        id.Label        `json:"label_id"`
	Company      id.Company      `json:"company_id"`
}

type messageRow struct {
	ID           id.Message      `json:"id"`
	Company      id.Company      `json:"company_id"`
	Conversation id.Conversation `json:"conversation_id"`
	Channel      id.Channel      `json:"channel_id"`
	Seq          int64           `json:"seq"`
	Direction    string          `json:"direction"`
	Kind         string          `json:"kind"`
	AuthorKind   chat.AuthorKind `json:"author_kind"`
	AuthorID     string          `json:"author_id,omitempty"`
	ClientID     string          `json:"client_id,omitempty"`
	Origin       string          `json:"origin"`
	Destination  string          `json:"destination"`
	Content      chat.Content    `json:"content"`
	Trace        *bots.Trace     `json:"trace,omitempty"`
	State        chat.State      `json:"state"`
	At           time.Time       `json:"at"`
	SentAt       time.Time       `json:"sent_at,omitzero"`
	DeliveredAt  time.Time       `json:"delivered_at,omitzero"`
	ReadAt       time.Time       `json:"read_at,omitzero"`
}

type refRow struct {
	Channel      id.Channel      `json:"channel_id"`
	Kind         string          `json:"kind"`
	Ref          string          `json:"ref"`
	Company      id.Company      `json:"company_id"`
	Conversation id.Conversation `json:"conversation_id"`
	Message      id.Message      `json:"message_id"`
	CreatedAt    time.Time       `json:"created_at"`
}

type eventRow struct {
	Message id.Message `json:"message_id"`
	Company id.Company `json:"company_id"`
	State   chat.State `json:"state"`
	Attempt int        `json:"attempt"`
	At      time.Time  `json:"at"`
}

type countRow struct {
	Company id.Company `json:"company_id"`
	Bot     id.Bot     `json:"bot_id"`
	Day     string     `json:"day"`
	Kind    string     `json:"kind"`
	Object  string     `json:"object_id"`
	N       int64      `json:"n"`
}

// insert writes all rows, a statement per table, in one round trip.
func (r *rows) insert(ctx context.Context, tx db.CompanyTx) error {
	b := &pgx.Batch{}
	for _, t := range []struct {
		table string
		rows  any
	}{
		{"contact", r.contacts}, {"identity", r.identities}, {"conversation", r.conversations}, {"conversation_label", r.labels},
		{"message", r.messages}, {"message_ref", r.refs}, {"delivery_event", r.events}, {"answer_count", r.counts},
	} {
		list, err := json.Marshal(t.rows)
		if err != nil {
			return err
		}
		cols := strings.Join(columns(t.rows), ", ") // named: what is generated takes no value
		b.Queue(`insert into `+t.table+` (`+cols+`) select `+cols+` from json_populate_recordset(null::`+t.table+`, $1)`, string(list))
	}
	return tx.SendBatch(ctx, b).Close()
}

// columns are the JSON names of a slice of rows.
func columns(rows any) (names []string) {
	row := reflect.TypeOf(rows).Elem()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
