package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// channelsCommand lets every platform fail in every way it can while customers write, a bot
// answers and people reply, and compares the customers' screens with the ledger afterwards.
type channelsCommand struct {
	Only     string `help:"One kind of channel, such as telegram" placeholder:"KIND"`
	Messages int    `default:"200" help:"Messages of each channel's customers, over all faults"`
}

// A trial is one way in which a platform fails, or in which things come to us.
type trial string

// Those that are no fault of a sending call.
const (
	duplicated trial = "duplicate" // every webhook comes twice
	reordered  trial = "reorder"   // webhooks come in another order
	killed     trial = "kill -9"   // the server dies in the middle
)

var trials = []trial{trial(sim.Busy), trial(sim.Broken), trial(sim.Slow), trial(sim.HalfBody), trial(sim.Hang), trial(sim.BrokenLate),
	trial(sim.Unplugged), trial(sim.Revoked), trial(sim.Rejected), trial(sim.OptedOut), trial(sim.Closed), duplicated, reordered, killed}

func (c *channelsCommand) Run(l *lab) error {
	p, err := openPlatforms()
	if err != nil {
		return err
	}
	defer p.close()
	n, err := p.newNode(l, "node")
	if err != nil {
		return err
	}
	if _, err := n.start(l); err != nil {
		return err
	}
	s, err := found(l, n, "Tienda Canales", 0)
	if err != nil {
		return err
	}
	kinds, err := channelKinds(l, s.owner)
	if err != nil {
		return err
	}
	if c.Only != "" {
		kinds = slices.DeleteFunc(kinds, func(k kind) bool { return k.Kind != c.Only })
	}
	if len(kinds) == 0 {
		return fmt.Errorf("there is no kind of channel %q", c.Only)
	}
	t := &ordeal{lab: l, platforms: p, node: n, each: (c.Messages + len(trials)*crowdOf - 1) / (len(trials) * crowdOf)}
	for _, k := range kinds {
		o, err := p.open(l, s, k, s.bot)
		if err != nil {
			return err
		}
		t.stands = append(t.stands, &stand{outlet: o, ordeal: t, cells: map[trial]string{}})
	}
	begun := time.Now()
	t.run()
	t.table()
	l.say("%d channels, %d ways to fail, in %.0f s; load %s", len(t.stands), len(trials), time.Since(begun).Seconds(), load())
	l.say("+n: messages shown twice, each of which the ledger had marked as unsure; -n: refused by the platform")
	return t.verdict()
}

// ordeal is the whole experiment.
type ordeal struct {
	lab       *lab
	platforms *platforms
	node      *node
	each      int // messages a customer writes in a trial
	stands    []*stand
}

// stand is a channel with what it went through. Its findings are its own until the end.
type stand struct {
	*outlet
	ordeal *ordeal
	people int // customers so far
	cells  map[trial]string
	found  findings
}

// run puts the channels through all trials. Platforms fail as a whole, so that channels of
// one platform take turns and those of different ones do not wait for each other; only the
// server's death is for all.
func (t *ordeal) run() {
	groups := map[sim.Platform][]*stand{}
	for _, s := range t.stands {
		groups[s.platform] = append(groups[s.platform], s)
	}
	var running sync.WaitGroup
	for _, group := range groups {
		running.Go(func() {
			for _, s := range group {
				for _, way := range trials {
					if way != killed {
						s.attempt(way, func() (score, string, error) { return s.endure(way) })
					}
				}
			}
		})
	}
	running.Wait()
	t.kill()
}

