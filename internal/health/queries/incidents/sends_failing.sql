-- Of the last 50 messages of a quarter of an hour that came to an end, half or more failed.
-- Under five there is nothing to conclude. The id carries the time.
select channel_id, company_id, failed || '/' || n as detail
from (
  select channel_id, company_id, count(*) as n, count(*) filter (where state = 'failed') as failed
  from (
    select channel_id, company_id, state, row_number() over (partition by channel_id order by id desc) as back
    from message
    where id >= uuid_at(now() - interval '15 minutes') and direction = 'out' and kind = 'message'
      and state in ('sent', 'delivered', 'read', 'failed')
  ) latest
  where back <= 50
  group by channel_id, company_id
) tally
where n >= 5 and 2 * failed >= n
