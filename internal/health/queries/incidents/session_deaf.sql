-- The socket is open and answers no probe.
select id as channel_id, company_id, code as detail from channel_session where phase = 'deaf'
