-- A page of a channel's log. An entry's time is also in its id, so the id alone is a position;
-- the time lets whole days be left out.
select id, at, message_id, inbound, method, url, status, request, reply, error, took_ms
from wire_log
where channel_id = $1 and ($2::uuid is null or message_id = $2)
  and ($3::timestamptz is null or at <= $3 and (at, id) < ($3, $4::uuid))
order by at desc, id desc
limit $5
