// Package nodetest plays what the tests of flows are written in: goldens, which hold a kind
// of node to what it says and does, and talks, which hold a whole flow to a conversation.
package nodetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// Golden is testdata/<type>.json: what one kind of node does, case by case, and which data
// it refuses. Only Want is written by the tests.
type Golden struct {
	Cases  []Case      `json:"cases"`
	Faults []FaultCase `json:"faults"`
}

// Case is a session from its start through its inputs. Data is the node under test, alone
// in its flow; Flow is a definition around it, for what takes several nodes.
type Case struct {
	Name      string             `json:"name"`
	Language  string             `json:"language,omitempty"` // of the conversation; "" is es
	Data      json.RawMessage    `json:"data,omitempty"`
	Flow      *flows.Definition  `json:"flow,omitempty"`
	Others    []flows.Definition `json:"others,omitempty"` // flows it may enter: OtherFlow(0), OtherFlow(1) ...
	Variables []flows.Variable   `json:"variables,omitempty"`
	Vars      map[string]any     `json:"vars,omitempty"`    // at the start
	Session   json.RawMessage    `json:"session,omitempty"` // more of the session at the start: cart, order
	Facts     json.RawMessage    `json:"facts,omitempty"`   // what differs from Facts()
	Inputs    []Input            `json:"inputs,omitempty"`  // after the start, which is always first
	Want      []Step             `json:"want"`
}

// Input is one thing that happens; one of its fields but After is set.
type Input struct {
	After   int             `json:"after_minutes,omitempty"` // since the last
	Text    string          `json:"text,omitempty"`          // the contact writes
	Press   string          `json:"press,omitempty"`         // "node:item", as it was sent
	Label   string          `json:"label,omitempty"`         // of what was pressed
	Content *chat.Content   `json:"content,omitempty"`       // the contact sends anything else
	Timer   bool            `json:"timer,omitempty"`         // the wait is over
	Event   *flows.Event    `json:"event,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"` // the answer to the call just asked for
	Fail    string          `json:"fail,omitempty"`   // that call failed: a CallError's code
}

// Step is what came of one input.
type Step struct {
	Said    []chat.Content    `json:"said,omitempty"`
	Effects []flows.Effect    `json:"effects,omitempty"` // besides what was said
	Exits   []string          `json:"exits,omitempty"`   // "node>exit" in order
	Call    json.RawMessage   `json:"call,omitempty"`    // {"FindProducts": {...}}
	Wait    *flows.Wait       `json:"wait,omitempty"`
	Vars    map[string]any    `json:"vars,omitempty"`
	Cart    *flows.Cart       `json:"cart,omitempty"`
	Order   *flows.Order      `json:"order,omitempty"`
	Arms    map[string]string `json:"arms,omitempty"`
	Ended   flows.Ending      `json:"ended,omitempty"`
	Fault   *flows.Fault      `json:"fault,omitempty"`
}

// FaultCase is data that the node must refuse, and where.
type FaultCase struct {
	Name      string           `json:"name"`
	Data      json.RawMessage  `json:"data"`
	Variables []flows.Variable `json:"variables,omitempty"`
	Want      []string         `json:"want"` // "code at place"
}

// The world of a case.
var (
	flowID  = id.Flow{15: 1}
	runID   = id.Run{15: 7}
	contact = id.Contact{15: 9}
)

// OtherFlow is the id of a case's n-th other flow.
func OtherFlow(n int) id.Flow { return id.Flow{14: 1, 15: byte(n)} }

// Facts are a Saturday morning at a shop in Bogotá that is open.
func Facts() flows.Facts {
	zone, err := time.LoadLocation("America/Bogota")
	if err != nil {
		panic(err) // internal/hours carries the zones
	}
	return flows.Facts{
		Now: time.Date(2026, 11, 21, 15, 20, 0, 0, time.UTC), Zone: zone,
		Company:      flows.Company{Name: "Tienda Aurora", Currency: "COP", Country: "CO", Open: true, OpensAt: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)},
		Contact:      flows.Contact{ID: contact, Name: "Ana Pérez", Phone: "+573001234567", Email: "ana@example.com", Language: "es", Tags: []string{"vip"}, Fields: map[string]any{"size": 38.0}},
		Conversation: flows.Conversation{ID: id.Conversation{15: 3}, Channel: "webchat", Labels: []string{"ventas"}},
		Globals:      map[string]any{"returns_days": 30.0},
	}
}

