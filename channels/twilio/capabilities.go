package twilio

import (
	"time"

	"recado/channels"
)

// Documentation the limits are from, as it stood in 2026.
const (
	docMessage    = "https://www.twilio.com/docs/api/errors/21658" // Body: 1,600 characters
	docQuickReply = "https://www.twilio.com/docs/content/twilio-quick-reply"
	docListPicker = "https://www.twilio.com/docs/content/twiliolist-picker"
	docLocation   = "https://www.twilio.com/docs/content/twilio-location"
	docMedia      = "https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages"
	docWindow     = "https://www.twilio.com/docs/api/errors/63016"
	docTyping     = "https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource"
	docStatus     = "https://www.twilio.com/docs/messaging/guides/track-outbound-message-status"
	docWebhook    = "https://www.twilio.com/docs/messaging/guides/webhook-request"
	docContent    = "https://www.twilio.com/docs/content/content-types-overview"
)

const mebibyte = 1 << 20

// maxText is the most characters of a Body, on both channels.
const maxText = 1600

// Why cases of the suite do not exist.
const (
	noWord    = "Twilio's webhooks have no such event: " + docWebhook
	onlyPhone = "the company has no app of its own beside Twilio's API"
)

// Capabilities implements channels.Adapter.
//
// Captions are zero although pictures could have one: Twilio drops the text that goes with
// a document or an audio file, and a text of its own is never lost. Link buttons need an
// approved template ("twilio/call-to-action"), so they stay in the text. A quoted message
// and a reaction cannot be sent: the Messages resource has no field for them. A sender takes
// 80 messages a second; beyond that they queue at Twilio (www.twilio.com/docs/api/errors/63018).
func (*WhatsApp) Capabilities(channels.Channel) channels.Capabilities {
	return channels.Capabilities{
		MaxText: maxText, MaxButtons: 3, MaxButtonLabel: 20, MaxButtonText: 1024,
		MaxListRows: 10, MaxRowTitle: 24, MaxRowText: 72, MaxListOpen: 20,
		Media: map[string]int64{
			"image/jpeg": 5 * mebibyte, "image/png": 5 * mebibyte,
			"audio/ogg": 16 * mebibyte, "audio/amr": 16 * mebibyte, "audio/3gpp": 16 * mebibyte,
			"audio/aac": 16 * mebibyte, "audio/mpeg": 16 * mebibyte,
			"video/mp4": 16 * mebibyte, "application/pdf": 16 * mebibyte, "application/msword": 16 * mebibyte,
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   16 * mebibyte,
			"application/vnd.openxmlformats-officedocument.presentationml.presentation": 16 * mebibyte,
			"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         16 * mebibyte,
		},
		Locations: true, Templates: true, Typing: true, Receipts: true,
		ReplyWindow: 24 * time.Hour, Start: channels.ByTemplate,
		Sources: map[string]string{
			"max_text": docMessage, "max_caption": docMedia, "media": docMedia,
			"max_buttons": docQuickReply, "max_button_label": docQuickReply, "max_button_text": docQuickReply,
			"max_list_rows": docListPicker, "max_row_title": docListPicker, "max_row_text": docListPicker, "max_list_open": docListPicker,
			"max_link_buttons": docContent, "locations": docLocation, "templates": docWindow, "reply_window": docWindow, "start": docWindow,
			"typing": docTyping, "receipts": docStatus,
		},
		Lacks: map[string]string{
			"inbound/reaction": noWord, "inbound/edit": noWord, "inbound/delete": noWord,
			"inbound/contact": "Twilio passes a shared contact on as a file, text/vcard; it is shown as a document: " + docMedia,
			"inbound/own":     onlyPhone,
			"send/reaction":   "the Messages resource has no field for the message reacted to",
		},
	}
}

// Capabilities implements channels.Adapter.
//
// Files go as a link: MMS exists in few countries, and a refusal would come only after the
// fact. Twilio itself cuts a text into segments and tells one status for all of them.
func (*SMS) Capabilities(channels.Channel) channels.Capabilities {
	return channels.Capabilities{
		MaxText: maxText, Receipts: true, Start: channels.Free,
		Sources: map[string]string{"max_text": docMessage, "receipts": docStatus},
		Lacks: map[string]string{
			"inbound/press": noWord, "inbound/pick": noWord, "inbound/reaction": noWord, "inbound/edit": noWord, "inbound/delete": noWord,
			"inbound/quote": noWord, "inbound/location": noWord,
			"inbound/voice":   "a recording comes as any audio file of an MMS",
			"inbound/contact": "an MMS carries a contact as a file, text/vcard; it is shown as a document",
			"inbound/own":     onlyPhone,
			"send/reaction":   "SMS knows no reactions", "send/template": "SMS has no templates to approve",
			"error/window": "SMS has no reply window",
		},
	}
}
