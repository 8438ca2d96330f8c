package nodes

import (
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// aiAnswer lets a language model answer from the bot's own questions. What it says without
// a source is not said.
type aiAnswer struct {
	Question     Template `json:"question,omitzero"` // empty: what the contact wrote
	Instructions Template `json:"instructions,omitzero"`
	Free         bool     `json:"free,omitempty"` // by the instructions alone, without sources
	Say          *bool    `json:"say,omitempty"`
	Variable     string   `json:"variable,omitempty"`
}

const (
	unsure    = "unsure"
	maxTokens = 300
)

func aiAnswerType() flows.Type {
	return flows.Type{
		Name: "ai_answer", Group: "ai", Icon: "sparkles",
		Label: words("Respuesta con IA", "AI answer"),
		About: words("Un modelo de lenguaje redacta la respuesta con las preguntas del bot como fuente.", "A language model words the answer, with the bot's questions as its source."),
		Fields: []flows.Field{
			{Key: "question", Kind: flows.FieldTemplate, Label: words("Pregunta", "Question"), Help: words("Vacío toma el último mensaje del cliente.", "Empty takes the customer's last message.")},
			{Key: "instructions", Kind: flows.FieldTemplate, Label: words("Instrucciones", "Instructions"), Multiline: true, Help: words("El tono y lo que debe cuidar. No pongas secretos.", "Tone and what to mind. Put no secrets in it.")},
			{Key: "free", Kind: flows.FieldBool, Label: words("Sin fuentes", "Without sources"), Help: words("Responde solo con las instrucciones. Puede inventar.", "Answers by the instructions alone. It may make things up.")},
			sayField(),
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar la respuesta en", "Keep the answer in")},
		},
		Exits: []flows.Exit{
			{Name: answered, Label: words("Respondió", "Answered")},
			{Name: unsure, Label: words("No está seguro", "Not sure")},
			exitFailed(),
		},
		New: func() flows.Node { return &aiAnswer{} },
	}
}

func (n *aiAnswer) Compile(c *flows.Compiler) {
	n.Question.Compile(c, "question", false)
	n.Instructions.Compile(c, "instructions", n.Free)
	optional(c, "variable", n.Variable, expr.Text)
}

func (n *aiAnswer) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		q := n.Question.orMessage(r)
		if q == "" {
			return unsure
		}
		return r.Call(flows.Complete{Instructions: n.Instructions.In(r), Question: q, Language: r.Language(), UseFAQ: !n.Free, MaxTokens: maxTokens})
	}
	got, ok := r.Input().Result.Value.(flows.Completion)
	switch {
	case !ok || r.Input().Result.Err != nil:
		return failed
	case got.Unsure || got.Text == "":
		return unsure
	}
	if yes(n.Say) {
		r.Say(chat.Plain(got.Text))
	}
	if n.Variable != "" {
		r.Set(n.Variable, got.Text)
	}
	return answered
}
