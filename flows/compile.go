package flows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"recado/flows/expr"
	"recado/internal/errs"
	"recado/internal/id"
)

// Table is the kinds of node there are, by name.
type Table map[string]Type

// Options bound what a flow may be and do. Zero values mean the defaults.
type Options struct {
	MaxNodes   int // of a definition; 500
	MaxSteps   int // nodes passed in one sprint; 100
	MaxDepth   int // sub-flows within each other; 5
	MaxSession int // bytes of a session as JSON; 16 KiB
	MaxSays    int // messages in one sprint; 20
}

func (o Options) filled() Options {
	for _, x := range []struct {
		v *int
		d int
	}{{&o.MaxNodes, 500}, {&o.MaxSteps, 100}, {&o.MaxDepth, 5}, {&o.MaxSession, 16 << 10}, {&o.MaxSays, 20}} {
		if *x.v <= 0 {
			*x.v = x.d
		}
	}
	return o
}

// Flow is a compiled Definition: immutable, safe for concurrent use.
type Flow struct {
	ID      id.Flow
	Version int
	def     Definition
	opts    Options
	nodes   map[string]*node
	idle    time.Duration
	entries []Entry
	uses    map[string][]Use
	ifs     map[string]*expr.Program // by trigger
	dates   []string                 // variables of type date
}

type node struct {
	id, typ, name string
	run           Node
	next          map[string]*node // nil: the flow ends by this exit
	jump          *node            // where it goes on by no exit
	exits         []Exit
}

// Use is a place that reads or writes a variable.
type Use struct {
	Node  string `json:"node"`
	Field string `json:"field"`
	Write bool   `json:"write,omitempty"`
}

const defaultIdle = 24 * time.Hour

