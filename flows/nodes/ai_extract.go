package nodes

import (
	"fmt"

	"recado/flows"
	"recado/flows/expr"
)

// aiExtract lets a language model read values out of what the contact wrote, each into a
// variable of the type declared. What does not fit is left out.
type aiExtract struct {
	Text         Template    `json:"text,omitzero"` // empty: what the contact wrote
	Instructions Template    `json:"instructions,omitzero"`
	Values       []extracted `json:"values"`

	fields []flows.ExtractField
}

type extracted struct {
	Variable string `json:"variable"`
	About    string `json:"about,omitempty"`
	Optional bool   `json:"optional,omitempty"`
}

const maxExtracted = 20

func aiExtractType() flows.Type {
	return flows.Type{
		Name: "ai_extract", Group: "ai", Icon: "scan-text",
		Label: words("Leer datos con IA", "AI extract"),
		About: words("Un modelo de lenguaje lee datos en lo que escribió el cliente.", "A language model reads values in what the customer wrote."),
		Fields: []flows.Field{
			{Key: "text", Kind: flows.FieldTemplate, Label: words("Texto", "Text"), Help: words("Vacío toma el último mensaje del cliente.", "Empty takes the customer's last message.")},
			{Key: "instructions", Kind: flows.FieldTemplate, Label: words("Instrucciones", "Instructions"), Multiline: true},
			{Key: "values", Kind: flows.FieldList, Label: words("Datos", "Values"), Required: true, Min: 1, Max: maxExtracted, Of: []flows.Field{
				{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar en", "Keep in"), Required: true},
				{Key: "about", Kind: flows.FieldPlain, Label: words("Qué es", "What it is"), Help: words("Por ejemplo: talla de zapato, en números europeos.", "For example: shoe size, in European numbers.")},
				{Key: "optional", Kind: flows.FieldBool, Label: words("Puede faltar", "May be missing")},
			}},
		},
		Exits: []flows.Exit{
			{Name: answered, Label: words("Los leyó", "Read them")},
			{Name: unsure, Label: words("Falta alguno", "Some are missing")},
			exitFailed(),
		},
		New: func() flows.Node { return &aiExtract{} },
	}
}

func (n *aiExtract) Compile(c *flows.Compiler) {
	n.Text.Compile(c, "text", false)
	n.Instructions.Compile(c, "instructions", false)
	switch k := len(n.Values); {
	case k == 0:
		c.Fault("values", "flow.required")
	case k > maxExtracted:
		c.Fault("values", "node.too_many", "max", maxExtracted)
	}
	for i, v := range n.Values {
		t := c.Variable(fmt.Sprintf("values[%d].variable", i), v.Variable)
		if t == expr.Any {
			t = expr.Text
		}
		n.fields = append(n.fields, flows.ExtractField{Name: v.Variable, Type: string(t), About: clip(v.About, maxDetail)})
	}
}

func (n *aiExtract) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		text := n.Text.orMessage(r)
		if text == "" {
			return unsure
		}
		return r.Call(flows.Extract{Instructions: n.Instructions.In(r), Text: text, Fields: n.fields})
	}
	got, ok := r.Input().Result.Value.(flows.Extraction)
	if !ok || r.Input().Result.Err != nil {
		return failed
	}
	exit := answered
	for _, v := range n.Values {
		x, read := got.Values[v.Variable]
		if read {
			r.Set(v.Variable, x)
		} else if !v.Optional {
			exit = unsure
		}
	}
	return exit
}
