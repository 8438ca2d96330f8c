package nodes

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes/reading"
	"recado/internal/chat"
)

// question asks for a value and keeps it in a variable. What is asked for decides how the
// answer is read; Min, Max and Check are the company's own conditions on it.
type question struct {
	asking
	Text     Line     `json:"text"`
	Type     string   `json:"type,omitempty"` // text, number, email, phone, date, choice, file, location
	Variable string   `json:"variable"`
	Options  []Option `json:"options,omitempty"`
	Min      *float64 `json:"min,omitempty"`   // of a number; of a text's length
	Max      *float64 `json:"max,omitempty"`   //
	Check    string   `json:"check,omitempty"` // over vars.<variable>

	content Content
	options options
	values  map[string]string // of options, by id
	check   *expr.Program
	holds   expr.Type // of the variable
}

// Option is one answer to a question of type choice. Value is what is kept; empty is the
// label as shown.
type Option struct {
	ID    string `json:"id"`
	Label Line   `json:"label"`
	Value string `json:"value,omitempty"`
}

// kinds are what can be asked for, with the types of variable that hold it.
var kinds = []struct {
	name  string
	label flows.Words
	holds []expr.Type
}{
	{"text", words("Texto", "Text"), []expr.Type{expr.Text}},
	{"number", words("Número", "Number"), []expr.Type{expr.Number}},
	{"email", words("Correo", "E-mail"), []expr.Type{expr.Text}},
	{"phone", words("Teléfono", "Phone"), []expr.Type{expr.Text}},
	{"date", words("Fecha", "Date"), []expr.Type{expr.Date}},
	{"choice", words("Una opción", "A choice"), []expr.Type{expr.Text}},
	{"file", words("Archivo o foto", "File or picture"), []expr.Type{expr.Text}},
	{"location", words("Ubicación", "Location"), []expr.Type{expr.Text}},
}

func questionType() flows.Type {
	var types []flows.Option
	for _, k := range kinds {
		types = append(types, flows.Option{Value: k.name, Label: k.label})
	}
	sized := &flows.Condition{Key: "type", In: []string{"text", "number"}}
	return flows.Type{
		Name: "question", Group: "ask", Icon: "circle-help",
		Label: words("Pregunta", "Question"),
		About: words("Pregunta un dato, lo revisa y lo guarda.", "Asks for a value, checks it and keeps it."),
		Fields: append([]flows.Field{
			{Key: "text", Kind: flows.FieldText, Label: words("Pregunta", "Question"), Required: true, Multiline: true},
			{Key: "type", Kind: flows.FieldChoice, Label: words("Qué se espera", "What is expected"), Options: types},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar en", "Keep in"), Required: true},
			{Key: "options", Kind: flows.FieldList, Label: words("Opciones", "Options"), Required: true, Min: 1, Max: maxButtons, If: &flows.Condition{Key: "type", In: []string{"choice"}},
				Of: []flows.Field{
					{Key: "id", Kind: flows.FieldPlain, Label: words("Clave", "Key"), Required: true},
					{Key: "label", Kind: flows.FieldText, Label: words("Opción", "Option"), Required: true},
					{Key: "value", Kind: flows.FieldPlain, Label: words("Qué se guarda", "What is kept"), Help: words("Vacío guarda la opción como se lee.", "Empty keeps the option as it reads.")},
				}},
			{Key: "min", Kind: flows.FieldNumber, Label: words("Mínimo", "Least"), Help: words("Del número, o de letras del texto.", "Of the number, or of the text's letters."), If: sized},
			{Key: "max", Kind: flows.FieldNumber, Label: words("Máximo", "Most"), If: sized},
			{Key: "check", Kind: flows.FieldExpression, Label: words("Sirve si", "It serves if"),
				Help: words("Una condición sobre la variable: vars.edad >= 18.", "A condition on the variable: vars.age >= 18.")},
		}, askingFields()...),
		Exits: []flows.Exit{exitNext(), {Name: invalid, Label: words("No sirve", "Not valid")}, exitTimeout()},
		New:   func() flows.Node { return &question{Type: "text"} },
	}
}

const invalid = "invalid"

func (q *question) Compile(c *flows.Compiler) {
	q.asking.compile(c)
	q.content = Content{Type: chat.Text, Text: q.Text, node: c.ID()}
	q.content.Text.Compile(c, "text", true, maxText)
	q.holds = c.Variable("variable", q.Variable)
	var names []string
	fits := q.holds == expr.Any
	known := false
	for _, k := range kinds {
		names = append(names, k.name)
		if k.name == q.Type {
			known = true
			for _, t := range k.holds {
				fits = fits || t == q.holds
			}
		}
	}
	switch {
	case !known:
		oneOf(c, "type", q.Type, names...)
	case !fits:
		c.Fault("variable", "node.variable_type", "name", q.Variable, "type", string(q.holds))
	}
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		c.Fault("max", "node.min_max", "min", *q.Min, "max", *q.Max)
	}
	if q.Check != "" {
		q.check = c.Expression("check", q.Check, expr.Bool)
	}
	if q.Type == "choice" {
		q.choices(c)
	}
}

