-- Takes up to $1 files that are due, for a minute each; the try's number guards what is
-- written of them. Companies take turns, and none has more than $2 under way here: $3 and $4
-- are how many each has already.
with busy as (
  select * from unnest($3::uuid[], $4::integer[]) as t (company_id, n)
), head as (
  select message_id, company_id, due_at from message_media m
  where state = 'waiting' and due_at <= now()
    and not exists (select from busy b where b.company_id = m.company_id and b.n >= $2)
  order by due_at limit 500
), turns as (
  select h.message_id, h.due_at, row_number() over (partition by h.company_id order by h.due_at) + coalesce(b.n, 0) as turn
  from head h left join busy b using (company_id)
), due as (
  select m.message_id from message_media m join turns t using (message_id)
  where t.turn <= $2 and m.state = 'waiting' and m.due_at <= now()
  order by t.turn, t.due_at limit $1
  for update of m skip locked
)
update message_media m set tries = m.tries + 1, due_at = now() + interval '60 seconds'
from due where m.message_id = due.message_id
returning m.message_id, m.company_id, m.channel_id, m.conversation_id, m.ref, m.tries
