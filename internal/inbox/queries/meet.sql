-- Makes contact and identity for senders seen for the first time. Where another node was
-- first, its identity stands and ours is not made. A phone number that the platform vouches
-- for is the same person as on another channel whose platform vouched for it too.
with input as materialized (
  select distinct on (channel_id, value) * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::boolean[], $6::text[], $7::text[], $8::text[], $9::text[]
  ) as t (channel_id, company_id, value, contact_id, verified, name, email, phone, language)
  order by channel_id, value
), known as (
  select distinct on (n.contact_id) n.contact_id as fresh_id, c.id
  from input n join contact c on c.company_id = n.company_id and c.phone = n.phone
  where n.verified and n.phone <> ''
    and exists (select 1 from identity i where i.contact_id = c.id and i.verified)
    and not exists (select 1 from conversation v where v.contact_id = c.id and v.channel_id = n.channel_id)
  order by n.contact_id, c.id
), met as (
  insert into identity (channel_id, value, company_id, contact_id, verified)
  select n.channel_id, n.value, n.company_id, coalesce(k.id, n.contact_id), n.verified
  from input n left join known k on k.fresh_id = n.contact_id
  on conflict do nothing
  returning contact_id
)
insert into contact (id, company_id, name, email, phone, language)
select contact_id, company_id, name, email, phone, language from input join met using (contact_id);
