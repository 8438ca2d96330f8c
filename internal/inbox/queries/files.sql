-- Notes the files of messages that the statement before it, in the same transaction, has
-- stored: they are to be fetched. Those of a repeat, which has no message of this id, are not.
insert into message_media (message_id, company_id, channel_id, conversation_id, ref)
select m.id, m.company_id, m.channel_id, m.conversation_id, t.ref
from unnest($1::uuid[], $2::jsonb[]) as t (message_id, ref) join message m on m.id = t.message_id
