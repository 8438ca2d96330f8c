package expr

import "math"

// cost is the most that running a part can take: processor time, and memory given out even
// if it is given back at once. The rates beside each operation are measured worst cases of
// BenchmarkRates, rounded up; ADR 10 tells why they can be trusted.
type cost struct{ ns, bytes int }

// budget is a fifth of the time and an eighth of the memory that may be taken, which leaves
// the rest to a machine that is slower or busy.
var budget = cost{ns: 50_000_000, bytes: 8 << 20}

var (
	nodeCost = cost{ns: 60, bytes: 16}
	copied   = cost{ns: 1, bytes: 1} // a byte of text made
	compared = cost{ns: 1}           // a byte of text compared
	searched = cost{ns: 3}           // a byte of text searched for another
)

// sizes is the most bytes of a value of each type as text.
var sizes = map[Type]int{Text: maxValue, Number: 32, Bool: 8, Date: 40, List: maxValue, Any: maxValue}

func (c cost) over() bool { return c.ns > budget.ns || c.bytes > budget.bytes }

func (c cost) plus(d cost) cost { return cost{add(c.ns, d.ns), add(c.bytes, d.bytes)} }

func (c cost) times(n int) cost { return cost{multiply(c.ns, n), multiply(c.bytes, n)} }

func (c cost) max(d cost) cost { return cost{max(c.ns, d.ns), max(c.bytes, d.bytes)} }

// add and multiply stop at the largest number instead of turning over. Costs are not negative.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func multiply(a, b int) int {
	if a > 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}
