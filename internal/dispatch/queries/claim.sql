-- Leases the turns that are due and loads, for each, its oldest unhandled message and event
-- with what a bot needs to know. A lease is due_at moved ahead: whoever dies holding it has
-- only delayed the turn.
with due as (
  select conversation_id from turn where due_at <= now() order by due_at limit $2 for update skip locked
), leased as (
  update turn t set lease_node = $1, due_at = now() + interval '10 seconds', fence = nextval('fence'), tries = t.tries + 1
  from due where t.conversation_id = due.conversation_id
  returning t.*
)
select l.conversation_id, l.company_id, l.fence, l.tries, l.handled_seq, l.wanted_seq,
       c.state, c.paused_until, c.memory, c.version, c.contact_id, ct.name, ct.language,
       b.id, coalesce(b.revision, 0), coalesce(b.enabled and ch.enabled, false),
       m.id, m.seq, m.at, m.content, p.id, ch.id, ch.kind,
       e.id, e.at, e.name, e.data, e.flow_id, e.run_id, coalesce(e.hops, 0), now()
from leased l
join conversation c on c.id = l.conversation_id
join contact ct on ct.id = c.contact_id
join channel ch on ch.id = c.channel_id
left join bot b on b.id = ch.bot_id
left join lateral (
  select id, seq, at, content from message
  where conversation_id = l.conversation_id and direction = 'in' and kind = 'message' and seq > l.handled_seq
  order by seq limit 1
) m on true
left join lateral (
  select id from pending_pass where contact_id = c.contact_id and to_channel = c.channel_id order by asked_at desc, id desc limit 1
) p on true
left join lateral (
  select id, at, name, data, flow_id, run_id, hops from flow_event where conversation_id = l.conversation_id order by at, id limit 1
) e on true
