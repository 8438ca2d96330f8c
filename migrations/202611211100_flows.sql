-- Flows: what a bot's conversations are drawn as, every version that was published, and the
-- record of runs.
-- +goose Up

-- Definitions are json and not jsonb: they are kept as the file that people export and
-- compare, and jsonb would write 1e100000 out in full.
create table flow (
  id             uuid primary key,
  company_id     uuid not null,
  bot_id         uuid not null,
  name           text not null check (name <> '' and length(name) <= 120),
  enabled        boolean not null default true,
  draft          json not null, -- flows.Definition
  draft_revision bigint not null default 1,
  draft_by       uuid,
  draft_by_name  text not null default '',
  draft_at       timestamptz not null default now(),
  published_version  integer,   -- the one that runs; null: none yet
  published_revision bigint,    -- the draft as which it was published
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  unique (company_id, id),
  check ((published_version is null) = (published_revision is null)),
  foreign key (company_id, bot_id) references bot (company_id, id) on delete cascade
);
create index flow_bot on flow (bot_id, id);

create table flow_version (
  flow_id    uuid not null,
  version    integer not null check (version > 0),
  company_id uuid not null,
  definition json not null,
  enters     uuid[] not null default '{}', -- other flows that it goes on in,
  returns    uuid[] not null default '{}', -- and those of them that it comes back from
  why        text not null default '' check (length(why) <= 500),
  by_id      uuid,
  by_name    text not null default '',
  at         timestamptz not null default now(),
  primary key (flow_id, version),
  foreign key (company_id, flow_id) references flow (company_id, id) on delete cascade
);
alter table flow add foreign key (id, published_version) references flow_version (flow_id, version) deferrable initially deferred;

-- One way of one contact through a flow, written with the turns that it takes.
create table flow_run (
  id              uuid primary key, -- flows.Session.ID, a UUIDv7: the order of their beginnings
  company_id      uuid not null,
  flow_id         uuid not null,
  version         integer not null,
  conversation_id uuid not null,
  contact_id      uuid not null,
  trigger         text not null default '', -- id of the trigger, "api" or "flow"
  started_at      timestamptz not null,
  ended_at        timestamptz,
  ending          text, -- flows.Ending
  fault           jsonb,
  arms            jsonb not null default '{}',
  converted_at    timestamptz,
  path            jsonb not null default '[]', -- [[node, exit, seconds since started_at], ...]
  check ((ended_at is null) = (ending is null)),
  foreign key (company_id, flow_id) references flow (company_id, id) on delete cascade,
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
);
create index flow_run_flow on flow_run (flow_id, started_at desc);
create index flow_run_conversation on flow_run (conversation_id);
create index flow_run_open on flow_run (flow_id, version) where ended_at is null;

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['flow', 'flow_version', 'flow_run'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on flow, flow_run to recado_app;
grant select, insert on flow_version to recado_app; -- what was published stays as it was
