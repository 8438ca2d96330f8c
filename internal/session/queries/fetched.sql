-- Counts messages that a platform gave later towards the newest gap, while it is fresh.
update session_gap g set fetched = g.fetched + r.n
from unnest($1::uuid[], $2::bigint[], $3::integer[]) as r (id, fence, n)
join channel_session s on s.id = r.id and s.fence = r.fence
where g.id = (select x.id from session_gap x where x.channel_id = r.id and x.to_at > now() - interval '1 hour'
              order by x.to_at desc limit 1)
