package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"recado/internal/sim"
)

const (
	hookClients  = 32
	hookMessages = 6 // of each customer, besides the one that opens the conversation
	idleSessions = 50
)

// channels measures a platform's webhook from its call to 200, for each kind: what the
// simulated platform signed is kept, and then called all at once. As with inbound, the
// conversations belong to a person.
func (c *benchCommand) channels(b *bench) error {
	p, err := openPlatforms()
	if err != nil {
		return err
	}
	defer p.close()
	n, err := p.newNode(b.lab, "channels")
	if err != nil {
		return err
	}
	if _, err := n.start(b.lab); err != nil {
		return err
	}
	s, err := found(b.lab, n, "Tienda Ganchos", 0)
	if err != nil {
		return err
	}
	kinds, err := channelKinds(b.lab, s.owner)
	if err != nil {
		return err
	}
	var failed []error
	for _, k := range kinds {
		if !k.Webhook || c.Kind != "" && c.Kind != k.Kind {
			continue
		}
		if err := b.webhook(p, n, s, k); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", k.Kind, err))
		}
	}
	return errors.Join(failed...)
}

// webhook measures one kind.
func (b *bench) webhook(p *platforms, n *node, s *shop, k kind) error {
	o, err := p.open(b.lab, s, k, "")
	if err != nil {
		return err
	}
	tape := &recorder{}
	o.platform.Hooks().Client = &http.Client{Transport: tape}
	opening, err := tape.written(b.lab, o, 1)
	if err != nil {
		return err
	}
	if _, _, err := replay(b.lab, opening); err != nil {
		return err
	}
	if err := b.settled(b.lab, n); err != nil {
		return err
	}
	_, err = b.lab.db.Exec(b.lab, `update conversation set state = 'human', assignee_id = $2, waiting_since = null where channel_id = $1`, o.id, s.user)
	if err != nil {
		return err
	}
	calls, err := tape.written(b.lab, o, hookMessages)
	if err != nil {
		return err
	}
	before := b.cost(n)
	samples, took, err := replay(b.lab, calls)
	if err != nil {
		return err
	}
	b.spent("inbound_cpu_us_"+k.Kind, n, before, len(samples), atMost(200).held())
	b.tell("inbound_rate_"+k.Kind, float64(len(samples))/took.Seconds(), "/s", goal{})
	b.tell("inbound_p99_ms_"+k.Kind, ms(quantile(samples, 0.99)), "ms", goal{})
	if err := b.settled(b.lab, n); err != nil {
		return err
	}
	var stored int
	err = b.lab.db.QueryRow(b.lab, `select count(*) from message where channel_id = $1 and direction = 'in'`, o.id).Scan(&stored)
	if err == nil && stored != len(opening)+len(calls) {
		err = fmt.Errorf("%d of %d messages are stored", stored, len(opening)+len(calls))
	}
	return err
}

// recorder takes a platform's webhooks in the server's place and keeps them.
type recorder struct {
	mu    sync.Mutex
	calls []sim.Hook
}

// RoundTrip implements http.RoundTripper.
func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.calls = append(t.calls, sim.Hook{Method: r.Method, URL: r.URL.String(), Header: r.Header, Body: body})
	t.mu.Unlock()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// written has every caller write so many messages and returns the webhooks they made.
func (t *recorder) written(ctx context.Context, o *outlet, messages int) ([]sim.Hook, error) {
	t.calls = nil
	for n := range messages {
		for i := range callers {
			who := sim.Person{ID: fmt.Sprintf("3460020%04d", i), Name: "Cliente"}
			_, err := o.platform.Do(ctx, sim.Action{Act: sim.SayText, Ref: o.ref, Customer: who, Text: fmt.Sprintf("%s de %d", text(i, n+1), messages)})
			if err != nil {
				return nil, err
			}
		}
	}
	if err := o.platform.Hooks().Idle(ctx); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.calls) != messages*callers {
		return nil, fmt.Errorf("%d webhooks for %d messages", len(t.calls), messages*callers)
	}
	return t.calls, nil
}

// replay makes recorded calls over some connections, each as soon as the one before it was
// answered, and returns how long each took.
func replay(ctx context.Context, calls []sim.Hook) (all []time.Duration, took time.Duration, err error) {
	samples := make([]time.Duration, len(calls))
	var next atomic.Int64
	begun := time.Now()
	clients := make([]struct{}, hookClients)
	err = each(clients, hookClients, func(struct{}) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(calls) {
				return nil
			}
			at := time.Now()
			if err := call(ctx, calls[i]); err != nil {
				return err
			}
			samples[i] = time.Since(at)
		}
	})
	return samples, time.Since(begun), err
}

// call makes one recorded call, which must be taken.
func call(ctx context.Context, k sim.Hook) error {
	req, err := http.NewRequestWithContext(ctx, k.Method, k.URL, bytes.NewReader(k.Body))
	if err != nil {
		return err
	}
	req.Header = k.Header.Clone()
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("a webhook was answered %d: %s", res.StatusCode, brief(said))
	}
	return err
}

// sessions measures what an idle WhatsApp socket costs.
func (c *benchCommand) sessions(b *bench) error {
	f, err := openFleet(b.lab, "sessions")
	if err != nil {
		return err
	}
	defer f.close()
	kib, err := f.idleKiB(idleSessions)
	if err == nil {
		b.tell("session_idle_rss_kib", kib, "KiB", atMost(sessionKiB).held())
	}
	return err
}
