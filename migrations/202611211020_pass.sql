-- A conversation that goes on at an agent's own number: offered by the agent, agreed to by
-- the person, who writes there. Each stays its own thread; together they are one history.
-- +goose Up

create table pass (
  id                uuid primary key,
  company_id        uuid not null references company on delete cascade,
  contact_id        uuid not null,
  from_conversation uuid not null,
  to_channel        uuid not null,
  by_user           uuid not null,  -- who offered it; may have left by the time it is accepted
  asked_at          timestamptz not null default now(),
  accepted_at       timestamptz,    -- when the person wrote there
  consent_id        uuid,           -- what they wrote: the message that is the consent
  to_conversation   uuid,
  from_seq          bigint,         -- how far the earlier thread had come by then
  check ((accepted_at is null) = (to_conversation is null)),
  check ((accepted_at is null) = (from_seq is null)),
  foreign key (company_id, contact_id) references contact (company_id, id) on delete cascade,
  foreign key (company_id, from_conversation) references conversation (company_id, id) on delete cascade,
  foreign key (company_id, to_conversation) references conversation (company_id, id) on delete cascade,
  foreign key (company_id, to_channel) references channel (company_id, id) on delete cascade
);
create index pass_pending on pass (contact_id, to_channel) where accepted_at is null;
create unique index pass_offer on pass (from_conversation) where accepted_at is null;
create index pass_from on pass (from_conversation);
create index pass_to on pass (to_conversation) where accepted_at is not null;

alter table pass enable row level security;
alter table pass force row level security;
create policy own on pass to recado_app using (company_id = current_company()) with check (company_id = current_company());
create policy pipeline on pass for select to recado_pipeline using (true);
grant select, insert, update, delete on pass to recado_app;
grant select on pass to recado_pipeline;

-- What still counts as an offer: after a month the person writes for another reason.
create view pending_pass with (security_invoker = true) as
  select id, contact_id, to_channel, from_conversation, by_user, asked_at from pass
  where accepted_at is null and asked_at > now() - interval '30 days';
grant select on pending_pass to recado_app, recado_pipeline;
