package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// maxHops bounds events that cause each other: a flow's tag starts a flow that sets a tag.
const maxHops = 3

// WakeMost is how many conversations one Wake takes.
const WakeMost = 500

// Wake makes turns of the conversations whose flows waited for a time that has come, and
// returns how many. Rows that somebody holds come next time.
func Wake(ctx context.Context, q db.Querier) (int64, error) {
	tag, err := q.Exec(ctx, `with due as (
			select t.conversation_id, t.company_id, c.last_seq from flow_timer t join conversation c on c.id = t.conversation_id
			where t.due_at <= now() order by t.due_at limit $1 for update of t skip locked for no key update of c skip locked
		), gone as (
			delete from flow_timer where conversation_id in (select conversation_id from due)
		)
		insert into turn (conversation_id, company_id, handled_seq, wanted_seq)
		select conversation_id, company_id, last_seq, last_seq from due on conflict (conversation_id) do nothing`, WakeMost)
	return tag.RowsAffected(), err
}

// Tell queues an event for a conversation's flows. hops is 0 for what comes from outside.
func Tell(ctx context.Context, tx db.CompanyTx, c id.Conversation, ev bots.Happening, hops int) error {
	b := &pgx.Batch{}
	tell(b, tx.Company(), c, ev, hops, false)
	// The conversation's lock orders this against the commit of a turn, which would else
	// end the turn that this event needs.
	var one int
	err := tx.QueryRow(ctx, `select 1 from conversation where id = $1 for no key update`, c).Scan(&one)
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing("conversation")
	}
	if err != nil {
		return err
	}
	return tx.SendBatch(ctx, b).Close()
}

// tell queues an event; with wanted only where a flow of the company starts at it.
func tell(b *pgx.Batch, company id.Company, c id.Conversation, ev bots.Happening, hops int, wanted bool) {
	data, _ := json.Marshal(ev.Data) // came from JSON
	if ev.Data == nil {
		data = []byte("{}")
	}
	b.Queue(`with told as (
			insert into flow_event (id, company_id, conversation_id, name, data, flow_id, run_id, hops)
			select $1, $2, $3, $4, $5, $6, $7, $8
			where not $9 or exists (select 1 from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
				where f.company_id = $2 and f.enabled and (v.definition -> 'triggers')::jsonb @> jsonb_build_array(jsonb_build_object('event', $4::text)))
			returning conversation_id
		)
		insert into turn (conversation_id, company_id, handled_seq, wanted_seq)
		select c.id, c.company_id, c.last_seq, c.last_seq from told join conversation c on c.id = told.conversation_id
		on conflict (conversation_id) do nothing`,
		id.New[id.Event](), company, c, ev.Name, data, ev.Flow, ev.Run, hops, wanted)
}

// TellContact queues an event for the contact's latest conversation with a bot that has
// flows; matched is false when there is none.
func TellContact(ctx context.Context, tx db.CompanyTx, contact id.Contact, ev bots.Happening) (matched bool, err error) {
	if err := convert(ctx, tx, contact, ev.Name); err != nil {
		return false, err
	}
	var c id.Conversation
	err = tx.QueryRow(ctx, `select c.id from conversation c join channel ch on ch.id = c.channel_id
		where c.contact_id = $1 and ch.bot_id is not null and ch.deleted_at is null
		and exists (select 1 from flow f where f.bot_id = ch.bot_id and f.enabled and f.published_version is not null)
		order by c.last_at desc nulls last limit 1`, contact).Scan(&c)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, Tell(ctx, tx, c, ev, 0)
}

