package api

import (
	"context"
	"encoding/json"
	"strings"

	"recado/flows"
	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
	"recado/internal/id"
)

func (a *API) flows() {
	add(a, operation{ID: "listFlows", Method: "GET", Path: "/bots/{bot_id}/flows", Tag: "Flows", Needs: seeBots,
		Summary: "List a bot's flows", Description: "The oldest first; a bot has at most 200."}, a.listFlows)
	add(a, operation{ID: "createFlow", Method: "POST", Path: "/bots/{bot_id}/flows", Tag: "Flows", Needs: writeBots, Status: 201, Refusals: []int{409},
		Summary: "Create a flow", Description: "Empty, from a starter or from a definition. It runs once it is published."}, a.createFlow)
	add(a, operation{ID: "listFlowStarters", Method: "GET", Path: "/flow-starters", Tag: "Flows", Needs: seeBots,
		Summary: "List flows to begin with"}, a.listStarters)
	add(a, operation{ID: "getFlow", Method: "GET", Path: "/flows/{flow_id}", Tag: "Flows", Needs: seeBots,
		Summary: "Get a flow with its draft", Description: "With what is wrong with the draft, and what its owner should know before publishing it."}, a.getFlow)
	add(a, operation{ID: "updateFlow", Method: "PATCH", Path: "/flows/{flow_id}", Tag: "Flows", Needs: writeBots, Refusals: []int{409},
		Summary: "Change a flow", Description: "One that others enter cannot be switched off."}, a.updateFlow)
	add(a, operation{ID: "deleteFlow", Method: "DELETE", Path: "/flows/{flow_id}", Tag: "Flows", Needs: writeBots, Status: 204, Refusals: []int{409},
		Summary: "Delete a flow", Description: "With its versions and figures. Refused while others enter it."}, a.deleteFlow)
	add(a, operation{ID: "saveFlowDraft", Method: "PUT", Path: "/flows/{flow_id}/draft", Tag: "Flows", Needs: writeBots, Refusals: []int{409},
		Summary: "Save a flow's draft", Description: "A draft may be wrong. Refused when somebody else has saved since `revision` was read; the problem names who and when."}, a.saveDraft)
	add(a, operation{ID: "checkFlow", Method: "POST", Path: "/flows/{flow_id}/check", Tag: "Flows", Needs: seeBots,
		Summary: "Check a definition", Description: "As if it were to be published as this flow. Nothing is stored."}, a.checkFlow)
	add(a, operation{ID: "publishFlow", Method: "POST", Path: "/flows/{flow_id}/publish", Tag: "Flows", Needs: writeBots, Status: 201, Refusals: []int{409},
		Summary: "Publish a flow's draft", Description: "Runs that are under way finish with the version they began with."}, a.publishFlow)
	add(a, operation{ID: "getFlowAnalytics", Method: "GET", Path: "/flows/{flow_id}/analytics", Tag: "Flows", Needs: seeBots,
		Summary: "Get what came of a flow's runs", Description: "Of the last 90 days, at most the newest 50,000. Rates come with their 95 % interval (Wilson)."}, a.flowAnalytics)
}

// FlowPath names a flow.
type FlowPath struct {
	Flow id.Flow `path:"flow_id" format:"uuid"`
}

// FlowsPath names the bot whose flows are meant.
type FlowsPath struct {
	Bot id.Bot `path:"bot_id" format:"uuid"`
}

// FlowView is a flow with its draft and what is to be said about it.
type FlowView struct {
	flow.Flow
	FlowCheck
}

// FlowCheck is what is to be said about a definition. What has problems cannot be published.
type FlowCheck struct {
	Problems []FlowProblem           `json:"problems"`
	Warnings []FlowProblem           `json:"warnings"`
	Uses     map[string][]flows.Use  `json:"uses" doc:"By variable: where it is read and written"`
	Exits    map[string][]flows.Exit `json:"exits" doc:"By node: its ways out"`
}

// FlowProblem is one thing about a place of a definition.
type FlowProblem struct {
	Code     string `json:"code"`
	Message  string `json:"message" doc:"In the reader's language"`
	Location string `json:"location" example:"nodes[n3].data.text.es"`
	Node     string `json:"node,omitempty"`
	From     *int   `json:"from,omitempty" doc:"With to: the range at fault in an expression, in UTF-16 units"`
	To       *int   `json:"to,omitempty"`
}

func flowProblem(lang string, p *errs.Problem) FlowProblem {
	out := FlowProblem{Code: p.Code, Message: sentence(lang, p.Code, p.Args), Location: p.Field}
	if rest, ok := strings.CutPrefix(p.Field, "nodes["); ok {
		out.Node, _, _ = strings.Cut(rest, "]")
	}
	from, ok := p.Args["from"].(int)
	if to, has := p.Args["to"].(int); ok && has {
		out.From, out.To = &from, &to
	}
	return out
}

func flowProblems(ctx context.Context, list []*errs.Problem) []FlowProblem {
	out := make([]FlowProblem, len(list))
	for i, p := range list {
		out[i] = flowProblem(scopeOf(ctx).lang, p)
	}
	return out
}

