// Package smsgw plays three SMS gateways and the phones behind them. Which one an account
// is with is its field "preset".
//
// Infobip's SMS API 3 (https://www.infobip.com/docs/developer-resources/quickstart, reports
// and incoming messages as in https://infobip.com/docs/api/channels/sms): POST
// /sms/3/messages with "Authorization: App <key>"; each message may name the address of its
// report; incoming messages go to the account's address with basic authentication.
//
// SMS Gate (https://github.com/android-sms-gateway/docs-web, app 1.40): POST /3rdparty/v1/messages and
// /3rdparty/v1/webhooks with basic authentication; webhooks are registered one per event
// and signed with HMAC-SHA256 of body and X-Timestamp.
//
// The third stands for the gateways nobody has heard of: GET or POST /send with key, to,
// from and text as a form, answered {"result":{"id":"…"}}, and callbacks as forms to the
// account's address, which carries its token.
package smsgw

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// Platform is all three gateways for any number of accounts.
type Platform struct {
	faults sim.Faults
	hooks  sim.Hooks

	mu       sync.Mutex
	accounts map[string]*account
}

var _ sim.Platform = (*Platform)(nil)

// New returns gateways without accounts.
func New() *Platform { return &Platform{accounts: map[string]*account{}} }

// account is one customer of a gateway.
type account struct {
	sim.Account
	webhooks map[string]webhook // SMS Gate: by id
	threads  map[string][]sim.Bubble
	taken    map[string]bool // ids of messages sent
}

type webhook struct {
	ID       string  `json:"id"`
	DeviceID *string `json:"deviceId"`
	URL      string  `json:"url"`
	Event    string  `json:"event"`
}

// Kinds implements sim.Platform.
func (*Platform) Kinds() []string { return []string{"sms"} }

// Faults implements sim.Platform.
func (p *Platform) Faults() *sim.Faults { return &p.faults }

// Hooks implements sim.Platform.
func (p *Platform) Hooks() *sim.Hooks { return &p.hooks }

// Connect implements sim.Platform.
func (p *Platform) Connect(a sim.Account) error {
	switch a.Fields["preset"] {
	case "infobip", "smsgate", "generic":
	default:
		return fmt.Errorf("there is no gateway %q", a.Fields["preset"])
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.accounts[a.Ref]; known != nil {
		known.Account = a
		return nil
	}
	p.accounts[a.Ref] = &account{Account: a, webhooks: map[string]webhook{}, threads: map[string][]sim.Bubble{}, taken: map[string]bool{}}
	return nil
}

// Thread implements sim.Platform.
func (p *Platform) Thread(ref, customer string) []sim.Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.accounts[ref]; a != nil {
		return append([]sim.Bubble(nil), a.threads[digits(customer)]...)
	}
	return nil
}

// Do implements sim.Platform. A phone can write a text and nothing else; Opaque is an event
// the gateway added yesterday.
func (p *Platform) Do(_ context.Context, act sim.Action) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accounts[act.Ref]
	if a == nil {
		return "", errors.New("no gateway knows this account")
	}
	from := "+" + digits(act.Customer.ID)
	switch act.Act {
	case sim.SayText:
		got := act.ID
		if got == "" {
			got = newID()
			thread := digits(from)
			a.threads[thread] = append(a.threads[thread], sim.Bubble{ID: got, Mine: true, At: time.Now().UTC(), Type: "text", Text: act.Text})
		}
		p.incoming(a, got, from, act.Text)
		return got, nil
	case sim.Opaque:
		p.opaque(a)
		return newID(), nil
	}
	return "", sim.ErrCannot{Act: act.Act}
}

// digits is a number without its plus.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func newID() string { return rand.Text()[:21] }

// deliver puts a message on the customer's screen and reports on it.
func (p *Platform) deliver(a *account, got, to, text, report string) {
	a.taken[got] = true
	thread := digits(to)
	a.threads[thread] = append(a.threads[thread], sim.Bubble{ID: got, At: time.Now().UTC(), Type: "text", Text: text, ClientID: got})
	for _, s := range []string{"sent", "delivered"} {
		p.report(a, got, to, s, report)
	}
}

// ServeHTTP implements http.Handler: the gateways' APIs, told apart by their paths.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	switch path := r.URL.Path; {
	case path == "/sms/3/messages" || path == "/account/1/balance":
		p.infobip(w, r)
	case strings.HasPrefix(path, "/3rdparty/v1/"):
		p.smsgate(w, r)
	case path == "/send" || path == "/balance":
		p.generic(w, r)
	default:
		answer(w, http.StatusNotFound, encode(map[string]string{"message": "Not Found"}))
	}
}

// find is the account of a gateway whose credentials these are.
func (p *Platform) find(preset string, is func(map[string]string) bool) *account {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.accounts {
		if a.Fields["preset"] == preset && is(a.Fields) {
			return a
		}
	}
	return nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // we made it
	}
	return b
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// serve runs a sending call under the faults; say makes a gateway's own error of a status,
// and optedOut, where the gateway has such a thing, its answer for who wants no messages.
func (p *Platform) serve(w http.ResponseWriter, r *http.Request, take func() (int, []byte), say func(int) []byte, optedOut func() (int, []byte)) {
	p.faults.Serve(w, r, take, func(w http.ResponseWriter, f sim.Fault) {
		if f == sim.OptedOut && optedOut != nil {
			status, body := optedOut()
			answer(w, status, body)
			return
		}
		status := map[sim.Fault]int{sim.Busy: 429, sim.Revoked: 401, sim.Rejected: 400, sim.OptedOut: 400, sim.Closed: 400, sim.Broken: 500}[f]
		answer(w, status, say(status))
	})
}
