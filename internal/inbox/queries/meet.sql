-- Makes contact and identity for senders seen for the first time. Where another node was
-- first, its identity stands and ours is not made.
with input as materialized (
  select distinct on (channel_id, value) * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::text[]
  ) as t (channel_id, company_id, value, contact_id, verified, name, email, phone, language)
  order by channel_id, value
), met as (
  insert into identity (channel_id, value, company_id, contact_id, verified)
  select channel_id, value, company_id, contact_id, verified from input
  on conflict do nothing
  returning contact_id
)
insert into contact (id, company_id, name, email, phone, language)
select contact_id, company_id, name, email, phone, language from input join met using (contact_id);
