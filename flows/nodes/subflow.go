package nodes

import (
	"recado/flows"
	"recado/internal/id"
)

// subflow passes through another flow and comes back. Both share the session's variables.
type subflow struct {
	Flow id.Flow `json:"flow"`
}

func subflowType() flows.Type {
	return flows.Type{
		Name: "subflow", Group: "logic", Icon: "workflow",
		Label:  words("Subflujo", "Sub-flow"),
		About:  words("Pasa por otro flujo y vuelve aquí.", "Passes through another flow and comes back."),
		Fields: []flows.Field{{Key: "flow", Kind: flows.FieldFlow, Label: words("Flujo", "Flow"), Required: true}},
		Exits:  []flows.Exit{{Name: "done", Label: words("Al volver", "On return")}},
		New:    func() flows.Node { return &subflow{} },
	}
}

func (n *subflow) Compile(c *flows.Compiler) { c.Enters("flow", n.Flow, true) }

func (n *subflow) Run(r *flows.Run) string {
	r.Enter(n.Flow, true)
	return ""
}
