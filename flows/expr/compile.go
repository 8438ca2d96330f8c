package expr

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// code is a part of an expression made ready to run, and the most it can cost.
type code struct {
	eval func(*frame) any
	typ  Type
	elem element // of a List
	cost cost
	size int // most bytes as text; of a List, of one item
	many int // most items of a List

	literal  bool // value is known
	value    any
	from, to int  // the range in the source, in characters
	bad      bool // already reported
}

// compiler turns the library's tree into closures: one case per shape, all others refused.
type compiler struct {
	src    string
	env    *Env
	paths  map[string]bool
	faults []*Error
	visits int
	item   *element // of the list that a condition runs over
}

// compiled is what compile found: eval is nil when there are faults.
type compiled struct {
	eval  func(*frame) any
	typ   Type
	paths []string
	cost  cost
	size  int
}

func compile(src string, env *Env, want Type) (compiled, []*Error) {
	tree, err := parse(src)
	if err != nil {
		return compiled{}, []*Error{err}
	}
	c := &compiler{src: src, env: env, paths: map[string]bool{}}
	x := c.node(tree)
	if !x.bad {
		x = c.result(x, want)
	}
	if len(c.faults) > 0 {
		return compiled{}, c.faults
	}
	return compiled{x.eval, x.typ, slices.Sorted(maps.Keys(c.paths)), x.cost, x.bytes()}, nil
}

// result holds the whole expression to the type its place needs.
func (c *compiler) result(x code, want Type) code {
	if want == "" || want == Any || want == x.typ && want != Bool {
		return x
	}
	if x.typ != want && x.typ != Any {
		return c.fault(code{to: len([]rune(c.src))}, "expr.result", "noun", "expr."+string(want))
	}
	eval := x.eval
	x.eval = func(f *frame) any { return load(eval(f), want, f.zone) }
	if want == Bool {
		x.eval = func(f *frame) any { return truth(eval(f)) }
	}
	x.typ = want
	return x
}

// fault reports something at the range of x and gives a code that causes no more reports.
func (c *compiler) fault(x code, key string, kv ...any) code {
	c.faults = append(c.faults, faultAt(c.src, x.from, x.to, key, kv...))
	return code{eval: func(*frame) any { return nil }, typ: Any, from: x.from, to: x.to, bad: true}
}

// priced refuses what could cost too much, at the smallest part that does.
func (c *compiler) priced(x code) code {
	if !x.bad && x.cost.over() {
		return c.fault(x, "expr.too_costly")
	}
	return x
}

// node compiles any node. The tree may hold a node twice (a < b < c has b twice, a ?: b a), and
// those within each other double every time, so visits are counted.
func (c *compiler) node(n ast.Node) code {
	if c.visits++; c.visits > 2*maxNodes {
		if c.visits == 2*maxNodes+1 {
			return c.fault(code{to: len([]rune(c.src))}, "expr.too_complex")
		}
		return code{bad: true, typ: Any, eval: func(*frame) any { return nil }}
	}
	at := code{from: n.Location().From, to: n.Location().To}
	switch n := n.(type) {
	case *ast.NilNode:
		return at.constant(nil)
	case *ast.BoolNode:
		return at.constant(n.Value)
	case *ast.IntegerNode:
		return at.constant(float64(n.Value))
	case *ast.FloatNode:
		return at.constant(n.Value)
	case *ast.StringNode:
		return at.constant(strings.ToValidUTF8(n.Value, "")) // "\xff" writes half a character
	case *ast.IdentifierNode, *ast.MemberNode, *ast.ChainNode:
		return c.priced(c.access(n, at))
	case *ast.PointerNode:
		return c.pointer(n, at)
	case *ast.UnaryNode:
		return c.priced(c.unary(n, at))
	case *ast.BinaryNode:
		return c.priced(c.binary(n, at))
	case *ast.ConditionalNode:
		return c.priced(c.conditional(n))
	case *ast.ArrayNode:
		return c.priced(c.array(n, at))
	case *ast.CallNode:
		name, ok := n.Callee.(*ast.IdentifierNode)
		if !ok {
			return c.fault(at, "expr.no_method")
		}
		return c.priced(c.call(name.Value, n.Arguments, at))
	case *ast.BuiltinNode:
		return c.priced(c.call(n.Name, n.Arguments, at))
	case *ast.SliceNode:
		return c.fault(at, "expr.not_allowed", "what", "[:]")
	case *ast.MapNode:
		return c.fault(at, "expr.not_allowed", "what", "{}")
	case *ast.BytesNode:
		return c.fault(at, "expr.not_allowed", "what", "b''")
	}
	return c.fault(at, "expr.syntax")
}

// bytes is the most that x is as text, the items of a list together.
func (x code) bytes() int {
	if x.typ == List {
		return min(maxText, multiply(x.size+2, x.many))
	}
	return min(maxText, x.size)
}

