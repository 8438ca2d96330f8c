// Package chat holds the words that cross every seam: what a message is, whatever the
// channel it came from or leaves by. Channels translate between a platform's wire format
// and Content; nothing behind a channel knows which platform it was.
package chat

import (
	"strings"
	"time"
	"unicode/utf8"

	"recado/internal/errs"
	"recado/internal/id"
)

// Type names the one shape a Content has.
type Type string

const (
	Text        Type = "text"
	Image       Type = "image"
	Audio       Type = "audio"
	Voice       Type = "voice" // recorded in the chat, played in the chat
	Video       Type = "video"
	Document    Type = "document"
	LocationMsg Type = "location"
	ContactCard Type = "contact"
	Buttons     Type = "buttons"
	ListMenu    Type = "list"
	Products    Type = "products"
	TemplateMsg Type = "template"
	ReactionMsg Type = "reaction"
	AnswerMsg   Type = "answer"      // the customer pressed a button or picked a row
	Unsupported Type = "unsupported" // the platform sent something we cannot show; Text says what
)

// Content is one message's body, the same for every channel. Type says which of the
// fields are set; Text is the body, or the caption of media, buttons, lists and products.
type Content struct {
	Type     Type       `json:"type" enum:"text,image,audio,voice,video,document,location,contact,buttons,list,products,template,reaction,answer,unsupported"`
	Text     string     `json:"text,omitempty" maxLength:"16384"`
	Media    *Media     `json:"media,omitempty"`
	Location *Location  `json:"location,omitempty"`
	Contact  *Card      `json:"contact,omitempty"`
	Buttons  []Button   `json:"buttons,omitempty" maxItems:"20"`
	List     *List      `json:"list,omitempty"`
	Products []Product  `json:"products,omitempty" maxItems:"30"`
	Template *Template  `json:"template,omitempty"`
	Reaction *Reaction  `json:"reaction,omitempty"`
	Answer   *Answer    `json:"answer,omitempty"`
	Quote    id.Message `json:"quote,omitzero" format:"uuid" doc:"The message this one replies to"`
}

// Media points at a file in the blob store. Sizes are bytes, lengths milliseconds, pixels.
type Media struct {
	File     id.File `json:"file" format:"uuid"`
	Name     string  `json:"name,omitempty" maxLength:"255"`
	MIME     string  `json:"mime,omitempty" maxLength:"127"`
	Size     int64   `json:"size,omitempty"`
	Width    int     `json:"width,omitempty"`
	Height   int     `json:"height,omitempty"`
	Duration int     `json:"duration_ms,omitempty"`
	URL      string  `json:"url,omitempty" readOnly:"true" doc:"Signed link, made when read; never stored"`
}

// Location is a point in WGS 84 degrees.
type Location struct {
	Latitude  float64 `json:"latitude" minimum:"-90" maximum:"90"`
	Longitude float64 `json:"longitude" minimum:"-180" maximum:"180"`
	Name      string  `json:"name,omitempty" maxLength:"200"`
	Address   string  `json:"address,omitempty" maxLength:"400"`
}

// Card is a shared contact.
type Card struct {
	Name   string   `json:"name" maxLength:"200"`
	Phones []string `json:"phones,omitempty" maxItems:"10"`
	Emails []string `json:"emails,omitempty" maxItems:"10"`
}

// Button is a choice (URL empty) or a link. ID comes back in the customer's Answer.
type Button struct {
	ID    string `json:"id" minLength:"1" maxLength:"200"`
	Label string `json:"label" minLength:"1" maxLength:"120"`
	URL   string `json:"url,omitempty" maxLength:"2000"`
}

// List is a menu that opens; a row's ID comes back in the customer's Answer.
type List struct {
	Open     string    `json:"open" maxLength:"60" doc:"Label of the control that opens the list"`
	Sections []Section `json:"sections" minItems:"1" maxItems:"10"`
}

// Section is a titled part of a List.
type Section struct {
	Title string `json:"title,omitempty" maxLength:"60"`
	Rows  []Row  `json:"rows" minItems:"1" maxItems:"10"`
}

// Row is one entry of a Section.
type Row struct {
	ID          string `json:"id" minLength:"1" maxLength:"200"`
	Title       string `json:"title" minLength:"1" maxLength:"120"`
	Description string `json:"description,omitempty" maxLength:"300"`
}

// Product is one card. Price is in the currency's minor unit, ISO 4217.
type Product struct {
	ID       string   `json:"id" maxLength:"200"`
	Title    string   `json:"title" minLength:"1" maxLength:"200"`
	Text     string   `json:"text,omitempty" maxLength:"1000"`
	Price    int64    `json:"price,omitempty"`
	Currency string   `json:"currency,omitempty" maxLength:"3"`
	Image    string   `json:"image,omitempty" maxLength:"2000" doc:"Address of the picture"`
	URL      string   `json:"url,omitempty" maxLength:"2000"`
	Buttons  []Button `json:"buttons,omitempty" maxItems:"3"`
}

