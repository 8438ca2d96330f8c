package trial

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
)

// thread is a conversation that is run again.
type thread struct {
	id      id.Conversation
	channel id.Channel
	kind    string
	labels  []string
	contact bots.Contact
	lines   []line // in order
}

// line is a message or an event of a thread.
type line struct {
	id      id.Message
	kind    string
	author  chat.AuthorKind
	at      time.Time
	content chat.Content
}

// turn is the bot's turn with this thread; the person is as they are known today.
func (t *thread) turn(now time.Time, m bots.Memory) bots.Turn {
	begun := uint64(now.UnixNano())
	fresh := func() (r id.Run) { // the same in both ways, so that a person stays in their arm
		begun++
		copy(r[:8], t.id[8:])
		binary.BigEndian.PutUint64(r[8:], begun)
		return r
	}
	return bots.Turn{Now: now, Contact: t.contact, NewRun: fresh,
		Conversation: bots.Conversation{ID: t.id, State: bots.WithBot, Memory: m, Channel: t.channel, Kind: t.kind, Labels: t.labels}}
}

// said is what the bot said to line i: its messages before the next of the contact's.
func (t *thread) said(i int) []chat.Content {
	out := []chat.Content{}
	for _, l := range t.lines[i+1:] {
		if l.author == chat.ByContact {
			break
		}
		if l.kind == "message" && l.author == chat.ByBot {
			out = append(out, l.content)
		}
	}
	return out
}

//go:embed threads.sql
var threadsSQL string

//go:embed lines.sql
var linesSQL string

// threads are the last n conversations of a bot's channels, without their lines.
func (s *Service) threads(ctx context.Context, company id.Company, bot id.Bot, n int) (out []*thread, err error) {
	err = s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		rows, err := tx.Query(ctx, threadsSQL, bot, n)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (*thread, error) {
			t := &thread{}
			c := &t.contact
			err := r.Scan(&t.id, &t.channel, &t.kind, &t.labels, &c.ID, &c.Name, &c.Language, &c.Phone, &c.Email, &c.Tags, &c.Fields)
			return t, err
		})
		return err
	})
	return out, err
}

// fill reads the lines of some threads in one statement.
func (s *Service) fill(ctx context.Context, company id.Company, list []*thread) error {
	byID := make(map[id.Conversation]*thread, len(list))
	ids := make([]id.Conversation, len(list))
	for i, t := range list {
		byID[t.id], ids[i], t.lines = t, t.id, nil
	}
	return s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		rows, err := tx.Query(ctx, linesSQL, db.UUIDs(ids), maxLines)
		if err != nil {
			return err
		}
		var c id.Conversation
		var l line
		var content []byte
		_, err = pgx.ForEachRow(rows, []any{&c, &l.id, &l.kind, (*string)(&l.author), &l.at, &content}, func() error {
			l.content = chat.Content{}
			err := json.Unmarshal(content, &l.content)
			byID[c].lines = append(byID[c].lines, l)
			return err
		})
		return err
	})
}
