package main

import (
	"context"
	"net/http"
	"time"
)

// deafCommand makes a WhatsApp socket stay open and answer nothing, as a line does that died
// without a word.
type deafCommand struct{}

// hears is how soon a socket must be found deaf.
const hears = 60 * time.Second

// sessionView is what the lab needs of a session as its owner sees it.
type sessionView struct {
	Phase    string
	Restarts int
	Gaps     []struct {
		From, To time.Time
		Code     string
		Fetched  int
	}
}

func (c *deafCommand) Run(l *lab) error {
	f, err := openFleet(l, "node")
	if err != nil {
		return err
	}
	defer f.close()
	if err := f.grow(1); err != nil {
		return err
	}
	if err := f.say(); err != nil {
		return err
	}
	if err := f.answered(30 * time.Second); err != nil {
		return err
	}
	o, wa := f.outlets[0], f.platforms.WhatsApp
	companions := wa.Companions(o.ref)
	wa.Deafen(o.ref, true)
	deafened := time.Now()
	for range 3 {
		if err := f.say(); err != nil {
			return err
		}
	}
	var broken findings
	// It is connected anew at once, so the phase itself may pass between two looks.
	_, err = f.seen("is found deaf", 2*hears, func(v sessionView) bool { return v.Phase == "deaf" || v.Restarts > 0 })
	if err != nil {
		return err
	}
	found := time.Since(deafened)
	wa.Deafen(o.ref, false)
	heard := time.Now()
	view, err := f.seen("is online", 2*time.Minute, func(v sessionView) bool { return v.Phase == "online" })
	if err != nil {
		return err
	}
	back := time.Since(heard)
	if err := f.answered(time.Minute); err != nil {
		return err
	}
	answered := time.Since(heard)
	l.say("found deaf after %.1f s (promised %.0f); online again %.1f s after it hears, %d restarts, the same device: %v; what was written meanwhile answered after %.1f s",
		found.Seconds(), hears.Seconds(), back.Seconds(), view.Restarts, wa.Companions(o.ref) == companions, answered.Seconds())
	if found > hears {
		broken.add("deaf sockets found too late", "%.1f s", found.Seconds())
	}
	if wa.Companions(o.ref) != companions {
		broken.add("sessions that needed another QR code", "%d devices, %d before", wa.Companions(o.ref), companions)
	}
	if len(view.Gaps) == 0 {
		broken.add("silences that no gap shows", "the session was deaf from %s", deafened.Format(time.TimeOnly))
	} else {
		g := view.Gaps[0]
		l.say("gap on record: %s to %s (%.1f s), %s; it was deaf from %s", g.From.Format(time.TimeOnly), g.To.Format(time.TimeOnly), g.To.Sub(g.From).Seconds(), g.Code, deafened.UTC().Format(time.TimeOnly))
		if g.From.After(deafened.Add(time.Second)) {
			broken.add("gaps that begin after the silence", "%s, deaf from %s", g.From, deafened)
		}
	}
	if err := f.judge(&broken); err != nil {
		return err
	}
	if err := c.forgotten(f, &broken); err != nil {
		return err
	}
	return broken.report(l)
}

// forgotten is a second silence, whose messages WhatsApp does not keep: only the owner's
// phone has them, and is asked for them as soon as somebody writes again. They are told, and
// not answered, for they are the past.
func (c *deafCommand) forgotten(f *fleet, broken *findings) error {
	l, o, wa := f.lab, f.outlets[0], f.platforms.WhatsApp
	before, err := f.seen("is online", time.Minute, func(v sessionView) bool { return v.Phase == "online" })
	if err != nil {
		return err
	}
	wa.Deafen(o.ref, true)
	lost := len(f.wrote[o].wrote)
	for range 3 {
		if err := f.say(); err != nil {
			return err
		}
	}
	if _, err := f.seen("is found deaf again", 2*hears, func(v sessionView) bool { return v.Restarts > before.Restarts }); err != nil {
		return err
	}
	wa.Forget(o.ref)
	wa.Deafen(o.ref, false)
	if _, err := f.seen("is online again", 2*time.Minute, func(v sessionView) bool { return v.Phase == "online" }); err != nil {
		return err
	}
	missed, asked := f.wrote[o].wrote[lost:], time.Now()
	if err := f.say(); err != nil {
		return err
	}
	view, err := f.seen("has its history", 30*time.Second, func(v sessionView) bool {
		return len(v.Gaps) > 0 && v.Gaps[0].Fetched >= len(missed)
	})
	if err != nil {
		broken.add("history that never came", "%v", err)
		return nil
	}
	l.say("a second silence, of which WhatsApp kept nothing: %d of %d messages fetched from the phone %.1f s after somebody wrote again", view.Gaps[0].Fetched, len(missed), time.Since(asked).Seconds())
	all, err := l.entries(l, o.id)
	if err != nil {
		return err
	}
	for _, text := range missed {
		stored, answers := 0, 0
		for _, e := range all {
			if e.Direction == "in" && e.Text == text {
				stored++
			}
			if e.Author == "bot" && e.Query == text {
				answers++
			}
		}
		if stored != 1 {
			broken.add("history that the ledger has not exactly once", "%q stands %d times", text, stored)
		}
		if answers != 0 {
			broken.add("history that a bot answered", "%q has %d answers", text, answers)
		}
	}
	return nil
}

// seen waits until the API shows the first session as wanted.
func (f *fleet) seen(what string, patience time.Duration, wanted func(sessionView) bool) (v sessionView, err error) {
	err = until(f.lab, patience, 100*time.Millisecond, "the session "+what, func(ctx context.Context) (bool, error) {
		var list struct{ Items []sessionView }
		if err := f.shops[0].owner.call(ctx, http.MethodGet, "/sessions", nil, &list, nil); err != nil || len(list.Items) != 1 {
			return false, err
		}
		v = list.Items[0]
		return wanted(v), nil
	})
	return v, err
}
