package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"recado/channels"
	"recado/internal/errs"
	"recado/internal/id"
)

// session is one that this node has leased: a Connect call and what it has told us. What
// follows done is guarded by Keeper.mu.
type session struct {
	id      id.Channel
	company id.Company
	kind    channels.Kind
	fence   int64
	silent  time.Time // see Keeper.Silent
	linking bool      // a person pairs or unpairs it; nothing is connected
	cancel  context.CancelFunc
	done    chan struct{} // closed when nothing of it runs here any more

	until   time.Time // of the lease, as far as this node knows
	closing closing
	waiting bool // for its turn to connect
	tries   int  // connects that failed since it last stood for a while
	state   channels.SessionState
	first   time.Time // came online, since the last write
	since   time.Time // came online
	alive   time.Time // was last proved alive
	end     *ending
	changed bool // to be written
	active  bool // something came since the last renewal
	fetched int
}

// closing is why this node ends a session; the words go into its code.
type closing string

const (
	lost        closing = "lost" // somebody else's now: nothing is written
	paused      closing = "paused"
	nodeStopped closing = "node_stopped"
	moved       closing = "moved"  // to a node that has less
	asleep      closing = "asleep" // not needed now
)

// mine reports whether the lease still stands and is to stand; Keeper.mu is held.
func (s *session) mine(now time.Time) bool {
	return s.closing == "" && s.end == nil && now.Before(s.until)
}

// errNotHeld refuses events that come after the lease. The platform gives them again to
// whoever holds it now.
var errNotHeld = errors.New("session: this node does not hold the session any more")

// connect waits for the session's turn and holds its socket until it ends.
func (k *Keeper) connect(ctx context.Context, s *session, a channels.Session, after *session) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &errs.Send{Op: "connect", Code: "panic", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	if after != nil {
		select {
		case <-after.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := k.limit.Wait(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	s.waiting = false
	k.mu.Unlock()
	c, err := k.cfg.Load(ctx, s.id)
	if err != nil {
		return &errs.Send{Op: "load the channel", Code: "load", Err: err}
	}
	sink := func(ctx context.Context, ev ...channels.Inbound) error { return k.pass(ctx, s, ev) }
	return a.Connect(ctx, c, sink, func(st channels.SessionState) { k.report(s, st, time.Now()) })
}

// pass lets events in while the lease stands. That one came proves the socket alive.
func (k *Keeper) pass(ctx context.Context, s *session, ev []channels.Inbound) error {
	k.mu.Lock()
	now := time.Now()
	mine := s.mine(now)
	if mine && s.state.Phase == channels.Online {
		s.alive, s.active = now, true
	}
	k.mu.Unlock()
	if !mine {
		return errNotHeld
	}
	return k.cfg.Sink(ctx, ev...)
}

// report takes in what an adapter tells. A repeat only proves the session alive and is
// written with the next renewal.
func (k *Keeper) report(s *session, st channels.SessionState, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !s.mine(now) {
		return
	}
	was := s.state
	switch st.Phase {
	case channels.Online:
		if was.Phase != channels.Online {
			s.since, s.active = now, true
			if s.first.IsZero() {
				s.first = now
			}
		}
		s.alive = now
		s.state.Code, s.state.Detail = "", ""
	case channels.Unlinked, channels.Connecting, channels.Retrying, channels.Deaf, channels.Down:
		if was.Phase == channels.Online && st.Phase != channels.Deaf {
			s.alive = now // a deaf one was last alive when it last proved it
		}
		if st.Code != "" { // else what went wrong last stays
			s.state.Code, s.state.Detail = clip(st.Code, maxCode), clip(st.Detail, maxDetail)
		}
	default:
		return
	}
	s.state.Phase = st.Phase
	if st.Number != "" {
		s.state.Number = clip(st.Number, maxCode)
	}
	if st.Name != "" {
		s.state.Name = clip(st.Name, maxDetail)
	}
	if s.state != was {
		s.changed = true
		nudge(k.dirty)
	}
}

// ending is what follows from the end of a Connect call.
type ending struct {
	phase        channels.Phase
	code, detail string
	wait         time.Duration
	tries        int
	deaf         bool // restarted for being deaf
	unlinked     bool // there is no device any more
	stop         bool // nothing leaves until a person acts
	quiet        bool // silent on purpose: no gap
}

const (
	healthyFor = time.Minute // online so long forgets earlier failures
	firstDelay = time.Second
	maxDelay   = 5 * time.Minute
	// sleepFor is how long a session that is not needed stays away, spread so that many do not
	// wake together. WhatsApp keeps messages much longer, and takes a device off an account
	// only after two weeks.
	sleepFor = 15 * time.Minute
)

// ended takes in the end of a Connect call.
func (k *Keeper) ended(s *session, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	s.waiting = false
	if s.state.Phase == channels.Online && !errors.Is(err, channels.ErrDeaf) {
		s.alive = now
	}
	healthy := !s.since.IsZero() && s.alive.Sub(s.since) >= healthyFor
	var e ending
	switch s.closing {
	case "":
		e = judge(err, s.state, s.tries, healthy)
	case lost:
		k.forget(s)
		return
	case asleep:
		e = ending{phase: channels.Asleep, wait: sleepFor*9/10 + rand.N(sleepFor/5), quiet: true}
	default:
		e = ending{phase: channels.Retrying, code: string(s.closing), tries: s.tries, quiet: s.closing == paused}
	}
	s.end = &e
	s.state.Phase, s.state.Code, s.state.Detail = e.phase, clip(e.code, maxCode), clip(e.detail, maxDetail)
	s.changed = true
	nudge(k.dirty)
}

// judge decides what follows when a session has ended by itself. last is what it told last.
func judge(err error, last channels.SessionState, tries int, healthy bool) ending {
	if healthy {
		tries = 0
	}
	var send *errs.Send
	if !errors.As(err, &send) {
		send = &errs.Send{Code: "failed", Err: err}
		if err == nil {
			send.Code = "closed"
		}
	}
	e := ending{phase: channels.Retrying, code: send.Code, tries: tries + 1}
	if send.Err != nil {
		e.detail = send.Err.Error()
	}
	switch {
	case errors.Is(err, channels.ErrDeaf):
		e.phase, e.code, e.deaf = channels.Deaf, "deaf", true
		if tries > 0 { // the first time at once: what it missed is waiting
			e.wait = backoff(tries)
		}
	case send.Class == errs.ChannelDown:
		e.phase, e.stop, e.tries = channels.Down, true, tries
		if e.code == "" {
			e.code = "down"
		}
		if last.Detail != "" {
			e.detail = last.Detail
		}
		if last.Phase == channels.Unlinked || e.code == unlinkedCode {
			e.phase, e.unlinked = channels.Unlinked, true
		}
	case send.Class == errs.RateLimited:
		e.wait = send.RetryAfter + backoff(tries)
	default:
		e.wait = backoff(tries)
	}
	return e
}

// backoff is exponential with full jitter: many sessions that fell together do not come
// back together. (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
func backoff(tries int) time.Duration {
	return rand.N(min(firstDelay<<min(max(tries, 0), 20), maxDelay))
}
