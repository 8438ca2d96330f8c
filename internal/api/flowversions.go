package api

import (
	"context"
	"encoding/json"
	"mime"
	"strconv"
	"time"

	"recado/flows"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
)

func (a *API) flowVersions() {
	add(a, operation{ID: "listFlowVersions", Method: "GET", Path: "/flows/{flow_id}/versions", Tag: "Flows", Needs: seeBots,
		Summary: "List a flow's versions", Description: "The newest first. All that were published are kept."}, a.listFlowVersions)
	add(a, operation{ID: "getFlowVersion", Method: "GET", Path: "/flows/{flow_id}/versions/{version}", Tag: "Flows", Needs: seeBots,
		Summary: "Get a version with its definition"}, a.getFlowVersion)
	add(a, operation{ID: "restoreFlowVersion", Method: "POST", Path: "/flows/{flow_id}/versions/{version}/restore", Tag: "Flows", Needs: writeBots, Status: 201, Refusals: []int{409},
		Summary: "Go back to a version", Description: "Publishes a copy of it as a new version and makes it the draft."}, a.restoreFlowVersion)
	add(a, operation{ID: "diffFlow", Method: "GET", Path: "/flows/{flow_id}/diff", Tag: "Flows", Needs: seeBots,
		Summary: "Compare two versions of a flow", Description: "Or one with the draft: node by node, and as text."}, a.diffFlow)
	add(a, operation{ID: "exportFlow", Method: "GET", Path: "/flows/{flow_id}/export", Tag: "Flows", Needs: seeBots,
		Summary: "Download a flow's draft", Description: "As a file that diffs well: the same definition gives the same bytes."}, a.exportFlow)
	add(a, operation{ID: "importFlow", Method: "POST", Path: "/bots/{bot_id}/flows/import", Tag: "Flows", Needs: writeBots, Status: 201, Refusals: []int{409}, MaxBody: 8 << 20,
		Summary: "Make a flow of a file", Description: "As a draft, under the file's name for it."}, a.importFlow)
}

func (a *API) listFlowVersions(ctx context.Context, in *FlowPath) (*Out[List[flow.Version]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]flow.Version, error) { return a.Flows.Versions(ctx, tx, in.Flow) })))
}

// FlowVersionPath names a version of a flow.
type FlowVersionPath struct {
	FlowPath
	Version int `path:"version" minimum:"1" maximum:"1000000000"`
}

// FlowVersionView is a version with what was published.
type FlowVersionView struct {
	flow.Version
	Definition flows.Definition `json:"definition"`
}

func (a *API) getFlowVersion(ctx context.Context, in *FlowVersionPath) (*Out[FlowVersionView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (v FlowVersionView, err error) {
		v.Version, v.Definition, err = a.Flows.Version(ctx, tx, in.Flow, in.Version)
		return v, err
	}))
}

type restoreInput struct {
	FlowVersionPath
	Body struct {
		Why string `json:"why,omitempty" maxLength:"500"`
	}
}

func (a *API) restoreFlowVersion(ctx context.Context, in *restoreInput) (*Out[flow.Version], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (flow.Version, error) {
		return a.Flows.Restore(ctx, tx, actor(ctx), in.Flow, in.Version, in.Body.Why)
	}))
}

type diffInput struct {
	FlowPath
	From string `query:"from" required:"true" pattern:"^(draft|[1-9][0-9]{0,8})$" doc:"A version's number, or draft"`
	To   string `query:"to" required:"true" pattern:"^(draft|[1-9][0-9]{0,8})$"`
}

func (a *API) diffFlow(ctx context.Context, in *diffInput) (*Out[flow.Diff], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (flow.Diff, error) {
		f, err := a.Flows.Get(ctx, tx, in.Flow)
		if err != nil {
			return flow.Diff{}, err
		}
		side := func(name string) (flows.Definition, error) {
			n, err := strconv.Atoi(name)
			if err != nil {
				return f.Draft, nil // the pattern leaves nothing else
			}
			_, d, err := a.Flows.Version(ctx, tx, in.Flow, n)
			return d, err
		}
		from, err := side(in.From)
		if err != nil {
			return flow.Diff{}, err
		}
		to, err := side(in.To)
		if err != nil {
			return flow.Diff{}, err
		}
		return flow.Compare(from, to, in.From, in.To)
	}))
}

// exported is a file as it is.
type exported struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (a *API) exportFlow(ctx context.Context, in *FlowPath) (*exported, error) {
	f, err := inCompany(ctx, a, func(tx db.CompanyTx) (flow.Flow, error) { return a.Flows.Get(ctx, tx, in.Flow) })
	if err != nil {
		return nil, err
	}
	b, err := flow.Export(f.Draft)
	if err != nil {
		return nil, err
	}
	return &exported{"application/json", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name + ".json"}), b}, nil
}

type importFlowInput struct {
	FlowsPath
	Body struct {
		Definition json.RawMessage `json:"definition,omitempty" doc:"What the file holds"`
		File       string          `json:"file,omitempty" maxLength:"4194304" doc:"Or the file's text"`
	}
}

func (a *API) importFlow(ctx context.Context, in *importFlowInput) (*Out[FlowView], error) {
	text, field := []byte(in.Body.Definition), "definition"
	if in.Body.File != "" {
		text, field = []byte(in.Body.File), "file"
	}
	if len(text) == 0 {
		return nil, errs.New(errs.Invalid, "flow.file", "reason", "definition").At("definition")
	}
	d, err := flow.Import(text, field)
	if err != nil {
		return nil, err
	}
	return a.flowView(ctx, func(tx db.CompanyTx) (flow.Flow, error) { return a.Flows.Create(ctx, tx, actor(ctx), in.Bot, d) })
}

type analyticsInput struct {
	FlowPath
	Version int       `query:"version" minimum:"0" maximum:"1000000000" doc:"0: all"`
	From    time.Time `query:"from" doc:"Runs begun from then on; 90 days at most"`
	To      time.Time `query:"to"`
}

func (a *API) flowAnalytics(ctx context.Context, in *analyticsInput) (*Out[flow.Analytics], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (flow.Analytics, error) {
		return a.Flows.Analyse(ctx, tx, in.Flow, flow.Period{Version: in.Version, From: in.From, To: in.To})
	}))
}
