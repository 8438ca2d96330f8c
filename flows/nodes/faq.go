package nodes

import (
	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes/reading"
	"recado/internal/chat"
)

// faq answers from the bot's own questions. When it is not sure it offers the nearest and
// waits for one of them.
type faq struct {
	Question Template `json:"question,omitzero"` // empty: what the contact wrote
	Offer    Line     `json:"offer,omitzero"`
	Say      *bool    `json:"say,omitempty"`
	Variable string   `json:"variable,omitempty"` // takes the answer
}

func faqType() flows.Type {
	return flows.Type{
		Name: "faq", Group: "ai", Icon: "book-open-check",
		Label: words("Preguntas frecuentes", "FAQ"),
		About: words("Responde con las preguntas del bot, palabra por palabra.", "Answers from the bot's questions, word for word."),
		Fields: []flows.Field{
			{Key: "question", Kind: flows.FieldTemplate, Label: words("Pregunta", "Question"), Help: words("Vacío toma el último mensaje del cliente.", "Empty takes the customer's last message.")},
			{Key: "offer", Kind: flows.FieldText, Label: words("Cuando no está seguro", "When it is not sure"), Help: words("Lo que dice sobre las preguntas más cercanas.", "What it says above the nearest questions.")},
			sayField(),
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar la respuesta en", "Keep the answer in")},
		},
		Exits: []flows.Exit{
			{Name: answered, Label: words("Respondió", "Answered")},
			{Name: offered, Label: words("Ofreció y no se eligió", "Offered, none was chosen")},
			{Name: none, Label: words("No lo sabe", "Does not know")},
		},
		New: func() flows.Node { return &faq{} },
	}
}

const (
	offered   = "offered"
	faqOffers = 3 // questions offered at most: what every channel can show as buttons
)

// offers is what the node keeps while it waits: questions by their ids.
type offers struct {
	IDs       []string `json:"ids,omitempty"`
	Questions []string `json:"questions,omitempty"`
	Chosen    string   `json:"chosen,omitempty"`
}

func (n *faq) Compile(c *flows.Compiler) {
	n.Question.Compile(c, "question", false)
	n.Offer.or("¿Te refieres a alguna de estas?", "Do you mean one of these?")
	n.Offer.Compile(c, "offer", false, maxText)
	optional(c, "variable", n.Variable, expr.Text)
}

func (n *faq) Run(r *flows.Run) string {
	var o offers
	r.Kept(&o)
	switch in := r.Input(); in.Kind {
	case flows.Message:
		return n.choose(r, o)
	case flows.Answer:
		got, ok := in.Result.Value.(flows.FAQAnswers)
		if !ok {
			return none
		}
		return n.take(r, got, o.Chosen)
	case flows.Timer:
		return offered
	}
	q := n.Question.orMessage(r)
	if q == "" {
		return none
	}
	return r.Call(flows.FAQAsk{Query: q, K: faqOffers})
}

// take acts on what the questions say; chosen is the id that was picked from an offer.
func (n *faq) take(r *flows.Run, got flows.FAQAnswers, chosen string) string {
	for i, c := range got.Candidates {
		if c.ID.String() == chosen || chosen == "" && i == 0 && got.Decision == "answer" {
			if yes(n.Say) {
				r.Say(chat.Plain(c.Answer))
			}
			if n.Variable != "" {
				r.Set(n.Variable, clip(c.Answer, maxText))
			}
			return answered
		}
	}
	if chosen != "" || got.Decision != "offer" || len(got.Candidates) == 0 {
		return none
	}
	var o offers
	content := chat.Content{Type: chat.Buttons, Text: n.Offer.In(r)}
	for _, c := range got.Candidates {
		if c.Question == "" {
			continue // a passage has no question to press on
		}
		o.IDs, o.Questions = append(o.IDs, c.ID.String()), append(o.Questions, c.Question)
		content.Buttons = append(content.Buttons, chat.Button{ID: flows.PressID(r.Node(), c.ID.String()), Label: clip(c.Question, maxLabel)})
	}
	if len(o.IDs) == 0 {
		return none
	}
	r.Keep(o)
	speak(r, content)
	return r.Wait(flows.Wait{For: flows.ForMessage})
}

// choose asks again for the entry picked, whose answer may have changed since.
func (n *faq) choose(r *flows.Run, o offers) string {
	m := r.Input().Message
	i := -1
	if item, _ := pressed(m, r.Node()); item != "" {
		for k, id := range o.IDs {
			if id == item {
				i = k
			}
		}
	} else {
		i = reading.Choose(o.Questions, m.Words())
	}
	if i < 0 {
		return offered
	}
	o.Chosen = o.IDs[i]
	r.Keep(o)
	return r.Call(flows.FAQAsk{Query: o.Questions[i], K: 10})
}
