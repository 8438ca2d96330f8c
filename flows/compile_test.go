package flows_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/flows"
	"recado/flows/nodes"
	"recado/internal/errs"
)

// faults are a definition's, as "code at place".
func faults(def flows.Definition, o flows.Options) []string {
	_, err := flows.Compile(main, 1, def, flows.World{Table: nodes.Table, Options: o})
	var out []string
	var gather func(error)
	gather = func(err error) {
		var p *errs.Problem
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				gather(e)
			}
		} else if errors.As(err, &p) {
			out = append(out, p.Code+" at "+p.Field)
		} else if err != nil {
			out = append(out, err.Error())
		}
	}
	gather(err)
	slices.Sort(out)
	return out
}

func TestWhatCompileRefuses(t *testing.T) {
	t.Parallel()
	good := func() flows.Definition { return definition(say("a", "hola", "next>b"), say("b", "adiós")) }
	trigger := func(tr flows.Trigger) func(*flows.Definition) {
		return func(d *flows.Definition) { d.Triggers = []flows.Trigger{tr} }
	}
	for _, c := range []struct {
		name   string
		change func(*flows.Definition)
		want   string
	}{
		{"nothing", func(*flows.Definition) {}, ""},
		{"a format of tomorrow", func(d *flows.Definition) { d.Format = 2 }, "flow.format at format"},
		{"no name", func(d *flows.Definition) { d.Name = " " }, "flow.name at name"},
		{"a language we do not write", func(d *flows.Definition) { d.Language = "pt" }, "flow.language at language, flow.required at nodes[a].data.content.text.pt, flow.required at nodes[b].data.content.text.pt"},
		{"no nodes", func(d *flows.Definition) { d.Nodes = nil }, "flow.empty at nodes"},
		{"a start that there is not", func(d *flows.Definition) { d.Start = "z" }, "flow.start at start"},
		{"an id with a space", func(d *flows.Definition) { d.Nodes[1].ID = "b b" }, "flow.no_node at nodes[a].next.next, flow.node_id at nodes"},
		{"an id twice", func(d *flows.Definition) { d.Nodes[1].ID = "a" }, "flow.no_node at nodes[a].next.next, flow.node_twice at nodes[a]"},
		{"an unknown type", func(d *flows.Definition) { d.Nodes[1].Type = "teleport" }, "flow.node_type at nodes[b].type"},
		{"an unknown exit", func(d *flows.Definition) { d.Nodes[1].Next["up"] = "a" }, "flow.exit at nodes[b].next.up"},
		{"an exit to nowhere", func(d *flows.Definition) { d.Nodes[1].Next["next"] = "z" }, "flow.no_node at nodes[b].next.next"},
		{"data that is no object", func(d *flows.Definition) { d.Nodes[1].Data = []byte(`[1]`) }, "flow.data at nodes[b].data"},
		{"data with a name unknown", func(d *flows.Definition) { d.Nodes[1].Data = []byte(`{"txt":1}`) }, "flow.data at nodes[b].data"},
		{"a way round that never waits", func(d *flows.Definition) { d.Nodes[1].Next["next"] = "a" }, "flow.loop at nodes[a]"},
		{"a jump that never waits", func(d *flows.Definition) { d.Nodes[1] = node("b", "jump", `{"node":"a"}`) }, "flow.loop at nodes[a]"},
		{"a variable's name", func(d *flows.Definition) { d.Variables[0].Name = "X y" }, "flow.variable_name at variables[0].name"},
		{"a variable twice", func(d *flows.Definition) { d.Variables[1].Name = "x" }, "flow.variable_twice at variables[1].name"},
		{"a variable's type", func(d *flows.Definition) { d.Variables[0].Type = "money" }, "flow.variable_type at variables[0].type"},
		{"a goal's type", func(d *flows.Definition) { d.Goals = []flows.Goal{{Type: "fame"}} }, "flow.goal_type at goals[0].type"},
		{"a goal at no node", func(d *flows.Definition) { d.Goals = []flows.Goal{{Type: "node", Ref: "z"}} }, "flow.no_node at goals[0].ref"},
		{"a goal without its tag", func(d *flows.Definition) { d.Goals = []flows.Goal{{Type: "tag"}} }, "flow.goal_tag at goals[0].ref"},
		{"a trigger of no type", trigger(flows.Trigger{ID: "t", Type: "moon"}), "flow.trigger_type at triggers[0].type"},
		{"a trigger without an id", trigger(flows.Trigger{Type: flows.OnFirst}), "flow.trigger_id at triggers[0].id"},
		{"a trigger without words", trigger(flows.Trigger{ID: "t", Type: flows.OnKeyword, Match: "exact"}), "flow.trigger_words at triggers[0].words"},
		{"a trigger's comparison", trigger(flows.Trigger{ID: "t", Type: flows.OnKeyword, Words: []string{"hola"}, Match: "like"}), "flow.trigger_match at triggers[0].match"},
		{"a trigger's event", trigger(flows.Trigger{ID: "t", Type: flows.OnEvent}), "flow.required at triggers[0].event"},
		{"a trigger's hours", trigger(flows.Trigger{ID: "t", Type: flows.OnHours}), "flow.trigger_hours at triggers[0].when"},
		{"a schedule without a week or a tag", trigger(flows.Trigger{ID: "t", Type: flows.OnSchedule}), "flow.required at triggers[0].tag, flow.required at triggers[0].week"},
		{"a reference that is empty", trigger(flows.Trigger{ID: "t", Type: flows.OnRef}), "flow.required at triggers[0].ref"},
	} {
		d := good()
		c.change(&d)
		if got := strings.Join(faults(d, flows.Options{}), ", "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := faults(good(), flows.Options{MaxNodes: 1}); !slices.Equal(got, []string{"flow.too_many_nodes at nodes"}) {
		t.Errorf("too many nodes: %q", got)
	}
}

// A way round through a wait, or one that something leaves, is a flow like any other.
func TestWaysRoundThatAreFine(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]flows.Definition{
		"through a question":  definition(say("a", "hola", "next>q"), ask("q", "¿?", "next>a")),
		"through a wait":      definition(say("a", "hola", "next>w"), node("w", "wait", `{"minutes":5}`, "next>a")),
		"left by a condition": definition(say("a", "hola", "next>c"), node("c", "condition", `{"if":"company.open"}`, "yes>a")),
	} {
		if got := faults(d, flows.Options{}); len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	// A date may be past already, so that waiting for it is no wait.
	d := definition(node("w", "wait", `{"for":"until","until":"now"}`, "next>w", "timeout>w", "past>w"))
	if got := faults(d, flows.Options{}); !slices.Equal(got, []string{"flow.loop at nodes[w]"}) {
		t.Errorf("until a date: %q", got)
	}
}

func TestWhatAFlowTellsOfItself(t *testing.T) {
	t.Parallel()
	d := definition(ask("q", "¿?", "next>s", "timeout>j"), node("s", "switch", `{"value":"vars.x","cases":[{"id":"a","label":"Uno","words":["uno"]}]}`, "a>q", "else>j"), node("j", "jump", `{"node":"q"}`),
		node("sub", "subflow", fmt.Sprintf(`{"flow":%q}`, other)))
	f := compile(t, main, 1, d, flows.Options{})
	var names []string
	for _, e := range f.Exits("s") {
		names = append(names, e.Name+"="+e.Label.ES)
	}
	if got := strings.Join(names, " "); got != "else=Ninguno a=Uno" {
		t.Errorf("exits %s", got)
	}
	if got := f.Leads("q"); !slices.Equal(got, []string{"s", "j"}) {
		t.Errorf("q leads to %q", got)
	}
	if got := f.Leads("j"); !slices.Equal(got, []string{"q"}) {
		t.Errorf("j leads to %q", got)
	}
	if got := f.Uses()["x"]; len(got) != 2 || !got[0].Write || got[1] != (flows.Use{Node: "s", Field: "value"}) {
		t.Errorf("uses %+v", got)
	}
	if f.Exits("nope") != nil || f.Node("nope") != nil || f.Leads("nope") != nil {
		t.Error("a node that there is not tells something")
	}
}
