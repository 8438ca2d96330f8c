// Package channeltest is the suite every channel runs: the same customers' acts and the
// same messages, on each platform's simulator over its real wire format.
//
//	func TestSuite(t *testing.T) { channeltest.Run(t, open) }
//
// A case that a platform has no such thing for is named in Capabilities.Lacks with the
// reason, and nowhere else. What a channel sends is kept in testdata/send, one golden file
// per kind of content; -update writes them anew.
package channeltest

import (
	"testing"

	"recado/channels"
	"recado/internal/sim"
)

// Bench is one adapter beside its simulated platform. Everything in it is fresh.
type Bench struct {
	Adapter  channels.Adapter
	Channel  channels.Channel // with Settings, Secrets, Ref and Hook
	Platform sim.Platform     // nil for a channel without a platform behind it
	Account  sim.Account      // the same account as the platform knows it; the suite connects it
	Customer sim.Person
	// Other is a second channel of another company on the same platform, with other
	// secrets, for the cases of the wrong account. Zero when the platform knows no such mix-up.
	Other channels.Channel
}

// Open makes a Bench. base is where the suite serves Platform over HTTP and hook the address
// it takes webhooks at; what is opened closes with t.
type Open func(t testing.TB, hook string, serve func(sim.Platform) (base string)) Bench

// Run runs every case of the suite.
func Run(t *testing.T, open Open) { run(t, open) }
