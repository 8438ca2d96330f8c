// Package dispatch runs the bots: it leases conversations with unhandled messages, one turn
// per conversation at a time over all nodes, asks the bot, and commits what it decided.
package dispatch

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
)

//go:embed queries/claim.sql
var claimSQL string

// Source gives compiled bots. A revision that was compiled before comes from memory.
type Source interface {
	Bot(ctx context.Context, company id.Company, bot id.Bot, revision int64) (*bots.Bot, error)
	// Versions brings the versions of flows that a conversation's sessions stand on.
	Versions(ctx context.Context, company id.Company, of []flows.Frame) (flows.Library, error)
}

// Hosts performs the calls of flows for a conversation.
type Hosts interface {
	Host(company id.Company, t bots.Turn, b *bots.Bot) flows.Host
}

// Config is what a Dispatcher needs.
type Config struct {
	Node string
	Bots Source
	// Hosts may be nil: flows' calls then fail.
	Hosts Hosts
	Way   inbox.Way
	Done  func(id.Company, inbox.Change) // after each commit; must not block
	// Elapsed is told of conversations whose pause is over.
	Elapsed func(id.Company, id.Conversation)
	Log     *slog.Logger
}

const (
	workers    = 16
	pollEvery  = time.Second // a backstop: work is announced by Wake
	turnBudget = 8 * time.Second
	maxTries   = 5 // then a person is asked for
)

// Dispatcher runs turns; New makes it, Run works.
type Dispatcher struct {
	db   *db.DB
	cfg  Config
	wake chan struct{}
	busy chan struct{}
	wg   sync.WaitGroup
	tally
}

// New makes a Dispatcher.
func New(d *db.DB, c Config) *Dispatcher {
	return &Dispatcher{db: d, cfg: c, wake: make(chan struct{}, 1), busy: make(chan struct{}, workers)}
}

// Wake says that turns are due. It never blocks.
func (d *Dispatcher) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends and running turns are done.
func (d *Dispatcher) Run(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	defer d.flushTally(context.WithoutCancel(ctx))
	defer d.wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
		case <-poll.C:
			d.flushTally(ctx)
			d.elapse(ctx)
			d.ring(ctx)
		}
		for ctx.Err() == nil {
			free := workers - len(d.busy)
			if free == 0 || d.claim(ctx, free) < free {
				break // a finished turn wakes us
			}
		}
	}
}

// elapse gives conversations whose pause is over back to the bot.
func (d *Dispatcher) elapse(ctx context.Context) {
	over, err := inbox.Elapse(ctx, d.db.Direct(db.Pipeline))
	if err != nil {
		d.failed(ctx, "end pauses", err)
	}
	for _, o := range over {
		d.cfg.Elapsed(o.Company, o.Conversation)
	}
}

// ring makes turns of the conversations whose flows waited for a time that has come.
func (d *Dispatcher) ring(ctx context.Context) {
	for {
		n, err := inbox.Wake(ctx, d.db.Direct(db.Pipeline))
		if err != nil {
			d.failed(ctx, "wake flows", err)
		}
		if n > 0 {
			d.Wake()
		}
		if n < inbox.WakeMost {
			return
		}
	}
}

// turn is one leased turn with what the claim loaded.
type turn struct {
	company  id.Company
	fence    int64
	tries    int16
	handled  int64
	wanted   int64
	version  int64
	bot      id.Bot
	revision int64
	enabled  bool
	seq      int64   // 0: there is no message
	pass     id.Pass // the person agrees to it by having written: no bot is asked
	hops     int     // of the event
	bots.Turn
}

// settle leaves in the turn the one thing that it is about: whichever came first of the
// time a flow waited for, an event and a message.
func (t *turn) settle() {
	wake, rings := t.Conversation.Memory.NextWake()
	rings = rings && !wake.After(t.Now)
	if t.Event != nil && (t.seq > 0 && t.Message.At.Before(t.Event.At) || rings && wake.Before(t.Event.At)) {
		t.Event = nil
	}
	if t.Event != nil || rings && (t.seq == 0 || wake.Before(t.Message.At)) {
		t.Message, t.seq = bots.Message{}, 0
	}
}

