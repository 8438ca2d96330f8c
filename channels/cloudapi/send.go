package cloudapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"recado/channels"
	"recado/channels/meta"
	"recado/internal/chat"
	"recado/internal/errs"
)

// outgoing is the body of POST /{phone}/messages (message-api reference, v26.0).
type outgoing struct {
	Product       string         `json:"messaging_product"`
	RecipientType string         `json:"recipient_type"`
	To            string         `json:"to,omitempty"`        // a phone number
	Recipient     string         `json:"recipient,omitempty"` // a business-scoped user id
	Type          string         `json:"type"`
	Context       *quote         `json:"context,omitempty"`
	Text          *textPart      `json:"text,omitempty"`
	Image         *mediaPart     `json:"image,omitempty"`
	Audio         *mediaPart     `json:"audio,omitempty"`
	Video         *mediaPart     `json:"video,omitempty"`
	Document      *mediaPart     `json:"document,omitempty"`
	Location      *chat.Location `json:"location,omitempty"` // ours has Meta's four names
	Contacts      []contactPart  `json:"contacts,omitempty"`
	Interactive   *interactive   `json:"interactive,omitempty"`
	Template      *templatePart  `json:"template,omitempty"`
	Reaction      *reactionPart  `json:"reaction,omitempty"`
	Opaque        string         `json:"biz_opaque_callback_data"` // our id: comes back with every status
}

type quote struct {
	Message string `json:"message_id"`
}

type textPart struct {
	Body    string `json:"body"`
	Preview bool   `json:"preview_url,omitempty"`
}

type mediaPart struct {
	ID      string `json:"id,omitempty"`
	Link    string `json:"link,omitempty"`
	Caption string `json:"caption,omitempty"`
	Name    string `json:"filename,omitempty"`
	Voice   bool   `json:"voice,omitempty"`
}

type contactPart struct {
	Name struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
	} `json:"name"`
	Phones []phonePart `json:"phones,omitempty"`
	Emails []emailPart `json:"emails,omitempty"`
}

type phonePart struct {
	Phone string `json:"phone"`
}

type emailPart struct {
	Email string `json:"email"`
}

type reactionPart struct {
	Message string `json:"message_id"`
	Emoji   string `json:"emoji"`
}

type templatePart struct {
	Name     string `json:"name"`
	Language struct {
		Code string `json:"code"`
	} `json:"language"`
	Components []templateValues `json:"components,omitempty"`
}

type templateValues struct {
	Type       string          `json:"type"`
	Parameters []templateValue `json:"parameters"`
}

type templateValue struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// bsuid is a business-scoped user id: a country and up to 128 letters and digits. Sent as
// "to", Meta would take it for a number and drop the message without a word.
var bsuid = regexp.MustCompile(`^[A-Z]{2}\.[A-Za-z0-9.]{1,140}$`)

// waID is a number as WhatsApp has it.
var waID = regexp.MustCompile(`^[1-9][0-9]{6,14}$`)

// Addresses implements channels.Addresser.
func (*Adapter) Addresses(written string) []string {
	if waID.MatchString(written) || bsuid.MatchString(written) {
		return []string{written}
	}
	return channels.WhatsAppNumbers(written)
}

// Send implements channels.Adapter. A file is uploaded first; only the second call sends.
func (a *Adapter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	out := outgoing{Product: "whatsapp", RecipientType: "individual", Opaque: m.ID.String()}
	if bsuid.MatchString(m.To) {
		out.Recipient = m.To
	} else {
		out.To = m.To
	}
	if m.Refs.Quote != "" {
		out.Context = &quote{m.Refs.Quote}
	}
	if err := out.fill(m); err != nil {
		return channels.Sent{}, err
	}
	if part := out.file(m.Content.Type); part != nil {
		id, err := a.upload(ctx, c, m)
		if err != nil {
			return channels.Sent{}, err
		}
		part.ID = id
	}
	var got struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
	}
	if err := a.graph.Call(ctx, c, http.MethodPost, "/"+c.Ref+"/messages", out, &got); err != nil {
		return channels.Sent{}, err
	}
	if len(got.Messages) == 0 || got.Messages[0].ID == "" {
		return channels.Sent{}, &errs.Send{Op: "send", Class: errs.Retryable, MaybeSent: true, Code: "no_id", Err: errors.New("accepted without a message id")}
	}
	return channels.Sent{ProviderID: got.Messages[0].ID, State: chat.Sent}, nil
}

