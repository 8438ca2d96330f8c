-- Writes what came of a try, unless its lease ran out and somebody else is at it: stored with
-- a file, failed with a code, or to be tried again after $6 milliseconds.
update message_media
set state = case when $3::uuid is not null then 'stored' when $6::bigint is null then 'failed' else 'waiting' end,
    file_id = $3, meta = $4::jsonb, error_code = nullif($5, ''),
    due_at = case when $6::bigint is null then due_at else now() + $6 * interval '1 millisecond' end
where message_id = $1 and tries = $2 and state = 'waiting'
