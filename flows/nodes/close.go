package nodes

import (
	"recado/flows"
	"recado/internal/chat"
)

// closing closes the conversation and ends the flow.
type closing struct {
	Text Line `json:"text,omitzero"`
}

func closeType() flows.Type {
	return flows.Type{
		Name: "close", Group: "team", Icon: "circle-check",
		Label:  words("Cerrar", "Close"),
		About:  words("Cierra la conversación y termina.", "Closes the conversation, and ends."),
		Fields: []flows.Field{{Key: "text", Kind: flows.FieldText, Label: words("Despedida", "Last words"), Multiline: true}},
		Exits:  []flows.Exit{},
		New:    func() flows.Node { return &closing{} },
	}
}

func (n *closing) Compile(c *flows.Compiler) { n.Text.Compile(c, "text", false, maxText) }

func (n *closing) Run(r *flows.Run) string {
	speak(r, chat.Plain(n.Text.In(r)))
	r.Do(flows.Effect{Close: true})
	return r.End(flows.Closed)
}

// Says implements flows.Speaker.
func (n *closing) Says(language string) []chat.Content { return saysPlain(&n.Text, language) }
