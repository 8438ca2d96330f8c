package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"recado/internal/app"
	"recado/internal/sim"
)

// platforms are the simulated platforms beside the nodes, on a listener of the lab's own:
// the nodes reach them by HTTP, and they the nodes, as with the real ones.
type platforms struct {
	*app.Simulators
	base   string
	server *http.Server

	mu     sync.Mutex
	logins []time.Time // at which a node opened a socket to WhatsApp
}

// openPlatforms starts them. Close what it returns.
func openPlatforms() (*platforms, error) {
	sims, err := app.NewSimulators()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		sims.Close()
		return nil, err
	}
	p := &platforms{Simulators: sims, base: "http://" + listener.Addr().String()}
	sims.Served(p.base)
	served := sims.Handler("")
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/whatsapp/ws/chat" {
			p.mu.Lock()
			p.logins = append(p.logins, time.Now())
			p.mu.Unlock()
		}
		served.ServeHTTP(w, r)
	})}
	go p.server.Serve(listener) //nolint:errcheck // ends with close
	return p, nil
}

func (p *platforms) close() {
	p.Close()
	_ = p.server.Close()
}

// newNode prepares a node whose channels all speak to the simulated platforms.
func (p *platforms) newNode(l *lab, name string) (*node, error) {
	n, err := l.newNode(name)
	if err == nil {
		n.env = append(n.env, "RECADO_SIMULATORS="+p.base)
	}
	return n, err
}

// loginsSince are the times at which nodes opened sockets to WhatsApp, the first one first.
func (p *platforms) loginsSince(t time.Time) (out []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, at := range p.logins {
		if !at.Before(t) {
			out = append(out, at)
		}
	}
	return out
}

// whatsAppQR is the kind of channel that is linked to a phone instead of being called.
const whatsAppQR = "whatsapp_qr"

// business is what an owner types into the panel for one account of each kind, and the
// name by which its platform knows it. The numbers are of ranges that no network gives out.
var business = map[string]struct {
	ref    string
	values map[string]string
}{
	"cloudapi": {"100200300999", map[string]string{"phone_number_id": "100200300999", "waba_id": "500600700999",
		"access_token": "lab-cloud-token", "app_secret": strings.Repeat("a1", 16)}},
	"instagram": {"17841400000000999", map[string]string{"account_id": "17841400000000999", "access_token": "lab-instagram-token", "app_secret": strings.Repeat("b2", 16)}},
	"messenger": {"104000000000999", map[string]string{"page_id": "104000000000999", "access_token": "lab-page-token", "app_secret": strings.Repeat("c3", 16)}},
	"telegram": {"lab_bot", map[string]string{"token": "700100200:" + strings.Repeat("Labor-", 7), "username": "lab_bot",
		"secret_token": strings.Repeat("d4", 16)}},
	"twilio_whatsapp": {"+15005550106", map[string]string{"account_sid": "AC" + strings.Repeat("d4", 16), "auth_token": strings.Repeat("e5", 16), "from": "+15005550106"}},
	"twilio_sms":      {"+15005550109", map[string]string{"account_sid": "AC" + strings.Repeat("d4", 16), "auth_token": strings.Repeat("e5", 16), "from": "+15005550109"}},
	"sms":             {"smsgate", map[string]string{"preset": "smsgate", "username": "lab", "password": "lab-gateway", "sender": "+34600000009"}},
	whatsAppQR:        {"5215512340000", nil},
}

// kind is a kind of channel as the API lists it.
type kind struct {
	Kind         string
	Webhook      bool
	Capabilities struct {
		Idempotent bool
		Lacks      map[string]string
	}
}

// channelKinds are all but the widget, which has no platform.
func channelKinds(ctx context.Context, a *agent) ([]kind, error) {
	var list struct{ Items []kind }
	if err := a.call(ctx, http.MethodGet, "/channel-kinds", nil, &list, nil); err != nil {
		return nil, err
	}
	var out []kind
	for _, k := range list.Items {
		if k.Kind != "webchat" {
			out = append(out, k)
		}
	}
	return out, nil
}

// outlet is one channel and its account on its simulated platform.
type outlet struct {
	kind
	id, ref  string
	owner    *agent
	platform sim.Platform
}

// open makes a channel of a kind by the API, makes its platform know the account and has
// the server check both. Without a bot its conversations wait for people.
func (p *platforms) open(ctx context.Context, s *shop, k kind, bot string) (*outlet, error) {
	b, ok := business[k.Kind]
	if !ok {
		return nil, fmt.Errorf("the lab has no account of kind %s", k.Kind)
	}
	o, hook, fields, err := p.create(ctx, s, k, bot, b.ref, b.values)
	if err != nil {
		return nil, err
	}
	if k.Kind == whatsAppQR {
		return o, p.link(ctx, o)
	}
	err = o.platform.Connect(sim.Account{Kind: k.Kind, Ref: b.ref, Name: "Tienda", Fields: fields, Hook: hook})
	if err != nil {
		return nil, err
	}
	var found struct {
		Items []struct {
			Code, Detail string
			OK           bool
		}
	}
	if err := o.owner.call(ctx, http.MethodPost, "/channels/"+o.id+"/check", nil, &found, nil); err != nil {
		return nil, err
	}
	for _, f := range found.Items {
		if !f.OK {
			return nil, fmt.Errorf("the check of %s finds %s: %s", k.Kind, f.Code, f.Detail)
		}
	}
	return o, nil
}

// create makes a channel by the API. The fields are what was typed and what was generated.
func (p *platforms) create(ctx context.Context, s *shop, k kind, bot, ref string, values map[string]string) (*outlet, string, map[string]string, error) {
	in := object{"kind": k.Kind, "name": k.Kind}
	if values != nil {
		in["values"] = values
	}
	if bot != "" {
		in["bot_id"] = bot
	}
	var out struct {
		ID, Hook string
		Values   map[string]string
	}
	if err := s.owner.call(ctx, http.MethodPost, "/channels", in, &out, nil); err != nil {
		return nil, "", nil, err
	}
	fields := maps.Clone(values)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, out.Values)
	return &outlet{kind: k, id: out.ID, ref: ref, owner: s.owner, platform: p.Of(k.Kind)}, out.Hook, fields, nil
}

// link pairs a channel by its QR code, which the phone of the outlet's number scans.
func (p *platforms) link(ctx context.Context, o *outlet) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.owner.node.base+"/api/v1/channels/"+o.id+"/link",
		bytes.NewReader([]byte(`{"method":"qr"}`)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+o.owner.token)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said := ""
	for steps := bufio.NewScanner(res.Body); steps.Scan(); {
		var step struct{ Kind, Payload string }
		said = steps.Text()
		if err := json.Unmarshal(steps.Bytes(), &step); err != nil {
			return fmt.Errorf("linking %s: %d %s", o.ref, res.StatusCode, said)
		}
		switch step.Kind {
		case "qr":
			if err := p.WhatsApp.Scan(step.Payload, o.ref); err != nil {
				return err
			}
		case "done":
			return nil
		}
	}
	return fmt.Errorf("linking %s ends with %d %s", o.ref, res.StatusCode, said)
}
