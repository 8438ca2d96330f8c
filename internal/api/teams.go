package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
)

func (a *API) teams() {
	manage := auth.Permission{Module: auth.Team, Level: auth.Manage}
	add(a, operation{ID: "listTeams", Method: "GET", Path: "/teams", Tag: "Company", Needs: auth.Permission{Module: auth.Team, Level: auth.Read},
		Summary: "List teams", Description: "By name; a company has at most 100."}, a.listTeams)
	add(a, operation{ID: "createTeam", Method: "POST", Path: "/teams", Tag: "Company", Needs: manage, Status: 201, Refusals: []int{409},
		Summary: "Create a team"}, a.createTeam)
	add(a, operation{ID: "updateTeam", Method: "PATCH", Path: "/teams/{id}", Tag: "Company", Needs: manage, Refusals: []int{409},
		Summary: "Change a team", Description: "What is not named stays; members that are named replace those there were."}, a.updateTeam)
	add(a, operation{ID: "deleteTeam", Method: "DELETE", Path: "/teams/{id}", Tag: "Company", Needs: manage, Status: 204,
		Summary: "Delete a team", Description: "Its conversations stay."}, a.deleteTeam)
}

func (a *API) listTeams(ctx context.Context, _ *struct{}) (*Out[List[company.Team]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]company.Team, error) { return company.Teams(ctx, tx) })))
}

type createTeamInput struct {
	Body struct {
		Name    string    `json:"name" minLength:"1" maxLength:"80"`
		Members []id.User `json:"member_ids,omitempty" maxItems:"500"`
	}
}

func (a *API) createTeam(ctx context.Context, in *createTeamInput) (*Out[company.Team], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Team, error) {
		return company.CreateTeam(ctx, tx, actor(ctx), company.TeamChange{Name: &in.Body.Name, Members: &in.Body.Members})
	}))
}

// TeamPath names a team.
type TeamPath struct {
	ID id.Team `path:"id" format:"uuid"`
}

type updateTeamInput struct {
	TeamPath
	Body company.TeamChange
}

func (a *API) updateTeam(ctx context.Context, in *updateTeamInput) (*Out[company.Team], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (company.Team, error) {
		return company.UpdateTeam(ctx, tx, actor(ctx), in.ID, in.Body)
	}))
}

func (a *API) deleteTeam(ctx context.Context, in *TeamPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return company.DeleteTeam(ctx, tx, actor(ctx), in.ID)
	})
}
