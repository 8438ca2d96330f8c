// Package channels is the seam between Recado and the places a customer writes from.
//
// An Adapter turns one platform's wire format into Inbound events and Outgoing messages
// into the platform's calls; everything it knows about limits is data in Capabilities,
// so that no code outside its folder asks which platform a message came from.
//
// To add one: make channels/<kind>/ with a type that satisfies Adapter and whichever of
// the optional interfaces fit, a test that runs channeltest.Suite, and one line in
// internal/app's list of channels.
package channels

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"recado/internal/chat"
	"recado/internal/id"
)

// Kind names a platform, "webchat". It is stored with every channel and never changes.
type Kind string

// Channel is one configured number, page or widget of one company. It is also one
// outbound lane: what it may send, and how fast, is decided per Channel.
type Channel struct {
	ID       id.Channel
	Company  id.Company
	Kind     Kind
	Name     string
	Ref      string          // the platform's own reference: a site key, a phone number id
	Settings json.RawMessage // the adapter's own settings, checked by it before they are stored
}

// Adapter is what every channel has.
type Adapter interface {
	Kind() Kind
	// Capabilities is data and does no I/O; it may differ per channel.
	Capabilities(Channel) Capabilities
	// Send hands one message to the platform. It may block until ctx ends. An error
	// should be an *errs.Send; any other is retried a few times, then loud.
	Send(ctx context.Context, c Channel, m Outgoing) (Sent, error)
}

// Configurer checks and completes settings before they are stored.
type Configurer interface {
	// Configure returns the settings to store, with defaults filled in, or a Problem
	// whose Field is relative to the settings.
	Configure(settings json.RawMessage) (json.RawMessage, error)
}

// Webhook is a platform that calls us.
type Webhook interface {
	// Receive checks the signature over the raw body before anything else. One call may
	// carry events of several channels, so the adapter looks them up by the platform's
	// own reference. A nil Reply means 200 with no body.
	Receive(ctx context.Context, find Lookup, r *http.Request, body []byte) ([]Inbound, *Reply, error)
}

// Lookup finds a channel by the platform's own reference; ok is false for none.
type Lookup func(ctx context.Context, k Kind, ref string) (c Channel, ok bool, err error)

// Reply answers a platform's own handshake.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Session is a platform where we hold the socket. Connect returns when it ends.
type Session interface {
	Connect(ctx context.Context, c Channel, sink Sink) error
}

// Sink takes events in; when it returns nil they are durable and may be acknowledged.
type Sink func(ctx context.Context, ev ...Inbound) error

// Linker pairs a channel by steps that the panel renders (a QR code, a pairing code).
type Linker interface {
	Link(ctx context.Context, c Channel, step func(LinkStep)) error
}

// LinkStep is one thing to show while pairing.
type LinkStep struct {
	Kind    string        // "qr", "code", "redirect", "done", "failed"
	Payload string        // what to draw or show
	Expires time.Duration // until the next step replaces it
}

// MediaFetcher downloads what a message refers to.
type MediaFetcher interface {
	Fetch(ctx context.Context, c Channel, ref string) (io.ReadCloser, chat.Media, error)
}

// Capabilities is what a channel can carry. Zero means "not at all" for counts, "no
// window" for ReplyWindow.
type Capabilities struct {
	MaxText     int              `json:"max_text"` // characters
	MaxButtons  int              `json:"max_buttons"`
	MaxListRows int              `json:"max_list_rows"`
	MaxProducts int              `json:"max_products"`
	Media       map[string]int64 `json:"media"` // MIME type -> largest size in bytes
	Templates   bool             `json:"templates"`
	Typing      bool             `json:"typing"`
	Receipts    bool             `json:"receipts"`
	Idempotent  bool             `json:"idempotent"` // the platform drops a repeat of our message id
	ReplyWindow time.Duration    `json:"reply_window"`
}

// Inbound is one event from a platform, already in our words.
type Inbound struct {
	Channel    Channel
	ExternalID string    // what tells a repeat from a new event, within the channel
	At         time.Time // the platform's clock; zero if it gives none
	From       Sender
	// Exactly one of these is set.
	Message *Message
	Receipt *chat.Receipt
}

// Sender is the person as the platform knows them. Any field but Identity may be empty.
type Sender struct {
	Identity string // the platform's stable id of the person, unique within the channel
	Verified bool   // the platform or the company vouches for Identity
	Name     string
	Phone    string // E.164
	Email    string
	Language string // BCP 47
}

// Message is what a person wrote.
type Message struct {
	ClientID string // the sender's own id, echoed back to them
	Content  chat.Content
	Page     *Page
}

// Page is where on a web site somebody wrote from.
type Page struct {
	URL      string `json:"url,omitempty" maxLength:"2000"`
	Title    string `json:"title,omitempty" maxLength:"300"`
	Referrer string `json:"referrer,omitempty" maxLength:"2000"`
}

// Outgoing is one message to hand to the platform.
type Outgoing struct {
	ID           id.Message // ours; a platform that takes our id uses it
	Conversation id.Conversation
	To           string // Sender.Identity of the recipient
	Content      chat.Content
	Attempt      int // 1 for the first
}

// Sent is the platform's acceptance.
type Sent struct {
	ProviderID string // "" when the platform gives none
	At         time.Time
	State      chat.State // chat.Sent unless the platform already knows better
}
