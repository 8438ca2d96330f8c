-- Work waiting to be done: turns for the bots, lanes and items for the senders.
--
-- A lease is a row's node, its end by the database clock, and a fence: a number from one
-- sequence that never comes twice. Whoever writes under a lease names its fence, so a node
-- that slept through the end of its lease writes nothing.
-- +goose Up

create sequence fence;

-- One row per conversation with messages a bot has not handled; gone when it has.
create table turn (
  conversation_id uuid primary key,
  company_id      uuid not null,
  handled_seq     bigint not null, -- messages up to here are done
  wanted_seq      bigint not null, -- and up to here are wanted
  due_at          timestamptz not null default now(), -- not before; a claim moves it to the end of its lease
  tries           smallint not null default 0,
  fence           bigint,
  lease_node      text,
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
) with (fillfactor = 50);
create index turn_due on turn (due_at);

-- One sender: a number, a page, a widget. Its id is the channel's.
create table lane (
  id          uuid primary key,
  company_id  uuid not null,
  fence       bigint,
  lease_node  text,
  lease_until timestamptz,
  not_before  timestamptz,              -- pacing or a platform's "wait": nothing leaves before
  stopped     text,                     -- why a person must act first; null = running
  policy      jsonb not null default '{}', -- gap, caps, burst, quiet hours
  foreign key (company_id, id) references channel (company_id, id) on delete cascade
) with (fillfactor = 50);

-- Intents to send, one per message not yet in a terminal state. Claims walk lane by lane,
-- so a million waiting on one capped lane cost the others nothing.
create table outbox (
  message_id      uuid primary key,
  company_id      uuid not null,
  lane_id         uuid not null references lane on delete cascade,
  conversation_id uuid not null,
  priority        smallint not null check (priority between 1 and 4), -- 1 agent, 2 bot, 3 transactional, 4 campaign
  seq             bigint not null generated always as identity,
  state           text not null default 'queued' check (state in ('queued', 'waiting', 'sending', 'unsure')),
  attempt         smallint not null default 0,
  due_at          timestamptz, -- waiting: not before; unsure: resend after
  expires_at      timestamptz,
  fence           bigint,      -- of the lane's lease under which the attempt was made
  resent          boolean not null default false, -- an unsure attempt was sent again
  created_at      timestamptz not null default now(),
  check ((state in ('waiting', 'unsure')) = (due_at is not null)),
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
) with (fillfactor = 50);
create index outbox_ready on outbox (lane_id, priority, seq) where state = 'queued';
create index outbox_due on outbox (due_at) where due_at is not null;
create index outbox_conversation on outbox (conversation_id, priority, seq);
create index outbox_sending on outbox (lane_id) where state = 'sending';

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['turn', 'lane', 'outbox'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
    execute format('create policy pipeline on %I to recado_pipeline using (true) with check (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on turn, outbox to recado_app;
grant select, insert, delete on lane to recado_app;
grant update (not_before, stopped, policy) on lane to recado_app;
grant select, insert, update, delete on turn, outbox to recado_pipeline;
grant select, update on lane to recado_pipeline;
grant usage on sequence fence to recado_pipeline;
