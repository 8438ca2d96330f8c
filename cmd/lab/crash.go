package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// crashCommand kills everything under load. Fifty visitors write; the server is killed at
// random moments, PostgreSQL too, once together with the server so that what was spooled
// meanwhile is read by another process. Then it counts.
type crashCommand struct {
	Messages int           `default:"5000" help:"Messages of all visitors together"`
	Visitors int           `default:"50" help:"Visitors, and conversations"`
	Kills    int           `default:"10" help:"Times the server is killed"`
	Database int           `default:"2" help:"Times PostgreSQL is killed"`
	Pace     time.Duration `default:"300ms" help:"Time between two messages of a visitor, on average"`
}

func (c *crashCommand) Run(l *lab) error {
	n, err := l.newNode("node")
	if err != nil {
		return err
	}
	if _, err := n.start(l); err != nil {
		return err
	}
	s, err := found(l, n, "Tienda Tormenta", 1)
	if err != nil {
		return err
	}
	open, closePages := context.WithCancel(l)
	t := crowd(open, c.Visitors, s.sites, func(int) string { return n.base })
	defer t.pages.Wait()
	defer closePages()

	each := c.Messages / c.Visitors
	begun := time.Now()
	storm := &storm{lab: l, node: n, traffic: t, begun: begun, total: int64(each * c.Visitors)}
	raging := make(chan error, 1)
	go func() { raging <- storm.rage(c.Kills, c.Database) }()
	t.write(l, each, c.Pace)
	if err := <-raging; err != nil {
		return err
	}
	if err := t.accepted(l, 3*time.Minute); err != nil {
		return err
	}
	calm := time.Now()
	l.say("storm over after %.1f s: %d kills of the server, %d of PostgreSQL; load %s", time.Since(begun).Seconds(), c.Kills, c.Database, load())
	if err := l.drained(l, time.Minute, n); err != nil {
		q, _ := l.queues(l)
		return fmt.Errorf("%w; %d turns and %d messages wait", err, q.turns, q.outbox)
	}
	l.say("queues empty %.2f s after the last message", time.Since(calm).Seconds())
	return t.judge(l, l, s.company, each, findings{})
}

// storm kills at moments spread at random over the messages.
type storm struct {
	lab     *lab
	node    *node
	traffic *traffic
	begun   time.Time
	total   int64
}

// blow is one kill: it falls once so many messages are accepted.
type blow struct {
	at       int64
	database bool
	server   bool
}

// blows spreads the kills at random, none in the first or last twentieth. The last kill of
// the database takes the server with it.
func blows(total int64, kills, database int) []blow {
	var out []blow
	for i := range kills + database {
		share := 0.05 + 0.9*(float64(i)+rand.Float64())/float64(kills+database)
		out = append(out, blow{at: int64(share * float64(total)), server: true})
	}
	chosen := rand.Perm(len(out))[:database]
	slices.Sort(chosen)
	for i, at := range chosen {
		out[at].database = true
		out[at].server = i == len(chosen)-1
	}
	return out
}

func (s *storm) rage(kills, database int) error {
	both := min(1, database, kills) // falls on both at once
	for i, b := range blows(s.total, kills-both, database) {
		err := until(s.lab, 3*time.Minute, 2*time.Millisecond, "traffic goes on", func(context.Context) (bool, error) {
			return s.traffic.notes.accepted.Load() >= b.at, nil
		})
		if err != nil {
			return err
		}
		if err := s.strike(i+1, b); err != nil {
			return err
		}
	}
	return nil
}

func (s *storm) strike(i int, b blow) error {
	killed, before := time.Now(), s.traffic.notes.accepted.Load()
	at := killed.Sub(s.begun).Seconds()
	if b.database {
		crash(s.lab.pg)
		killed = time.Now()
		down := 500*time.Millisecond + rand.N(2*time.Second)
		if err := sleep(s.lab, down/2); err != nil {
			return err
		}
		if b.server {
			s.node.kill()
		}
		if err := sleep(s.lab, down/2); err != nil {
			return err
		}
		spooled := s.traffic.notes.spooled.Load()
		if err := s.lab.pg.Restart(s.lab); err != nil {
			return err
		}
		up := time.Since(killed)
		what := "PostgreSQL"
		if b.server {
			what = "PostgreSQL and server"
			if _, err := s.node.supervise(s.lab); err != nil {
				return err
			}
		}
		took, err := s.next(killed)
		s.lab.say("kill %2d  %-21s at %5.1f s, %d accepted: PostgreSQL up after %.2f s, %d spooled so far, next stored after %.2f s",
			i, what, at, before, up.Seconds(), spooled, took.Seconds())
		return err
	}
	s.node.kill()
	killed = time.Now()
	if err := sleep(s.lab, rand.N(time.Second)); err != nil {
		return err
	}
	ready, err := s.node.supervise(s.lab)
	if err != nil {
		return err
	}
	up := time.Since(killed)
	took, err := s.next(killed)
	s.lab.say("kill %2d  %-21s at %5.1f s, %d accepted: ready %.2f s after its start, %.2f s after the kill, next stored after %.2f s",
		i, "server", at, before, ready.Seconds(), up.Seconds(), took.Seconds())
	return err
}

// next waits for the first message that is stored by the database after the kill.
func (s *storm) next(killed time.Time) (time.Duration, error) {
	var newest time.Time
	err := until(s.lab, time.Minute, 10*time.Millisecond, "a message is stored", func(ctx context.Context) (bool, error) {
		err := s.lab.db.QueryRow(ctx, `select coalesce(max(at), 'epoch') from message where direction = 'in'`).Scan(&newest)
		return err == nil && newest.After(killed), nil //nolint:nilerr // the lab's own connections were cut too
	})
	return newest.Sub(killed), err
}
