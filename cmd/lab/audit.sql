-- Written into the lab's database only. Each node's connections carry its name in the
-- setting lab.node; the functions run as the superuser that made them, so the node's own
-- roles need no rights here.
create schema lab;

create table lab.owner (kind text, ref uuid, node text, primary key (kind, ref));

create table lab.record (
  n        bigint generated always as identity primary key,
  at       timestamptz not null default clock_timestamp(),
  node     text not null,
  what     text not null,
  ref      uuid not null,
  owner    text,
  previous text
);

create function lab.took(kind text, ref uuid) returns void language sql security definer as $$
  insert into lab.record (node, what, ref, owner, previous)
  select current_setting('lab.node', true), $1 || '.take', $2, current_setting('lab.node', true),
         (select o.node from lab.owner o where o.kind = $1 and o.ref = $2);
  insert into lab.owner values ($1, $2, current_setting('lab.node', true))
  on conflict (kind, ref) do update set node = excluded.node;
$$;

create function lab.wrote(what text, kind text, owned uuid, ref uuid) returns void language sql security definer as $$
  insert into lab.record (node, what, ref, owner)
  select current_setting('lab.node', true), $1, $4, (select o.node from lab.owner o where o.kind = $2 and o.ref = $3);
$$;

-- A new fence is a new owner.
create function lab.on_lane() returns trigger language plpgsql security definer as $$
begin
  if new.fence is distinct from old.fence then
    perform lab.took('lane', new.id);
  end if;
  return null;
end $$;
create trigger lab after update on lane for each row execute function lab.on_lane();

create function lab.on_turn() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'DELETE' then
    perform lab.wrote('turn.finish', 'turn', old.conversation_id, old.conversation_id);
  elsif new.fence is null and old.fence is not null then
    perform lab.wrote('turn.finish', 'turn', old.conversation_id, old.conversation_id);
  elsif new.fence is distinct from old.fence then
    perform lab.took('turn', new.conversation_id);
  end if;
  return null;
end $$;
create trigger lab after update or delete on turn for each row execute function lab.on_turn();

-- Claims, and whatever ends an attempt: its completion, or its recovery by the next owner.
create function lab.on_outbox() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'DELETE' then
    if old.state = 'sending' then
      perform lab.wrote('outbox.finish', 'lane', old.lane_id, old.message_id);
    end if;
  elsif new.state = 'sending' and old.state <> 'sending' then
    perform lab.wrote('outbox.claim', 'lane', new.lane_id, new.message_id);
  elsif old.state = 'sending' and new.state <> 'sending' then
    perform lab.wrote('outbox.finish', 'lane', new.lane_id, new.message_id);
  end if;
  return null;
end $$;
create trigger lab after update or delete on outbox for each row execute function lab.on_outbox();

create function lab.on_event() returns trigger language plpgsql security definer as $$
begin
  if new.state = 'sent' then
    perform lab.wrote('event.sent', 'lane', (select channel_id from message where id = new.message_id), new.message_id);
  end if;
  return null;
end $$;
create trigger lab after insert on delivery_event for each row execute function lab.on_event();
