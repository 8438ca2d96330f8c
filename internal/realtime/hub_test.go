package realtime

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/id"
)

// What travels together is told once, but nobody who listens goes without.
func TestDedupe(t *testing.T) {
	t.Parallel()
	c, address := id.New[id.Conversation](), AddressOf(id.New[id.Channel](), "visitor:1")
	typing := Event{Kind: Typing, Conversation: c, Data: json.RawMessage(`{"on":true}`)}
	got := dedupe([]Event{
		{Kind: Changed, Conversation: c}, {Kind: Changed, Conversation: c}, {Kind: Changed, Conversation: c, Address: address},
		{Kind: State, Conversation: c}, typing, typing,
	})
	if len(got) != 5 || got[1].Address != address {
		t.Errorf("%d events are left: %v", len(got), got)
	}
}

// A hint reaches another node by the database, and not the one that gave it twice.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	company := id.New[id.Company]()
	var subs []*Sub
	var hubs []*Hub
	for _, node := range []string{"a", "b"} {
		h := New(d, node, slog.New(slog.DiscardHandler))
		done := make(chan struct{})
		go func() { h.Run(t.Context(), nil); close(done) }()
		t.Cleanup(func() { <-done })
		hubs, subs = append(hubs, h), append(subs, h.Subscribe(Topic(company)))
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for heard := false; !heard; { // b may not listen yet: what is lost is not repeated
		hubs[0].Publish(Event{Kind: Changed, Company: company})
		<-subs[0].C
		select {
		case <-subs[1].C:
			heard = true
		case <-tick.C:
		}
	}
	hubs[1].Publish(Event{Kind: State, Company: company})
	if e := <-subs[0].C; e.Kind != State {
		t.Errorf("node a heard %q of its own twice", e.Kind)
	}
}
