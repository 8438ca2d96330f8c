package nodes

import (
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// list offers choices in a menu that opens and leaves by the one taken.
type list struct {
	asking
	Menu
	Text     Line   `json:"text"`
	Variable string `json:"variable,omitempty"` // takes the label chosen

	content Content
	options
}

func listType() flows.Type {
	return flows.Type{
		Name: "list", Group: "ask", Icon: "list",
		Label: words("Lista", "List"),
		About: words("Pregunta con un menú que se abre y sale por lo que se elige.", "Asks with a menu that opens and leaves by what is chosen."),
		Fields: append([]flows.Field{
			{Key: "text", Kind: flows.FieldText, Label: words("Texto", "Text"), Required: true, Multiline: true},
			{Key: "open", Kind: flows.FieldText, Label: words("Botón que abre la lista", "Button that opens the list"), Help: words("Vacío dice «Ver opciones».", "Empty says “See options”.")},
			{Key: "items", Kind: flows.FieldExits, Label: words("Opciones", "Options"), Required: true, ExitLabel: "label", Min: 1, Max: maxRows, Of: []flows.Field{
				{Key: "label", Kind: flows.FieldText, Label: words("Opción", "Option"), Required: true},
				{Key: "description", Kind: flows.FieldText, Label: words("Descripción", "Description")},
				{Key: "section", Kind: flows.FieldText, Label: words("Título de sección", "Section title"), Help: words("Empieza una sección con este título.", "Begins a section of this title.")},
			}},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar lo elegido en", "Keep the choice in")},
		}, askingFields()...),
		Exits: []flows.Exit{exitOther(), exitTimeout()},
		New:   func() flows.Node { return &list{} },
	}
}

func (l *list) Compile(c *flows.Compiler) {
	l.asking.compile(c)
	l.Text.Compile(c, "text", true, maxText)
	l.Menu.compile(c, "")
	l.content = Content{Type: chat.ListMenu, Text: l.Text, List: &l.Menu, node: c.ID()}
	if l.Variable != "" {
		typed(c, "variable", l.Variable, expr.Text)
	}
	for i := range l.Items {
		x := &l.Items[i]
		l.options = append(l.options, option{x.ID, &x.Label})
		c.Exit(x.ID, x.Label.As(c.Language()))
	}
}

func (l *list) Run(r *flows.Run) string {
	return ask(r, &l.asking, &l.content, l.options, l.Variable)
}

// Says implements flows.Speaker.
func (l *list) Says(language string) []chat.Content {
	return []chat.Content{l.content.As(language)}
}
