package inbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

//go:embed queries/rows.sql
var rowsSQL string

//go:embed queries/messages.sql
var messagesSQL string

// Filter narrows a list of conversations. Zero fields do not filter.
type Filter struct {
	IDs        []id.Conversation
	States     []bots.State
	Assignee   id.User
	Unassigned bool
	Channel    id.Channel
	Label      id.Label
	Team       id.Team
	Search     string // in the contact's name, e-mail and phone
	Before     *Place // for the next page
	Changed    *time.Time
	Limit      int
}

// Place is where a page ended.
type Place struct {
	At time.Time       `json:"t"`
	ID id.Conversation `json:"i"`
}

// List returns conversations, the one with the newest message first.
func List(ctx context.Context, tx db.CompanyTx, f Filter) ([]ConversationRow, error) {
	var states []string
	for _, s := range f.States {
		states = append(states, string(s))
	}
	var ids []pgtype.UUID
	if f.IDs != nil {
		ids = db.UUIDs(f.IDs)
	}
	var search *string
	if s := strings.TrimSpace(f.Search); s != "" {
		s = "%" + like.Replace(strings.ToLower(s)) + "%"
		search = &s
	}
	var at *time.Time
	var last id.Conversation
	if f.Before != nil {
		at, last = &f.Before.At, f.Before.ID
	}
	rows, err := tx.Query(ctx, rowsSQL, ids, states, f.Assignee, f.Unassigned, f.Channel, f.Label, search, at, last, f.Changed, f.Limit, f.Team)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRow)
}

func scanRow(r pgx.CollectableRow) (ConversationRow, error) {
	var v ConversationRow
	var assignee id.User
	var name *string
	err := r.Scan(&v.ID, &v.Contact.ID, &v.Contact.Name, &v.Contact.Phone, &v.Contact.Email, &v.Channel.ID, &v.Channel.Kind,
		&v.Channel.Name, (*string)(&v.State), &assignee, &name, &v.Labels, &v.Last.Snippet, &v.Last.From, &v.Last.At,
		&v.Unread, &v.Seq, &v.WaitingSince, &v.PausedUntil, &v.UpdatedAt, &v.Version, &v.Team)
	v.Contact.Initials = Initials(v.Contact.Name)
	if !assignee.IsZero() && name != nil {
		v.Assignee = &Person{assignee.String(), *name}
	}
	return v, err
}

// Initials are the first letters of the first two words of a name, or "".
func Initials(name string) string {
	var out []rune
	for _, w := range strings.Fields(name) {
		if r := []rune(w)[0]; unicode.IsLetter(r) && len(out) < 2 {
			out = append(out, unicode.ToUpper(r))
		}
	}
	return string(out)
}

// ConversationCounts are how many conversations stand where.
type ConversationCounts struct {
	Bot     int `json:"bot"`
	Waiting int `json:"waiting"`
	Human   int `json:"human"`
	Paused  int `json:"paused"`
	Mine    int `json:"mine"`
}

// Count counts the open conversations; Mine are the reader's own.
func Count(ctx context.Context, tx db.CompanyTx, reader id.User) (c ConversationCounts, err error) {
	err = tx.QueryRow(ctx, `select count(*) filter (where state = 'bot'), count(*) filter (where state = 'waiting'),
		count(*) filter (where state = 'human'), count(*) filter (where state = 'paused'), count(*) filter (where assignee_id = $1)
		from conversation where state <> 'closed' and started`, reader).Scan(&c.Bot, &c.Waiting, &c.Human, &c.Paused, &c.Mine)
	return c, err
}

// Get returns one conversation in full, with what the reader may do to it.
func Get(ctx context.Context, tx db.CompanyTx, w Way, c id.Conversation, a Actor) (Conversation, error) {
	list, err := List(ctx, tx, Filter{IDs: []id.Conversation{c}, Limit: 1})
	if err != nil {
		return Conversation{}, err
	}
	if len(list) == 0 {
		return Conversation{}, errs.Missing("conversation")
	}
	v := Conversation{Summary: list[0].Summary}
	var bot id.Bot
	var name *string
	err = tx.QueryRow(ctx, `select c.read_seq, c.contact_read_seq, b.id, b.name, c.page from conversation c
		join channel ch on ch.id = c.channel_id left join bot b on b.id = ch.bot_id where c.id = $1`, c).
		Scan(&v.ReadSeq, &v.ContactReadSeq, &bot, &name, &v.Page)
	if err != nil {
		return v, err
	}
	if name != nil {
		v.Bot = &Person{bot.String(), *name}
	}
	v.Can = may(v.State, v.Assignee, a)
	if v.Window, err = WindowOf(ctx, tx, w, c); err != nil {
		return v, err
	}
	if v.Before, v.After, err = neighbours(ctx, tx, c); err != nil {
		return v, err
	}
	v.Contact, err = GetContact(ctx, tx, list[0].Contact.ID)
	return v, err
}

