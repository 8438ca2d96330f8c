// Package channels is the seam between Recado and the places a customer writes from.
//
// An Adapter turns one platform's wire format into Inbound events and Outgoing messages
// into the platform's calls; everything it knows about limits is data in Capabilities and
// everything the panel shows of it is data in Description, so that no code outside its
// folder asks which platform a message came from.
//
// To add one: make channels/<kind>/ with a type that satisfies Adapter and whichever of
// the optional interfaces fit, its texts, a test that runs channeltest.Run, and one line
// in internal/app's list of channels.
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
	Settings json.RawMessage // the adapter's own settings, checked before they are stored
	Secrets  Secrets         `json:"-"` // tokens and keys by field; never stored or logged with an event
	Hook     string          `json:"-"` // public address of this channel's webhook; "" when none is known

	values map[string]string // of Settings, once Prepare has read them
}

// Prepare reads the settings, which do not change from then on, so that Value need not read
// them each time. Who loads a channel for many events calls it.
func (c *Channel) Prepare() { c.values = valuesOf(c.Settings) }

// Value is one of the settings that Description's fields made: a flat object of strings.
// Secret fields are looked up too.
func (c Channel) Value(key string) string {
	if s, ok := c.Secrets[key]; ok {
		return s
	}
	if c.values != nil {
		return c.values[key]
	}
	return valuesOf(c.Settings)[key]
}

// valuesOf is not nil, and empty where the settings are no flat object of strings.
func valuesOf(settings json.RawMessage) map[string]string {
	m := map[string]string{}
	if json.Unmarshal(settings, &m) != nil || m == nil {
		return map[string]string{}
	}
	return m
}

// Adapter is what every channel has.
type Adapter interface {
	Kind() Kind
	// Capabilities is data and does no I/O; it may differ per channel.
	Capabilities(Channel) Capabilities
	// Send hands one message to the platform: one that Fit has made fit, in one call that
	// can be taken or not. It may block until ctx ends. An error should be an *errs.Send;
	// any other is retried a few times, then loud. With MaybeSent, Sent may still name the
	// ProviderID by which a receipt would come.
	Send(ctx context.Context, c Channel, m Outgoing) (Sent, error)
}

// Describer is how a channel presents itself in the panel. A channel without it cannot be
// added there.
type Describer interface {
	Describe() Description
}

// Configurer checks and completes settings before they are stored, for a channel whose
// settings are more than Description's fields.
type Configurer interface {
	// Configure returns the settings to store, with defaults filled in, or a Problem
	// whose Field is relative to the settings.
	Configure(settings json.RawMessage) (json.RawMessage, error)
}

// Webhook is a platform that calls us, at the address of one of our channels.
type Webhook interface {
	// Receive checks the signature over the raw body before anything else, with the secret
	// of the channel whose events they are. c is the channel of the address called. One
	// call may carry events of several channels (Meta): find looks those up by the
	// platform's own reference, and each must have signed with its own secret. A refusal is
	// ErrSignature or ErrMalformed. Unknown events are no error: they give nothing. A nil
	// Reply means 200 with no body.
	Receive(ctx context.Context, c Channel, find Lookup, r *http.Request, body []byte) ([]Inbound, *Reply, error)
}

// Lookup finds a channel by the platform's own reference; ok is false for none.
type Lookup func(ctx context.Context, k Kind, ref string) (c Channel, ok bool, err error)

// Reply answers a platform's own handshake.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Subscriber can tell the platform our webhook's address by itself. It is called when a
// channel is made or changed and by the panel's check; doing it twice is harmless.
type Subscriber interface {
	Subscribe(ctx context.Context, c Channel) error
}

// Checker asks the platform whether a channel can work: token, number, webhook.
type Checker interface {
	Check(ctx context.Context, c Channel) []Finding
}

// Finding is one thing a check looked at. Code names a sentence "check.<code>" of the
// Description's texts, which Args fill; Detail is the platform's own word.
type Finding struct {
	Code   string            `json:"code"`
	OK     bool              `json:"ok"`
	Args   map[string]string `json:"args,omitempty"`
	Detail string            `json:"detail,omitempty"`
}

// Session is a platform where we hold the socket.
type Session interface {
	// Connect holds the session until it ends or ctx does, and tells report of every change.
	// Events go to sink and are acknowledged only when it returns nil. Only Online means
	// that messages can pass, and the adapter says so only after the platform has answered a
	// probe; a socket that answers no probe is ended with ErrDeaf. The error's class decides
	// what follows: ChannelDown waits for a person, anything else is connected again.
	Connect(ctx context.Context, c Channel, sink Sink, report func(SessionState)) error
}

