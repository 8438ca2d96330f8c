-- Appends a batch of exchanges of any channels.
insert into wire_log (id, company_id, channel_id, message_id, inbound, method, url, status, request, reply, error, took_ms, at)
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::text[], $7::text[], $8::integer[],
                     $9::text[], $10::text[], $11::text[], $12::integer[], $13::timestamptz[])
