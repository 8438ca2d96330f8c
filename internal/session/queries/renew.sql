-- Renews this node's leases and says when its sessions were last proved alive, all in one
-- statement. A session that does not come back belongs to somebody else now.
update channel_session s
set lease_until = now() + interval '10 seconds',
    online_at = coalesce(now() - r.alive_ms * interval '1 millisecond', s.online_at),
    tries = case when s.phase = 'online' and s.phase_at < now() - interval '60 seconds' then 0 else s.tries end
from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as r (id, fence, alive_ms) join channel c on c.id = r.id
where s.id = r.id and s.fence = r.fence
returning s.id, s.linked and c.enabled and c.deleted_at is null, c.deleted_at is null