// unprompted reports whether the turn is about no message.
func (t *turn) unprompted() bool {
	return t.seq == 0 && (t.Event != nil || t.wanted <= t.handled || t.due())
}

func (t *turn) due() bool {
	wake, ok := t.Conversation.Memory.NextWake()
	return ok && !wake.After(t.Now)
}

func (d *Dispatcher) claim(ctx context.Context, n int) int {
	rows, err := d.db.Direct(db.Pipeline).Query(ctx, claimSQL, d.cfg.Node, n)
	if err != nil {
		d.failed(ctx, "claim turns", err)
		return 0
	}
	turns, err := pgx.CollectRows(rows, scanTurn)
	if err != nil {
		d.failed(ctx, "claim turns", err)
		return 0
	}
	for _, t := range turns {
		d.busy <- struct{}{}
		d.wg.Go(func() {
			defer d.Wake()
			defer func() { <-d.busy }()
			// A turn that has begun is finished while stopping; its lease bounds it.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), turnBudget)
			defer cancel()
			d.run(ctx, t)
		})
	}
	return len(turns)
}

func scanTurn(r pgx.CollectableRow) (turn, error) {
	var t turn
	var pausedUntil, at *time.Time
	var seq *int64
	var content json.RawMessage
	var ev struct {
		at             *time.Time
		name           *string
		data           map[string]any
		bots.Happening // ids
	}
	c := &t.Conversation
	err := r.Scan(&c.ID, &t.company, &t.fence, &t.tries, &t.handled, &t.wanted,
		(*string)(&c.State), &pausedUntil, &c.Memory, &t.version, &t.Contact.ID, &t.Contact.Name, &t.Contact.Language,
		&t.bot, &t.revision, &t.enabled, &t.Message.ID, &seq, &at, &content, &t.pass, &c.Channel, &c.Kind,
		&ev.ID, &ev.at, &ev.name, &ev.data, &ev.Flow, &ev.Run, &t.hops, &t.Now)
	if err != nil {
		return t, err
	}
	if pausedUntil != nil {
		c.PausedUntil = *pausedUntil
	}
	if seq != nil {
		t.seq, t.Message.At = *seq, *at
		err = json.Unmarshal(content, &t.Message.Content)
	}
	if ev.name != nil {
		ev.At, ev.Name, ev.Data = *ev.at, *ev.name, ev.data
		t.Event = &ev.Happening
	}
	t.settle()
	return t, err
}

// run handles one turn from decision to commit. When it fails the lease runs out and the
// turn comes again.
func (d *Dispatcher) run(ctx context.Context, t turn) {
	log := d.cfg.Log.With("conversation", t.Conversation.ID, "company", t.company, "message", t.Message.ID)
	out, err := d.decide(ctx, t)
	if err != nil {
		log.Error("bot failed", "try", t.tries, "err", err)
		if t.tries < maxTries {
			return
		}
		out = bots.Outcome{Memory: t.Conversation.Memory, Effects: []bots.Effect{{Handoff: &bots.Handoff{Reason: "failed"}}},
			Trace: bots.Trace{Source: "handoff", Bot: t.bot}}
	}
	seq := t.seq
	switch {
	case t.unprompted():
		seq = t.handled
	case seq == 0:
		// A commit that was landing while this turn was claimed may have hidden the message;
		// only one that is really gone is given up.
		if t.tries < maxTries {
			d.again(ctx, t)
			return
		}
		seq = t.wanted
	}
	var event id.Event
	if t.Event != nil {
		event = t.Event.ID
	}
	var ch inbox.Change
	err = d.db.ForCompanyHot(ctx, t.company, func(tx db.CompanyTx) (err error) {
		ch, err = inbox.Apply(ctx, tx, inbox.TurnResult{Conversation: t.Conversation.ID, Fence: t.fence, Seq: seq,
			Version: t.version, Bot: t.bot, Pass: t.pass, Message: t.Message.ID, Event: event, Hops: t.hops, Outcome: out, Way: d.way(t)})
		return err
	})
	switch {
	case errors.Is(err, inbox.ErrStale):
		log.Debug("turn was stale, nothing written")
		d.again(ctx, t)
	case err != nil:
		log.Error("commit turn", "err", err)
		d.again(ctx, t)
	default:
		d.count(t, out.Trace)
		d.cfg.Done(t.company, ch)
		if !ch.Earlier.IsZero() {
			d.cfg.Done(t.company, inbox.Change{Conversation: ch.Earlier})
		}
	}
}

