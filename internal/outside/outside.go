// Package outside performs what flows ask for beyond their engine: HTTP requests, questions
// to the bot's entries and to language models, the shop's products, carts and orders. It
// keeps what those calls need: a company's values and secrets, its model keys and what they
// spent.
//
// A call belongs to one Scope, and the server alone decides it: nothing in a flow, a message
// or a model's answer can reach another company, contact or conversation.
package outside

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"recado/bots"
	"recado/channels"
	"recado/flows"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/llm"
	"recado/internal/seal"
)

// Doer is the guarded client: internal/httpx's, never another.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Config is what Outside works with.
type Config struct {
	DB   *db.DB
	Keys *seal.Keys
	HTTP Doer
	Base string // public address of this installation; "" gives carts a path
	// Adapter gives a kind of channel's adapter, nil when there is none.
	Adapter func(channels.Kind) channels.Adapter
	Way     inbox.Way
	// Changed tells senders and sockets, after the commit, what was written. May be nil.
	Changed func(id.Company, inbox.Change)
	// Model is how an account's model is asked; nil: models cannot be used.
	Model func(llm.Account) llm.Completer
	Log   *slog.Logger
}

// Outside is safe for concurrent use.
type Outside struct {
	Config
	links commerce.Links
	codes commerce.Codes
}

// New makes an Outside.
func New(c Config) *Outside {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Outside{Config: c, links: CartLinks(c.Keys, c.Base), codes: commerce.Codes{Key: c.Keys.Derive("order code")}}
}

// CartLinks are the links to carts that Outside gives out, for the page that shows them.
func CartLinks(k *seal.Keys, base string) commerce.Links {
	return commerce.Links{Key: k.Derive("cart"), Base: base}
}

// Scope is whose calls a Host performs.
type Scope struct {
	Company      id.Company
	Bot          id.Bot
	Contact      id.Contact
	Conversation id.Conversation
	// Pretend writes and sends nothing: the cart is kept by the Host, beginning with Cart,
	// and PretendCode proves any order.
	Pretend bool
	Cart    *flows.Cart
}

// PretendCode is the code that proves an order while pretending.
const PretendCode = "000000"

// Host performs one turn's calls. faq may be nil.
func (o *Outside) Host(s Scope, faq bots.Answerer) flows.Host {
	h := &host{Outside: o, Scope: s, faq: faq}
	if s.Cart != nil {
		h.pretended = *s.Cart
	}
	return h
}

// host serves one turn; the engine calls it from one goroutine.
type host struct {
	*Outside
	Scope
	faq       bots.Answerer
	pretended flows.Cart
}

var _ flows.Host = (*host)(nil)

// Do implements flows.Host.
func (h *host) Do(ctx context.Context, c flows.Call) flows.Result {
	v, err := h.do(ctx, c)
	if err == nil {
		return flows.Result{Value: v}
	}
	var e *callError
	if errors.As(err, &e) {
		return flows.Result{Value: v, Err: &flows.CallError{Code: e.code, Text: e.text}}
	}
	if ctx.Err() != nil {
		return flows.Result{Err: &flows.CallError{Code: "timeout"}}
	}
	h.Log.Error("a flow's call failed", "company", h.Company, "conversation", h.Conversation, "err", err)
	return flows.Result{Err: &flows.CallError{Code: "unavailable"}}
}

func (h *host) do(ctx context.Context, c flows.Call) (any, error) {
	switch c := c.(type) {
	case flows.HTTPRequest:
		return h.request(ctx, c)
	case flows.FAQAsk:
		return h.ask(ctx, c), nil
	case flows.Complete:
		return h.complete(ctx, c)
	case flows.Extract:
		return h.extract(ctx, c)
	case flows.FindProducts:
		return h.findProducts(ctx, c)
	case flows.AskStock:
		return h.stock(ctx, c)
	case flows.AddToCart:
		return h.addToCart(ctx, c)
	case flows.ShowCart:
		return h.cart(ctx, false)
	case flows.Checkout:
		return h.cart(ctx, true)
	case flows.FindOrder:
		return h.findOrder(ctx, c)
	case flows.ProveOrder:
		return h.proveOrder(ctx, c)
	}
	return nil, refused("an unknown call")
}

// answerTime is what a turn keeps for itself: a call that would outlast the turn gives up in
// time for the flow to say so.
const answerTime = time.Second

// within bounds a call by its own limit and by the turn's.
func within(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(end)-answerTime)
	}
	return context.WithTimeout(ctx, most)
}

// callError is a failure with a code that flows know. text is for the trace: it must hold
// nothing secret.
type callError struct{ code, text string }

func (e *callError) Error() string { return e.code + ": " + e.text }

func refused(text string) error { return &callError{"refused", text} }

// problem turns a room's refusal into a flow's.
func problem(err error) error {
	var p *errs.Problem
	if !errors.As(err, &p) {
		return err
	}
	if p.Kind == errs.Conflict || p.Kind == errs.TooMany {
		return &callError{"limit", p.Code}
	}
	return refused(p.Code)
}

func (h *host) ask(ctx context.Context, c flows.FAQAsk) flows.FAQAnswers {
	out := flows.FAQAnswers{Decision: string(bots.DecideHandoff)}
	if h.faq == nil {
		return out
	}
	a := h.faq.Answer(ctx, c.Query, min(max(c.K, 1), 10))
	out.Decision = string(a.Decision)
	for _, x := range a.Candidates {
		out.Candidates = append(out.Candidates, entry(x))
	}
	return out
}

func entry(c bots.Candidate) flows.FAQEntry {
	return flows.FAQEntry{ID: c.ID, Question: c.Question, Answer: c.Answer, Score: c.Score}
}
