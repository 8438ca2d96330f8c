// Package inbox owns conversations and the ledger of messages: what people write comes in
// by Ingest, what agents and bots say goes out by Reply and Apply, and every change of who
// speaks (bot, waiting, human, paused, closed) passes through here.
//
// A conversation's row is the lock of its thread: sequence numbers, state and the order of
// outgoing messages are all decided while holding it.
package inbox