// way is how this turn's words are fitted to its channel, in the contact's language where
// it is known.
func (d *Dispatcher) way(t turn) inbox.Way {
	w := d.cfg.Way
	if t.Conversation.Language != "" {
		w.Language = t.Conversation.Language
	}
	return w
}

// again makes a turn due at once, if this node still holds it: a conversation that changed
// under the bot is read anew.
func (d *Dispatcher) again(ctx context.Context, t turn) {
	_, err := d.db.Direct(db.Pipeline).Exec(ctx,
		`update turn set due_at = now() + tries * interval '200 milliseconds' where conversation_id = $1 and fence = $2`,
		t.Conversation.ID, t.fence)
	if err != nil {
		d.failed(ctx, "return turn", err)
	}
}

// decide asks the bot. A panic in it is an error of this turn, not the end of the process.
func (d *Dispatcher) decide(ctx context.Context, t turn) (out bots.Outcome, err error) {
	out.Memory = t.Conversation.Memory
	if t.unprompted() {
		if t.bot.IsZero() || t.Event == nil && !t.due() {
			return out, nil
		}
	} else if t.seq == 0 || !t.pass.IsZero() || !t.Conversation.State.BotSpeaks() {
		return out, nil
	}
	if !t.unprompted() && (t.bot.IsZero() || !t.enabled) {
		out.Effects = []bots.Effect{{Handoff: &bots.Handoff{Reason: "no_bot"}}}
		out.Trace = bots.Trace{Source: "handoff", Steps: []bots.Step{{What: "state", Outcome: "won", Detail: "no bot answers on this channel"}}}
		return out, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	bot, err := d.cfg.Bots.Bot(ctx, t.company, t.bot, t.revision)
	if err != nil {
		return out, err
	}
	if t.Message.Content.Type == chat.ReactionMsg {
		return out, nil // a thumb up asks nothing
	}
	if bot.HasFlows() || len(t.Conversation.Memory.Flows) > 0 {
		if err := d.furnish(ctx, &t, bot); err != nil {
			return out, err
		}
	}
	start := time.Now()
	out = bot.Handle(ctx, t.Turn)
	out.Trace.TookMicro = time.Since(start).Microseconds()
	return out, ctx.Err()
}

// furnish adds what only flows need: the person, the versions that sessions stand on, and
// who performs their calls.
func (d *Dispatcher) furnish(ctx context.Context, t *turn, bot *bots.Bot) error {
	var p inbox.Profile
	err := d.db.ForCompanyHot(ctx, t.company, func(tx db.CompanyTx) (err error) {
		p, err = inbox.ReadProfile(ctx, tx, t.Conversation.ID)
		return err
	})
	if err != nil {
		return err
	}
	t.Contact.Phone, t.Contact.Email, t.Contact.Tags, t.Contact.Fields = p.Phone, p.Email, p.Tags, p.Fields
	t.Conversation.Labels = p.Labels
	if t.Flows, err = d.cfg.Bots.Versions(ctx, t.company, t.Conversation.Memory.Versions()); err != nil {
		return err
	}
	if d.cfg.Hosts != nil {
		t.Host = d.cfg.Hosts.Host(t.company, t.Turn, bot)
	}
	return nil
}

func (d *Dispatcher) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		d.cfg.Log.Error(what, "err", err)
	}
}