func (q *question) choices(c *flows.Compiler) {
	q.content.Type, q.values = chat.Buttons, map[string]string{}
	switch n := len(q.Options); {
	case n == 0:
		c.Fault("options", "flow.required")
	case n > maxButtons:
		c.Fault("options", "node.too_many", "max", maxButtons)
	}
	ids := make([]string, len(q.Options))
	for i := range q.Options {
		o := &q.Options[i]
		ids[i] = o.ID
		o.Label.Compile(c, fmt.Sprintf("options[%d].label", i), true, maxLabel)
		q.content.Buttons = append(q.content.Buttons, Button{ID: o.ID, Label: o.Label})
		q.options = append(q.options, option{o.ID, &o.Label})
		q.values[o.ID] = o.Value
	}
	itemIDs(c, "options", ids)
}

// Offers implements flows.Offerer.
func (q *question) Offers(item string) bool { return q.options.Offers(item) }

func (q *question) Run(r *flows.Run) string {
	say := func(text string) {
		c := q.content.In(r)
		if text != "" {
			c.Text = text
		}
		speak(r, c)
	}
	switch in := r.Input(); {
	case in.Kind == flows.Timer:
		return timeout
	case in.Kind == flows.Message:
		v, stale := q.read(r, in.Message)
		switch {
		case stale:
			say("")
		case v != nil && q.keep(r, v):
			return next
		default:
			return q.again(r, invalid, say)
		}
	case r.Entering():
		say("")
	}
	return q.wait(r)
}

// keep fills the variable, unless the company's own condition refuses the value.
func (q *question) keep(r *flows.Run, v any) bool {
	before := r.Get(q.Variable)
	r.Set(q.Variable, v)
	if q.check == nil || r.True(q.check) {
		return true
	}
	r.Set(q.Variable, before)
	return false
}

// read is the value in an answer, nil when it does not serve.
func (q *question) read(r *flows.Run, c chat.Content) (v any, stale bool) {
	if q.Type == "choice" {
		o, stale := q.options.choose(r, q.content.node, c)
		if o == nil {
			return nil, stale
		}
		if kept := q.values[o.id]; kept != "" {
			return kept, false
		}
		return o.label.In(r), false
	}
	if c.Type == chat.AnswerMsg {
		return nil, true // this offers no buttons: it is one of something older
	}
	text := strings.TrimSpace(c.Words())
	switch q.Type {
	case "text":
		if n := float64(utf8.RuneCountInString(text)); n > 0 && q.within(n) {
			return clip(text, maxText), false
		}
	case "number":
		if n, ok := reading.Number(text, r.Language()); ok && q.within(n) {
			return n, false
		}
	case "email":
		if a, ok := reading.Email(text); ok {
			return a, false
		}
	case "phone":
		if p, ok := phone(r, c, text); ok {
			return p, false
		}
	case "date":
		if t, _, ok := reading.Date(text, r.Now().In(r.Zone()), r.Language()); ok {
			return t, false
		}
	case "file":
		if c.Media != nil {
			return q.file(c.Media), false
		}
	case "location":
		if c.Location != nil {
			return q.location(c.Location), false
		}
	}
	return nil, false
}

func (q *question) within(n float64) bool {
	return !math.IsNaN(n) && (q.Min == nil || n >= *q.Min) && (q.Max == nil || n <= *q.Max)
}

// phone reads a number from the words or from a shared contact card.
func phone(r *flows.Run, c chat.Content, text string) (string, bool) {
	if c.Contact != nil && len(c.Contact.Phones) > 0 {
		text = c.Contact.Phones[0]
	}
	return reading.Phone(text, r.Facts().Company.Country)
}

// file is what a variable keeps of a file: its id, or in one of type any its name too.
func (q *question) file(m *chat.Media) any {
	if q.holds == expr.Text {
		return m.File.String()
	}
	return map[string]any{"file": m.File.String(), "name": m.Name, "mime": m.MIME, "size": float64(m.Size)}
}

// location is "4.6097,-74.0817", or in a variable of type any its parts.
func (q *question) location(l *chat.Location) any {
	if q.holds == expr.Text {
		return fmt.Sprintf("%g,%g", l.Latitude, l.Longitude)
	}
	return map[string]any{"latitude": l.Latitude, "longitude": l.Longitude, "name": l.Name, "address": l.Address}
}

// Says implements flows.Speaker.
func (q *question) Says(language string) []chat.Content {
	return []chat.Content{q.content.As(language)}
}
