package main

import (
	"io"
	"slices"
	"testing"
	"time"
)

func TestCheckLeases(t *testing.T) {
	t.Parallel()
	var f findings
	checkLeases(&f, []lease{
		{Node: "a", What: "lane.take", Owner: "a"},
		{Node: "a", What: "outbox.claim", Owner: "a"},
		{Node: "b", What: "lane.take", Owner: "b", Previous: "a"},
		{Node: "b", What: "outbox.finish", Owner: "b"},
	})
	if f.kinds != nil {
		t.Errorf("found %v in an orderly record", f.first)
	}
	checkLeases(&f, []lease{{Node: "a", What: "outbox.finish", Owner: "b"}, {Node: "a", What: "turn.finish", Owner: ""}})
	if f.n[intruded] != 2 {
		t.Errorf("found %v, want two intrusions", f.n)
	}
}

func TestHandovers(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	at := func(s int) time.Time { return from.Add(time.Duration(s) * time.Second) }
	all := []lease{
		{At: at(-1), Node: "b", What: "lane.take", Ref: "1"}, // before
		{At: at(9), Node: "b", What: "lane.take", Ref: "1", Previous: "a"},
		{At: at(12), Node: "b", What: "lane.take", Ref: "1", Previous: "b"}, // again: only the first counts
		{At: at(3), Node: "a", What: "lane.take", Ref: "2"},                 // by itself
		{At: at(4), Node: "b", What: "turn.take", Ref: "2"},                 // another kind
		{At: at(11), Node: "b", What: "lane.take", Ref: "3"},                // nobody's before
	}
	got := handovers(all, "lane.take", "a", map[string]bool{"1": true, "2": true}, from)
	if want := (handover{held: 2, taken: 1, worst: 9 * time.Second}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var samples []time.Duration
	for i := 100; i > 0; i-- {
		samples = append(samples, time.Duration(i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := quantile(slices.Clone(samples), q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
	if quantile(nil, 0.5) != 0 {
		t.Error("of nothing")
	}
}

func TestGoal(t *testing.T) {
	t.Parallel()
	b := &bench{lab: &lab{out: io.Discard}}
	b.tell("kept", 10, "us", atMost(10).held())
	b.tell("excused", 11, "ms", atMost(10))
	b.tell("slow", 9, "/s", atLeast(10))
	b.tell("none", 9, "/s", goal{})
	if b.missed != nil {
		t.Errorf("missed %v", b.missed)
	}
	b.tell("costly", 11, "us", atMost(10).held())
	if len(b.missed) != 1 {
		t.Errorf("missed %v, want one", b.missed)
	}
}
