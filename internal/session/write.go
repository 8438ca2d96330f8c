package session

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/write.sql
var writeSQL string

//go:embed queries/fetched.sql
var fetchedSQL string

// row is one session's line in queries/write.sql, which says what the fields are.
type row struct {
	ID       id.Channel `json:"id"`
	Fence    int64      `json:"fence"`
	Phase    string     `json:"phase"`
	Code     string     `json:"code"`
	Detail   string     `json:"detail"`
	Number   string     `json:"number"`
	Name     string     `json:"name"`
	OnlineMS *int64     `json:"online_ms"`
	AliveMS  *int64     `json:"alive_ms"`
	Ended    bool       `json:"ended"`
	WaitMS   int64      `json:"wait_ms"`
	Tries    int        `json:"tries"`
	Deaf     bool       `json:"deaf"`
	Unlinked bool       `json:"unlinked"`
	Stop     bool       `json:"stop"`
	Quiet    bool       `json:"quiet"`

	session *session
	first   time.Time // of session, before it was taken for this row
}

// write commits what has changed since the last time. What cannot be written stays changed.
func (k *Keeper) write(ctx context.Context) {
	if rows := k.changes(); len(rows) > 0 {
		k.writeRows(ctx, rows)
	}
	k.writeFetched(ctx)
}

func (k *Keeper) writeRows(ctx context.Context, rows []row) {
	qctx, cancel := k.bounded(ctx)
	defer cancel()
	written := make(map[id.Channel]id.Company, len(rows))
	body, err := json.Marshal(rows)
	if err == nil {
		var answer pgx.Rows
		if answer, err = k.db.Direct(db.Pipeline).Query(qctx, writeSQL, body); err == nil {
			var c id.Channel
			var company id.Company
			_, err = pgx.ForEachRow(answer, []any{&c, &company}, func() error {
				written[c] = company
				return nil
			})
		}
	}
	if err != nil {
		k.failed(ctx, "write sessions", err)
		k.unwritten(rows)
		return
	}
	k.settle(rows, written)
	for c, company := range written {
		k.cfg.Changed(company, c)
	}
}

// changes takes what is to be written.
func (k *Keeper) changes() (out []row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	for _, s := range k.held {
		if !s.changed || s.closing == lost {
			continue
		}
		r := row{
			ID: s.id, Fence: s.fence, Phase: string(s.state.Phase), Code: s.state.Code, Detail: s.state.Detail,
			Number: s.state.Number, Name: s.state.Name, OnlineMS: age(now, s.first), AliveMS: age(now, s.alive),
			session: s, first: s.first,
		}
		if e := s.end; e != nil {
			r.Ended, r.WaitMS, r.Tries = true, e.wait.Milliseconds(), e.tries
			r.Deaf, r.Unlinked, r.Stop, r.Quiet = e.deaf, e.unlinked, e.stop, e.quiet
		}
		s.changed, s.first = false, time.Time{}
		out = append(out, r)
	}
	return out
}

func (k *Keeper) unwritten(rows []row) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range rows {
		r.session.changed = true
		if !r.first.IsZero() {
			r.session.first = r.first
		}
	}
}

// settle forgets sessions whose end is written and closes those that turned out to be
// somebody else's.
func (k *Keeper) settle(rows []row, written map[id.Channel]id.Company) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range rows {
		switch _, ok := written[r.ID]; {
		case !ok:
			k.close(r.session, lost)
		case r.Ended:
			k.forget(r.session)
			if r.WaitMS == 0 {
				nudge(k.look)
			}
		}
	}
}

// writeFetched counts late messages of sessions that are online: only then is the gap they
// fill on record.
func (k *Keeper) writeFetched(ctx context.Context) {
	var ids []id.Channel
	var fences []int64
	var counts []int32
	k.mu.Lock()
	for _, s := range k.held {
		if s.fetched > 0 && !s.changed && !s.since.IsZero() && s.mine(time.Now()) {
			ids, fences, counts = append(ids, s.id), append(fences, s.fence), append(counts, int32(s.fetched))
			s.fetched = 0
		}
	}
	k.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	qctx, cancel := k.bounded(ctx)
	defer cancel()
	if _, err := k.db.Direct(db.Pipeline).Exec(qctx, fetchedSQL, db.UUIDs(ids), fences, counts); err != nil {
		k.failed(ctx, "count fetched messages", err) // a number to look at, not worth a second try
	}
}

const (
	maxCode   = 100 // bytes
	maxDetail = 500
)

// clip makes a platform's words storable: one that the database refuses would take the whole
// batch with it.
func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
