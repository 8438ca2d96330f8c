package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"recado/bots"
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) flowWords() {
	add(a, operation{ID: "listFlowNodes", Method: "GET", Path: "/flow-nodes", Tag: "Flows", Needs: seeBots,
		Summary: "List the kinds of node", Description: "With the fields of each, from which a form can be made."}, a.listFlowNodes)
	add(a, operation{ID: "listFlowFunctions", Method: "GET", Path: "/flow-functions", Tag: "Flows", Needs: seeBots,
		Summary: "List what expressions may use"}, a.listFlowFunctions)
	add(a, operation{ID: "checkFlowExpression", Method: "POST", Path: "/flow-expressions/check", Tag: "Flows", Needs: seeBots,
		Summary: "Check an expression or a template"}, a.checkExpression)
	start := auth.Permission{Module: auth.Inbox, Level: auth.Write}
	add(a, operation{ID: "startFlow", Method: "POST", Path: "/flows/{flow_id}/start", Tag: "Flows", Needs: start, Status: 202, Refusals: []int{409},
		Summary: "Start a flow", Description: "In a conversation, or in the latest one of a contact with the flow's bot. The flow must be published with a trigger of type `api`."}, a.startFlow)
	add(a, operation{ID: "tellEvent", Method: "POST", Path: "/events", Tag: "Flows", Needs: start, Status: 202,
		Summary: "Tell flows that something happened", Description: "Flows that wait for it go on, and flows that start at it start."}, a.tellEvent)
}

// FlowNodeType is a kind of node.
type FlowNodeType struct{ flows.Type }

func (a *API) listFlowNodes(context.Context, *struct{}) (*Out[List[FlowNodeType]], error) {
	var out []FlowNodeType
	for _, t := range a.Flows.Types() {
		out = append(out, FlowNodeType{t})
	}
	return answer(listOf(out, nil))
}

// ExprWords is what expressions may use.
type ExprWords struct {
	Functions []ExprFunction `json:"functions"`
	Fields    []ExprField    `json:"fields"`
}

// ExprFunction is a function of expressions.
type ExprFunction struct{ expr.Function }

// ExprField is a value that expressions may read.
type ExprField struct{ expr.Field }

func (a *API) listFlowFunctions(ctx context.Context, _ *struct{}) (*Out[ExprWords], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (ExprWords, error) {
		out := ExprWords{Functions: []ExprFunction{}, Fields: []ExprField{}}
		for _, f := range expr.Functions() {
			out.Functions = append(out.Functions, ExprFunction{f})
		}
		own, err := a.Flows.Fields(ctx, tx)
		for _, f := range slices.Concat(expr.Standard(), own) {
			out.Fields = append(out.Fields, ExprField{f})
		}
		return out, err
	}))
}

type checkExpressionInput struct {
	Body struct {
		Kind      string           `json:"kind" enum:"expression,template"`
		Source    string           `json:"source" maxLength:"16384"`
		Want      expr.Type        `json:"want,omitempty" enum:"text,number,bool,date,list,any" doc:"What an expression's value must be; any, unless given"`
		Flow      id.Flow          `json:"flow_id,omitzero" required:"false" format:"uuid" doc:"Whose draft's variables may be read"`
		Variables []flows.Variable `json:"variables,omitempty" maxItems:"500" doc:"Or these"`
	}
}

// CheckedExpression is what is wrong with an expression, and the type of its value.
type CheckedExpression struct {
	Problems []FlowProblem `json:"problems"`
	Type     expr.Type     `json:"type,omitempty" enum:"text,number,bool,date,list,any"`
}

