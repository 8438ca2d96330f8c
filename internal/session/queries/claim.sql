-- Takes a channel's session away from whoever has it, for somebody who links a phone ($4 is
-- false: not while there is a device that works) or unlinks it ($4 is true).
with before as (
  select coalesce(lease_until > now() and lease_node <> $3, false) as elsewhere from channel_session where id = $1
)
insert into channel_session as s (id, company_id, fence, lease_node, lease_until)
select c.id, c.company_id, nextval('fence'), $3, now() + interval '10 seconds'
from channel c where c.id = $1 and c.company_id = $2 and c.deleted_at is null
on conflict (id) do update
set fence = excluded.fence, lease_node = excluded.lease_node, lease_until = excluded.lease_until,
    linked = false, not_before = null, gap_from = null, tries = 0,
    phase = 'unlinked', phase_at = case when s.phase = 'unlinked' then s.phase_at else now() end
where $4 or not s.linked or s.phase in ('down', 'unlinked')
returning s.fence, coalesce((select elsewhere from before), false)
