package channeltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/sim"
)

// sitter is an adapter for post that holds a socket where poster takes webhooks. It shares
// nothing else with it but how events are read and messages written.
type sitter struct {
	poster *poster
	post   *post
	wrong  string
}

func (a *sitter) Kind() channels.Kind { return "post_socket" }

func (a *sitter) Capabilities(c channels.Channel) channels.Capabilities {
	caps := a.poster.Capabilities(c)
	for _, name := range []string{"inbound/bad_signature", "inbound/wrong_account", "fetch", "check", "texts"} {
		caps.Lacks[name] = "a socket of one account, with nothing around it"
	}
	return caps
}

func (a *sitter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	return a.poster.Send(ctx, c, m)
}

func (a *sitter) Connect(ctx context.Context, c channels.Channel, sink channels.Sink, report func(channels.SessionState)) error {
	line := make(chan letter, 100)
	a.post.mu.Lock()
	a.post.line = line
	a.post.mu.Unlock()
	report(channels.SessionState{Phase: channels.Connecting})
	if a.wrong != "never online" {
		report(channels.SessionState{Phase: channels.Online})
	}
	for {
		select {
		case <-ctx.Done():
			if a.wrong == "stays" {
				time.Sleep(time.Second) // the fault itself: it does not let go when it is told to
			}
			return ctx.Err()
		case l := <-line:
			if a.wrong == "ends" {
				return errors.New("kicked out")
			}
			e := channels.Inbound{Channel: c, ExternalID: l.ID, At: time.Unix(l.At, 0), From: channels.Sender{Identity: l.Person}}
			a.poster.read(l, &e)
			if e.Message == nil && e.Receipt == nil && e.Edit == nil && e.Deletion == nil {
				continue
			}
			if err := sink(ctx, e); err != nil {
				return err
			}
		}
	}
}

func sitting(wrong string) Open {
	return func(t testing.TB, hook string, serve func(sim.Platform) string) Bench {
		b := opening("", nil)(t, hook, serve)
		b.Adapter = &sitter{poster: b.Adapter.(*poster), post: b.Platform.(*post), wrong: wrong}
		return b
	}
}
