-- Where the WhatsApp library keeps its sessions' state. It makes and upgrades its tables by
-- itself (channels/whatsmeow.Upgrade); keys of devices are not among it: those are sealed in
-- channel_device.
-- +goose Up

create schema whatsapp;
grant usage on schema whatsapp to recado_pipeline;

-- The state of all companies lies together there, so no role of one company sees it.
alter default privileges in schema whatsapp grant select, insert, update, delete on tables to recado_pipeline;
alter default privileges in schema whatsapp grant usage on sequences to recado_pipeline;
