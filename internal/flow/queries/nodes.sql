-- What happened at each node. $1 to $5 as in runs.sql; $6 the flow's idle limit in minutes.
--
-- A node at which a run waits stands in its path once for the coming, without an exit, and
-- again for each time it went on there: rows of one node that follow a row without an exit
-- are one visit.
with r as materialized (
  select id, started_at, ending, path from flow_run
  where flow_id = $1 and ($2 = 0 or version = $2) and started_at >= greatest($3, now() - interval '90 days') and ($4::timestamptz is null or started_at < $4)
  order by started_at desc limit $5
), step as (
  select r.id, p.n, p.e ->> 0 as node, p.e ->> 1 as exit, (p.e ->> 2)::float8 as at, p.n = jsonb_array_length(r.path) as last,
    r.ending in ('expired', 'interrupted') or r.ending is null and now() > r.started_at + ((p.e ->> 2)::float8 + $6 * 60) * interval '1 second' as silent
  from r, jsonb_array_elements(r.path) with ordinality as p(e, n)
), mark as (
  select *, case when lag(node) over w = node and lag(exit) over w = '' then 0 else 1 end as comes from step window w as (partition by id order by n)
), visit as (
  select node, max(exit) as exit, max(at) - min(at) as seconds, bool_or(last and exit = '' and silent) as dropped
  from (select *, sum(comes) over (partition by id order by n) as visit from mark) m group by id, visit, node
)
select v.node, v.entered, coalesce(e.exits, '{}'), v.dropped, v.median
from (select node, count(*) as entered, count(*) filter (where dropped) as dropped,
        percentile_cont(0.5) within group (order by seconds) filter (where exit <> '') as median from visit group by node) v
left join (select node, jsonb_object_agg(exit, n) as exits from (select node, exit, count(*) as n from visit where exit <> '' group by node, exit) x group by node) e
  on e.node = v.node
order by v.node
