// Package messenger is the channel of Facebook pages on the Messenger Platform, and what
// that platform also is for Instagram's professional accounts: the same calls and webhooks
// with other limits. A Product is all that sets the two apart; package instagram has the
// other one.
//
// Our id of a message travels in its metadata, which the platform repeats in the echo of
// the message (webhook message_echoes): an echo that carries it is a receipt, any other was
// written by the company elsewhere.
//
// Sources, seen in 2026, below developers.facebook.com: /docs/graph-api/reference/page/messages
// for the sending call, /documentation/business-messaging/messenger-platform and
// /documentation/business-messaging/instagram-messaging for the rest.
package messenger

import (
	"context"
	"embed"
	"net/http"

	"recado/channels"
	"recado/channels/meta"
)

// Kind is the kind of channel of a Facebook page.
const Kind channels.Kind = "messenger"

// Options are what the adapter needs.
type Options struct {
	HTTP channels.Doer
	// Base is where the Graph API is for a channel, "https://host"; nil means Meta's own.
	Base func(channels.Channel) string
}

// Product is one of the platform's inboxes.
type Product struct {
	Kind   channels.Kind
	Object string // of the webhooks' envelope: "page", "instagram"
	// Linked says that the account belongs to a page and is reached through it: calls name
	// the token's page, "me", and uploads the Object as their platform.
	Linked       bool
	MaxTextBytes int    // of UTF-8, beside Limits.MaxText; 0: no such limit
	Profile      string // fields of a customer's profile
	Limits       channels.Capabilities
	About        channels.Description
}

// Adapter is the channel of one Product. Make it with New.
type Adapter struct {
	product Product
	http    channels.Doer
	graph   meta.Graph
	names   names
}

var (
	_ channels.Adapter      = (*Adapter)(nil)
	_ channels.Describer    = (*Adapter)(nil)
	_ channels.Webhook      = (*Adapter)(nil)
	_ channels.Subscriber   = (*Adapter)(nil)
	_ channels.Checker      = (*Adapter)(nil)
	_ channels.MediaFetcher = (*Adapter)(nil)
	_ channels.Typer        = (*Adapter)(nil)
)

// New returns the channel of Facebook pages.
func New(o Options) *Adapter { return For(page(), o) }

// For returns the channel of a product.
func For(p Product, o Options) *Adapter {
	return &Adapter{
		product: p, http: o.HTTP,
		graph: meta.Graph{HTTP: o.HTTP, Base: o.Base},
	}
}

// Kind implements channels.Adapter.
func (a *Adapter) Kind() channels.Kind { return a.product.Kind }

// Capabilities implements channels.Adapter.
func (a *Adapter) Capabilities(channels.Channel) channels.Capabilities { return a.product.Limits }

// Describe implements channels.Describer.
func (a *Adapter) Describe() channels.Description { return a.product.About }

//go:embed texts
var texts embed.FS

// page is the product of Facebook pages.
func page() Product {
	return Product{
		Kind: Kind, Object: "page", Profile: "first_name,last_name", Limits: limits(),
		About: channels.Description{
			Webhook: true, Official: true,
			Fields: append([]channels.Field{{Key: "page_id", Type: "text", Required: true, Ref: true, Pattern: "[0-9]{5,25}"}}, Secrets()...),
			Texts:  channels.LoadTexts(texts, "texts"),
		},
	}
}

// Secrets are the fields that every product asks for after its account's id.
func Secrets() []channels.Field {
	return []channels.Field{
		{Key: "access_token", Type: "secret", Required: true, Max: 1000},
		{Key: "app_secret", Type: "secret", Required: true, Pattern: "[0-9a-fA-F]{32}"},
		{Key: "verify_token", Type: "text", Generate: true, Max: 100},
	}
}

// node is how calls name the page.
func (a *Adapter) node(c channels.Channel) string {
	if a.product.Linked {
		return "/me"
	}
	return "/" + c.Ref
}

// Typing implements channels.Typer.
func (a *Adapter) Typing(ctx context.Context, c channels.Channel, to, _ string) error {
	return a.act(ctx, c, to, "typing_on")
}

// Seen implements channels.Typer. The platform marks all there is.
func (a *Adapter) Seen(ctx context.Context, c channels.Channel, to, _ string) error {
	return a.act(ctx, c, to, "mark_seen")
}

func (a *Adapter) act(ctx context.Context, c channels.Channel, to, action string) error {
	return a.graph.Call(ctx, c, http.MethodPost, a.node(c)+"/messages", call{Recipient: person{to}, Action: action}, nil)
}
