package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/spool"
)

// Intake is Ingest with a net below it: while the database cannot be reached, messages go
// to a spool on the local disk and are stored in order when it is back. A message is
// durable in either when Accept returns.
type Intake struct {
	*Ingest
	spool *spool.Spool
	log   *slog.Logger
	gate  sync.RWMutex // shared by whoever appends; closed for the end of a drain
}

// NewIntake starts an Ingest and opens the spool; an unwritable folder is an error. Run
// must be running for spooled messages to move on.
func NewIntake(ctx context.Context, d *db.DB, dir string, log *slog.Logger, told Told) (*Intake, error) {
	sp, err := spool.Open(dir, spool.Options{Log: log})
	if err != nil {
		return nil, fmt.Errorf("the spool for inbound messages cannot be used: %w", err)
	}
	return &Intake{Ingest: NewIngest(ctx, d, log, told), spool: sp, log: log}, nil
}

// spooled is how an inbound message waits on the disk.
type spooled struct {
	ID    id.Message       `json:"id"`
	Event channels.Inbound `json:"event"`
}

const (
	acceptWithin = 4 * time.Second // then the disk takes it: nobody waits for a dead database
	drainEvery   = time.Second
)

// Accept stores a message in the ledger, or in the spool when the database is away. What
// was spooled has no number yet: Seq is 0. While anything is spooled all messages queue up
// behind it, so that nobody's second message overtakes their first.
func (in *Intake) Accept(ctx context.Context, ev channels.Inbound) (Accepted, error) {
	m := id.New[id.Message]()
	in.gate.RLock()
	if in.Spooled() > 0 {
		defer in.gate.RUnlock()
		return in.keep(m, ev)
	}
	in.gate.RUnlock()
	tctx, cancel := context.WithTimeout(ctx, acceptWithin)
	a, err := in.accept(tctx, ev, m)
	late := tctx.Err() != nil && ctx.Err() == nil
	cancel()
	if err == nil || !db.Down(err) && !late {
		return a, err
	}
	in.gate.RLock()
	defer in.gate.RUnlock()
	return in.keep(m, ev)
}

// keep writes a message to the spool. The gate is held.
func (in *Intake) keep(m id.Message, ev channels.Inbound) (Accepted, error) {
	b, err := json.Marshal(spooled{m, ev})
	if err != nil {
		return Accepted{}, err
	}
	if err := in.spool.Append(b); err != nil {
		return Accepted{}, fmt.Errorf("spool: %w", err)
	}
	return Accepted{Message: m, At: time.Now()}, nil
}

// Spooled is how many messages wait on the disk.
func (in *Intake) Spooled() int64 { return in.spool.Stats().Records }

// Run moves spooled messages into the ledger until ctx ends. One that the database refuses
// for good is logged and dropped: it was refused for what it is, and would block the rest.
func (in *Intake) Run(ctx context.Context) {
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	defer in.spool.Close()
	for {
		if in.Spooled() > 0 { // at the start, too: of the run before
			if err := in.drain(ctx); err != nil && ctx.Err() == nil {
				in.log.Warn("spooled messages still wait", "messages", in.Spooled(), "err", err)
			}
		}
		if err := in.Early(ctx); err != nil && ctx.Err() == nil && !db.Down(err) {
			in.log.Error("early receipts", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// drain empties the spool. Messages that come meanwhile queue up behind, as fast as they are
// taken out on a busy server, so for the last few the gate is closed: they find the spool
// empty and the database open when it opens again.
func (in *Intake) drain(ctx context.Context) error {
	const few = 100
	closed := false
	defer func() {
		if closed {
			in.gate.Unlock()
		}
	}()
	return in.spool.Drain(ctx, func(batch [][]byte) error {
		if !closed && len(batch) <= few {
			in.gate.Lock()
			closed = true
		}
		ctx, cancel := context.WithTimeout(ctx, acceptWithin)
		defer cancel()
		return in.replay(ctx, batch)
	})
}

// replay stores spooled messages with one commit for all, in their order.
func (in *Intake) replay(ctx context.Context, batch [][]byte) error {
	var ps []*pending
	for _, b := range batch {
		var s spooled
		if err := json.Unmarshal(b, &s); err != nil {
			in.log.Error("a spooled message cannot be read", "err", err)
			continue
		}
		ps = append(ps, &pending{ev: s.Event, id: s.ID, done: make(chan result, 1)})
	}
	if len(ps) == 0 {
		return nil
	}
	in.store(ctx, ps)
	for _, p := range ps {
		err := (<-p.done).err
		if db.Down(err) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if db.Refused(err) && !db.Unfit(err) {
			return err // a lock, a full disk: not for good
		}
		if err != nil {
			in.log.Error("a spooled message was refused", "message", p.id, "channel", p.ev.Channel.ID, "err", err)
		}
	}
	return nil
}
