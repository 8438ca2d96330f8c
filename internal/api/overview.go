package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/db"
	"recado/internal/inbox"
)

func (a *API) overview() {
	add(a, operation{ID: "getOverview", Method: "GET", Path: "/overview", Tag: "Overview",
		Needs:   auth.Permission{Module: auth.Inbox, Level: auth.Read},
		Summary: "Get the figures of the moment", Description: "What the panel's first page shows."}, a.getOverview)
}

// Overview is the figures of the moment with the channels they come from.
type Overview struct {
	inbox.Overview
	Channels []ChannelView `json:"channels"`
	Bots     []BotView     `json:"bots"`
}

func (a *API) getOverview(ctx context.Context, _ *struct{}) (*Out[Overview], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (o Overview, err error) {
		if o.Overview, err = inbox.GetOverview(ctx, tx); err != nil {
			return o, err
		}
		list, err := channel.List(ctx, tx)
		o.Channels = make([]ChannelView, len(list))
		for i, c := range list {
			o.Channels[i] = a.shown(ctx, c)
		}
		if err != nil {
			return o, err
		}
		bots, err := a.Bots.List(ctx, tx)
		o.Bots = make([]BotView, len(bots))
		for i, b := range bots {
			o.Bots[i].Bot = b
		}
		return o, err
	}))
}
