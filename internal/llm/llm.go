// Package llm is the seam to language models: what the program asks of one, whoever runs it.
//
// To add a provider, write its folder below this one, let it satisfy Completer (and Embedder
// where it can), return *Error for what went wrong, and name it in internal/app.
package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Completer answers one request. It may block until ctx ends, holds no state between calls
// and is safe for concurrent use. Errors are *Error; ctx's own error is wrapped in one.
type Completer interface {
	Complete(ctx context.Context, r Request) (Response, error)
}

// Embedder turns texts into vectors, one for each in the same order.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, Usage, error)
}

// Checker is a Completer that can tell whether its account would be served, at no cost.
type Checker interface {
	// Check returns nil, or an *Error; one that wraps ErrNoModel for a model that is not there.
	Check(ctx context.Context) error
}

// ErrNoModel is wrapped by the error for an account whose model the provider does not have.
var ErrNoModel = errors.New("no such model")

// Account is whose endpoint and key a request goes by.
type Account struct {
	BaseURL string // "https://api.openai.com/v1", or any that speaks the same
	Key     string
	Model   string
}

// Request is one question to a model. System is ours and the company's; User is what
// a stranger wrote, and is never joined to System.
type Request struct {
	System      string
	User        string
	MaxTokens   int
	Temperature float64
	Schema      *Schema // the answer must be JSON of this schema; nil: text
}

// Schema is a JSON schema with a name, as structured outputs want.
type Schema struct {
	Name string
	JSON json.RawMessage
}

// Response is a model's answer.
type Response struct {
	Text  string
	Model string // as the provider names it
	Cut   bool   // MaxTokens was reached
	Usage Usage
}

// Usage is what a call cost, in tokens.
type Usage struct{ In, Out int }

// Class is what a failed call means to whoever asked.
type Class string

const (
	Refused     Class = "refused"     // key, address or request: trying again does not help
	Limited     Class = "limited"     // too many requests, or no credit; RetryAfter may say when
	Unavailable Class = "unavailable" // the provider is down or cannot be reached
	Timeout     Class = "timeout"
	BadAnswer   Class = "bad_answer" // it answered, but not what was agreed
)

// Error is a failed call. It never holds the key.
type Error struct {
	Class      Class
	RetryAfter time.Duration
	Err        error
}

func (e *Error) Error() string { return fmt.Sprintf("model: %s: %v", e.Class, e.Err) }
func (e *Error) Unwrap() error { return e.Err }
