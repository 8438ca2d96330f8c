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
	From string `json:"from"` // contact, bot, event, time
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
	language := f.Definition().Language
	facts := Facts()
	facts.Contact.Language = language
	shop := pretend.New(language, facts.Now)
	lib := library{f.ID: f}
	var s *flows.Session
	var out []Line
	for i, l := range lines {
		if l.From == "bot" {
			continue
		}
		in, err := l.input(&facts, s)
		if err != nil {
			return out, fmt.Errorf("line %d: %w", i+1, err)
		}
		if s == nil {
			// As the host does it: what triggers a flow is seen by its first nodes.
			s = flows.Begin(f, id.Run{15: 7}, facts.Now, nil)
			in.Kind = flows.Start
		} else if !s.Wants(in, facts.Now) {
			return out, fmt.Errorf("line %d: the flow waits for %+v", i+1, s.Wait)
		}
		o, err := flows.Sprint(context.Background(), lib, shop, s, facts, in)
		if err != nil {
			return out, err
		}
		if o.Fault != nil {
			return out, fmt.Errorf("line %d: %s at %s: %s", i+1, o.Fault.Code, o.Fault.Node, o.Fault.Text)
		}
		out = append(append(out, l), answers(o)...)
		if o.Ended != "" {
			if out = append(out, Line{From: "bot", Does: "end"}); i+1 < len(lines) && !allFromBot(lines[i+1:]) {
				return out, fmt.Errorf("line %d: the flow has ended", i+2)
			}
			return out, nil
		}
		if s, err = stored(s); err != nil {
			return out, err
		}
	}
	return out, nil
}

func allFromBot(lines []Line) bool {
	for _, l := range lines {
		if l.From != "bot" {
			return false
		}
	}
	return true
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
