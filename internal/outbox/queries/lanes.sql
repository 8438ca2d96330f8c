-- Takes over lanes that have work and no living owner, and renews those this node has.
-- A new owner gets a new fence; whoever held the old one writes nothing from here on. So
-- does this node for a lane of its own whose fence is not among those it stands by ($4).
with wanted as (
  select l.id, coalesce(l.lease_node = $1 and l.lease_until > now() and l.fence = any($4::bigint[]), false) as mine
  from lane l
  where l.stopped is null
    and (l.lease_until is null or l.lease_until < now() or l.lease_node = $1)
    and (l.id = any($5::uuid[]) or not exists (select 1 from channel_session s where s.id = l.id)) -- who holds the socket sends
    and (l.id = any($2::uuid[])
         or exists (select 1 from outbox o where o.lane_id = l.id and o.state = 'queued')
         or exists (select 1 from outbox o where o.lane_id = l.id and o.state = 'sending'))
  order by l.id
  limit $3
  for no key update skip locked
)
update lane l
set lease_node = $1, lease_until = now() + interval '10 seconds',
    fence = case when w.mine then l.fence else nextval('fence') end
from wanted w join channel c on c.id = w.id
where l.id = w.id
returning l.id, l.company_id, l.fence, c.kind, c.name, c.ref, c.settings, c.sealed_settings
