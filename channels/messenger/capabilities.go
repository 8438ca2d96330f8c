package messenger

import (
	"time"

	"recado/channels"
)

// Documentation the limits are from, as it stood in 2026.
const (
	docSend      = "https://developers.facebook.com/docs/messenger-platform/reference/send-api"
	docMessages  = "https://developers.facebook.com/docs/graph-api/reference/page/messages"
	docReplies   = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/quick-replies"
	docButtons   = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/button"
	docGeneric   = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/template/generic"
	docUpload    = "https://developers.facebook.com/docs/messenger-platform/reference/attachment-upload-api"
	docActions   = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/sender-actions"
	docReads     = "https://developers.facebook.com/docs/messenger-platform/webhook-reference/message-read"
	docIncoming  = "https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages"
	docSending   = "https://developers.facebook.com/docs/messenger-platform/send-messages"
	docBusiness  = "https://developers.facebook.com/docs/messenger-platform/policy"
	onlyAsAudio  = "recordings and audio files come as one type, audio, and are taken for recordings: " + docIncoming
	noSuchEvent  = "the webhook has no such event: " + docIncoming
	noTemplates  = "nothing is approved beforehand"
	noListToPick = "the platform has no lists; one goes out as numbered text"
)

// Limits that both products have, for the checks before a call.
const (
	maxTemplateTitle = 80 // of a card, and of its subtitle
	maxButtonTitle   = 20 // of a template's button
	maxCards         = 10
	maxLinks         = 3
)

const mebibyte = 1 << 20

// limits are those of a page. Captions are zero: a file and a text are two messages here.
// A carousel has no text of its own, so its first card carries the words that go above it
// and leaves room for nine products.
func limits() channels.Capabilities {
	return channels.Capabilities{
		MaxText: 2000, MaxButtons: 13, MaxButtonLabel: maxButtonTitle, MaxButtonText: 640, MaxLinkButtons: maxLinks, MaxProducts: maxCards - 1,
		Media: map[string]int64{
			"image/jpeg": 8 * mebibyte, "image/png": 8 * mebibyte, "image/gif": 8 * mebibyte,
			"audio/*": 25 * mebibyte, "video/*": 25 * mebibyte, "*/*": 25 * mebibyte,
		},
		Voice: true, Reactions: true, Quotes: true, Typing: true, Receipts: true,
		ReplyWindow: 24 * time.Hour, HumanWindow: 7 * 24 * time.Hour, Start: channels.OnlyToAnswer,
		Sources: map[string]string{
			"max_text": docSend, "max_buttons": docReplies, "max_button_label": docReplies, "max_button_text": docButtons,
			"max_link_buttons": docButtons, "max_products": docGeneric, "media": docUpload, "voice": docSend, "reactions": docActions,
			"quotes": docMessages, "typing": docActions, "receipts": docReads, "reply_window": docBusiness, "human_window": docBusiness, "start": docSending,
		},
		Lacks: map[string]string{
			"inbound/audio": onlyAsAudio, "inbound/location": noSuchEvent, "inbound/contact": noSuchEvent, "inbound/delete": noSuchEvent,
			"inbound/pick":          noListToPick,
			"inbound/receipts/read": "a page is told up to when everything was read, not which messages: " + docReads,
			"send/template":         noTemplates,
		},
	}
}
