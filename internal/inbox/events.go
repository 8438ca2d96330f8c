package inbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/receipts.sql
var receiptsSQL string

//go:embed queries/early.sql
var earlySQL string

//go:embed queries/own.sql
var ownSQL string

// Risen is told after a commit that a message's state or content changed.
type Risen struct {
	Company      id.Company
	Conversation id.Conversation
	Message      id.Message
}

// Take is the one way in for everything platforms tell: when it returns nil, all events are
// durable. One person's messages are stored in the order given.
func (in *Intake) Take(ctx context.Context, evs ...channels.Inbound) error {
	var receipts, changes []channels.Inbound
	people := map[sender][]channels.Inbound{}
	for _, ev := range evs {
		clean(&ev)
		switch {
		case ev.Message != nil && ev.Message.Own:
			if err := again(func() error { return in.own(ctx, ev) }); in.serious(ev, err) {
				return err
			}
		case ev.Message != nil:
			k := sender{ev.Channel.ID, ev.From.Identity}
			people[k] = append(people[k], ev)
		case ev.Receipt != nil:
			receipts = append(receipts, ev)
		case ev.Edit != nil, ev.Deletion != nil:
			changes = append(changes, ev)
		case ev.Notice != nil:
			if err := in.notice(ctx, ev); err != nil {
				return err
			}
		}
	}
	if err := in.messages(ctx, people); err != nil {
		return err
	}
	if err := again(func() error { return in.receipts(ctx, receipts) }); err != nil && in.serious(receipts[0], err) {
		return err
	}
	if err := again(func() error { return in.changes(ctx, changes) }); err != nil && in.serious(changes[0], err) {
		return err
	}
	return nil
}

// serious tells an error that a repeat may cure from one that it cannot: what the database
// refuses for what it is would come back for ever, and hold up what stands behind it.
func (in *Intake) serious(ev channels.Inbound, err error) bool {
	if err == nil || !db.Unfit(err) {
		return err != nil
	}
	in.log.Error("what a platform told cannot be stored", "channel", ev.Channel.ID, "company", ev.Channel.Company, "event", ev.ExternalID, "err", err)
	return false
}

// again tries a statement that lost against another a few times more; each is one commit.
func again(fn func() error) error {
	err := fn()
	for n := 0; db.Conflicted(err) && n < 3; n++ {
		err = fn()
	}
	return err
}

func (in *Intake) messages(ctx context.Context, people map[sender][]channels.Inbound) error {
	if len(people) == 1 { // as in nearly every call
		for _, evs := range people {
			return in.inTurn(ctx, evs)
		}
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(people))
	for _, evs := range people {
		wg.Go(func() { errs <- in.inTurn(ctx, evs) })
	}
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// inTurn stores one person's messages, each after the one before it.
func (in *Intake) inTurn(ctx context.Context, evs []channels.Inbound) error {
	for _, ev := range evs {
		if _, err := in.Accept(ctx, ev); in.serious(ev, err) {
			return err
		}
	}
	return nil
}

// receipts applies what platforms say of our messages.
func (in *Ingest) receipts(ctx context.Context, evs []channels.Inbound) error {
	var known []channels.Inbound
	for _, ev := range evs {
		if ev.Receipt.ProviderID == "" && ev.Receipt.Message.IsZero() {
			if err := in.watermark(ctx, ev); err != nil {
				return err
			}
			continue
		}
		known = append(known, ev)
	}
	if len(known) == 0 {
		return nil
	}
	n := len(known)
	chans, companies, owns := make([]pgtype.UUID, n), make([]pgtype.UUID, n), make([]pgtype.UUID, n)
	refs, states, codes, details := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	ats := make([]*time.Time, n)
	for i, ev := range known {
		r := ev.Receipt
		chans[i], companies[i] = uuid(ev.Channel.ID), uuid(ev.Channel.Company)
		if !r.Message.IsZero() {
			owns[i] = uuid(r.Message)
		}
		refs[i], states[i], codes[i], details[i] = r.ProviderID, string(r.State), r.Code, r.Text
		if !r.At.IsZero() {
			ats[i] = &r.At
		}
	}
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, receiptsSQL, chans, companies, refs, owns, states, ats, codes, details)
	return in.tell(rows, err)
}

// watermark applies a platform's "read everything up to then".
func (in *Ingest) watermark(ctx context.Context, ev channels.Inbound) error {
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, `with c as (
		select v.id from conversation v join identity i on i.channel_id = v.channel_id and i.contact_id = v.contact_id
		where i.channel_id = $1 and i.value = $2
	), risen as (
		update message m set state = $3, delivered_at = coalesce(m.delivered_at, now()), read_at = case when $3 = 'read' then now() else m.read_at end
		from c where m.conversation_id = c.id and m.direction = 'out' and m.kind = 'message' and m.sent_at <= $4::timestamptz + interval '1 second'
			and (m.state = 'sent' or m.state = 'delivered' and $3 = 'read')
		returning m.id, m.company_id, m.conversation_id
	), told as (
		insert into delivery_event (message_id, company_id, state, provider_at) select id, company_id, $3, $4 from risen
	) select id, company_id, conversation_id from risen`, ev.Channel.ID, ev.From.Identity, string(ev.Receipt.State), ev.Receipt.At)
	return in.tell(rows, err)
}

