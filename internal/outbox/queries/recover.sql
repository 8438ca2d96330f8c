-- What a dead owner of these lanes was in the middle of. The platform may have taken it:
-- unsure, to be sent again after a while unless its status arrives first. Where the channel
-- drops a repeat of our id there is nothing to wonder about and it is simply next.
with lost as (
  update outbox o
  set state = case when w.idempotent then 'queued' else 'unsure' end,
      due_at = case when w.idempotent then null
                    when o.priority = 4 then now() + interval '15 minutes'
                    else now() + interval '10 seconds' end
  from unnest($1::uuid[], $2::bigint[], $3::boolean[]) as w (lane, fence, idempotent)
  where o.lane_id = w.lane and o.state = 'sending' and o.fence is distinct from w.fence
  returning o.message_id, o.company_id, o.conversation_id, o.state, o.attempt
), told as (
  insert into delivery_event (message_id, company_id, state, attempt, detail)
  select message_id, company_id, 'unsure', attempt, 'the sender died during the call' from lost where state = 'unsure'
), marked as (
  update message m set state = 'unsure' from lost where lost.state = 'unsure' and m.id = lost.message_id and m.state = 'queued'
)
select message_id, company_id, conversation_id, state from lost
