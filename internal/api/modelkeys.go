package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/outside"
)

func (a *API) modelKeys() {
	see, change := auth.Permission{Module: auth.Company, Level: auth.Read}, auth.Permission{Module: auth.Company, Level: auth.Write}
	add(a, operation{ID: "getModelKey", Method: "GET", Path: "/model-keys/{provider}", Tag: "Models", Needs: see,
		Summary: "Read a model key", Description: "All but the key itself, of which the last characters are shown."}, a.getModelKey)
	add(a, operation{ID: "setModelKey", Method: "PUT", Path: "/model-keys/{provider}", Tag: "Models", Needs: change,
		Summary: "Set a model key", Description: "For any endpoint that speaks OpenAI's protocol. What is not named stays; another base URL wants the key again."}, a.setModelKey)
	add(a, operation{ID: "deleteModelKey", Method: "DELETE", Path: "/model-keys/{provider}", Tag: "Models", Needs: change, Status: 204,
		Summary: "Delete a model key"}, a.deleteModelKey)
	add(a, operation{ID: "checkModelKey", Method: "POST", Path: "/model-keys/{provider}/check", Tag: "Models", Needs: change, Status: 204, Refusals: []int{409},
		Summary: "Ask the provider whether it serves the key and the model"}, a.checkModelKey)
	add(a, operation{ID: "listModelUsage", Method: "GET", Path: "/model-usage", Tag: "Models", Needs: auth.Permission{Module: auth.Reports, Level: auth.Read},
		Summary: "Read what models cost", Description: "Tokens by day, the newest first."}, a.listModelUsage)
}

// ProviderPath names a provider of models.
type ProviderPath struct {
	Provider string `path:"provider" enum:"openai"`
}

func (a *API) getModelKey(ctx context.Context, in *ProviderPath) (*Out[outside.ModelKey], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (outside.ModelKey, error) {
		return outside.ModelKeyOf(ctx, tx, in.Provider)
	}))
}

type setModelKeyInput struct {
	ProviderPath
	Body struct {
		BaseURL *string `json:"base_url,omitempty" maxLength:"500" example:"https://api.openai.com/v1"`
		Model   *string `json:"model,omitempty" maxLength:"120" example:"gpt-5-mini"`
		Key     *string `json:"key,omitempty" maxLength:"500" doc:"Write only"`
		Budget  *int64  `json:"budget,omitempty" minimum:"0" doc:"Tokens a day; 0: no limit"`
	} `nameHint:"ModelKeyChange"`
}

func (a *API) setModelKey(ctx context.Context, in *setModelKeyInput) (*Out[outside.ModelKey], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (outside.ModelKey, error) {
		return outside.SetModelKey(ctx, tx, actor(ctx), a.Keys, in.Provider, outside.ModelKeyChange(in.Body))
	}))
}

func (a *API) deleteModelKey(ctx context.Context, in *ProviderPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return outside.DeleteModelKey(ctx, tx, actor(ctx), in.Provider)
	})
}

func (a *API) checkModelKey(ctx context.Context, in *ProviderPath) (*struct{}, error) {
	return nil, a.Outside.CheckModel(ctx, auth.From(ctx).Company, in.Provider)
}

type listModelUsageInput struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"30"`
}

func (a *API) listModelUsage(ctx context.Context, in *listModelUsageInput) (*Out[List[outside.Spent]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]outside.Spent, error) {
		return outside.Spending(ctx, tx, in.Days)
	})))
}
