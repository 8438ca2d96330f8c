package nodes

import (
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// buttons offers choices and leaves by the one taken. A button with an address is a link
// and no way out. A channel without buttons, or with fewer, shows a list or numbered lines;
// the answer counts all the same.
type buttons struct {
	asking
	Text     Line     `json:"text"`
	Items    []Button `json:"items"`
	Variable string   `json:"variable,omitempty"` // takes the label chosen

	content Content
	options
}

func buttonsType() flows.Type {
	return flows.Type{
		Name: "buttons", Group: "ask", Icon: "rectangle-ellipsis",
		Label: words("Botones", "Buttons"),
		About: words("Pregunta con botones y sale por el que se elige.", "Asks with buttons and leaves by the one chosen."),
		Fields: append([]flows.Field{
			{Key: "text", Kind: flows.FieldText, Label: words("Texto", "Text"), Required: true, Multiline: true},
			{Key: "items", Kind: flows.FieldExits, Label: words("Botones", "Buttons"), Required: true, ExitLabel: "label", Min: 1, Max: maxButtons, Of: []flows.Field{
				{Key: "label", Kind: flows.FieldText, Label: words("Texto del botón", "Label"), Required: true},
				{Key: "url", Kind: flows.FieldTemplate, Label: words("Enlace", "Link"), Help: words("Con enlace abre una página y no es una salida.", "With a link it opens a page and is no way out.")},
			}},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar lo elegido en", "Keep the choice in")},
		}, askingFields()...),
		Exits: []flows.Exit{exitOther(), exitTimeout()},
		New:   func() flows.Node { return &buttons{} },
	}
}

func (b *buttons) Compile(c *flows.Compiler) {
	b.asking.compile(c)
	b.content = Content{Type: chat.Buttons, Text: b.Text, Buttons: b.Items, node: c.ID()}
	b.content.Text.Compile(c, "text", true, maxText)
	compileButtons(c, "items", b.content.Buttons, maxButtons)
	if b.Variable != "" {
		typed(c, "variable", b.Variable, expr.Text)
	}
	for i := range b.content.Buttons {
		if x := &b.content.Buttons[i]; x.URL.Empty() {
			b.options = append(b.options, option{x.ID, &x.Label})
			c.Exit(x.ID, x.Label.As(c.Language()))
		}
	}
	if len(b.options) == 0 {
		c.Fault("items", "node.no_choice")
	}
}

func (b *buttons) Run(r *flows.Run) string {
	return ask(r, &b.asking, &b.content, b.options, b.Variable)
}

// Says implements flows.Speaker.
func (b *buttons) Says(language string) []chat.Content {
	return []chat.Content{b.content.As(language)}
}
