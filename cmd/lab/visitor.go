package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// visitor is one browser with the widget open: messages are queued under client ids and
// sent one at a time in order, again and again until there is an answer; the socket brings
// the thread. It behaves as widget/src does, and keeps what the checks need.
type visitor struct {
	number int
	base   func() string // where the load balancer would send it now
	site   string
	noted  *notes

	mu        sync.Mutex
	view      view
	queue     []*item
	token     string
	wake      chan struct{}
	connected chan struct{} // closed when the socket has been ready once
	once      sync.Once
	cut, drop context.CancelFunc // of the request and the socket under way
	sent      []sent
	received  map[string]time.Time // when the socket first brought a message, by id
}

// sent is one message that the server has answered 200 for.
type sent struct {
	visitor, number int
	key, id, text   string
	seq             int64 // 0: it was spooled
	at              time.Time
}

// notes counts what all visitors met.
type notes struct {
	accepted atomic.Int64
	spooled  atomic.Int64
	mu       sync.Mutex
	trouble  map[string]int // requests that must be repeated, by status
	failed   []string       // refusals that no repeat will change
}

func newNotes() *notes { return &notes{trouble: map[string]int{}} }

func (n *notes) repeated(status int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	what := "no answer"
	if status != 0 {
		what = strconv.Itoa(status)
	}
	n.trouble[what]++
}

func (n *notes) refused(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failed = append(n.failed, fmt.Sprintf(format, args...))
}

// met is the trouble so far, by answer.
func (n *notes) met() map[string]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.trouble)
}

// hopeless is an error once anything was refused for good.
func (n *notes) hopeless() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d requests refused for good, such as: %s", len(n.failed), n.failed[0])
}

func newVisitor(number int, site string, base func() string, noted *notes) *visitor {
	return &visitor{number: number, base: base, site: site, noted: noted, wake: make(chan struct{}, 1),
		connected: make(chan struct{}), received: map[string]time.Time{}}
}

// text is what a visitor writes as their nth message: unlike any other, so that the bot's
// trace says which message it answers.
func text(visitor, n int) string { return fmt.Sprintf("%s v%d n%d", question, visitor, n) }

// write queues the visitor's nth message.
func (v *visitor) write(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue = append(v.queue, v.view.write(uuid.NewString(), text(v.number, n)))
	select {
	case v.wake <- struct{}{}:
	default:
	}
}

// waiting is how many messages have not been accepted yet.
func (v *visitor) waiting() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.queue)
}

// run keeps the page open until ctx ends.
func (v *visitor) run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		wait, err := v.deliver(ctx)
		if err == nil {
			failures = 0
			select {
			case <-ctx.Done():
			case <-v.wake:
			}
			continue
		}
		if wait == 0 {
			wait = backoff(failures)
			failures++
		}
		_ = sleep(ctx, wait)
	}
}

// backoff is widget/src/backoff.ts: doubling from 1 s to 30 s, half of it random.
func backoff(n int) time.Duration {
	top := min(30*time.Second, time.Second<<min(n, 5))
	return top/2 + rand.N(top/2)
}

// deliver opens the session if there is none and sends what is queued. Its error means
// "again after wait"; zero leaves the wait to the caller.
func (v *visitor) deliver(ctx context.Context) (wait time.Duration, err error) {
	if v.token == "" {
		if wait, err := v.start(ctx); err != nil {
			return wait, err
		}
		go v.socket(ctx)
	}
	for {
		v.mu.Lock()
		if len(v.queue) == 0 {
			v.mu.Unlock()
			return 0, nil
		}
		next := v.queue[0]
		v.mu.Unlock()
		if wait, err := v.post(ctx, next); err != nil {
			return wait, err
		}
		v.mu.Lock()
		v.queue = v.queue[1:]
		v.mu.Unlock()
	}
}

const patience = 20 * time.Second // of the widget, for one request

type refusal struct{ status int }

func (r refusal) Error() string { return "status " + strconv.Itoa(r.status) }

// request is one call of the widget. status 0 means that no answer came.
func (v *visitor) request(ctx context.Context, path string, in, out any) (wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v.mu.Lock()
	v.cut = cancel
	v.mu.Unlock()
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	got, err := ask(ctx, http.MethodPost, v.base()+"/webchat/"+v.site+"/"+path, v.token, nil, body)
	if err != nil {
		v.noted.repeated(0)
		return 0, refusal{0}
	}
	if got.status == http.StatusOK {
		return 0, json.Unmarshal(got.body, out)
	}
	seconds, _ := strconv.Atoi(got.header.Get("Retry-After")) // absent: 0
	switch s := got.status; {
	case s == 401 || s == 403 || s == 408 || s == 429 || s >= 500:
		v.noted.repeated(s)
	default:
		v.noted.refused("visitor %d: %s: %d %s", v.number, path, s, got.body)
	}
	return time.Duration(seconds) * time.Second, refusal{got.status}
}

// failover ends the request and the socket that are under way, as a load balancer does with
// those of a node that it has given up.
func (v *visitor) failover() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, end := range []context.CancelFunc{v.cut, v.drop} {
		if end != nil {
			end()
		}
	}
}

func (v *visitor) start(ctx context.Context) (wait time.Duration, err error) {
	var got struct {
		Token    string
		Messages []message
	}
	wait, err = v.request(ctx, "session", object{"lang": "es", "page": object{"url": "https://tienda.example/", "title": "Tienda"}}, &got)
	if err != nil {
		return wait, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.token = got.Token
	for _, m := range got.Messages {
		v.view.take(m)
	}
	return 0, nil
}

func (v *visitor) post(ctx context.Context, it *item) (wait time.Duration, err error) {
	var got struct {
		ID  string
		Seq int64
	}
	wait, err = v.request(ctx, "messages", object{"client_id": it.key, "content": object{"type": "text", "text": it.text}}, &got)
	if err != nil {
		return wait, err
	}
	v.mu.Lock()
	v.view.settle(it, got.ID, got.Seq)
	v.sent = append(v.sent, sent{visitor: v.number, number: len(v.sent) + 1, key: it.key, id: got.ID, text: it.text, seq: got.Seq, at: time.Now()})
	v.mu.Unlock()
	v.noted.accepted.Add(1)
	if got.Seq == 0 {
		v.noted.spooled.Add(1)
	}
	return 0, nil
}
