package dispatch

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/db"
	"recado/internal/id"
)

// tally counts what answered, for the panel. Counts are folded in memory and written every
// poll: a row that every turn of a bot updates would make those turns' commits queue up.
// A crash loses a second of counts and no message.
type tally struct {
	mu sync.Mutex
	n  map[counted]int64
}

type counted struct {
	company id.Company
	bot     id.Bot
	kind    string
	object  [16]byte
}

func (d *Dispatcher) count(t turn, trace bots.Trace) {
	if t.bot.IsZero() {
		return
	}
	c := counted{t.company, t.bot, trace.Source, t.bot}
	switch {
	case trace.Source == "rule" && trace.Rule != nil:
		c.object = trace.Rule.ID
	case trace.Source == "faq" && trace.FAQ != nil:
		c.object = trace.FAQ.ID
	case trace.Source == "offer", trace.Source == "handoff", trace.Source == "fallback", trace.Source == "greeting":
	default:
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.n == nil {
		d.n = map[counted]int64{}
	}
	d.n[c]++
}

func (d *Dispatcher) flushTally(ctx context.Context) {
	d.mu.Lock()
	n := d.n
	d.n = nil
	d.mu.Unlock()
	byCompany := map[id.Company]*pgx.Batch{}
	for c, v := range n {
		if byCompany[c.company] == nil {
			byCompany[c.company] = &pgx.Batch{}
		}
		byCompany[c.company].Queue(`insert into answer_count (company_id, bot_id, day, kind, object_id, n)
			select $1, b.id, (now() at time zone co.time_zone)::date, $3, $4, $5 from bot b join company co on co.id = b.company_id where b.id = $2
			on conflict (bot_id, day, kind, object_id) do update set n = answer_count.n + excluded.n`,
			c.company, c.bot, c.kind, c.object, v)
	}
	for company, b := range byCompany {
		err := d.db.ForCompany(ctx, company, func(tx db.CompanyTx) error { return tx.SendBatch(ctx, b).Close() })
		if err != nil {
			d.failed(ctx, "count answers", err)
		}
	}
}
