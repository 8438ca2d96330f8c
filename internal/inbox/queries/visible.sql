-- What the contact may see of a thread: their own messages and what was really sent to
-- them. Above $2, or below $3; with $2 also what has a lower number but was sent later (an
-- agent's reply overtakes a bot's; what was queued when a node died waits for its lane), so
-- that a resume misses nothing. sent_at is when that statement began: it shows at its commit,
-- which a busy disk may delay, and so the half minute. Whoever asks drops what they have.
select m.id, m.seq, coalesce(m.client_id, ''), m.direction, m.author_kind,
       case m.author_kind when 'agent' then u.name when 'bot' then b.name end, m.at, m.content,
       case when m.direction = 'out' then m.state when m.seq <= c.read_seq then 'read' else 'delivered' end
from conversation c
join message m on m.conversation_id = c.id
left join app_user u on m.author_kind = 'agent' and u.id = m.author_id
left join bot b on m.author_kind = 'bot' and b.id = m.author_id
where c.id = $1 and m.kind = 'message'
  and (m.direction = 'in' or m.state in ('sent', 'delivered', 'read'))
  and ($2::bigint is null or m.seq > $2
       or m.direction = 'out' and m.seq < $2 and m.seq > $2 - 500
          and m.sent_at > (select coalesce(l.sent_at, l.at) - interval '30 seconds' from message l where l.conversation_id = c.id and l.seq = $2))
  and ($3::bigint is null or m.seq < $3)
order by case when $2::bigint is null then -m.seq else m.seq end
limit $4
