// Package realtime tells open sockets that something changed. It carries hints, not data:
// a subscriber that hears of a conversation reads it from the database, so a hint that is
// lost or repeated costs nothing but time, and a poll makes up for lost ones.
package realtime

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"recado/internal/db"
	"recado/internal/id"
)

// Event is one hint. Message and Conversation may be zero; Data is for what is nowhere
// stored (somebody is typing).
type Event struct {
	Kind         Kind            `json:"k"`
	Company      id.Company      `json:"c"`
	Conversation id.Conversation `json:"v,omitzero"`
	Message      id.Message      `json:"m,omitzero"`
	Lane         id.Channel      `json:"l,omitzero"`
	Address      Topic           `json:"a,omitzero"` // of somebody whose conversation may be new: see AddressOf
	Data         json.RawMessage `json:"d,omitempty"`
}

// Kind says what changed.
type Kind string

const (
	Changed Kind = "changed" // a conversation: new messages, state, labels
	State   Kind = "state"   // one message's delivery
	Typing  Kind = "typing"  // Data: Typist
	Viewing Kind = "viewing" // Data: Viewer
	Work    Kind = "work"    // a lane has something to send
)

// Topic is what a subscriber listens to: a company, a conversation, an address. The zero
// Topic hears the Work of every lane.
type Topic [16]byte

// AddressOf is the topic of a sender on a channel. Who waits for a conversation that does
// not exist yet listens here.
func AddressOf(channel id.Channel, identity string) Topic {
	sum := sha256.Sum256(append(channel[:], identity...))
	return Topic(sum[:16])
}

// MarshalText writes a topic in base64.
func (t Topic) MarshalText() ([]byte, error) {
	return base64.RawStdEncoding.AppendEncode(nil, t[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (t *Topic) UnmarshalText(b []byte) error {
	raw, err := base64.RawStdEncoding.DecodeString(string(b))
	if err != nil || len(raw) != len(t) {
		return errors.New("realtime: not a topic")
	}
	copy(t[:], raw)
	return nil
}

// Hub passes events between the sockets and workers of this process, and by the database
// to those of other nodes.
type Hub struct {
	db   *db.DB
	node string
	log  *slog.Logger

	mu   sync.RWMutex
	subs map[Topic]map[*Sub]struct{}

	out chan Event
}

// Sub is a subscription. C closes never; it holds what came since the last read, and
// Missed tells that the buffer overflowed: read everything again.
type Sub struct {
	C      chan Event
	hub    *Hub
	topics []Topic
	mu     sync.Mutex
	missed bool
}

const (
	buffer  = 256
	gather  = 5 * time.Millisecond
	maxNote = 7000 // of the 8000 bytes a NOTIFY may carry
	channel = "recado"
)

// New makes a hub; Run connects it to the other nodes.
func New(d *db.DB, node string, log *slog.Logger) *Hub {
	return &Hub{db: d, node: node, log: log, subs: map[Topic]map[*Sub]struct{}{}, out: make(chan Event, 4096)}
}

// Subscribe listens to topics until Close.
func (h *Hub) Subscribe(topics ...Topic) *Sub {
	s := &Sub{C: make(chan Event, buffer), hub: h, topics: topics}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		if h.subs[t] == nil {
			h.subs[t] = map[*Sub]struct{}{}
		}
		h.subs[t][s] = struct{}{}
	}
	return s
}

// Close ends the subscription.
func (s *Sub) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	for _, t := range s.topics {
		delete(s.hub.subs[t], s)
		if len(s.hub.subs[t]) == 0 {
			delete(s.hub.subs, t)
		}
	}
}

// Missed reports, once, that events were dropped because C was full.
func (s *Sub) Missed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.missed
	s.missed = false
	return m
}

// Watched reports whether anybody on this node listens to a topic.
func (h *Hub) Watched(t Topic) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.subs[t]) > 0
}

// Publish tells this node's subscribers at once and the other nodes within milliseconds.
// Call it after the commit. It never blocks: what other nodes miss, their polls find.
func (h *Hub) Publish(evs ...Event) {
	h.deliver(evs)
	for _, e := range evs {
		select {
		case h.out <- e:
		default:
		}
	}
}

