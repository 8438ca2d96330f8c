-- Takes sessions that are wanted and that nobody holds, each under a new fence. What a dead
-- node left as online has been silent since it was last proved alive.
--
-- One that sleeps is wanted when its time has come, when something waits to leave by it, or
-- when it is to be connected always again.
--
-- A node that has its share of the sessions leaves the next ones to the others, unless none
-- of them wants one within two seconds: they may be full.
with held as (
  select count(*) as wanted,
         count(*) filter (where lease_node = $1 and lease_until > now()) as mine,
         greatest((select count(*) from session_node where seen_at > now() - interval '10 seconds'), 1) as nodes
  from channel_session where linked and phase not in ('down', 'unlinked', 'asleep')
), free as (
  select s.id, s.phase = 'online' as died
  from channel_session s join channel c on c.id = s.id cross join held
  where s.linked and s.phase not in ('down', 'unlinked') and c.enabled and c.deleted_at is null and c.kind <> all($3::text[])
    and (s.lease_until is null or s.lease_until <= now())
    and (s.not_before is null or s.not_before <= now()
         or s.phase = 'asleep' and (c.settings ->> 'connect' is distinct from 'when_needed' or waits_to_leave(s.id)))
    and (held.mine * held.nodes < held.wanted or s.phase = 'asleep'
         or greatest(s.lease_until, s.not_before, s.created_at) < now() - interval '2 seconds')
  order by s.phase = 'asleep' desc, greatest(s.lease_until, s.not_before, s.created_at), s.id
  limit (select case when mine * nodes < wanted then least($2, ceil(wanted::numeric / nodes)::integer - mine) else $2 end from held)
  for no key update of s skip locked
)
update channel_session s
set lease_node = $1, lease_until = now() + interval '10 seconds', fence = nextval('fence'), not_before = null,
    active_at = case when s.phase = 'asleep' then now() else s.active_at end,
    phase = 'connecting', phase_at = now(),
    code = case when free.died then 'node_lost' else s.code end,
    gap_from = coalesce(s.gap_from, case when free.died then s.online_at end)
from free join channel c on c.id = free.id
where s.id = free.id
returning s.id, s.company_id, c.kind, s.fence, s.tries, s.code, s.detail, s.number, s.name,
          (extract(epoch from now() - s.gap_from) * 1000)::bigint
