package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// benchCommand measures what the paths cost. A busy machine excuses a rate or a latency, so
// those are only printed; processor time per message, memory and sizes are held to their
// goals. The load comes from this process, whose own processor time is not counted.
type benchCommand struct {
	Only    string        `arg:"" optional:"" enum:"all,inbound,reply,outbound,rest,size,channels,sessions,flows" default:"all" help:"all, inbound, reply, outbound, rest, size, channels, sessions or flows"`
	Each    time.Duration `default:"6s" help:"How long each inbound measurement lasts"`
	Backlog int           `default:"20000" help:"Messages of the prepared outbound queue"`
	Lanes   int           `default:"4" help:"Lanes that queue is spread over"`
	Kind    string        `help:"Of channels only this kind, such as telegram" placeholder:"KIND"`
}

func (c *benchCommand) Run(l *lab) error {
	b := &bench{lab: l}
	l.say("load %s at the start; the load generator shares the machine", load())
	var failed []error
	for _, part := range []struct {
		name string
		run  func(*bench) error
	}{
		{"inbound", c.inbound}, {"reply", c.reply}, {"outbound", c.outbound}, {"rest", c.rest}, {"size", c.size}, {"channels", c.channels}, {"sessions", c.sessions}, {"flows", c.flows},
	} {
		if c.Only != "all" && c.Only != part.name {
			continue
		}
		if err := part.run(b); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", part.name, err))
		}
		b.endAll()
	}
	l.say("load %s at the end", load())
	return errors.Join(append(failed, b.missed...)...)
}

// bench gathers the figures.
type bench struct {
	lab    *lab
	missed []error // binding goals that were not reached
}

// goal is what a figure should be. A zero goal is none.
type goal struct {
	most, least float64
	binding     bool
}

func atMost(v float64) goal  { return goal{most: v} }
func atLeast(v float64) goal { return goal{least: v} }
func (g goal) held() goal    { g.binding = true; return g }
func (g goal) missedBy(v float64) bool {
	return g.most > 0 && v > g.most || g.least > 0 && v < g.least
}

func (g goal) String() string {
	switch {
	case g.most > 0:
		return fmt.Sprintf("<= %g", g.most)
	case g.least > 0:
		return fmt.Sprintf(">= %g", g.least)
	}
	return "-"
}

// tell prints one figure: name value unit goal.
func (b *bench) tell(name string, v float64, unit string, g goal) {
	mark := ""
	if g.missedBy(v) {
		mark = "   missed"
		if g.binding {
			b.missed = append(b.missed, fmt.Errorf("%s is %.4g %s, goal %v", name, v, unit, g))
		}
	}
	b.lab.say("%-28s %10.4g %-6s goal %v%s", name, v, unit, g, mark)
}

// endAll stops the nodes of one part, so that the next one has the machine.
func (b *bench) endAll() {
	for _, n := range b.lab.nodes {
		n.terminate()
	}
}

// serve starts a node for one part.
func (b *bench) serve(name string, args ...string) (*node, time.Duration, error) {
	n, err := b.lab.newNode(name, args...)
	if err != nil {
		return nil, 0, err
	}
	took, err := n.start(b.lab)
	return n, took, err
}

// cost is processor time so far: of a node, and of PostgreSQL with all its processes.
type cost struct{ node, pg time.Duration }

func (b *bench) cost(n *node) cost { return cost{cpuOf(n.pid()), cpuOf(b.lab.pg.Pid())} }

// spent prints the processor time per piece of work since an earlier cost, both together
// and, for whoever looks for the cause, each alone.
func (b *bench) spent(name string, n *node, since cost, pieces int, g goal) {
	now := b.cost(n)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(max(pieces, 1)) }
	node, pg := each(now.node-since.node), each(now.pg-since.pg)
	b.tell(name, node+pg, "us", g)
	b.tell(name+"_node", node, "us", goal{})
	b.tell(name+"_pg", pg, "us", goal{})
}

// quantile is the share q of sorted samples, by nearest rank.
func quantile(samples []time.Duration, q float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	slices.Sort(samples)
	return samples[min(len(samples)-1, max(0, int(q*float64(len(samples))+0.5)-1))]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// settled waits until nothing waits and the bots and senders are quiet.
func (b *bench) settled(ctx context.Context, n *node) error {
	return cmp.Or(b.lab.drained(ctx, time.Minute, n), sleep(ctx, time.Second))
}
