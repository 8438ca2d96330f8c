package nodetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"recado/flows"
	"recado/flows/pretend"
	"recado/internal/chat"
	"recado/internal/id"
)

// Line is one line of a talk: what somebody says or what happens. Talks lie beside the
// starters and show people what a flow does.
type Line struct {
	From string `json:"from"` // contact, bot, event, time; again begins the talk anew
	Text string `json:"text,omitempty"`
	// Press is the id of the button that the contact presses; Text is its label.
	Press string `json:"press,omitempty"`
	// Choices are the labels of buttons, rows or cards that the bot shows.
	Choices []string `json:"choices,omitempty"`
	// Event and Data: what happened.
	Event string         `json:"event,omitempty"`
	Data  map[string]any `json:"data,omitempty"`
	// Minutes until the line; of time alone the wait's whole length when it is 0.
	Minutes int `json:"minutes,omitempty"`
	// Does is what the bot does besides speaking: handoff, tag, set, close, note, end.
	Does string `json:"does,omitempty"`
}

// Talk plays the contact's lines, events and times of a talk with a flow, in a pretended
// shop, and returns the whole talk with the bot's lines as they came.
func Talk(f *flows.Flow, lines []Line) ([]Line, error) {
	t := &talk{flow: f}
	t.begin()
	for i, l := range lines {
		switch l.From {
		case "bot":
			continue
		case "again":
			t.out = append(t.out, l)
			t.begin()
			continue
		}
		if err := t.hear(l); err != nil {
			return t.out, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return t.out, nil
}

type talk struct {
	flow  *flows.Flow
	facts flows.Facts
	shop  *pretend.Shop
	s     *flows.Session
	ended bool
	out   []Line
}

func (t *talk) begin() {
	t.facts, t.s, t.ended = Facts(), nil, false
	t.facts.Contact.Language = t.flow.Definition().Language
	t.shop = pretend.New(t.facts.Contact.Language, t.facts.Now)
}

// hear takes one line of the contact's, an event or a time.
func (t *talk) hear(l Line) error {
	if t.ended {
		return errors.New("the flow has ended")
	}
	in, err := l.input(&t.facts, t.s)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if l.Event == "cart.abandoned" { // whoever leaves a cart has one
		t.shop.Do(ctx, flows.AddToCart{Product: "BOT-AND", Quantity: 1})
	}
	if t.s == nil {
		// As the host does it: what triggers a flow is seen by its first nodes.
		t.s = flows.Begin(t.flow, id.Run{15: 7}, t.facts.Now, nil)
		in.Kind = flows.Start
	} else if !t.s.Wants(in, t.facts.Now) {
		return fmt.Errorf("the flow waits for %+v", t.s.Wait)
	}
	o, err := flows.Sprint(ctx, library{t.flow.ID: t.flow}, t.shop, t.s, t.facts, in)
	if err != nil {
		return err
	}
	if o.Fault != nil {
		return fmt.Errorf("%s at %s: %s", o.Fault.Code, o.Fault.Node, o.Fault.Text)
	}
	t.out = append(append(t.out, l), answers(o)...)
	if t.ended = o.Ended != ""; t.ended {
		t.out = append(t.out, Line{From: "bot", Does: "end"})
		return nil
	}
	t.s, err = stored(t.s)
	return err
}

func (l Line) input(facts *flows.Facts, s *flows.Session) (flows.Input, error) {
	facts.Now = facts.Now.Add(time.Duration(l.Minutes) * time.Minute)
	switch l.From {
	case "contact":
		facts.Message = chat.Plain(l.Text)
		if l.Press != "" {
			facts.Message = chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: l.Press, Label: l.Text}}
		}
		return flows.Input{Kind: flows.Message, Message: facts.Message}, nil
	case "event":
		return flows.Input{Kind: flows.Happen, Event: flows.Event{Name: l.Event, Data: l.Data}}, nil
	case "time":
		if s == nil || s.Wait == nil || s.Wait.Until.IsZero() {
			return flows.Input{}, errors.New("nothing waits for a time")
		}
		if l.Minutes == 0 {
			facts.Now = s.Wait.Until
		}
		return flows.Input{Kind: flows.Timer}, nil
	}
	return flows.Input{}, fmt.Errorf("nobody is called %q", l.From)
}

// answers are the bot's lines.
func answers(o flows.Output) []Line {
	var out []Line
	for _, e := range o.Effects {
		l := Line{From: "bot"}
		switch {
		case e.Say != nil:
			l.Text, l.Choices = e.Say.Content.Text, choices(e.Say.Content)
		case e.Handoff != nil:
			l.Does, l.Text = "handoff", e.Handoff.Summary
		case e.Tag != nil:
			l.Does, l.Text = "tag", e.Tag.Name
		case e.Set != nil:
			l.Does, l.Text = "set", fmt.Sprintf("%s = %v", e.Set.Field, e.Set.Value)
		case e.Note != "":
			l.Does, l.Text = "note", e.Note
		case e.Close:
			l.Does = "close"
		case e.Language != "":
			l.Does, l.Text = "language", e.Language
		default:
			l.Does = "other"
		}
		out = append(out, l)
	}
	return out
}

func choices(c chat.Content) []string {
	var out []string
	for _, b := range c.Buttons {
		out = append(out, b.Label)
	}
	for _, p := range c.Products {
		out = append(out, p.Title)
	}
	if c.List != nil {
		for _, s := range c.List.Sections {
			for _, r := range s.Rows {
				out = append(out, r.Title)
			}
		}
	}
	return out
}