func (a *API) checkExpression(ctx context.Context, in *checkExpressionInput) (*Out[CheckedExpression], error) {
	b := in.Body
	fields, err := inCompany(ctx, a, func(tx db.CompanyTx) ([]expr.Field, error) {
		if !b.Flow.IsZero() && len(b.Variables) == 0 {
			f, err := a.Flows.Get(ctx, tx, b.Flow)
			if err != nil {
				return nil, err
			}
			b.Variables = f.Draft.Variables
		}
		return a.Flows.Fields(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	fields = append(fields, expr.Field{Path: "event.*", Type: expr.Any})
	for _, v := range b.Variables {
		fields = append(fields, expr.Field{Path: "vars." + v.Name, Type: v.Type})
	}
	out := CheckedExpression{Problems: []FlowProblem{}, Type: expr.Text}
	env := expr.NewEnv(fields...)
	if b.Kind == "template" {
		_, err = expr.CompileTemplate(b.Source, env)
	} else {
		var p *expr.Program
		if p, err = expr.Compile(b.Source, env, cmp.Or(b.Want, expr.Any)); err == nil {
			out.Type = p.Type()
		}
	}
	if err != nil {
		out.Type = ""
		for _, e := range exprErrors(err) {
			p := errs.New(errs.Invalid, e.Code, "from", e.From, "to", e.To)
			for k, v := range e.Args {
				p.Args[k] = v
			}
			out.Problems = append(out.Problems, flowProblem(scopeOf(ctx).lang, p.At("source")))
		}
	}
	return &Out[CheckedExpression]{out}, nil
}

func exprErrors(err error) []*expr.Error {
	var many interface{ Unwrap() []error }
	var e *expr.Error
	switch {
	case errors.As(err, &many):
		var out []*expr.Error
		for _, one := range many.Unwrap() {
			out = append(out, exprErrors(one)...)
		}
		return out
	case errors.As(err, &e):
		return []*expr.Error{e}
	}
	return []*expr.Error{{Code: "validation.invalid"}}
}

// maxData bounds what comes with an event or a start, in bytes of JSON.
const maxData = 16 << 10

func checkData(field string, data map[string]any) error {
	if b, err := json.Marshal(data); err != nil || len(b) > maxData {
		return errs.New(errs.TooLarge, "event.too_large", "max", maxData>>10).At(field)
	}
	return nil
}

// FlowWhere is the conversation meant, or the contact.
type FlowWhere struct {
	Conversation id.Conversation `json:"conversation_id,omitzero" required:"false" format:"uuid"`
	Contact      id.Contact      `json:"contact_id,omitzero" required:"false" format:"uuid" doc:"Or a contact: the latest conversation with the bot"`
}

func (w FlowWhere) check() error {
	if w.Conversation.IsZero() == w.Contact.IsZero() {
		return errs.New(errs.Invalid, "event.whose").At("conversation_id")
	}
	return nil
}

type startFlowInput struct {
	FlowPath
	Body struct {
		FlowWhere
		Vars map[string]any `json:"vars,omitempty" doc:"The flow's variables to begin with"`
	}
}

// StartedFlow names the run that was asked for.
type StartedFlow struct {
	Run id.Run `json:"run_id" format:"uuid"`
}

func (a *API) startFlow(ctx context.Context, in *startFlowInput) (*Out[StartedFlow], error) {
	if err := errors.Join(in.Body.check(), checkData("vars", in.Body.Vars)); err != nil {
		return nil, err
	}
	var c id.Conversation
	run := id.New[id.Run]()
	err := a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) (err error) {
		if c, err = a.Flows.StartIn(ctx, tx, in.Flow, in.Body.Conversation, in.Body.Contact); err != nil {
			return err
		}
		return inbox.Tell(ctx, tx, c, bots.Happening{Flow: in.Flow, Run: run, Event: flows.Event{Name: flow.Asked, Data: in.Body.Vars}}, 0)
	})
	if err != nil {
		return nil, err
	}
	a.Changed(auth.From(ctx).Company, inbox.Change{Conversation: c})
	return &Out[StartedFlow]{StartedFlow{run}}, nil
}

type tellEventInput struct {
	Body struct {
		FlowWhere
		Event string         `json:"event" minLength:"1" maxLength:"60" example:"cart.abandoned"`
		Data  map[string]any `json:"data,omitempty" doc:"What expressions see as event.<key>"`
	}
}

// ToldEvent says whether there was anybody to tell.
type ToldEvent struct {
	Matched bool `json:"matched" doc:"There is a conversation with a bot that has flows"`
}

func (a *API) tellEvent(ctx context.Context, in *tellEventInput) (*Out[ToldEvent], error) {
	b := in.Body
	if b.Event = strings.TrimSpace(b.Event); b.Event == "" {
		return nil, errs.New(errs.Invalid, "flow.required").At("event")
	}
	if err := errors.Join(b.check(), checkData("data", b.Data)); err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (out ToldEvent, err error) {
		ev := bots.Happening{Event: flows.Event{Name: b.Event, Data: b.Data}}
		if b.Conversation.IsZero() {
			if _, err = inbox.GetContact(ctx, tx, b.Contact); err == nil {
				out.Matched, err = inbox.TellContact(ctx, tx, b.Contact, ev)
			}
			return out, err
		}
		out.Matched = true
		return out, inbox.Tell(ctx, tx, b.Conversation, ev, 0)
	}))
}
