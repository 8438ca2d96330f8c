package api

import (
	"context"

	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
)

func (a *API) company() {
	add(a, operation{ID: "getCompany", Method: "GET", Path: "/company", Tag: "Company",
		Needs: auth.Permission{Module: auth.Company, Level: auth.Read}, Summary: "Get the company's settings"}, a.getCompany)
	add(a, operation{ID: "updateCompany", Method: "PATCH", Path: "/company", Tag: "Company",
		Needs: auth.Permission{Module: auth.Company, Level: auth.Write}, Summary: "Change the company's settings",
		Description: "Settings that are not named stay as they are. The change is recorded in the audit."}, a.updateCompany)
	add(a, operation{ID: "listMembers", Method: "GET", Path: "/members", Tag: "Company",
		Needs: auth.Permission{Module: auth.Team, Level: auth.Read}, Summary: "List the people who work here"}, a.listMembers)
}

func (a *API) getCompany(ctx context.Context, _ *struct{}) (*Out[company.Company], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Company, error) { return company.Get(ctx, tx) }))
}

func (a *API) updateCompany(ctx context.Context, in *struct{ Body company.SettingsChange }) (*Out[company.Company], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Company, error) {
		c, err := company.Update(ctx, tx, actor(ctx), in.Body)
		if err != nil {
			return c, err
		}
		return c, assistant.Touch(ctx, tx) // bots are compiled with the hours and the zone
	}))
}

// Member is a person who works here.
type Member struct {
	company.Member
	Online bool `json:"online" doc:"Has the panel open"`
}

func (a *API) listMembers(ctx context.Context, _ *struct{}) (*Out[List[Member]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]Member, error) {
		people, err := company.Members(ctx, tx)
		out := make([]Member, len(people))
		for i, p := range people {
			out[i] = Member{p, a.Online != nil && a.Online(tx.Company(), p.ID)}
		}
		return out, err
	})))
}
