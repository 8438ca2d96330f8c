// Package outbox is the one queue by which messages leave: agents' replies, bots' answers
// and campaigns. Nothing else calls a channel's Send.
//
// Messages wait in lanes, one per channel. A node leases a lane, claims its next items in
// the order of priority and acceptance, commits that an attempt begins, calls the platform
// outside any transaction, and commits what came of it. A crash in between leaves the
// attempt unsure: it is reconciled, never blindly repeated.
package outbox
