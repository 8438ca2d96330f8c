package sim

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Hook is one webhook call to make.
type Hook struct {
	Method, URL, ContentType string
	Body                     []byte
	Header                   http.Header
}

// Hooks delivers webhooks as platforms do: in order for one address, again and again until
// a 2xx comes. The zero value delivers with http.DefaultClient.
type Hooks struct {
	Client *http.Client
	// Retry is how long to wait before each further attempt; the last counts for all that
	// follow. Platforms take seconds to hours; the default is 50 ms to 2 s, so that a
	// restart is survived while somebody watches.
	Retry []time.Duration

	mu        sync.Mutex
	queues    map[string][]Hook
	busy      int
	duplicate bool
	reorder   bool
	forget    bool
	delivered int
	attempts  int
	idle      []chan struct{}
}

// Duplicate makes every webhook come twice.
func (h *Hooks) Duplicate(on bool) { h.mu.Lock(); h.duplicate = on; h.mu.Unlock() }

// Reorder makes webhooks that wait together come in another order.
func (h *Hooks) Reorder(on bool) { h.mu.Lock(); h.reorder = on; h.mu.Unlock() }

// Forget ends all waiting deliveries: the platform is switched off.
func (h *Hooks) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget = true
	clear(h.queues)
}

// Push queues a webhook.
func (h *Hooks) Push(k Hook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.queues == nil {
		h.queues = map[string][]Hook{}
	}
	q, running := h.queues[k.URL]
	q = append(q, k)
	if h.duplicate {
		q = append(q, k)
	}
	if n := len(q); h.reorder && n > 2 { // the first may be on its way
		q[n-1], q[n-2] = q[n-2], q[n-1]
	}
	h.queues[k.URL] = q
	if !running && !h.forget {
		h.busy++
		go h.run(k.URL)
	}
}

func (h *Hooks) run(url string) {
	for {
		h.mu.Lock()
		q := h.queues[url]
		if len(q) == 0 {
			delete(h.queues, url)
			h.busy--
			if h.busy == 0 {
				for _, c := range h.idle {
					close(c)
				}
				h.idle = nil
			}
			h.mu.Unlock()
			return
		}
		k := q[0]
		h.mu.Unlock()
		h.deliver(k)
		h.mu.Lock()
		if q := h.queues[url]; len(q) > 0 {
			h.queues[url] = q[1:]
		}
		h.mu.Unlock()
	}
}

func (h *Hooks) deliver(k Hook) {
	retry := h.Retry
	if len(retry) == 0 {
		retry = []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second}
	}
	for try := 0; ; try++ {
		h.mu.Lock()
		stop := h.forget
		h.attempts++
		h.mu.Unlock()
		if stop {
			return
		}
		if h.attempt(k) {
			h.mu.Lock()
			h.delivered++
			h.mu.Unlock()
			return
		}
		time.Sleep(retry[min(try, len(retry)-1)])
	}
}

func (h *Hooks) attempt(k Hook) bool {
	client := h.Client
	if client == nil {
		client = http.DefaultClient
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	method := k.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, k.URL, bytes.NewReader(k.Body))
	if err != nil {
		return true // an address that can never work
	}
	for name, v := range k.Header {
		req.Header[name] = v
	}
	if k.ContentType != "" {
		req.Header.Set("Content-Type", k.ContentType)
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode/100 == 2
}

// Idle waits until nothing waits to be delivered.
func (h *Hooks) Idle(ctx context.Context) error {
	h.mu.Lock()
	if h.busy == 0 {
		h.mu.Unlock()
		return nil
	}
	c := make(chan struct{})
	h.idle = append(h.idle, c)
	h.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Counts tells how many webhooks were taken and how many calls that needed.
func (h *Hooks) Counts() (delivered, attempts int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.delivered, h.attempts
}
