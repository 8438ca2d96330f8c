-- Companies, the people who sign in, and the roles under which the program speaks to
-- the database.
--
-- The program never works as the owner of these tables. It connects as the owner only
-- to migrate; every other connection starts as one of three roles that own nothing:
--   recado_app       one company at a time: row-level security shows it the company named
--                    in the setting recado.company, and nothing at all without one
--   recado_pipeline  the few statements that must span companies: batched ingest, claims of
--                    turns and lanes. It sees the message pipeline, never people's accounts
--   recado_door      sign-in: finds a user or a session before any company is known
-- +goose Up

-- +goose StatementBegin
do $$
declare r text;
begin
  foreach r in array array['recado_app', 'recado_pipeline', 'recado_door'] loop
    begin
      execute format('create role %I nologin nosuperuser nobypassrls', r);
    exception when duplicate_object or unique_violation then null; -- another database of this cluster made it
    end;
    if not pg_has_role(current_user, r, 'member') then
      execute format('grant %I to current_user', r);
    end if;
  end loop;
end $$;
-- +goose StatementEnd

-- The company of this transaction; null without one, and null matches no row.
create function current_company() returns uuid
  language sql stable parallel safe
  as $$ select nullif(current_setting('recado.company', true), '')::uuid $$;

create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists vector;

create table company (
  id         uuid primary key,
  name       text not null check (name <> '' and length(name) <= 120),
  time_zone  text not null default 'UTC',
  language   text not null default 'es' check (language in ('es', 'en')),
  currency   text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
  hours      jsonb not null default '{"always": true}',
  address    text not null default '',
  demo       boolean not null default false,
  created_at timestamptz not null default now()
);

create table app_user (
  id            uuid primary key,
  email         text not null check (email = lower(email) and length(email) <= 254),
  name          text not null check (name <> '' and length(name) <= 120),
  password_hash text not null,
  language      text not null default 'es' check (language in ('es', 'en')),
  theme         text not null default 'system' check (theme in ('light', 'dark', 'system')),
  created_at    timestamptz not null default now()
);
create unique index app_user_email on app_user (email);

create table member (
  company_id uuid not null references company on delete cascade,
  user_id    uuid not null references app_user on delete cascade,
  role       text not null check (role in ('owner', 'admin', 'agent', 'marketing', 'read_only')),
  created_at timestamptz not null default now(),
  primary key (company_id, user_id)
);
create index member_user on member (user_id);

create table session (
  id         uuid primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id    uuid not null references app_user on delete cascade,
  company_id uuid not null references company on delete cascade,
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  expires_at timestamptz not null,
  ip         text not null default '',
  agent      text not null default ''
);
create index session_by_user on session (user_id);
create index session_expiry on session (expires_at);

-- Failed sign-ins by e-mail and by address; both throttle.
create table login_throttle (
  key          text primary key,
  failures     integer not null,
  window_start timestamptz not null,
  locked_until timestamptz
);

create table audit (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  at         timestamptz not null default now(),
  actor_id   uuid,
  actor_name text not null,
  action     text not null,
  kind       text not null,
  object_id  text not null default '',
  name       text not null default '',
  changes    jsonb,
  ip         text not null default ''
);
create index audit_company on audit (company_id, id desc);

alter table company enable row level security;
alter table company force row level security;
alter table app_user enable row level security;
alter table app_user force row level security;
alter table member enable row level security;
alter table member force row level security;
alter table session enable row level security;
alter table session force row level security;
alter table login_throttle enable row level security;
alter table login_throttle force row level security;
alter table audit enable row level security;
alter table audit force row level security;

create policy own on company to recado_app using (id = current_company()) with check (id = current_company());
create policy own on member to recado_app using (company_id = current_company()) with check (company_id = current_company());
-- A user is visible to a company through membership (the subquery is itself under the policy above).
create policy own on app_user to recado_app
  using (exists (select 1 from member m where m.user_id = app_user.id));
create policy own on session to recado_app using (company_id = current_company()) with check (company_id = current_company());
create policy own on audit to recado_app using (company_id = current_company()) with check (company_id = current_company());

create policy door on company to recado_door using (true) with check (true);
create policy door on app_user to recado_door using (true) with check (true);
create policy door on member to recado_door using (true) with check (true);
create policy door on session to recado_door using (true) with check (true);
create policy door on login_throttle to recado_door using (true) with check (true);
create policy door on audit for insert to recado_door with check (true);
create policy pipeline on company for select to recado_pipeline using (true);

grant select, update on company to recado_app;
grant select on member to recado_app;
grant select (id, email, name, language, theme, created_at) on app_user to recado_app;
grant update (name, language, theme) on app_user to recado_app;
grant select (id, user_id, company_id, created_at, seen_at, expires_at, ip, agent), delete on session to recado_app;
grant select, insert on audit to recado_app; -- append only
grant select, insert on company, app_user, member to recado_door;
grant update (password_hash) on app_user to recado_door;
grant select, insert, update, delete on session, login_throttle to recado_door;
grant insert on audit to recado_door;
grant select (id, name, time_zone, language, hours, demo) on company to recado_pipeline;
