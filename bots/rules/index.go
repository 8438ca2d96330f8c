package rules

import (
	"cmp"
	"slices"
	"strings"
)

// index finds every literal pattern in a text in one pass over its words: the automaton
// of Aho and Corasick (CACM 18(6), 1975) with words for letters.
type index struct {
	words map[string]int32 // a number for each word of any pattern, from 1
	next  map[edge]int32
	nodes []node // 0 is the root
}

type edge struct{ node, word int32 }

// node is a run of words that begins some pattern; the lists name the patterns it ends.
type node struct {
	parent, word, depth int32
	fail                int32 // the node of the longest proper suffix
	report              int32 // the nearest of itself and its suffixes with within; 0 for none
	exact               []ending
	starts              []ending
	within              []ending // Contains and AnyOf
}

// ending is a pattern found: whose it is and how much it says.
type ending struct {
	rule    int
	grade   int
	pattern string
}

func newIndex(rs []*rule) *index {
	x := &index{words: map[string]int32{}, next: map[edge]int32{}, nodes: make([]node, 1)}
	for i, r := range rs {
		for _, l := range r.literals {
			x.add(i, l)
		}
	}
	x.link()
	return x
}

func (x *index) add(rule int, l literal) {
	at := int32(0)
	for w := range strings.SplitSeq(l.words, " ") {
		n, ok := x.words[w]
		if !ok {
			n = int32(len(x.words) + 1)
			x.words[w] = n
		}
		child, ok := x.next[edge{at, n}]
		if !ok {
			child = int32(len(x.nodes))
			x.nodes = append(x.nodes, node{parent: at, word: n, depth: x.nodes[at].depth + 1})
			x.next[edge{at, n}] = child
		}
		at = child
	}
	n := &x.nodes[at]
	e := ending{rule: rule, grade: l.match.grade(int(n.depth)), pattern: l.pattern}
	switch l.match {
	case Exact:
		n.exact = append(n.exact, e)
	case Starts:
		n.starts = append(n.starts, e)
	case Contains, AnyOf:
		n.within = append(n.within, e)
	}
}

// link fills in fail and report, shorter nodes first.
func (x *index) link() {
	order := make([]int32, 0, len(x.nodes))
	for i := range x.nodes[1:] {
		order = append(order, int32(i+1))
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(x.nodes[a].depth, x.nodes[b].depth) })
	for _, i := range order {
		n := &x.nodes[i]
		if n.parent != 0 {
			n.fail = x.step(x.nodes[n.parent].fail, n.word)
		}
		n.report = x.nodes[n.fail].report
		if len(n.within) > 0 {
			n.report = i
		}
	}
}

// step is the longest node that ends with word after at.
func (x *index) step(at, word int32) int32 {
	for {
		if to, ok := x.next[edge{at, word}]; ok {
			return to
		}
		if at == 0 {
			return 0
		}
		at = x.nodes[at].fail
	}
}

// scan calls found for each pattern that words (folded) matches. Each node is reported
// once, so the work is bounded by the words and the patterns, not by their product.
func (x *index) scan(words string, found func([]ending)) {
	reported := make([]bool, len(x.nodes))
	var start, at int32 // the path from the first word, and the automaton's state
	begins := true
	for w := range strings.SplitSeq(words, " ") {
		n := x.words[w]
		if n == 0 {
			begins, at = false, 0
			continue
		}
		if begins {
			if start, begins = x.next[edge{start, n}]; begins {
				found(x.nodes[start].starts)
			}
		}
		at = x.step(at, n)
		for r := x.nodes[at].report; r != 0 && !reported[r]; r = x.nodes[x.nodes[r].fail].report {
			reported[r] = true
			found(x.nodes[r].within)
		}
	}
	if begins {
		found(x.nodes[start].exact)
	}
}