func (in *Ingest) tell(rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	risen, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (v Risen, err error) {
		err = r.Scan(&v.Message, &v.Company, &v.Conversation)
		return v, err
	})
	if err == nil && len(risen) > 0 {
		in.risen(risen)
	}
	return err
}

// Early applies the receipts that overtook our own record. It runs every second or so and
// costs an index probe when there are none.
func (in *Ingest) Early(ctx context.Context) error {
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, earlySQL)
	if err != nil {
		return err
	}
	evs, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (ev channels.Inbound, err error) {
		ev.Receipt = &chat.Receipt{}
		var at *time.Time
		err = r.Scan(&ev.Channel.ID, &ev.Channel.Company, &ev.Receipt.ProviderID, (*string)(&ev.Receipt.State), &at, &ev.Receipt.Code, &ev.Receipt.Text)
		if at != nil {
			ev.Receipt.At = *at
		}
		return ev, err
	})
	if err != nil || len(evs) == 0 {
		return err
	}
	return in.receipts(ctx, evs)
}

// changes notes edits and deletions beside the messages they are of. What was said stays.
func (in *Ingest) changes(ctx context.Context, evs []channels.Inbound) error {
	for _, ev := range evs { // rare, and each may touch another conversation
		of, kind, content := "", "delete", []byte(nil)
		if ev.Edit != nil {
			b, err := json.Marshal(ev.Edit.Content)
			if err != nil {
				return err
			}
			of, kind, content = ev.Edit.Of, "edit", b
		} else {
			of = ev.Deletion.Of
		}
		rows, err := in.db.Direct(db.Pipeline).Query(ctx, `with noted as (
			insert into message_change (message_id, external_id, company_id, conversation_id, kind, content)
			select message_id, $3, company_id, conversation_id, $4, $5 from message_ref where channel_id = $1 and kind in ('in', 'provider') and ref = $2
			on conflict do nothing returning message_id, company_id, conversation_id
		), seen as (
			update conversation c set changed_at = now() from noted n where c.id = n.conversation_id
		) select * from noted`, ev.Channel.ID, of, ev.ExternalID, kind, content)
		if err := in.tell(rows, err); err != nil {
			return err
		}
	}
	return nil
}

// own stores what the company wrote on another device. It quiets the bot for a while: a
// person is at it. An echo of what we sent ourselves is known by its id.
func (in *Ingest) own(ctx context.Context, ev channels.Inbound) error {
	contact, conversation, err := in.Meet(ctx, ev)
	if err != nil {
		return err
	}
	if err := in.findRefs(ctx, []*pending{{ev: ev}}); err != nil {
		return err
	}
	content, err := json.Marshal(ev.Message.Content)
	if err != nil {
		return err
	}
	var at *time.Time
	if !ev.At.IsZero() {
		at = &ev.At
	}
	var media []byte
	if ev.Message.Media != nil {
		if media, err = json.Marshal(ev.Message.Media); err != nil {
			return err
		}
	}
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, ownSQL, id.New[id.Message](), ev.Channel.Company, ev.Channel.ID, conversation, ev.ExternalID,
		content, ev.Message.Content.Snippet(), at, ev.From.Identity, media, ev.Message.History)
	if err := in.tell(rows, err); err != nil {
		return fmt.Errorf("store own message to %s: %w", contact, err)
	}
	return nil
}

// notice acts on a platform's word about the channel itself.
func (in *Ingest) notice(ctx context.Context, ev channels.Inbound) error {
	n := ev.Notice
	in.log.Info("notice of a channel", "channel", ev.Channel.ID, "company", ev.Channel.Company, "code", n.Code, "text", n.Text, "stop", n.Stop)
	if t := n.Template; t != nil {
		_, err := in.db.Direct(db.Pipeline).Exec(ctx, `update template set status = coalesce(nullif($4, ''), status), quality = coalesce(nullif($5, ''), quality),
			reason = $6, updated_at = now() where channel_id = $1 and name = $2 and ($3 = '' or language = $3)`,
			ev.Channel.ID, t.Name, t.Language, t.Status, t.Quality, t.Reason)
		if err != nil {
			return err
		}
	}
	if !n.Stop {
		return nil
	}
	_, err := in.db.Direct(db.Pipeline).Exec(ctx, `update lane set stopped = $2 where id = $1 and stopped is null`, ev.Channel.ID, n.Code)
	return err
}
