// Package telegram is the channel of a Telegram bot, over the Bot API's webhooks.
//
// A bot answers people who wrote to it first, and in private chats only: what is said in
// groups is left alone. Telegram tells a bot neither that a message was delivered or read
// nor that one was deleted. Shapes and limits are those of the Bot API's manual,
// https://core.telegram.org/bots/api, as of version 9.4.
package telegram

import (
	"embed"

	"recado/channels"
)

// Kind is this channel's name.
const Kind channels.Kind = "telegram"

// Options are what an Adapter needs. Base is the address of the Bot API for a channel,
// without a path; nil means Telegram's own.
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
	_ channels.Adapter      = (*Adapter)(nil)
	_ channels.Describer    = (*Adapter)(nil)
	_ channels.Webhook      = (*Adapter)(nil)
	_ channels.Subscriber   = (*Adapter)(nil)
	_ channels.Checker      = (*Adapter)(nil)
	_ channels.MediaFetcher = (*Adapter)(nil)
	_ channels.Typer        = (*Adapter)(nil)
)

// New returns an adapter.
func New(o Options) *Adapter {
	if o.Base == nil {
		o.Base = func(channels.Channel) string { return "https://api.telegram.org" }
	}
	return &Adapter{http: o.HTTP, base: o.Base}
}

// Kind implements channels.Adapter.
func (*Adapter) Kind() channels.Kind { return Kind }

const (
	manual = "https://core.telegram.org/bots/api"
	faq    = "https://core.telegram.org/bots/faq"

	maxText    = 4096
	maxCaption = 1024
	maxChoice  = 64 // bytes of callback_data
	maxButtons = 10 // ours: more, one below the other, push the message off the screen
	photoSize  = 10 << 20
	fileSize   = 50 << 20
)

// Capabilities implements channels.Adapter. Telegram publishes no exact pace: about one
// message a second to a chat and thirty a second in all (the FAQ), with 429 and retry_after
// beyond; paid broadcasts up to a thousand a second are not used.
func (*Adapter) Capabilities(channels.Channel) channels.Capabilities {
	return channels.Capabilities{
		MaxText: maxText, MaxCaption: maxCaption,
		MaxButtons: maxButtons, MaxLinkButtons: maxButtons, MixButtons: true,
		MaxProducts: 1,
		Media: map[string]int64{
			"image/jpeg": photoSize, "image/png": photoSize, "image/webp": photoSize,
			"*/*": fileSize,
		},
		Voice: true, Locations: true, Contacts: true, Reactions: true, Quotes: true, Typing: true,
		Start: channels.OnlyToAnswer,
		Sources: map[string]string{
			"max_text":    manual + "#sendmessage",
			"max_caption": manual + "#sendphoto",
			"max_buttons": manual + "#inlinekeyboardbutton",
			"media":       manual + "#sending-files",
			"start":       faq,
		},
		Lacks: map[string]string{
			"inbound/pick":               "an inline keyboard has buttons only; a list is sent as numbered text",
			"inbound/delete":             "the Bot API does not tell that a person deleted a message",
			"inbound/own":                "a bot has no app in which the company could write",
			"inbound/receipts":           "the Bot API tells neither delivery nor reading",
			"inbound/bad_signature/body": "the secret token is a header of its own and covers no body",
			"inbound/wrong_account":      "the address called and its secret say whose the event is; an update names no bot",
			"send/template":              "there are no messages to approve beforehand",
			"error/window":               "there is no reply window",
		},
	}
}

//go:embed texts/*.json
var texts embed.FS

var catalogue = channels.LoadTexts(texts, "texts")

// Describe implements channels.Describer. The webhook is set by Subscribe, so the owner has
// nothing to copy but the token.
func (*Adapter) Describe() channels.Description {
	return channels.Description{
		Official: true,
		Fields: []channels.Field{
			{Key: "token", Type: "secret", Required: true, Pattern: `[0-9]{5,20}:[A-Za-z0-9_-]{30,100}`, Max: 121},
			{Key: "username", Type: "text", Pattern: `@?[A-Za-z][A-Za-z0-9_]{3,31}`, Max: 33},
			{Key: "secret_token", Type: "secret", Generate: true, Pattern: `[A-Za-z0-9_-]{1,256}`, Max: 256},
		},
		Texts: catalogue,
	}
}
