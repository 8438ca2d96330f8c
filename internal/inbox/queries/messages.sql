-- Lines of one thread with the names of who wrote them. The newest below a number, or the
-- oldest above one, or those with the given ids.
select m.id, m.conversation_id, m.seq, m.direction, m.kind, m.author_kind, m.author_id,
       case m.author_kind when 'agent' then u.name when 'bot' then b.name end,
       coalesce(m.client_id, ''), m.at, m.content, coalesce(o.state, m.state), m.error_code, m.error_text,
       m.sent_at, m.delivered_at, m.read_at, m.trace,
       f.state, f.file_id, f.meta, f.error_code, x.kind, x.content
from message m
left join message_media f on f.message_id = m.id
left join lateral (select kind, content from message_change x where x.message_id = m.id order by x.at desc limit 1) x on true
left join outbox o on o.message_id = m.id and o.state in ('sending', 'unsure')
left join app_user u on m.author_kind = 'agent' and u.id = m.author_id
left join bot b on m.author_kind = 'bot' and b.id = m.author_id
where m.conversation_id = $1
  and ($2::bigint is null or m.seq < $2)
  and ($3::bigint is null or m.seq > $3)
  and ($4::uuid[] is null or m.id = any($4))
order by case when $3::bigint is null then -m.seq else m.seq end
limit $5
