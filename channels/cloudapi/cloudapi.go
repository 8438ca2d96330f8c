// Package cloudapi is WhatsApp over Meta's own Cloud API, for numbers of a WhatsApp Business
// Account (WABA). The channel's Ref is the phone number id.
//
// A person is known by their number (wa_id) as long as Meta tells it, else by their
// business-scoped user id ("MX.1234"); whichever comes second is an alias. Our message id
// travels as biz_opaque_callback_data and comes back with every status, so that a message
// whose acceptance was lost is found again.
package cloudapi

import (
	"context"
	"embed"
	"time"

	"recado/channels"
	"recado/channels/meta"
)

// Kind is this channel's name.
const Kind channels.Kind = "cloudapi"

// Options are what the adapter needs of the outside.
type Options struct {
	HTTP channels.Doer
	Base func(channels.Channel) string // scheme and host of the Graph API; nil: Meta's
}

// Adapter is the channel. It keeps nothing between calls.
type Adapter struct{ graph meta.Graph }

// New makes the adapter.
func New(o Options) *Adapter { return &Adapter{meta.Graph{HTTP: o.HTTP, Base: o.Base}} }

var (
	_ channels.Adapter      = (*Adapter)(nil)
	_ channels.Describer    = (*Adapter)(nil)
	_ channels.Webhook      = (*Adapter)(nil)
	_ channels.Subscriber   = (*Adapter)(nil)
	_ channels.Checker      = (*Adapter)(nil)
	_ channels.MediaFetcher = (*Adapter)(nil)
	_ channels.Typer        = (*Adapter)(nil)
	_ channels.Templater    = (*Adapter)(nil)
	_ channels.Addresser    = (*Adapter)(nil)
)

// Kind implements channels.Adapter.
func (*Adapter) Kind() channels.Kind { return Kind }

//go:embed texts/*.json
var texts embed.FS

var description = channels.Description{
	Fields: []channels.Field{
		{Key: "phone_number_id", Type: "text", Required: true, Ref: true, Pattern: `[0-9]{5,20}`},
		{Key: "waba_id", Type: "text", Required: true, Pattern: `[0-9]{5,20}`},
		{Key: "access_token", Type: "secret", Required: true, Max: 1000},
		{Key: "app_secret", Type: "secret", Required: true, Pattern: `[0-9a-fA-F]{32}`},
		{Key: "verify_token", Type: "text", Generate: true, Max: 100},
	},
	Webhook:  true,
	Official: true,
	Texts:    channels.LoadTexts(texts, "texts"),
}

// Describe implements channels.Describer.
func (*Adapter) Describe() channels.Description { return description }

const (
	docs     = "https://developers.facebook.com/documentation/business-messaging/whatsapp/"
	restated = "https://developer.exotel.com/docs/whatsapp-support/interactive-messages" // Meta's limits in another provider's words

	maxBody     = 1024      // characters above buttons
	maxLabel    = 20        // characters on a button
	maxDocument = 100 << 20 // bytes of the largest file there is
)

// capabilities are Meta's for Graph API v26.0, by the pages in Sources; that
// on media restates Meta's.
var capabilities = channels.Capabilities{
	MaxText: 4096, MaxCaption: 1024,
	MaxButtons: 3, MaxButtonLabel: maxLabel, MaxButtonText: maxBody, MaxLinkButtons: 1,
	MaxListRows: 10, MaxRowTitle: 24, MaxRowText: 72, MaxListOpen: 20,
	MaxProducts: 1,
	Media:       media(),
	Voice:       true, Locations: true, Contacts: true, Reactions: true, Quotes: true, Templates: true, Typing: true, Receipts: true,
	ReplyWindow: 24 * time.Hour, Start: channels.ByTemplate,
	Sources: map[string]string{
		"max_text":         docs + "messages/text-messages/", // 2 Jul 2026
		"max_caption":      restated,
		"max_buttons":      docs + "messages/interactive-reply-buttons-messages", // 21 May 2026
		"max_button_label": restated,
		"max_button_text":  restated,
		"max_link_buttons": docs + "messages/interactive-cta-url-messages/", // 2 Jul 2026
		"max_list_rows":    docs + "messages/interactive-list-messages",
		"max_row_title":    docs + "messages/interactive-list-messages",
		"max_row_text":     docs + "messages/interactive-list-messages",
		"max_list_open":    docs + "messages/interactive-list-messages",
		"max_products":     docs + "messages/interactive-cta-url-messages/", // a product is shown as one
		"media":            "https://help.vtex.com/en/docs/tutorials/supported-media-sending-whatsapp-cloud",
		"typing":           docs + "typing-indicators/",                  // 17 Jun 2026
		"receipts":         docs + "webhooks/reference/messages/status/", // 21 May 2026
		"reply_window":     docs + "support/error-codes",                 // 131047; 15 May 2026
		"start":            docs + "support/error-codes",
	},
}

func media() map[string]int64 {
	const mb = 1 << 20
	out := map[string]int64{}
	for size, types := range map[int64][]string{
		5 * mb:  {"image/jpeg", "image/png"},
		16 * mb: {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "video/mp4", "video/3gpp"},
		maxDocument: {
			"text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
			"application/vnd.openxmlformats-officedocument.presentationml.presentation",
		},
	} {
		for _, t := range types {
			out[t] = size
		}
	}
	return out
}

// Capabilities implements channels.Adapter. They are the same for every number.
func (*Adapter) Capabilities(channels.Channel) channels.Capabilities { return capabilities }

// Typing implements channels.Typer. The sign goes away by itself after 25 seconds; Meta has
// none without the message being read.
func (a *Adapter) Typing(ctx context.Context, c channels.Channel, _, last string) error {
	return a.read(ctx, c, last, &typingIndicator{Type: "text"})
}

// Seen implements channels.Typer.
func (a *Adapter) Seen(ctx context.Context, c channels.Channel, _, last string) error {
	return a.read(ctx, c, last, nil)
}

type typingIndicator struct {
	Type string `json:"type"`
}

func (a *Adapter) read(ctx context.Context, c channels.Channel, last string, typing *typingIndicator) error {
	if last == "" {
		return nil
	}
	return a.graph.Call(ctx, c, "POST", "/"+c.Ref+"/messages", struct {
		Product string           `json:"messaging_product"`
		Status  string           `json:"status"`
		Message string           `json:"message_id"`
		Typing  *typingIndicator `json:"typing_indicator,omitempty"`
	}{"whatsapp", "read", last, typing}, nil)
}
