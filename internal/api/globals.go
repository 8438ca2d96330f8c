package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/outside"
)

func (a *API) globals() {
	add(a, operation{ID: "listFlowGlobals", Method: "GET", Path: "/flow-globals", Tag: "Flows", Needs: auth.Permission{Module: auth.Bots, Level: auth.Read},
		Summary: "List the values and secrets that flows share", Description: "A secret's value is never shown."}, a.listGlobals)
	add(a, operation{ID: "setFlowGlobals", Method: "PUT", Path: "/flow-globals", Tag: "Flows", Needs: auth.Permission{Module: auth.Bots, Level: auth.Manage},
		Summary: "Set the values and secrets that flows share", Description: "The list becomes all there is. A secret without a value keeps the one it has."}, a.setGlobals)
}

func (a *API) listGlobals(ctx context.Context, _ *struct{}) (*Out[List[outside.Global]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]outside.Global, error) { return outside.Globals(ctx, tx) })))
}

type setGlobalsInput struct {
	Body struct {
		Items []outside.Global `json:"items" maxItems:"200"`
	} `nameHint:"FlowGlobals"`
}

func (a *API) setGlobals(ctx context.Context, in *setGlobalsInput) (*Out[List[outside.Global]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]outside.Global, error) {
		return outside.SetGlobals(ctx, tx, actor(ctx), a.Keys, in.Body.Items)
	})))
}
