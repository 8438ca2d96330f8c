package main

import (
	"fmt"
	"time"
)

// sessionsCommand holds many WhatsApp sockets on one node: what each costs, what happens
// when all fall at once, and when the server dies while messages come in.
type sessionsCommand struct {
	N int `default:"210" name:"n" help:"QR channels"`
}

const (
	warmUp = 10 // sessions after which memory is measured for the first time
	// sessionKiB is what an idle session may cost.
	sessionKiB = 256
	// reconnects is how many sockets a node may open a second. A busy machine delays some, so
	// that they arrive closer together: the promise is held to over watched, in which a few
	// more may arrive that were due before.
	reconnects = 10
	watched    = 5 * time.Second
	late       = 3
	tooFast    = "more reconnects than promised"
)

func (c *sessionsCommand) Run(l *lab) error {
	f, err := openFleet(l, "node")
	if err != nil {
		return err
	}
	defer f.close()
	var broken findings
	for _, part := range []func(*fleet, *findings) error{c.link, c.chat, c.drop, c.crash} {
		if err := part(f, &broken); err != nil {
			return err
		}
	}
	if err := f.judge(&broken); err != nil {
		return err
	}
	// After each silence the phone is asked for what was said in it; a phone that cannot be
	// reached by one device can by none.
	if n := f.node.logged("no signal session") + f.node.logged("published no keys"); n > 0 {
		broken.add("phones that could not be asked for history", "%d times", n)
	}
	l.say("load %s", load())
	return broken.report(l)
}

// link pairs all and measures what idle ones cost. The first few pay for what all share.
func (c *sessionsCommand) link(f *fleet, broken *findings) error {
	begun := time.Now()
	kib, err := f.idleKiB(c.N)
	if err != nil {
		return err
	}
	f.lab.say("%d sessions of %d companies linked and online; with two rests %.0f s", len(f.outlets), len(f.shops), time.Since(begun).Seconds())
	f.lab.say("idle: %.0f KiB of resident memory each (goal <= %d)", kib, sessionKiB)
	if kib > sessionKiB {
		broken.add("sessions that cost too much memory", "%.0f KiB each", kib)
	}
	return nil
}

// idleKiB links n sessions and returns the resident memory of each beyond the first few.
func (f *fleet) idleKiB(n int) (float64, error) {
	if n <= warmUp {
		return 0, fmt.Errorf("more than %d sessions are needed to tell what one costs", warmUp)
	}
	if err := f.grow(warmUp); err != nil {
		return 0, err
	}
	before, err := f.restingRSS()
	if err != nil {
		return 0, err
	}
	if err := f.grow(n - warmUp); err != nil {
		return 0, err
	}
	after, err := f.restingRSS()
	if err != nil {
		return 0, err
	}
	f.lab.say("resident memory: %.1f MB with %d sessions, %.1f MB with %d", float64(before)/1e6, warmUp, float64(after)/1e6, n)
	return float64(after-before) / 1024 / float64(n-warmUp), nil
}

// chat sends a message to each, which a bot answers.
func (c *sessionsCommand) chat(f *fleet, _ *findings) error {
	begun := time.Now()
	if err := f.say(); err != nil {
		return err
	}
	if err := f.answered(time.Minute); err != nil {
		return err
	}
	took := time.Since(begun)
	f.lab.say("a message to each, answered by a bot: %.1f s (%.0f conversations/s)", took.Seconds(), float64(len(f.outlets))/took.Seconds())
	return nil
}

// drop cuts all sockets at once while customers go on writing.
func (c *sessionsCommand) drop(f *fleet, broken *findings) error {
	cut := time.Now()
	f.platforms.WhatsApp.DropAll()
	if err := f.say(); err != nil {
		return err
	}
	if err := f.answered(2 * time.Minute); err != nil {
		return err
	}
	if err := f.online(time.Minute, cut); err != nil {
		return err
	}
	logins := f.platforms.loginsSince(cut)
	last := cut
	if len(logins) > 0 {
		last = logins[len(logins)-1]
	}
	f.lab.say("all sockets dropped: %d reconnects in %.1f s, %d in the busiest second (promised %d); what was written meanwhile answered after %.1f s",
		len(logins), last.Sub(cut).Seconds(), busiest(logins, time.Second), reconnects, time.Since(cut).Seconds())
	checkPace(broken, logins)
	return nil
}

// crash kills the server while messages come in.
func (c *sessionsCommand) crash(f *fleet, broken *findings) error {
	writing := make(chan error, 1)
	go func() { writing <- f.say() }()
	begun := len(f.outlets) * 2 // written so far, and stored
	err := until(f.lab, 30*time.Second, 5*time.Millisecond, "messages come in", f.storedMore(begun+len(f.outlets)/4))
	f.node.kill()
	killed := time.Now()
	if err != nil {
		return err
	}
	if _, err := f.node.supervise(f.lab); err != nil {
		return err
	}
	up := time.Since(killed)
	if err := <-writing; err != nil {
		return err
	}
	if err := f.online(2*time.Minute, killed); err != nil {
		return err
	}
	online := time.Since(killed)
	if err := f.answered(2 * time.Minute); err != nil {
		return err
	}
	logins := f.platforms.loginsSince(killed)
	f.lab.say("server killed while messages came in: up after %.1f s, all sessions online after %.1f s (%d logins in the busiest second), all stored and answered after %.1f s",
		up.Seconds(), online.Seconds(), busiest(logins, time.Second), time.Since(killed).Seconds())
	checkPace(broken, logins)
	return nil
}

func checkPace(broken *findings, logins []time.Time) {
	if n := busiest(logins, watched); n > reconnects*int(watched/time.Second)+late {
		broken.add(tooFast, "%d in %v", n, watched)
	}
}

// busiest is the most of these times, which are in order, that lie within so long.
func busiest(at []time.Time, within time.Duration) (most int) {
	first := 0
	for i := range at {
		for at[i].Sub(at[first]) >= within {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
