package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/jackc/pgx/v5"
)

// auditSQL makes PostgreSQL itself write down which node takes which lease and writes under
// it, so that what a node did does not rest on what it says.
//
//go:embed audit.sql
var auditSQL string

// lease is one change of hands, or one write that only an owner may make.
type lease struct {
	At       time.Time
	Node     string // that wrote
	What     string // lane.take, turn.take, turn.finish, outbox.claim, outbox.finish, event.sent
	Ref      string // of the lane, the conversation or the message
	Owner    string // who held the lease by then
	Previous string // with a take: who held it before; empty for nobody
}

func (l *lab) audit(ctx context.Context) error {
	_, err := l.db.Exec(ctx, auditSQL)
	return err
}

// leases is what was written down since a time.
func (l *lab) leases(ctx context.Context, since time.Time) ([]lease, error) {
	rows, err := l.db.Query(ctx, `select at, node, what, ref::text, coalesce(owner, ''), coalesce(previous, '') from lab.record where at >= $1 order by n`, since)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[lease])
}

const intruded = "writes under a lease that had passed to another node"

// checkLeases finds the writes of a node that was not the owner.
func checkLeases(f *findings, all []lease) {
	for _, w := range all {
		if w.Node != w.Owner {
			f.add(intruded, "%s by node %s on %s, which belonged to %q", w.What, w.Node, w.Ref, w.Owner)
		}
	}
}

// handover is how the leases of a node that went silent were taken up by others.
type handover struct {
	held  int           // leases it had
	taken int           // by others, within the time watched
	worst time.Duration // from the silence to the take
}

// handovers watches the leases of one kind that node held at a moment.
func handovers(all []lease, take, node string, held map[string]bool, from time.Time) (h handover) {
	h.held = len(held)
	done := map[string]bool{}
	for _, w := range all {
		if w.What != take || !held[w.Ref] || done[w.Ref] || w.Node == node || w.At.Before(from) {
			continue
		}
		done[w.Ref] = true
		h.taken++
		h.worst = max(h.worst, w.At.Sub(from))
	}
	return h
}

// heldBy is which lanes or turns a node has a lease on now that has not ended.
func (l *lab) heldBy(ctx context.Context, kind, node string) (map[string]bool, error) {
	query := `select l.id::text from lane l join lab.owner o on o.ref = l.id and o.kind = 'lane' where o.node = $1 and l.lease_until > now()`
	if kind == "turn" {
		query = `select t.conversation_id::text from turn t join lab.owner o on o.ref = t.conversation_id and o.kind = 'turn'
			where o.node = $1 and t.fence is not null and t.due_at > now()`
	}
	rows, err := l.db.Query(ctx, query, node)
	if err != nil {
		return nil, err
	}
	refs, err := pgx.CollectRows(rows, pgx.RowTo[string])
	held := map[string]bool{}
	for _, r := range refs {
		held[r] = true
	}
	return held, err
}