// Fields are the company's own values that Facts fill.
func Fields() []expr.Field {
	return []expr.Field{{Path: "contact.fields.size", Type: expr.Number}, {Path: "global.returns_days", Type: expr.Number}, {Path: "secret.token", Type: expr.Text}}
}

// Load reads a golden; unknown names are refused.
func Load(path string) (*Golden, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	g := &Golden{}
	if err := d.Decode(g); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return g, nil
}

// Write stores a golden.
func (g *Golden) Write(path string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(g); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// Definition is a flow of one node of a type, "n", whose ways out all end it.
func Definition(typ string, data json.RawMessage, vars []flows.Variable) flows.Definition {
	return flows.Definition{Format: flows.Format, Name: "golden", Language: "es", Start: "n", Variables: vars, Nodes: []flows.NodeDef{{ID: "n", Type: typ, Data: data}}}
}

// library is the flows of a case by id.
type library map[id.Flow]*flows.Flow

// Flow implements flows.Library.
func (l library) Flow(f id.Flow, _ int) *flows.Flow { return l[f] }

// Compile readies a case's flows; the first is the one that starts.
func (c *Case) Compile(typ string, table flows.Table) (*flows.Flow, flows.Library, error) {
	def := Definition(typ, c.Data, c.Variables)
	if c.Flow != nil {
		def = *c.Flow
	}
	w := flows.World{Table: table, Fields: Fields()}
	f, err := flows.Compile(flowID, 1, def, w)
	if err != nil {
		return nil, nil, err
	}
	lib := library{flowID: f}
	for i, d := range c.Others {
		if lib[OtherFlow(i)], err = flows.Compile(OtherFlow(i), 1, d, w); err != nil {
			return nil, nil, fmt.Errorf("others[%d]: %w", i, err)
		}
	}
	return f, lib, nil
}

// Play takes the case from its start through its inputs. Between two steps the session goes
// through JSON, as it does in the store.
func (c *Case) Play(typ string, table flows.Table) ([]Step, error) {
	f, lib, err := c.Compile(typ, table)
	if err != nil {
		return nil, err
	}
	facts := Facts()
	facts.Contact.Language = c.Language
	if c.Language == "" {
		facts.Contact.Language = "es"
	}
	if len(c.Facts) > 0 {
		if err := json.Unmarshal(c.Facts, &facts); err != nil {
			return nil, fmt.Errorf("facts: %w", err)
		}
	}
	s := flows.Begin(f, runID, facts.Now, c.Vars)
	if len(c.Session) > 0 {
		if err := json.Unmarshal(c.Session, s); err != nil {
			return nil, fmt.Errorf("session: %w", err)
		}
	}
	var steps []Step
	var call flows.Call
	for i, in := range append([]flows.Input{{Kind: flows.Start}}, make([]flows.Input, len(c.Inputs))...) {
		if i > 0 {
			if in, err = c.Inputs[i-1].make(&facts, s, call); err != nil {
				return steps, fmt.Errorf("inputs[%d]: %w", i-1, err)
			}
		}
		out := flows.Step(lib, s, facts, in)
		steps, call = append(steps, step(s, out)), out.Call
		if out.Ended != "" {
			if i < len(c.Inputs) {
				return steps, fmt.Errorf("inputs[%d] comes after the end", i)
			}
			break
		}
		if s, err = stored(s); err != nil {
			return steps, err
		}
	}
	return steps, nil
}

func stored(s *flows.Session) (*flows.Session, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	out := &flows.Session{}
	return out, json.Unmarshal(b, out)
}

func (in Input) make(facts *flows.Facts, s *flows.Session, call flows.Call) (flows.Input, error) {
	facts.Now = facts.Now.Add(time.Duration(in.After) * time.Minute)
	message := func(c chat.Content) flows.Input {
		facts.Message = c
		return flows.Input{Kind: flows.Message, Message: c}
	}
	switch {
	case in.Press != "":
		return message(chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: in.Press, Label: in.Label}}), nil
	case in.Content != nil:
		return message(*in.Content), nil
	case in.Timer:
		if s.Wait == nil || s.Wait.Until.IsZero() {
			return flows.Input{}, errors.New("nothing waits for a time")
		}
		if in.After == 0 {
			facts.Now = s.Wait.Until
		}
		return flows.Input{Kind: flows.Timer}, nil
	case in.Event != nil:
		return flows.Input{Kind: flows.Happen, Event: *in.Event}, nil
	case in.Fail != "":
		return flows.Input{Kind: flows.Answer, Result: flows.Result{Err: &flows.CallError{Code: in.Fail}}}, nil
	case len(in.Result) > 0:
		v, err := result(call, in.Result)
		return flows.Input{Kind: flows.Answer, Result: flows.Result{Value: v}}, err
	}
	return message(chat.Plain(in.Text)), nil
}