func (a *API) flowCheck(ctx context.Context, tx db.CompanyTx, f flow.Flow, d flows.Definition) (FlowCheck, error) {
	r, err := a.Flows.Check(ctx, tx, f, d)
	return FlowCheck{flowProblems(ctx, r.Problems), flowProblems(ctx, r.Warnings), r.Uses, r.Exits}, err
}

// flowView runs fn and checks the draft of the flow it returns.
func (a *API) flowView(ctx context.Context, fn func(db.CompanyTx) (flow.Flow, error)) (*Out[FlowView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (v FlowView, err error) {
		if v.Flow, err = fn(tx); err != nil {
			return v, err
		}
		v.FlowCheck, err = a.flowCheck(ctx, tx, v.Flow, v.Draft)
		return v, err
	}))
}

func (a *API) listFlows(ctx context.Context, in *FlowsPath) (*Out[List[flow.Summary]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]flow.Summary, error) { return a.Flows.List(ctx, tx, in.Bot) })))
}

type createFlowInput struct {
	FlowsPath
	Body struct {
		Name       string          `json:"name" minLength:"1" maxLength:"120"`
		Starter    string          `json:"starter,omitempty" maxLength:"60" doc:"Key of a starter to begin with"`
		Definition json.RawMessage `json:"definition,omitempty" doc:"Or a definition, in the form of the export"`
		Language   string          `json:"language,omitempty" enum:"es,en" doc:"The company's, unless said otherwise"`
	}
}

func (a *API) createFlow(ctx context.Context, in *createFlowInput) (*Out[FlowView], error) {
	b := in.Body
	return a.flowView(ctx, func(tx db.CompanyTx) (flow.Flow, error) {
		if b.Language == "" {
			c, err := company.Get(ctx, tx)
			if err != nil {
				return flow.Flow{}, err
			}
			b.Language = c.Language
		}
		d := flows.Definition{Format: flows.Format, Language: b.Language}
		switch {
		case b.Starter != "":
			s, ok := flow.FindStarter(b.Starter, b.Language)
			if !ok {
				return flow.Flow{}, errs.New(errs.Invalid, "flow.no_starter", "key", b.Starter).At("starter")
			}
			d = s.Definition
		case len(b.Definition) > 0:
			var err error
			if d, err = flow.Import(b.Definition, "definition"); err != nil {
				return flow.Flow{}, err
			}
		}
		d.Name = b.Name
		return a.Flows.Create(ctx, tx, actor(ctx), in.Bot, d)
	})
}

func (a *API) listStarters(context.Context, *struct{}) (*Out[List[flow.Starter]], error) {
	return answer(listOf(flow.Starters(), nil))
}

func (a *API) getFlow(ctx context.Context, in *FlowPath) (*Out[FlowView], error) {
	return a.flowView(ctx, func(tx db.CompanyTx) (flow.Flow, error) { return a.Flows.Get(ctx, tx, in.Flow) })
}

type updateFlowInput struct {
	FlowPath
	Body flow.Change
}

func (a *API) updateFlow(ctx context.Context, in *updateFlowInput) (*Out[FlowView], error) {
	return a.flowView(ctx, func(tx db.CompanyTx) (flow.Flow, error) {
		return a.Flows.Update(ctx, tx, actor(ctx), in.Flow, in.Body)
	})
}

func (a *API) deleteFlow(ctx context.Context, in *FlowPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return a.Flows.Delete(ctx, tx, actor(ctx), in.Flow)
	})
}

type saveDraftInput struct {
	FlowPath
	Body struct {
		Revision   int64           `json:"revision" doc:"The draft_revision that was read"`
		Definition json.RawMessage `json:"definition" doc:"In the form of the export"`
	}
}

func (a *API) saveDraft(ctx context.Context, in *saveDraftInput) (*Out[FlowView], error) {
	d, err := flow.Import(in.Body.Definition, "definition")
	if err != nil {
		return nil, err
	}
	return a.flowView(ctx, func(tx db.CompanyTx) (flow.Flow, error) {
		return a.Flows.Save(ctx, tx, actor(ctx), in.Flow, in.Body.Revision, d)
	})
}

type checkFlowInput struct {
	FlowPath
	Body struct {
		Definition json.RawMessage `json:"definition" doc:"In the form of the export"`
	}
}

func (a *API) checkFlow(ctx context.Context, in *checkFlowInput) (*Out[FlowCheck], error) {
	d, err := flow.Import(in.Body.Definition, "definition")
	if err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (FlowCheck, error) {
		f, err := a.Flows.Get(ctx, tx, in.Flow)
		if err != nil {
			return FlowCheck{}, err
		}
		return a.flowCheck(ctx, tx, f, d)
	}))
}

type publishInput struct {
	FlowPath
	Body struct {
		Revision int64  `json:"revision" doc:"The draft_revision that was read"`
		Why      string `json:"why,omitempty" maxLength:"500" doc:"What changed, for who reads the history"`
	}
}

func (a *API) publishFlow(ctx context.Context, in *publishInput) (*Out[flow.Version], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (flow.Version, error) {
		return a.Flows.Publish(ctx, tx, actor(ctx), in.Flow, in.Body.Revision, in.Body.Why)
	}))
}