func (x code) constant(v any) code {
	x.literal, x.value, x.typ, x.cost = true, v, typeOf(v), nodeCost
	x.eval = func(*frame) any { return v }
	x.size = len(text(v))
	return x
}

// spanning widens a range to its parts'.
func (x code) spanning(parts ...code) code {
	for _, p := range parts {
		if x.from == 0 && x.to == 0 {
			x.from, x.to = p.from, p.to
		}
		x.from, x.to = min(x.from, p.from), max(x.to, p.to)
	}
	return x
}

func (c *compiler) unary(n *ast.UnaryNode, at code) code {
	x := c.node(n.Node)
	at = at.spanning(x)
	if x.bad {
		return x
	}
	switch n.Operator {
	case "not", "!":
		x = c.need(x, Bool)
		eval := x.eval
		at.typ, at.eval = Bool, func(f *frame) any { return !eval(f).(bool) }
	case "-":
		x = c.need(x, Number)
		eval := x.eval
		at.typ, at.eval = Number, func(f *frame) any { return -eval(f).(float64) }
		if v, ok := x.value.(float64); ok && x.literal {
			return at.constant(-v)
		}
	default:
		x = c.need(x, Number)
		at.typ, at.eval = Number, x.eval
	}
	at.size, at.cost, at.bad = sizes[at.typ], x.cost.plus(nodeCost), x.bad
	return at
}

func (c *compiler) conditional(n *ast.ConditionalNode) code {
	cond, yes, no := c.need(c.node(n.Cond), Bool), c.node(n.Exp1), c.node(n.Exp2)
	at := code{}.spanning(cond, yes, no)
	if cond.bad || yes.bad || no.bad {
		at.bad, at.typ, at.eval = true, Any, cond.eval
		return at
	}
	at.typ, at.elem = merged(yes, no)
	at.size, at.many = max(yes.size, no.size), max(yes.many, no.many)
	at.cost = cond.cost.plus(yes.cost.max(no.cost)).plus(nodeCost)
	at.eval = func(f *frame) any {
		if cond.eval(f).(bool) {
			return yes.eval(f)
		}
		return no.eval(f)
	}
	return at
}

// merged is the type of one value or another.
func merged(a, b code) (Type, element) {
	switch {
	case a.literal && a.value == nil:
		return b.typ, b.elem
	case b.literal && b.value == nil:
		return a.typ, a.elem
	case a.typ != b.typ:
		return Any, element{}
	case a.elem.typ != b.elem.typ || a.elem.fields == nil != (b.elem.fields == nil):
		return a.typ, element{}
	}
	return a.typ, a.elem
}

func (c *compiler) array(n *ast.ArrayNode, at code) code {
	items := make([]code, len(n.Nodes))
	literal := true
	at.typ, at.many, at.cost = List, len(items), nodeCost.plus(cost{bytes: 16 * len(items)})
	for i, x := range n.Nodes {
		items[i] = c.node(x)
		literal = literal && items[i].literal
		at.bad = at.bad || items[i].bad
		at.size = max(at.size, items[i].size)
		at.cost = at.cost.plus(items[i].cost)
		if t := items[i].typ; i == 0 || at.elem.typ == t {
			at.elem.typ = t
		} else {
			at.elem.typ = Any
		}
	}
	at = at.spanning(items...)
	build := func(f *frame) []any {
		out := make([]any, len(items))
		for i, x := range items {
			out[i] = x.eval(f)
		}
		return out
	}
	at.eval = func(f *frame) any { return build(f) }
	if literal && !at.bad {
		all := build(nil)
		at.eval = func(*frame) any { return all }
	}
	return at
}

// need is x where a value of type t must stand: what is known to be something else is
// refused, what only the run knows is turned into t then.
func (c *compiler) need(x code, t Type) code {
	switch {
	case x.bad || t == Any:
		return x
	case x.typ == t && x.literal && x.value != nil:
		return x
	case x.typ != t && x.typ != Any && !(t == Text && x.typ == Number) && !(t == Date && x.typ == Text):
		return c.fault(x, "expr.needs", "noun", "expr."+string(t))
	case x.literal && x.typ == Text && t == Date && toDate(x.value, time.UTC) == nil:
		return c.fault(x, "expr.no_date")
	}
	eval := x.eval
	x.eval = func(f *frame) any { return as(eval(f), t, f.zone) }
	if t == Text {
		x.cost = x.cost.plus(x.spelled())
	}
	if t == Date {
		x.cost = x.cost.plus(cost{ns: 1000, bytes: 256}) // reading a date tries several layouts
	}
	if x.typ == Any && t == List {
		x.many = maxItems
	}
	x.typ, x.literal = t, false
	return x
}
