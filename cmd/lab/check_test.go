package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// story is a made-up ledger of one conversation in which all is well, and what its visitor
// was told: question, answer, question, answer.
func story() (ledger, []sent) {
	var g ledger
	var all []sent
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	for n := 1; n <= 3; n++ {
		key, q := fmt.Sprintf("key%d", n), text(7, n)
		all = append(all, sent{visitor: 7, number: n, key: key, id: "in" + key, text: q, seq: int64(2*n - 1), at: at})
		g.in = append(g.in, inbound{Conversation: "c", ID: "in" + key, Key: key, Text: q, State: "received", Seq: int64(2*n - 1), At: at})
		left := at.Add(time.Duration(n) * time.Second)
		g.out = append(g.out, outbound{Conversation: "c", ID: "out" + key, Kind: "message", State: "read", Seq: int64(2 * n), Query: q, SentAt: &left, Sends: 1})
	}
	return g, all
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(g *ledger, all *[]sent)
		want  []string
	}{
		{"all is well", func(*ledger, *[]sent) {}, nil},
		{"a message is gone", func(g *ledger, _ *[]sent) { g.in = g.in[:2]; g.out = g.out[:2] }, []string{lost}},
		{"a message stands twice", func(g *ledger, _ *[]sent) {
			again := g.in[2]
			again.ID, again.Seq = "other", 9
			g.in = append(g.in, again)
		}, []string{doubled, disordered, early}},
		{"nobody wrote it", func(_ *ledger, all *[]sent) { *all = (*all)[:2] }, []string{invented}},
		{"told another id", func(_ *ledger, all *[]sent) { (*all)[0].id = "else" }, []string{renamed}},
		{"told another number", func(_ *ledger, all *[]sent) { (*all)[0].seq = 5 }, []string{renamed}},
		{"told another id while it was spooled", func(_ *ledger, all *[]sent) { (*all)[0].id, (*all)[0].seq = "else", 0 }, nil},
		{"two swapped", func(g *ledger, _ *[]sent) {
			g.in[0].Key, g.in[1].Key = g.in[1].Key, g.in[0].Key
			g.in[0].ID, g.in[1].ID = g.in[1].ID, g.in[0].ID
		}, []string{disordered, renamed}},
		{"in a stranger's conversation", func(g *ledger, all *[]sent) { (*all)[1].visitor = 8 }, []string{disordered}},
		{"one number for two", func(g *ledger, _ *[]sent) { g.out[0].Seq = 3 }, []string{sameSeq}},
		{"no answer", func(g *ledger, _ *[]sent) { g.out = g.out[1:] }, []string{unanswered}},
		{"two answers", func(g *ledger, _ *[]sent) {
			again := g.out[2]
			again.ID, again.Seq = "again", 8
			g.out = append(g.out, again)
		}, []string{answered2}},
		{"an answer to nothing", func(g *ledger, _ *[]sent) { g.out[1].Query = "hola" }, []string{aimless, unanswered}},
		{"a handoff", func(g *ledger, _ *[]sent) {
			g.out = append(g.out, outbound{Conversation: "c", ID: "e", Kind: "event", State: "received", Seq: 7})
		}, []string{aimless}},
		{"an answer in another conversation", func(g *ledger, _ *[]sent) { g.out[2].Conversation = "d" }, []string{aimless, unanswered}},
		{"answers in the wrong order", func(g *ledger, _ *[]sent) { g.out[0].Query, g.out[2].Query = g.out[2].Query, g.out[0].Query }, []string{early}},
		{"an answer before its question", func(g *ledger, all *[]sent) { g.out[0].Seq, g.in[0].Seq, (*all)[0].seq = 1, 2, 2 }, []string{early}},
		{"left in the wrong order", func(g *ledger, _ *[]sent) { g.out[0].SentAt, g.out[2].SentAt = g.out[2].SentAt, g.out[0].SentAt }, []string{early}},
		{"stuck", func(g *ledger, _ *[]sent) { g.out[2].State, g.out[2].Sends = "queued", 0 }, []string{unfinished}},
		{"handed over twice", func(g *ledger, _ *[]sent) { g.out[1].Sends = 2 }, []string{sentTwice}},
		{"sent without a record", func(g *ledger, _ *[]sent) { g.out[1].Sends = 0 }, []string{sentTwice}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, all := story()
			tt.spoil(&g, &all)
			var f findings
			g.check(&f, all)
			got := f.kinds
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCheckView(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func([]*item) []*item
		want  []string
	}{
		{"all is well", func(s []*item) []*item { return s }, nil},
		{"spooled: no number, another id, known by key", func(s []*item) []*item { s[2].seq, s[2].id = 0, "told"; return s }, nil},
		{"one never came", func(s []*item) []*item { return slices.Delete(s, 3, 4) }, []string{unseen}},
		{"one shown twice", func(s []*item) []*item { return append(s, s[5]) }, []string{repeated}},
		{"two swapped", func(s []*item) []*item { s[1], s[2] = s[2], s[1]; return s }, []string{misplaced}},
		{"out of nowhere", func(s []*item) []*item { return append(s, &item{key: "x", id: "x"}) }, []string{phantom}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, _ := story()
			thread := g.threads()["c"]
			var shown []*item
			for _, l := range thread {
				shown = append(shown, &item{key: l.key, id: l.id, seq: l.seq})
			}
			var f findings
			checkView(&f, 7, tt.spoil(shown), thread)
			if !slices.Equal(f.kinds, tt.want) {
				t.Errorf("found %q, want %q", f.kinds, tt.want)
			}
		})
	}
}

func TestView(t *testing.T) {
	t.Parallel()
	var v view
	one, two := v.write("k1", "one"), v.write("k2", "two")
	v.settle(one, "m1", 1)
	v.take(message{ID: "a1", Seq: 2, From: "bot"})
	v.take(message{ID: "m2", Seq: 3, ClientID: "k2", From: "contact"}) // its echo overtakes the answer to the POST
	v.settle(two, "m2", 3)
	v.take(message{ID: "a2", Seq: 5, From: "bot"})
	v.take(message{ID: "late", Seq: 4, From: "agent"})
	v.take(message{ID: "a1", Seq: 2, From: "bot"}) // resumed
	v.take(message{ID: "m1", Seq: 1, ClientID: "k1", From: "contact"})
	var got []string
	for _, it := range v.items {
		got = append(got, it.id)
	}
	if want := []string{"m1", "a1", "m2", "late", "a2"}; !slices.Equal(got, want) {
		t.Errorf("shown %q, want %q", got, want)
	}
	if v.repeats != 2 || v.top != 5 {
		t.Errorf("%d repeats, top %d", v.repeats, v.top)
	}
}

func TestBlows(t *testing.T) {
	t.Parallel()
	for range 50 {
		bs := blows(5000, 9, 2)
		var servers, databases int
		for i, b := range bs {
			if b.server {
				servers++
			}
			if b.database {
				databases++
			}
			if b.at < 250 || b.at > 4750 || i > 0 && b.at < bs[i-1].at {
				t.Fatalf("blows at %v", bs)
			}
		}
		if servers != 10 || databases != 2 {
			t.Fatalf("%d servers and %d databases", servers, databases)
		}
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	const line = "4242 (postgres: a) b) S 17 4242 4242 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 1 0 100 0 0"
	got, err := parseStat(line)
	want := stat{parent: 17, own: 2 * time.Second, reaped: 100 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := parseStat("nonsense"); err == nil {
		t.Error("nonsense was read")
	}
}
