package nodes

import (
	"recado/flows"
	"recado/internal/id"
)

// label puts a label on the conversation or takes it away.
type label struct {
	Label  id.Label `json:"label"`
	Remove bool     `json:"remove,omitempty"`
}

func labelType() flows.Type {
	return flows.Type{
		Name: "label", Group: "data", Icon: "bookmark",
		Label: words("Etiqueta de la conversación", "Conversation's label"),
		About: words("Pone o quita una etiqueta a la conversación.", "Puts a label on the conversation or takes it away."),
		Fields: []flows.Field{
			{Key: "label", Kind: flows.FieldLabel, Label: words("Etiqueta", "Label"), Required: true},
			{Key: "remove", Kind: flows.FieldBool, Label: words("Quitarla", "Take it away")},
		},
		Exits: []flows.Exit{exitNext()},
		New:   func() flows.Node { return &label{} },
	}
}

func (n *label) Compile(c *flows.Compiler) {
	if n.Label.IsZero() {
		c.Fault("label", "flow.required")
	}
}

func (n *label) Run(r *flows.Run) string {
	if n.Remove {
		r.Do(flows.Effect{Unlabel: n.Label})
	} else {
		r.Do(flows.Effect{Label: n.Label})
	}
	return next
}
