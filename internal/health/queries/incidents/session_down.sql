-- Logged out, banned, replaced: a person must decide. Detail: the platform's code.
select id as channel_id, company_id, code as detail from channel_session where phase = 'down'
