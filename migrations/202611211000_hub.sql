-- The channel hub: what platforms tell besides messages, sessions held by a node, files on
-- their way, and what went over the wire.
-- +goose Up

alter table channel
  add sealed_settings bytea, -- the secret fields of the settings, one sealed JSON object
  add secret_fields text[] not null default '{}'; -- their names
grant select (sealed_settings) on channel to recado_pipeline;

-- When the person last wrote and by which platform id: windows are counted from it.
alter table conversation
  add heard_at  timestamptz,
  add heard_ref text not null default '';

create index contact_phone on contact (company_id, phone) where phone <> '';

-- A file a person sent, from the moment it is known until it is ours. The ledger's row never
-- changes; readers see the file through this one.
create table message_media (
  message_id      uuid primary key,
  company_id      uuid not null references company on delete cascade,
  channel_id      uuid not null,
  conversation_id uuid not null,
  ref             jsonb not null,      -- what the adapter needs to fetch it
  state           text not null default 'waiting' check (state in ('waiting', 'stored', 'failed')),
  file_id         uuid,
  meta            jsonb not null default '{}', -- mime, name, size, width, height, duration_ms as found
  tries           smallint not null default 0,
  due_at          timestamptz not null default now(), -- a claim moves it to the end of its lease
  error_code      text,
  created_at      timestamptz not null default now(),
  check ((state = 'stored') = (file_id is not null)),
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade,
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
);
create index message_media_due on message_media (due_at) where state = 'waiting';
create index message_media_conversation on message_media (conversation_id);

-- What people changed or took back after they had written it. What was said stays said.
create table message_change (
  message_id      uuid not null,
  external_id     text not null check (length(external_id) <= 400),
  company_id      uuid not null references company on delete cascade,
  conversation_id uuid not null,
  kind            text not null check (kind in ('edit', 'delete')),
  content         jsonb,
  at              timestamptz not null default now(),
  primary key (message_id, external_id),
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
);
create index message_change_conversation on message_change (conversation_id);

-- A platform's word on a message whose sending we have not recorded yet.
create table early_receipt (
  channel_id  uuid not null,
  ref         text not null check (length(ref) <= 400),
  state       text not null check (state in ('sent', 'delivered', 'read', 'failed')),
  company_id  uuid not null,
  provider_at timestamptz,
  code        text,
  detail      text,
  at          timestamptz not null default now(),
  primary key (channel_id, ref, state),
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade
);
create index early_receipt_at on early_receipt (at);

-- Sockets we hold, one row per channel of such a kind. A node leases a session as it leases a
-- lane, and the lane goes with it: only the node with the socket can send.
create table channel_session (
  id          uuid primary key,       -- the channel's
  company_id  uuid not null,
  linked      boolean not null default false, -- there is a device to connect with
  fence       bigint,
  lease_node  text,
  lease_until timestamptz,
  not_before  timestamptz,            -- the next connect, after a failure
  tries       integer not null default 0,
  phase       text not null default 'unlinked' check (phase in ('unlinked', 'connecting', 'online', 'retrying', 'deaf', 'down')),
  code        text not null default '',
  detail      text not null default '',
  number      text not null default '',
  name        text not null default '',
  phase_at    timestamptz not null default now(),
  online_at   timestamptz,            -- last proved alive
  gap_from    timestamptz,            -- silent since: what came meanwhile is fetched or missing
  restarts    integer not null default 0,
  created_at  timestamptz not null default now(),
  foreign key (company_id, id) references channel (company_id, id) on delete cascade
) with (fillfactor = 50);
create index channel_session_company on channel_session (company_id);

-- Device keys, sealed with a key outside the database.
create table channel_device (
  channel_id uuid primary key,
  company_id uuid not null,
  account    text not null,           -- the platform's own name of the device
  sealed     bytea not null,
  updated_at timestamptz not null default now(),
  unique (account),                   -- a number belongs to one channel of the installation
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade
);

