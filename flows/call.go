package flows

import (
	"time"

	"recado/internal/chat"
	"recado/internal/id"
)

// Call is work outside the engine that a node asks for: one of the request types below, by
// value. The host performs it, outside any transaction, and steps again with its Result.
type Call any

// Result is a Call's answer: the response type named at the request, by value, or why there
// is none. Err is never shown to the contact.
type Result struct {
	Value any
	Err   *CallError
}

// CallError is why a Call failed. Code is one of "timeout", "refused" (the address or the
// request is not allowed), "unavailable", "limit", "not_configured", "bad_answer".
type CallError struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty"` // for the trace
}

// HTTPRequest is answered by HTTPResponse. Strings may hold {{secret.name}}, which only
// the host replaces, so that a secret never reaches a session or a trace.
type HTTPRequest struct {
	Method  string
	URL     string
	Headers map[string]string
	Body    string
	Timeout time.Duration // at most 10 s
}

// HTTPResponse is any answer with a status. JSON is the decoded body, nil when it is none.
type HTTPResponse struct {
	Status int
	Body   string
	JSON   any
}

// FAQAsk is answered by FAQAnswers.
type FAQAsk struct {
	Query string
	K     int
}

// FAQAnswers is what the bot's questions have to say: Decision is "answer", "offer" or "handoff".
type FAQAnswers struct {
	Decision   string
	Candidates []FAQEntry
}

// FAQEntry is one candidate, the best first.
type FAQEntry struct {
	ID               id.FAQ
	Question, Answer string
	Score            float64
}

// Complete is answered by Completion: a language model's words, from the bot's own questions.
type Complete struct {
	Instructions string // the company's
	Question     string // the contact's
	Language     string
	UseFAQ       bool // ground the answer in the nearest entries, and say so
	MaxTokens    int
}

// Completion is a model's answer. Unsure means that it did not find one in its sources.
type Completion struct {
	Text    string
	Sources []FAQEntry
	Unsure  bool
	Model   string
	Tokens  int
}

// Extract is answered by Extraction: values a model read out of the contact's words.
type Extract struct {
	Instructions string
	Text         string
	Fields       []ExtractField
}

// ExtractField is one value wanted.
type ExtractField struct{ Name, Type, About string }

// Extraction holds only fields that were asked for and found, of the type asked for.
type Extraction struct {
	Values map[string]any
	Tokens int
}

// FindProducts is answered by Products.
type FindProducts struct {
	Query string // words; empty with Collection
	// Collection is a category's name; RelatedTo a product whose companions are wanted.
	Collection, RelatedTo string
	InStock               bool
	Limit                 int // 1..10
}

// Products are cards, each with what is left of it (-1: not counted).
type Products struct {
	Cards []chat.Product
	Stock []int
}

// AskStock is answered by Stock.
type AskStock struct{ Product string }

// Stock is what is left of a product; Quantity -1 is not counted.
type Stock struct {
	Found    bool
	Title    string
	Quantity int
}

// AddToCart puts Quantity of a product into the contact's cart (negative takes out) and is
// answered by Cart. Err "limit" when there is not enough of it.
type AddToCart struct {
	Product  string
	Quantity int
}

// ShowCart is answered by Cart.
type ShowCart struct{}

// Checkout is answered by Cart with its URL.
type Checkout struct{}

// FindOrder looks an order up by number and, unless the contact's own proven identity is
// the order's, sends a one-time code to the order's phone. Answered by OrderFound.
type FindOrder struct{ Number string }

// ProveOrder checks the code. Answered by OrderFound.
type ProveOrder struct{ Number, Code string }

// OrderFound is an order, or what is still needed to see it. An order that does not exist
// looks like one whose code is awaited, so that numbers cannot be tried out.
type OrderFound struct {
	Order  *Order // nil until proven
	SentTo string // where the code went, masked: "••• 67"
	Wrong  bool   // the code was wrong or too old
	Locked bool   // too many tries
}
