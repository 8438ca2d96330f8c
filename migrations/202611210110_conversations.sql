-- Channels, people, conversations and the ledger of messages.
--
-- Every foreign key carries the company, so that a row cannot point into another one.
-- +goose Up

create table bot (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  name       text not null check (name <> '' and length(name) <= 120),
  enabled    boolean not null default true,
  settings   jsonb not null default '{}',
  revision   bigint not null default 1, -- rises with every change of the bot, its rules or its FAQ: a compiled bot is cached by it
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, id)
);

create table channel (
  id              uuid primary key,
  company_id      uuid not null references company on delete cascade,
  kind            text not null,
  name            text not null check (name <> '' and length(name) <= 120),
  ref             text not null, -- the platform's own reference: a site key, a phone number id
  settings        jsonb not null default '{}',
  sealed_secret   bytea,         -- encrypted with a key outside the database
  enabled         boolean not null default true,
  bot_id          uuid,
  seen_origin     text not null default '', -- web page on which the widget was last loaded
  seen_at         timestamptz,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  deleted_at      timestamptz,
  unique (company_id, id),
  unique (kind, ref),
  foreign key (company_id, bot_id) references bot (company_id, id)
);
create index channel_company on channel (company_id) where deleted_at is null;
create index channel_bot on channel (bot_id) where bot_id is not null;

create table contact (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  name       text not null default '' check (length(name) <= 200),
  language   text not null default '',
  email      text not null default '' check (length(email) <= 254),
  phone      text not null default '' check (phone = '' or phone ~ '^\+[0-9]{6,15}$'),
  attributes jsonb not null default '{}',
  notes      text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, id)
);
create index contact_company on contact (company_id, id desc);
create index contact_search on contact using gin ((lower(name || ' ' || email || ' ' || phone)) gin_trgm_ops);

-- How a platform knows a person. One person may have many; a phone is never needed.
create table identity (
  channel_id uuid not null,
  value      text not null check (value <> '' and length(value) <= 300),
  company_id uuid not null,
  contact_id uuid not null,
  verified   boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (channel_id, value),
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade,
  foreign key (company_id, contact_id) references contact (company_id, id) on delete cascade
);
create index identity_contact on identity (contact_id);

-- The ten minutes in which a time lies. Every message moves a conversation's times; an index
-- on the times themselves would make each such update write all the table's indexes anew.
-- On the slots it happens once in ten minutes, and lists sort within a slot as they read.
create function slot(t timestamptz) returns timestamptz
  language sql immutable parallel safe
  return date_bin('10 minutes', t, timestamptz '2000-01-01 00:00:00+00');

-- One conversation per person and channel: closing it ends a matter, not the thread.
create table conversation (
  id               uuid primary key,
  company_id       uuid not null,
  channel_id       uuid not null,
  contact_id       uuid not null,
  address          text not null,                -- the identity to answer to
  state            text not null default 'bot' check (state in ('bot', 'waiting', 'human', 'paused', 'closed')),
  assignee_id      uuid,
  paused_until     timestamptz,
  waiting_since    timestamptz,
  closed_at        timestamptz,
  memory           jsonb not null default '{}',  -- what the bot keeps between turns
  page             jsonb,                        -- where on a web site the person last wrote from
  last_seq         bigint not null default 0,    -- message.seq counts up from 1 under this row's lock
  read_seq         bigint not null default 0,    -- read by an agent up to here
  contact_got_seq  bigint not null default 0,    -- reached the person up to here
  contact_read_seq bigint not null default 0,
  unread           integer not null default 0,
  last_at          timestamptz not null default now(),
  last_snippet     text not null default '',
  last_from        text not null default '',
  version          bigint not null default 1,    -- rises with every change of state or assignee
  changed_at       timestamptz not null default now(),
  created_at       timestamptz not null default now(),
  last_slot        timestamptz not null generated always as (slot(last_at)) stored,
  changed_slot     timestamptz not null generated always as (slot(changed_at)) stored,
  started          boolean not null generated always as (last_seq > 0) stored, -- somebody wrote: lists show it
  unique (company_id, id),
  unique (channel_id, contact_id),
  check ((state = 'human') = (assignee_id is not null)),
  check ((state = 'paused') = (paused_until is not null)),
  check ((state = 'waiting') = (waiting_since is not null)),
  foreign key (company_id, channel_id) references channel (company_id, id) on delete cascade,
  foreign key (company_id, contact_id) references contact (company_id, id) on delete cascade,
  foreign key (company_id, assignee_id) references member (company_id, user_id)
) with (fillfactor = 50); -- room beside each row for its next versions
-- Partial, so that the checks of foreign keys, whose plans may be made while the table is
-- still empty, cannot choose one of these over the unique key.
create index conversation_list on conversation (company_id, last_slot desc) where started;
create index conversation_state on conversation (company_id, state, last_slot desc) where started;
create index conversation_changed on conversation (company_id, changed_slot) where started;
create index conversation_channel on conversation (channel_id, last_slot desc) where started;
create index conversation_contact on conversation (contact_id);
create index conversation_paused on conversation (paused_until) where paused_until is not null;

create table label (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  name       text not null check (name <> '' and length(name) <= 60),
  color      text not null check (color ~ '^#[0-9a-f]{6}$'),
  created_at timestamptz not null default now(),
  unique (company_id, id)
);
create unique index label_name on label (company_id, lower(name));

create table conversation_label (
  conversation_id uuid not null,
  label_id        uuid not null,
  company_id      uuid not null,
  primary key (conversation_id, label_id),
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade,
  foreign key (company_id, label_id) references label (company_id, id) on delete cascade
);
create index conversation_label_label on conversation_label (label_id);

