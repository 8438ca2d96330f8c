-- Puts back in line what has waited long enough, settles doubts that a receipt has ended, and
-- gives up what came too late.
with late as (
  delete from outbox where expires_at < now() and state in ('queued', 'waiting')
  returning message_id, company_id, conversation_id
), buried as (
  update message m set state = 'expired' from late where m.id = late.message_id
), told as (
  insert into delivery_event (message_id, company_id, state) select message_id, company_id, 'expired' from late
), due as (
  select o.message_id, o.state = 'unsure' and m.state in ('sent', 'delivered', 'read') as arrived
  from outbox o join message m on m.id = o.message_id
  where o.due_at <= now() order by o.due_at limit 1000 for update of o skip locked
), settled as ( -- a receipt came while the call was under way: there is nothing to wonder about any more
  delete from outbox o using due where due.arrived and o.message_id = due.message_id
), ready as (
  update outbox o set state = 'queued', due_at = null, resent = o.resent or o.state = 'unsure'
  from due where o.message_id = due.message_id and not due.arrived and o.message_id not in (select message_id from late)
  returning o.lane_id
)
select distinct lane_id from ready
