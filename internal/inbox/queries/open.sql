-- Opens the conversation of each sender that has none on this channel.
insert into conversation (id, company_id, channel_id, contact_id, address)
select distinct on (t.channel_id, i.contact_id) t.id, i.company_id, t.channel_id, i.contact_id, t.value
from unnest($1::uuid[], $2::text[], $3::uuid[]) as t (channel_id, value, id)
join identity i on i.channel_id = t.channel_id and i.value = t.value
on conflict (channel_id, contact_id) do nothing;
