package nodes

import (
	"fmt"
	"strings"
	"time"

	"recado/flows"
	"recado/internal/chat"
	"recado/internal/id"
)

// handoff gives the conversation to a person and ends the flow.
type handoff struct {
	To      string   `json:"to,omitempty"` // anyone, agent, team
	Agent   id.User  `json:"agent,omitzero"`
	Team    id.Team  `json:"team,omitzero"`
	Text    Line     `json:"text,omitzero"`
	Summary string   `json:"summary,omitempty"` // auto, text, none
	Words   Template `json:"summary_text,omitzero"`

	variables []flows.Variable
	spanish   bool
}

func handoffType() flows.Type {
	return flows.Type{
		Name: "handoff", Group: "team", Icon: "headset",
		Label: words("Pasar a una persona", "Hand over"),
		About: words("Pasa la conversación al equipo con un resumen y termina.", "Gives the conversation to the team with a summary, and ends."),
		Fields: []flows.Field{
			{Key: "to", Kind: flows.FieldChoice, Label: words("A quién", "To whom"), Options: []flows.Option{
				{Value: "anyone", Label: words("Quien esté libre", "Whoever is free")},
				{Value: "agent", Label: words("Una persona", "A person")},
				{Value: "team", Label: words("Un equipo", "A team")},
			}},
			{Key: "agent", Kind: flows.FieldAgent, Label: words("Persona", "Person"), Required: true, If: &flows.Condition{Key: "to", In: []string{"agent"}}},
			{Key: "team", Kind: flows.FieldTeam, Label: words("Equipo", "Team"), Required: true, If: &flows.Condition{Key: "to", In: []string{"team"}}},
			{Key: "text", Kind: flows.FieldText, Label: words("Qué le dice al cliente", "What the customer is told"), Multiline: true},
			{Key: "summary", Kind: flows.FieldChoice, Label: words("Resumen para el equipo", "Summary for the team"), Options: []flows.Option{
				{Value: "auto", Label: words("Lo reunido y lo último que dijo", "What was gathered and said last")},
				{Value: "text", Label: words("Escrito por mí", "Written by me")},
				{Value: "none", Label: words("Ninguno", "None")},
			}},
			{Key: "summary_text", Kind: flows.FieldTemplate, Label: words("Texto del resumen", "Summary"), Required: true, Multiline: true,
				If: &flows.Condition{Key: "summary", In: []string{"text"}}},
		},
		Exits: []flows.Exit{},
		New:   func() flows.Node { return &handoff{To: "anyone", Summary: "auto"} },
	}
}

func (h *handoff) Compile(c *flows.Compiler) {
	oneOf(c, "to", h.To, "anyone", "agent", "team")
	oneOf(c, "summary", h.Summary, "auto", "text", "none")
	if h.To == "agent" && h.Agent.IsZero() {
		c.Fault("agent", "flow.required")
	}
	if h.To == "team" && h.Team.IsZero() {
		c.Fault("team", "flow.required")
	}
	h.Text.Compile(c, "text", false, maxText)
	h.Words.Compile(c, "summary_text", h.Summary == "text")
	h.variables, h.spanish = c.Variables(), c.Language() != "en"
}

func (h *handoff) Run(r *flows.Run) string {
	speak(r, chat.Plain(h.Text.In(r)))
	to := flows.Handoff{Reason: "flow"}
	switch h.Summary {
	case "auto":
		to.Summary = h.gathered(r)
	case "text":
		to.Summary = h.Words.In(r)
	}
	switch h.To {
	case "agent":
		to.To = h.Agent
	case "team":
		to.Team = h.Team
	}
	r.Do(flows.Effect{Handoff: &to})
	return r.End(flows.HandedOver)
}

// gathered is what the flow knows by now, a line each: its variables as they are described,
// the order, the cart, and the contact's last words.
func (h *handoff) gathered(r *flows.Run) string {
	say := func(es, en string) string {
		if h.spanish {
			return es
		}
		return en
	}
	var lines []string
	line := func(name, value string) {
		if value = strings.Join(strings.Fields(value), " "); value != "" {
			lines = append(lines, name+": "+clip(value, maxDetail))
		}
	}
	for _, v := range h.variables {
		name := v.About
		if name == "" {
			name = strings.ReplaceAll(v.Name, "_", " ")
		}
		line(strings.TrimSuffix(name, "."), shown(r, r.Get(v.Name), say))
	}
	if o := r.Session().Order; o != nil {
		status := o.Status
		if w, known := statuses[o.Status]; known {
			status = say(w.ES, w.EN)
		}
		line(say("Pedido", "Order"), o.Number+", "+status)
	}
	if c := r.Session().Cart; c != nil && c.Count > 0 {
		titles := make([]string, len(c.Items))
		for i, x := range c.Items {
			titles[i] = fmt.Sprintf("%d × %s", x.Quantity, x.Title)
		}
		line(say("Carrito", "Cart"), strings.Join(titles, ", "))
	}
	line(say("Último mensaje", "Last message"), r.Facts().Message.Words())
	return strings.Join(lines, "\n")
}

// shown is a variable's value for an agent's eye.
func shown(r *flows.Run, v any, say func(es, en string) string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return say("sí", "yes")
		}
		return say("no", "no")
	case float64:
		return fmt.Sprintf("%.10g", v)
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.In(r.Zone()).Format("2006-01-02 15:04")
		}
		return v
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = shown(r, x, say)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		if name, ok := v["name"].(string); ok {
			return name
		}
	}
	return fmt.Sprint(v)
}

// Says implements flows.Speaker.
func (h *handoff) Says(language string) []chat.Content { return saysPlain(&h.Text, language) }
