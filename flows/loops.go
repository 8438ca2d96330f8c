package flows

import (
	"slices"
	"strings"

	"recado/internal/errs"
)

// Waiter is a node that always waits before it is left, so that a way round through it is
// no endless loop. Nodes that never wait do not implement it.
type Waiter interface{ Waits() bool }

// loops finds ways round that nothing ever waits on and nothing ever leaves: they would run
// to the limit each time. The fault names the nodes of the way in order. A way round that a
// condition may leave is allowed; the engine counts its steps.
func (f *Flow) loops() []error {
	const (
		fresh = iota
		open
		done
	)
	state := map[*node]int{}
	var way []*node
	var out []error
	var visit func(n *node)
	visit = func(n *node) {
		if w, ok := n.run.(Waiter); n.run == nil || ok && w.Waits() {
			state[n] = done
			return
		}
		state[n] = open
		way = append(way, n)
		for _, to := range n.leads() {
			switch state[to] {
			case fresh:
				visit(to)
			case open:
				round := way[slices.Index(way, to):]
				if leaves(round) {
					continue
				}
				var names []string
				for _, x := range round {
					names = append(names, x.id)
				}
				out = append(out, errs.New(errs.Invalid, "flow.loop", "nodes", strings.Join(append(names, to.id), " → ")).At("nodes["+to.id+"]"))
			}
		}
		way = way[:len(way)-1]
		state[n] = done
	}
	for _, d := range f.def.Nodes {
		if n := f.nodes[d.ID]; n != nil && state[n] == fresh {
			visit(n)
		}
	}
	return out
}

// leaves reports whether an exit of a node in round leads out of it.
func leaves(round []*node) bool {
	return slices.ContainsFunc(round, func(n *node) bool {
		return slices.ContainsFunc(n.exits, func(e Exit) bool { return !slices.Contains(round, n.next[e.Name]) })
	})
}
