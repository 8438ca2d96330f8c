-- Writes how sessions stand, many in one commit and only under the fence they were held by.
-- Ages are milliseconds back from now: online_ms, when a session came online since the last
-- write; alive_ms, until when it was alive.
with r as (
  select * from jsonb_to_recordset($1::jsonb) as t (
    id uuid, fence bigint, phase text, code text, detail text, number text, name text, online_ms bigint, alive_ms bigint,
    ended boolean, wait_ms bigint, tries integer, deaf boolean, unlinked boolean, stop boolean, quiet boolean)
), ok as materialized (
  select r.*, s.company_id, s.gap_from as silent_from, s.code as silent_code,
         now() - r.online_ms * interval '1 millisecond' as back_at,
         now() - r.alive_ms * interval '1 millisecond' as alive_at
  from channel_session s join r using (id)
  where s.fence = r.fence
  order by s.id
  for no key update of s
), written as (
  update channel_session s
  set phase = ok.phase, code = ok.code, detail = ok.detail, number = ok.number, name = ok.name,
      phase_at = case when s.phase = ok.phase then s.phase_at else now() end,
      online_at = coalesce(ok.alive_at, s.online_at),
      gap_from = case when ok.quiet or ok.phase = 'online' then null else coalesce(ok.alive_at, s.gap_from) end,
      restarts = s.restarts + ok.deaf::integer,
      linked = s.linked and not ok.unlinked,
      tries = case when ok.ended then ok.tries else s.tries end,
      not_before = case when ok.ended then now() + ok.wait_ms * interval '1 millisecond' end,
      lease_until = case when ok.ended then now() else s.lease_until end
  from ok where s.id = ok.id
), missed as (
  insert into session_gap (id, company_id, channel_id, from_at, to_at, code)
  select gen_random_uuid(), company_id, id, silent_from, back_at, silent_code
  from ok where back_at - silent_from > interval '5 seconds'
), stopped as (
  update lane l set stopped = ok.code from ok where ok.stop and l.id = ok.id and l.stopped is null
)
select id, company_id from ok
