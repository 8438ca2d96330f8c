-- Sessions that connect only while they are needed, and nodes that share what they hold.
-- +goose Up

-- 'asleep' is offline on purpose until not_before, or until something waits to be sent.
alter table channel_session
  add active_at timestamptz, -- when something last came, left or waited here
  drop constraint channel_session_phase_check,
  add constraint channel_session_phase_check
    check (phase in ('unlinked', 'connecting', 'online', 'retrying', 'deaf', 'down', 'asleep'));

-- The processes that hold sessions, those without one too. It is not about any company.
create table session_node (
  node    text primary key,
  room    integer not null,    -- sessions it could still take
  seen_at timestamptz not null
);
alter table session_node enable row level security;
alter table session_node force row level security;
create policy pipeline on session_node to recado_pipeline using (true) with check (true);
grant select, insert, update, delete on session_node to recado_pipeline;

-- Whether a channel has something that could leave now or within a minute.
-- +goose StatementBegin
create function waits_to_leave(channel uuid) returns boolean language sql stable as $$
  select exists (
    select from lane l
    where l.id = channel and l.stopped is null and coalesce(l.not_before, now()) < now() + interval '1 minute'
      and (exists (select from outbox o where o.lane_id = l.id and o.state in ('queued', 'sending'))
           or exists (select from outbox o where o.lane_id = l.id and o.state in ('waiting', 'unsure') and o.due_at < now() + interval '1 minute')))
$$;
-- +goose StatementEnd
