// Package session keeps sockets alive: those of platforms where we hold the line ourselves
// instead of being called (channels.Session).
//
// Each session is a row of channel_session, which a node leases by the database clock and
// under a fence, as the outbound queue leases its lanes. Who holds the lease holds the socket;
// everything written about a session names its fence, so a node that slept through the end of
// its lease writes nothing. A session that ends is given back with the time of its next
// connect, and whichever node is free then takes it: there is no timer per session, and
// nothing is kept only in memory that a crash would lose.
//
// Nodes share by taking: one that has its part of the sessions leaves the next to the others.
// To a node that comes later they hand over what is quiet, a few sessions a minute.
//
// A channel that need not be connected always (channels.ConnectField) falls asleep when
// nothing has come, left or waited for two minutes. It wakes to send, and every quarter of an
// hour to collect what has come; how it stands is written down, so any node may wake it.
//
// What a session's phase says is proved: an adapter reports Online only after the platform
// has answered, and again with every later answer. From when it was last proved alive until
// it is online again there is a gap, which is written down.
package session

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
)

// Config is what a Keeper needs. Node, Adapter, Load and Sink are required.
type Config struct {
	Node string // unique to this process
	// Adapter returns nil for a kind this program does not know; its sessions are left alone.
	Adapter func(channels.Kind) channels.Adapter
	Load    func(context.Context, id.Channel) (channels.Channel, error) // with its secrets opened
	Sink    channels.Sink                                               // makes events durable
	Changed func(id.Company, id.Channel)                                // after each commit; must not block
	// Max is how many sessions this node takes (2000), ConnectsPerSecond how fast (10).
	Max               int
	ConnectsPerSecond float64
	Log               *slog.Logger
}

const (
	leaseFor    = 10 * time.Second // as in queries/take.sql
	renewEvery  = 3 * time.Second
	pollEvery   = time.Second
	closeBefore = 2 * time.Second // the end of a lease that could not be renewed
	dbTimeout   = 2 * time.Second // a renewal that hangs must leave time for another
	stopFor     = 8 * time.Second
	// A node takes sessions in small steps, so that those which start together share.
	stepsPerSecond = 3
	handOverEvery  = 30 * time.Second // two sessions at most, as in queries/share.sql
)

// Keeper holds this node's sessions. Its methods are safe for concurrent use.
type Keeper struct {
	db       *db.DB
	cfg      Config
	limit    *rate.Limiter
	handOver *rate.Limiter
	dirty    chan struct{} // something is to be written
	look     chan struct{} // there may be something to take

	running sync.WaitGroup // Connect calls

	mu      sync.Mutex
	held    map[id.Channel]*session
	foreign []string // kinds without an adapter here
	stopped bool
}

// New makes a Keeper; Run starts it.
func New(d *db.DB, c Config) *Keeper {
	if c.Max == 0 {
		c.Max = 2000
	}
	if c.ConnectsPerSecond == 0 {
		c.ConnectsPerSecond = 10
	}
	if c.Changed == nil {
		c.Changed = func(id.Company, id.Channel) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{
		db: d, cfg: c, limit: rate.NewLimiter(rate.Limit(c.ConnectsPerSecond), 1), handOver: rate.NewLimiter(rate.Every(handOverEvery), 1),
		dirty: make(chan struct{}, 1), look: make(chan struct{}, 1),
		held: map[id.Channel]*session{}, foreign: []string{},
	}
}

// Run works until ctx ends, then closes every session and gives it back.
func (k *Keeper) Run(ctx context.Context) {
	base := context.WithoutCancel(ctx) // sessions end by close, which says why
	poll, renew := time.NewTimer(0), time.NewTicker(renewEvery)
	defer poll.Stop()
	defer renew.Stop()
	k.share(ctx)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-k.dirty:
			k.write(ctx)
		case <-renew.C:
			k.renew(ctx)
			k.share(ctx)
		case <-k.look:
			poll.Reset(k.next(k.take(ctx, base)))
		case <-poll.C:
			k.write(ctx) // what failed before
			poll.Reset(k.next(k.take(ctx, base)))
		}
	}
	k.stop(base)
}

// next is when to look again: soon when there was more to take, with jitter so that nodes
// take turns.
func (k *Keeper) next(more bool) time.Duration {
	d := pollEvery
	if more {
		d = time.Second / stepsPerSecond
	}
	return d*3/4 + rand.N(d/2)
}

func (k *Keeper) stop(ctx context.Context) {
	k.mu.Lock()
	k.stopped = true
	for _, s := range k.held {
		k.close(s, nodeStopped)
	}
	k.mu.Unlock()
	done := make(chan struct{})
	go func() { k.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(stopFor):
		k.cfg.Log.Warn("sessions do not end; their leases run out by themselves")
	}
	k.write(ctx)
	k.quit(ctx)
}

// Wake says that a session may be waiting to be taken: a channel was linked, restarted or
// switched on. It never blocks.
func (k *Keeper) Wake() { nudge(k.look) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Held names the channels that are online on this node: those whose lanes it may send.
func (k *Keeper) Held() []id.Channel {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	out := make([]id.Channel, 0, len(k.held))
	for c, s := range k.held {
		if s.state.Phase == channels.Online && s.mine(now) {
			out = append(out, c)
		}
	}
	return out
}

// Fetched says that n messages of a channel held here came late, out of the platform's
// history. They are counted towards the gap that has just ended; without one they are not.
func (k *Keeper) Fetched(c id.Channel, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.held[c]; s != nil {
		s.fetched += n
		nudge(k.dirty)
	}
}

// Silent is for how long a channel had not been online, although it should have been, when
// its present connect began; counted on to now. Zero: no gap, or not held here.
func (k *Keeper) Silent(c id.Channel) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.held[c]; s != nil && !s.silent.IsZero() {
		return time.Since(s.silent)
	}
	return 0
}

// room is how many more sessions may be taken now.
func (k *Keeper) room() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	waiting := 0
	for _, s := range k.held {
		if s.waiting {
			waiting++
		}
	}
	step := max(1, int(math.Ceil(k.cfg.ConnectsPerSecond/stepsPerSecond)))
	return max(0, min(k.cfg.Max-len(k.held), step-waiting))
}

// close ends a session and says why; k.mu is held. The first reason counts, but for a lost
// lease, which takes the right to write about any other.
func (k *Keeper) close(s *session, why closing) {
	if s.closing == "" || why == lost {
		s.closing = why
	}
	s.cancel()
	if s.closing == lost && s.end != nil {
		k.forget(s)
	}
}

// forget removes a session unless another has taken its place; k.mu is held.
func (k *Keeper) forget(s *session) {
	if k.held[s.id] == s {
		delete(k.held, s.id)
	}
}

func (k *Keeper) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		k.cfg.Log.Error(what, "err", err)
	}
}
