package nodes

import (
	"strings"

	"recado/flows"
)

// tag puts a tag on the contact or takes it away.
type tag struct {
	Tag    string `json:"tag"`
	Remove bool   `json:"remove,omitempty"`
}

const maxTag = 60

func tagType() flows.Type {
	return flows.Type{
		Name: "tag", Group: "data", Icon: "tag",
		Label: words("Marca del cliente", "Customer's tag"),
		About: words("Pone o quita una marca al cliente, para campañas y segmentos.", "Puts a tag on the customer or takes it away, for campaigns and segments."),
		Fields: []flows.Field{
			{Key: "tag", Kind: flows.FieldTag, Label: words("Marca", "Tag"), Required: true, Max: maxTag},
			{Key: "remove", Kind: flows.FieldBool, Label: words("Quitarla", "Take it away")},
		},
		Exits: []flows.Exit{exitNext()},
		New:   func() flows.Node { return &tag{} },
	}
}

func (n *tag) Compile(c *flows.Compiler) {
	n.Tag = strings.TrimSpace(n.Tag)
	if n.Tag == "" {
		c.Fault("tag", "flow.required")
	}
	if len([]rune(n.Tag)) > maxTag {
		c.Fault("tag", "node.too_long", "max", maxTag, "was", len([]rune(n.Tag)))
	}
}

func (n *tag) Run(r *flows.Run) string {
	r.Do(flows.Effect{Tag: &flows.Tag{Name: n.Tag, Remove: n.Remove}})
	return next
}
