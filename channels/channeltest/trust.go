package channeltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/sim"
)

func inDuplicate(s *stage) {
	s.Platform.Hooks().Duplicate(true)
	got := s.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	s.message(got, chat.Text)
	if _, socket := s.Adapter.(channels.Session); socket {
		s.do(sim.Action{Act: sim.SayText, Text: "Hola", ID: got})
	}
	events := messages(s.settle())
	if _, hooked := s.Adapter.(channels.Webhook); hooked && len(events) != 2 {
		s.Errorf("the webhook came twice, but not both times as a message: %s", told(events))
	}
	for _, e := range events {
		if e.ExternalID != got {
			s.Errorf("a repeat has ExternalID %q, the first has %q", e.ExternalID, got)
		}
	}
}

func messages(events []channels.Inbound) []channels.Inbound {
	return slices.DeleteFunc(events, func(e channels.Inbound) bool { return e.Message == nil })
}

// inReorder holds the first webhook back until five wait, so that those behind it really
// come in another order.
func inReorder(s *stage) {
	s.Platform.Hooks().Reorder(true)
	gate := make(chan struct{})
	s.note(func() { s.gate = gate })
	want := map[string]string{}
	for _, text := range []string{"uno", "dos", "tres", "cuatro", "cinco"} {
		want[s.do(sim.Action{Act: sim.SayText, Text: text})] = text
	}
	s.note(func() { s.gate = nil })
	close(gate)
	got := map[string]string{}
	for _, e := range messages(s.settle()) {
		got[e.ExternalID] = e.Message.Content.Text
	}
	if !maps.Equal(got, want) {
		s.Errorf("came in as %v, want %v", got, want)
	}
}

// captured is the webhook of one text, with a bench that takes it.
func (s *stage) captured() hook {
	s.Helper()
	if _, ok := s.Adapter.(channels.Webhook); !ok {
		s.Fatalf("the adapter takes no webhooks: Lacks says so")
	}
	s.settle()
	s.note(func() { s.hooks = nil })
	s.say("Hola")
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hooks[len(s.hooks)-1]
}

func inBadSignature(s *stage) {
	kept := s.captured()
	if evs, _, err := s.receive(s.Channel, s.find, kept.request(), kept.body); err != nil || len(evs) == 0 {
		s.Fatalf("the webhook as it was is refused when it is played again: %v", err)
	}
	refused := func(what string, c channels.Channel, h hook) {
		s.Helper()
		find := func(_ context.Context, k channels.Kind, ref string) (channels.Channel, bool, error) {
			return c, k == c.Kind && ref == c.Ref, nil
		}
		evs, _, err := s.receive(c, find, h.request(), h.body)
		if !errors.Is(err, channels.ErrSignature) || len(evs) > 0 {
			s.Errorf("%s: error %v and %d events, want ErrSignature and none", what, err, len(evs))
		}
	}
	if s.caps.Lacks["inbound/bad_signature/body"] == "" {
		for _, at := range []int{len(kept.body) / 3, len(kept.body) / 2, len(kept.body) - 2} {
			h := kept
			h.body = slices.Clone(kept.body)
			h.body[at] ^= 0x01
			refused(fmt.Sprintf("byte %d of the body changed (Lacks[%q] if the proof does not cover it)", at, "inbound/bad_signature/body"), s.Channel, h)
		}
	}
	refused("without a signature", s.Channel, unsigned(kept))
	other := s.Channel
	other.Secrets = s.otherSecrets()
	refused("signed with another secret", other, kept)
	none := s.Channel
	none.Secrets = nil
	refused("no secret configured", none, kept)
}

// unsigned takes every header off but those of HTTP itself, and the query where the proof
// must have been there.
func unsigned(h hook) hook {
	kept := http.Header{}
	for _, k := range []string{"Content-Type", "Content-Length", "User-Agent", "Accept-Encoding"} {
		if v := h.header.Values(k); len(v) > 0 {
			kept[k] = v
		}
	}
	if len(kept) == len(h.header) {
		h.url, _, _ = strings.Cut(h.url, "?")
	}
	h.header = kept
	return h
}

// otherSecrets are those of Other, or ours with a letter changed.
func (s *stage) otherSecrets() channels.Secrets {
	if len(s.Other.Secrets) > 0 {
		return s.Other.Secrets
	}
	return altered(s.Channel.Secrets)
}

// altered changes the last letter or digit of every secret, so that each keeps its form.
func altered(in map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range in {
		b := []byte(v)
		if n := len(b); n > 0 {
			if b[n-1] == '1' {
				b[n-1] = '2'
			} else {
				b[n-1] = '1'
			}
		}
		out[k] = string(b)
	}
	return out
}

// inWrongAccount turns the tables: what our customer's webhook names is now somebody
// else's account, with somebody else's secret, and the address called is an attacker's
// whose secret signed it.
func inWrongAccount(s *stage) {
	if s.Other.Ref == "" {
		s.Fatalf("the bench has no Other: Lacks[%q] says why", "inbound/wrong_account")
	}
	kept := s.captured()
	attacker, victim := s.Other, s.Channel
	attacker.Secrets, attacker.Hook = s.Channel.Secrets, s.Channel.Hook
	victim.Secrets = s.otherSecrets()
	find := func(_ context.Context, k channels.Kind, ref string) (channels.Channel, bool, error) {
		for _, c := range []channels.Channel{attacker, victim} {
			if c.Kind == k && c.Ref == ref {
				return c, true, nil
			}
		}
		return channels.Channel{}, false, nil
	}
	evs, _, err := s.receive(attacker, find, kept.request(), kept.body)
	if len(evs) > 0 || err != nil && !errors.Is(err, channels.ErrSignature) {
		s.Errorf("an event for another account, signed with our secret: error %v, and %s; want ErrSignature or nothing", err, told(evs))
	}
}
