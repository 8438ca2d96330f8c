-- Finds the contact and conversation of each sender that has written before.
select t.n, i.contact_id, c.id
from unnest($1::uuid[], $2::text[]) with ordinality as t (channel_id, value, n)
join identity i on i.channel_id = t.channel_id and i.value = t.value
join conversation c on c.channel_id = t.channel_id and c.contact_id = i.contact_id;
