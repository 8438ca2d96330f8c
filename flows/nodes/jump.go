package nodes

import "recado/flows"

// jump goes on at another node of the flow, for ways back that would cross the canvas.
type jump struct {
	Node string `json:"node"`
}

func jumpType() flows.Type {
	return flows.Type{
		Name: "jump", Group: "logic", Icon: "corner-up-right",
		Label:  words("Ir a", "Go to"),
		About:  words("Sigue en otro bloque de este flujo.", "Goes on at another block of this flow."),
		Fields: []flows.Field{{Key: "node", Kind: flows.FieldNode, Label: words("Bloque", "Block"), Required: true}},
		Exits:  []flows.Exit{},
		New:    func() flows.Node { return &jump{} },
	}
}

func (j *jump) Compile(c *flows.Compiler) { c.Jumps("node", j.Node) }

func (j *jump) Run(r *flows.Run) string {
	r.Jump(j.Node)
	return ""
}
