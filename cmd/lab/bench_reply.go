package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	replyRate  = 200 // messages a second
	replyPages = 100
	replyLasts = 12 * time.Second
	replyWarm  = 2 * time.Second // not counted
)

// reply measures from a visitor's message being accepted to the bot's answer being handed
// over, by the database's clock, and to its arrival on the visitor's socket, at a steady rate.
func (c *benchCommand) reply(b *bench) error {
	n, _, err := b.serve("reply")
	if err != nil {
		return err
	}
	s, err := found(b.lab, n, "Tienda Charla", 1)
	if err != nil {
		return err
	}
	open, closePages := context.WithCancel(b.lab)
	t := crowd(open, replyPages, s.sites, func(int) string { return n.base })
	defer t.pages.Wait()
	defer closePages()
	for _, v := range t.visitors {
		v.write(1)
		select {
		case <-v.connected:
		case <-b.lab.Done():
			return context.Cause(b.lab)
		}
	}
	if err := b.settled(b.lab, n); err != nil {
		return err
	}
	before, begun := b.cost(n), time.Now()
	tick := time.NewTicker(time.Second / replyRate)
	defer tick.Stop()
	written := 0
	for ; time.Since(begun) < replyLasts; written++ {
		select {
		case <-tick.C:
			t.visitors[written%replyPages].write(2 + written/replyPages)
		case <-b.lab.Done():
			return context.Cause(b.lab)
		}
	}
	if err := t.accepted(b.lab, 30*time.Second); err != nil {
		return err
	}
	if err := b.lab.drained(b.lab, 30*time.Second, n); err != nil {
		return err
	}
	b.spent("reply_cpu_us", n, before, written, goal{}) // with sockets, receipts and notifications
	handed, seen, err := replies(b.lab, t, s.company, begun.Add(replyWarm))
	if err != nil {
		return err
	}
	b.tell("reply_rate", float64(written)/replyLasts.Seconds(), "/s", goal{})
	b.tell("reply_p50_ms", ms(quantile(handed, 0.5)), "ms", atMost(20))
	b.tell("reply_p99_ms", ms(quantile(handed, 0.99)), "ms", atMost(150))
	b.tell("reply_seen_p50_ms", ms(quantile(seen, 0.5)), "ms", goal{})
	b.tell("reply_seen_p99_ms", ms(quantile(seen, 0.99)), "ms", goal{})
	return nil
}

// replies pairs questions asked since a time with their answers.
func replies(l *lab, t *traffic, company string, since time.Time) (handed, seen []time.Duration, err error) {
	rows, err := l.db.Query(l, `select q.client_id, a.id::text, (extract(epoch from a.sent_at - q.at) * 1e6)::bigint
		from message q join message a on a.conversation_id = q.conversation_id and a.author_kind = 'bot' and a.trace ->> 'query' = q.content ->> 'text'
		where q.company_id = $1 and q.direction = 'in' and q.at >= $2 and a.sent_at is not null`, company, since)
	if err != nil {
		return nil, nil, err
	}
	type pair struct {
		Key, Answer string
		Micros      int64
	}
	pairs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pair])
	if err != nil {
		return nil, nil, err
	}
	accepted, arrived := map[string]time.Time{}, map[string]time.Time{}
	for _, v := range t.visitors {
		v.mu.Lock()
		for _, s := range v.sent {
			accepted[s.key] = s.at
		}
		for id, at := range v.received {
			arrived[id] = at
		}
		v.mu.Unlock()
	}
	for _, p := range pairs {
		handed = append(handed, time.Duration(p.Micros)*time.Microsecond)
		if at, ok := arrived[p.Answer]; ok {
			seen = append(seen, at.Sub(accepted[p.Key])) // below zero when the answer overtook the 200
		}
	}
	return handed, seen, nil
}
