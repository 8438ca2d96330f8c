-- Finds the contact and conversation of each sender that has written before, by the first
-- of the names it goes by on the channel that is known.
select distinct on (t.n) t.n, i.contact_id, c.id
from unnest($1::integer[], $2::uuid[], $3::text[]) with ordinality as t (n, channel_id, value, rank)
join identity i on i.channel_id = t.channel_id and i.value = t.value
join conversation c on c.channel_id = t.channel_id and c.contact_id = i.contact_id
order by t.n, t.rank;
