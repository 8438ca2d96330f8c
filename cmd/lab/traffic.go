package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// traffic is a crowd of visitors that write at a steady pace.
type traffic struct {
	visitors []*visitor
	notes    *notes
	pages    sync.WaitGroup // their goroutines
}

// crowd opens n pages, spread over the sites; base says where the load balancer sends the
// ith of them. They stay open until ctx ends.
func crowd(ctx context.Context, n int, sites []site, base func(i int) string) *traffic {
	t := &traffic{notes: newNotes()}
	for i := range n {
		v := newVisitor(i, sites[i%len(sites)].key, func() string { return base(i) }, t.notes)
		t.visitors = append(t.visitors, v)
		t.pages.Go(func() { v.run(ctx) })
	}
	return t
}

// write has every visitor write each messages, with a random time around pace in between,
// whether they are online or not. It returns when the last one is written.
func (t *traffic) write(ctx context.Context, each int, pace time.Duration) {
	var writers sync.WaitGroup
	for _, v := range t.visitors {
		writers.Go(func() {
			for n := range each {
				if sleep(ctx, rand.N(2*pace)) != nil {
					return
				}
				v.write(n + 1)
			}
		})
	}
	writers.Wait()
}

// accepted waits until everything written has been accepted.
func (t *traffic) accepted(ctx context.Context, patience time.Duration) error {
	return until(ctx, patience, 50*time.Millisecond, "all that was written is accepted", func(context.Context) (bool, error) {
		if err := t.notes.hopeless(); err != nil {
			return false, err
		}
		for _, v := range t.visitors {
			if v.waiting() > 0 {
				return false, nil
			}
		}
		return true, nil
	})
}

// shown waits until every widget shows lines messages, at most for a little longer than a
// widget needs to notice that it missed something.
func (t *traffic) shown(ctx context.Context, lines int) error {
	return until(ctx, beatEvery+15*time.Second, 100*time.Millisecond, "the widgets show everything", func(context.Context) (bool, error) {
		for _, v := range t.visitors {
			v.mu.Lock()
			n := len(v.view.items)
			v.mu.Unlock()
			if n < lines {
				return false, nil
			}
		}
		return true, nil
	})
}

// all is everything that was accepted.
func (t *traffic) all() (out []sent) {
	for _, v := range t.visitors {
		v.mu.Lock()
		out = append(out, v.sent...)
		v.mu.Unlock()
	}
	return out
}

// count prints what the visitors met on their way.
func (t *traffic) count(l *lab) error {
	repeats := 0
	for _, v := range t.visitors {
		v.mu.Lock()
		repeats += v.view.repeats
		v.mu.Unlock()
	}
	l.say("%d messages accepted, %d of them on a node's disk while the database was away", t.notes.accepted.Load(), t.notes.spooled.Load())
	l.say("requests repeated, by answer: %v; messages that came to a widget again and were dropped: %d", t.notes.met(), repeats)
	return t.notes.hopeless()
}

// judge counts in the database and in the widgets, and says what is broken, with what was
// found before. each is how many messages every visitor wrote.
func (t *traffic) judge(ctx context.Context, l *lab, company string, each int, found findings) error {
	late := t.shown(ctx, 2*each) // what is missing then is found below
	g, err := read(ctx, l, company)
	if err != nil {
		return err
	}
	g.check(&found, t.all())
	checkViews(&found, t.visitors, g)
	l.say("in the ledger: %d of visitors, %d of the bot", len(g.in), len(g.out))
	if late != nil {
		l.say("%v", late)
	}
	if err := t.count(l); err != nil {
		return err
	}
	return found.report(l)
}