// fill writes a content; what has no form on this channel is unfit.
func (o *outgoing) fill(m channels.Outgoing) error {
	c := m.Content
	switch c.Type {
	case chat.Text:
		o.Type, o.Text = "text", &textPart{Body: c.Text, Preview: strings.Contains(c.Text, "https://")}
	case chat.Image:
		o.Type, o.Image = "image", &mediaPart{Caption: c.Text}
	case chat.Video:
		o.Type, o.Video = "video", &mediaPart{Caption: c.Text}
	case chat.Document:
		o.Type, o.Document = "document", &mediaPart{Caption: c.Text, Name: c.Media.Name}
	case chat.Audio, chat.Voice:
		if c.Text != "" {
			return unfit("a recording has no caption here")
		}
		voice := c.Type == chat.Voice && strings.HasPrefix(c.Media.MIME, "audio/ogg")
		o.Type, o.Audio = "audio", &mediaPart{Voice: voice}
	case chat.LocationMsg:
		o.Type, o.Location = "location", c.Location
	case chat.ContactCard:
		o.Type, o.Contacts = "contacts", []contactPart{contact(*c.Contact)}
	case chat.Buttons:
		o.Type, o.Interactive = "interactive", buttons(c)
	case chat.ListMenu:
		o.Type, o.Interactive = "interactive", list(c)
	case chat.Products:
		return o.product(c)
	case chat.TemplateMsg:
		o.Type, o.Template = "template", fillTemplate(*c.Template)
	case chat.ReactionMsg:
		if m.Refs.React == "" {
			return unfit("the message to react to is not known to WhatsApp")
		}
		o.Type, o.Reaction, o.Context = "reaction", &reactionPart{m.Refs.React, c.Reaction.Emoji}, nil
	default:
		return unfit("WhatsApp has no " + string(c.Type))
	}
	return nil
}

// file is the part that waits for an uploaded file.
func (o *outgoing) file(t chat.Type) *mediaPart {
	switch t {
	case chat.Image:
		return o.Image
	case chat.Audio, chat.Voice:
		return o.Audio
	case chat.Video:
		return o.Video
	case chat.Document:
		return o.Document
	}
	return nil
}

func (a *Adapter) upload(ctx context.Context, c channels.Channel, m channels.Outgoing) (id string, err error) {
	media := m.Content.Media
	r, err := m.Open(ctx)
	if err != nil {
		return "", &errs.Send{Op: "open file", Class: errs.Retryable, Code: "file", Err: err}
	}
	defer r.Close()
	var got struct {
		ID string `json:"id"`
	}
	fields := map[string]string{"messaging_product": "whatsapp", "type": media.MIME}
	name := cmp.Or(media.Name, "file")
	if err := a.graph.Upload(ctx, c, "/"+c.Ref+"/media", fields, meta.File{Part: "file", Name: name, MIME: media.MIME, Bytes: r}, &got); err != nil {
		return "", err
	}
	if got.ID == "" {
		return "", &errs.Send{Op: "upload", Class: errs.Retryable, Code: "no_id", Err: errors.New("uploaded without a media id")}
	}
	return got.ID, nil
}

func contact(c chat.Card) contactPart {
	var out contactPart
	out.Name.Formatted, out.Name.First = c.Name, c.Name // one part beside the formatted name is required
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, phonePart{p})
	}
	for _, e := range c.Emails {
		out.Emails = append(out.Emails, emailPart{e})
	}
	return out
}

func fillTemplate(t chat.Template) *templatePart {
	out := &templatePart{Name: t.Name}
	out.Language.Code = t.Language
	if len(t.Params) > 0 {
		body := templateValues{Type: "body"}
		for _, p := range t.Params {
			// Meta refuses line breaks, tabs and more than four spaces in a row.
			body.Parameters = append(body.Parameters, templateValue{"text", strings.Join(strings.Fields(p), " ")})
		}
		out.Components = []templateValues{body}
	}
	return out
}

func unfit(why string) error {
	return &errs.Send{Op: "send", Class: errs.Permanent, Code: "unfit", Err: errors.New(why)}
}
