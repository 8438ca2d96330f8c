-- The ways of a flow's newest runs. $1 to $5 as in runs.sql.
select coalesce(ending, ''), extract(epoch from now() - started_at)::float8, path from flow_run
where flow_id = $1 and ($2 = 0 or version = $2) and started_at >= greatest($3, now() - interval '90 days') and ($4::timestamptz is null or started_at < $4)
order by started_at desc limit $5
