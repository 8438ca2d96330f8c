-- The last $2 conversations of a bot's channels, the newest first.
select c.id, ch.id, ch.kind,
  coalesce((select array_agg(l.name order by l.name) from conversation_label cl join label l on l.id = cl.label_id where cl.conversation_id = c.id), '{}'),
  ct.id, ct.name, ct.language, ct.phone, ct.email, ct.tags, ct.attributes
from channel ch join conversation c on c.channel_id = ch.id join contact ct on ct.id = c.contact_id
where ch.bot_id = $1 and ch.deleted_at is null and c.started
order by c.last_slot desc, c.last_at desc, c.id
limit $2