// Opened tells the flows that begin when a chat is opened, once per conversation and only
// where nobody has written yet; told is false where no flow does.
func Opened(ctx context.Context, tx db.CompanyTx, ch id.Channel, identity string) (told bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from channel c join flow f on f.bot_id = c.bot_id
		join flow_version v on v.flow_id = f.id and v.version = f.published_version
		where c.id = $1 and f.enabled and (v.definition -> 'triggers')::jsonb @> '[{"type": "opened"}]')`, ch).Scan(&told)
	if err != nil || !told {
		return false, err
	}
	c, err := threadTo(ctx, tx, ch, identity)
	if err != nil {
		return false, err
	}
	var fresh bool
	err = tx.QueryRow(ctx, `select last_seq = 0 and not exists (select 1 from flow_run where conversation_id = $1)
		and not exists (select 1 from flow_event where conversation_id = $1) from conversation where id = $1 for no key update`, c).Scan(&fresh)
	if err != nil || !fresh {
		return false, err
	}
	return true, Tell(ctx, tx, c, bots.Happening{Event: flows.Event{Name: bots.ChatOpened}}, 0)
}

// convert counts an order as reached by the flows for which it is a goal: the contact's
// runs of the last seven days.
func convert(ctx context.Context, tx db.CompanyTx, contact id.Contact, event string) error {
	if event != "order.created" && event != "order.paid" {
		return nil
	}
	_, err := tx.Exec(ctx, `update flow_run r set converted_at = now()
		from flow_version v where v.flow_id = r.flow_id and v.version = r.version and r.contact_id = $1
		and r.converted_at is null and r.started_at > now() - interval '7 days'
		and (v.definition -> 'goals')::jsonb @> '[{"type": "order"}]'`, contact)
	return err
}

// Profile is what flows read of a contact and a conversation besides what a turn carries.
type Profile struct {
	Phone, Email string
	Tags, Labels []string
	Fields       map[string]any
}

// ReadProfile reads it for a conversation's contact.
func ReadProfile(ctx context.Context, tx db.CompanyTx, c id.Conversation) (p Profile, err error) {
	err = tx.QueryRow(ctx, `select ct.phone, ct.email, ct.tags, ct.attributes, coalesce((select array_agg(l.name order by l.name)
			from conversation_label cl join label l on l.id = cl.label_id where cl.conversation_id = c.id), '{}')
		from conversation c join contact ct on ct.id = c.contact_id where c.id = $1`, c).
		Scan(&p.Phone, &p.Email, &p.Tags, &p.Fields, &p.Labels)
	return p, err
}

// flowEffect queues what flows alone ask for; false for what others ask for too.
func (t *thread) flowEffect(b *pgx.Batch, company id.Company, by Author, e bots.Effect, hops int) bool {
	switch {
	case e.Set != nil:
		t.set(b, *e.Set)
		tell(b, company, t.id, bots.Happening{Event: flows.Event{Name: "field.changed", Data: map[string]any{"field": e.Set.Field, "value": e.Set.Value}}}, min(hops+1, maxHops), true)
	case e.Tag != nil && e.Tag.Remove:
		b.Queue(`update contact set tags = array_remove(tags, $2), updated_at = now() where id = $1 and $2 = any(tags)`, t.contact, e.Tag.Name)
	case e.Tag != nil:
		b.Queue(`update contact set tags = array_append(tags, $2), updated_at = now() where id = $1 and not $2 = any(tags) and cardinality(tags) < 100`, t.contact, e.Tag.Name)
		tell(b, company, t.id, bots.Happening{Event: flows.Event{Name: "tag.added", Data: map[string]any{"tag": e.Tag.Name}}}, min(hops+1, maxHops), true)
	case !e.Unlabel.IsZero():
		b.Queue(`delete from conversation_label where conversation_id = $1 and label_id = $2`, t.id, e.Unlabel)
	case e.Note != "":
		t.add(draft{kind: KindNote, author: by, content: chat.Plain(e.Note)})
	case e.Language != "":
		b.Queue(`update contact set language = $2, updated_at = now() where id = $1`, t.contact, e.Language)
	default:
		return false
	}
	return true
}

// set writes one field of the contact. What the column would refuse is left as it was: the
// node has checked it, and a turn must not fail on it.
func (t *thread) set(b *pgx.Batch, s flows.Set) {
	text, _ := s.Value.(string)
	switch s.Field {
	case "name":
		b.Queue(`update contact set name = left($2, 200), updated_at = now() where id = $1`, t.contact, text)
	case "email":
		b.Queue(`update contact set email = $2, updated_at = now() where id = $1 and length($2) <= 254`, t.contact, text)
	case "phone":
		b.Queue(`update contact set phone = $2, updated_at = now() where id = $1 and ($2 = '' or $2 ~ '^\+[0-9]{6,15}$')`, t.contact, text)
	default:
		v, err := json.Marshal(s.Value)
		if err != nil {
			return
		}
		b.Queue(`update contact set attributes = case when $3::jsonb = 'null' then attributes - $2::text else attributes || jsonb_build_object($2::text, $3::jsonb) end,
			updated_at = now() where id = $1 and length(attributes::text) < 32768`, t.contact, s.Field, v)
	}
}

// runs queues the record of what flows did, and the time they wait for next.
func (t *thread) runs(b *pgx.Batch, company id.Company, r TurnResult) {
	for _, p := range r.Outcome.Runs {
		path := pathOf(p, t.now)
		arms, _ := json.Marshal(p.Session.Arms)
		var ended, converted *time.Time
		var ending *string
		var fault []byte
		if p.Ended != "" {
			e := string(p.Ended)
			ended, ending = &t.now, &e
		}
		if p.Fault != nil {
			fault, _ = json.Marshal(p.Fault)
		}
		if p.Goal {
			converted = &t.now
		}
		if p.Begun {
			b.Queue(`insert into flow_run (id, company_id, flow_id, version, conversation_id, contact_id, trigger, started_at, ended_at, ending, fault, arms, converted_at, path)
				select $1, $2, f.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from flow f where f.id = $3 on conflict (id) do nothing`,
				p.Session.ID, company, p.Session.Root, p.Version, t.id, t.contact, p.Trigger, p.Session.Started, ended, ending, fault, arms, converted, path)
			continue
		}
		b.Queue(`update flow_run set path = path || $2::jsonb, ended_at = $3, ending = $4, fault = $5, arms = $6, converted_at = coalesce(converted_at, $7)
			where id = $1 and ended_at is null`, p.Session.ID, path, ended, ending, fault, arms, converted)
	}
	if len(r.Outcome.Runs) == 0 && len(r.Outcome.Memory.Flows) == 0 {
		return
	}
	if due, ok := r.Outcome.Memory.NextWake(); ok {
		b.Queue(`insert into flow_timer (conversation_id, company_id, due_at) values ($1, $2, $3)
			on conflict (conversation_id) do update set due_at = excluded.due_at`, t.id, company, due)
	} else {
		b.Queue(`delete from flow_timer where conversation_id = $1`, t.id)
	}
}

// pathOf is the run's own nodes of this turn: [node, exit, seconds since the run began].
func pathOf(p bots.Progress, now time.Time) []byte {
	at := math.Round(now.Sub(p.Session.Started).Seconds()*10) / 10
	steps := [][3]any{}
	for _, v := range p.Path {
		if v.Flow.IsZero() {
			steps = append(steps, [3]any{v.Node, v.Exit, at})
		}
	}
	b, _ := json.Marshal(steps)
	return b
}

// stopFlows ends the flows of a conversation that the bot no longer speaks in.
func (t *thread) stopFlows(b *pgx.Batch) {
	how := flows.Stopped
	if t.state == bots.Closed {
		how = flows.Closed
	}
	b.Queue(`update flow_run set ended_at = now(), ending = $2 where conversation_id = $1 and ended_at is null`, t.id, string(how))
	b.Queue(`delete from flow_timer where conversation_id = $1`, t.id)
	b.Queue(`update conversation set memory = memory - 'flows' where id = $1 and memory ? 'flows'`, t.id)
}
