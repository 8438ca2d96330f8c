package phones

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"recado/internal/sim"
)

// phone is an account with its customers, as the page gets it.
type phone struct {
	kind
	Kind   string          `json:"kind"`
	Ref    string          `json:"ref"`
	Name   string          `json:"name"`
	People []person        `json:"people"`
	Mood   map[string]bool `json:"mood"` // troubles that last and are on
	Hooks  bool            `json:"hooks"`
}

type person struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Phone string `json:"phone,omitempty"`
}

// state is all that the page shows besides threads. Codes are the texts of the QR codes that
// wait to be scanned.
type state struct {
	Phones []phone  `json:"phones"`
	Scan   bool     `json:"scan"`
	Codes  []string `json:"codes"`
}

func (p *phones) state(ctx context.Context) (state, error) {
	out := state{Phones: []phone{}, Scan: p.WhatsApp != nil, Codes: []string{}}
	accounts, err := p.accounts(ctx)
	if err != nil {
		return out, err
	}
	for _, a := range accounts {
		v := phone{kind: kinds[a.Kind], Kind: a.Kind, Ref: a.Ref, Name: a.Name, Mood: p.moods.of(a), Hooks: !p.linked(a.Kind)}
		for _, who := range p.people.of(a) {
			v.People = append(v.People, person(who))
		}
		out.Phones = append(out.Phones, v)
	}
	if p.WhatsApp != nil && p.Pending != nil {
		out.Codes = append(out.Codes, p.Pending()...)
	}
	return out, nil
}

// accounts are those that have a phone, platform by platform.
func (p *phones) accounts(ctx context.Context) ([]Account, error) {
	all, err := p.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Account
	for _, s := range p.Platforms {
		for _, k := range s.Kinds() {
			for _, a := range all {
				if _, known := kinds[k]; known && a.Kind == k && a.Ref != "" {
					out = append(out, a)
				}
			}
		}
	}
	return out, nil
}

func (p *phones) list(w http.ResponseWriter, r *http.Request) {
	s, err := p.state(r.Context())
	if err != nil {
		p.failed(w, r, err)
		return
	}
	serve(w, r, "application/json", encode(s))
}

func (p *phones) failed(w http.ResponseWriter, r *http.Request, err error) {
	p.Log.WarnContext(r.Context(), "the demo's accounts cannot be read", "err", err)
	refuse(w, http.StatusServiceUnavailable, failed, "")
}

// account is the one that a request's path names; when there is none, that has been answered.
func (p *phones) account(w http.ResponseWriter, r *http.Request) (Account, bool) {
	all, err := p.accounts(r.Context())
	if err != nil {
		p.failed(w, r, err)
		return Account{}, false
	}
	i := slices.IndexFunc(all, func(a Account) bool { return a.Kind == r.PathValue("kind") && a.Ref == r.PathValue("ref") })
	if i < 0 {
		refuse(w, http.StatusNotFound, missing, "")
		return Account{}, false
	}
	return all[i], true
}

// customer is the account and the person that a request's path names.
func (p *phones) customer(w http.ResponseWriter, r *http.Request) (Account, sim.Person, bool) {
	a, ok := p.account(w, r)
	if !ok {
		return a, sim.Person{}, false
	}
	all := p.people.of(a)
	i := slices.IndexFunc(all, func(who sim.Person) bool { return who.ID == r.PathValue("person") })
	if i < 0 {
		refuse(w, http.StatusNotFound, missing, "")
		return a, sim.Person{}, false
	}
	return a, all[i], true
}

// meet brings a new person to an account.
func (p *phones) meet(w http.ResponseWriter, r *http.Request) {
	a, ok := p.account(w, r)
	if !ok {
		return
	}
	if !p.people.add(a) {
		refuse(w, http.StatusConflict, full, "")
		return
	}
	all := p.people.of(a)
	answer(w, http.StatusCreated, person(all[len(all)-1]))
}

// screen is what a customer sees.
type screen struct {
	Kind    string   `json:"kind"`
	Ref     string   `json:"ref"`
	Person  string   `json:"person"`
	Bubbles []bubble `json:"bubbles"`
	Typing  bool     `json:"typing"`
}

// bubble adds to a simulator's the address of its file, if the bytes are at hand.
type bubble struct {
	sim.Bubble
	File string `json:"file,omitempty"`
}

// longest is how many bubbles a screen goes back.
const longest = 200

func (p *phones) screen(kind, ref, customer string) screen {
	out := screen{Kind: kind, Ref: ref, Person: customer, Bubbles: []bubble{}}
	s := p.platform(kind)
	if s == nil {
		return out
	}
	all := s.Thread(ref, customer)
	for _, b := range all[max(0, len(all)-longest):] {
		v := bubble{Bubble: b}
		if b.Media != nil && len(b.Media.Bytes) > 0 {
			v.File = home + "/api/" + kind + "/" + url.PathEscape(ref) + "/" + url.PathEscape(customer) + "/media/" + url.PathEscape(b.ID)
		}
		out.Bubbles = append(out.Bubbles, v)
	}
	if t, ok := s.(interface {
		Typing(ref, customer string) bool
	}); ok {
		out.Typing = t.Typing(ref, customer)
	}
	return out
}

func (p *phones) thread(w http.ResponseWriter, r *http.Request) {
	if a, who, ok := p.customer(w, r); ok {
		serve(w, r, "application/json", encode(p.screen(a.Kind, a.Ref, who.ID)))
	}
}

// shown are the types that a browser shows without running anything. Whatever else somebody
// sent is handed out as a download.
func shown(kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return family == "audio" || family == "video" || slices.Contains([]string{"image/jpeg", "image/png", "image/webp", "image/gif"}, kind)
}

// media serves the file of one bubble.
func (p *phones) media(w http.ResponseWriter, r *http.Request) {
	a, who, ok := p.customer(w, r)
	if !ok {
		return
	}
	all := p.platform(a.Kind).Thread(a.Ref, who.ID)
	i := slices.IndexFunc(all, func(b sim.Bubble) bool { return b.ID == r.PathValue("id") && b.Media != nil && len(b.Media.Bytes) > 0 })
	if i < 0 {
		refuse(w, http.StatusNotFound, missing, "")
		return
	}
	m := all[i].Media
	kind, _, err := mime.ParseMediaType(m.MIME)
	if err != nil || !shown(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": m.Name}))
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	serve(w, r, kind, m.Bytes)
}
