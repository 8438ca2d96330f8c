package channeltest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// letter is both ways' wire format of the platform below, which exists nowhere else: one
// flat object per message or event.
type letter struct {
	ID      string       `json:"id,omitempty"`
	Event   string       `json:"event,omitempty"`
	Account string       `json:"account,omitempty"`
	Person  string       `json:"person"`
	At      int64        `json:"at,omitempty"`
	Type    string       `json:"type,omitempty"`
	Text    string       `json:"text,omitempty"`
	File    []byte       `json:"file,omitempty"`
	MIME    string       `json:"mime,omitempty"`
	Name    string       `json:"name,omitempty"`
	Quote   string       `json:"quote,omitempty"`
	Target  string       `json:"target,omitempty"`
	Choice  string       `json:"choice,omitempty"`
	Lat     float64      `json:"lat,omitempty"`
	Lng     float64      `json:"lng,omitempty"`
	Buttons []sim.Choice `json:"buttons,omitempty"`
	Rows    []sim.Choice `json:"rows,omitempty"`
	Client  string       `json:"client,omitempty"`
	State   string       `json:"state,omitempty"`
}

// post is a platform of one account.
type post struct {
	faults  sim.Faults
	hooks   sim.Hooks
	mu      sync.Mutex
	account sim.Account
	thread  []sim.Bubble
	files   map[string][]byte
	n       int
	line    chan letter // where events go while a socket is open
	cannot  map[sim.Act]bool
}

func (p *post) Kinds() []string     { return []string{"post"} }
func (p *post) Faults() *sim.Faults { return &p.faults }
func (p *post) Hooks() *sim.Hooks   { return &p.hooks }
func (p *post) Thread(_, _ string) []sim.Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]sim.Bubble(nil), p.thread...)
}
func (p *post) Connect(a sim.Account) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account = a
	return nil
}
func (p *post) fresh() string { p.n++; return fmt.Sprintf("post-%04d", p.n) }
func (p *post) on(id string, f func(*sim.Bubble)) {
	for i := range p.thread {
		if p.thread[i].ID == id {
			f(&p.thread[i])
		}
	}
}

func (p *post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	token := p.account.Fields["token"]
	file, found := p.files[strings.TrimPrefix(r.URL.Path, "/files/")]
	p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+token {
		http.Error(w, `{"code":"token"}`, http.StatusUnauthorized)
		return
	}
	switch {
	case found:
		_, _ = w.Write(file)
	case r.URL.Path == "/me":
		_, _ = io.WriteString(w, `{}`)
	case r.URL.Path == "/send":
		var l letter
		if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
			http.Error(w, `{"code":"json"}`, http.StatusBadRequest)
			return
		}
		p.faults.Serve(w, r, func() (int, []byte) { return http.StatusOK, p.take(l) }, refuse)
	default:
		http.NotFound(w, r)
	}
}

func refuse(w http.ResponseWriter, f sim.Fault) {
	status := map[sim.Fault]int{sim.Busy: 429, sim.Revoked: 401, sim.Broken: 500}[f]
	http.Error(w, `{"code":"`+string(f)+`"}`, max(status, map[bool]int{true: 400}[status == 0]))
}

func (p *post) take(l letter) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.Type == "reaction" {
		p.on(l.Target, func(b *sim.Bubble) { b.Reactions = append(b.Reactions, l.Text) })
		return []byte(`{}`)
	}
	b := sim.Bubble{ID: p.fresh(), At: time.Now(), Type: l.Type, Text: l.Text, Buttons: l.Buttons, Rows: l.Rows, Quote: l.Quote, ClientID: l.Client}
	if l.File != nil {
		b.Media = &sim.Media{MIME: l.MIME, Name: l.Name, Bytes: l.File}
	}
	p.thread = append(p.thread, b)
	p.push(letter{Event: "state", Target: b.ID, State: "delivered"})
	return []byte(`{"id":"` + b.ID + `"}`)
}

// push signs and queues an event; the caller holds the lock.
func (p *post) push(l letter) {
	l.Account, l.At = p.account.Ref, time.Now().Unix()
	if l.Person == "" {
		l.Person = "+525500000001"
	}
	if p.line != nil {
		p.line <- l
		return
	}
	body, _ := json.Marshal(l)
	p.hooks.Push(sim.Hook{URL: p.account.Hook, ContentType: "application/json", Body: body, Header: http.Header{"X-Post-Signature": {sign(p.account.Fields["secret"], body)}}})
}

func sign(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

func (p *post) Do(_ context.Context, a sim.Action) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cannot[a.Act] {
		return "", sim.ErrCannot{Act: a.Act}
	}
	id := a.ID
	if id == "" {
		id = p.fresh()
	}
	l := letter{ID: id, Event: "message", Type: string(a.Act), Text: a.Text, MIME: a.MIME, Name: a.FileName, Quote: a.Quote, Target: a.Target, Choice: a.Choice, Lat: a.Lat, Lng: a.Lng}
	switch a.Act {
	case sim.Press, sim.Pick, sim.React:
		if a.Target == "" {
			return "", errors.New("no target")
		}
	case sim.EditText, sim.Delete, sim.Opaque, sim.SendSticker, WriteOwn:
		l.Event = string(a.Act)
	case sim.ReadAll:
		for _, b := range p.thread {
			if !b.Mine {
				p.push(letter{Event: "state", Target: b.ID, State: "read"})
			}
		}
		return "", nil
	default:
		b := sim.Bubble{ID: id, Mine: true, Type: string(a.Act), Text: a.Text}
		if a.File != nil {
			p.files[id] = a.File
		}
		p.thread = append(p.thread, b)
	}
	p.push(l)
	return id, nil
}
