package nodes

import (
	"recado/flows"
	"recado/internal/chat"
)

// message says something and goes on.
type message struct {
	Content Content `json:"content"`
}

func messageType() flows.Type {
	return flows.Type{
		Name: "message", Group: "say", Icon: "message-square",
		Label:  words("Mensaje", "Message"),
		About:  words("Dice algo: texto, foto, archivo, ubicación, tarjetas o enlaces.", "Says something: text, picture, file, place, cards or links."),
		Fields: []flows.Field{{Key: "content", Kind: flows.FieldContent, Label: words("Mensaje", "Message"), Required: true}},
		Exits:  []flows.Exit{exitNext()},
		New:    func() flows.Node { return &message{} },
	}
}

func (m *message) Compile(c *flows.Compiler) { m.Content.Compile(c, "content") }

func (m *message) Run(r *flows.Run) string {
	speak(r, m.Content.In(r))
	return next
}

// Says implements flows.Speaker.
func (m *message) Says(language string) []chat.Content {
	return []chat.Content{m.Content.As(language)}
}
