package api

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"recado/bots"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/hours"
	"recado/internal/id"
)

var seeBots, writeBots, manageBots = auth.Permission{Module: auth.Bots, Level: auth.Read},
	auth.Permission{Module: auth.Bots, Level: auth.Write}, auth.Permission{Module: auth.Bots, Level: auth.Manage}

func (a *API) bots() {
	add(a, operation{ID: "listBots", Method: "GET", Path: "/bots", Tag: "Bots", Needs: seeBots,
		Summary: "List bots", Description: "By name; a company has at most 50."}, a.listBots)
	add(a, operation{ID: "createBot", Method: "POST", Path: "/bots", Tag: "Bots", Needs: manageBots, Status: 201, Refusals: []int{409},
		Summary: "Create a bot", Description: "It speaks once a channel names it as its bot."}, a.createBot)
	add(a, operation{ID: "getBot", Method: "GET", Path: "/bots/{id}", Tag: "Bots", Needs: seeBots,
		Summary: "Get a bot"}, a.getBot)
	add(a, operation{ID: "updateBot", Method: "PATCH", Path: "/bots/{id}", Tag: "Bots", Needs: writeBots,
		Summary:     "Change a bot",
		Description: "Settings that are not named stay; one that is named is replaced whole. The next message is answered with the new settings."}, a.updateBot)
	add(a, operation{ID: "deleteBot", Method: "DELETE", Path: "/bots/{id}", Tag: "Bots", Needs: manageBots, Status: 204, Refusals: []int{409},
		Summary: "Delete a bot", Description: "With its rules and questions. Refused while a channel names it as its bot."}, a.deleteBot)
}

// BotView is a bot.
type BotView struct{ assistant.Bot }

func viewBot(b assistant.Bot, err error) (BotView, error) { return BotView{b}, err }

func (a *API) listBots(ctx context.Context, _ *struct{}) (*Out[List[BotView]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]BotView, error) {
		list, err := a.Bots.List(ctx, tx)
		out := make([]BotView, len(list))
		for i, b := range list {
			out[i].Bot = b
		}
		return out, err
	})))
}

// BotSettings are what can be set of a bot besides its name and language.
type BotSettings struct {
	Enabled    *bool                 `json:"enabled,omitempty" doc:"A bot that is switched off leaves conversations to people"`
	Tone       *bots.Tone            `json:"tone,omitempty" enum:"neutral,warm,formal"`
	Greeting   *string               `json:"greeting,omitempty" maxLength:"1000" doc:"Said once in a conversation, before the first answer"`
	Fallback   *bots.FallbackPolicy  `json:"fallback,omitempty"`
	Handoff    *bots.HandoffSettings `json:"handoff,omitempty"`
	Hours      optionalHours         `json:"hours,omitempty" doc:"When people attend; null for the company's hours"`
	Thresholds *bots.Thresholds      `json:"thresholds,omitempty"`
}

func (s BotSettings) change(name *string, language *bots.Language) assistant.Change {
	return assistant.Change{Name: name, Language: language, Enabled: s.Enabled, Tone: s.Tone, Greeting: s.Greeting,
		Fallback: s.Fallback, Handoff: s.Handoff, Hours: s.Hours.value, Thresholds: s.Thresholds}
}

// optionalHours tells a body that does not name the hours (value nil) from one that takes
// them away (a pointer to nil).
type optionalHours struct{ value **hours.Hours }

// UnmarshalJSON implements json.Unmarshaler.
func (o *optionalHours) UnmarshalJSON(b []byte) error {
	var h *hours.Hours
	err := json.Unmarshal(b, &h)
	o.value = &h
	return err
}

// Schema implements huma.SchemaProvider. A reference cannot be nullable: it is a copy.
func (optionalHours) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[hours.Hours](), false, "")
	s.Nullable = true
	return &s
}

type createBotInput struct {
	Body struct {
		Name     string        `json:"name" minLength:"1" maxLength:"80"`
		Language bots.Language `json:"language" enum:"es,en,auto" doc:"Of the built-in sentences; auto follows the contact"`
		BotSettings
	}
}

func (a *API) createBot(ctx context.Context, in *createBotInput) (*Out[BotView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (BotView, error) {
		return viewBot(a.Bots.Create(ctx, tx, actor(ctx), in.Body.change(&in.Body.Name, &in.Body.Language)))
	}))
}

// BotPath names a bot.
type BotPath struct {
	ID id.Bot `path:"id" format:"uuid"`
}

func (a *API) getBot(ctx context.Context, in *BotPath) (*Out[BotView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (BotView, error) { return viewBot(a.Bots.Get(ctx, tx, in.ID)) }))
}

type updateBotInput struct {
	BotPath
	Body struct {
		Name     *string        `json:"name,omitempty" minLength:"1" maxLength:"80"`
		Language *bots.Language `json:"language,omitempty" enum:"es,en,auto"`
		BotSettings
	}
}

func (a *API) updateBot(ctx context.Context, in *updateBotInput) (*Out[BotView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (BotView, error) {
		return viewBot(a.Bots.Update(ctx, tx, actor(ctx), in.ID, in.Body.change(in.Body.Name, in.Body.Language)))
	}))
}

func (a *API) deleteBot(ctx context.Context, in *BotPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return a.Bots.Delete(ctx, tx, actor(ctx), in.ID)
	})
}
