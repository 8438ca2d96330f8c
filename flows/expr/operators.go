package expr

import (
	"math"
	"regexp"
	re2 "regexp/syntax"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

func (c *compiler) binary(n *ast.BinaryNode, at code) code {
	a, b := c.node(n.Left), c.node(n.Right)
	if a.bad || b.bad {
		at = at.spanning(a, b)
		at.bad, at.typ, at.eval = true, Any, a.eval
		return at
	}
	at.cost = a.cost.plus(b.cost).plus(nodeCost)
	switch n.Operator {
	case "&&", "and", "||", "or":
		return c.logic(n.Operator, a, b, at.spanning(a, b))
	case "==", "!=":
		return c.equality(n.Operator == "!=", a, b, at.spanning(a, b))
	case "<", "<=", ">", ">=":
		return c.ordering(n.Operator, a, b, at.spanning(a, b))
	case "+":
		if a.typ == Text || b.typ == Text || a.typ == Any || b.typ == Any {
			return c.concat(a, b, at.spanning(a, b))
		}
		return c.arithmetic(n.Operator, a, b, at.spanning(a, b))
	case "-", "*", "/", "%", "**", "^":
		return c.arithmetic(n.Operator, a, b, at.spanning(a, b))
	case "contains", "startsWith", "endsWith":
		return c.search(n.Operator, a, b, at.spanning(a, b))
	case "matches":
		return c.matches(a, b, at.spanning(a, b))
	case "in":
		return c.in(a, b, at.spanning(a, b))
	case "??":
		return c.orElse(a, b, at.spanning(a, b))
	}
	return c.fault(at, "expr.not_allowed", "what", n.Operator)
}

func (c *compiler) logic(op string, a, b, at code) code {
	a, b = c.need(a, Bool), c.need(b, Bool)
	stop := op == "||" || op == "or" // the value of a that settles it
	at.typ, at.size, at.bad = Bool, sizes[Bool], a.bad || b.bad
	at.eval = func(f *frame) any {
		if v := a.eval(f).(bool); v == stop {
			return v
		}
		return b.eval(f)
	}
	return at
}

// comparable is the type in which two parts are compared; an error when there is none.
func (c *compiler) comparable(a, b, at code) (Type, bool) {
	for _, t := range [...]Type{List, Date, Number, Bool, Text} {
		if a.typ != t && b.typ != t {
			continue
		}
		other := b
		if a.typ != t {
			other = a
		}
		if other.typ == t || other.typ == Any {
			return t, true
		}
		if t == Date && other.typ == Text && !(other.literal && toDate(other.value, time.UTC) == nil) {
			return t, true
		}
		c.fault(at, "expr.compare", "noun", "expr."+string(t))
		return t, false
	}
	return Any, true
}

func (c *compiler) equality(not bool, a, b, at code) code {
	at.typ, at.size = Bool, sizes[Bool]
	if b.literal && b.value == nil || a.literal && a.value == nil { // asks whether there is a value
		x := a
		if a.literal && a.value == nil {
			x = b
		}
		at.eval = func(f *frame) any { return empty(x.eval(f)) != not }
		return at
	}
	t, ok := c.comparable(a, b, at)
	at.bad = !ok
	at.cost = at.cost.plus(comparing(t, a, b))
	if t == Text && b.literal && a.typ == Text {
		want := b.value.(string)
		at.eval = func(f *frame) any { return (text(a.eval(f)) == want) != not }
		return at
	}
	at.eval = func(f *frame) any { return equal(a.eval(f), b.eval(f), t, f.zone) != not }
	return at
}

// comparing is what comparing two values costs.
func comparing(t Type, a, b code) cost {
	if t == Number || t == Bool {
		return cost{ns: 200} // a text read as a number
	}
	return compared.times(min(a.size, b.size)).plus(cost{ns: 2000, bytes: 512}) // a text may be read as a date
}

func (c *compiler) ordering(op string, a, b, at code) code {
	at.typ, at.size = Bool, sizes[Bool]
	t, ok := c.comparable(a, b, at)
	if ok && (t == List || t == Bool) {
		return c.fault(at, "expr.order", "noun", "expr."+string(t))
	}
	at.bad = !ok
	at.cost = at.cost.plus(comparing(t, a, b))
	if t == Number && (a.typ == Any || b.typ == Any) {
		t = Any // what is missing there has no type, so it is no 0
	}
	at.eval = func(f *frame) any {
		n, ok := order(a.eval(f), b.eval(f), t, f.zone)
		switch op {
		case "<":
			return ok && n < 0
		case "<=":
			return ok && n <= 0
		case ">":
			return ok && n > 0
		}
		return ok && n >= 0
	}
	return at
}

func (c *compiler) arithmetic(op string, a, b, at code) code {
	a, b = c.need(a, Number), c.need(b, Number)
	at.typ, at.size, at.bad = Number, sizes[Number], a.bad || b.bad
	at.cost = at.cost.plus(cost{ns: 150}) // a power, or a text read as a number
	calc := calculations[op]
	at.eval = func(f *frame) any { return sane(calc(a.eval(f).(float64), b.eval(f).(float64))) }
	return at
}

var calculations = map[string]func(a, b float64) float64{
	"+":  func(a, b float64) float64 { return a + b },
	"-":  func(a, b float64) float64 { return a - b },
	"*":  func(a, b float64) float64 { return a * b },
	"/":  func(a, b float64) float64 { return a / b },
	"%":  math.Mod,
	"**": math.Pow,
	"^":  math.Pow,
}

// sane is 0 for what no shop can use, as 1/0.
func sane(n float64) float64 {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return 0
	}
	return n
}

