package app

import (
	"context"

	"recado/bots"
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/db"
	"recado/internal/httpx"
	"recado/internal/id"
	"recado/internal/outside"
)

// hosts performs the calls of flows for conversations.
type hosts struct{ *outside.Outside }

// Host implements dispatch.Hosts.
func (h hosts) Host(c id.Company, t bots.Turn, b *bots.Bot) flows.Host {
	return h.Outside.Host(outside.Scope{Company: c, Bot: b.Definition().ID, Contact: t.Contact.ID, Conversation: t.Conversation.ID}, b.FAQ())
}

// pretend performs a draft's calls: nothing is written or sent.
func (h hosts) pretend(c id.Company, bot id.Bot, cart *flows.Cart, faq bots.Answerer) flows.Host {
	return h.Outside.Host(outside.Scope{Company: c, Bot: bot, Pretend: true, Cart: cart}, faq)
}

// calls performs what flows ask for. Their HTTP requests go out by a client of their own,
// which reaches no inside address even where the platforms are simulated beside us.
func (s *server) calls() (*outside.Outside, error) {
	client, err := httpx.New(httpx.Options{Log: s.log, Production: true})
	if err != nil {
		return nil, err
	}
	model, err := s.model()
	if err != nil {
		return nil, err
	}
	return outside.New(outside.Config{Model: model, DB: s.db, Keys: s.keys, HTTP: client, Base: s.base, Adapter: s.adapter, Way: s.way(), Changed: s.changed, Log: s.log}), nil
}

func globalFields(ctx context.Context, tx db.CompanyTx) ([]expr.Field, error) {
	list, err := outside.Globals(ctx, tx)
	return outside.GlobalFields(list), err
}

func globalValues(ctx context.Context, tx db.CompanyTx) (map[string]any, error) {
	list, err := outside.Globals(ctx, tx)
	return outside.GlobalValues(list), err
}
