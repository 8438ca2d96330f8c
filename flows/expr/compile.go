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
		return at.constant(n.Value)
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

// access compiles a path of the environment, or a part of a value.
func (c *compiler) access(n ast.Node, at code) code {
	keys, from, ok := path(n)
	if ok {
		at.from = from
		return c.field(keys, at)
	}
	if chain, ok := n.(*ast.ChainNode); ok { // every step is safe: ?. is .
		return c.node(chain.Node)
	}
	m := n.(*ast.MemberNode)
	of := c.node(m.Node)
	at = at.spanning(of)
	if of.bad {
		return of
	}
	at.typ, at.size, at.cost = Any, maxValue, of.cost.plus(nodeCost)
	eval := of.eval
	if key, ok := m.Property.(*ast.StringNode); ok {
		if of.elem.fields != nil && of.typ == Any {
			t, ok := of.elem.fields[key.Value]
			if !ok {
				return c.unknown(at, key.Value, nearest(key.Value, slices.Sorted(maps.Keys(of.elem.fields))))
			}
			name := key.Value
			at.typ, at.eval = t, func(f *frame) any { return load(member(eval(f), name), t, f.zone) }
			return at
		}
		if of.typ != Any {
			return c.fault(at, "expr.no_parts", "name", key.Value)
		}
		name := key.Value
		at.eval = func(f *frame) any { return member(eval(f), name) }
		return at
	}
	index := c.need(c.node(m.Property), Number)
	at = at.spanning(index)
	if of.typ != List && of.typ != Any {
		return c.fault(at, "expr.no_parts", "name", "[ ]")
	}
	at.cost = at.cost.plus(index.cost)
	if of.typ == List {
		at.elem, at.size = of.elem, of.size
		if of.elem.typ != "" {
			at.typ = of.elem.typ
		}
	}
	at.eval = func(f *frame) any {
		l, _ := eval(f).([]any)
		return nth(l, index.eval(f).(float64))
	}
	return at
}

// nth is an item of a list, from the end when n is negative, nil beyond it.
func nth(l []any, n float64) any {
	if n < 0 {
		n += float64(len(l))
	}
	if n < 0 || n >= float64(len(l)) {
		return nil
	}
	return clean(l[int(n)])
}

// path is a chain of plain names from the environment, and where it begins.
func path(n ast.Node) (keys []string, from int, ok bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}, n.Location().From, true
	case *ast.ChainNode:
		return path(n.Node)
	case *ast.MemberNode:
		key, isText := n.Property.(*ast.StringNode)
		if !isText || n.Method {
			return nil, 0, false
		}
		keys, from, ok = path(n.Node)
		return append(keys, key.Value), from, ok
	}
	return nil, 0, false
}

// field compiles the reading of a path of the environment.
func (c *compiler) field(keys []string, at code) code {
	name := strings.Join(keys, ".")
	if keys[0] == "secret" {
		return c.fault(at, "expr.secret")
	}
	t, ok := c.env.lookup(name)
	if !ok {
		if c.env.groups[name] {
			return c.fault(at, "expr.not_a_value", "name", name)
		}
		return c.unknown(at, name, c.env.near(name))
	}
	c.paths[name] = true
	at.typ, at.elem, at.size, at.cost = t, elements[name], sizes[t], nodeCost.times(1+len(keys))
	if t == List || t == Any { // a list of texts or a map of them is copied into one of values
		at.many = maxItems
		at.cost = at.cost.plus(cost{ns: 50 * maxItems, bytes: 64 * maxItems})
	}
	if t == Any {
		at.many = 0
	}
	first, rest := keys[0], keys[1:]
	at.eval = func(f *frame) any {
		v := f.values[first]
		for _, k := range rest {
			switch m := v.(type) {
			case map[string]any:
				v = m[k]
			default:
				v = member(v, k)
			}
		}
		return load(v, t, f.zone)
	}
	return at
}

func (c *compiler) unknown(at code, name, near string) code {
	if near != "" {
		return c.fault(at, "expr.unknown_name_near", "name", name, "near", near)
	}
	return c.fault(at, "expr.unknown_name", "name", name)
}

// pointer compiles # and #index, the item that a condition over a list looks at.
func (c *compiler) pointer(n *ast.PointerNode, at code) code {
	if c.item == nil || n.Name != "" && n.Name != "index" {
		return c.fault(at, "expr.unknown_name", "name", "#"+n.Name)
	}
	at.cost = nodeCost
	if n.Name == "index" {
		at.typ, at.size = Number, sizes[Number]
		at.eval = func(f *frame) any { return float64(f.index) }
		return at
	}
	at.typ, at.elem, at.size = c.item.typ, *c.item, maxValue
	at.eval = func(f *frame) any { return f.item }
	return at
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
