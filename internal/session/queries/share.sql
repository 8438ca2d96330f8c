-- Says that this node lives and how many sessions it could take ($2), and names up to two
-- that it should hand over: it holds more than its share, and another that lives has less
-- than its own and room. Only what has been online for ten minutes goes, so that nothing goes
-- to and fro, and only what has been quiet for one and has nothing waiting.
with me as (
  insert into session_node (node, room, seen_at) values ($1, $2, now())
  on conflict (node) do update set room = excluded.room, seen_at = excluded.seen_at
), gone as (
  delete from session_node where seen_at < now() - interval '1 hour' and node <> $1
), nodes as (
  select n.node, n.room,
         (select count(*) from channel_session s where s.lease_node = n.node and s.lease_until > now()) as holds
  from session_node n where n.seen_at > now() - interval '10 seconds' and n.node <> $1
), mine as (
  select count(*) as n from channel_session where lease_node = $1 and lease_until > now()
), fair as (
  select (mine.n + (select coalesce(sum(holds), 0) from nodes)) / (1 + (select count(*) from nodes)) as share, mine.n from mine
)
select s.id
from channel_session s cross join fair
where $3 and s.lease_node = $1 and s.lease_until > now() and s.phase = 'online'
  and fair.n >= fair.share + 1
  and exists (select from nodes where room > 0 and holds < floor(fair.share))
  and s.phase_at < now() - interval '10 minutes' and s.active_at < now() - interval '1 minute'
  and not waits_to_leave(s.id)
order by s.active_at, s.id
limit (select greatest(0, least(2, floor(n - share)))::integer from fair)
