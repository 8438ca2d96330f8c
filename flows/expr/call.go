package expr

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// call compiles a function's call: its arguments to their types, its cost from their sizes.
func (c *compiler) call(name string, args []ast.Node, at code) code {
	fn := functions[name]
	if fn == nil {
		if near := nearest(name, slices.Collect(maps.Keys(functions))); near != "" {
			return c.fault(at, "expr.no_function_near", "name", name, "near", near)
		}
		return c.fault(at, "expr.no_function", "name", name)
	}
	least, most := fn.arity()
	if len(args) < least || len(args) > most {
		return c.fault(at, "expr.arguments", "name", name, "least", least, "most", most)
	}
	if fn.loop != nil {
		return c.overList(fn, args, at)
	}
	given := make([]code, len(args))
	bad := false
	for i, n := range args {
		want := fn.Args[min(i, len(fn.Args)-1)]
		given[i] = c.argument(fn, want, c.node(n))
		bad = bad || given[i].bad
	}
	at = at.spanning(given...)
	if bad {
		at.bad, at.typ, at.eval = true, Any, func(*frame) any { return nil }
		return at
	}
	return c.called(fn, given, at)
}

func (c *compiler) argument(fn *Function, want Arg, x code) code {
	if s, ok := x.value.(string); ok && x.literal && want.OneOf != nil && !slices.Contains(want.OneOf, s) {
		return c.fault(x, "expr.option", "name", fn.Name, "found", cut(s, 80), "options", join(want.OneOf))
	}
	return c.need(x, want.Type)
}

// called is the call of a function with arguments that are of its types.
func (c *compiler) called(fn *Function, given []code, at code) code {
	at.cost = nodeCost.plus(fn.once)
	for _, x := range given {
		at.cost = at.cost.plus(x.cost)
		at.cost = at.cost.plus(fn.rate.times(x.bytes()))
		at.size = min(at.size+x.bytes(), maxText)
	}
	at.typ = fn.Result
	if at.typ != Text && at.typ != Any && at.typ != List {
		at.size = sizes[at.typ]
	} else if fn.size > 0 {
		at.size = fn.size
	}
	switch fn.Name {
	case "hasTag":
		c.paths["contact.tags"] = true
	case "inDays", "ago":
		c.paths["now"] = true
	case "split":
		at.many, at.elem = maxItems, element{typ: Text}
	case "default":
		at.typ, at.elem = merged(given[0], given[1])
		at.many = max(given[0].many, given[1].many)
	case "first", "last":
		if t := given[0].typ; t == Text {
			at.typ = Text
		} else if t == List && given[0].elem.typ != "" {
			at.typ, at.elem = given[0].elem.typ, given[0].elem
		} else if t != List && t != Any {
			return c.fault(given[0], "expr.needs", "noun", "expr.list")
		}
	case "len":
		if t := given[0].typ; t != Text && t != List && t != Any {
			return c.fault(given[0], "expr.needs", "noun", "expr.text")
		}
	}
	run := fn.run
	at.eval = func(f *frame) any {
		base := len(f.args)
		for _, x := range given {
			v := x.eval(f)
			f.args = append(f.args, v)
		}
		v := run(f, f.args[base:])
		f.args = f.args[:base]
		return v
	}
	return at
}

// overList compiles a function that looks at each item of a list. Only one may be within
// another's reach: the cost of those within each other multiplies.
func (c *compiler) overList(fn *Function, args []ast.Node, at code) code {
	items := c.need(c.node(args[0]), List)
	at = at.spanning(items)
	if c.item != nil {
		return c.fault(at, "expr.nested", "name", fn.Name)
	}
	pred, ok := args[1].(*ast.PredicateNode)
	if !ok {
		return c.fault(at, "expr.arguments", "name", fn.Name, "least", 2, "most", 2)
	}
	c.item = &items.elem
	if items.elem.typ == "" {
		c.item = &element{typ: Any}
	}
	body := c.need(c.node(pred.Node), fn.Args[1].Type)
	c.item = nil
	at = at.spanning(body)
	if items.bad || body.bad {
		at.bad, at.typ, at.eval = true, Any, func(*frame) any { return nil }
		return at
	}
	at.cost = items.cost.plus(nodeCost).plus(body.cost.plus(nodeCost).times(items.many)).plus(cost{bytes: 16 * items.many})
	at.typ, at.size, at.many = fn.Result, sizes[fn.Result], items.many
	switch {
	case fn.Name == "map":
		at.elem, at.size = element{typ: body.typ, fields: body.elem.fields}, body.size
	case fn.Result == List:
		at.elem, at.size = items.elem, items.size
	}
	loop := fn.loop
	at.eval = func(f *frame) any { return loop(f, items.eval(f).([]any), body.eval) }
	return at
}

// arity is how many arguments a function takes.
func (fn *Function) arity() (least, most int) {
	for _, a := range fn.Args {
		if !a.Optional && !a.Repeats {
			least++
		}
		if a.Repeats {
			return least, 20
		}
	}
	return least, len(fn.Args)
}

// each shows the items of a list to see until it says false.
func each(f *frame, list []any, body func(*frame) any, see func(item, v any) bool) {
	for i, x := range list {
		f.item, f.index = clean(x), i
		if !see(f.item, body(f)) {
			break
		}
	}
	f.item, f.index = nil, 0
}

func loopAny(f *frame, list []any, body func(*frame) any) any {
	found := false
	each(f, list, body, func(_, v any) bool { found = v.(bool); return !found })
	return found
}

func loopAll(f *frame, list []any, body func(*frame) any) any {
	all := true
	each(f, list, body, func(_, v any) bool { all = v.(bool); return all })
	return all
}

func loopNone(f *frame, list []any, body func(*frame) any) any {
	return !loopAny(f, list, body).(bool)
}

func loopCount(f *frame, list []any, body func(*frame) any) any {
	n := 0.0
	each(f, list, body, func(_, v any) bool {
		if v.(bool) {
			n++
		}
		return true
	})
	return n
}

func loopFilter(f *frame, list []any, body func(*frame) any) any {
	out := []any{}
	each(f, list, body, func(item, v any) bool {
		if v.(bool) {
			out = append(out, item)
		}
		return true
	})
	return out
}

func loopMap(f *frame, list []any, body func(*frame) any) any {
	out := make([]any, 0, len(list))
	each(f, list, body, func(_, v any) bool { out = append(out, v); return true })
	return out
}

func loopSum(f *frame, list []any, body func(*frame) any) any {
	n := 0.0
	each(f, list, body, func(_, v any) bool { n += v.(float64); return true })
	return sane(n)
}