// SessionState is how a session stands.
type SessionState struct {
	Phase  Phase
	Code   string // why, with Down: "logged_out", "banned", "replaced", "outdated"
	Detail string
	// The account's own number and name, once known.
	Number, Name string
}

// Phase is where a session is in its life.
type Phase string

// The phases. Linking needs a person with a phone; Down needs a person to decide.
const (
	Unlinked   Phase = "unlinked"
	Connecting Phase = "connecting"
	Online     Phase = "online"
	Retrying   Phase = "retrying"
	Deaf       Phase = "deaf"
	Down       Phase = "down"
	Asleep     Phase = "asleep" // away on purpose; never an adapter's own word
)

// A Session whose platform keeps what comes while nobody is connected may offer, among its
// Description's fields, one with the key ConnectField and these options: whoever chooses
// ConnectNeeded is connected only to send, and now and then to collect what has come.
const (
	ConnectField  = "connect"
	ConnectAlways = "always"
	ConnectNeeded = "when_needed"
)

// Sink takes events in; when it returns nil they are durable and may be acknowledged.
type Sink func(ctx context.Context, ev ...Inbound) error

// Linker pairs a channel by steps that the panel renders (a QR code, a pairing code).
type Linker interface {
	// Link runs until the channel is linked (nil), refused or ctx ends. method is one of
	// Description.Link; arg is what it needs (a phone number for "code").
	Link(ctx context.Context, c Channel, method, arg string, step func(LinkStep)) error
	// Unlink takes our device off the account and forgets its keys.
	Unlink(ctx context.Context, c Channel) error
}

// LinkStep is one thing to show while pairing.
type LinkStep struct {
	Kind    string        `json:"kind" enum:"qr,code,done,failed"`
	Payload string        `json:"payload,omitempty" doc:"What to draw or show; with failed, why"`
	Expires time.Duration `json:"-"` // until the next step replaces it
	Number  string        `json:"number,omitempty" doc:"With done: the account's own number"`
	Name    string        `json:"name,omitempty"`
}

// MediaFetcher downloads what a message refers to. The caller checks size and kind.
type MediaFetcher interface {
	Fetch(ctx context.Context, c Channel, m MediaRef) (io.ReadCloser, error)
}

// Typer shows the person that an answer is being written, and that theirs has been read.
// last is the platform's id of their last message. Errors do no harm.
type Typer interface {
	Typing(ctx context.Context, c Channel, to, last string) error
	Seen(ctx context.Context, c Channel, to, last string) error
}

// Templater manages messages that the platform approves beforehand.
type Templater interface {
	Templates(ctx context.Context, c Channel) ([]Template, error)
	SubmitTemplate(ctx context.Context, c Channel, t Template) (Template, error)
	DeleteTemplate(ctx context.Context, c Channel, name string) error
}

// Template is one message known to the platform, in one language. Body holds {{1}}, {{2}};
// Samples are example values for them, in order.
type Template struct {
	ID       string   `json:"id,omitempty" doc:"The platform's own"`
	Name     string   `json:"name" pattern:"^[a-z0-9_]{1,512}$" maxLength:"512"`
	Language string   `json:"language" maxLength:"10" example:"es_MX"`
	Category string   `json:"category" enum:"marketing,utility,authentication"`
	Status   string   `json:"status,omitempty" enum:"draft,pending,approved,rejected,paused,disabled"`
	Quality  string   `json:"quality,omitempty" enum:"unknown,green,yellow,red"`
	Reason   string   `json:"reason,omitempty" doc:"Why it was rejected"`
	Header   string   `json:"header,omitempty" maxLength:"60"`
	Body     string   `json:"body" minLength:"1" maxLength:"1024"`
	Footer   string   `json:"footer,omitempty" maxLength:"60"`
	Samples  []string `json:"samples,omitempty" maxItems:"30"`
	Buttons  []string `json:"buttons,omitempty" maxItems:"10" doc:"Quick replies"`
}

// Outgoing is one message to hand to the platform.
type Outgoing struct {
	ID           id.Message // ours; a platform that takes our id uses it
	Conversation id.Conversation
	To           string // Sender.Identity of the recipient
	Content      chat.Content
	Author       chat.AuthorKind // some platforms allow more to people than to bots
	Attempt      int             // 1 for the first
	Since        time.Duration   // since the recipient last wrote; 0: never or not known
	Refs         Refs            // what Content's Quote and Reaction are to the platform
	// Open gives the bytes of Content.Media; Link a signed address from which the platform
	// can fetch them itself, "" when this server has no public address.
	Open func(context.Context) (io.ReadCloser, error)
	Link string
}

// Sent is the platform's acceptance.
type Sent struct {
	ProviderID string // "" when the platform gives none
	At         time.Time
	State      chat.State // chat.Sent unless the platform already knows better
}