// concat is + with a text in it. Where only the run knows the types, two numbers are added.
func (c *compiler) concat(a, b, at code) code {
	for _, x := range []code{a, b} {
		if x.typ == List || x.typ == Bool && a.typ != Text && b.typ != Text {
			return c.fault(x, "expr.needs", "noun", "expr.text")
		}
	}
	at.size = min(a.size+b.size, maxText)
	at.cost = at.cost.plus(copied.times(at.size)).plus(a.spelled()).plus(b.spelled())
	at.typ = Any
	if a.typ == Text || b.typ == Text {
		at.typ = Text
	}
	if at.typ == Any && (a.typ == Date || b.typ == Date) {
		return c.fault(at, "expr.needs", "noun", "expr.number")
	}
	typ := at.typ
	at.eval = func(f *frame) any {
		x, y := a.eval(f), b.eval(f)
		if typ == Any && (typeOf(x) != Text && typeOf(y) != Text) {
			m, _ := toNumber(x).(float64)
			n, _ := toNumber(y).(float64)
			return sane(m + n)
		}
		return cut(text(x)+text(y), maxText)
	}
	return at
}

// spelled is what text(x) costs: the buffer of what is no text yet grows as it is written.
func (x code) spelled() cost {
	if x.typ == Text {
		return cost{}
	}
	return copied.times(6 * x.size)
}

// search is contains, startsWith and endsWith, exact to the letter; matchesWords is not.
func (c *compiler) search(op string, a, b, at code) code {
	at.typ, at.size = Bool, sizes[Bool]
	if op == "contains" && (a.typ == List || b.typ == List) {
		return c.in(b, a, at)
	}
	a, b = c.need(a, Text), c.need(b, Text)
	at.bad = a.bad || b.bad
	test := map[string]func(s, part string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[op]
	at.cost = a.cost.plus(b.cost).plus(nodeCost).plus(searched.times(a.size))
	at.eval = func(f *frame) any { return test(a.eval(f).(string), b.eval(f).(string)) }
	return at
}

// in reports whether a list has a value.
func (c *compiler) in(a, list, at code) code {
	at.typ, at.size = Bool, sizes[Bool]
	list = c.need(list, List)
	if a.typ == List {
		return c.fault(a, "expr.needs", "noun", "expr.text")
	}
	at.bad = list.bad
	at.cost = at.cost.plus(comparing(Any, a, list).times(list.many))
	at.eval = func(f *frame) any {
		v := a.eval(f)
		return slices.ContainsFunc(list.eval(f).([]any), func(x any) bool { return equal(clean(x), v, Any, f.zone) })
	}
	return at
}

// orElse is a, or b where a is missing or empty.
func (c *compiler) orElse(a, b, at code) code {
	at.typ, at.elem = merged(a, b)
	at.size, at.many = max(a.size, b.size), max(a.many, b.many)
	at.eval = func(f *frame) any {
		if v := a.eval(f); !empty(v) {
			return v
		}
		return b.eval(f)
	}
	return at
}

// A pattern is one the library of RE2 takes, known when it is compiled, small, and reads the
// beginning of a text: its time is at most insts x bytes.
const (
	maxPattern = 200 // bytes
	maxInsts   = 300
	maxMatched = 1 << 10 // bytes of the text
)

func (c *compiler) matches(a, b, at code) code {
	at.typ, at.size = Bool, sizes[Bool]
	pattern, ok := b.value.(string)
	if !ok || !b.literal {
		return c.fault(b, "expr.pattern_fixed")
	}
	re, insts := compilePattern(pattern)
	if re == nil {
		return c.fault(b, "expr.pattern")
	}
	a = c.need(a, Text)
	at.bad = a.bad
	at.cost = a.cost.plus(nodeCost).plus(cost{ns: (20 + 10*insts) * min(a.size, maxMatched), bytes: 4096})
	at.eval = func(f *frame) any { return re.MatchString(cut(a.eval(f).(string), maxMatched)) }
	return at
}

// compilePattern compiles a pattern and counts its instructions; nil when it is wrong or too large.
// Repetitions are counted before they are unrolled.
func compilePattern(pattern string) (*regexp.Regexp, int) {
	if len(pattern) > maxPattern {
		return nil, 0
	}
	tree, err := re2.Parse(pattern, re2.Perl)
	if err != nil || unrolled(tree) > maxInsts {
		return nil, 0
	}
	prog, err := re2.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > maxInsts {
		return nil, 0
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, 0
	}
	return re, len(prog.Inst)
}

// unrolled is about how many instructions a pattern becomes.
func unrolled(re *re2.Regexp) int {
	n := 1
	for _, sub := range re.Sub {
		n = add(n, unrolled(sub))
	}
	if re.Op == re2.OpLiteral {
		n += len(re.Rune)
	}
	if re.Op == re2.OpRepeat {
		n = multiply(n, max(re.Max, re.Min+1, 1))
	}
	return n
}
