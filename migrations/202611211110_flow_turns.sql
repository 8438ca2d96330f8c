-- What a conversation's flows wait for besides messages, people's tags, and teams.
-- +goose Up

-- The earliest time that a flow of the conversation waits for. The sessions themselves are
-- in conversation.memory; when the time comes the row becomes a turn.
create table flow_timer (
  conversation_id uuid primary key,
  company_id      uuid not null,
  due_at          timestamptz not null,
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
);
create index flow_timer_due on flow_timer (due_at);

-- Things that happened and that the conversation's bot has not handled. One turn takes one.
create table flow_event (
  id              uuid primary key,
  company_id      uuid not null,
  conversation_id uuid not null,
  name            text not null check (name <> '' and length(name) <= 60),
  data            jsonb not null default '{}',
  flow_id         uuid, -- start this flow
  run_id          uuid,
  hops            smallint not null default 0 check (hops between 0 and 3), -- events that caused each other
  at              timestamptz not null default clock_timestamp(),
  foreign key (company_id, conversation_id) references conversation (company_id, id) on delete cascade
);
create index flow_event_next on flow_event (conversation_id, at, id);

-- The times at which a flow's schedule began: whoever writes the row starts it.
create table flow_schedule (
  flow_id    uuid not null,
  trigger_id text not null,
  at         timestamptz not null,
  company_id uuid not null,
  primary key (flow_id, trigger_id, at),
  foreign key (company_id, flow_id) references flow (company_id, id) on delete cascade
);
create policy pipeline on flow for select to recado_pipeline using (true);
create policy pipeline on flow_version for select to recado_pipeline using (true);
grant select on flow, flow_version to recado_pipeline;

alter table contact add column tags text[] not null default '{}'
  check (cardinality(tags) <= 100 and array_position(tags, null) is null);
create index contact_tags on contact using gin (tags) where tags <> '{}';

create table team (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  name       text not null check (name <> '' and length(name) <= 80),
  created_at timestamptz not null default now(),
  unique (company_id, id)
);
create unique index team_name on team (company_id, lower(name));

create table team_member (
  team_id    uuid not null,
  company_id uuid not null,
  user_id    uuid not null,
  primary key (team_id, user_id),
  foreign key (company_id, user_id) references member (company_id, user_id) on delete cascade,
  foreign key (company_id, team_id) references team (company_id, id) on delete cascade
);
create index team_member_user on team_member (user_id);

alter table conversation add column team_id uuid;
alter table conversation add foreign key (company_id, team_id) references team (company_id, id) on delete set null (team_id);
create index conversation_team on conversation (team_id) where team_id is not null;

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['flow_timer', 'flow_event', 'flow_schedule', 'team', 'team_member'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
  foreach t in array array['flow_timer', 'flow_event'] loop
    execute format('create policy pipeline on %I to recado_pipeline using (true) with check (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on flow_timer, flow_event, flow_schedule, team, team_member to recado_app;
grant select, update, delete on flow_timer to recado_pipeline; -- update: to lock a row
grant select on flow_event to recado_pipeline;
