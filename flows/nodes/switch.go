package nodes

import (
	"cmp"
	"fmt"
	"strings"

	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes/reading"
)

// cases is the switch: it leaves by the first case that is met. By words a case is met when
// the text has one of its words or phrases, accents and capitals aside; by number when the
// number is from From to To, both included; by expression when If is true.
type cases struct {
	By    string `json:"by,omitempty"`    // words, number, expression
	Value string `json:"value,omitempty"` // expression; empty is what the contact wrote
	Cases []Case `json:"cases"`

	value *expr.Program
	index map[string][]phrase // by first word
}

// Case is one way out of a switch.
type Case struct {
	ID    string   `json:"id"`
	Label string   `json:"label,omitempty"`
	Words []string `json:"words,omitempty"`
	From  *float64 `json:"from,omitempty"`
	To    *float64 `json:"to,omitempty"`
	If    string   `json:"if,omitempty"`

	test *expr.Program
}

// phrase is words of a case after the first one, which is its key in the index.
type phrase struct {
	rest string // with the space ahead of it; "" for a single word
	at   int    // the case
}

func switchType() flows.Type {
	by := func(v string) *flows.Condition { return &flows.Condition{Key: "by", In: []string{v}} }
	return flows.Type{
		Name: "switch", Group: "logic", Icon: "list-tree",
		Label: words("Según el caso", "Switch"),
		About: words("Sale por el primer caso que se cumple: por palabras, por número o por condición.", "Leaves by the first case that is met: by words, by number or by condition."),
		Fields: []flows.Field{
			{Key: "by", Kind: flows.FieldChoice, Label: words("Según", "By"), Options: []flows.Option{
				{Value: "words", Label: words("Palabras", "Words")},
				{Value: "number", Label: words("Un número", "A number")},
				{Value: "expression", Label: words("Condiciones", "Conditions")},
			}},
			{Key: "value", Kind: flows.FieldExpression, Label: words("Valor", "Value"), Help: words("Vacío es lo que escribió el cliente.", "Empty is what the customer wrote."),
				If: &flows.Condition{Key: "by", In: []string{"words", "number"}}},
			{Key: "cases", Kind: flows.FieldExits, Label: words("Casos", "Cases"), Required: true, ExitLabel: "label", Min: 1, Max: maxCases, Of: []flows.Field{
				{Key: "label", Kind: flows.FieldPlain, Label: words("Nombre", "Name")},
				{Key: "words", Kind: flows.FieldWords, Label: words("Palabras o frases", "Words or phrases"), Max: maxCaseWords, If: by("words")},
				{Key: "from", Kind: flows.FieldNumber, Label: words("Desde", "From"), If: by("number")},
				{Key: "to", Kind: flows.FieldNumber, Label: words("Hasta", "To"), If: by("number")},
				{Key: "if", Kind: flows.FieldExpression, Label: words("Si", "If"), If: by("expression")},
			}},
		},
		Exits: []flows.Exit{{Name: otherwise, Label: words("Ninguno", "None of them")}},
		New:   func() flows.Node { return &cases{By: "words"} },
	}
}

const (
	otherwise    = "else"
	maxCases     = 50
	maxCaseWords = 200
)

func (n *cases) Compile(c *flows.Compiler) {
	oneOf(c, "by", n.By, "words", "number", "expression")
	if n.Value != "" && n.By != "expression" {
		want := expr.Text
		if n.By == "number" {
			want = expr.Number
		}
		n.value = c.Expression("value", n.Value, want)
	}
	switch m := len(n.Cases); {
	case m == 0:
		c.Fault("cases", "flow.required")
	case m > maxCases:
		c.Fault("cases", "node.too_many", "max", maxCases)
	}
	n.index = map[string][]phrase{}
	ids := make([]string, len(n.Cases))
	for i := range n.Cases {
		x := &n.Cases[i]
		ids[i] = x.ID
		n.compile(c, i, fmt.Sprintf("cases[%d]", i))
		c.Exit(x.ID, cmp.Or(x.Label, n.describe(x)))
	}
	itemIDs(c, "cases", ids, otherwise)
}

func (n *cases) compile(c *flows.Compiler, i int, at string) {
	x := &n.Cases[i]
	switch n.By {
	case "words":
		some := false
		for _, w := range x.Words {
			first, rest, more := strings.Cut(reading.Words(w), " ")
			if first == "" {
				continue
			}
			if more {
				rest = " " + rest
			}
			some = true
			n.index[first] = append(n.index[first], phrase{rest, i})
		}
		if !some {
			c.Fault(at+".words", "flow.required")
		}
		if len(x.Words) > maxCaseWords {
			c.Fault(at+".words", "node.too_many", "max", maxCaseWords)
		}
	case "number":
		switch {
		case x.From == nil && x.To == nil:
			c.Fault(at+".from", "flow.required")
		case x.From != nil && x.To != nil && *x.From > *x.To:
			c.Fault(at+".to", "node.min_max", "min", *x.From, "max", *x.To)
		}
	case "expression":
		x.test = c.Expression(at+".if", x.If, expr.Bool)
	}
}

// describe names a case that has no name.
func (n *cases) describe(x *Case) string {
	switch {
	case n.By == "words":
		return clip(strings.Join(x.Words, ", "), maxOpen)
	case n.By == "expression":
		return clip(x.If, maxOpen)
	case x.From == nil && x.To != nil:
		return fmt.Sprintf("≤ %g", *x.To)
	case x.From != nil && x.To == nil:
		return fmt.Sprintf("≥ %g", *x.From)
	case x.From != nil:
		return fmt.Sprintf("%g – %g", *x.From, *x.To)
	}
	return x.ID
}

func (n *cases) Run(r *flows.Run) string {
	at := -1
	switch n.By {
	case "words":
		at = n.byWords(n.text(r))
	case "number":
		if v, ok := n.number(r); ok {
			at = n.byNumber(v)
		}
	case "expression":
		for i := range n.Cases {
			if r.True(n.Cases[i].test) {
				at = i
				break
			}
		}
	}
	if at < 0 {
		return otherwise
	}
	return n.Cases[at].ID
}

func (n *cases) text(r *flows.Run) string {
	if n.value == nil {
		return r.Facts().Message.Words()
	}
	s, _ := r.Eval(n.value).(string)
	return s
}

func (n *cases) number(r *flows.Run) (float64, bool) {
	if n.value == nil {
		return reading.Number(r.Facts().Message.Words(), r.Language())
	}
	v, ok := r.Eval(n.value).(float64)
	return v, ok
}

// byWords is the first case that has a word or phrase of the text; -1 is none. Each word of
// the text is looked up once.
func (n *cases) byWords(text string) int {
	at := len(n.Cases)
	rest := reading.Words(text)
	for rest != "" {
		word, after, more := strings.Cut(rest, " ")
		for _, p := range n.index[word] {
			if p.at < at && begins(rest[len(word):], p.rest) {
				at = p.at
			}
		}
		if rest = after; !more {
			break
		}
	}
	if at == len(n.Cases) {
		return -1
	}
	return at
}

// begins reports whether text begins with whole words.
func begins(text, words string) bool {
	return strings.HasPrefix(text, words) && (len(text) == len(words) || text[len(words)] == ' ')
}

func (n *cases) byNumber(v float64) int {
	for i := range n.Cases {
		x := &n.Cases[i]
		if (x.From == nil || v >= *x.From) && (x.To == nil || v <= *x.To) {
			return i
		}
	}
	return -1
}
