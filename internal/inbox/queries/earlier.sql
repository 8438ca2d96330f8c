-- The threads that were passed on to this one, the last first, and how far each had come.
-- Times fall along the way, so a person passed to and fro is told of once.
with recursive earlier as (
  select from_conversation as id, from_seq, accepted_at from pass where to_conversation = $1 and accepted_at is not null
  union
  select p.from_conversation, p.from_seq, p.accepted_at
  from earlier e join pass p on p.to_conversation = e.id and p.accepted_at < e.accepted_at
)
select e.id, max(e.from_seq), ch.id, ch.kind, ch.name
from earlier e join conversation c on c.id = e.id join channel ch on ch.id = c.channel_id
where e.id <> $1
group by e.id, ch.id
order by max(e.accepted_at) desc, e.id
