package sim

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is one way a platform's API fails.
type Fault string

// The faults. After names those in which the platform has taken the message.
const (
	OK         Fault = ""
	Busy       Fault = "429"       // wait Faults.RetryAfter
	Broken     Fault = "5xx"       // refused before anything was done
	Slow       Fault = "slow"      // answers late, but answers
	HalfBody   Fault = "half_body" // taken; the answer is cut in the middle
	Hang       Fault = "hang"      // taken; no answer ever comes
	BrokenLate Fault = "5xx_after" // taken; then a 500
	Revoked    Fault = "revoked"   // the token no longer counts
	Rejected   Fault = "rejected"  // this message will never do
	OptedOut   Fault = "opted_out" // the recipient does not want it
	Closed     Fault = "window"    // outside the reply window
	Unplugged  Fault = "unplugged" // the connection is cut before a byte is read
)

// Taken reports whether the platform has the message although the caller saw a failure.
func (f Fault) Taken() bool { return f == HalfBody || f == Hang || f == BrokenLate }

// Faults is a platform's mood. The zero value is a platform that works.
type Faults struct {
	mu         sync.Mutex
	script     []Fault
	rate       map[Fault]float64
	rand       *rand.Rand
	retryAfter time.Duration
	count      map[Fault]int
	early      int
	notBefore  time.Time
}

// Next makes the API's next calls fail in this order; OK lets one pass.
func (f *Faults) Next(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.script = append(f.script, faults...)
}

// Rate makes each call fail with these probabilities, from a seed; nil ends it.
func (f *Faults) Rate(seed uint64, rate map[Fault]float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rate, f.rand = rate, rand.New(rand.NewPCG(seed, seed))
}

// SetRetryAfter is how long Busy tells callers to wait; 1 s without it.
func (f *Faults) SetRetryAfter(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retryAfter = d
}

// RetryAfter is how long Busy tells callers to wait.
func (f *Faults) RetryAfter() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.retryAfter == 0 {
		return time.Second
	}
	return f.retryAfter
}

// Draw takes the next fault. The platform calls it once for each call that sends.
func (f *Faults) Draw() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.notBefore) {
		f.early++
	}
	out := OK
	switch {
	case len(f.script) > 0:
		out, f.script = f.script[0], f.script[1:]
	case f.rate != nil:
		x := f.rand.Float64()
		for _, k := range []Fault{Busy, Broken, Slow, HalfBody, Hang, BrokenLate, Revoked, Rejected, OptedOut, Closed, Unplugged} {
			if x < f.rate[k] {
				out = k
				break
			}
			x -= f.rate[k]
		}
	}
	if f.count == nil {
		f.count = map[Fault]int{}
	}
	f.count[out]++
	if out == Busy {
		d := f.retryAfter
		if d == 0 {
			d = time.Second
		}
		f.notBefore = time.Now().Add(d)
	}
	return out
}

// Counts tells how often each fault was drawn; OK counts calls that worked.
func (f *Faults) Counts() map[Fault]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[Fault]int{}
	for k, n := range f.count {
		out[k] = n
	}
	return out
}

// Early is how many calls came before the time that Busy had told.
func (f *Faults) Early() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.early
}

// Serve runs a sending call under a fault. take does what the platform does with a good
// call and returns its answer; refuse writes the platform's own error for the faults that
// have one (Busy, Revoked, Rejected, OptedOut, Closed, Broken).
func (f *Faults) Serve(w http.ResponseWriter, r *http.Request, take func() (status int, body []byte), refuse func(http.ResponseWriter, Fault)) {
	fault := f.Draw()
	switch fault {
	case Busy, Revoked, Rejected, OptedOut, Closed, Broken:
		if fault == Busy {
			w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter()+time.Second-1)/time.Second)))
		}
		refuse(w, fault)
		return
	case Unplugged:
		cut(w)
		return
	case Slow:
		select {
		case <-time.After(300 * time.Millisecond):
		case <-r.Context().Done():
		}
	}
	status, body := take()
	switch fault {
	case BrokenLate:
		refuse(w, Broken)
	case Hang:
		<-r.Context().Done()
	case HalfBody:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
		w.WriteHeader(status)
		_, _ = w.Write(body[:len(body)/2])
		cut(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// cut ends the connection under the caller's feet.
func cut(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.Flush()
	if conn, _, err := c.Hijack(); err == nil {
		_ = conn.Close()
	}
}
