-- The newest $2 lines of each of these conversations, in order.
select c.id, m.id, m.kind, m.author_kind, m.at, m.content
from unnest($1::uuid[]) as c(id),
lateral (select id, seq, kind, author_kind, at, content from message where conversation_id = c.id and kind <> 'note' order by seq desc limit $2) m
order by c.id, m.seq