// result reads a call's answer, by value as the contract of flows.Call says.
func result(call flows.Call, b json.RawMessage) (any, error) {
	switch call.(type) {
	case flows.HTTPRequest:
		return read[flows.HTTPResponse](b)
	case flows.FAQAsk:
		return read[flows.FAQAnswers](b)
	case flows.Complete:
		return read[flows.Completion](b)
	case flows.Extract:
		return read[flows.Extraction](b)
	case flows.FindProducts:
		return read[flows.Products](b)
	case flows.AskStock:
		return read[flows.Stock](b)
	case flows.AddToCart, flows.ShowCart, flows.Checkout:
		return read[flows.Cart](b)
	case flows.FindOrder, flows.ProveOrder:
		return read[flows.OrderFound](b)
	}
	return nil, fmt.Errorf("%T has no answer here", call)
}

func read[T any](b json.RawMessage) (any, error) {
	var v T
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(&v)
	return v, err
}

func step(s *flows.Session, out flows.Output) Step {
	x := Step{Wait: s.Wait, Vars: maps.Clone(s.Vars), Cart: s.Cart, Order: s.Order, Arms: maps.Clone(s.Arms), Ended: out.Ended, Fault: out.Fault}
	for _, e := range out.Effects {
		if e.Say != nil {
			x.Said = append(x.Said, e.Say.Content)
		} else {
			x.Effects = append(x.Effects, e)
		}
	}
	for _, v := range out.Path {
		if v.Exit != "" {
			x.Exits = append(x.Exits, v.Node+">"+v.Exit)
		}
	}
	if out.Call != nil {
		name := strings.TrimPrefix(fmt.Sprintf("%T", out.Call), "flows.")
		x.Call, _ = json.Marshal(map[string]any{name: out.Call}) // plain structs
	}
	return x
}

// Taken are the exits by which the nodes of a type were left.
func (c *Case) Taken(typ string, steps []Step) []string {
	of := map[string]bool{"n": c.Flow == nil}
	if c.Flow != nil {
		for _, n := range c.Flow.Nodes {
			of[n.ID] = n.Type == typ
		}
	}
	var out []string
	for _, s := range steps {
		for _, e := range s.Exits {
			if node, exit, _ := strings.Cut(e, ">"); of[node] {
				out = append(out, exit)
			}
		}
	}
	return out
}

// Problems is what compiling the data reports, as "code at place" with places in the data,
// in order.
func (c *FaultCase) Problems(typ string, table flows.Table) []string {
	_, err := flows.Compile(flowID, 1, Definition(typ, c.Data, c.Variables), flows.World{Table: table, Fields: Fields()})
	out := problems(err)
	slices.Sort(out)
	return out
}

func problems(err error) []string {
	var many interface{ Unwrap() []error }
	var p *errs.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p) && error(p) == err:
		return []string{p.Code + " at " + strings.TrimPrefix(p.Field, "nodes[n].")}
	case errors.As(err, &many):
		var out []string
		for _, e := range many.Unwrap() {
			out = append(out, problems(e)...)
		}
		return out
	}
	return []string{err.Error()}
}
