-- What became of events that were stored before.
select t.n, r.message_id, m.seq, m.at
from unnest($1::uuid[], $2::text[]) with ordinality as t (channel_id, external_id, n)
join message_ref r on r.channel_id = t.channel_id and r.kind = 'in' and r.ref = t.external_id
join message m on m.id = r.message_id;
