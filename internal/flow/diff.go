package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aymanbagabas/go-udiff"

	"recado/flows"
)

// Diff is what changed from one definition to another.
type Diff struct {
	Nodes    []NodeChange  `json:"nodes"`
	Settings []FieldChange `json:"settings" doc:"What changed besides the nodes"`
	Text     string        `json:"text" doc:"Unified diff of the exported files; empty when they are equal"`
}

// NodeChange is what became of one node, by its id. One that only stands elsewhere on the
// canvas is moved.
type NodeChange struct {
	ID     string        `json:"id"`
	Change string        `json:"change" enum:"added,removed,changed,moved"`
	Name   string        `json:"name"`
	Type   string        `json:"type"`
	Fields []FieldChange `json:"fields"`
}

// FieldChange is a value before and after, null where there was or is none.
type FieldChange struct {
	Path string `json:"path" example:"data.text.es"`
	From any    `json:"from"`
	To   any    `json:"to"`
}

// Compare says what changed from a to b; fromName and toName head the text.
func Compare(a, b flows.Definition, fromName, toName string) (Diff, error) {
	d := Diff{Nodes: []NodeChange{}, Settings: []FieldChange{}}
	before, err := Export(a)
	if err != nil {
		return d, err
	}
	after, err := Export(b)
	if err != nil {
		return d, err
	}
	d.Text = udiff.Unified(fromName, toName, string(before), string(after))
	was := map[string]flows.NodeDef{}
	for _, n := range a.Nodes {
		was[n.ID] = n
	}
	for _, n := range b.Nodes {
		old, ok := was[n.ID]
		delete(was, n.ID)
		if !ok {
			d.Nodes = append(d.Nodes, NodeChange{n.ID, "added", n.Name, n.Type, []FieldChange{}})
			continue
		}
		fields := compare("", tree(old), tree(n))
		fields = slices.DeleteFunc(fields, func(f FieldChange) bool { return f.Path == "id" })
		switch {
		case len(fields) == 0:
		case !slices.ContainsFunc(fields, func(f FieldChange) bool { return f.Path != "at" }):
			d.Nodes = append(d.Nodes, NodeChange{n.ID, "moved", n.Name, n.Type, fields})
		default:
			d.Nodes = append(d.Nodes, NodeChange{n.ID, "changed", n.Name, n.Type, fields})
		}
	}
	for _, n := range a.Nodes {
		if _, gone := was[n.ID]; gone {
			d.Nodes = append(d.Nodes, NodeChange{n.ID, "removed", n.Name, n.Type, []FieldChange{}})
		}
	}
	d.Settings = append(d.Settings, compare("", settings(before), settings(after))...)
	return d, nil
}

// settings is an exported file without its nodes.
func settings(file []byte) any {
	v, _ := parse(file) // our own
	if m, ok := v.(map[string]any); ok {
		delete(m, "nodes")
	}
	return v
}

// tree is v as its JSON reads.
func tree(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // told where it is exported
	}
	out, _ := parse(b) // our own
	return out
}

// compare lists the places at which two trees differ, in order. A place on the canvas is one
// value; so is what stands on one side only.
func compare(path string, a, b any) []FieldChange {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		keys := map[string]bool{}
		for k := range x {
			keys[k] = true
		}
		for k := range y {
			keys[k] = true
		}
		var out []FieldChange
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			at := k
			if path != "" {
				at = path + "." + k
			}
			out = append(out, compare(at, x[k], y[k])...)
		}
		return out
	case []any:
		y, ok := b.([]any)
		if !ok || path == "at" {
			break
		}
		var out []FieldChange
		for i := range max(len(x), len(y)) {
			out = append(out, compare(fmt.Sprintf("%s[%d]", path, i), at(x, i), at(y, i))...)
		}
		return out
	}
	if same(a, b) {
		return nil
	}
	return []FieldChange{{path, a, b}}
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func same(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}
