package expr

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

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
	if key, ok := m.Property.(*ast.StringNode); ok {
		return c.part(of, key.Value, at)
	}
	index := c.need(c.node(m.Property), Number)
	at = at.spanning(index)
	if of.typ != List && of.typ != Any {
		return c.fault(at, "expr.no_parts", "name", "[ ]")
	}
	at.cost, at.bad = at.cost.plus(index.cost), index.bad
	if of.typ == List {
		at.elem, at.size = of.elem, of.size
		if of.elem.typ != "" {
			at.typ = of.elem.typ
		}
	}
	at.eval = func(f *frame) any {
		l, _ := of.eval(f).([]any)
		return nth(l, index.eval(f).(float64))
	}
	return at
}

// part compiles a named part of a value: of an item of a known list, or of anything.
func (c *compiler) part(of code, name string, at code) code {
	if of.typ != Any {
		return c.fault(at, "expr.no_parts", "name", name)
	}
	if of.elem.fields == nil {
		at.eval = func(f *frame) any { return member(of.eval(f), name) }
		return at
	}
	t, ok := of.elem.fields[name]
	if !ok {
		return c.unknown(at, name, nearest(name, slices.Sorted(maps.Keys(of.elem.fields))))
	}
	at.typ, at.size = t, sizes[t]
	at.eval = func(f *frame) any { return load(member(of.eval(f), name), t, f.zone) }
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
	if t == List {
		at.many = maxItems
	}
	if t == List || t == Any { // a list of texts or a map of them is copied into one of values
		at.cost = at.cost.plus(cost{ns: 50 * maxItems, bytes: 64 * maxItems})
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
