-- Puts back in line what has waited long enough, and gives up what came too late.
with late as (
  delete from outbox where expires_at < now() and state in ('queued', 'waiting')
  returning message_id, company_id, conversation_id
), buried as (
  update message m set state = 'expired' from late where m.id = late.message_id
), told as (
  insert into delivery_event (message_id, company_id, state) select message_id, company_id, 'expired' from late
), due as (
  select message_id from outbox where due_at <= now() order by due_at limit 1000 for update skip locked
), ready as (
  update outbox o set state = 'queued', due_at = null, resent = o.resent or o.state = 'unsure'
  from due where o.message_id = due.message_id and o.message_id not in (select message_id from late)
  returning o.lane_id
)
select distinct lane_id from ready
