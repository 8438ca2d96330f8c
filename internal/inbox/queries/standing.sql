-- Where the conversation of an address stands: key by key, in this order. "offset 0" keeps
-- the planner from another order, which without statistics would read the whole channel.
select c.id, c.contact_id, ct.name, c.state, coalesce(u.name, ''), c.last_seq, c.read_seq, ct.email <> '' or ct.phone <> ''
from (select channel_id, contact_id from identity where channel_id = $1 and value = $2 offset 0) i
cross join lateral (select * from conversation c where c.channel_id = i.channel_id and c.contact_id = i.contact_id offset 0) c
cross join lateral (select name, email, phone from contact ct where ct.id = c.contact_id offset 0) ct
left join app_user u on u.id = c.assignee_id
