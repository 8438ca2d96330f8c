// Package inboxtest makes a company with a channel and people for database tests.
package inboxtest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/id"
	"recado/internal/inbox"
)

// Kit is one company with a webchat channel, its lane, a bot's row and two agents.
type Kit struct {
	DB       *db.DB
	Owner    string // URL of the database's owner, who sees everything
	Company  id.Company
	Channel  channels.Channel
	Bot      id.Bot
	Ana, Bea id.User // Ana answers, Bea manages
	Ingest   *inbox.Ingest
	Arrived  chan []inbox.Arrival
}

// New makes a kit on a database of its own.
func New(t testing.TB) *Kit {
	t.Helper()
	k := &Kit{Owner: dbtest.New(t).URL, Arrived: make(chan []inbox.Arrival, 1000)}
	var err error
	if k.DB, err = db.Open(t.Context(), k.Owner, db.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.DB.Close)
	k.Company, k.Channel, k.Bot, k.Ana, k.Bea = k.AddCompany(t, "Uno")
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	k.Ingest = inbox.NewIngest(ctx, k.DB, slog.New(slog.DiscardHandler), inbox.Told{Arrived: func(as []inbox.Arrival) {
		select {
		case k.Arrived <- as:
		default:
		}
	}})
	return k
}

// AddCompany makes one more company.
func (k *Kit) AddCompany(t testing.TB, name string) (id.Company, channels.Channel, id.Bot, id.User, id.User) {
	t.Helper()
	c, bot := id.New[id.Company](), id.New[id.Bot]()
	ana, bea := id.New[id.User](), id.New[id.User]()
	ch := channels.Channel{ID: id.New[id.Channel](), Company: c, Kind: "webchat", Name: name, Ref: "site-" + c.String(), Settings: []byte("{}")}
	err := k.DB.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{`insert into company (id, name, hours) values ($1, $2, '{"always": true}')`, []any{c, name}},
			{`insert into app_user (id, email, name, password_hash) values ($1, $2, 'Ana', 'x')`, []any{ana, ana.String() + "@x.example"}},
			{`insert into app_user (id, email, name, password_hash) values ($1, $2, 'Bea', 'x')`, []any{bea, bea.String() + "@x.example"}},
			{`insert into member (company_id, user_id, role) values ($1, $2, 'agent')`, []any{c, ana}},
			{`insert into member (company_id, user_id, role) values ($1, $2, 'admin')`, []any{c, bea}},
		} {
			if _, err := tx.Exec(t.Context(), q.sql, q.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = k.DB.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
			for _, q := range []struct {
				sql  string
				args []any
			}{
				{`insert into bot (id, company_id, name) values ($1, $2, 'Bot')`, []any{bot, c}},
				{`insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'webchat', $3, $4, $5)`, []any{ch.ID, c, name, ch.Ref, bot}},
				{`insert into lane (id, company_id) values ($1, $2)`, []any{ch.ID, c}},
			} {
				if _, err := tx.Exec(t.Context(), q.sql, q.args...); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, ch, bot, ana, bea
}

// AddNumber gives the kit's company a phone's number that holds a session; "" is not linked yet.
func (k *Kit) AddNumber(t testing.TB, number string) channels.Channel {
	t.Helper()
	return k.AddNumberOf(t, k.Company, number)
}

// AddNumberOf is AddNumber for another company.
func (k *Kit) AddNumberOf(t testing.TB, c id.Company, number string) channels.Channel {
	t.Helper()
	ch := channels.Channel{ID: id.New[id.Channel](), Company: c, Kind: "whatsapp_qr", Name: "Ana " + number, Settings: []byte("{}")}
	ch.Ref = ch.ID.String()
	err := k.DB.ForCompany(t.Context(), c, func(tx db.CompanyTx) error {
		b := &pgx.Batch{}
		b.Queue(`insert into channel (id, company_id, kind, name, ref, bot_id) select $1, $2, $3, $4, $5, min(id::text)::uuid from bot`, ch.ID, c, string(ch.Kind), ch.Name, ch.Ref)
		b.Queue(`insert into lane (id, company_id) values ($1, $2)`, ch.ID, c)
		b.Queue(`insert into channel_session (id, company_id, linked, phase, number) values ($1, $2, $3 <> '', case when $3 <> '' then 'online' else 'unlinked' end, $3)`, ch.ID, c, number)
		return tx.SendBatch(t.Context(), b).Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// Event is what somebody writes on the kit's channel.
func (k *Kit) Event(who, externalID, text string) channels.Inbound {
	return channels.Inbound{Channel: k.Channel, ExternalID: externalID, From: channels.Sender{Identity: who},
		Message: &channels.Message{ClientID: externalID, Content: chat.Plain(text)}}
}

// Write stores what somebody writes.
func (k *Kit) Write(t testing.TB, who, externalID, text string) inbox.Accepted {
	t.Helper()
	a, err := k.Ingest.Accept(t.Context(), k.Event(who, externalID, text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Do runs fn in the kit's company and fails the test on an error.
func (k *Kit) Do(t testing.TB, fn func(tx db.CompanyTx) error) {
	t.Helper()
	if err := k.DB.ForCompany(t.Context(), k.Company, fn); err != nil {
		t.Fatal(err)
	}
}

// Count runs a counting query in the kit's company.
func (k *Kit) Count(t testing.TB, sql string, args ...any) (n int) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) error { return tx.QueryRow(t.Context(), sql, args...).Scan(&n) })
	return n
}

// Way is a channel that carries everything and has no window.
var Way = inbox.Way{Capabilities: func(channels.Channel) channels.Capabilities {
	return channels.Capabilities{MaxText: 16384, MaxCaption: 16384, MaxButtons: 20, MaxLinkButtons: 20, MixButtons: true, MaxListRows: 100, MaxProducts: 30,
		Media: map[string]int64{"*/*": 25 << 20}, Voice: true, Locations: true, Contacts: true, Reactions: true, Quotes: true, Templates: true}
}}
