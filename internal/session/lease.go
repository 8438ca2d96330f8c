package session

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/take.sql
var takeSQL string

//go:embed queries/renew.sql
var renewSQL string

//go:embed queries/share.sql
var shareSQL string

// bounded is a context for one statement. Before it may take its time, leases that nothing
// has renewed are given up.
func (k *Keeper) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	k.expire(time.Now())
	return context.WithTimeout(ctx, dbTimeout)
}

// expire closes sessions whose lease is about to end: the database could not be reached, and
// another node may be about to take them.
func (k *Keeper) expire(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, s := range k.held {
		if s.closing != lost && now.After(s.until.Add(-closeBefore)) {
			k.close(s, lost)
			n++
		}
	}
	if n > 0 {
		k.cfg.Log.Error("sessions closed: their leases could not be renewed", "sessions", n)
	}
}

// take leases free sessions and starts them; it reports whether there may be more. base is
// what their contexts come from.
func (k *Keeper) take(ctx, base context.Context) bool {
	room := k.room()
	if room == 0 {
		return false
	}
	qctx, cancel := k.bounded(ctx)
	defer cancel()
	k.mu.Lock()
	foreign := slices.Clone(k.foreign)
	k.mu.Unlock()
	at := time.Now()
	var got []*session
	rows, err := k.db.Direct(db.Pipeline).Query(qctx, takeSQL, k.cfg.Node, room, foreign)
	if err == nil {
		got, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (*session, error) {
			s := &session{until: at.Add(leaseFor), done: make(chan struct{}), waiting: true}
			var silent *int64
			err := r.Scan(&s.id, &s.company, (*string)(&s.kind), &s.fence, &s.tries, &s.state.Code, &s.state.Detail, &s.state.Number, &s.state.Name, &silent)
			s.state.Phase = channels.Connecting
			if silent != nil {
				s.silent = at.Add(-time.Duration(*silent) * time.Millisecond)
			}
			return s, err
		})
	}
	if err != nil {
		k.failed(ctx, "take sessions", err) // what was taken all the same is free again in ten seconds
		return false
	}
	for _, s := range got {
		if a, ok := k.cfg.Adapter(s.kind).(channels.Session); ok {
			k.start(base, s, a)
		} else {
			k.leave(qctx, s)
		}
	}
	return len(got) == room
}

// start connects a session that was just leased, after one of the same channel that may
// still be closing here.
func (k *Keeper) start(base context.Context, s *session, a channels.Session) {
	var ctx context.Context
	ctx, s.cancel = context.WithCancel(base)
	k.mu.Lock()
	old := k.held[s.id]
	k.held[s.id] = s
	if old != nil {
		k.close(old, lost)
	}
	k.mu.Unlock()
	k.cfg.Changed(s.company, s.id)
	k.running.Go(func() {
		defer close(s.done)
		k.ended(s, k.connect(ctx, s, a, old))
	})
}

// leave gives back a session of a kind that has no adapter here, and asks for no more.
func (k *Keeper) leave(ctx context.Context, s *session) {
	k.mu.Lock()
	if !slices.Contains(k.foreign, string(s.kind)) {
		k.foreign = append(k.foreign, string(s.kind))
	}
	k.mu.Unlock()
	k.release(ctx, s)
}

func (k *Keeper) release(ctx context.Context, s *session) {
	_, err := k.db.Direct(db.Pipeline).Exec(ctx, `update channel_session set lease_until = now() where id = $1 and fence = $2`, s.id, s.fence)
	if err != nil {
		k.failed(ctx, "give a session back", err)
	}
}

// renew prolongs what this node holds and closes what it does not hold any more.
func (k *Keeper) renew(ctx context.Context) {
	qctx, cancel := k.bounded(ctx)
	defer cancel()
	at := time.Now()
	mine, fences, alive, active := k.leases(at)
	if len(mine) == 0 {
		return
	}
	type answer struct {
		channel          id.Channel
		wanted, existing bool
		idle             bool
	}
	ids := make([]id.Channel, len(mine))
	for i, s := range mine {
		ids[i] = s.id
	}
	var got []answer
	rows, err := k.db.Direct(db.Pipeline).Query(qctx, renewSQL, db.UUIDs(ids), fences, alive, active)
	if err == nil {
		got, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (a answer, err error) {
			err = r.Scan(&a.channel, &a.wanted, &a.existing, &a.idle)
			return a, err
		})
	}
	if err != nil {
		k.failed(ctx, "renew sessions", err)
		k.activeAgain(mine, active)
		return
	}
	answers := make(map[id.Channel]answer, len(got))
	for _, a := range got {
		answers[a.channel] = a
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range mine {
		switch a, ok := answers[s.id]; {
		case !ok:
			k.close(s, lost)
		case s.linking && a.existing:
			s.until = at.Add(leaseFor)
		case a.wanted && a.idle && !s.active:
			s.until = at.Add(leaseFor)
			k.close(s, asleep)
		case a.wanted:
			s.until = at.Add(leaseFor)
		default:
			s.until = at.Add(leaseFor)
			k.close(s, paused)
		}
	}
}

// leases are the sessions to renew, with their fences, how long ago those that are online
// were proved alive, in milliseconds, and whether something has come since the last renewal.
func (k *Keeper) leases(now time.Time) (mine []*session, fences []int64, alive []*int64, active []bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.held {
		if s.closing == lost {
			continue
		}
		mine, fences, active = append(mine, s), append(fences, s.fence), append(active, s.active)
		s.active = false
		if s.state.Phase == channels.Online {
			alive = append(alive, age(now, s.alive))
		} else {
			alive = append(alive, nil)
		}
	}
	return mine, fences, alive, active
}

// activeAgain keeps for the next renewal what this one could not write.
func (k *Keeper) activeAgain(mine []*session, active []bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, s := range mine {
		s.active = s.active || active[i]
	}
}

// share says that this node lives, and hands sessions over to one that came later: a few a
// minute, and only such as nothing goes through.
func (k *Keeper) share(ctx context.Context) {
	qctx, cancel := k.bounded(ctx)
	defer cancel()
	k.mu.Lock()
	room := k.cfg.Max - len(k.held)
	k.mu.Unlock()
	rows, err := k.db.Direct(db.Pipeline).Query(qctx, shareSQL, k.cfg.Node, room, k.handOver.Tokens() >= 1)
	var given []id.Channel
	if err == nil {
		given, err = pgx.CollectRows(rows, pgx.RowTo[id.Channel])
	}
	if err != nil {
		k.failed(ctx, "share sessions", err)
		return
	}
	if len(given) == 0 {
		return
	}
	k.handOver.Allow()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range given {
		if s := k.held[c]; s != nil && !s.linking {
			k.close(s, moved)
		}
	}
}

// quit takes this node off those that share.
func (k *Keeper) quit(ctx context.Context) {
	qctx, cancel := context.WithTimeout(ctx, dbTimeout)
	defer cancel()
	if _, err := k.db.Direct(db.Pipeline).Exec(qctx, `delete from session_node where node = $1`, k.cfg.Node); err != nil {
		k.failed(ctx, "take the node off", err) // it counts for ten more seconds
	}
}

// age is how long ago t was, in milliseconds; nil when it never was.
func age(now, t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := max(0, now.Sub(t).Milliseconds())
	return &ms
}
