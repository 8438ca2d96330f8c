package flows

import (
	"encoding/json"
	"time"

	"recado/internal/chat"
	"recado/internal/id"
)

// Session is one contact's way through a flow, from trigger to end. It is small JSON, kept
// with the conversation between turns.
type Session struct {
	ID       id.Run            `json:"id"`
	Flow     id.Flow           `json:"flow"`
	Version  int               `json:"version"`
	Node     string            `json:"node"` // at which it waits
	Root     id.Flow           `json:"root"` // the flow that the run counts for
	Stack    []Frame           `json:"stack,omitempty"`
	Vars     map[string]any    `json:"vars,omitempty"`
	Cart     *Cart             `json:"cart,omitempty"`
	Order    *Order            `json:"order,omitempty"`
	Language string            `json:"language,omitempty"` // set by a node; else the contact's
	Wait     *Wait             `json:"wait,omitempty"`
	Local    json.RawMessage   `json:"local,omitempty"` // the waiting node's own notes
	Arms     map[string]string `json:"arms,omitempty"`  // node -> arm drawn, kept for the whole run
	Started  time.Time         `json:"started"`
}

// Frame is a caller to which a sub-flow returns.
type Frame struct {
	Flow    id.Flow `json:"flow"`
	Version int     `json:"version"`
	Node    string  `json:"node"`
}

// WaitFor is what a session waits for.
type WaitFor string

const (
	ForMessage WaitFor = "message" // the contact's answer
	ForEvent   WaitFor = "event"
	ForTime    WaitFor = "time"
)

// Wait is why a session stands still. Until is by the database's clock; zero is for ever,
// which only ForMessage may ask for and which the flow's idle limit then ends.
type Wait struct {
	For   WaitFor   `json:"for"`
	Event string    `json:"event,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Idle  bool      `json:"idle,omitempty"` // Until is the flow's idle limit: reaching it ends the session
}

// Wants reports whether an input is what the session waits for.
func (s *Session) Wants(in Input, now time.Time) bool {
	w := s.Wait
	if w == nil {
		return in.Kind == Start
	}
	switch in.Kind {
	case Message:
		return w.For == ForMessage
	case Happen:
		return w.For == ForEvent && w.Event == in.Event.Name
	case Timer:
		return !w.Until.IsZero() && !w.Until.After(now)
	}
	return false
}

// InputKind is what moves a session.
type InputKind string

const (
	Start   InputKind = "start"   // a new session enters its first node
	Message InputKind = "message" // the contact wrote
	Timer   InputKind = "timer"   // Wait.Until has come
	Happen  InputKind = "event"
	Answer  InputKind = "result" // of the Call just asked for
	enter   InputKind = "enter"  // the session has just come to this node
)

// Input is what has just happened.
type Input struct {
	Kind    InputKind
	Message chat.Content
	Event   Event
	Result  Result
}

// Event is something that happened outside the conversation. Data is what expressions see
// as event.<key>.
type Event struct {
	Name string         `json:"name"`
	Data map[string]any `json:"data,omitempty"`
}

// Facts is what the host knows and expressions may read. Values are copied, never changed.
type Facts struct {
	Now          time.Time
	Zone         *time.Location // of the company
	Company      Company
	Contact      Contact
	Conversation Conversation
	Message      chat.Content   // the contact's latest
	Globals      map[string]any // the company's own values, by name
}

// Company is what expressions read as company.*.
type Company struct {
	Name, Currency string
	Country        string // ISO 3166-1 alpha-2: whose a phone number without a country code is
	Open           bool
	OpensAt        time.Time // next; zero when it never opens
}

// Contact is what expressions read as contact.*.
type Contact struct {
	ID       id.Contact
	Name     string
	Phone    string
	Email    string
	Language string
	Tags     []string
	Fields   map[string]any
}

// Conversation is what expressions read as conversation.*.
type Conversation struct {
	ID       id.Conversation
	Channel  string // kind
	Language string
	Labels   []string
}

// Cart is what is known of the contact's cart. Money is in the currency's minor unit.
type Cart struct {
	Count    int        `json:"count"`
	Total    int64      `json:"total"`
	Currency string     `json:"currency"`
	Items    []CartItem `json:"items,omitempty"`
	URL      string     `json:"url,omitempty"` // checkout
}

// CartItem is one line of a Cart.
type CartItem struct {
	Product  string `json:"product"`
	Title    string `json:"title"`
	Quantity int    `json:"quantity"`
	Price    int64  `json:"price"` // of one
}

// Order is what is known of an order that the contact has proved to be theirs.
type Order struct {
	Number   string    `json:"number"`
	Status   string    `json:"status"` // pending, paid, packed, shipped, delivered, cancelled
	Total    int64     `json:"total"`
	Currency string    `json:"currency"`
	Carrier  string    `json:"carrier,omitempty"`
	Tracking string    `json:"tracking,omitempty"`
	URL      string    `json:"url,omitempty"`
	At       time.Time `json:"at"`
}
