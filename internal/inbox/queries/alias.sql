-- Notes the further names of senders that are known by one of them. A name that stands for
-- somebody else already stays theirs.
insert into identity (channel_id, value, company_id, contact_id, verified)
select distinct on (channel_id, value) channel_id, value, company_id, contact_id, verified
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::boolean[]) as t (channel_id, value, company_id, contact_id, verified)
order by channel_id, value
on conflict do nothing;
