package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"time"
)

// nodesCommand takes one of two nodes away while both work: frozen with SIGSTOP, as by a
// stalled disk or a paused machine, and woken after its leases have passed on; then killed.
type nodesCommand struct {
	Freezes  int           `default:"2" help:"Times one node is frozen and woken"`
	Kills    int           `default:"1" help:"Times it is killed and started again"`
	Visitors int           `default:"24" help:"Visitors; half of them come by way of each node"`
	Lanes    int           `default:"8" help:"Widgets, and lanes"`
	Pace     time.Duration `default:"400ms" help:"Time between two messages of a visitor, on average"`
	Away     time.Duration `default:"18s" help:"How long the node is gone"`
}

// Moments of one round besides the time the node is away.
const (
	steady   = 4 * time.Second        // traffic over both nodes before and after
	noticed  = 700 * time.Millisecond // until the load balancer gives the node up
	promised = 15 * time.Second       // for a silent node's work to move
)

func (c *nodesCommand) Run(l *lab) error {
	a, err := l.newNode("a")
	if err != nil {
		return err
	}
	b, err := l.newNode("b")
	if err != nil {
		return err
	}
	for _, n := range []*node{a, b} {
		n.env = append(n.env, "RECADO_LOG_LEVEL=debug") // tells what fences refuse
		if _, err := n.start(l); err != nil {
			return err
		}
	}
	s, err := found(l, b, "Tienda Gemela", c.Lanes)
	if err != nil {
		return err
	}
	if err := l.audit(l); err != nil {
		return err
	}
	r := &relayRace{lab: l, nodes: []*node{a, b}, away: c.Away}
	open, closePages := context.WithCancel(l)
	t := crowd(open, c.Visitors, s.sites, func(i int) string {
		home := r.nodes[i%2]
		if home == r.gone.Load() {
			home = r.nodes[(i+1)%2]
		}
		return home.base
	})
	defer t.pages.Wait()
	defer closePages()
	r.traffic = t

	lasts := time.Duration(c.Freezes+c.Kills)*(2*steady+c.Away) + steady
	each := int(lasts / c.Pace)
	written := make(chan struct{})
	go func() { t.write(l, each, c.Pace); close(written) }()
	for i := range c.Freezes + c.Kills {
		// In turn: lanes stay with whoever took them while there is work for them.
		r.lost = r.nodes[i%2]
		if err := r.round(i+1, i >= c.Freezes); err != nil {
			return err
		}
	}
	<-written
	if err := t.accepted(l, time.Minute); err != nil {
		return err
	}
	if err := l.drained(l, time.Minute, a, b); err != nil {
		return err
	}
	return r.judge(s, each)
}

// relayRace is a node that is lost and another that takes its work over.
type relayRace struct {
	lab     *lab
	nodes   []*node
	lost    *node // in this round
	away    time.Duration
	gone    atomic.Pointer[node] // to which the load balancer sends nobody
	traffic *traffic
	found   findings
}

func (r *relayRace) round(i int, kill bool) error {
	if err := sleep(r.lab, steady); err != nil {
		return err
	}
	lanes, turns, err := r.silence(kill)
	if err != nil {
		return err
	}
	from, err := r.now()
	if err != nil {
		return err
	}
	if err := sleep(r.lab, noticed); err != nil {
		return err
	}
	r.send(r.lost)
	if err := sleep(r.lab, r.away-noticed); err != nil {
		return err
	}
	back, err := r.now()
	if err != nil {
		return err
	}
	if kill {
		_, err = r.lost.supervise(r.lab)
	} else {
		err = r.lost.signal(syscall.SIGCONT)
	}
	if err != nil {
		return err
	}
	if err := sleep(r.lab, steady/2); err != nil { // it is woken, and sees what it has lost
		return err
	}
	r.send(nil)
	if err := sleep(r.lab, steady/2); err != nil {
		return err
	}
	return r.tell(i, kill, from, back, lanes, turns)
}

// send has the load balancer leave out a node, or none.
func (r *relayRace) send(gone *node) {
	r.gone.Store(gone)
	for i, v := range r.traffic.visitors {
		if r.nodes[i%2] == r.lost {
			v.failover()
		}
	}
}

