package channeltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/sim"
)

// patience is how long a stage waits for what must come; a good adapter needs a fraction.
const patience = 10 * time.Second

// stage is a Bench in play: its platform served, its webhooks taken or its session held,
// and everything that came in recorded.
type stage struct {
	testing.TB
	Bench
	ctx   context.Context
	caps  channels.Capabilities
	files string // address below which samples are served
	host  string // address of the platform

	golden   string // folder of the golden files
	patience time.Duration

	mu      sync.Mutex
	ready   bool
	gate    chan struct{} // while not nil, webhooks wait for it
	events  []channels.Inbound
	hooks   []hook
	phase   channels.SessionState
	broken  []error
	changed chan struct{} // closed at every change
}

// hook is one webhook as the platform made it.
type hook struct {
	method, url string
	header      http.Header
	body        []byte
}

// request is the hook as a server sees it.
func (h hook) request() *http.Request {
	r := httptest.NewRequest(h.method, h.url, bytes.NewReader(h.body))
	r.Header = h.header.Clone()
	return r
}

func newStage(t testing.TB, open Open, patience time.Duration) *stage {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &stage{TB: t, ctx: ctx, golden: "testdata/send", patience: patience, changed: make(chan struct{})}
	t.Cleanup(cancel)
	ours := listen(t, http.HandlerFunc(s.serve))
	s.files = ours + "/files/"
	b := open(t, ours+"/hook", func(p sim.Platform) string {
		s.host = listen(t, p)
		return s.host
	})
	s.Bench = b
	if b.Adapter == nil {
		t.Fatal("channeltest: the bench has no adapter")
	}
	s.caps = b.Adapter.Capabilities(b.Channel)
	if b.Golden != "" {
		s.golden = b.Golden
	}
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	if b.Platform != nil {
		t.Cleanup(b.Platform.Hooks().Forget)
		s.connect()
	}
	return s
}

// listen serves h until the test ends; hanging calls are cut.
func listen(t testing.TB, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	return srv.URL
}

func (s *stage) connect() {
	s.Helper()
	if err := s.Platform.Connect(s.Account); err != nil {
		s.Fatalf("the platform does not take the account: %v", err)
	}
	if sub, ok := s.Adapter.(channels.Subscriber); ok {
		for range 2 { // twice is harmless
			if err := sub.Subscribe(s.ctx, s.Channel); err != nil {
				s.Fatalf("Subscribe: %v", err)
			}
		}
	}
	session, ok := s.Adapter.(channels.Session)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := session.Connect(ctx, s.Channel, s.sink, s.report)
		if ctx.Err() == nil {
			s.note(func() { s.broken = append(s.broken, fmt.Errorf("the session ended: %w", err)) })
		}
	}()
	s.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(s.patience):
			s.Errorf("Connect does not return when its context ends")
		}
	})
	s.until("the session is online", func() bool { return s.phase.Phase == channels.Online })
}

func (s *stage) sink(_ context.Context, ev ...channels.Inbound) error {
	s.note(func() { s.events = append(s.events, ev...) })
	return nil
}

func (s *stage) report(st channels.SessionState) { s.note(func() { s.phase = st }) }

// note changes what is recorded and wakes who waits.
func (s *stage) note(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	close(s.changed)
	s.changed = make(chan struct{})
}

// serve is our side of the internet: the webhooks' address and the files'.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/files/") {
		f, ok := bytesOf(path.Base(r.URL.Path))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.mime)
		_, _ = w.Write(f.bytes)
		return
	}
	s.mu.Lock()
	ready, gate := s.ready, s.gate
	s.mu.Unlock()
	if !ready {
		http.Error(w, "the bench is being opened", http.StatusServiceUnavailable)
		return
	}
	if gate != nil {
		<-gate
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	kept := hook{r.Method, r.URL.String(), r.Header.Clone(), body}
	evs, reply, err := s.receive(s.called(r), s.find, r, body)
	s.note(func() {
		s.hooks = append(s.hooks, kept)
		s.events = append(s.events, evs...)
		if err != nil {
			s.broken = append(s.broken, fmt.Errorf("the platform's own webhook was refused: %w\n%s", err, clip(body)))
		}
	})
	answer(w, reply, err)
}

// answer is what the door answers a platform.
func answer(w http.ResponseWriter, reply *channels.Reply, err error) {
	switch {
	case errors.Is(err, channels.ErrSignature):
		w.WriteHeader(http.StatusUnauthorized)
	case errors.Is(err, channels.ErrMalformed):
		w.WriteHeader(http.StatusBadRequest)
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	case reply != nil:
		for k, v := range reply.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(max(reply.Status, http.StatusOK))
		_, _ = w.Write(reply.Body)
	}
}

// called is the channel whose address a webhook came to.
func (s *stage) called(r *http.Request) channels.Channel {
	if s.Other.Hook != "" && s.Other.Hook != s.Channel.Hook && strings.HasSuffix(s.Other.Hook, r.URL.Path) {
		return s.Other
	}
	return s.Channel
}

