package flow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/internal/flow"
	"recado/internal/id"
)

var updateTalks = flag.Bool("update-talks", false, "write what the bot says into the starters' conversations")

// Every starter compiles, says everything in its own language only, stands apart on the
// canvas, and holds its conversation word for word.
func TestStartersTalk(t *testing.T) {
	t.Parallel()
	for _, s := range flow.Starters() {
		t.Run(s.Language+"/"+s.Key, func(t *testing.T) {
			t.Parallel()
			f, err := flows.Compile(id.Flow{15: 1}, 1, s.Definition, flows.World{Table: nodes.Table})
			if err != nil {
				t.Fatal(problemLines(err))
			}
			lines := make([]nodetest.Line, len(s.Conversation))
			for i, raw := range s.Conversation {
				d := json.NewDecoder(bytes.NewReader(raw))
				d.DisallowUnknownFields()
				if err := d.Decode(&lines[i]); err != nil {
					t.Fatalf("line %d: %v", i+1, err)
				}
			}
			got, err := nodetest.Talk(f, lines)
			if err != nil {
				t.Errorf("%v", err)
			}
			if *updateTalks {
				rewrite(t, s, got)
			} else {
				compare(t, got, lines)
			}
			apart(t, s.Definition)
			reachable(t, f)
			for _, n := range s.Definition.Nodes {
				if other := map[string]string{"es": `"en":`, "en": `"es":`}[s.Language]; bytes.Contains(n.Data, []byte(other)) {
					t.Errorf("node %s is written in another language too", n.ID)
				}
			}
		})
	}
}

func problemLines(err error) string {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []string
		for _, e := range many.Unwrap() {
			out = append(out, problemLines(e))
		}
		return strings.Join(out, "\n")
	}
	return err.Error()
}

func compare(t *testing.T, got, want []nodetest.Line) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = show(t, got[i])
		}
		if i < len(want) {
			w = show(t, want[i])
		}
		if g != w {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, g, w)
			return
		}
	}
}

func show(t *testing.T, l nodetest.Line) string {
	t.Helper()
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// apart reports nodes that would lie on each other: a card is some 280 by 140.
func apart(t *testing.T, d flows.Definition) {
	t.Helper()
	for i, a := range d.Nodes {
		for _, b := range d.Nodes[:i] {
			if dx, dy := a.At[0]-b.At[0], a.At[1]-b.At[1]; max(dx, -dx) < 300 && max(dy, -dy) < 150 {
				t.Errorf("%s and %s lie on each other", a.ID, b.ID)
			}
		}
	}
}

func reachable(t *testing.T, f *flows.Flow) {
	t.Helper()
	d := f.Definition()
	seen := []string{d.Start}
	for i := 0; i < len(seen); i++ {
		for _, to := range f.Leads(seen[i]) {
			if !slices.Contains(seen, to) {
				seen = append(seen, to)
			}
		}
	}
	for _, n := range d.Nodes {
		if !slices.Contains(seen, n.ID) {
			t.Errorf("nothing leads to %s", n.ID)
		}
	}
}

// rewrite stores the talk beside the definition, whose file it lays out anew.
func rewrite(t *testing.T, s flow.Starter, talk []nodetest.Line) {
	t.Helper()
	d, err := flow.Export(s.Definition)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(struct {
		Definition   json.RawMessage `json:"definition"`
		Conversation []nodetest.Line `json:"conversation"`
	}{d, talk})
	if err = errors.Join(err, os.WriteFile(filepath.Join("starters", s.Language, s.Key+".json"), b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}
