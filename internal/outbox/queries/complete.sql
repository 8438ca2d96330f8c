-- Records what came of attempts, in one commit for many. Only those whose fence still
-- stands are written; the rows are locked first, so a lane cannot change hands in between.
with r as (
  select * from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::timestamptz[])
    as t (message_id, fence, outcome, provider_id, code, detail, wait_ms, provider_at)
), ok as materialized (
  select r.message_id, r.fence, r.provider_id, r.code, r.detail, r.wait_ms, r.provider_at, o.company_id, o.lane_id, o.conversation_id, o.attempt,
         case when r.outcome = 'unsure' and m.state in ('sent', 'delivered', 'read') then 'sent' -- its receipt was faster than its answer
              else r.outcome end as outcome
  from outbox o join r using (message_id) join message m on m.id = o.message_id
  where o.state = 'sending' and o.fence = r.fence
  order by o.message_id
  for update of o
), done as (
  delete from outbox o using ok where o.message_id = ok.message_id and ok.outcome in ('sent', 'failed', 'refused')
), again as (
  update outbox o
  set state = case ok.outcome when 'retry' then 'waiting' when 'held' then 'waiting' when 'unsure' then 'unsure' else 'queued' end,
      due_at = case when ok.outcome in ('retry', 'held', 'unsure') then now() + ok.wait_ms * interval '1 millisecond' end,
      attempt = case when ok.outcome in ('released', 'held', 'limited', 'stopped') then o.attempt - 1 else o.attempt end
  from ok where o.message_id = ok.message_id and ok.outcome in ('retry', 'held', 'unsure', 'released', 'limited', 'stopped')
), marked as (
  update message m
  set state = case ok.outcome when 'sent' then 'sent' when 'unsure' then 'unsure' when 'refused' then 'cancelled' else 'failed' end,
      provider_id = coalesce(nullif(ok.provider_id, ''), m.provider_id),
      sent_at = case when ok.outcome = 'sent' then now() else m.sent_at end,
      provider_at = coalesce(ok.provider_at, m.provider_at),
      error_code = case when ok.outcome <> 'sent' then ok.code end,
      error_text = case when ok.outcome <> 'sent' then ok.detail end
  from ok where m.id = ok.message_id and ok.outcome in ('sent', 'failed', 'refused', 'unsure')
    and m.state in ('queued', 'unsure', 'failed')
), named as (
  insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
  select lane_id, 'provider', provider_id, company_id, conversation_id, message_id from ok
  where outcome in ('sent', 'unsure') and provider_id <> ''
  on conflict do nothing
), told as (
  insert into delivery_event (message_id, company_id, state, attempt, code, detail, provider_at)
  select message_id, company_id, outcome, attempt, nullif(code, ''), nullif(detail, ''), provider_at from ok where outcome <> 'released'
), paused as (
  update lane l
  set not_before = case when p.outcome = 'limited' then greatest(l.not_before, now() + p.wait_ms * interval '1 millisecond') else l.not_before end,
      stopped = case when p.outcome = 'stopped' then p.code else l.stopped end
  from (select distinct on (lane_id) * from ok where outcome in ('limited', 'stopped') order by lane_id, outcome desc, wait_ms desc) p
  where l.id = p.lane_id
)
select message_id, company_id, conversation_id, outcome from ok
