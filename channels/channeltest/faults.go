package channeltest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/sim"
)

// expect is what a fault must be told as. Classes are those that will do.
type expect struct {
	fault   sim.Fault
	classes []errs.Class
	maybe   string // "yes", "no", or "either"
	code    bool   // the platform's own code is told
}

var faults = []expect{
	{sim.Busy, []errs.Class{errs.RateLimited}, "no", false},
	{sim.Broken, []errs.Class{errs.Retryable}, "either", false}, // whether a 5xx was taken, not every platform says
	{sim.Hang, []errs.Class{errs.Retryable}, "yes", false},
	{sim.HalfBody, []errs.Class{errs.Retryable}, "yes", false},
	{sim.BrokenLate, []errs.Class{errs.Retryable}, "yes", false},
	{sim.Revoked, []errs.Class{errs.ChannelDown}, "no", true},
	{sim.Rejected, []errs.Class{errs.Permanent}, "no", true},
	{sim.OptedOut, []errs.Class{errs.Refused}, "no", true},
	{sim.Closed, []errs.Class{errs.Permanent}, "no", true},
	{sim.Unplugged, []errs.Class{errs.Retryable}, "yes", false}, // the simulator has it, so something was written
}

// impatience is how long a sending call may take in these cases; only a hanging one needs it.
const impatience = time.Second

func errorCases() []one {
	var out []one
	for _, x := range faults {
		out = append(out, one{name: "error/" + string(x.fault), run: func(s *stage) { s.failing(x) }})
	}
	return out
}

// failing sends one text under a fault and checks what the queue would be told.
func (s *stage) failing(x expect) {
	s.Helper()
	const text = "Mensaje que falla"
	told := 7 * time.Second
	s.Platform.Faults().SetRetryAfter(told)
	to := s.say("Hola").From.Identity
	err := s.sendUnder(x.fault, text, to)
	if s.Platform.Faults().Counts()[x.fault] == 0 {
		s.Fatalf("the platform does not play %q: name the case in Capabilities.Lacks, or let it draw its faults", x.fault)
	}
	var got *errs.Send
	if !errors.As(err, &got) {
		s.Fatalf("Send under %q gives %v, want an *errs.Send", x.fault, err)
	}
	if !slices.Contains(x.classes, got.Class) {
		s.Errorf("class is %s, want %s (%v)", class(got.Class), class(x.classes[0]), got)
	}
	if x.maybe == "yes" && !got.MaybeSent {
		s.Errorf("MaybeSent is false, but the platform may have taken it (%v)", got)
	}
	if x.maybe == "no" && got.MaybeSent {
		s.Errorf("MaybeSent, but the platform has said no (%v)", got)
	}
	if x.fault == sim.Busy && got.RetryAfter < told {
		s.Errorf("RetryAfter is %v, the platform told %v", got.RetryAfter, told)
	}
	if x.code && got.Code == "" {
		s.Errorf("the platform's code is missing (%v)", got)
	}
	shown := 0
	for _, b := range s.arrived() {
		if strings.Contains(b.Text, text) {
			shown++
		}
	}
	most := 0
	if x.fault.Taken() {
		most = 1
	}
	if shown > most {
		s.Errorf("the customer's screen shows the message %d times, want %d at most", shown, most)
	}
}

// sendUnder sends a text whose first call meets a fault.
func (s *stage) sendUnder(f sim.Fault, text, to string) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.patience)
	if f == sim.Hang {
		cancel()
		ctx, cancel = context.WithTimeout(s.ctx, impatience)
	}
	defer cancel()
	s.Platform.Faults().Next(f)
	_, err := s.Adapter.Send(ctx, s.Channel, s.outgoing(chat.Plain(text), channels.Refs{}, to))
	return err
}

func class(c errs.Class) string {
	return []string{"Retryable", "Permanent", "RateLimited", "ChannelDown", "Refused"}[c]
}

// redaction looks for the channel's secrets wherever they could come out: in the errors of
// calls that fail in every way, in a check's findings and in a log that is handed the channel.
func redaction(s *stage) {
	var said []string
	say := func(where string, err error) {
		for ; err != nil; err = errors.Unwrap(err) {
			said = append(said, fmt.Sprintf("%s: %v %+v", where, err, err))
		}
	}
	to := s.say("Hola").From.Identity
	for _, x := range faults {
		if s.caps.Lacks["error/"+string(x.fault)] == "" {
			say("Send under "+string(x.fault), s.sendUnder(x.fault, "Hola", to))
		}
	}
	stopped, cancel := context.WithCancel(s.ctx)
	cancel()
	_, err := s.Adapter.Send(stopped, s.Channel, s.outgoing(chat.Plain("Hola"), channels.Refs{}, to))
	say("Send when stopped", err)
	if f, ok := s.Adapter.(channels.MediaFetcher); ok {
		_, err := f.Fetch(stopped, s.Channel, channels.MediaRef{Ref: "nothing"})
		say("Fetch when stopped", err)
	}
	if c, ok := s.Adapter.(channels.Checker); ok {
		for _, x := range append(c.Check(s.ctx, s.Channel), c.Check(stopped, s.Channel)...) {
			said = append(said, fmt.Sprintf("finding %s: %s %v", x.Code, x.Detail, x.Args))
		}
	}
	said = append(said, logged(s.Channel)...)
	for key, secret := range s.Channel.Secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), base64.StdEncoding.EncodeToString([]byte(secret))} {
			for _, line := range said {
				if len(secret) >= 4 && strings.Contains(line, form) {
					s.Errorf("the secret %q comes out in: %s", key, strings.ReplaceAll(line, form, "***"))
				}
			}
		}
	}
}
