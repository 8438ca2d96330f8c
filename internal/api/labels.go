package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
)

func (a *API) labels() {
	see, manage := auth.Permission{Module: auth.Inbox, Level: auth.Read}, auth.Permission{Module: auth.Inbox, Level: auth.Manage}
	add(a, operation{ID: "listLabels", Method: "GET", Path: "/labels", Tag: "Labels", Needs: see,
		Summary: "List labels", Description: "All of them, by name; a company has at most 200."}, a.listLabels)
	add(a, operation{ID: "createLabel", Method: "POST", Path: "/labels", Tag: "Labels", Needs: manage, Status: 201, Refusals: []int{409},
		Summary: "Create a label"}, a.createLabel)
	add(a, operation{ID: "updateLabel", Method: "PATCH", Path: "/labels/{id}", Tag: "Labels", Needs: manage, Refusals: []int{409},
		Summary: "Rename or recolour a label"}, a.updateLabel)
	add(a, operation{ID: "deleteLabel", Method: "DELETE", Path: "/labels/{id}", Tag: "Labels", Needs: manage, Status: 204,
		Summary: "Delete a label", Description: "It also disappears from the conversations that carry it."}, a.deleteLabel)
}

func (a *API) listLabels(ctx context.Context, _ *struct{}) (*Out[List[company.Label]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]company.Label, error) { return company.Labels(ctx, tx) })))
}

type createLabelInput struct {
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"60"`
		Color string `json:"color" pattern:"^#[0-9a-f]{6}$" example:"#0f766e"`
	} `nameHint:"NewLabel"`
}

func (a *API) createLabel(ctx context.Context, in *createLabelInput) (*Out[company.Label], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Label, error) {
		return company.CreateLabel(ctx, tx, actor(ctx), company.Label{Name: in.Body.Name, Color: in.Body.Color})
	}))
}

// LabelPath names a label.
type LabelPath struct {
	ID id.Label `path:"id" format:"uuid"`
}

type updateLabelInput struct {
	LabelPath
	Body company.LabelChange
}

func (a *API) updateLabel(ctx context.Context, in *updateLabelInput) (*Out[company.Label], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Label, error) {
		return company.UpdateLabel(ctx, tx, actor(ctx), in.ID, in.Body)
	}))
}

func (a *API) deleteLabel(ctx context.Context, in *LabelPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return company.DeleteLabel(ctx, tx, actor(ctx), in.ID)
	})
}
