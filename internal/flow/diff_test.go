package flow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"recado/flows"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	before := drawing("x",
		node("a", "say", `{"text":{"es":"Hola","en":"Hello"}}`, "next", "b"),
		node("b", "ask", `{"text":{"es":"¿Talla?"},"options":[{"id":"s"},{"id":"m"}]}`, "s", "c"),
		node("c", "say", `{"text":{"es":"Va"}}`), node("d", "say", `{"text":{"es":"Igual"}}`))
	after := starting(drawing("x",
		node("a", "say", `{"text":{"en":"Hello","es":"Buenas"}}`, "next", "e"),
		node("b", "ask", `{"options":[{"id":"s"},{"id":"l"},{"id":"xl"}],"text":{"es":"¿Talla?"}}`, "s", "c"),
		node("c", "say", `{"text":{"es":"Va"}}`), node("d", "say", `{"text":{"es":"Igual"}}`),
		node("e", "say", `{"text":{"es":"Nuevo"}}`)), "exact", "hola")
	after.Nodes[2].At = [2]int{30, 4}
	before.Nodes = append(before.Nodes, node("f", "say", `{}`))
	d, err := Compare(before, after, "3", "draft")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range d.Nodes {
		line := n.Change + " " + n.ID
		for _, f := range n.Fields {
			from, _ := json.Marshal(f.From)
			to, _ := json.Marshal(f.To)
			line += fmt.Sprintf(" %s:%s>%s", f.Path, from, to)
		}
		got = append(got, line)
	}
	want := []string{
		`changed a data.text.es:"Hola">"Buenas" next.next:"b">"e"`,
		`changed b data.options[1].id:"m">"l" data.options[2]:null>{"id":"xl"}`,
		`moved c at:[0,0]>[30,4]`,
		`added e`, `removed f`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(d.Settings) != 1 || d.Settings[0].Path != "triggers[0]" {
		t.Errorf("settings: %+v", d.Settings)
	}
	for _, line := range []string{"--- 3\n", "+++ draft\n", `-          "es": "Hola"`, `+          "es": "Buenas"`} {
		if !strings.Contains(d.Text, line) {
			t.Errorf("%s\nlacks %q", d.Text, line)
		}
	}
	same, err := Compare(before, before, "1", "2")
	if err != nil || len(same.Nodes)+len(same.Settings) != 0 || same.Text != "" {
		t.Errorf("%+v, %v", same, err)
	}
}

// Two very different large flows are compared in no time: neither list may be walked for
// each of the other's lines.
func BenchmarkCompare(b *testing.B) {
	large := func(word string) flows.Definition {
		var nodes []flows.NodeDef
		for i := range 500 {
			nodes = append(nodes, node(fmt.Sprint("n", i), "say", fmt.Sprintf(`{"text":{"es":"%s %d"}}`, word, i*7)))
		}
		return drawing("x", nodes...)
	}
	x, y := large("uno"), large("dos")
	for b.Loop() {
		if _, err := Compare(x, y, "1", "2"); err != nil {
			b.Fatal(err)
		}
	}
}
