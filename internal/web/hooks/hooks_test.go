package hooks_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
	"recado/internal/web/hooks"
)

// platform answers what the body asks it to.
type platform struct{}

func (platform) Kind() channels.Kind                                 { return "toy" }
func (platform) Capabilities(channels.Channel) channels.Capabilities { return channels.Capabilities{} }
func (platform) Send(context.Context, channels.Channel, channels.Outgoing) (channels.Sent, error) {
	return channels.Sent{}, nil
}

func (platform) Receive(_ context.Context, c channels.Channel, _ channels.Lookup, _ *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	switch string(body) {
	case "forged":
		return nil, nil, fmt.Errorf("%w: by whom?", channels.ErrSignature)
	case "broken":
		return nil, nil, channels.ErrMalformed
	case "lost":
		return nil, nil, errors.New("no database")
	case "hello":
		return nil, &channels.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("challenge")}, nil
	case "nothing":
		return nil, nil, nil
	}
	return []channels.Inbound{{Channel: c, ExternalID: "1", Message: &channels.Message{Content: chat.Plain(string(body))}}}, nil, nil
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	mine := channels.Channel{ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: "toy"}
	var taken []channels.Inbound
	var refuse error
	var seen []channels.Exchange
	r := chi.NewRouter()
	hooks.Routes(r, hooks.Config{
		Adapter: func(k channels.Kind) channels.Adapter {
			if k == "toy" {
				return platform{}
			}
			return nil
		},
		Find: func(_ context.Context, c id.Channel) (channels.Channel, bool, error) { return mine, c == mine.ID, nil },
		Take: func(_ context.Context, evs ...channels.Inbound) error {
			if refuse == nil {
				taken = append(taken, evs...)
			}
			return refuse
		},
		Record: func(ctx context.Context, _ channels.Channel) context.Context {
			return channels.WithWire(ctx, func(x channels.Exchange) { seen = append(seen, x) })
		},
		Log: slog.New(slog.DiscardHandler),
	})
	at := "/hooks/toy/" + mine.ID.String()
	for _, c := range []struct {
		name, method, path, body string
		down                     error
		status, stored           int
		answer                   string
	}{
		{name: "a message", path: at, body: "hola", status: 200, stored: 1},
		{name: "nothing of ours", path: at, body: "nothing", status: 200},
		{name: "a handshake", method: "GET", path: at, body: "hello", status: 200, answer: "challenge"},
		{name: "a forged call", path: at, body: "forged", status: 401},
		{name: "a broken body", path: at, body: "broken", status: 400},
		{name: "the database is away", path: at, body: "hola", down: errors.New("down"), status: 503},
		{name: "the lookup fails", path: at, body: "lost", status: 503},
		{name: "another channel", path: "/hooks/toy/" + id.New[id.Channel]().String(), body: "hola", status: 404},
		{name: "another kind", path: "/hooks/other/" + mine.ID.String(), body: "hola", status: 404},
		{name: "not an id", path: "/hooks/toy/x", body: "hola", status: 404},
		{name: "too large", path: at, body: strings.Repeat("x", 4<<20+1), status: 413},
	} {
		taken, refuse, seen = nil, c.down, nil
		if c.method == "" {
			c.method = http.MethodPost
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)))
		if w.Code != c.status || len(taken) != c.stored || c.answer != "" && w.Body.String() != c.answer {
			t.Errorf("%s: status %d with %d stored and %q, want %d with %d", c.name, w.Code, len(taken), w.Body, c.status, c.stored)
		}
		if c.status == 503 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: does not say when to come again", c.name)
		}
		if c.path == at && c.status != 413 && (len(seen) != 1 || seen[0].Status != c.status) {
			t.Errorf("%s: the log saw %+v", c.name, seen)
		}
	}
}
