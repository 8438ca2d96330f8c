-- A company's sessions as they stand. A session whose lease has run out is held by nobody,
-- whatever its last holder wrote.
with traffic as (
  select m.channel_id,
         count(*) filter (where m.direction = 'in') as came,
         count(*) filter (where m.direction = 'out' and m.state in ('sent', 'delivered', 'read')) as went,
         count(*) filter (where m.direction = 'out' and m.state = 'failed') as failed
  from message m
  where m.company_id = current_company() and m.kind = 'message' and m.at > now() - interval '24 hours'
  group by m.channel_id
), stood as (
  select s.*, s.lease_until > now() as held from channel_session s
)
select s.id, c.name, c.kind,
       case when s.phase in ('online', 'connecting', 'deaf') and s.held is not true then 'retrying' else s.phase end,
       s.code, s.detail, s.number, s.name, s.linked, s.phase_at,
       case when s.phase = 'asleep' and c.enabled then s.not_before end, s.online_at, s.restarts,
       case when s.held then s.lease_node else '' end,
       (select v.last_at from conversation v where v.channel_id = s.id and v.started order by v.last_slot desc, v.last_at desc limit 1),
       coalesce(t.came, 0), coalesce(t.went, 0), coalesce(t.failed, 0),
       coalesce((select extract(epoch from sum(least(g.to_at, now()) - greatest(g.from_at, now() - interval '24 hours')))
                 from session_gap g where g.channel_id = s.id and g.to_at > now() - interval '24 hours'), 0)::bigint
         + case when s.gap_from is null then 0 else extract(epoch from now() - greatest(s.gap_from, now() - interval '24 hours'))::bigint end,
       coalesce((select jsonb_agg(jsonb_build_object('from', g.from_at, 'to', g.to_at, 'code', g.code, 'fetched', g.fetched) order by g.to_at desc)
                 from (select * from session_gap x where x.channel_id = s.id order by x.to_at desc limit 5) g), '[]')
from stood s join channel c on c.id = s.id left join traffic t on t.channel_id = s.id
where c.deleted_at is null
order by c.created_at, c.id
