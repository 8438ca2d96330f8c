package sms

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"recado/channels"
	"recado/internal/errs"
)

// events are what SMS Gate shall tell us; each is registered by itself.
var events = []string{"sms:received", "sms:sent", "sms:delivered", "sms:failed"}

// hook is one of SMS Gate's registrations. An id that is known is replaced.
type hook struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	Event string `json:"event"`
}

func hookID(c channels.Channel, event string) string {
	_, word, _ := strings.Cut(event, ":")
	return strings.ReplaceAll(c.ID.String(), "-", "") + "-" + word[:1] // 36 characters are the most
}

// Subscribe implements channels.Subscriber. SMS Gate can be told; Infobip is told with each
// message where its report goes, and incoming messages, like all of another gateway's, are
// for the owner to point here.
func (a *Adapter) Subscribe(ctx context.Context, c channels.Channel) error {
	if gatewayOf(c) != smsgate || c.Hook == "" {
		return nil
	}
	for _, event := range events {
		body, err := json.Marshal(hook{ID: hookID(c, event), URL: c.Hook, Event: event})
		if err != nil {
			return err
		}
		t := template{method: http.MethodPost, url: smsgate.checkURL(c), headers: smsgate.template(c).headers}
		if _, err := a.ask(ctx, c, t, body); err != nil {
			return err
		}
	}
	return nil
}

// ask makes a call that sends no message, with a body that needs no filling.
func (a *Adapter) ask(ctx context.Context, c channels.Channel, t template, body []byte) ([]byte, error) {
	g := gatewayOf(c)
	req, err := t.fill(values(c, channels.Outgoing{}, false))
	if err == nil {
		var shown request
		if shown, err = t.fill(values(c, channels.Outgoing{}, true)); err == nil {
			req.body, shown.body = body, body
			if body != nil {
				req.header.Set("Content-Type", "application/json")
			}
			var answer []byte
			_, answer, err = a.call(ctx, c, g, req, shown)
			return answer, err
		}
	}
	return nil, &errs.Send{Op: "sms.check", Class: errs.ChannelDown, Code: "settings", Err: err}
}

// Check implements channels.Checker: are the settings whole, does the gateway take the
// credentials, and does it know where we are?
func (a *Adapter) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	g := gatewayOf(c)
	for _, key := range g.needs {
		if c.Value(key) == "" {
			return []channels.Finding{{Code: "settings", Detail: key}}
		}
	}
	t := g.template(c)
	if _, err := t.fill(values(c, channels.Outgoing{To: "+10000000", ID: [16]byte{1}}, false)); err != nil {
		return []channels.Finding{{Code: "settings", Detail: err.Error()}}
	}
	out := []channels.Finding{}
	address := g.checkURL(c)
	if address == "" {
		out = append(out, channels.Finding{Code: "unchecked", OK: true})
	} else {
		answer, err := a.ask(ctx, c, template{method: http.MethodGet, url: address, headers: t.headers}, nil)
		out = append(out, account(err))
		if err == nil && g == smsgate && c.Hook != "" {
			out = append(out, registered(c, answer))
		}
	}
	if c.Hook == "" {
		out = append(out, channels.Finding{Code: "no_address"})
	}
	return out
}

func account(err error) channels.Finding {
	if err == nil {
		return channels.Finding{Code: "account", OK: true}
	}
	f := channels.Finding{Code: "unreachable", Detail: err.Error()}
	var s *errs.Send
	if errors.As(err, &s) {
		switch s.Code {
		case "401", "402", "403":
			f.Code = "account_refused"
		case "settings", "address", "404", "405":
			f.Code = "settings"
		}
	}
	return f
}

// registered looks for our address in SMS Gate's list.
func registered(c channels.Channel, answer []byte) channels.Finding {
	var known []hook
	if err := json.Unmarshal(answer, &known); err != nil {
		return channels.Finding{Code: "unreachable", Detail: "the list of webhooks cannot be read"}
	}
	for _, event := range events {
		if !slices.ContainsFunc(known, func(h hook) bool { return h.URL == c.Hook && h.Event == event }) {
			return channels.Finding{Code: "webhook_missing", Detail: event}
		}
	}
	return channels.Finding{Code: "webhook", OK: true}
}
