package upgrade

import (
	"errors"
	"testing"

	"recado/flows"
	"recado/internal/errs"
)

func TestTheNewestIsWhatTheEngineRuns(t *testing.T) {
	t.Parallel()
	if Newest() != flows.Format {
		t.Errorf("steps lead to format %d, the engine runs %d", Newest(), flows.Format)
	}
}

// Two made-up steps: a field gets a new name, then each node gets a place.
var sample = []step{
	func(d map[string]any) (map[string]any, error) {
		d["name"] = d["title"]
		delete(d, "title")
		return d, nil
	},
	func(d map[string]any) (map[string]any, error) {
		nodes, ok := d["nodes"].([]any)
		if !ok {
			return nil, errors.New("no nodes")
		}
		for _, n := range nodes {
			n.(map[string]any)["at"] = []any{0, 0}
		}
		return d, nil
	},
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"through both", `{"format":1,"title":"Hola","idle":1.50,"nodes":[{"id":"a"}]}`, `{"format":3,"idle":1.50,"name":"Hola","nodes":[{"at":[0,0],"id":"a"}]}`},
		{"through the last", `{"format":2,"name":"Hola","nodes":[]}`, `{"format":3,"name":"Hola","nodes":[]}`},
		{"nothing to do, byte for byte", ` {"format": 3, "name": "Hola"}`, ` {"format": 3, "name": "Hola"}`},
		{"no JSON", `{"format":`, `{"format":`},
	} {
		got, err := apply([]byte(c.in), sample)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{"newer than the program": `{"format":4}`, "none": `{"name":"x"}`, "zero": `{"format":0}`, "below": `{"format":-1}`} {
		if _, err := apply([]byte(in), sample); !errs.Is(err, "flow.format") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := apply([]byte(`{"format":2,"nodes":1}`), sample); err == nil || errs.Is(err, "flow.format") {
		t.Errorf("a step that fails: %v", err)
	}
	if _, err := Raw([]byte(`{"format":1}`)); err != nil {
		t.Errorf("the newest format: %v", err)
	}
}
