-- Half or more of an hour's files cannot be fetched. Files that were refused for what they
-- are (error codes "file. ...") are the senders' doing.
select channel_id, company_id, bad || '/' || n as detail
from (
  select channel_id, company_id, count(*) filter (where bad) as bad, count(*) filter (where bad or state = 'stored') as n
  from message_media cross join lateral (
    select state = 'failed' and error_code not like 'file.%' or state = 'waiting' and tries >= 3 as bad
  ) b
  where message_id >= uuid_at(now() - interval '1 hour')
  group by channel_id, company_id
) tally
where bad >= 3 and 2 * bad >= n
