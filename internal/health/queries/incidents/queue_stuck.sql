-- A message that nothing holds back has waited over five minutes. Held back are campaigns,
-- which pacing spreads over hours, lanes that wait by order of the platform, and what stands
-- behind an earlier message of its conversation. Only the head of each lane is looked at.
-- Detail: for how long.
select l.id as channel_id, l.company_id, extract(epoch from now() - min(o.created_at))::bigint || ' s' as detail
from lane l cross join generate_series(1, 3) as p (priority) cross join lateral (
  select head.created_at
  from (
    select conversation_id, priority, seq, attempt, created_at from outbox
    where lane_id = l.id and priority = p.priority and state = 'queued' order by seq limit 50
  ) head
  where head.attempt = 0 and not exists (
    select from outbox b where b.conversation_id = head.conversation_id and b.priority = head.priority
      and b.seq < head.seq and b.state <> 'queued')
  order by head.seq limit 1
) o
where l.stopped is null and (l.not_before is null or l.not_before <= now())
group by l.id, l.company_id
having min(o.created_at) < now() - interval '5 minutes'
