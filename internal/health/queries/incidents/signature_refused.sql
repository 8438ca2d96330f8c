-- Somebody calls the webhook with the wrong secret, most often the platform because the
-- secret was changed on one side only. Detail: how often in ten minutes.
select c.id as channel_id, c.company_id, n::text as detail
from channel c cross join lateral (
  select count(*) as n from wire_log w
  where w.channel_id = c.id and w.at > now() - interval '10 minutes' and w.inbound and w.status = 401
) refused
where n >= 3
