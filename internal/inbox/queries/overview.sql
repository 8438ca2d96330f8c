-- The figures of a company's first page in one reading. Message counts come from the last
-- two days of the ledger only; days begin at midnight of the company's zone. Bounds that
-- follow from others are written out where only they can be looked up in an index.
with co as (
  select time_zone, date_trunc('day', now() at time zone time_zone) at time zone time_zone as today,
         (date_trunc('day', now() at time zone time_zone) at time zone time_zone) - interval '1 day' as yesterday
  from company
), open as (
  select count(*) filter (where state = 'bot') as bot, count(*) filter (where state = 'waiting') as waiting,
         count(*) filter (where state = 'human') as human
  from conversation where started and state in ('bot', 'waiting', 'human')
), shut as (
  select count(*) as today from conversation, co
  where started and state = 'closed' and closed_at >= co.today and changed_slot >= slot(now() - interval '26 hours')
), recent as (
  select m.at, m.direction, m.state, m.author_kind, m.kind, m.conversation_id, m.seq
  from message m, co where m.at >= least(co.yesterday, now() - interval '25 hours') and m.kind = 'message'
    and m.at >= now() - interval '50 hours' and m.id >= uuid_at(now() - interval '4 days')
), msgs as (
  select count(*) filter (where direction = 'in' and at >= co.today) as in_today,
         count(*) filter (where direction = 'out' and at >= co.today) as out_today,
         count(*) filter (where direction = 'in' and at >= co.yesterday and at < co.today) as in_yesterday,
         count(*) filter (where direction = 'out' and at >= co.yesterday and at < co.today) as out_yesterday,
         count(*) filter (where state = 'failed' and at >= co.today) as failed_today
  from recent, co
), counts as (
  select coalesce(sum(n) filter (where kind in ('rule', 'faq')), 0)::int as answered,
         coalesce(sum(n) filter (where kind = 'offer'), 0)::int as offered,
         coalesce(sum(n) filter (where kind = 'handoff'), 0)::int as handed,
         coalesce(sum(n) filter (where kind in ('rule', 'faq', 'offer', 'handoff', 'fallback')), 0)::int as turns
  from answer_count, co where day = (now() at time zone co.time_zone)::date
), waits as (
  select extract(epoch from r.at - h.at) as seconds
  from message h, co,
  lateral (select at from message r where r.conversation_id = h.conversation_id and r.seq > h.seq and r.author_kind = 'agent'
           and r.kind = 'message' order by r.seq limit 1) r
  where h.kind = 'event' and h.content ->> 'text' like 'handoff.%' and h.at >= co.yesterday
    and h.at >= now() - interval '50 hours' and h.id >= uuid_at(now() - interval '4 days')
), queue as ( -- lane by lane: the index of what waits begins with it
  select coalesce(sum(n.queued + n.out), 0)::int as waiting, coalesce(sum(n.unsure), 0)::int as unsure
  from lane l, lateral (
    select (select count(*) from outbox where lane_id = l.id and state = 'queued') as queued,
           (select count(*) from outbox where lane_id = l.id and state in ('waiting', 'sending')) as out,
           (select count(*) from outbox where lane_id = l.id and state = 'unsure') as unsure
  ) n
), hours as (
  select jsonb_agg(jsonb_build_object('hour', h, 'in', coalesce(i, 0), 'out', coalesce(o, 0)) order by h) as list
  from generate_series(date_trunc('hour', now()) - interval '23 hours', date_trunc('hour', now()), interval '1 hour') h
  left join (select date_trunc('hour', at) as hour, count(*) filter (where direction = 'in') as i,
             count(*) filter (where direction = 'out') as o from recent group by 1) x on x.hour = h
)
select open.bot, open.waiting, open.human, shut.today,
       msgs.in_today, msgs.out_today, msgs.in_yesterday, msgs.out_yesterday,
       counts.answered, counts.offered, counts.handed, counts.turns,
       coalesce((select percentile_cont(0.5) within group (order by seconds) from waits), 0)::float8,
       queue.waiting, queue.unsure,
       msgs.failed_today, hours.list,
       exists (select 1 from channel where deleted_at is null),
       exists (select 1 from faq where enabled),
       exists (select 1 from channel where seen_at is not null),
       (select count(*) > 1 from member),
       exists (select 1 from conversation where started)
from open, shut, msgs, counts, queue, hours
