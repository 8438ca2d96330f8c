-- Renews this node's leases and says when its sessions were last proved alive, all in one
-- statement. A session that does not come back belongs to somebody else now. Besides, it
-- tells which sessions may fall asleep: those that need not be connected always, when for two
-- minutes nothing has come ($4), left or waited.
update channel_session s
set lease_until = now() + interval '10 seconds',
    online_at = coalesce(now() - r.alive_ms * interval '1 millisecond', s.online_at),
    active_at = case when s.phase = 'online' and (r.active or q.busy or s.active_at is null) then now() else s.active_at end,
    tries = case when s.phase = 'online' and s.phase_at < now() - interval '60 seconds' then 0 else s.tries end
from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::boolean[]) as r (id, fence, alive_ms, active)
join channel c on c.id = r.id cross join lateral (select waits_to_leave(r.id) as busy) q
where s.id = r.id and s.fence = r.fence
returning s.id, s.linked and c.enabled and c.deleted_at is null, c.deleted_at is null,
          coalesce(c.settings ->> 'connect' = 'when_needed', false) and s.phase = 'online' and s.active_at < now() - interval '2 minutes'
