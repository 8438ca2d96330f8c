-- Lanes within their company, and what makes questions about them cheap: a company's page
-- must not cost more because another company has a million messages waiting.
-- +goose Up

-- A check of a foreign key looks past row-level security, so the company is part of it.
alter table lane add unique (company_id, id);
alter table outbox drop constraint outbox_lane_id_fkey,
  add foreign key (company_id, lane_id) references lane (company_id, id) on delete cascade;

-- What is not simply queued is little: recovery, counts and leases find it here.
create index outbox_out on outbox (lane_id, state) where state <> 'queued';
drop index outbox_sending;
create index outbox_expiry on outbox (expires_at) where expires_at is not null;

create index answer_count_company on answer_count (company_id, day);
