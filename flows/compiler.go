package flows

import (
	"errors"
	"slices"
	"strings"

	"recado/flows/expr"
	"recado/internal/errs"
	"recado/internal/id"
)

// Compiler is what a node readies itself with. Places are paths in the node's data: "text",
// "cases[2].if".
type Compiler struct {
	flow   *Flow
	def    *NodeDef
	env    *expr.Env
	exits  []Exit
	faults []error
}

// Phrase is a compiled Text: what is said in each language.
type Phrase struct {
	def string
	in  map[string]*expr.Template
}

// Empty reports whether nothing is said.
func (p Phrase) Empty() bool { return len(p.in) == 0 }

// Fault reports what is wrong at a place. Codes have a sentence in the interface's catalogue.
func (c *Compiler) Fault(at, code string, kv ...any) {
	if at == "" {
		c.place("data", code, kv...)
		return
	}
	c.place("data."+at, code, kv...)
}

func (c *Compiler) place(at, code string, kv ...any) {
	c.faults = append(c.faults, errs.New(errs.Invalid, code, kv...).At("nodes["+c.def.ID+"]."+at))
}

// source reports an expression's faults with their ranges and notes what it reads.
func (c *Compiler) source(at string, err error, paths []string) bool {
	if err == nil {
		for _, p := range paths {
			if v, ok := strings.CutPrefix(p, "vars."); ok {
				c.use(v, at, false)
			}
		}
		return true
	}
	for _, e := range exprErrors(err) {
		c.faults = append(c.faults, e.At("nodes["+c.def.ID+"].data."+at))
	}
	return false
}

func exprErrors(err error) []*errs.Problem {
	var many interface{ Unwrap() []error }
	var e *expr.Error
	switch {
	case errors.As(err, &e):
		p := errs.New(errs.Invalid, e.Code, "from", e.From, "to", e.To)
		for k, v := range e.Args {
			p.Args[k] = v
		}
		return []*errs.Problem{p}
	case errors.As(err, &many):
		var out []*errs.Problem
		for _, e := range many.Unwrap() {
			out = append(out, exprErrors(e)...)
		}
		return out
	}
	return []*errs.Problem{errs.New(errs.Invalid, "expr.failed", "reason", err.Error(), "from", 0, "to", 0)}
}

func (c *Compiler) use(name, at string, write bool) {
	u := Use{Node: c.def.ID, Field: at, Write: write}
	if !slices.Contains(c.flow.uses[name], u) {
		c.flow.uses[name] = append(c.flow.uses[name], u)
	}
}

// Expression compiles src, whose value must be of type want. It returns nil after a Fault.
func (c *Compiler) Expression(at, src string, want expr.Type) *expr.Program {
	if strings.TrimSpace(src) == "" {
		c.Fault(at, "flow.required")
		return nil
	}
	p, err := expr.Compile(src, c.env, want)
	if err != nil {
		c.source(at, err, nil)
		return nil
	}
	c.source(at, nil, p.Paths())
	return p
}

// Template compiles a text in no particular language. It returns nil after a Fault.
func (c *Compiler) Template(at, src string) *expr.Template {
	t, err := expr.CompileTemplate(src, c.env)
	if err != nil {
		c.source(at, err, nil)
		return nil
	}
	c.source(at, nil, t.Paths())
	return t
}

// Phrase compiles a text, which must exist in the flow's language if need be.
func (c *Compiler) Phrase(at string, t Text, required bool) Phrase {
	p := Phrase{def: c.flow.def.Language, in: map[string]*expr.Template{}}
	if required && strings.TrimSpace(t[p.def]) == "" {
		c.Fault(at+"."+p.def, "flow.required")
	}
	for lang, src := range t {
		if strings.TrimSpace(src) == "" {
			continue
		}
		if tpl := c.Template(at+"."+lang, src); tpl != nil {
			p.in[lang] = tpl
		}
	}
	return p
}

// Variable checks that a node writes to a declared variable and returns its type.
func (c *Compiler) Variable(at, name string) expr.Type {
	for _, v := range c.flow.def.Variables {
		if v.Name == name {
			c.use(name, at, true)
			return v.Type
		}
	}
	if name == "" {
		c.Fault(at, "flow.required")
	} else {
		c.Fault(at, "flow.no_variable", "name", name)
	}
	return expr.Any
}

// Exit adds an exit of this one node: a button, a case, an arm.
func (c *Compiler) Exit(name string, label string) {
	c.exits = append(c.exits, Exit{Name: name, Label: Words{ES: label, EN: label}})
}

// Enters notes that the node enters another flow; with back that one returns here.
func (c *Compiler) Enters(at string, f id.Flow, back bool) {
	if f.IsZero() {
		c.Fault(at, "flow.required")
		return
	}
	c.flow.entries = append(c.flow.entries, Entry{Node: c.def.ID, Field: at, Flow: f, Back: back})
}

// Variables are the flow's, as declared; not to be changed.
func (c *Compiler) Variables() []Variable { return c.flow.def.Variables }

// ID is the node's own id, for what it must recognise later: a button's id.
func (c *Compiler) ID() string { return c.def.ID }

// Language is the one every text must exist in.
func (c *Compiler) Language() string { return c.flow.def.Language }

// Jumps notes that the node goes on at another one of the flow, by no exit.
func (c *Compiler) Jumps(at, node string) {
	switch to := c.flow.nodes[node]; {
	case node == "":
		c.Fault(at, "flow.required")
	case to == nil:
		c.Fault(at, "flow.no_node", "id", node)
	default:
		c.flow.nodes[c.def.ID].jump = to
	}
}
