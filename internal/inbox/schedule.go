package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/flows"
	"recado/internal/db"
	"recado/internal/id"
)

// missedFor is how late a schedule may begin after all nodes were down; later it is skipped.
const missedFor = time.Hour

// scheduled is a published flow with a schedule.
type scheduled struct {
	company id.Company
	flow    id.Flow
	bot     id.Bot
	zone    string
	begins  []flows.Trigger
}

// Schedule starts the flows whose time of the week has come, once over all nodes: the row of
// flow_schedule is what one node alone can write. It is to be called every minute.
func Schedule(ctx context.Context, d *db.DB) error {
	now, list, err := readSchedules(ctx, d)
	if err != nil {
		return err
	}
	for _, s := range list {
		for _, t := range s.begins {
			at, ok := begin(t, s.zone, now)
			if !ok {
				continue
			}
			if err := d.ForCompany(ctx, s.company, func(tx db.CompanyTx) error { return s.start(ctx, tx, t, at) }); err != nil {
				return fmt.Errorf("schedule %s of flow %s: %w", t.ID, s.flow, err)
			}
		}
	}
	return nil
}

func readSchedules(ctx context.Context, d *db.DB) (now time.Time, list []scheduled, err error) {
	rows, err := d.Direct(db.Pipeline).Query(ctx, `select now(), f.company_id, f.id, f.bot_id, c.time_zone, v.definition -> 'triggers'
		from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version join company c on c.id = f.company_id
		where f.enabled and (v.definition -> 'triggers')::jsonb @> '[{"type": "schedule"}]'`)
	if err != nil {
		return now, nil, err
	}
	list, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (s scheduled, err error) {
		var triggers []byte
		if err = r.Scan(&now, &s.company, &s.flow, &s.bot, &s.zone, &triggers); err != nil {
			return s, err
		}
		var all []flows.Trigger
		err = json.Unmarshal(triggers, &all)
		for _, t := range all {
			if t.Type == flows.OnSchedule && t.Week != nil {
				s.begins = append(s.begins, t)
			}
		}
		return s, err
	})
	return now, list, err
}

// begin is the beginning of a span of the trigger's week within the last hour.
func begin(t flows.Trigger, zone string, now time.Time) (at time.Time, ok bool) {
	week, err := t.Week.Compile(zone)
	if err != nil {
		return at, false // it was checked when it was published
	}
	for from := now.Add(-missedFor); ; {
		next, opens := week.NextOpen(from)
		if !opens || next.After(now) {
			return at, ok
		}
		if next.After(from) {
			at, ok = next, true
		}
		for from = next; week.Open(from) && !from.After(now); {
			from = from.Add(time.Minute)
		}
		if from.After(now) {
			return at, ok
		}
	}
}

// start queues the flow in the latest conversation, on the bot's channels, of everybody who
// has the trigger's tag.
func (s scheduled) start(ctx context.Context, tx db.CompanyTx, t flows.Trigger, at time.Time) error {
	tag, err := tx.Exec(ctx, `insert into flow_schedule (flow_id, trigger_id, at, company_id) values ($1, $2, $3, $4) on conflict do nothing`,
		s.flow, t.ID, at, tx.Company())
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `with latest as (
			select distinct on (c.contact_id) c.id from contact ct
			join conversation c on c.contact_id = ct.id join channel ch on ch.id = c.channel_id
			where ct.tags @> array[$1::text] and ch.bot_id = $2 and ch.deleted_at is null and c.state in ('bot', 'closed')
			order by c.contact_id, c.last_at desc nulls last
		), held as (
			select id, last_seq from conversation where id in (select id from latest) order by id for no key update
		), told as (
			insert into flow_event (id, company_id, conversation_id, name, flow_id)
			select gen_random_uuid(), $3, id, 'schedule', $4 from held
		)
		insert into turn (conversation_id, company_id, handled_seq, wanted_seq)
		select id, $3, last_seq, last_seq from held on conflict (conversation_id) do nothing`, t.Tag, s.bot, tx.Company(), s.flow)
	return err
}
