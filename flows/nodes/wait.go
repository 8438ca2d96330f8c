package nodes

import (
	"strings"
	"time"

	"recado/flows"
	"recado/flows/expr"
)

// wait stands for some minutes, until a moment, or until something happens.
type wait struct {
	For      string `json:"for,omitempty"` // delay, until, event
	Minutes  int    `json:"minutes,omitempty"`
	Until    string `json:"until,omitempty"` // RFC 3339, or an expression
	Time     string `json:"time,omitempty"`  // "09:00" of that day instead of its own hour, in the company's zone
	Event    string `json:"event,omitempty"`
	Timeout  int    `json:"timeout_minutes,omitempty"`
	Variable string `json:"variable,omitempty"` // takes the event's data

	moment       time.Time
	until        *expr.Program
	hour, minute int
}

func waitType() flows.Type {
	is := func(v string) *flows.Condition { return &flows.Condition{Key: "for", In: []string{v}} }
	return flows.Type{
		Name: "wait", Group: "logic", Icon: "hourglass",
		Label: words("Esperar", "Wait"),
		About: words("Espera un rato, hasta una fecha o hasta que pase algo.", "Waits a while, until a date or until something happens."),
		Fields: []flows.Field{
			{Key: "for", Kind: flows.FieldChoice, Label: words("Qué espera", "What for"), Options: []flows.Option{
				{Value: "delay", Label: words("Un rato", "A while")},
				{Value: "until", Label: words("Hasta una fecha", "Until a date")},
				{Value: "event", Label: words("Que pase algo", "Something to happen")},
			}},
			{Key: "minutes", Kind: flows.FieldMinutes, Label: words("Cuánto", "How long"), Required: true, Min: 1, Max: yearMinutes, If: is("delay")},
			{Key: "until", Kind: flows.FieldDate, Label: words("Hasta", "Until"), Required: true, If: is("until")},
			{Key: "time", Kind: flows.FieldPlain, Label: words("A qué hora", "At what hour"), Help: words("Como 09:00. Vacío es la hora de la fecha.", "Such as 09:00. Empty is the date's own hour."), If: is("until")},
			{Key: "event", Kind: flows.FieldPlain, Label: words("Suceso", "Event"), Required: true, If: is("event")},
			{Key: "timeout_minutes", Kind: flows.FieldMinutes, Label: words("Como mucho", "At most"), Required: true, Min: 1, Max: yearMinutes, If: is("event")},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar los datos del suceso en", "Keep the event's data in"), If: is("event")},
		},
		Exits: []flows.Exit{exitNext(), {Name: timeout, Label: words("No pasó", "It did not happen")}, {Name: "past", Label: words("Ya pasó la fecha", "The date is past")}},
		New:   func() flows.Node { return &wait{For: "delay"} },
	}
}

func (w *wait) Compile(c *flows.Compiler) {
	oneOf(c, "for", w.For, "delay", "until", "event")
	switch w.For {
	case "delay":
		between(c, "minutes", w.Minutes, 1, yearMinutes)
	case "until":
		w.compileUntil(c)
	case "event":
		if strings.TrimSpace(w.Event) == "" {
			c.Fault("event", "flow.required")
		}
		between(c, "timeout_minutes", w.Timeout, 1, yearMinutes)
		if w.Variable != "" {
			typed(c, "variable", w.Variable, expr.Any)
		}
	}
}

func (w *wait) compileUntil(c *flows.Compiler) {
	if t, err := time.Parse(time.RFC3339, w.Until); err == nil {
		w.moment = t
	} else {
		w.until = c.Expression("until", w.Until, expr.Date)
	}
	w.hour = -1
	if w.Time != "" {
		t, err := time.Parse("15:04", w.Time)
		if err != nil {
			c.Fault("time", "hours.time", "time", w.Time)
		}
		w.hour, w.minute = t.Hour(), t.Minute()
	}
}

// Waits implements flows.Waiter. A date may be past, so that waiting for it may be no wait.
func (w *wait) Waits() bool { return w.For != "until" }

func (w *wait) Run(r *flows.Run) string {
	in := r.Input()
	switch {
	case in.Kind == flows.Timer && w.For == "event":
		return timeout
	case in.Kind == flows.Timer:
		return next
	case in.Kind == flows.Happen:
		if w.Variable != "" {
			r.Set(w.Variable, in.Event.Data)
		}
		return next
	}
	switch w.For {
	case "delay":
		return r.Wait(flows.Wait{For: flows.ForTime, Until: r.Now().Add(time.Duration(w.Minutes) * time.Minute)})
	case "event":
		return r.Wait(flows.Wait{For: flows.ForEvent, Event: w.Event, Until: r.Now().Add(time.Duration(w.Timeout) * time.Minute)})
	}
	t, ok := w.when(r)
	if !ok || !t.After(r.Now()) {
		return "past"
	}
	return r.Wait(flows.Wait{For: flows.ForTime, Until: t})
}

// when is the moment waited for; false when the expression gives none.
func (w *wait) when(r *flows.Run) (time.Time, bool) {
	t := w.moment
	if w.until != nil {
		t, _ = r.Eval(w.until).(time.Time)
	}
	if w.hour >= 0 && !t.IsZero() {
		y, m, d := t.In(r.Zone()).Date()
		t = time.Date(y, m, d, w.hour, w.minute, 0, 0, r.Zone())
	}
	return t, !t.IsZero()
}
