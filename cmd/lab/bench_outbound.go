package main

import (
	"fmt"
	"time"
)

const crowdedBy = 500 // conversations the backlog is spread over

// outbound measures how fast a queue that was prepared by SQL is drained to the widget's
// channel, which has no platform behind it: leases, claims, attempts and their records.
func (c *benchCommand) outbound(b *bench) error {
	n, _, err := b.serve("outbound")
	if err != nil {
		return err
	}
	s, err := found(b.lab, n, "Tienda Salida", c.Lanes)
	if err != nil {
		return err
	}
	channels := make([]string, len(s.sites))
	for i, w := range s.sites {
		channels[i] = w.channel
	}
	if _, err := b.lab.db.Exec(b.lab, prepareSQL, s.company, channels, crowdedBy); err != nil {
		return err
	}
	tx, err := b.lab.db.Begin(b.lab)
	if err != nil {
		return err
	}
	defer tx.Rollback(b.lab) //nolint:errcheck // after a commit it does nothing
	if _, err := tx.Exec(b.lab, backlogSQL, s.company, c.Backlog); err != nil {
		return err
	}
	if _, err := tx.Exec(b.lab, "analyze outbox"); err != nil {
		return err
	}
	before := b.cost(n)
	if err := tx.Commit(b.lab); err != nil {
		return err
	}
	if err := b.lab.drained(b.lab, 3*time.Minute, n); err != nil {
		return err
	}
	var sent int
	var seconds float64
	err = b.lab.db.QueryRow(b.lab, `select count(*), extract(epoch from max(sent_at) - min(sent_at))::float8 from message
		where company_id = $1 and state = 'sent'`, s.company).Scan(&sent, &seconds)
	if err != nil {
		return err
	}
	if sent != c.Backlog {
		return fmt.Errorf("%d of %d messages were sent", sent, c.Backlog)
	}
	b.tell("outbound_rate", float64(sent)/seconds, "/s", atLeast(5000))
	b.spent("outbound_cpu_us", n, before, sent, atMost(150).held())
	return nil
}

// Conversations with a contact each, spread over the channels.
const prepareSQL = `with n as (
	select gen_random_uuid() as contact, gen_random_uuid() as conversation, ($2::uuid[])[1 + i % array_length($2::uuid[], 1)] as channel
	from generate_series(1, $3) i
), people as (insert into contact (id, company_id) select contact, $1 from n)
insert into conversation (id, company_id, channel_id, contact_id, address)
select conversation, $1, channel, contact, 'visitor:' || contact from n`

// Messages with their intents, as internal/inbox and internal/outbox write them, in turn
// over the conversations.
const backlogSQL = `with c as (
	select *, row_number() over (order by id) as i, count(*) over () as n from conversation where company_id = $1
), m as (
	insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, destination, content, state)
	select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text || k), 1, 3) || '8' || substr(md5(random()::text || k), 1, 15))::uuid,
	       $1, c.id, c.channel_id, 1 + k / c.n, 'out', 'bot', c.address, '{"type": "text", "text": "Tu pedido ha salido del almacén y llega mañana."}', 'queued'
	from generate_series(0, $2::int - 1) k join c on c.i = 1 + k % c.n
	returning id, company_id, channel_id, conversation_id, seq
)
insert into outbox (message_id, company_id, lane_id, conversation_id, priority)
select id, company_id, channel_id, conversation_id, 2 from m order by seq, conversation_id`
