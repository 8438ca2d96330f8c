// Package instagram is the channel of Instagram's professional accounts over the Messenger
// Platform ("Instagram API with Facebook login"): the account is linked to a Facebook page,
// whose token reaches it. Calls and webhooks are those of package messenger; what is here
// is what Instagram can and cannot carry.
package instagram

import (
	"embed"
	"time"

	"recado/channels"
	"recado/channels/messenger"
)

// Kind is the kind of channel.
const Kind channels.Kind = "instagram"

// Documentation the limits are from, as it stood in 2026.
const (
	docs       = "https://developers.facebook.com/documentation/business-messaging/instagram-messaging/"
	docSend    = docs + "features/send-message"      // 2 Jul 2026
	docUpload  = docs + "features/attachment-upload" // 1 Apr 2026
	docActions = docs + "features/sender-actions"
	docEvents  = docs + "webhooks"
	docFields  = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events"
	docReplies = "https://developers.facebook.com/docs/messenger-platform/instagram/features/quick-replies"
	docButtons = "https://developers.facebook.com/docs/instagram-messaging/button-template"
	docGeneric = "https://developers.facebook.com/docs/instagram-messaging/generic-template"
	docCall    = "https://developers.facebook.com/docs/graph-api/reference/page/messages"
	docPolicy  = "https://developers.facebook.com/docs/messenger-platform/policy"
	docStart   = "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api/"

	onlyAsAudio = "recordings and audio files come as one type, audio, and are taken for recordings: " + docEvents
	noSuchEvent = "the webhook has no such event: " + docEvents
)

// Options are what the adapter needs.
type Options = messenger.Options

// New returns the channel.
func New(o Options) *messenger.Adapter { return messenger.For(product(), o) }

//go:embed texts
var texts embed.FS

func product() messenger.Product {
	return messenger.Product{
		Kind: Kind, Object: "instagram", Linked: true, MaxTextBytes: 1000, Profile: "name,username", Limits: limits(),
		About: channels.Description{
			Webhook: true, Official: true,
			Fields: append([]channels.Field{{Key: "account_id", Type: "text", Required: true, Ref: true, Pattern: "[0-9]{5,25}"}}, messenger.Secrets()...),
			Texts:  channels.LoadTexts(texts, "texts"),
		},
	}
}

const mebibyte = 1 << 20

// limits are those of an Instagram account. Instagram counts a text's bytes, 1,000, where
// Capabilities count characters: 800 leave room for 66 emojis or 200 accents, and a text
// with more is refused before the call.
func limits() channels.Capabilities {
	return channels.Capabilities{
		MaxText: 800, MaxButtons: 13, MaxButtonLabel: 20, MaxButtonText: 640, MaxLinkButtons: 3, MaxProducts: 9,
		Media: map[string]int64{
			"image/jpeg": 8 * mebibyte, "image/png": 8 * mebibyte, "image/gif": 8 * mebibyte,
			"audio/aac": 25 * mebibyte, "audio/mp4": 25 * mebibyte, "audio/x-m4a": 25 * mebibyte, "audio/wav": 25 * mebibyte,
			"video/mp4": 25 * mebibyte, "video/ogg": 25 * mebibyte, "video/x-msvideo": 25 * mebibyte, "video/quicktime": 25 * mebibyte, "video/webm": 25 * mebibyte,
			"application/pdf": 25 * mebibyte,
		},
		Voice: true, Quotes: true, Typing: true, Receipts: true,
		ReplyWindow: 24 * time.Hour, HumanWindow: 7 * 24 * time.Hour, Start: channels.OnlyToAnswer,
		Sources: map[string]string{
			"max_text": docSend, "max_buttons": docReplies, "max_button_label": docReplies, "max_button_text": docButtons,
			"max_link_buttons": docButtons, "max_products": docGeneric, "media": docUpload, "voice": docSend, "reactions": docSend,
			"quotes": docCall, "typing": docActions, "receipts": docEvents, "reply_window": docPolicy, "human_window": docPolicy, "start": docStart,
		},
		Lacks: map[string]string{
			"inbound/audio": onlyAsAudio, "inbound/location": noSuchEvent, "inbound/contact": noSuchEvent,
			"inbound/edit":  "edits are told of Messenger conversations only: " + docFields,
			"inbound/pick":  "Instagram has no lists; one goes out as numbered text",
			"send/reaction": "of all reactions Instagram takes only a heart from a company: " + docSend,
			"send/template": "nothing is approved beforehand",
		},
	}
}
