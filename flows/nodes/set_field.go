package nodes

import (
	"fmt"
	"regexp"
	"strings"

	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes/reading"
)

// setField writes a variable of the flow or a field of the contact.
type setField struct {
	To       string   `json:"to,omitempty"` // variable, contact
	Variable string   `json:"variable,omitempty"`
	Field    string   `json:"field,omitempty"` // name, email, phone, or the contact's own
	As       string   `json:"as,omitempty"`    // expression, text, empty
	Value    string   `json:"value,omitempty"`
	Text     Template `json:"text,omitzero"`

	value *expr.Program
}

func setFieldType() flows.Type {
	return flows.Type{
		Name: "set_field", Group: "data", Icon: "pencil",
		Label: words("Guardar dato", "Set field"),
		About: words("Escribe una variable del flujo o un dato del cliente.", "Writes a variable of the flow or a field of the customer."),
		Fields: []flows.Field{
			{Key: "to", Kind: flows.FieldChoice, Label: words("Dónde", "Where"), Options: []flows.Option{
				{Value: "variable", Label: words("Variable del flujo", "Variable of the flow")},
				{Value: "contact", Label: words("Dato del cliente", "Field of the customer")},
			}},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Variable", "Variable"), Required: true, If: &flows.Condition{Key: "to", In: []string{"variable"}}},
			{Key: "field", Kind: flows.FieldPlain, Label: words("Dato", "Field"), Required: true, If: &flows.Condition{Key: "to", In: []string{"contact"}},
				Help: words("name, email, phone o uno propio de tu empresa.", "name, email, phone or one of your own.")},
			{Key: "as", Kind: flows.FieldChoice, Label: words("Qué", "What"), Options: []flows.Option{
				{Value: "expression", Label: words("Un valor calculado", "A value worked out")},
				{Value: "text", Label: words("Un texto", "A text")},
				{Value: "empty", Label: words("Nada: se borra", "Nothing: it is emptied")},
			}},
			{Key: "value", Kind: flows.FieldExpression, Label: words("Valor", "Value"), Required: true, If: &flows.Condition{Key: "as", In: []string{"expression"}}},
			{Key: "text", Kind: flows.FieldTemplate, Label: words("Texto", "Text"), Required: true, If: &flows.Condition{Key: "as", In: []string{"text"}}},
		},
		Exits: []flows.Exit{exitNext(), {Name: invalid, Label: words("No sirve", "Not valid")}},
		New:   func() flows.Node { return &setField{To: "variable", As: "expression"} },
	}
}

// fieldName is a contact's own field: what contact.fields.<name> can reach.
var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (n *setField) Compile(c *flows.Compiler) {
	oneOf(c, "to", n.To, "variable", "contact")
	oneOf(c, "as", n.As, "expression", "text", "empty")
	want := expr.Any
	switch n.To {
	case "variable":
		want = c.Variable("variable", n.Variable)
		if n.As == "text" && want != expr.Any && want != expr.Text {
			c.Fault("variable", "node.variable_type", "name", n.Variable, "type", string(want))
		}
	case "contact":
		switch {
		case n.Field == "":
			c.Fault("field", "flow.required")
		case !fieldName.MatchString(n.Field):
			c.Fault("field", "node.field_name", "name", n.Field)
		case basic(n.Field):
			want = expr.Text
		}
	}
	switch n.As {
	case "expression":
		n.value = c.Expression("value", n.Value, want)
	case "text":
		n.Text.Compile(c, "text", true)
	}
}

// basic are the fields every contact has.
func basic(field string) bool { return field == "name" || field == "email" || field == "phone" }

func (n *setField) Run(r *flows.Run) string {
	var v any
	switch n.As {
	case "expression":
		v = r.Eval(n.value)
	case "text":
		v = n.Text.In(r)
	}
	if n.To == "variable" {
		r.Set(n.Variable, v)
		return next
	}
	if basic(n.Field) && v != nil {
		s, ok := basicValue(r, n.Field, fmt.Sprint(v))
		if !ok {
			return invalid
		}
		v = s
	}
	r.Do(flows.Effect{Set: &flows.Set{Field: n.Field, Value: v}})
	return next
}

// basicValue brings a basic field to its one form; false when it has none.
func basicValue(r *flows.Run, field, s string) (string, bool) {
	switch field {
	case "email":
		return reading.Email(s)
	case "phone":
		return reading.Phone(s, r.Facts().Company.Country)
	}
	s = strings.Join(strings.Fields(s), " ")
	return clip(s, maxLabel), s != ""
}
