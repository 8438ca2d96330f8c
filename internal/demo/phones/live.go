package phones

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// How the page is kept up to date. Simulators tell nobody what changes on their screens, so
// while a page is open they are looked at.
const (
	lookEvery   = 300 * time.Millisecond // at the screens
	stateEvery  = 2 * time.Second        // at the accounts, which are in a database
	alive       = 15 * time.Second       // between comments that show that the stream lives
	writeWithin = 10 * time.Second
	maxWatched  = 32 // screens per stream
	maxStreams  = 64
)

// live is the stream of a page: the event "state" and, for each "watch=kind/ref/person" of the
// query, "thread" with a screen; at first and whenever they change.
func (p *phones) live(w http.ResponseWriter, r *http.Request) {
	watched := r.URL.Query()["watch"]
	if len(watched) > maxWatched {
		refuse(w, http.StatusBadRequest, bad, "")
		return
	}
	select {
	case p.streams <- struct{}{}:
		defer func() { <-p.streams }()
	default:
		refuse(w, http.StatusServiceUnavailable, busy, "")
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy in front must not collect events
	s := &stream{p: p, w: w, r: r, out: http.NewResponseController(w), last: map[string][]byte{}}
	if !s.write("retry: 1000\n\n") {
		return
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for s.state() && s.threads(watched) {
		select {
		case <-look.C:
		case <-r.Context().Done():
			return
		case <-p.Done:
			return
		}
	}
}

// stream is one page's.
type stream struct {
	p         *phones
	w         http.ResponseWriter
	r         *http.Request
	out       *http.ResponseController
	last      map[string][]byte // what the page knows
	asked     time.Time         // when the accounts were last looked at
	wrote     time.Time
	unhealthy bool // the accounts could not be read
}

// state tells the accounts if it is time; false when the page is gone.
func (s *stream) state() bool {
	if time.Since(s.asked) < stateEvery {
		return true
	}
	s.asked = time.Now()
	now, err := s.p.state(s.r.Context())
	if err != nil {
		if !s.unhealthy {
			s.p.Log.WarnContext(s.r.Context(), "the demo's accounts cannot be read", "err", err)
		}
		s.unhealthy = true
		return true
	}
	s.unhealthy = false
	return s.tell("state", "", now)
}

func (s *stream) threads(watched []string) bool {
	for _, key := range watched {
		kind, rest, _ := strings.Cut(key, "/")
		i := strings.LastIndex(rest, "/") // an account's reference may hold one
		if i >= 0 && !s.tell("thread", key, s.p.screen(kind, rest[:i], rest[i+1:])) {
			return false
		}
	}
	if time.Since(s.wrote) > alive {
		return s.write(": \n\n")
	}
	return true
}

// tell sends what is new about something.
func (s *stream) tell(event, about string, v any) bool {
	b := encode(v)
	if bytes.Equal(s.last[event+about], b) {
		return true
	}
	s.last[event+about] = b
	return s.write("event: " + event + "\ndata: " + string(b) + "\n\n")
}

func (s *stream) write(text string) bool {
	s.wrote = time.Now()
	_ = s.out.SetWriteDeadline(s.wrote.Add(writeWithin)) // where there is none to set, none ends us
	if _, err := s.w.Write([]byte(text)); err != nil {
		return false
	}
	return s.out.Flush() == nil
}
