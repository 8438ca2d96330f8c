package api

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) channels() {
	see, change := auth.Permission{Module: auth.Channels, Level: auth.Read}, auth.Permission{Module: auth.Channels, Level: auth.Manage}
	add(a, operation{ID: "listChannels", Method: "GET", Path: "/channels", Tag: "Channels", Needs: see,
		Summary: "List the connected channels"}, a.listChannels)
	add(a, operation{ID: "createChannel", Method: "POST", Path: "/channels", Tag: "Channels", Needs: change, Status: 201, Refusals: []int{409},
		Summary: "Connect a channel"}, a.createChannel)
	add(a, operation{ID: "getChannel", Method: "GET", Path: "/channels/{id}", Tag: "Channels", Needs: see,
		Summary: "Get a channel"}, a.getChannel)
	add(a, operation{ID: "updateChannel", Method: "PATCH", Path: "/channels/{id}", Tag: "Channels", Needs: change,
		Summary: "Change a channel", Description: "What is not named stays. A widget shows new settings within a minute."}, a.updateChannel)
	add(a, operation{ID: "deleteChannel", Method: "DELETE", Path: "/channels/{id}", Tag: "Channels", Needs: change,
		Summary: "Disconnect a channel", Description: "Its conversations stay readable; what waited to be sent is cancelled. A linked phone is told that our device is gone."}, a.deleteChannel)
	add(a, operation{ID: "restartChannel", Method: "POST", Path: "/channels/{id}/restart", Tag: "Channels", Needs: change,
		Summary: "Let a stopped channel send again", Description: "After what stopped it was mended: what waits leaves now."}, a.restartChannel)
	add(a, operation{ID: "createIdentitySecret", Method: "POST", Path: "/channels/{id}/identity-secret", Tag: "Channels", Needs: change,
		Summary:     "Make a new identity secret",
		Description: "Your site signs who its user is with this secret (JWT, HS256: sub, name, email, phone, exp). It is shown once; the one before stops working."}, a.createIdentitySecret)
}

func (a *API) adapter(k channels.Kind) channels.Adapter {
	for _, ad := range a.Adapters {
		if ad.Kind() == k {
			return ad
		}
	}
	return nil
}

// ChannelSettings are a kind's own settings, passed through as they are: the kind's adapter
// checks them. The document shows what each kind has.
type ChannelSettings json.RawMessage

// MarshalJSON implements json.Marshaler.
func (s ChannelSettings) MarshalJSON() ([]byte, error) { return json.RawMessage(s).MarshalJSON() }

// UnmarshalJSON implements json.Unmarshaler.
func (s *ChannelSettings) UnmarshalJSON(b []byte) error {
	return (*json.RawMessage)(s).UnmarshalJSON(b)
}

// Schema implements huma.SchemaProvider.
func (ChannelSettings) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[webchat.Settings](), true, "WebchatSettings")
}

// SettingsChange are settings of which any may be left out; null gives back a default.
type SettingsChange struct{ ChannelSettings }

// Schema implements huma.SchemaProvider.
func (SettingsChange) Schema(r huma.Registry) *huma.Schema {
	const name = "WebchatSettingsChange"
	if r.Map()[name] == nil {
		s := huma.SchemaFromType(r, reflect.TypeFor[webchat.Settings]())
		for key, p := range s.Properties {
			if !slices.Contains(s.Required, key) { // it has no default but absence, so null is said aloud
				s.Properties[key] = &huma.Schema{AnyOf: []*huma.Schema{p, {Type: "null"}}, Description: p.Description}
			}
		}
		s.Required = nil
		s.PrecomputeMessages()
		r.Map()[name] = s
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// ChannelView is a channel with what its owner pastes elsewhere.
type ChannelView struct {
	channel.Channel
	Settings ChannelSettings   `json:"settings"`
	Values   map[string]string `json:"values" doc:"The kind's fields, without secret ones"`
	Hook     string            `json:"hook,omitempty" doc:"The address to give to the platform"`
	SiteKey  string            `json:"site_key,omitempty" doc:"Names the widget in the snippet; not a secret"`
	Snippet  string            `json:"snippet,omitempty" doc:"What to paste before </body> of a web page"`
}

func (a *API) shown(ctx context.Context, c channel.Channel) ChannelView {
	v := ChannelView{Channel: c, Settings: ChannelSettings("{}"), Values: map[string]string{}}
	if described(a.adapter(c.Kind)) {
		_ = json.Unmarshal(c.Settings, &v.Values) // made of strings when it was stored
	} else {
		v.Settings = ChannelSettings(c.Settings)
	}
	if _, ok := a.adapter(c.Kind).(channels.Webhook); ok {
		o := channel.Opener{Base: scopeOf(ctx).base}
		v.Hook = o.Hook(c.Kind, c.ID)
	}
	if c.Kind == webchat.Kind {
		v.SiteKey = c.Ref
		v.Snippet = fmt.Sprintf(`<script async src="%s/widget/widget.js" data-site="%s"></script>`, scopeOf(ctx).base, c.Ref)
	}
	return v
}

func (a *API) listChannels(ctx context.Context, _ *struct{}) (*Out[List[ChannelView]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]ChannelView, error) {
		list, err := channel.List(ctx, tx)
		out := make([]ChannelView, len(list))
		for i, c := range list {
			out[i] = a.shown(ctx, c)
		}
		return out, err
	})))
}

