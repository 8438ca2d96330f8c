// Package twilio is two channels over Twilio's Programmable Messaging: WhatsApp and SMS.
//
// Both speak the same REST API (2010-04-01, HTTP basic with account SID and auth token) and
// the same webhooks (a form, signed with the auth token); they differ in what a message can
// be. What Twilio cannot send as a plain message - buttons, lists, places, templates - it
// sends as a Content, which is made beforehand; see session.go.
//
// Twilio takes no id of ours and has no idempotency key for messages. Our id travels in the
// query of the status callback instead, so that a message whose acceptance was lost is still
// known by its first status.
//
// Sources, seen in 2026: www.twilio.com/docs/messaging/api/message-resource,
// /docs/messaging/guides/webhook-request, /docs/usage/webhooks/webhooks-security,
// /docs/content/content-api-resources, /docs/whatsapp/api/typing-indicators-resource.
package twilio

import (
	"context"
	"embed"
	"errors"
	"net/url"
	"regexp"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
)

// The kinds of channel.
const (
	KindWhatsApp channels.Kind = "twilio_whatsapp"
	KindSMS      channels.Kind = "twilio_sms"
)

// Options are what both channels need.
type Options struct {
	HTTP channels.Doer
	// Base is where Twilio's API is for a channel, "https://host", one for all of its hosts;
	// nil means Twilio's own.
	Base func(channels.Channel) string
}

// WhatsApp is the channel of WhatsApp senders registered with Twilio.
type WhatsApp struct {
	line
	shelf shelf
}

// SMS is the channel of Twilio's phone numbers.
type SMS struct{ line }

// line is what both channels do alike.
type line struct {
	Options
	kind   channels.Kind
	prefix string // of addresses on the wire: "whatsapp:+34600000001"
}

var (
	_ channels.Adapter      = (*WhatsApp)(nil)
	_ channels.Describer    = (*WhatsApp)(nil)
	_ channels.Webhook      = (*WhatsApp)(nil)
	_ channels.Checker      = (*WhatsApp)(nil)
	_ channels.MediaFetcher = (*WhatsApp)(nil)
	_ channels.Typer        = (*WhatsApp)(nil)
	_ channels.Templater    = (*WhatsApp)(nil)
	_ channels.Addresser    = (*WhatsApp)(nil)

	_ channels.Adapter      = (*SMS)(nil)
	_ channels.Describer    = (*SMS)(nil)
	_ channels.Webhook      = (*SMS)(nil)
	_ channels.Checker      = (*SMS)(nil)
	_ channels.MediaFetcher = (*SMS)(nil)
	_ channels.Addresser    = (*SMS)(nil)
)

// NewWhatsApp returns the WhatsApp channel.
func NewWhatsApp(o Options) *WhatsApp {
	return &WhatsApp{line: line{o, KindWhatsApp, "whatsapp:"}}
}

// NewSMS returns the SMS channel.
func NewSMS(o Options) *SMS { return &SMS{line{o, KindSMS, ""}} }

// Kind implements channels.Adapter.
func (l *line) Kind() channels.Kind { return l.kind }

//go:embed texts
var texts embed.FS

// Describe implements channels.Describer.
func (*WhatsApp) Describe() channels.Description { return describe("texts/whatsapp") }

// Describe implements channels.Describer.
func (*SMS) Describe() channels.Description { return describe("texts/sms") }

func describe(dir string) channels.Description {
	return channels.Description{
		Webhook: true, Official: true,
		Fields: []channels.Field{
			{Key: "account_sid", Type: "text", Required: true, Pattern: "AC[0-9a-fA-F]{32}"},
			{Key: "auth_token", Type: "secret", Required: true, Pattern: "[0-9A-Za-z]{32}"},
			{Key: "from", Type: "phone", Required: true, Ref: true},
			{Key: "messaging_service_sid", Type: "text", Pattern: "MG[0-9a-fA-F]{32}"},
		},
		Texts: channels.LoadTexts(texts, dir),
	}
}

// Send implements channels.Adapter.
func (a *WhatsApp) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	if err := m.Content.Check(); err != nil {
		return channels.Sent{}, unfit(err.Error())
	}
	v := a.form(c, m)
	var key string // of the Content used, on the shelf
	var err error
	switch m.Content.Type {
	case chat.Text:
		err = setBody(v, m.Content.Text)
	case chat.Image, chat.Audio, chat.Video, chat.Document:
		err = setMedia(v, m, a.Capabilities(c).Media)
	case chat.Buttons, chat.ListMenu, chat.LocationMsg:
		key, err = a.setSession(ctx, c, m.Content, v)
	case chat.TemplateMsg:
		key, err = a.setTemplate(ctx, c, *m.Content.Template, v)
	default:
		err = unfit("Twilio's WhatsApp carries no " + string(m.Content.Type))
	}
	if err != nil {
		return channels.Sent{}, err
	}
	sent, err := a.deliver(ctx, c, v)
	if e := (*errs.Send)(nil); key != "" && errors.As(err, &e) && e.Class == errs.Permanent {
		// The Content may have been deleted in Twilio's console: the next one looks anew.
		a.shelf.forget(key)
	}
	return sent, err
}

// Send implements channels.Adapter.
func (a *SMS) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	if m.Content.Type != chat.Text {
		return channels.Sent{}, unfit("an SMS is text")
	}
	v := a.form(c, m)
	if err := setBody(v, m.Content.Text); err != nil {
		return channels.Sent{}, err
	}
	return a.deliver(ctx, c, v)
}

// noPhone are the identities that are no phone numbers: WhatsApp's ids of those who show none,
// and the short codes of SMS.
var noPhone = regexp.MustCompile(`^([A-Z]{2}\.[A-Za-z0-9.]{1,140}|[0-9]{3,8})$`)

// Addresses implements channels.Addresser.
func (l *line) Addresses(written string) (out []string) {
	switch n, ok := channels.Phone(written); {
	case noPhone.MatchString(written):
		return []string{written}
	case ok && l.kind == KindSMS:
		return []string{n}
	}
	for _, n := range channels.WhatsAppNumbers(written) {
		out = append(out, "+"+n)
	}
	return out
}

// form is what every message has.
func (l *line) form(c channels.Channel, m channels.Outgoing) url.Values {
	v := url.Values{"To": {l.prefix + m.To}, "From": {l.prefix + c.Value("from")}}
	if s := c.Value("messaging_service_sid"); s != "" {
		v.Set("MessagingServiceSid", s)
	}
	if c.Hook != "" {
		v.Set("StatusCallback", callback(c.Hook, m.ID))
	}
	return v
}
