// Package hooks is the door at which platforms call us: POST and GET /hooks/<kind>/<channel>.
//
// The channel in the address says whose call it claims to be; the adapter believes it only
// after the signature over the raw body fits that channel's secret. What it gives is durable
// before the answer goes out: a platform that hears 2xx never sends it again.
package hooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
)

// Config is what the door needs.
type Config struct {
	Adapter func(channels.Kind) channels.Adapter
	Find    func(context.Context, id.Channel) (channels.Channel, bool, error)
	Lookup  channels.Lookup
	Take    channels.Sink
	// Record lets the channel's log listen to a call; it may be nil.
	Record func(context.Context, channels.Channel) context.Context
	Log    *slog.Logger
}

const (
	// Meta sends up to 3 MB when many changes come together.
	maxBody  = 4 << 20
	bodyTime = 5 * time.Second
	maxShown = 16 << 10 // of a body in the channel's log
)

// Routes adds the door to a router.
func Routes(r chi.Router, c Config) {
	h := http.HandlerFunc(c.serve)
	r.Method(http.MethodPost, "/hooks/{kind}/{channel}", h)
	r.Method(http.MethodGet, "/hooks/{kind}/{channel}", h)
}

// serve answers 2xx when everything is durable, 4xx when the call is not to be repeated and
// 503 when it is.
func (c Config) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	var ch id.Channel
	if err := ch.UnmarshalText([]byte(chi.URLParam(r, "channel"))); err != nil {
		http.Error(w, "no such channel", http.StatusNotFound)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too large or too slow", http.StatusRequestEntityTooLarge)
		return
	}
	v, ok, err := c.Find(r.Context(), ch)
	if err != nil {
		c.later(w, "find channel", err)
		return
	}
	hook, takes := c.Adapter(v.Kind).(channels.Webhook)
	if !ok || !takes || string(v.Kind) != chi.URLParam(r, "kind") {
		http.Error(w, "no such channel", http.StatusNotFound)
		return
	}
	ctx := r.Context()
	if c.Record != nil {
		ctx = c.Record(ctx, v)
	}
	begun := time.Now()
	status, reply, err := c.receive(ctx, v, hook, r, body)
	x := channels.Exchange{At: begun, Took: time.Since(begun), Inbound: true, Method: r.Method, URL: r.URL.Path, Status: status, Request: body[:min(len(body), maxShown)]}
	if err != nil {
		x.Error = err.Error()
	}
	channels.Wire(ctx, x)
	switch {
	case status == http.StatusServiceUnavailable:
		c.later(w, "store what a platform told", err)
	case err != nil:
		c.Log.Warn("a platform's call was refused", "channel", v.ID, "company", v.Company, "err", err)
		http.Error(w, err.Error(), status)
	case reply != nil:
		for k, vs := range reply.Header {
			w.Header()[k] = vs
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_, _ = w.Write(reply.Body)
	default:
		w.WriteHeader(status)
	}
}

func (c Config) receive(ctx context.Context, v channels.Channel, hook channels.Webhook, r *http.Request, body []byte) (int, *channels.Reply, error) {
	evs, reply, err := hook.Receive(ctx, v, c.Lookup, r, body)
	switch {
	case errors.Is(err, channels.ErrSignature):
		return http.StatusUnauthorized, nil, err
	case errors.Is(err, channels.ErrMalformed):
		return http.StatusBadRequest, nil, err
	case err != nil:
		return http.StatusServiceUnavailable, nil, err
	}
	if len(evs) > 0 {
		if err := c.Take(ctx, evs...); err != nil {
			return http.StatusServiceUnavailable, nil, err
		}
	}
	if reply != nil && reply.Status != 0 {
		return reply.Status, reply, nil
	}
	return http.StatusOK, reply, nil
}

func (c Config) later(w http.ResponseWriter, what string, err error) {
	if !db.Down(err) && !strings.Contains(err.Error(), context.Canceled.Error()) {
		c.Log.Error(what, "err", err)
	}
	w.Header().Set("Retry-After", "5")
	http.Error(w, "not now, send it again", http.StatusServiceUnavailable)
}
