-- One message in twenty of the last ten minutes came over a minute after it was written.
-- Sessions fetch old messages after a silence and are left out. Detail: the lag of the 95th
-- of a hundred.
select channel_id, company_id, extract(epoch from lag)::bigint || ' s' as detail
from (
  select m.channel_id, m.company_id, count(*) as n, percentile_disc(0.95) within group (order by m.at - m.provider_at) as lag
  from message m
  where m.id >= uuid_at(now() - interval '10 minutes') and m.direction = 'in' and m.kind = 'message' and m.provider_at is not null
    and not exists (select from channel_session s where s.id = m.channel_id)
  group by m.channel_id, m.company_id
) lags
where n >= 3 and lag > interval '1 minute'