var (
	nodeID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	varName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// World is what a definition may speak of besides itself.
type World struct {
	Table   Table
	Fields  []expr.Field // the company's own: contact.fields.*, global.*, secret.*
	Options Options
}

// Compile checks a definition and makes it ready to run. With an error the Flow is what
// could be read of it, good for Exits, Uses and Node but not to be run. The error joins one *errs.Problem
// per fault; Fields are places in the definition, "nodes[n3].data.text.es" with the node's
// id; faults in expressions carry args from and to, a range in UTF-16 units.
func Compile(ref id.Flow, version int, def Definition, w World) (*Flow, error) {
	f := &Flow{ID: ref, Version: version, def: def, opts: w.Options.filled(), nodes: map[string]*node{},
		idle: defaultIdle, uses: map[string][]Use{}, ifs: map[string]*expr.Program{}}
	if def.Idle > 0 {
		f.idle = time.Duration(def.Idle) * time.Minute
	}
	faults := f.shape(w.Table)
	fields := slices.Clone(w.Fields)
	for _, v := range def.Variables {
		if v.Type == expr.Date {
			f.dates = append(f.dates, v.Name)
		}
		fields = append(fields, expr.Field{Path: "vars." + v.Name, Type: v.Type, About: Words{ES: v.About, EN: v.About}})
	}
	fields = append(fields, expr.Field{Path: "event.*", Type: expr.Any})
	env := expr.NewEnv(fields...)
	for i, d := range def.Nodes {
		n, ok := f.nodes[d.ID]
		if !ok || n.id != d.ID || n.run != nil {
			continue // reported by shape
		}
		typ, ok := w.Table[d.Type]
		if !ok {
			continue
		}
		c := &Compiler{flow: f, def: &def.Nodes[i], env: env, exits: slices.Clone(typ.Exits)}
		n.run = typ.New()
		if err := strict(d.Data, n.run); err != nil {
			c.Fault("", "flow.data", "reason", reason(err))
		} else {
			n.run.Compile(c)
		}
		n.exits = c.exits
		c.edges(n)
		faults = append(faults, c.faults...)
	}
	faults = append(faults, f.triggers(env)...)
	faults = append(faults, f.loops()...)
	return f, errors.Join(faults...)
}

// strict decodes and refuses names that the node does not know, so that a typing mistake
// in a file is told and not ignored.
func strict(data json.RawMessage, to any) error {
	if len(data) == 0 {
		data = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

func reason(err error) string {
	var t *json.UnmarshalTypeError
	if errors.As(err, &t) {
		return fmt.Sprintf("%s: %s", t.Field, t.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// shape checks what holds for every flow, whatever its nodes are.
func (f *Flow) shape(table Table) []error {
	var out []error
	bad := func(field, code string, kv ...any) {
		out = append(out, errs.New(errs.Invalid, code, kv...).At(field))
	}
	d := f.def
	if d.Format != Format {
		bad("format", "flow.format", "format", d.Format, "known", Format)
	}
	if strings.TrimSpace(d.Name) == "" || len(d.Name) > 480 {
		bad("name", "flow.name")
	}
	if d.Language != "es" && d.Language != "en" {
		bad("language", "flow.language", "language", d.Language)
	}
	if len(d.Nodes) == 0 {
		bad("nodes", "flow.empty")
	}
	if len(d.Nodes) > f.opts.MaxNodes {
		bad("nodes", "flow.too_many_nodes", "max", f.opts.MaxNodes)
		return out
	}
	for _, n := range d.Nodes {
		at := "nodes[" + n.ID + "]"
		switch {
		case !nodeID.MatchString(n.ID):
			bad("nodes", "flow.node_id", "id", n.ID)
			continue
		case f.nodes[n.ID] != nil:
			bad(at, "flow.node_twice", "id", n.ID)
			continue
		}
		if _, ok := table[n.Type]; !ok {
			bad(at+".type", "flow.node_type", "type", n.Type)
		}
		f.nodes[n.ID] = &node{id: n.ID, typ: n.Type, name: n.Name}
	}
	if len(d.Nodes) > 0 && f.nodes[d.Start] == nil {
		bad("start", "flow.start", "id", d.Start)
	}
	seen := map[string]bool{}
	for i, v := range d.Variables {
		at := fmt.Sprintf("variables[%d]", i)
		switch {
		case !varName.MatchString(v.Name):
			bad(at+".name", "flow.variable_name", "name", v.Name)
		case seen[v.Name]:
			bad(at+".name", "flow.variable_twice", "name", v.Name)
		}
		if !slices.Contains([]expr.Type{expr.Text, expr.Number, expr.Bool, expr.Date, expr.List, expr.Any}, v.Type) {
			bad(at+".type", "flow.variable_type", "type", string(v.Type))
		}
		seen[v.Name] = true
	}
	for i, g := range d.Goals {
		at := fmt.Sprintf("goals[%d]", i)
		switch {
		case !slices.Contains([]string{"tag", "order", "handoff", "node"}, g.Type):
			bad(at+".type", "flow.goal_type", "type", g.Type)
		case g.Type == "node" && f.nodes[g.Ref] == nil:
			bad(at+".ref", "flow.no_node", "id", g.Ref)
		case g.Type == "tag" && strings.TrimSpace(g.Ref) == "":
			bad(at+".ref", "flow.goal_tag")
		}
	}
	return out
}

// edges connects a node to what its exits lead to.
func (c *Compiler) edges(n *node) {
	n.next = map[string]*node{}
	for exit, to := range c.def.Next {
		known := slices.ContainsFunc(n.exits, func(e Exit) bool { return e.Name == exit })
		target := c.flow.nodes[to]
		switch {
		case !known && n.exits != nil && len(c.faults) == 0:
			c.place("next."+exit, "flow.exit", "exit", exit)
		case target == nil:
			c.place("next."+exit, "flow.no_node", "id", to)
		default:
			n.next[exit] = target
		}
	}
}

// Definition is what the flow was compiled from; not to be changed.
func (f *Flow) Definition() Definition { return f.def }

// Uses says where each variable is read and written.
func (f *Flow) Uses() map[string][]Use { return f.uses }

// Entry is a place where a flow enters another. With Back the other returns to it.
type Entry struct {
	Node, Field string
	Flow        id.Flow
	Back        bool
}

// Entries are the places where the flow enters others.
func (f *Flow) Entries() []Entry { return f.entries }

// Exits are a node's ways out with their labels, in order; nil when there is no such node.
func (f *Flow) Exits(node string) []Exit {
	if n := f.nodes[node]; n != nil {
		return n.exits
	}
	return nil
}

// Leads are the nodes of this flow to which one may lead, each once.
func (f *Flow) Leads(node string) []string {
	var out []string
	if n := f.nodes[node]; n != nil {
		for _, to := range n.leads() {
			out = append(out, to.id)
		}
	}
	return out
}

// leads are the nodes after n, by its exits in order.
func (n *node) leads() []*node {
	var out []*node
	for _, e := range n.exits {
		if to := n.next[e.Name]; to != nil && !slices.Contains(out, to) {
			out = append(out, to)
		}
	}
	if n.jump != nil {
		out = append(out, n.jump)
	}
	return out
}

// Node is a node's compiled form, for those who ask more of it (Speaker); nil when there is none.
func (f *Flow) Node(node string) Node {
	if n := f.nodes[node]; n != nil {
		return n.run
	}
	return nil
}
