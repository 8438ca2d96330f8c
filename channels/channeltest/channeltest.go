// Package channeltest is the suite every channel runs: the same customers' acts and the
// same messages, on each platform's simulator over its real wire format.
//
//	func TestSuite(t *testing.T) { channeltest.Run(t, open) }
//
// A case that a platform has no such thing for is named in Capabilities.Lacks with the
// reason, and nowhere else; the suite holds it to that where it can: a customer's act that
// the simulator can do may not be lacking. What a channel sends is kept in testdata/send,
// one golden file per kind of content; -update writes them anew. With RECADO_SUITE_TABLE
// naming a folder, the outcome of every case is written to <folder>/<kind>.json.
package channeltest

import (
	"testing"

	"recado/channels"
	"recado/internal/chat"
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
	// Its Hook, if the platform's signature covers the address, is below the suite's: hook+"/other".
	Other channels.Channel

	// Template is one that Platform has approved, with as many Params as it has places. Nil
	// where the adapter is a Templater: the suite then submits SampleTemplate itself.
	Template *chat.Template
	// Volatile are JSON or form keys whose values differ each time and that the suite cannot
	// know: keys of encrypted media, say. The golden files show them as "{volatile}".
	Volatile []string
	// Golden is the folder of the golden files where a package has several kinds; "testdata/send"
	// without it.
	Golden string
}

// Open makes a Bench. base is where the suite serves Platform over HTTP and hook the address
// it takes webhooks at; what is opened closes with t.
type Open func(t testing.TB, hook string, serve func(sim.Platform) (base string)) Bench

// WriteOwn is the act of the company itself: it writes Text to Customer in the platform's
// own app. Platforms that tell us of that play it; others answer sim.ErrCannot.
const WriteOwn sim.Act = "own"

// SampleTemplate is what the suite submits to a Templater's platform.
var SampleTemplate = channels.Template{
	Name: "pedido_listo", Language: "es_MX", Category: "utility",
	Body: "Hola {{1}}, tu pedido {{2}} está listo.", Samples: []string{"Ana", "A-100"},
}

// Run runs every case of the suite.
//
// What it puts into a sim.Action, beside what sim says of it: the Text of a SendPlace is the
// place's name, that of a SendCard the name on the card, that of a Press or Pick the label
// chosen. Only SendImage has a caption, which counts if the customer's own screen shows it.
func Run(t *testing.T, open Open) { run(t, open) }
