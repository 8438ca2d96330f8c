// Package sim is the other side of the channels: the platforms, played well enough that an
// adapter cannot tell. Each folder below speaks one platform's real wire format, taken from
// its documentation and cited there, signs its webhooks, calls back with statuses and fails
// as platforms fail. Tests, the demo and the lab share them.
//
// A Platform has two faces. As an http.Handler it is the platform's API that an adapter
// calls. Its methods are the customers' phones: Do acts, Thread is what the screen shows.
package sim

import (
	"context"
	"net/http"
	"time"
)

// Platform plays one platform for any number of business accounts.
type Platform interface {
	http.Handler
	// Kinds are the channels it serves, by name.
	Kinds() []string
	// Connect makes the platform know a business account, or changes what it knows.
	Connect(Account) error
	// Do lets a customer act and returns the platform's id of what came of it. Webhooks are
	// queued, not awaited.
	Do(ctx context.Context, a Action) (id string, err error)
	// Thread is what a customer sees of their chat with an account, oldest first.
	Thread(ref, customer string) []Bubble
	// Faults decides how the API's next calls and the webhooks' next deliveries fail.
	Faults() *Faults
	// Hooks delivers the webhooks.
	Hooks() *Hooks
}

// Account is a business as the platform knows it. Fields are those of the channel's
// description, secrets among them; Ref is the platform's own reference of the account.
type Account struct {
	Kind, Ref, Name string
	Fields          map[string]string
	Hook            string // where the owner told the platform to call
}

// Act is what a customer does.
type Act string

// The acts. Press is a button or quick reply, Pick a row of a list.
const (
	SayText     Act = "text"
	SendImage   Act = "image"
	SendAudio   Act = "audio"
	SendVoice   Act = "voice"
	SendVideo   Act = "video"
	SendFile    Act = "document"
	SendPlace   Act = "location"
	SendCard    Act = "contact"
	SendSticker Act = "sticker" // stands for a type we have no shape for
	Press       Act = "press"
	Pick        Act = "pick"
	React       Act = "reaction" // empty Text takes it back
	EditText    Act = "edit"
	Delete      Act = "delete"
	ReadAll     Act = "read"
	Opaque      Act = "opaque" // an event type invented tomorrow
)

// ErrCannot is returned by Do for what the platform has no such thing for.
type ErrCannot struct{ Act Act }

// Error implements error.
func (e ErrCannot) Error() string { return "the platform has no " + string(e.Act) }

// Action is one thing a customer does on their phone.
type Action struct {
	Act      Act
	Ref      string // the business account written to
	Customer Person
	Text     string
	File     []byte
	MIME     string
	FileName string
	Quote    string // platform id of the bubble replied to
	Target   string // of the bubble pressed, reacted to, edited or deleted
	Choice   string // id of the button or row
	Lat, Lng float64
	ID       string // a repeat: the platform id to use again; else a new one is made
}

// Person is a customer as the platform knows them. ID is the platform's own (a phone
// number in digits, a page-scoped id, a chat id).
type Person struct {
	ID, Name, Phone string
}

// Bubble is one message on the customer's screen. ID is the platform's.
type Bubble struct {
	ID        string    `json:"id"`
	Mine      bool      `json:"mine"` // the customer's own
	At        time.Time `json:"at"`
	Type      string    `json:"type"` // as chat.Type
	Text      string    `json:"text,omitempty"`
	Header    string    `json:"header,omitempty"`
	Footer    string    `json:"footer,omitempty"`
	Media     *Media    `json:"media,omitempty"`
	Buttons   []Choice  `json:"buttons,omitempty"`
	Open      string    `json:"open,omitempty"` // label that opens the list
	Rows      []Choice  `json:"rows,omitempty"`
	Cards     []Card    `json:"cards,omitempty"`
	Quote     string    `json:"quote,omitempty"`
	Reactions []string  `json:"reactions,omitempty"`
	Edited    bool      `json:"edited,omitempty"`
	Deleted   bool      `json:"deleted,omitempty"`
	Read      bool      `json:"read,omitempty"` // by the other side
	ClientID  string    `json:"-"`              // the business's own id, where the platform carries one
}

// Media is a file on the screen.
type Media struct {
	MIME  string `json:"mime"`
	Name  string `json:"name,omitempty"`
	Bytes []byte `json:"-"`
}

// Choice is a button or a row; with URL it opens a page.
type Choice struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Text  string `json:"text,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Card is one product of a carousel.
type Card struct {
	Title   string   `json:"title"`
	Text    string   `json:"text,omitempty"`
	Image   string   `json:"image,omitempty"`
	Buttons []Choice `json:"buttons,omitempty"`
}
