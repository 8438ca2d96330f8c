package session

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

//go:embed queries/claim.sql
var claimSQL string

const (
	unlinkedCode = "unlinked"
	// settleFor is how long another node may take to notice that a session is not its own any more.
	settleFor = renewEvery + time.Second
	// forgetFor is for taking a device off an account whose channel could not be linked.
	forgetFor = 20 * time.Second
)

// Link pairs a channel on this node and hands each step to show to step, "done" only when it
// is on record. It blocks until the channel is linked, refused or ctx ends. Whoever begins
// later wins: an earlier Link of the same channel ends. Problems: session.linked (unlink it
// first), session.number_taken, session.superseded,
// session.stopping (try again), session.not_linkable.
func (k *Keeper) Link(ctx context.Context, company id.Company, channel id.Channel, method, arg string, step func(channels.LinkStep)) error {
	linker, c, err := k.linker(ctx, company, channel)
	if err != nil {
		return err
	}
	cl, err := k.claim(ctx, c, false)
	if err != nil {
		return err
	}
	defer k.drop(cl)
	if cl.old != nil {
		cl.old.cancel()
		if err := wait(cl.ctx, cl.old.done); err != nil {
			return err
		}
	}
	done := channels.LinkStep{Kind: "done"}
	err = linker.Link(cl.ctx, c, method, arg, func(st channels.LinkStep) {
		if st.Kind == "done" {
			done = st
			return
		}
		step(st)
	})
	if err != nil {
		if cl.ctx.Err() != nil && ctx.Err() == nil {
			return k.taken(cl)
		}
		return err
	}
	ctx = context.WithoutCancel(ctx) // the phone is paired, whoever stopped looking
	if err := k.record(ctx, c, cl.session, done); err != nil {
		fctx, cancel := context.WithTimeout(ctx, forgetFor)
		defer cancel()
		return errors.Join(err, linker.Unlink(fctx, c))
	}
	step(done)
	k.cfg.Changed(company, channel)
	k.Wake()
	return nil
}

// record makes a paired channel one to be connected.
func (k *Keeper) record(ctx context.Context, c channels.Channel, s *session, done channels.LinkStep) error {
	number := clip(done.Number, maxCode)
	err := k.db.ForCompany(ctx, c.Company, func(tx db.CompanyTx) error {
		b := &pgx.Batch{}
		b.Queue(resumeLaneSQL, c.ID)
		b.Queue(`update channel set ref = $2, updated_at = now() where id = $1 and $2 <> ''`, c.ID, number)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update channel_session
			set linked = true, phase = 'connecting', phase_at = now(), code = '', detail = '', number = $3, name = $4, lease_until = now()
			where id = $1 and fence = $2`, c.ID, s.fence, number, clip(done.Name, maxDetail))
		if err == nil && tag.RowsAffected() == 0 {
			err = errs.New(errs.Conflict, "session.superseded")
		}
		return err
	})
	if db.Violates(err, "channel_kind_ref_key") {
		return errs.New(errs.Conflict, "session.number_taken")
	}
	return err
}

// Unlink takes our device off the account and forgets it. The channel is unlinked even when
// the platform could not be told; then the error says so and the owner removes the device by
// hand. Nothing leaves the channel's lane until it is linked again.
func (k *Keeper) Unlink(ctx context.Context, company id.Company, channel id.Channel) error {
	linker, c, err := k.linker(ctx, company, channel)
	if err != nil {
		return err
	}
	cl, err := k.claim(ctx, c, true)
	if err != nil {
		return err
	}
	defer k.drop(cl)
	if cl.elsewhere {
		if err := wait(cl.ctx, time.After(settleFor)); err != nil {
			return err
		}
	}
	err = linker.Unlink(cl.ctx, c) // the socket is still open: it can say goodbye by it
	if cl.old != nil {
		cl.old.cancel()
		err = errors.Join(err, wait(cl.ctx, cl.old.done))
	}
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, k.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		b := &pgx.Batch{}
		b.Queue(`update lane l set stopped = $2 from channel_session s
			where l.id = $1 and s.id = l.id and (l.stopped is null or l.stopped = s.code)`, channel, unlinkedCode)
		b.Queue(`update channel_session set code = $3, detail = '' where id = $1 and fence = $2`, channel, cl.fence, unlinkedCode)
		return tx.SendBatch(ctx, b).Close()
	}))
}

// linker finds the channel and how it is linked.
func (k *Keeper) linker(ctx context.Context, company id.Company, channel id.Channel) (channels.Linker, channels.Channel, error) {
	c, err := k.cfg.Load(ctx, channel)
	if err != nil {
		return nil, c, err
	}
	if c.Company != company {
		return nil, c, errs.Missing("channel")
	}
	l, ok := k.cfg.Adapter(c.Kind).(channels.Linker)
	if !ok {
		return nil, c, errs.New(errs.Invalid, "session.not_linkable", "kind", string(c.Kind))
	}
	return l, c, nil
}

// claim is a session's lease in the hands of somebody who links or unlinks it.
type claim struct {
	*session
	ctx       context.Context // ends with the lease
	old       *session        // what this node held until now: it may write nothing any more, but still runs
	elsewhere bool            // another node held it until now
}

// claim takes a session's lease, whoever has it; force even from a device that works.
func (k *Keeper) claim(ctx context.Context, c channels.Channel, force bool) (claim, error) {
	at := time.Now()
	cl := claim{session: &session{id: c.ID, company: c.Company, kind: c.Kind, linking: true, until: at.Add(leaseFor), done: make(chan struct{})}}
	err := k.db.Direct(db.Pipeline).QueryRow(ctx, claimSQL, c.ID, c.Company, k.cfg.Node, force).Scan(&cl.fence, &cl.elsewhere)
	if errors.Is(err, pgx.ErrNoRows) {
		return cl, errs.New(errs.Conflict, "session.linked")
	}
	if err != nil {
		return cl, err
	}
	cl.ctx, cl.cancel = context.WithCancel(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		cl.cancel() // the lease runs out by itself
		return cl, errs.New(errs.Unavailable, "session.stopping")
	}
	if cl.old = k.held[c.ID]; cl.old != nil {
		cl.old.closing = lost
	}
	k.held[c.ID] = cl.session
	return cl, nil
}

// taken says why a claim's lease ended before its holder was done.
func (k *Keeper) taken(cl claim) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if cl.closing == nodeStopped {
		return errs.New(errs.Unavailable, "session.stopping")
	}
	return errs.New(errs.Conflict, "session.superseded")
}

// drop gives a claim back.
func (k *Keeper) drop(cl claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cl.ctx), dbTimeout)
	defer cancel()
	k.release(ctx, cl.session)
	cl.cancel()
	k.mu.Lock()
	k.forget(cl.session)
	k.mu.Unlock()
	close(cl.done)
	k.cfg.Changed(cl.company, cl.id)
}

func wait[T any](ctx context.Context, c <-chan T) error {
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