// attempt runs one trial and writes its cell.
func (s *stand) attempt(way trial, do func() (score, string, error)) {
	if reason := s.lacks(way); reason != "" {
		s.cells[way] = "-"
		return
	}
	before, begun := s.total(), time.Now()
	got, note, err := do()
	took := time.Since(begun).Seconds()
	if err != nil {
		s.found.add("trials that did not come to their end", "%s, %s: %v", s.Kind, way, err)
	}
	cell := fmt.Sprintf("ok %.1fs", took)
	if s.total() > before {
		cell = fmt.Sprintf("BROKEN %.1fs", took)
	}
	if got.twice > 0 {
		cell += fmt.Sprintf(" +%d", got.twice)
	}
	if got.failed > 0 {
		cell += fmt.Sprintf(" -%d", got.failed)
	}
	s.cells[way] = cell
	s.ordeal.lab.say("%-16s %-10s %-14s %2d in, %2d out %s", s.Kind, way, cell, got.in, got.out, note)
}

// lacks is why there is no such trial on this platform; "" when there is.
func (s *stand) lacks(way trial) string {
	if s.Kind == whatsAppQR && way == reordered {
		return "a socket has one order"
	}
	return s.Capabilities.Lacks["error/"+string(way)]
}

func (s *stand) total() (n int) {
	for _, k := range s.found.n {
		n += k
	}
	return n
}

// table prints the trials by channel.
func (t *ordeal) table() {
	line := fmt.Sprintf("%-10s", "")
	for _, s := range t.stands {
		line += fmt.Sprintf(" %-15s", s.Kind)
	}
	t.lab.say("")
	t.lab.say("%s", strings.TrimRight(line, " "))
	for _, way := range trials {
		line := fmt.Sprintf("%-10s", way)
		for _, s := range t.stands {
			line += fmt.Sprintf(" %-15s", s.cells[way])
		}
		t.lab.say("%s", strings.TrimRight(line, " "))
	}
	t.lab.say("")
}

func (t *ordeal) verdict() error {
	var all findings
	for _, s := range t.stands {
		all.take(s.found, s.Kind+": ")
	}
	return all.report(t.lab)
}

// kill ends the server with SIGKILL while every channel has calls on their way, and starts
// it again.
func (t *ordeal) kill() {
	var writing sync.WaitGroup
	crowds := make([][]*customer, len(t.stands))
	for i, s := range t.stands {
		var err error
		if crowds[i], err = s.gather(); err != nil {
			s.found.add("trials that did not come to their end", "%s, %s: %v", s.Kind, killed, err)
			continue
		}
	}
	for i, s := range t.stands {
		s.platform.Faults().Rate(1, map[sim.Fault]float64{sim.Slow: 1}) // else nothing would be on its way
		writing.Go(func() {
			if err := s.talk(crowds[i], 150*time.Millisecond); err != nil {
				s.found.add("trials that did not come to their end", "%s, %s: %v", s.Kind, killed, err)
			}
		})
	}
	inCall, err := t.strike()
	writing.Wait()
	for i, s := range t.stands {
		s.platform.Faults().Rate(0, nil)
		s.attempt(killed, func() (score, string, error) {
			if err != nil {
				return score{}, "", err
			}
			got, err := s.settle(crowds[i])
			if doubted := s.doubted(crowds[i]); doubted > inCall[s.id] {
				s.found.add("more doubts than calls that were under way", "%s: %d doubts, %d calls", s.Kind, doubted, inCall[s.id])
			}
			return got, fmt.Sprintf("(%d calls under way at the kill)", inCall[s.id]), err
		})
	}
}

// strike kills the server once a message is in the middle of its call, and says how many of
// each channel were.
func (t *ordeal) strike() (map[string]int, error) {
	l := t.lab
	err := until(l, 10*time.Second, 10*time.Millisecond, "calls are under way", func(ctx context.Context) (bool, error) {
		var n int
		err := l.db.QueryRow(ctx, `select count(distinct lane_id) from outbox where state = 'sending'`).Scan(&n)
		return n >= (len(t.stands)+1)/2, err
	})
	t.node.kill()
	if err != nil {
		return nil, err
	}
	rows, err := l.db.Query(l, `select lane_id::text, count(*)::int from outbox where state = 'sending' group by 1`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var lane string
		var n int
		if err := rows.Scan(&lane, &n); err != nil {
			return nil, err
		}
		out[lane] = n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	_, err = t.node.supervise(l)
	return out, err
}
