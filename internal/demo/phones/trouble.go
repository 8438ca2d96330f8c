package phones

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"recado/internal/sim"
	"recado/internal/sim/whatsapp"
)

// faults are those that a platform's next calls may have, in the order that the page shows.
var faults = []sim.Fault{
	sim.Busy, sim.Broken, sim.BrokenLate, sim.Hang, sim.HalfBody, sim.Slow, sim.Unplugged, sim.Rejected, sim.OptedOut, sim.Closed, sim.Revoked,
}

// maxFaults is how many calls in a row may be told to fail.
const maxFaults = 10

// tooManyStrangers is WhatsApp's reason for a temporary ban.
const tooManyStrangers = 101

// moods remembers which lasting troubles are on, for the simulators do not tell. The zero
// value is ready. Those of a kind belong to its platform; a ban belongs to a number.
type moods struct {
	mu sync.Mutex
	on map[string]map[string]bool
}

func (m *moods) of(a Account) map[string]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]bool{}
	maps.Copy(out, m.on[a.Kind])
	maps.Copy(out, m.on[a.Kind+"/"+a.Ref])
	return out
}

func (m *moods) set(where, what string, on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.on == nil {
		m.on = map[string]map[string]bool{}
	}
	if m.on[where] == nil {
		m.on[where] = map[string]bool{}
	}
	m.on[where][what] = on
}

// linked tells a kind whose accounts are linked by QR code.
func (p *phones) linked(kind string) bool {
	return p.WhatsApp != nil && p.platform(kind) == sim.Platform(p.WhatsApp)
}

// trouble makes one for an account. The form's "do" is "fault", with "fault" and "times";
// "duplicate" or "reorder" the webhooks; and for an account linked by QR code "drop" its
// socket, "ban" or "logout" it, or be "outdated"; lasting ones with "on".
func (p *phones) trouble(w http.ResponseWriter, r *http.Request) {
	a, ok := p.account(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	do, on := r.PostFormValue("do"), r.PostFormValue("on") == "true"
	done := false
	switch do {
	case "fault":
		done = p.fault(a, sim.Fault(r.PostFormValue("fault")), r.PostFormValue("times"))
	case "duplicate", "reorder":
		done = p.hooks(a, do, on)
	default:
		done = p.linked(a.Kind) && p.session(a, do, on)
	}
	if !done {
		refuse(w, http.StatusUnprocessableEntity, bad, "")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (p *phones) fault(a Account, f sim.Fault, times string) bool {
	n, err := strconv.Atoi(times)
	if err != nil || n < 1 || n > maxFaults || !slices.Contains(faults, f) {
		return false
	}
	p.platform(a.Kind).Faults().Next(slices.Repeat([]sim.Fault{f}, n)...)
	return true
}

// hooks changes how webhooks come; where sockets are held there are none.
func (p *phones) hooks(a Account, what string, on bool) bool {
	if p.linked(a.Kind) {
		return false
	}
	s := p.platform(a.Kind)
	if what == "duplicate" {
		s.Hooks().Duplicate(on)
	} else {
		s.Hooks().Reorder(on)
	}
	for _, k := range s.Kinds() {
		p.moods.set(k, what, on)
	}
	return true
}

// session troubles the socket of an account linked by QR code.
func (p *phones) session(a Account, what string, on bool) bool {
	switch what {
	case "drop":
		p.WhatsApp.Drop(a.Ref)
	case "logout":
		p.WhatsApp.LogOut(a.Ref)
	case "ban":
		reason := 0
		if on {
			reason = tooManyStrangers
		}
		p.WhatsApp.Ban(a.Ref, reason)
		p.moods.set(a.Kind+"/"+a.Ref, what, on)
	case "outdated":
		p.WhatsApp.Outdated(on)
		p.moods.set(a.Kind, what, on)
	default:
		return false
	}
	return true
}

// scan plays the owner who takes up the shop's phone, of the number in "phone", and scans the
// QR code whose text is in "code" or types the pairing code that stands there.
func (p *phones) scan(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	code, number := strings.TrimSpace(r.PostFormValue("code")), r.PostFormValue("phone")
	if p.WhatsApp == nil || code == "" {
		refuse(w, http.StatusUnprocessableEntity, bad, "")
		return
	}
	link := p.WhatsApp.Enter
	if strings.Contains(code, ",") { // a pairing code is eight letters
		link = p.WhatsApp.Scan
	}
	switch err := link(code, number); {
	case errors.Is(err, whatsapp.ErrCode):
		refuse(w, http.StatusUnprocessableEntity, wrongCode, err.Error())
	case err != nil:
		refuse(w, http.StatusUnprocessableEntity, wrongNumber, err.Error())
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
