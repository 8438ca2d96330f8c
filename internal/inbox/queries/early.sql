-- Takes the early receipts whose message has come on record since, and drops those that
-- nobody will ever ask for.
with due as (
  delete from early_receipt e using message_ref r
  where r.channel_id = e.channel_id and r.kind = 'provider' and r.ref = e.ref
  returning e.channel_id, e.company_id, e.ref, e.state, e.provider_at, e.code, e.detail
), old as (
  delete from early_receipt where at < now() - interval '7 days'
)
select channel_id, company_id, ref, state, provider_at, coalesce(code, ''), coalesce(detail, '') from due
