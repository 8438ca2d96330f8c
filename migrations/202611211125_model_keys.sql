-- Language models: a company's own keys, sealed, what they spent, and the values and secrets
-- that its flows share.
-- +goose Up

create table model_key (
  company_id uuid not null references company on delete cascade,
  provider   text not null check (provider in ('openai')), -- any endpoint that speaks OpenAI's protocol
  base_url   text not null check (length(base_url) <= 500),
  model      text not null check (model <> '' and length(model) <= 120),
  sealed     bytea not null,
  last4      text not null check (length(last4) <= 4),
  budget     bigint not null default 0 check (budget >= 0), -- tokens a day; 0: no limit
  updated_at timestamptz not null default now(),
  primary key (company_id, provider)
);

create table model_usage (
  company_id uuid not null references company on delete cascade,
  provider   text not null,
  model      text not null,
  day        date not null, -- of the company's time zone
  calls      bigint not null default 0,
  tokens_in  bigint not null default 0,
  tokens_out bigint not null default 0,
  primary key (company_id, day, provider, model)
);

create table flow_global (
  company_id uuid not null references company on delete cascade,
  name       text not null check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  type       text not null default 'text' check (type in ('text', 'number', 'bool', 'date', 'list')),
  value      jsonb,
  sealed     bytea,
  updated_at timestamptz not null default now(),
  primary key (company_id, name),
  check ((value is null) <> (sealed is null)) -- a secret is never read back
);

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['model_key', 'model_usage', 'flow_global'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on model_key, model_usage, flow_global to recado_app;
