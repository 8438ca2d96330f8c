-- A cart that nobody has touched for a while is told to the shop's flows, once.
-- +goose Up

alter table cart add column abandoned_at timestamptz; -- told then; taken back when the cart changes
create index cart_idle on cart (updated_at) where state = 'open' and abandoned_at is null;
create policy pipeline on cart for select to recado_pipeline using (true);
grant select on cart to recado_pipeline;
