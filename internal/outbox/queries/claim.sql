-- The next items of each lane: by priority, then by acceptance. A conversation whose
-- earlier item is still out (in a call, waiting for a retry, unsure) is passed over and the
-- rest of its lane goes on. The attempt is on record before the platform is called.
with next as (
  select o.message_id, w.fence, o.seq
  from unnest($1::uuid[], $2::bigint[], $3::integer[]) as w (lane, fence, n)
  join lane l on l.id = w.lane and l.fence = w.fence and l.lease_until > now() and l.stopped is null
             and (l.not_before is null or l.not_before <= now())
  cross join lateral (
    select q.message_id, q.seq from outbox q
    where q.lane_id = w.lane and q.state = 'queued'
      and not exists (select 1 from outbox b where b.conversation_id = q.conversation_id and b.priority = q.priority
                      and b.seq < q.seq and b.state <> 'queued')
    order by q.priority, q.seq
    limit w.n
    for update skip locked
  ) o
), claimed as (
  update outbox o set state = 'sending', attempt = o.attempt + 1, fence = next.fence
  from next where o.message_id = next.message_id
  returning o.message_id, o.company_id, o.lane_id, o.conversation_id, o.priority, o.seq, o.attempt, o.fence, o.resent
)
select c.message_id, c.company_id, c.lane_id, c.conversation_id, c.attempt, c.fence, c.resent, m.destination, m.content
from claimed c join message m on m.id = c.message_id
order by c.priority, c.seq
