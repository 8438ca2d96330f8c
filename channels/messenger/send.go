package messenger

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
)

// person is a customer or an account on the wire.
type person struct {
	ID string `json:"id"`
}

// call is the body of POST /{page}/messages: a message, or an action about one.
type call struct {
	Recipient person   `json:"recipient"`
	Type      string   `json:"messaging_type,omitempty"`
	Tag       string   `json:"tag,omitempty"`
	Message   *message `json:"message,omitempty"`
	ReplyTo   *replied `json:"reply_to,omitempty"`
	Action    string   `json:"sender_action,omitempty"`
	Payload   *target  `json:"payload,omitempty"` // of the actions "react" and "unreact"
}

type replied struct {
	MID string `json:"mid"`
}

type target struct {
	Message  string `json:"message_id"`
	Reaction string `json:"reaction,omitempty"`
}

type message struct {
	Text         string       `json:"text,omitempty"`
	QuickReplies []quickReply `json:"quick_replies,omitempty"`
	Attachment   *attachment  `json:"attachment,omitempty"`
	Metadata     string       `json:"metadata,omitempty"` // comes back in the echo
}

type quickReply struct {
	ContentType string `json:"content_type"`
	Title       string `json:"title"`
	Payload     string `json:"payload"`
}

type attachment struct {
	Type    string   `json:"type"` // "image", "audio", "video", "file", "template"
	Payload *payload `json:"payload"`
}

// payload is a file that was uploaded, or a template.
type payload struct {
	AttachmentID string   `json:"attachment_id,omitempty"`
	TemplateType string   `json:"template_type,omitempty"` // "button", "generic"
	Text         string   `json:"text,omitempty"`
	Buttons      []button `json:"buttons,omitempty"`
	Elements     []card   `json:"elements,omitempty"`
}

type button struct {
	Type    string `json:"type"` // "web_url", "postback"
	Title   string `json:"title,omitempty"`
	URL     string `json:"url,omitempty"`
	Payload string `json:"payload,omitempty"`
}

type card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitempty"`
	ImageURL string   `json:"image_url,omitempty"`
	Action   *button  `json:"default_action,omitempty"`
	Buttons  []button `json:"buttons,omitempty"`
}

// Words of ours on a carousel.
const (
	wordSwipe = "Desliza para ver más"
	wordOpen  = "Ver producto"
)

func refuse(code, why string) error {
	return &errs.Send{Op: "messages", Class: errs.Permanent, Code: code, Err: errors.New(why)}
}

func unfit(why string) error { return refuse("unfit", why) }

// Send implements channels.Adapter.
func (a *Adapter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	if parts, breaches := channels.Fit(m.Content, a.product.Limits, channels.FitOptions{}); len(parts) != 1 || len(breaches) > 0 {
		return channels.Sent{}, unfit("the message is beyond the channel's limits")
	}
	out := call{Recipient: person{m.To}}
	if m.Content.Type == chat.ReactionMsg {
		if m.Refs.React == "" {
			return channels.Sent{}, unfit("the message reacted to is not known to the platform")
		}
		out.Action, out.Payload = "react", &target{Message: m.Refs.React, Reaction: m.Content.Reaction.Emoji}
		if m.Content.Reaction.Emoji == "" {
			out.Action = "unreact"
		}
		return a.send(ctx, c, out)
	}
	var err error
	if out.Type, out.Tag, err = a.occasion(m); err != nil {
		return channels.Sent{}, err
	}
	if out.Message, err = a.compose(ctx, c, m); err != nil {
		return channels.Sent{}, err
	}
	out.Message.Metadata = mark + m.ID.String()
	if m.Refs.Quote != "" {
		out.ReplyTo = &replied{m.Refs.Quote}
	}
	return a.send(ctx, c, out)
}

func (a *Adapter) send(ctx context.Context, c channels.Channel, out call) (channels.Sent, error) {
	var sent struct {
		MessageID string `json:"message_id"`
	}
	if err := a.graph.Call(ctx, c, http.MethodPost, a.node(c)+"/messages", out, &sent); err != nil {
		return channels.Sent{}, err
	}
	return channels.Sent{ProviderID: sent.MessageID, At: time.Now(), State: chat.Sent}, nil
}

