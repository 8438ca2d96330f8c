-- What a shop sells: products, carts, orders, and the one-time codes by which a person proves
-- that an order is theirs. Amounts are in the currency's minor unit, ISO 4217.
-- +goose Up

-- Words of products with and without accents are the same word. A text is indexed by the
-- stems of both languages, for names of models and materials are often English.
create text search configuration product_es (copy = spanish);
alter text search configuration product_es alter mapping for hword, hword_part, word with unaccent, spanish_stem;
create text search configuration product_en (copy = english);
alter text search configuration product_en alter mapping for hword, hword_part, word with unaccent, english_stem;

create table product (
  id          uuid primary key,
  company_id  uuid not null references company on delete cascade,
  sku         text not null check (sku ~ '^[^\s].{0,63}$'), -- the shop's own name of it, and flows'
  title       text not null check (title <> '' and length(title) <= 200),
  description text not null default '' check (length(description) <= 4000),
  collection  text not null default '' check (length(collection) <= 120),
  keywords    text not null default '' check (length(keywords) <= 1000), -- what people also call it; colours, sizes
  price       bigint not null check (price between 0 and 100000000000),
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  stock       integer check (stock >= 0), -- null: not counted
  image       text not null default '' check (length(image) <= 2000),
  url         text not null default '' check (length(url) <= 2000),
  companions  text[] not null default '{}' check (cardinality(companions) <= 20), -- skus that go well with it
  enabled     boolean not null default true,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  search      tsvector not null generated always as (
    setweight(to_tsvector('product_es', title), 'A') || setweight(to_tsvector('product_en', title), 'A') ||
    setweight(to_tsvector('product_es', collection), 'B') || setweight(to_tsvector('product_en', collection), 'B') ||
    setweight(to_tsvector('product_es', keywords), 'C') || setweight(to_tsvector('product_en', keywords), 'C') ||
    setweight(to_tsvector('product_es', description), 'D') || setweight(to_tsvector('product_en', description), 'D')) stored,
  unique (company_id, id),
  unique (company_id, sku)
);

-- What a person means to buy. It takes nothing from the stock: an order does.
create table cart (
  id         uuid primary key,
  company_id uuid not null,
  contact_id uuid not null,
  state      text not null default 'open' check (state in ('open', 'ordered')),
  order_id   uuid, -- what became of it
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, id),
  check ((state = 'ordered') = (order_id is not null)),
  foreign key (company_id, contact_id) references contact (company_id, id) on delete cascade
);
create unique index cart_open on cart (contact_id) where state = 'open';

create table cart_item (
  cart_id    uuid not null,
  product_id uuid not null,
  company_id uuid not null,
  quantity   integer not null check (quantity between 1 and 999),
  added_at   timestamptz not null default now(),
  primary key (cart_id, product_id),
  foreign key (company_id, cart_id) references cart (company_id, id) on delete cascade,
  foreign key (company_id, product_id) references product (company_id, id) on delete cascade
);
create index cart_item_product on cart_item (product_id);

create table shop_order (
  id         uuid primary key,
  company_id uuid not null references company on delete cascade,
  number     text not null check (number ~ '^[A-Z0-9][A-Z0-9-]{0,39}$'),
  status     text not null default 'pending' check (status in ('pending', 'paid', 'packed', 'shipped', 'delivered', 'cancelled')),
  total      bigint not null check (total >= 0),
  currency   text not null check (currency ~ '^[A-Z]{3}$'),
  carrier    text not null default '',
  tracking   text not null default '',
  url        text not null default '',
  phone      text not null default '' check (phone = '' or phone ~ '^\+[0-9]{6,15}$'),
  email      text not null default '' check (length(email) <= 254),
  contact_id uuid,
  items      jsonb not null default '[]', -- as they were when it was ordered
  placed_at  timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (company_id, id),
  unique (company_id, number),
  foreign key (company_id, contact_id) references contact (company_id, id) on delete set null (contact_id)
);
create index shop_order_company on shop_order (company_id, placed_at desc);
create index shop_order_contact on shop_order (contact_id) where contact_id is not null;
create sequence shop_order_number start 10001; -- of orders made here

-- A code asked for. There is one for numbers that are no order, too: they must not be told
-- apart. The code itself is never kept.
create table order_code (
  id         uuid primary key default gen_random_uuid(),
  company_id uuid not null,
  contact_id uuid not null,
  number     text not null,
  hash       bytea not null check (length(hash) = 32),
  tries      smallint not null default 0,
  used       boolean not null default false, -- or a newer one took its place
  proved_at  timestamptz,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  foreign key (company_id, contact_id) references contact (company_id, id) on delete cascade
);
create index order_code_contact on order_code (contact_id, created_at desc);
create index order_code_number on order_code (company_id, number, created_at desc);

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['product', 'cart', 'cart_item', 'shop_order', 'order_code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own on %I to recado_app using (company_id = current_company()) with check (company_id = current_company())', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on product, cart, cart_item, shop_order, order_code to recado_app;
grant usage on sequence shop_order_number to recado_app;
