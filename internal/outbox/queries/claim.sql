-- The next items of each lane: by priority, then by acceptance. A conversation whose
-- earlier item is still out (in a call, waiting for a retry, unsure) is passed over and the
-- rest of its lane goes on. The attempt is on record before the platform is called.
-- Only the lane's first $4 items are looked at: with many conversations waiting, a claim after
-- every answer would else read the whole queue each time.
with next as (
  select o.message_id, w.fence, o.seq
  from unnest($1::uuid[], $2::bigint[], $3::integer[]) as w (lane, fence, n)
  join lane l on l.id = w.lane and l.fence = w.fence and l.lease_until > now() and l.stopped is null
             and (l.not_before is null or l.not_before <= now())
  cross join lateral (
    select q.message_id, q.seq
    from (
      select head.message_id, head.priority, head.seq
      from (select message_id, conversation_id, priority, seq from outbox
            where lane_id = w.lane and state = 'queued' order by priority, seq limit $4) head
      where not exists (select 1 from outbox b where b.conversation_id = head.conversation_id and b.priority = head.priority
                        and b.seq < head.seq and b.state <> 'queued')
      order by head.priority, head.seq
      limit w.n
    ) pick
    join lateral (
      select p.message_id, p.seq from outbox p where p.message_id = pick.message_id and p.state = 'queued' for update skip locked
    ) q on true
  ) o
), claimed as (
  update outbox o set state = 'sending', attempt = o.attempt + 1, fence = next.fence
  from next where o.message_id = next.message_id
  returning o.message_id, o.company_id, o.lane_id, o.conversation_id, o.priority, o.seq, o.attempt, o.fence, o.resent
)
select c.message_id, c.company_id, c.lane_id, c.conversation_id, c.attempt, c.fence, c.resent, m.destination, m.content, m.author_kind,
       coalesce(extract(epoch from now() - v.heard_at) * 1000, 0)::bigint
from claimed c join message m on m.id = c.message_id join conversation v on v.id = c.conversation_id
order by c.priority, c.seq
