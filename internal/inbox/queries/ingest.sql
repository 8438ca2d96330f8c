-- Stores a batch of inbound messages of any companies, in one statement and one commit.
--
-- The conversations' rows are locked in the order of their ids before anything else, so
-- that two batches cannot wait for each other; under those locks the sequence numbers are
-- given out without gaps. A repeat of an event loses at message_ref's primary key and
-- takes no number. Returns a row per new message, with whether any of them gives a bot a
-- turn; the caller looks repeats up.
with input as materialized (
  select * from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
    $7::text[], $8::jsonb[], $9::text[], $10::timestamptz[], $11::jsonb[], $12::boolean[]
  ) with ordinality as t (message_id, company_id, channel_id, conversation_id, external_id, client_id,
                          origin, content, snippet, provider_at, page, quiet, n)
), locked as materialized (
  select id, contact_id, last_seq, state, paused_until from conversation
  where id = any($4)
  order by id
  for no key update
), fresh as (
  insert into message_ref (channel_id, kind, ref, company_id, conversation_id, message_id)
  select distinct on (i.channel_id, i.external_id)
         i.channel_id, 'in', i.external_id, i.company_id, i.conversation_id, i.message_id
  from locked l join input i on i.conversation_id = l.id
  order by i.channel_id, i.external_id, i.n
  on conflict do nothing
  returning message_id
), numbered as (
  select i.*, l.contact_id, l.last_seq + row_number() over (partition by i.conversation_id order by i.n) as seq,
         case when l.state = 'closed' or l.state = 'paused' and l.paused_until <= now() then 'bot' else l.state end as state
  from input i join fresh using (message_id) join locked l on l.id = i.conversation_id
), stored as (
  insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, client_id, provider_id,
                       origin, content, state, provider_at, answers_id)
  select n.message_id, n.company_id, n.conversation_id, n.channel_id, n.seq, 'in', 'contact', n.client_id, n.external_id,
         n.origin, n.content, 'received', n.provider_at,
         coalesce(n.content #>> '{answer,to}', n.content ->> 'quote')::uuid
  from numbered n
), latest as (
  select distinct on (conversation_id) conversation_id, company_id, channel_id, contact_id, state, snippet, page, seq, external_id, provider_at,
         count(*) over (partition by conversation_id) as n, bool_and(quiet) over (partition by conversation_id) as quiet
  from numbered order by conversation_id, seq desc
), touched as (
  update conversation c
  set last_seq = t.seq, last_at = now(), last_snippet = t.snippet, last_from = 'contact',
      unread = c.unread + t.n, page = coalesce(t.page, c.page), changed_at = now(),
      heard_at = case when t.quiet then c.heard_at else greatest(c.heard_at, least(now(), coalesce(t.provider_at, now()))) end, -- windows are the platform's
      heard_ref = t.external_id,
      contact_read_seq = t.seq, contact_got_seq = t.seq, -- who writes has read what stands above
      memory = case when c.state = 'closed' then '{}' else c.memory end,
      -- From the row itself, not from t: where somebody changed it while we waited for its
      -- lock, the row's checks are made on the old one first.
      version = c.version + (c.state = 'closed' or c.state = 'paused' and c.paused_until <= now())::int,
      state = case when c.state = 'closed' or c.state = 'paused' and c.paused_until <= now() then 'bot' else c.state end,
      paused_until = case when c.paused_until > now() then c.paused_until end,
      closed_at = null -- who writes opens it
  from latest t where c.id = t.conversation_id and c.id = any($4)
), wanted as (
  insert into turn (conversation_id, company_id, handled_seq, wanted_seq)
  select conversation_id, company_id, seq - n, seq from latest l
  where not quiet and case when state = 'bot' then true -- else only who accepts a pass by writing
    else (select true from pending_pass p where p.contact_id = l.contact_id and p.to_channel = l.channel_id limit 1) end
  on conflict (conversation_id) do update set wanted_seq = excluded.wanted_seq
  returning true
)
select n, message_id, seq, now(), exists (select from wanted) from numbered;
