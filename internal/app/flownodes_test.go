package app

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recado/channels"
	"recado/channels/whatsmeow"
	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/internal/chat"
)

// graver orders what a limit does to a message.
var graver = []channels.Effect{channels.Split, channels.AsAudio, channels.Shorter, channels.AsList, channels.AsText, channels.AsLink, channels.TooLarge, channels.Dropped, channels.Refused}

// Whatever the goldens of the nodes say is carried by every channel, in a way that the
// table tells; what a channel cannot carry at all it refuses with the limit's name.
func TestNodesOnChannels(t *testing.T) {
	t.Parallel()
	adapters, err := Adapters(Outside{WhatsApp: whatsmeow.Options{}})
	if len(adapters) == 0 {
		t.Fatal(err)
	}
	said := saidByNodes(t)
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-14s", "node")
	for _, a := range adapters {
		fmt.Fprintf(&b, " %-15s", a.Kind())
	}
	for _, typ := range slices.Sorted(maps.Keys(nodes.Table)) {
		fmt.Fprintf(&b, "\n%-14s", typ)
		for _, a := range adapters {
			fmt.Fprintf(&b, " %-15s", carried(t, typ, a, said[typ]))
		}
	}
	t.Log(b.String())
}

// carried is how a channel shows what a kind of node says: "as is", or the gravest thing
// that its limits do, and how many parts at most one message becomes.
func carried(t *testing.T, typ string, a channels.Adapter, said []chat.Content) string {
	caps := a.Capabilities(channels.Channel{})
	worst, parts := -1, 1
	for _, c := range said {
		out, breaches := channels.Fit(c, caps, channels.FitOptions{Language: "es", Link: func(m chat.Media) string { return "https://files.example/" + m.File.String() }})
		for _, br := range breaches {
			if br.Limit == "" {
				t.Errorf("%s on %s: a limit without a name: %+v", typ, a.Kind(), br)
			}
			worst = max(worst, slices.Index(graver, br.Effect))
		}
		refused := slices.ContainsFunc(breaches, func(br channels.Breach) bool { return br.Effect == channels.Refused })
		if len(out) == 0 && !refused {
			t.Errorf("%s on %s: %s is lost without a reason", typ, a.Kind(), c.Type)
		}
		if refused && c.Type != chat.TemplateMsg {
			t.Errorf("%s on %s: %s cannot be sent: %+v", typ, a.Kind(), c.Type, breaches)
		}
		for _, p := range out {
			if err := p.Check(); err != nil {
				t.Errorf("%s on %s: a part cannot be sent: %v", typ, a.Kind(), err)
			}
		}
		choosable(t, typ, a, c, out)
		parts = max(parts, len(out))
	}
	switch {
	case len(said) == 0:
		return "-" // it says nothing
	case worst < 0:
		return "as is"
	}
	mark := string(graver[worst])
	if parts > 1 {
		mark += fmt.Sprintf(" (%d)", parts)
	}
	return mark
}

// choosable reports a choice that the contact cannot make on the channel, neither by button
// nor by reading its label.
func choosable(t *testing.T, typ string, a channels.Adapter, c chat.Content, out []chat.Content) {
	var labels []string
	for _, b := range c.Buttons {
		labels = append(labels, b.Label)
	}
	if c.List != nil {
		for _, s := range c.List.Sections {
			for _, r := range s.Rows {
				labels = append(labels, r.Title)
			}
		}
	}
	var shown strings.Builder
	for _, p := range out {
		shown.WriteString(p.Text + "\n")
		for _, b := range p.Buttons {
			shown.WriteString(b.Label + "\n")
		}
		if p.List != nil {
			for _, s := range p.List.Sections {
				for _, r := range s.Rows {
					shown.WriteString(r.Title + "\n")
				}
			}
		}
	}
	for _, l := range labels {
		if short := []rune(l); !strings.Contains(shown.String(), string(short[:min(len(short), 15)])) {
			t.Errorf("%s on %s: nobody can choose %q", typ, a.Kind(), l)
		}
	}
}

// saidByNodes is what the goldens of each kind of node make it say.
func saidByNodes(t *testing.T) map[string][]chat.Content {
	t.Helper()
	out := map[string][]chat.Content{}
	for typ := range nodes.Table {
		g, err := nodetest.Load(filepath.Join("..", "..", "flows", "nodes", "testdata", typ+".json"))
		if err != nil {
			t.Fatal(err)
		}
		_, speaker := nodes.Table[typ].New().(flows.Speaker)
		for i := range g.Cases {
			if c := &g.Cases[i]; c.Flow == nil || speaker {
				for _, s := range c.Want {
					out[typ] = append(out[typ], s.Said...)
				}
			}
		}
	}
	if len(out["buttons"]) == 0 {
		t.Fatal("the goldens say nothing: the search is broken")
	}
	return out
}
