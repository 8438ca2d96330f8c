-- How runs ended, and conversions by version and by arm of an experiment. $1 flow, $2 version
-- or 0, $3 and $4 bounds of their beginning or null, $5 most runs.
with r as materialized (
  select version, ending, arms, converted_at from flow_run
  where flow_id = $1 and ($2 = 0 or version = $2) and started_at >= greatest($3, now() - interval '90 days') and ($4::timestamptz is null or started_at < $4)
  order by started_at desc limit $5
)
select 'ended', coalesce(ending, 'waiting'), '', count(*), 0 from r group by 2
union all
select 'version', version::text, '', count(*), count(converted_at) from r group by version
union all
(select 'arm', a.key, a.value, count(*), count(r.converted_at) from r, jsonb_each_text(case when jsonb_typeof(r.arms) = 'object' then r.arms else '{}' end) a group by 2, 3)
order by 1, 2, 3