type createChannelInput struct {
	Body struct {
		Kind     channels.Kind     `json:"kind" example:"webchat" maxLength:"40"`
		Name     string            `json:"name" minLength:"1" maxLength:"120"`
		Bot      id.Bot            `json:"bot_id,omitzero" format:"uuid" required:"false"`
		Settings SettingsChange    `json:"settings,omitempty" required:"false" doc:"Of a webchat"`
		Values   map[string]string `json:"values,omitempty" required:"false" maxProperties:"50" doc:"The kind's fields"`
	}
}

// refreshed tells who must know that a channel is new or changed.
func (a *API) refreshed(v ChannelView, err error) (ChannelView, error) {
	if err == nil && a.Refresh != nil {
		a.Refresh(v.ID)
	}
	return v, err
}

func (a *API) createChannel(ctx context.Context, in *createChannelInput) (*Out[ChannelView], error) {
	return answer(a.refreshed(inCompany(ctx, a, func(tx db.CompanyTx) (ChannelView, error) {
		c, err := channel.Create(ctx, tx, actor(ctx), a.adapter(in.Body.Kind), a.Open,
			channel.Draft{Kind: in.Body.Kind, Name: in.Body.Name, Bot: in.Body.Bot, Settings: json.RawMessage(in.Body.Settings.ChannelSettings), Values: in.Body.Values})
		return a.shown(ctx, c), err
	})))
}

// ChannelPath names a channel.
type ChannelPath struct {
	ID id.Channel `path:"id" format:"uuid"`
}

func (a *API) getChannel(ctx context.Context, in *ChannelPath) (*Out[ChannelView], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (ChannelView, error) {
		c, err := channel.Get(ctx, tx, in.ID)
		return a.shown(ctx, c), err
	}))
}

type updateChannelInput struct {
	ChannelPath
	Body struct {
		Name     *string           `json:"name,omitempty" minLength:"1" maxLength:"120"`
		Enabled  *bool             `json:"enabled,omitempty"`
		Bot      *string           `json:"bot_id,omitempty" maxLength:"36" doc:"Empty takes the bot away"`
		Settings SettingsChange    `json:"settings,omitempty" required:"false" doc:"Of a webchat: those not named stay, and null gives back the default"`
		Values   map[string]string `json:"values,omitempty" required:"false" maxProperties:"50" doc:"Those not named stay; an empty secret stays too"`
	}
}

func (a *API) updateChannel(ctx context.Context, in *updateChannelInput) (*Out[ChannelView], error) {
	p := channel.Patch{Name: in.Body.Name, Enabled: in.Body.Enabled, Settings: json.RawMessage(in.Body.Settings.ChannelSettings), Values: in.Body.Values}
	if in.Body.Bot != nil {
		var bot id.Bot
		if err := bot.UnmarshalText([]byte(*in.Body.Bot)); err != nil {
			return nil, errs.New(errs.Invalid, "id.invalid").At("bot_id")
		}
		p.Bot = &bot
	}
	return answer(a.refreshed(inCompany(ctx, a, func(tx db.CompanyTx) (ChannelView, error) {
		c, err := channel.Update(ctx, tx, actor(ctx), a.adapter, a.Open, in.ID, p)
		return a.shown(ctx, c), err
	})))
}

// ChannelLeft is what a deleted channel leaves behind.
type ChannelLeft struct {
	Device bool `json:"device" doc:"The phone may still list our device: it could not be told for certain"`
}

func (a *API) deleteChannel(ctx context.Context, in *ChannelPath) (*Out[ChannelLeft], error) {
	device, err := a.leave(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (ChannelLeft, error) {
		return ChannelLeft{device}, channel.Delete(ctx, tx, actor(ctx), in.ID)
	}))
}

// Secret is shown once.
type Secret struct {
	Secret string `json:"secret"`
}

func (a *API) createIdentitySecret(ctx context.Context, in *ChannelPath) (*Out[Secret], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (Secret, error) {
		s, err := channel.NewSecret(ctx, tx, actor(ctx), a.Keys, in.ID)
		return Secret{s}, err
	}))
}

func (a *API) restartChannel(ctx context.Context, in *ChannelPath) (*Out[ChannelView], error) {
	out, err := inCompany(ctx, a, func(tx db.CompanyTx) (ChannelView, error) {
		c, err := channel.Restart(ctx, tx, actor(ctx), in.ID)
		return a.shown(ctx, c), err
	})
	if err == nil {
		a.Changed(auth.From(ctx).Company, inbox.Change{Lane: in.ID})
	}
	return answer(out, err)
}
