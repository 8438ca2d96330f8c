-- Linked, and for over a minute not connected. What counts is the silence, not the phase,
-- which changes with every attempt. One that slept was silent on purpose until it woke.
-- Detail: for how long.
select id as channel_id, company_id, extract(epoch from now() - since)::bigint || ' s' as detail
from channel_session cross join lateral (select coalesce(gap_from, case when online_at is not null then greatest(online_at, active_at) end, created_at) as since) s
where linked and phase in ('connecting', 'retrying') and since < now() - interval '1 minute'
