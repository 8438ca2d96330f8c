package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ledger is what stands in the database, read as superuser with plain SQL: a count that owes
// nothing to the code that is tested.
type ledger struct {
	in  []inbound
	out []outbound
}

// inbound is a stored message of a visitor.
type inbound struct {
	Conversation, ID, Key, Text, State string
	Seq                                int64
	At                                 time.Time
}

// outbound is whatever else stands in a thread: the bot's answers, and events.
type outbound struct {
	Conversation, ID, Kind, State string
	Seq                           int64
	Query                         string // of the trace: the message it answers, word for word
	SentAt                        *time.Time
	Sends                         int // how often a sender has recorded it as handed over
}

// read takes the ledger of a company.
func read(ctx context.Context, l *lab, company string) (g ledger, err error) {
	rows, err := l.db.Query(ctx, `select conversation_id::text, id::text, coalesce(client_id, ''), coalesce(content ->> 'text', ''), state, seq, at
		from message where company_id = $1 and direction = 'in' order by conversation_id, seq`, company)
	if err != nil {
		return g, err
	}
	if g.in, err = pgx.CollectRows(rows, pgx.RowToStructByPos[inbound]); err != nil {
		return g, err
	}
	rows, err = l.db.Query(ctx, `select conversation_id::text, id::text, kind, state, seq, coalesce(trace ->> 'query', ''), sent_at,
		(select count(*)::int from delivery_event e where e.message_id = m.id and e.state = 'sent')
		from message m where company_id = $1 and direction = 'out' order by conversation_id, seq`, company)
	if err != nil {
		return g, err
	}
	g.out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[outbound])
	return g, err
}

// queues is what waits in the database and on the nodes' disks.
type queues struct{ turns, outbox int64 }

func (l *lab) queues(ctx context.Context) (q queues, err error) {
	err = l.db.QueryRow(ctx, `select (select count(*) from turn), (select count(*) from outbox)`).Scan(&q.turns, &q.outbox)
	return q, err
}

// drained waits until nothing waits: turns and outbox in the database, spools on the nodes.
func (l *lab) drained(ctx context.Context, patience time.Duration, nodes ...*node) error {
	return until(ctx, patience, 50*time.Millisecond, "the queues become empty", func(ctx context.Context) (bool, error) {
		for _, n := range nodes {
			got, err := ask(ctx, "GET", n.base+"/readyz", "", nil, nil) // red while anything is spooled
			if err != nil || got.status != 200 {
				return false, nil //nolint:nilerr // not yet
			}
		}
		q, err := l.queues(ctx)
		return q == queues{}, err
	})
}

// findings are broken promises by kind, with the first few of each spelt out.
type findings struct {
	kinds []string
	n     map[string]int
	first map[string][]string
}

const spelt = 5

func (f *findings) add(kind, format string, args ...any) {
	if f.n == nil {
		f.n, f.first = map[string]int{}, map[string][]string{}
	}
	if f.n[kind] == 0 {
		f.kinds = append(f.kinds, kind)
	}
	f.n[kind]++
	if len(f.first[kind]) < spelt {
		f.first[kind] = append(f.first[kind], fmt.Sprintf(format, args...))
	}
}

// take adds what others found; where says where, if that is not clear.
func (f *findings) take(others findings, where string) {
	for _, k := range others.kinds {
		for i := range others.n[k] {
			text := "and more"
			if i < len(others.first[k]) {
				text = where + others.first[k][i]
			}
			f.add(k, "%s", text)
		}
	}
}

// report prints what was found and is an error unless that is nothing.
func (f *findings) report(l *lab) error {
	total := 0
	for _, k := range f.kinds {
		total += f.n[k]
		l.say("BROKEN  %s: %d", k, f.n[k])
		for _, s := range f.first[k] {
			l.say("        %s", s)
		}
	}
	if total > 0 {
		return fmt.Errorf("%d promises broken", total)
	}
	l.say("every promise kept")
	return nil
}
