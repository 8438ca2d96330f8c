package nodes

import (
	"slices"
	"time"

	"recado/flows"
	"recado/flows/nodes/reading"
	"recado/internal/chat"
)

// asking is what the nodes that wait for an answer share: how often they ask again, in
// which words, and how long they wait.
type asking struct {
	Retry   Line `json:"retry,omitzero"`    // empty: the question again
	Retries *int `json:"retries,omitempty"` // nil: defaultRetries
	Timeout int  `json:"timeout_minutes,omitempty"`
}

const defaultRetries = 2

// tries is what an asking node keeps while it waits.
type tries struct {
	Wrong int `json:"wrong,omitempty"`
}

// Waits implements flows.Waiter.
func (asking) Waits() bool { return true }

func (a *asking) compile(c *flows.Compiler) {
	a.Retry.Compile(c, "retry", false, maxText)
	between(c, "timeout_minutes", a.Timeout, 0, yearMinutes)
	if a.Retries != nil {
		between(c, "retries", *a.Retries, 0, 10)
	}
}

// wait stands until an answer, or until the time is up.
func (a *asking) wait(r *flows.Run) string {
	w := flows.Wait{For: flows.ForMessage}
	if a.Timeout > 0 {
		w.Until = r.Now().Add(time.Duration(a.Timeout) * time.Minute)
	}
	return r.Wait(w)
}

// again asks once more after an answer that does not serve; when that was the last time it
// returns the exit to give up by. ask says the question in the words it is given.
func (a *asking) again(r *flows.Run, giveUp string, ask func(text string)) string {
	var t tries
	r.Kept(&t)
	t.Wrong++
	most := defaultRetries
	if a.Retries != nil {
		most = *a.Retries
	}
	if t.Wrong > most {
		return giveUp
	}
	r.Keep(t)
	ask(a.Retry.In(r))
	return a.wait(r)
}

// pressed is the item of this node's that an answer's button names. stale tells of a
// button of something older, whose label must not pass for an answer to this.
func pressed(c chat.Content, node string) (item string, stale bool) {
	if c.Type != chat.AnswerMsg || c.Answer == nil {
		return "", false
	}
	if at, item, ok := flows.Press(c.Answer.ID); ok && at == node {
		return item, false
	}
	return "", true
}

// option is one thing to choose, whatever it is shown as.
type option struct {
	id    string
	label *Line
}

// options are what a node offers, in the order shown.
type options []option

// Offers implements flows.Offerer.
func (o options) Offers(item string) bool {
	return slices.ContainsFunc(o, func(x option) bool { return x.id == item })
}

// choose is which option a message takes; nil is none of them.
func (o options) choose(r *flows.Run, node string, c chat.Content) (taken *option, stale bool) {
	item, stale := pressed(c, node)
	if item != "" || stale {
		if i := slices.IndexFunc(o, func(x option) bool { return x.id == item }); i >= 0 {
			return &o[i], false
		}
		return nil, true
	}
	labels := make([]string, len(o))
	for i := range o {
		labels[i] = o[i].label.In(r)
	}
	if i := reading.Choose(labels, c.Words()); i >= 0 {
		return &o[i], false
	}
	return nil, false
}

// ask runs a node that offers choices: it says them, waits, and leaves by the one taken.
func ask(r *flows.Run, a *asking, content *Content, offered options, variable string) string {
	offer := func(text string) {
		c := content.In(r)
		if text != "" {
			c.Text = text
		}
		speak(r, c)
	}
	switch in := r.Input(); {
	case in.Kind == flows.Timer:
		return timeout
	case in.Kind == flows.Message:
		o, stale := offered.choose(r, content.node, in.Message)
		if o != nil {
			if variable != "" {
				r.Set(variable, o.label.In(r))
			}
			return o.id
		}
		if !stale {
			return a.again(r, other, offer)
		}
		offer("")
	case r.Entering():
		offer("")
	}
	return a.wait(r)
}

// The fields of asking, as the panel draws them.
func askingFields() []flows.Field {
	return []flows.Field{
		{Key: "retry", Kind: flows.FieldText, Label: words("Si no se entiende", "When it is not understood"), Multiline: true,
			Help: words("Lo que dice al preguntar de nuevo. Vacío repite la pregunta.", "What it says when it asks again. Empty repeats the question.")},
		{Key: "retries", Kind: flows.FieldNumber, Label: words("Veces que pregunta de nuevo", "Times it asks again"), Max: 10,
			Help: words("Vacío son 2. Después sale por la otra salida.", "Empty is 2. Then it leaves by the other way out.")},
		{Key: "timeout_minutes", Kind: flows.FieldMinutes, Label: words("Espera la respuesta", "Waits for the answer"), Max: yearMinutes,
			Help: words("Vacío espera lo que espera el flujo y entonces termina.", "Empty waits as long as the flow does, and then it ends.")},
	}
}
