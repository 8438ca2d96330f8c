-- Conversations as rows of a list, newest first. Null parameters do not filter. The slots
-- say nothing that the times beside them do not: they are what the indexes are on.
select c.id, c.contact_id, ct.name, ct.phone, ct.email, c.channel_id, ch.kind, ch.name, c.state,
       c.assignee_id, u.name,
       coalesce((select jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'color', l.color) order by l.name)
                 from conversation_label cl join label l on l.id = cl.label_id where cl.conversation_id = c.id), '[]'),
       c.last_snippet, c.last_from, c.last_at, c.unread, c.last_seq, c.waiting_since, c.paused_until, c.changed_at, c.version, c.team_id
from conversation c
join contact ct on ct.id = c.contact_id
join channel ch on ch.id = c.channel_id
left join app_user u on u.id = c.assignee_id
where c.started
  and ($1::uuid[] is null or c.id = any($1))
  and ($2::text[] is null or c.state = any($2))
  and ($3::uuid is null or c.assignee_id = $3)
  and (not $4::boolean or c.assignee_id is null)
  and ($5::uuid is null or c.channel_id = $5)
  and ($6::uuid is null or exists (select 1 from conversation_label cl where cl.conversation_id = c.id and cl.label_id = $6))
  and ($7::text is null or lower(ct.name || ' ' || ct.email || ' ' || ct.phone) like $7)
  and ($8::timestamptz is null or c.last_slot <= slot($8) and (c.last_at, c.id) < ($8, $9::uuid))
  and ($12::uuid is null or c.team_id = $12)
  and ($10::timestamptz is null or c.changed_slot >= slot($10) and c.changed_at > $10)
order by c.last_slot desc, c.last_at desc, c.id desc
limit $11
