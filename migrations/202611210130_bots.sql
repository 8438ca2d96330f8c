-- Bots' rules and questions, and the files that messages carry.
-- +goose Up

create table rule (
  id         uuid primary key,
  company_id uuid not null,
  bot_id     uuid not null,
  name       text not null check (name <> '' and length(name) <= 120),
  enabled    boolean not null default true,
  priority   integer not null default 0,
  definition jsonb not null, -- bots/rules.Definition less what stands in columns
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, id),
  foreign key (company_id, bot_id) references bot (company_id, id) on delete cascade
);
create index rule_bot on rule (bot_id, priority desc, id);

create table faq (
  id          uuid primary key,
  company_id  uuid not null,
  bot_id      uuid not null,
  external_id text check (external_id <> '' and length(external_id) <= 200),
  question    text not null default '' check (length(question) <= 2000),
  answer      text not null check (answer <> '' and length(answer) <= 16384),
  variants    text[] not null default '{}',
  enabled     boolean not null default true,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  unique (company_id, id),
  unique (bot_id, external_id),
  foreign key (company_id, bot_id) references bot (company_id, id) on delete cascade
);
create index faq_bot on faq (bot_id, id);

-- How often a rule or an entry answered, by day; folded in batches, never per message.
create table answer_count (
  company_id uuid not null references company on delete cascade,
  bot_id     uuid not null,
  day        date not null,
  kind       text not null check (kind in ('rule', 'faq', 'offer', 'handoff', 'fallback', 'greeting')),
  object_id  uuid not null, -- the rule or entry; the bot itself for the other kinds
  n          bigint not null,
  primary key (bot_id, day, kind, object_id),
  foreign key (company_id, bot_id) references bot (company_id, id) on delete cascade
);

create table file (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  name       text not null check (length(name) <= 255),
  mime       text not null,
  size       bigint not null check (size >= 0),
  width      integer,
  height     integer,
  sha256     bytea not null check (length(sha256) = 32), -- of the bytes as stored
  origin     text not null check (origin in ('agent', 'contact', 'bot')),
  owner      text not null default '', -- the visitor who uploaded it, so that no other can send it
  created_at timestamptz not null default now(),
  unique (company_id, id)
);

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['rule', 'faq', 'answer_count', 'file'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on rule, faq, answer_count, file to recado_app;
