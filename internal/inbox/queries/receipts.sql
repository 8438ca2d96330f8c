-- What platforms say of our messages, a batch of any channels. States only rise; a failure
-- after the message has arrived is history only. A word on a message that is not on record
-- yet is kept for later, and one that settles an attempt in doubt ends the doubt.
with r as (
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
    with ordinality as t (channel_id, company_id, ref, own_id, state, provider_at, code, detail, n)
), named as (
  select r.*, coalesce(own.id, p.message_id) as message_id
  from r
  left join message own on own.id = r.own_id and own.channel_id = r.channel_id and own.direction = 'out'
  left join message_ref p on r.ref <> '' and p.channel_id = r.channel_id and p.kind = 'provider' and p.ref = r.ref
), kept as (
  insert into early_receipt (channel_id, ref, state, company_id, provider_at, code, detail)
  select distinct on (channel_id, ref, state) channel_id, ref, state, company_id, provider_at, nullif(code, ''), nullif(detail, '')
  from named where message_id is null and ref <> '' order by channel_id, ref, state, n
  on conflict do nothing
), best as ( -- one row a message: failed only when nothing better came with it
  select distinct on (message_id) message_id, company_id, state, code, detail
  from named where message_id is not null
  order by message_id, array_position(array['failed', 'sent', 'delivered', 'read'], state) desc
), intents as materialized ( -- before the messages, as the senders do: two statements never wait for each other
  select o.message_id from outbox o join best b on b.message_id = o.message_id order by o.message_id for update of o
), locked as materialized (
  select m.id from message m join best b on b.message_id = m.id
  where (select count(*) from intents) >= 0
  order by m.id for no key update of m
), risen as (
  update message m
  set state = b.state,
      sent_at = coalesce(m.sent_at, now()),
      delivered_at = case when b.state in ('delivered', 'read') then coalesce(m.delivered_at, now()) else m.delivered_at end,
      read_at = case when b.state = 'read' then coalesce(m.read_at, now()) else m.read_at end,
      error_code = case when b.state = 'failed' then nullif(b.code, '') end,
      error_text = case when b.state = 'failed' then nullif(b.detail, '') end
  from best b join locked l on l.id = b.message_id
  where m.id = b.message_id
    and case b.state when 'failed' then m.state in ('queued', 'unsure', 'sent')
                     else array_position(array['queued', 'unsure', 'failed', 'sent', 'delivered', 'read'], m.state)
                          < array_position(array['queued', 'unsure', 'failed', 'sent', 'delivered', 'read'], b.state) end
  returning m.id, m.company_id, m.conversation_id
), settled as (
  delete from outbox o using best b where o.message_id = b.message_id and o.state = 'unsure'
), refs as ( -- found by our own id: the platform's name is new to us
  insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
  select distinct on (n.channel_id, n.ref) n.channel_id, 'provider', n.ref, m.company_id, m.conversation_id, m.id
  from named n join message m on m.id = n.own_id and m.channel_id = n.channel_id where n.ref <> ''
  on conflict do nothing
), told as (
  insert into delivery_event (message_id, company_id, state, code, detail, provider_at)
  select message_id, company_id, state, nullif(code, ''), nullif(detail, ''), provider_at from named where message_id is not null
)
select id, company_id, conversation_id from risen
