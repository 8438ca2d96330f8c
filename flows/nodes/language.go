package nodes

import "recado/flows"

// language decides what the conversation speaks from now on.
type language struct {
	Language string `json:"language"`
}

func languageType() flows.Type {
	return flows.Type{
		Name: "language", Group: "data", Icon: "languages",
		Label:  words("Idioma", "Language"),
		About:  words("Cambia el idioma de la conversación desde aquí.", "Changes the conversation's language from here on."),
		Fields: []flows.Field{{Key: "language", Kind: flows.FieldLanguage, Label: words("Idioma", "Language"), Required: true}},
		Exits:  []flows.Exit{exitNext()},
		New:    func() flows.Node { return &language{} },
	}
}

func (n *language) Compile(c *flows.Compiler) {
	switch {
	case n.Language == "":
		c.Fault("language", "flow.required")
	case !languageTag.MatchString(n.Language):
		c.Fault("language", "node.language", "language", n.Language)
	}
}

func (n *language) Run(r *flows.Run) string {
	r.Session().Language = n.Language
	r.Do(flows.Effect{Language: n.Language})
	return next
}