-- Times in which a session was silent although it should not have been.
create table session_gap (
  id         uuid primary key,
  company_id uuid not null,
  channel_id uuid not null,
  from_at    timestamptz not null,
  to_at      timestamptz not null,
  code       text not null default '',
  fetched    integer not null default 0, -- messages of that time which the platform gave later
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade
);
create index session_gap_channel on session_gap (channel_id, to_at desc);

-- Messages a platform approves beforehand.
create table template (
  id          uuid primary key,
  company_id  uuid not null,
  channel_id  uuid not null,
  platform_id text not null default '',
  name        text not null,
  language    text not null,
  category    text not null check (category in ('marketing', 'utility', 'authentication')),
  status      text not null check (status in ('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled')),
  quality     text not null default 'unknown',
  reason      text not null default '',
  header      text not null default '',
  body        text not null,
  footer      text not null default '',
  samples     jsonb not null default '[]',
  buttons     jsonb not null default '[]',
  updated_at  timestamptz not null default now(),
  unique (channel_id, name, language),
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade
);
create index template_company on template (company_id);

-- Something is wrong with a channel, from the time it was noticed until it was right again.
create table incident (
  id         uuid primary key,
  company_id uuid not null,
  channel_id uuid not null,
  kind       text not null,
  detail     text not null default '',
  opened_at  timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  closed_at  timestamptz,
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade
);
create unique index incident_open on incident (channel_id, kind) where closed_at is null;
create index incident_company on incident (company_id, opened_at desc);

-- What went over the wire, secrets removed. Partitions are days; a week is kept.
create table wire_log (
  id         uuid not null,
  company_id uuid not null,
  channel_id uuid not null,
  message_id uuid,
  inbound    boolean not null,
  method     text not null,
  url        text not null,
  status     integer not null,
  request    text not null,
  reply      text not null,
  error      text not null default '',
  took_ms    integer not null,
  at         timestamptz not null default now()
) partition by range (at);
create index wire_log_channel on wire_log (channel_id, at desc);
create index wire_log_message on wire_log (message_id) where message_id is not null;
create index wire_log_refused on wire_log (channel_id, at) where inbound and status = 401;
create table wire_log_other partition of wire_log default;

-- Makes the days up to the one after tomorrow and drops those older than a week.
-- +goose StatementBegin
create function turn_wire_log() returns void
  language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  d date;
  name text;
begin
  perform pg_advisory_xact_lock(hashtext('recado.wire_log'));
  for i in 0..2 loop
    d := (now() at time zone 'UTC')::date + i;
    name := 'wire_log_' || to_char(d, 'YYYYMMDD');
    if to_regclass(name) is null then
      execute format('create table %I partition of wire_log for values from (%L) to (%L)',
        name, d::timestamp at time zone 'UTC', (d + 1)::timestamp at time zone 'UTC');
    end if;
  end loop;
  for name in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'wire_log'::regclass and c.relname ~ '^wire_log_[0-9]{8}$'
      and to_date(right(c.relname, 8), 'YYYYMMDD') < (now() at time zone 'UTC')::date - 7
  loop
    execute format('drop table %I', name);
  end loop;
  delete from wire_log_other where at < now() - interval '7 days';
end $$;
-- +goose StatementEnd
revoke execute on function turn_wire_log() from public;
grant execute on function turn_wire_log() to recado_pipeline;
select turn_wire_log();

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['message_media', 'message_change', 'early_receipt', 'channel_session', 'channel_device',
                           'session_gap', 'template', 'incident', 'wire_log'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
    execute format('create policy pipeline on %I to recado_pipeline using (true) with check (true)', t);
  end loop;
end $$;
-- +goose StatementEnd
grant select on message_media, message_change, session_gap, incident, wire_log to recado_app;
grant select, insert, update, delete on channel_session, template, channel_device to recado_app;
grant select, insert, update, delete on message_media, early_receipt to recado_pipeline;
grant select, insert on message_change to recado_pipeline;
grant select, insert, update, delete on channel_session, channel_device to recado_pipeline;
grant select, insert, update on session_gap, template, incident to recado_pipeline;
grant select, insert on wire_log to recado_pipeline;
