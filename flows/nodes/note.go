package nodes

import (
	"strings"

	"recado/flows"
	"recado/internal/chat"
)

// note leaves a line for the team in the conversation; the customer does not see it.
type note struct {
	Text Template `json:"text"`
}

func noteType() flows.Type {
	return flows.Type{
		Name: "note", Group: "team", Icon: "sticky-note",
		Label:  words("Nota interna", "Note"),
		About:  words("Deja una nota para el equipo; el cliente no la ve.", "Leaves a note for the team; the customer does not see it."),
		Fields: []flows.Field{{Key: "text", Kind: flows.FieldTemplate, Label: words("Nota", "Note"), Required: true, Multiline: true}},
		Exits:  []flows.Exit{exitNext()},
		New:    func() flows.Node { return &note{} },
	}
}

func (n *note) Compile(c *flows.Compiler) { n.Text.Compile(c, "text", true) }

func (n *note) Run(r *flows.Run) string {
	if s := strings.TrimSpace(n.Text.In(r)); s != "" {
		if len(s) > chat.MaxText {
			s = strings.ToValidUTF8(s[:chat.MaxText], "")
		}
		r.Do(flows.Effect{Note: s})
	}
	return next
}
