// Package sms is a channel of text messages through whatever gateway a company has: any
// that is called over HTTP is described by templates of its address, headers and body, and
// for two of them the templates are at hand. Infobip is a carrier's API; SMS Gate
// (sms-gate.app) sends from the SIM of an Android phone.
//
// Messages are text only. The price is by segments, see Segments.
package sms

import (
	"embed"
	"maps"

	"recado/channels"
)

// Kind is this channel's name.
const Kind channels.Kind = "sms"

// Options are what an Adapter needs. Base, where not nil, is the scheme and host that every
// call goes to in place of the gateway's own; the path stays.
type Options struct {
	HTTP channels.Doer
	Base func(channels.Channel) string
}

// Adapter is the channel. It has no state besides its client.
type Adapter struct {
	http channels.Doer
	base func(channels.Channel) string
}

var (
	_ channels.Adapter    = (*Adapter)(nil)
	_ channels.Describer  = (*Adapter)(nil)
	_ channels.Webhook    = (*Adapter)(nil)
	_ channels.Subscriber = (*Adapter)(nil)
	_ channels.Checker    = (*Adapter)(nil)
	_ channels.Addresser  = (*Adapter)(nil)
)

// New returns an adapter.
func New(o Options) *Adapter { return &Adapter{http: o.HTTP, base: o.Base} }

// Kind implements channels.Adapter.
func (*Adapter) Kind() channels.Kind { return Kind }

// maxText is ten segments of the GSM alphabet as parts of one message. A text that needs
// UCS-2 takes more segments for as many characters.
const maxText = 10 * gsmPart

// lacks is what no text message has, whatever the gateway.
var lacks = map[string]string{
	"inbound/image":         "text messages are text; pictures are MMS, which the gateways do not pass on as such",
	"inbound/audio":         "text messages are text",
	"inbound/voice":         "text messages are text",
	"inbound/video":         "text messages are text",
	"inbound/document":      "text messages are text",
	"inbound/location":      "text messages are text",
	"inbound/contact":       "text messages are text",
	"inbound/press":         "there are no buttons; choices are numbered text",
	"inbound/pick":          "there are no lists; choices are numbered text",
	"inbound/reaction":      "a reaction comes as a text that describes it",
	"inbound/edit":          "a text message cannot be edited",
	"inbound/delete":        "a text message cannot be taken back",
	"inbound/quote":         "a text message quotes none",
	"inbound/own":           "gateways tell only of what was sent through them",
	"inbound/wrong_account": "the address called and its secret say whose the event is",
	"send/template":         "there are no messages to approve beforehand",
	"send/reaction":         "there are no reactions",
	"error/window":          "there is no reply window",
	"fetch":                 "there are no files",
}

// Capabilities implements channels.Adapter.
func (*Adapter) Capabilities(c channels.Channel) channels.Capabilities {
	out := channels.Capabilities{
		MaxText: maxText, Receipts: true, Start: channels.Free,
		Sources: map[string]string{
			"max_text": "https://doc.didww.com/sms/sms-trunks/technical-data/sms-encoding-reference.html",
			"receipts": "https://www.infobip.com/docs/developer-resources/api-fundamentals/message-status-codes",
		},
		Lacks: maps.Clone(lacks),
	}
	gatewayOf(c).capable(&out)
	return out
}

//go:embed texts/*.json
var texts embed.FS

var catalogue = channels.LoadTexts(texts, "texts")

// Describe implements channels.Describer. Fields from method on are for the gateway that we
// have no templates for.
func (*Adapter) Describe() channels.Description {
	header := `[A-Za-z0-9_.\-\[\]]{1,100}`
	return channels.Description{
		Webhook: true,
		Fields: []channels.Field{
			{Key: "preset", Type: "select", Required: true, Options: []string{"infobip", "smsgate", "generic"}, Default: "smsgate"},
			{Key: "sender", Type: "text", Max: 20},
			{Key: "url", Type: "text", Max: 2000},
			{Key: "username", Type: "text"},
			{Key: "password", Type: "secret"},
			{Key: "api_key", Type: "secret"},
			{Key: "hook_token", Type: "text", Generate: true, Pattern: `[A-Za-z0-9_.~\-]{8,200}`},

			{Key: "method", Type: "select", Options: []string{"POST", "GET", "PUT"}, Default: "POST"},
			{Key: "content_type", Type: "select", Options: contentTypes, Default: contentTypes[0]},
			{Key: "headers", Type: "area", Max: 4000},
			{Key: "body", Type: "area", Max: 8000},
			{Key: "success", Type: "text", Pattern: `[0-9]{3}(-[0-9]{3})?( *, *[0-9]{3}(-[0-9]{3})?)*`, Default: "200-299"},
			{Key: "id_path", Type: "text", Pattern: header},
			{Key: "check_url", Type: "text", Max: 2000},
			{Key: "in_from", Type: "text", Pattern: header, Default: "from"},
			{Key: "in_text", Type: "text", Pattern: header, Default: "text"},
			{Key: "in_id", Type: "text", Pattern: header, Default: "id"},
			{Key: "in_time", Type: "text", Pattern: header, Default: "time"},
			{Key: "status_id", Type: "text", Pattern: header, Default: "id"},
			{Key: "status", Type: "text", Pattern: header, Default: "status"},
			{Key: "status_sent", Type: "text", Default: "sent"},
			{Key: "status_delivered", Type: "text", Default: "delivered"},
			{Key: "status_failed", Type: "text", Default: "failed"},
		},
		Texts: catalogue,
	}
}
