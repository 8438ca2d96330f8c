package session

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"recado/channels"
	"recado/internal/errs"
	"recado/internal/id"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for name, c := range map[string]struct {
		err     error
		last    channels.SessionState
		tries   int
		healthy bool
		want    ending        // but for wait
		most    time.Duration // wait is below it; 0: none
	}{
		"closed":            {want: ending{phase: channels.Retrying, code: "closed", tries: 1}, most: time.Second},
		"failed":            {err: boom, tries: 2, want: ending{phase: channels.Retrying, code: "failed", detail: "boom", tries: 3}, most: 4 * time.Second},
		"failed often":      {err: boom, tries: 500, want: ending{phase: channels.Retrying, code: "failed", detail: "boom", tries: 501}, most: 5 * time.Minute},
		"failed, healthy":   {err: boom, tries: 9, healthy: true, want: ending{phase: channels.Retrying, code: "failed", detail: "boom", tries: 1}, most: time.Second},
		"with a code":       {err: &errs.Send{Code: "dial", Err: boom}, want: ending{phase: channels.Retrying, code: "dial", detail: "boom", tries: 1}, most: time.Second},
		"told to wait":      {err: &errs.Send{Class: errs.RateLimited, RetryAfter: time.Hour, Code: "429"}, want: ending{phase: channels.Retrying, code: "429", tries: 1}, most: time.Hour + time.Second},
		"deaf":              {err: channels.ErrDeaf, tries: 5, healthy: true, want: ending{phase: channels.Deaf, code: "deaf", detail: channels.ErrDeaf.Error(), tries: 1, deaf: true}},
		"deaf again":        {err: channels.ErrDeaf, tries: 3, want: ending{phase: channels.Deaf, code: "deaf", detail: channels.ErrDeaf.Error(), tries: 4, deaf: true}, most: 8 * time.Second},
		"down":              {err: &errs.Send{Class: errs.ChannelDown, Code: "banned", Err: boom}, tries: 2, want: ending{phase: channels.Down, code: "banned", detail: "boom", tries: 2, stop: true}},
		"down without code": {err: &errs.Send{Class: errs.ChannelDown}, last: channels.SessionState{Phase: channels.Down, Detail: "told"}, want: ending{phase: channels.Down, code: "down", detail: "told", stop: true}},
		"no device":         {err: &errs.Send{Class: errs.ChannelDown, Code: "gone"}, last: channels.SessionState{Phase: channels.Unlinked}, want: ending{phase: channels.Unlinked, code: "gone", stop: true, unlinked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 100 {
				got := judge(c.err, c.last, c.tries, c.healthy)
				if got.wait < 0 || got.wait >= max(c.most, 1) {
					t.Fatalf("waits %s, want less than %s", got.wait, c.most)
				}
				if c.err != nil && c.want.code == "429" && got.wait < time.Hour {
					t.Fatalf("waits %s, less than it was told", got.wait)
				}
				if got.wait = 0; got != c.want {
					t.Fatalf("got %+v, want %+v", got, c.want)
				}
			}
		})
	}
}

// line is a socket that tells when it was connected.
type line struct {
	channels.Adapter
	at chan time.Time
}

func (l line) Connect(ctx context.Context, _ channels.Channel, _ channels.Sink, report func(channels.SessionState)) error {
	l.at <- time.Now()
	report(channels.SessionState{Phase: channels.Online})
	<-ctx.Done()
	return ctx.Err()
}

func bubble(t *testing.T, perSecond float64, sessions int) (*Keeper, line) {
	k := New(nil, Config{ConnectsPerSecond: perSecond, Load: func(context.Context, id.Channel) (channels.Channel, error) { return channels.Channel{}, nil }})
	l := line{at: make(chan time.Time, sessions)}
	for range sessions {
		k.start(t.Context(), &session{id: id.New[id.Channel](), until: time.Now().Add(leaseFor), done: make(chan struct{}), waiting: true}, l)
	}
	return k, l
}

func TestConnectsAreSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		k, l := bubble(t, 10, 35)
		time.Sleep(999 * time.Millisecond)
		synctest.Wait()
		if n := len(l.at); n != 10 {
			t.Errorf("%d connects in the first second, want 10", n)
		}
		if k.room() != 0 {
			t.Error("more is to be taken while so many wait")
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		last := began
		for n := range 35 {
			at := <-l.at
			if n > 0 && at.Sub(last) < 100*time.Millisecond {
				t.Errorf("connect %d came %s after the one before", n, at.Sub(last))
			}
			last = at
		}
		k.expire(time.Now().Add(leaseFor))
		k.running.Wait()
	})
}

// Nodes that look in turn end with equal parts, and one that is alone takes all.
func TestShares(t *testing.T) {
	t.Parallel()
	d := waiting(t, 12)
	nodes := map[string]*Keeper{}
	for _, name := range []string{"a", "b"} {
		l := line{at: make(chan time.Time, 12)}
		k := New(d, Config{
			Node: name, ConnectsPerSecond: 12, Adapter: func(channels.Kind) channels.Adapter { return l }, // four at a look
			Load: func(context.Context, id.Channel) (channels.Channel, error) { return channels.Channel{}, nil },
		})
		k.limit.SetLimit(rate.Inf)
		k.share(t.Context())
		nodes[name] = k
		t.Cleanup(func() { k.stop(context.WithoutCancel(t.Context())) })
	}
	for look, c := range []struct {
		node string
		has  int
	}{{"a", 4}, {"b", 4}, {"a", 6}, {"b", 6}, {"a", 6}} {
		k := nodes[c.node]
		k.take(t.Context(), context.WithoutCancel(t.Context()))
		for k.room() < 4 { // until those taken have begun to connect
			runtime.Gosched()
		}
		if n := len(k.leased()); n != c.has {
			t.Errorf("after look %d node %s has %d, want %d", look, c.node, n, c.has)
		}
	}
	nodes["b"].stop(context.WithoutCancel(t.Context()))
	a := nodes["a"]
	for range 2 {
		a.take(t.Context(), context.WithoutCancel(t.Context()))
		for a.room() < 4 {
			runtime.Gosched()
		}
	}
	if n := len(a.leased()); n != 12 {
		t.Errorf("the only node has %d, want all", n)
	}
}

func (k *Keeper) leased() []*session {
	mine, _, _, _ := k.leases(time.Now())
	return mine
}

// When no lease can be renewed, sessions are closed before another node may take them.
func TestUnrenewedLeasesClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, _ := bubble(t, 1000, 3)
		time.Sleep(leaseFor - closeBefore - time.Millisecond)
		k.expire(time.Now())
		synctest.Wait()
		if n := len(k.Held()); n != 3 {
			t.Fatalf("%d held while the leases stand, want 3", n)
		}
		time.Sleep(2 * time.Millisecond)
		k.expire(time.Now())
		synctest.Wait()
		if n := len(k.held); n != 0 {
			t.Errorf("%d still held", n)
		}
	})
}

// An adapter that panics ends its session, not the process.
func TestPanicEndsASession(t *testing.T) {
	t.Parallel()
	k := New(nil, Config{Load: func(context.Context, id.Channel) (channels.Channel, error) { panic("boom") }})
	s := &session{id: id.New[id.Channel](), until: time.Now().Add(leaseFor), done: make(chan struct{})}
	k.start(t.Context(), s, line{})
	<-s.done
	if s.end == nil || s.end.code != "panic" || s.end.phase != channels.Retrying {
		t.Errorf("it ended with %+v", s.end)
	}
}
