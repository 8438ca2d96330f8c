package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/health"
	"recado/internal/id"
)

// mostIncidents is how many are listed: what came before nobody asks about.
const mostIncidents = 200

func (a *API) health() {
	add(a, operation{ID: "listChannelLog", Method: "GET", Path: "/channels/{id}/log", Tag: "Channels",
		Needs: auth.Permission{Module: auth.Channels, Level: auth.Manage}, Summary: "List what went over a channel's wire",
		Description: "Newest first, for a week. Secrets are taken out. When the server is very busy, some may be missing."}, a.listChannelLog)
	add(a, operation{ID: "listIncidents", Method: "GET", Path: "/incidents", Tag: "Channels",
		Needs: auth.Permission{Module: auth.Channels, Level: auth.Read}, Summary: "List what is or was wrong with channels",
		Description: "Newest first, 200 at most."}, a.listIncidents)
}

type listChannelLogInput struct {
	ChannelPath
	Page
	Message id.Message `query:"message" format:"uuid" doc:"Only what was about this message"`
}

func (a *API) listChannelLog(ctx context.Context, in *listChannelLogInput) (*Out[List[health.Entry]], error) {
	var before health.EntryID
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	items, err := inCompany(ctx, a, func(tx db.CompanyTx) ([]health.Entry, error) {
		return health.Entries(ctx, tx, in.ID, in.Message, before, in.Limit+1)
	})
	return answer(pageOf(items, in.Limit, func(e health.Entry) any { return e.ID }, err))
}

type listIncidentsInput struct {
	Open bool `query:"open" doc:"Only those that last"`
}

func (a *API) listIncidents(ctx context.Context, in *listIncidentsInput) (*Out[List[health.Incident]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]health.Incident, error) {
		return health.List(ctx, tx, in.Open, mostIncidents)
	})))
}
