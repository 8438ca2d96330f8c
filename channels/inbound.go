package channels

import (
	"errors"
	"log/slog"
	"time"

	"recado/internal/chat"
)

// What Receive refuses. The door answers 401 and 400; nothing is stored.
var (
	ErrSignature = errors.New("channels: the signature does not fit")
	ErrMalformed = errors.New("channels: the body cannot be read")
	// ErrDeaf ends a session whose socket is open but answers nothing.
	ErrDeaf = errors.New("channels: the platform answers no probe")
)

// Inbound is one event from a platform, already in our words.
type Inbound struct {
	Channel    Channel
	ExternalID string    // what tells a repeat from a new event, within the channel
	At         time.Time // the platform's clock; zero if it gives none
	From       Sender    // with Message.Own: the person it was written to
	// Exactly one of these is set.
	Message  *Message
	Receipt  *chat.Receipt
	Edit     *Edit
	Deletion *Deletion
	Notice   *Notice
}

// Sender is the person as the platform knows them. Any field but Identity may be empty.
type Sender struct {
	Identity string   // the platform's stable id of the person, unique within the channel
	Aliases  []string // other ids of the same person on this channel (WhatsApp's phone beside its LID)
	Verified bool     // the platform or the company vouches for Identity
	Name     string
	Phone    string // E.164; with it, Verified says that the platform vouches for the number
	Email    string
	Language string // BCP 47
}

// Message is what a person wrote.
type Message struct {
	ClientID string // the sender's own id, echoed back to them
	Content  chat.Content
	Media    *MediaRef // to be fetched; Content.Media then has no File yet
	Refs     Refs
	Own      bool // written by the company itself on another device
	History  bool // from before now, fetched after an outage: shown, not answered
	Page     *Page
}

// Refs are the platform's ids of other messages; the inbox finds ours for them.
type Refs struct {
	Quote  string // Content.Quote
	Answer string // Content.Answer.To
	React  string // Content.Reaction.Message
}

// MediaRef is what an adapter needs to fetch a file later, and what the platform claims of it.
type MediaRef struct {
	Ref  string `json:"ref"` // the adapter's own: an id, an address, a key
	MIME string `json:"mime,omitempty"`
	Name string `json:"name,omitempty"`
	Size int64  `json:"size,omitempty"` // bytes; 0: not told
}

// Edit replaces what a person wrote. Of is the platform's id of the message.
type Edit struct {
	Of      string
	Content chat.Content
}

// Deletion takes back what a person wrote.
type Deletion struct {
	Of string
}

// Notice is the platform's word on the channel itself. Stop means that nothing leaves until
// a person has acted.
type Notice struct {
	Code     string // "quality", "restricted", "template"
	Text     string
	Stop     bool
	Template *Template // with "template": its new status
}

// Page is where on a web site somebody wrote from.
type Page struct {
	URL      string `json:"url,omitempty" maxLength:"2000"`
	Title    string `json:"title,omitempty" maxLength:"300"`
	Referrer string `json:"referrer,omitempty" maxLength:"2000"`
}

// Secrets are a channel's tokens and keys by field. They do not print.
type Secrets map[string]string

const hidden = "[hidden]"

// String implements fmt.Stringer.
func (Secrets) String() string { return hidden }

// GoString implements fmt.GoStringer.
func (Secrets) GoString() string { return hidden }

// LogValue implements slog.LogValuer.
func (Secrets) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON implements json.Marshaler.
func (Secrets) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
