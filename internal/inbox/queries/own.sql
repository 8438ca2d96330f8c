-- A message the company wrote on another device of the channel: ours, sent already. What we
-- sent ourselves comes back under a name we know and is dropped.
with locked as (
  select id, last_seq, state from conversation where id = $4 for no key update
), fresh as (
  insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
  select $3, 'provider', $5, $2, $4, $1 from locked
  on conflict do nothing
  returning message_id
), stored as (
  insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, provider_id, destination, content, state, provider_at, sent_at)
  select $1, $2, $4, $3, l.last_seq + 1, 'out', 'agent', $5, $9, $6, 'sent', $8::timestamptz, now() from locked l, fresh
  returning id, company_id, conversation_id
), files as (
  insert into message_media (message_id, company_id, channel_id, conversation_id, ref)
  select $1, $2, $3, $4, $10::jsonb from fresh where $10::jsonb is not null
), seen as (
  update conversation c set last_seq = c.last_seq + 1, last_at = now(), last_snippet = $7, last_from = 'agent', changed_at = now(),
    state = case when c.state in ('bot', 'waiting', 'paused') and not $11::boolean then 'paused' else c.state end,
    paused_until = case when c.state in ('bot', 'waiting', 'paused') and not $11::boolean then greatest(c.paused_until, now() + interval '30 minutes') else c.paused_until end,
    waiting_since = case when c.state = 'waiting' and not $11::boolean then null else c.waiting_since end,
    version = c.version + 1
  from fresh where c.id = $4
), quiet as (
  delete from turn t using fresh where t.conversation_id = $4 and not $11::boolean
)
select id, company_id, conversation_id from stored
