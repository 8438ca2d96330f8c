package nodes

import (
	"fmt"

	"recado/flows"
	"recado/internal/chat"
)

// template sends a message that WhatsApp approved beforehand, the only kind it lets
// through when the customer has not written for a day.
type template struct {
	Template Approved `json:"template"`
}

// Approved is chat.Template with its parameters as templates.
type Approved struct {
	Name     string     `json:"name"`
	Language string     `json:"language"`
	Params   []Template `json:"params,omitempty"`
}

const maxParams = 30

func templateType() flows.Type {
	return flows.Type{
		Name: "template", Group: "say", Icon: "badge-check",
		Label:  words("Plantilla de WhatsApp", "WhatsApp template"),
		About:  words("Envía una plantilla aprobada, también fuera de las 24 horas.", "Sends an approved template, also after the 24 hours."),
		Fields: []flows.Field{{Key: "template", Kind: flows.FieldTemplateID, Label: words("Plantilla", "Template"), Required: true}},
		Exits:  []flows.Exit{exitNext()},
		New:    func() flows.Node { return &template{} },
	}
}

func (n *template) Compile(c *flows.Compiler) {
	if n.Template.Name == "" {
		c.Fault("template.name", "flow.required")
	}
	if n.Template.Language == "" {
		c.Fault("template.language", "flow.required")
	}
	if len(n.Template.Params) > maxParams {
		c.Fault("template.params", "node.too_many", "max", maxParams)
	}
	for i := range n.Template.Params {
		n.Template.Params[i].Compile(c, fmt.Sprintf("template.params[%d]", i), true)
	}
}

func (n *template) Run(r *flows.Run) string {
	speak(r, n.content(pen{r: r}))
	return next
}

func (n *template) content(p pen) chat.Content {
	t := &chat.Template{Name: n.Template.Name, Language: n.Template.Language}
	for i := range n.Template.Params {
		t.Params = append(t.Params, p.place(&n.Template.Params[i]))
	}
	return chat.Content{Type: chat.TemplateMsg, Template: t}
}

// Says implements flows.Speaker. A template has one language, whatever the reader's.
func (n *template) Says(language string) []chat.Content {
	return []chat.Content{n.content(pen{language: language})}
}
