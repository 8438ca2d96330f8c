package api

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"recado/channels"
	"recado/internal/auth"
)

func (a *API) channelKinds() {
	add(a, operation{ID: "listChannelKinds", Method: "GET", Path: "/channel-kinds", Tag: "Channels",
		Needs:   auth.Permission{Module: auth.Channels, Level: auth.Read},
		Summary: "List the kinds of channel that can be connected", Description: "With what each can carry and what to ask for. Official ones come first."}, a.listChannelKinds)
}

// ChannelKind is a kind of channel: what it can carry, what to ask its owner for, and the
// words for that in the reader's language.
type ChannelKind struct {
	Kind         channels.Kind         `json:"kind"`
	Name         string                `json:"name"`
	About        string                `json:"about"`
	Risk         string                `json:"risk,omitempty" doc:"What the owner must know before connecting it"`
	Official     bool                  `json:"official" doc:"The platform's own interface for companies"`
	Webhook      bool                  `json:"webhook" doc:"The owner gives our address to the platform"`
	Link         []string              `json:"link" nullable:"false" enum:"qr,code" doc:"Ways to link a phone"`
	Fields       []ChannelField        `json:"fields" nullable:"false"`
	Steps        []string              `json:"steps" nullable:"false" doc:"How to set it up"`
	Errors       map[string]string     `json:"errors" doc:"What the platform's error codes mean, by code"`
	Can          ChannelAbilities      `json:"can"`
	Capabilities channels.Capabilities `json:"capabilities"`
}

// ChannelField is one thing to ask for.
type ChannelField struct {
	channels.Field
	Label string `json:"label"`
	Help  string `json:"help,omitempty"`
}

// ChannelAbilities says which buttons make sense.
type ChannelAbilities struct {
	Check     bool `json:"check"`
	Subscribe bool `json:"subscribe" doc:"Our address can be given to the platform by itself"`
	Templates bool `json:"templates"`
	Session   bool `json:"session"`
}

func described(ad channels.Adapter) bool {
	d, ok := ad.(channels.Describer)
	return ok && len(d.Describe().Fields) > 0
}

func (a *API) listChannelKinds(ctx context.Context, _ *struct{}) (*Out[List[ChannelKind]], error) {
	var out []ChannelKind
	for _, ad := range a.Adapters {
		out = append(out, kindOf(ad, scopeOf(ctx).lang))
	}
	slices.SortStableFunc(out, func(x, y ChannelKind) int {
		switch {
		case x.Official == y.Official:
			return 0
		case x.Official:
			return -1
		}
		return 1
	})
	return answer(listOf(out, nil))
}

func kindOf(ad channels.Adapter, lang string) ChannelKind {
	k := ChannelKind{Kind: ad.Kind(), Name: string(ad.Kind()), Link: []string{}, Fields: []ChannelField{}, Steps: []string{}, Errors: map[string]string{},
		Capabilities: ad.Capabilities(channels.Channel{Kind: ad.Kind(), Settings: json.RawMessage("{}")})}
	if k.Capabilities.Media == nil {
		k.Capabilities.Media = map[string]int64{}
	}
	_, k.Webhook = ad.(channels.Webhook)
	_, k.Can.Check = ad.(channels.Checker)
	_, k.Can.Subscribe = ad.(channels.Subscriber)
	_, k.Can.Templates = ad.(channels.Templater)
	_, k.Can.Session = ad.(channels.Session)
	d, ok := ad.(channels.Describer)
	if !ok {
		return k
	}
	is := d.Describe()
	words := is.Texts[lang]
	k.Official, k.Name, k.About, k.Risk = is.Official, words["name"], words["about"], words["risk"]
	k.Link = append(k.Link, is.Link...)
	for _, f := range is.Fields {
		k.Fields = append(k.Fields, ChannelField{f, words["field."+f.Key], words["help."+f.Key]})
	}
	for i := 1; words["step."+strconv.Itoa(i)] != ""; i++ {
		k.Steps = append(k.Steps, words["step."+strconv.Itoa(i)])
	}
	lacks := map[string]string{}
	for name, reason := range k.Capabilities.Lacks {
		lacks[name] = cmp.Or(words["lacks."+name], reason)
	}
	k.Capabilities.Lacks = lacks
	for key, text := range words {
		if code, ok := strings.CutPrefix(key, "error."); ok {
			k.Errors[code] = text
		}
	}
	return k
}
