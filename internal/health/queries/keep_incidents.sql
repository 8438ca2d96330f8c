-- Opens an incident of kind $1 where its condition is newly found, refreshes those found
-- again, and closes those not found for a minute: what flickers is one incident, not many.
-- Channels that are switched off or gone have none.
with condition as (
{{condition}}
), found as (
  select f.channel_id, f.company_id, left(f.detail, 200) as detail
  from condition f join channel c on c.id = f.channel_id and c.enabled and c.deleted_at is null
), kept as (
  insert into incident (id, company_id, channel_id, kind, detail)
  select (left(uuid_at(now())::text, 14) || '7' || substr(gen_random_uuid()::text, 16))::uuid, -- a UUIDv7, as all ids are
         company_id, channel_id, $1, detail
  from found
  on conflict (channel_id, kind) where closed_at is null do update set seen_at = now(), detail = excluded.detail
  returning company_id, channel_id, opened_at = seen_at as opened
), over as (
  update incident i set closed_at = now()
  where i.kind = $1 and i.closed_at is null and i.seen_at < now() - interval '1 minute'
    and not exists (select from found f where f.channel_id = i.channel_id)
  returning i.company_id, i.channel_id
)
select company_id, channel_id, true from kept where opened
union all
select company_id, channel_id, false from over