func may(s bots.State, assignee *Person, a Actor) Permissions {
	theirs := s == bots.Human && assignee != nil && assignee.ID != a.User.String()
	free := !theirs || a.Manager
	allowed := func(ev bots.Event) bool { _, err := s.Next(ev); return err == nil && free }
	return Permissions{
		Claim:   allowed(bots.Claimed) && s != bots.Closed && (s != bots.Human || theirs),
		Reply:   free && s != bots.Closed,
		Release: allowed(bots.Released),
		Close:   allowed(bots.Close) && s != bots.Closed,
		Reopen:  allowed(bots.Reopen),
	}
}

// GetContact returns a person with their identities.
func GetContact(ctx context.Context, tx db.CompanyTx, c id.Contact) (v Contact, err error) {
	err = tx.QueryRow(ctx, `select id, name, language, email, phone, attributes, tags, notes, created_at,
		(select count(*) from conversation where contact_id = contact.id and started),
		coalesce((select jsonb_agg(jsonb_build_object('channel_id', i.channel_id, 'kind', ch.kind, 'channel_name', ch.name, 'value', i.value, 'verified', i.verified)
			order by i.created_at) from identity i join channel ch on ch.id = i.channel_id where i.contact_id = contact.id), '[]')
		from contact where id = $1`, c).
		Scan(&v.ID, &v.Name, &v.Language, &v.Email, &v.Phone, &v.Attributes, &v.Tags, &v.Notes, &v.CreatedAt, &v.Conversations, &v.Identities)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, errs.Missing("contact")
	}
	v.Initials = Initials(v.Name)
	return v, err
}

// Span selects lines of a thread: the newest Limit below Before, or the oldest Limit above
// After, or those named by IDs.
type Span struct {
	Before, After *int64
	IDs           []id.Message
	Limit         int
}

// Messages returns lines of a thread in the order of their numbers, and whether there are
// more beyond the far end.
func Messages(ctx context.Context, tx db.CompanyTx, c id.Conversation, s Span) ([]Message, bool, error) {
	var ids []pgtype.UUID
	if s.IDs != nil {
		ids = db.UUIDs(s.IDs)
	}
	rows, err := tx.Query(ctx, messagesSQL, c, s.Before, s.After, ids, s.Limit+1)
	if err != nil {
		return nil, false, err
	}
	out, err := pgx.CollectRows(rows, scanMessage)
	if err != nil {
		return nil, false, err
	}
	more := len(out) > s.Limit
	if more {
		out = out[:s.Limit]
	}
	if s.After == nil {
		slices.Reverse(out)
	}
	return out, more, nil
}

// GetMessage returns one line of a thread.
func GetMessage(ctx context.Context, tx db.CompanyTx, c id.Conversation, m id.Message) (Message, error) {
	list, _, err := Messages(ctx, tx, c, Span{IDs: []id.Message{m}, Limit: 1})
	if err == nil && len(list) == 0 {
		err = errs.Missing("message")
	}
	if err != nil {
		return Message{}, err
	}
	return list[0], nil
}

func scanMessage(r pgx.CollectableRow) (Message, error) {
	var m Message
	var author id.User
	var name, code, text *string
	var content json.RawMessage
	var f fetched
	var changed *string
	var edited json.RawMessage
	err := r.Scan(&m.ID, &m.Conversation, &m.Seq, &m.Direction, (*string)(&m.Kind), (*string)(&m.From), &author, &name, &m.ClientID,
		&m.At, &content, (*string)(&m.State), &code, &text, &m.SentAt, &m.DeliveredAt, &m.ReadAt, &m.Trace,
		&f.state, &f.file, &f.meta, &f.code, &changed, &edited)
	if err != nil {
		return m, err
	}
	var n note
	if err := json.Unmarshal(content, &n); err != nil {
		return m, err
	}
	m.Content, m.Mentions = n.Content, n.Mentions
	if err := f.into(&m); err != nil {
		return m, err
	}
	if changed != nil {
		m.Changed = *changed
		if len(edited) > 0 {
			media := m.Content.Media // an edit tells new words only
			if err := json.Unmarshal(edited, &m.Content); err != nil {
				return m, err
			}
			m.Content.Media = media
		}
	}
	if name != nil {
		m.Author = &Person{author.String(), *name}
	}
	if code != nil {
		m.Error = &SendError{Code: *code}
		if text != nil {
			m.Error.Text = *text
		}
	}
	if m.From == chat.ByContact {
		m.Author = nil
	}
	return m, nil
}

// fetched is what became of the file of a message.
type fetched struct {
	state, code *string
	file        id.File
	meta        json.RawMessage
}

// into completes the message's media with what was found when it was fetched.
func (f fetched) into(m *Message) error {
	if f.state == nil {
		return nil
	}
	m.MediaState = *f.state
	if f.code != nil {
		m.MediaError = *f.code
	}
	if m.Content.Media == nil {
		m.Content.Media = &chat.Media{}
	}
	if err := json.Unmarshal(f.meta, m.Content.Media); err != nil {
		return err
	}
	m.Content.Media.File = f.file
	return nil
}

// Exists refuses a conversation that is not this company's.
func Exists(ctx context.Context, tx db.CompanyTx, c id.Conversation) error {
	var n int
	err := tx.QueryRow(ctx, `select 1 from conversation where id = $1`, c).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing("conversation")
	}
	return err
}