func (h *Hub) deliver(evs []Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, e := range evs {
		seen := map[*Sub]struct{}{}
		for _, t := range []Topic{Topic(e.Company), Topic(e.Conversation), e.Address} {
			if t == (Topic{}) {
				continue
			}
			for s := range h.subs[t] {
				if _, dup := seen[s]; !dup {
					seen[s] = struct{}{}
					s.push(e)
				}
			}
		}
		if e.Kind == Work {
			for s := range h.subs[Topic{}] { // the outbox listens for any lane
				s.push(e)
			}
		}
	}
}

func (s *Sub) push(e Event) {
	select {
	case s.C <- e:
	default:
		s.mu.Lock()
		s.missed = true
		s.mu.Unlock()
	}
}

// note is what travels between nodes: many events in one NOTIFY, because each NOTIFY
// makes commits wait for one another.
type note struct {
	Node   string  `json:"n"`
	Events []Event `json:"e"`
}

// Run sends and receives until ctx ends. reset is called after the connection was lost and
// found again: what happened in between is unknown.
func (h *Hub) Run(ctx context.Context, reset func()) {
	var wg sync.WaitGroup
	wg.Go(func() { h.send(ctx) })
	wg.Go(func() {
		for first := true; ctx.Err() == nil; first = false {
			if !first && reset != nil {
				reset()
			}
			if err := h.listen(ctx); err != nil && ctx.Err() == nil {
				h.log.Warn("listening to other nodes failed, trying again", "err", err)
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		}
	})
	wg.Wait()
}

func (h *Hub) send(ctx context.Context) {
	for {
		var e Event
		select {
		case <-ctx.Done():
			return
		case e = <-h.out:
		}
		evs := []Event{e}
		timer := time.NewTimer(gather)
	more:
		for {
			select {
			case e := <-h.out:
				evs = append(evs, e)
			case <-timer.C:
				break more
			case <-ctx.Done():
				break more
			}
		}
		timer.Stop()
		for _, text := range pack(h.node, dedupe(evs)) {
			if _, err := h.db.Direct(db.Pipeline).Exec(ctx, "select pg_notify($1, $2)", channel, text); err != nil && ctx.Err() == nil {
				h.log.Debug("notify failed", "err", err)
			}
		}
	}
}

func dedupe(evs []Event) []Event {
	type key struct {
		k Kind
		v id.Conversation
		m id.Message
		l id.Channel
		a Topic
	}
	seen := map[key]bool{}
	out := evs[:0]
	for _, e := range evs {
		k := key{e.Kind, e.Conversation, e.Message, e.Lane, e.Address}
		if len(e.Data) > 0 || !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return out
}

// pack splits events over as few payloads as fit.
func pack(node string, evs []Event) (out []string) {
	n := note{Node: node}
	size := 0
	flush := func() {
		if len(n.Events) > 0 {
			b, _ := json.Marshal(n) // ids, words and checked JSON always marshal
			out = append(out, string(b))
		}
		n.Events, size = nil, 0
	}
	for _, e := range evs {
		b, _ := json.Marshal(e)
		if len(b) > maxNote {
			continue
		}
		if size+len(b) > maxNote-100 {
			flush()
		}
		n.Events, size = append(n.Events, e), size+len(b)+1
	}
	flush()
	return out
}

func (h *Hub) listen(ctx context.Context) error {
	pool := h.db.Pool(db.Pipeline)
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	c := conn.Hijack() // this connection listens for good; it must not go back to the pool
	defer c.Close(context.WithoutCancel(ctx))
	if _, err := c.Exec(ctx, "listen "+channel); err != nil {
		return err
	}
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		}
		var got note
		if err := json.Unmarshal([]byte(n.Payload), &got); err != nil || got.Node == h.node {
			continue
		}
		h.deliver(got.Events)
	}
}

// Typist is the Data of Typing: who types, "contact", "agent" or "bot".
type Typist struct {
	Who  string `json:"who"`
	Name string `json:"name,omitempty"`
	On   bool   `json:"on"`
}

// Viewer is the Data of Viewing: an agent who looks at a conversation.
type Viewer struct {
	User    id.User `json:"id"`
	Name    string  `json:"name"`
	Viewing bool    `json:"viewing"`
	Typing  bool    `json:"typing"`
}
