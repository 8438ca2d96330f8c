-- There is no phone behind the channel. Whoever has just made it gets ten minutes to link one.
select id as channel_id, company_id, code as detail from channel_session
where phase = 'unlinked' and greatest(phase_at, created_at) < now() - interval '10 minutes'