// Template is a message the platform approved beforehand; Params fill its numbered places.
type Template struct {
	Name     string   `json:"name" maxLength:"512"`
	Language string   `json:"language" maxLength:"10"`
	Params   []string `json:"params,omitempty" maxItems:"30"`
}

// Reaction is an emoji put on a message; an empty Emoji takes it away.
type Reaction struct {
	Message id.Message `json:"message" format:"uuid"`
	Emoji   string     `json:"emoji" maxLength:"32"`
}

// Answer is the choice the customer made: ID of the button or row, and its label as shown.
type Answer struct {
	ID    string     `json:"id" minLength:"1" maxLength:"200"`
	Label string     `json:"label,omitempty" maxLength:"120"`
	To    id.Message `json:"to,omitzero" format:"uuid" doc:"The message that offered the choice"`
}

// Plain is a text message.
func Plain(s string) Content { return Content{Type: Text, Text: s} }

// Words is what a rule or the FAQ reads: the text, or the label of the chosen answer.
func (c Content) Words() string {
	if c.Type == AnswerMsg && c.Answer != nil {
		return c.Answer.Label
	}
	return c.Text
}

// Limits that hold on every channel; a channel's own are narrower and live in its Capabilities.
const (
	MaxText    = 16 << 10 // bytes of UTF-8
	maxSnippet = 120      // runes
)

// Check refuses a Content whose fields do not fit its Type. The Problem's Field is
// relative to the content.
func (c *Content) Check() error {
	if len(c.Text) > MaxText {
		return errs.New(errs.TooLarge, "content.text_too_long", "max", MaxText).At("text")
	}
	if !utf8.ValidString(c.Text) || strings.ContainsRune(c.Text, 0) {
		return errs.New(errs.Invalid, "content.bad_text").At("text")
	}
	missing := func(f string) error { return errs.New(errs.Invalid, "content.missing", "type", string(c.Type)).At(f) }
	switch c.Type {
	case Text, Unsupported:
		if strings.TrimSpace(c.Text) == "" {
			return missing("text")
		}
	case Image, Audio, Voice, Video, Document:
		if c.Media == nil || c.Media.File.IsZero() {
			return missing("media")
		}
	case LocationMsg:
		if c.Location == nil {
			return missing("location")
		}
	case ContactCard:
		if c.Contact == nil || c.Contact.Name == "" {
			return missing("contact")
		}
	case Buttons:
		if len(c.Buttons) == 0 {
			return missing("buttons")
		}
		return uniqueButtons(c.Buttons)
	case ListMenu:
		if c.List == nil || len(c.List.Sections) == 0 {
			return missing("list")
		}
	case Products:
		if len(c.Products) == 0 {
			return missing("products")
		}
	case TemplateMsg:
		if c.Template == nil || c.Template.Name == "" {
			return missing("template")
		}
	case ReactionMsg:
		if c.Reaction == nil || c.Reaction.Message.IsZero() {
			return missing("reaction")
		}
	case AnswerMsg:
		if c.Answer == nil || c.Answer.ID == "" {
			return missing("answer")
		}
	default:
		return errs.New(errs.Invalid, "content.unknown_type", "type", string(c.Type)).At("type")
	}
	return nil
}

func uniqueButtons(bs []Button) error {
	seen := map[string]bool{}
	for _, b := range bs {
		if b.ID == "" || b.Label == "" {
			return errs.New(errs.Invalid, "content.missing", "type", string(Buttons)).At("buttons")
		}
		if seen[b.ID] {
			return errs.New(errs.Invalid, "content.button_twice", "id", b.ID).At("buttons")
		}
		seen[b.ID] = true
	}
	return nil
}

// Snippet is the one-line preview shown in lists; media without a caption show their
// type's name between brackets, which the interface translates.
func (c Content) Snippet() string {
	s := strings.Join(strings.Fields(c.Words()), " ")
	if s == "" {
		s = "[" + string(c.Type) + "]"
	}
	if utf8.RuneCountInString(s) > maxSnippet {
		r := []rune(s)
		s = string(r[:maxSnippet-1]) + "…"
	}
	return s
}

// AuthorKind is who wrote a message.
type AuthorKind string

const (
	ByContact  AuthorKind = "contact"
	ByBot      AuthorKind = "bot"
	ByAgent    AuthorKind = "agent"
	ByCampaign AuthorKind = "campaign"
	BySystem   AuthorKind = "system"
)

// State is where a message stands. Ranks only rise: queued, sending, unsure, sent,
// delivered, read; or it ends in failed, cancelled or expired. What the customer wrote
// is received.
type State string

const (
	Received  State = "received"
	Queued    State = "queued"
	Sending   State = "sending"
	Unsure    State = "unsure" // the platform may have taken it; waiting for its word
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Expired   State = "expired"
)

// Receipt is a platform's word on one of our messages. At is the platform's clock.
type Receipt struct {
	ProviderID string
	Message    id.Message // ours, where the platform carries it back; else zero
	State      State      // Sent, Delivered, Read or Failed
	At         time.Time
	Code, Text string // with Failed: the platform's reason
}
