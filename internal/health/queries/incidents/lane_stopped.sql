-- Nothing leaves until a person acts. Detail: why.
select id as channel_id, company_id, stopped as detail from lane where stopped is not null