// occasion is by what right a message is sent: as a response for 24 hours after the person
// last wrote, then for 7 days by a person of the company.
func (a *Adapter) occasion(m channels.Outgoing) (kind, tag string, err error) {
	switch limits := a.product.Limits; {
	case m.Since < limits.ReplyWindow:
		return "RESPONSE", "", nil
	case m.Author == chat.ByAgent && m.Since < limits.HumanWindow:
		return "MESSAGE_TAG", "HUMAN_AGENT", nil
	}
	return "", "", refuse("window", "the time to answer has passed: 24 hours for the bot, 7 days for a person")
}

// compose is a content on the wire; files are uploaded on the way.
func (a *Adapter) compose(ctx context.Context, c channels.Channel, m channels.Outgoing) (*message, error) {
	text := m.Content.Text
	if a.product.MaxTextBytes > 0 && len(text) > a.product.MaxTextBytes {
		return nil, unfit("the text takes more bytes than the platform carries: emojis count four or more each")
	}
	switch m.Content.Type {
	case chat.Text:
		if strings.TrimSpace(text) == "" {
			return nil, unfit("the text is empty")
		}
		return &message{Text: text}, nil
	case chat.Image, chat.Audio, chat.Voice, chat.Video, chat.Document:
		kind := a.kindOf(m.Content)
		attachmentID, err := a.upload(ctx, c, kind, m)
		if err != nil {
			return nil, err
		}
		return &message{Attachment: &attachment{Type: kind, Payload: &payload{AttachmentID: attachmentID}}}, nil
	case chat.Buttons:
		if m.Content.Buttons[0].URL != "" {
			return template(payload{TemplateType: "button", Text: text, Buttons: buttons(m, m.Content.Buttons)}), nil
		}
		return &message{Text: text, QuickReplies: quickReplies(m)}, nil
	case chat.Products:
		return carousel(m)
	}
	return nil, unfit("the platform carries no " + string(m.Content.Type))
}

func template(p payload) *message {
	return &message{Attachment: &attachment{Type: "template", Payload: &p}}
}

func quickReplies(m channels.Outgoing) []quickReply {
	out := make([]quickReply, len(m.Content.Buttons))
	for i, b := range m.Content.Buttons {
		out[i] = quickReply{ContentType: "text", Title: b.Label, Payload: offer(m.ID, b.ID)}
	}
	return out
}

func buttons(m channels.Outgoing, list []chat.Button) []button {
	out := make([]button, len(list))
	for i, b := range list {
		out[i] = button{Type: "web_url", Title: shorten(b.Label, maxButtonTitle), URL: b.URL}
		if b.URL == "" {
			out[i] = button{Type: "postback", Title: shorten(b.Label, maxButtonTitle), Payload: offer(m.ID, b.ID)}
		}
	}
	return out
}

// carousel is a card for each product, after one with the words above them. A card shows
// 80 characters of a product's text; its page has the rest.
func carousel(m channels.Outgoing) (*message, error) {
	var cards []card
	if m.Content.Text != "" {
		lines := channels.SplitText(m.Content.Text, maxTemplateTitle)
		if len(lines) > 2 {
			return nil, unfit("the text above the products is longer than 160 characters")
		}
		lines = append(lines, wordSwipe)
		cards = append(cards, card{Title: lines[0], Subtitle: lines[1]})
	}
	for _, p := range m.Content.Products {
		cards = append(cards, product(m, p))
	}
	return template(payload{TemplateType: "generic", Elements: cards}), nil
}

func product(m channels.Outgoing, p chat.Product) card {
	about := channels.Price(p.Price, p.Currency, "es")
	if about != "" && p.Text != "" {
		about += " · "
	}
	out := card{
		Title: shorten(p.Title, maxTemplateTitle), Subtitle: shorten(about+p.Text, maxTemplateTitle),
		ImageURL: p.Image, Buttons: buttons(m, p.Buttons),
	}
	if p.URL != "" {
		out.Action = &button{Type: "web_url", URL: p.URL}
		if len(out.Buttons) < maxLinks {
			out.Buttons = append(out.Buttons, button{Type: "web_url", Title: wordOpen, URL: p.URL})
		}
	}
	if out.Subtitle == "" && out.ImageURL == "" && len(out.Buttons) == 0 {
		out.Subtitle = "–" // a card must have something beside its title
	}
	return out
}