// silence takes the node away at a moment when it holds work, and says which.
func (r *relayRace) silence(kill bool) (lanes, turns map[string]bool, err error) {
	// Turns last milliseconds: of a hundred looks the first that finds one decides. The node
	// is frozen first, so that what is seen is what it holds.
	for range 100 {
		if err := r.lost.signal(syscall.SIGSTOP); err != nil {
			return nil, nil, err
		}
		if lanes, err = r.lab.heldBy(r.lab, "lane", r.lost.name); err != nil {
			return nil, nil, err
		}
		if turns, err = r.lab.heldBy(r.lab, "turn", r.lost.name); err != nil {
			return nil, nil, err
		}
		if len(lanes) > 0 && len(turns) > 0 {
			break
		}
		if err := r.lost.signal(syscall.SIGCONT); err != nil {
			return nil, nil, err
		}
		if err := sleep(r.lab, 23*time.Millisecond); err != nil {
			return nil, nil, err
		}
	}
	if err := r.traffic.notes.hopeless(); err != nil {
		return nil, nil, err
	}
	if len(lanes) == 0 {
		return nil, nil, fmt.Errorf("node %s never held a lane: there is nothing to hand over", r.lost.name)
	}
	if kill {
		r.lost.kill()
		return lanes, turns, nil
	}
	return lanes, turns, r.lost.signal(syscall.SIGSTOP) // again, if no look was lucky
}

func (r *relayRace) now() (t time.Time, err error) {
	err = r.lab.db.QueryRow(r.lab, `select clock_timestamp()`).Scan(&t)
	return t, err
}

const slow = "leases of a silent node that took more than 15 s to move"

// tell prints how a round went. Times are the database's.
func (r *relayRace) tell(i int, kill bool, from, back time.Time, lanes, turns map[string]bool) error {
	all, err := r.lab.leases(r.lab, from)
	if err != nil {
		return err
	}
	what := "frozen"
	if kill {
		what = "killed"
	}
	ls, ts := handovers(all, "lane.take", r.lost.name, lanes, from), handovers(all, "turn.take", r.lost.name, turns, from)
	r.lab.say("round %d  node %s %s holding %d lanes and %d turns: %d lanes moved, the slowest after %.1f s; %d turns moved, the slowest after %.1f s",
		i, r.lost.name, what, ls.held, ts.held, ls.taken, ls.worst.Seconds(), ts.taken, ts.worst.Seconds())
	for kind, h := range map[string]handover{"lanes": ls, "turns": ts} {
		if h.taken < h.held || h.worst > promised {
			r.found.add(slow, "round %d: %d of %d %s moved, the slowest after %v", i, h.taken, h.held, kind, h.worst)
		}
	}
	writes := map[string]int{}
	for _, w := range all {
		if w.Node == r.lost.name && !w.At.Before(back) {
			writes[w.What]++
		}
	}
	if kill {
		return r.worst(i, from)
	}
	r.lab.say("         woken after %.1f s: since then it wrote %v, each under a lease of its own; refused by fences so far: %d turns, %d results",
		back.Sub(from).Seconds(), writes, r.lost.logged("turn was stale"), r.lost.logged("lease lost"))
	return r.worst(i, from)
}

// worst is the longest that an answer took which was due while the node was gone.
func (r *relayRace) worst(i int, from time.Time) error {
	var longest float64
	var n int
	err := r.lab.db.QueryRow(r.lab, `select coalesce(max(extract(epoch from a.sent_at - greatest(q.at, $1))), 0)::float8, count(*)
		from message q join message a on a.conversation_id = q.conversation_id and a.author_kind = 'bot' and a.trace ->> 'query' = q.content ->> 'text'
		where q.direction = 'in' and q.at between $1 - interval '10 seconds' and $1 + $2::interval and a.sent_at > $1`, from, r.away).Scan(&longest, &n)
	if err != nil {
		return err
	}
	r.lab.say("         %d answers were due meanwhile, the slowest after %.1f s", n, longest)
	if longest > promised.Seconds() {
		r.found.add("answers that waited more than 15 s for a silent node", "round %d: %.1f s", i, longest)
	}
	return nil
}

func (r *relayRace) judge(s *shop, each int) error {
	all, err := r.lab.leases(r.lab, time.Time{})
	if err != nil {
		return err
	}
	checkLeases(&r.found, all)
	writes := map[string]int{}
	for _, w := range all {
		writes[w.Node]++
	}
	r.lab.say("writes under leases, by node: %v; load %s", writes, load())
	return r.traffic.judge(r.lab, r.lab, s.company, each, r.found)
}