-- The ledger. The id is a UUIDv7, so partitions by id are partitions by time and the
-- primary key needs no second column.
create table message (
  id              uuid not null primary key,
  company_id      uuid not null,
  conversation_id uuid not null,
  channel_id      uuid not null,
  seq             bigint not null,
  direction       text not null check (direction in ('in', 'out')),
  kind            text not null default 'message' check (kind in ('message', 'note', 'event')),
  author_kind     text not null check (author_kind in ('contact', 'bot', 'agent', 'campaign', 'system')),
  author_id       uuid,          -- the bot, user or campaign
  client_id       text,          -- the sender's own id
  provider_id     text,          -- the platform's id
  origin          text not null default '', -- exact sender address on the platform
  destination     text not null default '', -- exact recipient address
  content         jsonb not null,
  trace           jsonb,         -- why the bot said it
  answers_id      uuid,          -- an inbound that answers this outbound of ours
  campaign_id     uuid,
  portfolio_id    uuid,
  state           text not null check (state in ('received', 'queued', 'unsure', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'expired')),
  error_code      text,
  error_text      text,
  at              timestamptz not null default now(), -- accepted, database clock
  provider_at     timestamptz,   -- the platform's clock
  sent_at         timestamptz,
  delivered_at    timestamptz,
  read_at         timestamptz,
  check ((direction = 'in') = (state = 'received') or kind <> 'message'),
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
) partition by range (id);
create index message_thread on message (conversation_id, seq);
create index message_day on message (company_id, at);

-- Names by which a message is known outside: the platform's id of an inbound ('in'), the
-- sender's own id of an outbound ('client'), the platform's id of an outbound ('provider').
-- The primary key is what makes a repeat harmless.
create table message_ref (
  channel_id      uuid not null,
  kind            text not null check (kind in ('in', 'client', 'provider')),
  ref             text not null check (length(ref) <= 400),
  company_id      uuid not null,
  conversation_id uuid not null,
  message_id      uuid not null,
  created_at      timestamptz not null default now(),
  primary key (channel_id, kind, ref)
);
create index message_ref_age on message_ref using brin (created_at);

-- What happened to each message on its way, append only.
create table delivery_event (
  message_id  uuid not null,
  company_id  uuid not null,
  state       text not null,
  attempt     smallint not null default 0,
  code        text,
  detail      text,
  provider_at timestamptz,
  at          timestamptz not null default clock_timestamp()
) partition by range (at);
create index delivery_event_message on delivery_event (message_id, at);

create function uuid_at(t timestamptz) returns uuid
  language sql immutable parallel safe
  as $$ select (lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$;

-- Makes the monthly partitions of the ledger up to the month after the given time. The
-- program's roles own nothing, so this runs as its owner; it takes no text from outside.
-- +goose StatementBegin
create function ensure_partitions(until timestamptz) returns integer
  language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  lo timestamptz := date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' - interval '3 months';
  hi timestamptz;
  made integer := 0;
  name text;
begin
  perform pg_advisory_xact_lock(hashtext('recado.partitions'));
  while lo <= until + interval '1 month' loop
    hi := (lo at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    name := 'message_' || to_char(lo at time zone 'UTC', 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of message for values from (%L) to (%L)', name, uuid_at(lo), uuid_at(hi));
      made := made + 1;
    end if;
    name := 'delivery_event_' || to_char(lo at time zone 'UTC', 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of delivery_event for values from (%L) to (%L)', name, lo, hi);
      made := made + 1;
    end if;
    lo := hi;
  end loop;
  return made;
end $$;
-- +goose StatementEnd
revoke execute on function ensure_partitions(timestamptz) from public;
grant execute on function ensure_partitions(timestamptz) to recado_pipeline;

-- A message whose clock is off must not be refused: it lands here.
create table message_other partition of message default;
create table delivery_event_other partition of delivery_event default;
select ensure_partitions(now() + interval '2 months');

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['bot', 'channel', 'contact', 'identity', 'conversation', 'label', 'conversation_label',
                           'message', 'message_ref', 'delivery_event'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
  foreach t in array array['channel', 'contact', 'identity', 'conversation', 'message', 'message_ref', 'delivery_event'] loop
    execute format('create policy pipeline on %I to recado_pipeline using (true) with check (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on bot, channel, contact, identity, label, conversation_label to recado_app;
grant select, insert, update on conversation to recado_app;
grant select, insert on message to recado_app; -- what was said stays said
grant update (state, error_code, error_text, delivered_at, read_at) on message to recado_app;
grant select, insert, delete on message_ref to recado_app;
grant select, insert on delivery_event to recado_app;

grant select (id, company_id, kind, ref, name, settings, enabled, bot_id, deleted_at), update (seen_at, seen_origin) on channel to recado_pipeline;
create policy pipeline on bot for select to recado_pipeline using (true);
grant select (id, company_id, enabled, revision) on bot to recado_pipeline;
grant select (id, company_id, name, language, email, phone), insert (id, company_id, name, language, email, phone) on contact to recado_pipeline;
grant select, insert on identity to recado_pipeline;
grant select, insert, update on conversation to recado_pipeline;
grant select, insert on message to recado_pipeline;
grant update (state, provider_id, error_code, error_text, provider_at, sent_at, delivered_at, read_at) on message to recado_pipeline;
grant select, insert, delete on message_ref to recado_pipeline;
grant select, insert on delivery_event to recado_pipeline;
