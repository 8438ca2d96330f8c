package channels

import (
	"context"
	"net/http"
	"time"
)

// Exchange is one call over the wire, for the channel's log. The log's keeper takes the
// channel's secrets out of it before anything is written.
type Exchange struct {
	At             time.Time
	Took           time.Duration
	Inbound        bool   // the platform called us
	Method, URL    string // or a socket's own word: "send", "message"
	Status         int    // 0: no answer
	Request, Reply []byte // as on the wire; may be cut
	Error          string
}

type wireKey struct{}

// WithWire returns a context whose calls are told to record.
func WithWire(ctx context.Context, record func(Exchange)) context.Context {
	return context.WithValue(ctx, wireKey{}, record)
}

// Wire records an exchange, if anybody listens. It must not block.
func Wire(ctx context.Context, x Exchange) {
	if record, ok := ctx.Value(wireKey{}).(func(Exchange)); ok {
		record(x)
	}
}

// Doer makes HTTP calls: *httpx.Client in production. Adapters that speak HTTP take one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}
