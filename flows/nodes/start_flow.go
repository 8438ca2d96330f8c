package nodes

import (
	"recado/flows"
	"recado/internal/id"
)

// startFlow goes on in another flow and does not come back.
type startFlow struct {
	Flow id.Flow `json:"flow"`
}

func startFlowType() flows.Type {
	return flows.Type{
		Name: "start_flow", Group: "logic", Icon: "log-in",
		Label:  words("Pasar a otro flujo", "Go to a flow"),
		About:  words("Sigue en otro flujo y no vuelve.", "Goes on in another flow and does not come back."),
		Fields: []flows.Field{{Key: "flow", Kind: flows.FieldFlow, Label: words("Flujo", "Flow"), Required: true}},
		Exits:  []flows.Exit{},
		New:    func() flows.Node { return &startFlow{} },
	}
}

func (n *startFlow) Compile(c *flows.Compiler) { c.Enters("flow", n.Flow, false) }

func (n *startFlow) Run(r *flows.Run) string {
	r.Enter(n.Flow, false)
	return ""
}
