package nodes

import (
	"recado/flows"
	"recado/internal/id"
)

// stopFlow ends the conversation's sessions of another flow, a reminder that is no longer
// wanted; without one it ends its own.
type stopFlow struct {
	Flow id.Flow `json:"flow,omitzero"`
}

func stopFlowType() flows.Type {
	return flows.Type{
		Name: "stop_flow", Group: "logic", Icon: "octagon-x",
		Label:  words("Parar un flujo", "Stop a flow"),
		About:  words("Termina otro flujo que espera en esta conversación.", "Ends another flow that waits in this conversation."),
		Fields: []flows.Field{{Key: "flow", Kind: flows.FieldFlow, Label: words("Flujo", "Flow"), Help: words("Vacío termina este.", "Empty ends this one.")}},
		Exits:  []flows.Exit{exitNext()},
		New:    func() flows.Node { return &stopFlow{} },
	}
}

func (n *stopFlow) Compile(*flows.Compiler) {}

func (n *stopFlow) Run(r *flows.Run) string {
	if n.Flow.IsZero() || n.Flow == r.Session().Flow {
		return r.End(flows.Stopped)
	}
	r.Do(flows.Effect{Stop: n.Flow})
	return next
}