func (s *stage) find(_ context.Context, k channels.Kind, ref string) (channels.Channel, bool, error) {
	for _, c := range []channels.Channel{s.Channel, s.Other} {
		if c.Ref != "" && c.Kind == k && c.Ref == ref {
			return c, true, nil
		}
	}
	return channels.Channel{}, false, nil
}

func (s *stage) receive(c channels.Channel, find channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	w, ok := s.Adapter.(channels.Webhook)
	if !ok {
		return nil, nil, errors.New("the adapter takes no webhooks")
	}
	return w.Receive(s.ctx, c, find, r, body)
}

// can is Do without the reading of its error: for asking whether the platform has an act.
func (s *stage) can(a sim.Action) (string, error) {
	if a.Ref == "" {
		a.Ref = s.Account.Ref
	}
	if a.Customer == (sim.Person{}) {
		a.Customer = s.Customer
	}
	return s.Platform.Do(s.ctx, a)
}

// do lets the customer act and returns the platform's id of what came of it.
func (s *stage) do(a sim.Action) string {
	s.Helper()
	got, err := s.can(a)
	var cannot sim.ErrCannot
	if errors.As(err, &cannot) {
		s.Fatalf("%v: name the case in Capabilities.Lacks with the reason", err)
	}
	if err != nil {
		s.Fatalf("the customer's %s: %v", a.Act, err)
	}
	return got
}

// until waits for ok, which is asked under the lock. What was refused on the way ends the case.
func (s *stage) until(what string, ok func() bool) {
	s.Helper()
	late := time.NewTimer(s.patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		done, broken, changed := ok(), slices.Clone(s.broken), s.changed
		came := told(s.events)
		if s.phase.Phase != "" {
			came += fmt.Sprintf("; the session is %s %s", s.phase.Phase, s.phase.Code)
		}
		s.mu.Unlock()
		switch {
		case len(broken) > 0:
			s.Fatalf("waiting until %s: %v", what, errors.Join(broken...))
		case done:
			return
		}
		select {
		case <-changed:
		case <-late.C:
			s.Fatalf("waited in vain until %s; what came in: %s", what, came)
		}
	}
}

// await waits for the first event that is such.
func (s *stage) await(what string, such func(channels.Inbound) bool) channels.Inbound {
	s.Helper()
	var out channels.Inbound
	s.until(what, func() bool {
		i := slices.IndexFunc(s.events, such)
		if i >= 0 {
			out = s.events[i]
		}
		return i >= 0
	})
	return out
}

// settle waits until everything that is on its way has come: the queue of webhooks is
// empty, or a session has passed on something that was said after it.
func (s *stage) settle() []channels.Inbound {
	s.Helper()
	if _, ok := s.Adapter.(channels.Session); ok {
		last := s.do(sim.Action{Act: sim.SayText, Text: "¿Siguen ahí?"})
		s.await("the last message came", func(e channels.Inbound) bool { return e.ExternalID == last })
		s.note(func() {
			s.events = slices.DeleteFunc(s.events, func(e channels.Inbound) bool { return e.ExternalID == last })
		})
	} else {
		ctx, cancel := context.WithTimeout(s.ctx, s.patience)
		defer cancel()
		if err := s.Platform.Hooks().Idle(ctx); err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.Fatalf("the webhooks do not come to rest: %v", errors.Join(append(s.broken, err)...))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.broken) > 0 {
		s.Fatal(errors.Join(s.broken...))
	}
	return slices.Clone(s.events)
}

// say lets the customer write a text and gives the event it became.
func (s *stage) say(text string) channels.Inbound {
	s.Helper()
	got := s.do(sim.Action{Act: sim.SayText, Text: text})
	return s.await("the text "+got+" came", func(e channels.Inbound) bool { return e.ExternalID == got })
}

// told is a line on each event, for the message of a failure.
func told(events []channels.Inbound) string {
	if len(events) == 0 {
		return "nothing"
	}
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "\n  %s from %s: ", e.ExternalID, e.From.Identity)
		switch {
		case e.Message != nil:
			fmt.Fprintf(&b, "%s %q %+v", e.Message.Content.Type, e.Message.Content.Words(), e.Message.Refs)
		case e.Receipt != nil:
			fmt.Fprintf(&b, "receipt %s of %s", e.Receipt.State, e.Receipt.ProviderID)
		case e.Edit != nil:
			fmt.Fprintf(&b, "edit of %s", e.Edit.Of)
		case e.Deletion != nil:
			fmt.Fprintf(&b, "deletion of %s", e.Deletion.Of)
		case e.Notice != nil:
			fmt.Fprintf(&b, "notice %s", e.Notice.Code)
		}
	}
	return b.String()
}

func clip(b []byte) string {
	if len(b) > 2000 {
		return string(b[:2000]) + "…"
	}
	return string(b)
}
