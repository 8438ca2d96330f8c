package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"recado/internal/sim"
)

// perShop is how many QR channels a company of the fleet has.
const perShop = 30

// fleet is many WhatsApp numbers, linked by QR code to as many channels of several companies
// on one node, and a few customers who write to all of them.
type fleet struct {
	lab       *lab
	platforms *platforms
	node      *node
	kind      kind
	shops     []*shop
	outlets   []*outlet
	wrote     map[*outlet]*customer
}

// openFleet starts the platforms and a node. Close what it returns.
func openFleet(l *lab, name string) (*fleet, error) {
	p, err := openPlatforms()
	if err != nil {
		return nil, err
	}
	f := &fleet{lab: l, platforms: p, wrote: map[*outlet]*customer{}}
	if f.node, err = p.newNode(l, name); err == nil {
		_, err = f.node.start(l)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return f, nil
}

func (f *fleet) close() { f.platforms.close() }

// grow links so many more numbers, eight at a time, and waits until all are online.
func (f *fleet) grow(n int) error {
	l := f.lab
	fresh := make([]*outlet, 0, n)
	for range n {
		i := len(f.outlets) + len(fresh)
		if i%perShop == 0 {
			s, err := found(l, f.node, fmt.Sprintf("Tienda QR %d", i/perShop+1), 0)
			if err != nil {
				return err
			}
			f.shops = append(f.shops, s)
		}
		if f.kind.Kind == "" {
			kinds, err := channelKinds(l, f.shops[0].owner)
			if err != nil {
				return err
			}
			for _, k := range kinds {
				if k.Kind == whatsAppQR {
					f.kind = k
				}
			}
		}
		s := f.shops[len(f.shops)-1]
		o, _, _, err := f.platforms.create(l, s, f.kind, s.bot, fmt.Sprintf("521551235%04d", i), nil)
		if err != nil {
			return err
		}
		fresh = append(fresh, o)
	}
	if err := each(fresh, 8, func(o *outlet) error { return f.platforms.link(l, o) }); err != nil {
		return err
	}
	for i, o := range fresh {
		f.wrote[o] = &customer{number: len(f.outlets) + i, id: fmt.Sprintf("3469900%04d", (len(f.outlets)+i)%writers)}
	}
	f.outlets = append(f.outlets, fresh...)
	return f.online(time.Minute, time.Time{})
}

// writers are the customers' phones; each writes to its share of the numbers.
const writers = 12

// online waits until every session has come online since a time.
func (f *fleet) online(patience time.Duration, since time.Time) error {
	var n int
	err := until(f.lab, patience, 50*time.Millisecond, "all sessions are online", func(ctx context.Context) (bool, error) {
		err := f.lab.db.QueryRow(ctx, `select count(*) from channel_session where phase = 'online' and phase_at >= $1`, since).Scan(&n)
		return n == len(f.outlets), err
	})
	if err != nil {
		return fmt.Errorf("%w; %d of %d are", err, n, len(f.outlets))
	}
	return nil
}

// say has a customer write to every number once. A phone writes to one after the other, as
// fast as WhatsApp takes it.
func (f *fleet) say() error {
	phones := make([][]*outlet, writers)
	for i, o := range f.outlets {
		phones[i%writers] = append(phones[i%writers], o)
	}
	return each(phones, writers, func(mine []*outlet) error {
		for _, o := range mine {
			c := f.wrote[o]
			words := text(c.number, len(c.wrote)+1)
			ctx, cancel := context.WithTimeout(f.lab, 20*time.Second)
			_, err := o.platform.Do(ctx, sim.Action{Act: sim.SayText, Ref: o.ref, Customer: sim.Person{ID: c.id, Name: "Cliente"}, Text: words})
			cancel()
			if err != nil {
				return fmt.Errorf("%s writes to %s: %w", c.id, o.ref, err)
			}
			c.wrote = append(c.wrote, words)
		}
		return nil
	})
}

// answered waits until everything written is stored and answered.
func (f *fleet) answered(patience time.Duration) error {
	written := 0
	for _, c := range f.wrote {
		written += len(c.wrote)
	}
	var stored, sent, waiting int
	err := until(f.lab, patience, 100*time.Millisecond, "all is stored and answered", func(ctx context.Context) (bool, error) {
		err := f.lab.db.QueryRow(ctx, `select count(*) filter (where direction = 'in'), count(*) filter (where direction = 'out' and state in ('sent', 'delivered', 'read')),
			(select count(*) from turn) + (select count(*) from outbox) from message where kind = 'message'`).Scan(&stored, &sent, &waiting)
		return stored >= written && sent >= written && waiting == 0, err
	})
	if err != nil {
		return fmt.Errorf("%w; of %d written %d are stored and %d answered, %d wait", err, written, stored, sent, waiting)
	}
	return nil
}

// judge compares every phone's screen with the ledger.
func (f *fleet) judge(broken *findings) error {
	for _, o := range f.outlets {
		all, err := f.lab.entries(f.lab, o.id)
		if err != nil {
			return err
		}
		judgeOutlet(broken, all, []*customer{f.wrote[o]}, func(c *customer) []sim.Bubble { return o.platform.Thread(o.ref, c.id) }, o.Capabilities.Idempotent)
	}
	return nil
}

// restingRSS is the node's memory once it has stopped falling: the runtime gives memory back
// for some time after work has ended.
func (f *fleet) restingRSS() (int64, error) {
	const still = 5 * time.Second
	lowest, since := int64(1)<<62, time.Now()
	err := until(f.lab, 90*time.Second, time.Second, "memory settles", func(context.Context) (bool, error) {
		now, err := rss(f.node.pid())
		if now < lowest-lowest/200 {
			since = time.Now()
		}
		lowest = min(lowest, now)
		return time.Since(since) > still, err
	})
	return lowest, err
}

// each does something with all items, so many at a time.
func each[T any](items []T, atOnce int, do func(T) error) error {
	slots := make(chan struct{}, atOnce)
	errs := make([]error, len(items))
	var running sync.WaitGroup
	for i, it := range items {
		slots <- struct{}{}
		running.Go(func() {
			errs[i] = do(it)
			<-slots
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// storedMore asks whether the ledger has more than n messages of customers.
func (f *fleet) storedMore(n int) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		var stored int
		err := f.lab.db.QueryRow(ctx, `select count(*) from message where direction = 'in'`).Scan(&stored)
		return stored > n, err
	}
}
