package inbox

import (
	"context"

	"github.com/jackc/pgx/v5/pgtype"

	"recado/internal/db"
	"recado/internal/id"
)

// refsSQL finds messages by the names platforms know them by, the person's own and ours.
const refsSQL = `select t.n, r.message_id from unnest($1::uuid[], $2::text[]) with ordinality as t (channel_id, ref, n)
	join message_ref r on r.channel_id = t.channel_id and r.kind in ('in', 'provider') and r.ref = t.ref`

// findRefs fills in our ids where a message speaks of others: what it quotes, whose button
// was pressed, what it reacts to. One that we never had stays unnamed.
func (in *Ingest) findRefs(ctx context.Context, batch []*pending) error {
	var chans []pgtype.UUID
	var refs []string
	var set []func(id.Message)
	for _, p := range batch {
		m := p.ev.Message
		want := func(ref string, fn func(id.Message)) {
			if ref != "" {
				chans, refs, set = append(chans, uuid(p.ev.Channel.ID)), append(refs, ref), append(set, fn)
			}
		}
		want(m.Refs.Quote, func(q id.Message) { m.Content.Quote = q })
		if a := m.Content.Answer; a != nil {
			want(m.Refs.Answer, func(q id.Message) { a.To = q })
		}
		if r := m.Content.Reaction; r != nil {
			want(m.Refs.React, func(q id.Message) { r.Message = q })
		}
	}
	if len(refs) == 0 {
		return nil
	}
	rows, err := in.db.Direct(db.Pipeline).Query(ctx, refsSQL, chans, refs)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n int
		var m id.Message
		if err := rows.Scan(&n, (*[16]byte)(&m)); err != nil {
			return err
		}
		set[n-1](m)
	}
	return rows.Err()
}
