package nodes

import (
	"recado/flows"
	"recado/flows/expr"
)

// condition leaves by yes or no.
type condition struct {
	If string `json:"if"`

	test *expr.Program
}

func conditionType() flows.Type {
	return flows.Type{
		Name: "condition", Group: "logic", Icon: "split",
		Label:  words("Condición", "Condition"),
		About:  words("Va por un lado si se cumple y por otro si no.", "Goes one way when it is met and another when not."),
		Fields: []flows.Field{{Key: "if", Kind: flows.FieldExpression, Label: words("Si", "If"), Required: true}},
		Exits:  []flows.Exit{{Name: "yes", Label: words("Sí", "Yes")}, {Name: "no", Label: words("No", "No")}},
		New:    func() flows.Node { return &condition{} },
	}
}

func (n *condition) Compile(c *flows.Compiler) { n.test = c.Expression("if", n.If, expr.Bool) }

func (n *condition) Run(r *flows.Run) string {
	if r.True(n.test) {
		return "yes"
	}
	return "no"
}
