// Package openai asks any endpoint that speaks OpenAI's protocol: OpenAI itself, the many
// that copy it, and models on one's own machine (Ollama, llama.cpp, vLLM).
//
// Chat goes through langchaingo, which loses statuses, deadlines and the order of vectors;
// what it loses is kept here. Wire format: https://platform.openai.com/docs/api-reference.
package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"
	lc "github.com/tmc/langchaingo/llms/openai"

	"recado/internal/llm"
)

// Doer is the guarded client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Model asks one account's model. Safe for concurrent use.
type Model struct {
	account llm.Account
	http    Doer
}

var (
	_ llm.Completer = (*Model)(nil)
	_ llm.Embedder  = (*Model)(nil)
	_ llm.Checker   = (*Model)(nil)
)

// New makes a Model. http must refuse addresses the account's owner may not reach.
func New(http Doer, a llm.Account) *Model {
	a.BaseURL = strings.TrimRight(a.BaseURL, "/")
	return &Model{account: a, http: http}
}

// Complete implements llm.Completer.
func (m *Model) Complete(ctx context.Context, r llm.Request) (llm.Response, error) {
	// Every option is set, for langchaingo takes what is missing from the environment.
	options := []lc.Option{lc.WithToken(m.account.Key), lc.WithModel(m.account.Model), lc.WithBaseURL(m.account.BaseURL),
		lc.WithOrganization(""), lc.WithHTTPClient(statusDoer{m.http})}
	if r.Schema != nil {
		format := &lc.ResponseFormat{Type: "json_schema", JSONSchema: &lc.ResponseFormatJSONSchema{Name: r.Schema.Name, Strict: true}}
		if err := json.Unmarshal(r.Schema.JSON, &format.JSONSchema.Schema); err != nil {
			return llm.Response{}, &llm.Error{Class: llm.Refused, Err: err}
		}
		options = append(options, lc.WithResponseFormat(format))
	}
	c, err := lc.New(options...)
	if err != nil {
		return llm.Response{}, &llm.Error{Class: llm.Refused, Err: err}
	}
	var messages []llms.MessageContent
	if r.System != "" {
		messages = append(messages, llms.TextParts(llms.ChatMessageTypeSystem, r.System))
	}
	messages = append(messages, llms.TextParts(llms.ChatMessageTypeHuman, r.User))
	got, err := c.GenerateContent(ctx, messages, llms.WithTemperature(r.Temperature), llms.WithMaxTokens(r.MaxTokens))
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return llm.Response{}, classify(err)
	}
	choice := got.Choices[0] // without any it is an error
	out := llm.Response{Text: choice.Content, Model: m.account.Model, Cut: choice.StopReason == "length"}
	out.Usage.In, _ = choice.GenerationInfo["PromptTokens"].(int)
	out.Usage.Out, _ = choice.GenerationInfo["CompletionTokens"].(int)
	if strings.TrimSpace(out.Text) == "" {
		return out, &llm.Error{Class: llm.BadAnswer, Err: errors.New("an empty answer")}
	}
	return out, nil
}

// Embed implements llm.Embedder. The call is our own, for langchaingo ignores each vector's
// index and so may swap the vectors of two texts.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, llm.Usage, error) {
	if len(texts) == 0 {
		return nil, llm.Usage{}, nil
	}
	body, err := json.Marshal(map[string]any{"model": m.account.Model, "input": texts, "encoding_format": "float"})
	if err != nil {
		return nil, llm.Usage{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.account.BaseURL+"/embeddings", bytes.NewReader(body))
	if err != nil {
		return nil, llm.Usage{}, &llm.Error{Class: llm.Refused, Err: errors.New("the address cannot be read")}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+m.account.Key)
	resp, err := statusDoer{m.http}.Do(req)
	if err != nil {
		return nil, llm.Usage{}, classify(cmp.Or(ctx.Err(), err))
	}
	defer resp.Body.Close()
	var got struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return nil, llm.Usage{}, classify(cmp.Or(ctx.Err(), err))
	}
	out := make([][]float32, len(texts))
	for _, d := range got.Data {
		if d.Index < 0 || d.Index >= len(out) || len(d.Embedding) == 0 {
			return nil, llm.Usage{}, &llm.Error{Class: llm.BadAnswer, Err: fmt.Errorf("vector %d of %d", d.Index, len(texts))}
		}
		out[d.Index] = d.Embedding
	}
	if slices.ContainsFunc(out, func(v []float32) bool { return v == nil }) {
		return nil, llm.Usage{}, &llm.Error{Class: llm.BadAnswer, Err: fmt.Errorf("%d vectors for %d texts", len(got.Data), len(texts))}
	}
	return out, llm.Usage{In: got.Usage.PromptTokens}, nil
}

// Check implements llm.Checker: it asks the endpoint for its models, which costs nothing. Endpoints that do not list any are asked
// for one word instead.
func (m *Model) Check(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.account.BaseURL+"/models", nil)
	if err != nil {
		return &llm.Error{Class: llm.Refused, Err: errors.New("the address cannot be read")}
	}
	req.Header.Set("Authorization", "Bearer "+m.account.Key)
	resp, err := statusDoer{m.http}.Do(req)
	var s *statusError
	if errors.As(err, &s) && (s.status == http.StatusNotFound || s.status == http.StatusMethodNotAllowed) {
		_, err := m.Complete(ctx, llm.Request{User: "Hola", MaxTokens: 5})
		return err
	}
	if err != nil {
		return classify(cmp.Or(ctx.Err(), err))
	}
	defer resp.Body.Close()
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return classify(cmp.Or(ctx.Err(), err))
	}
	for _, d := range list.Data {
		if d.ID == m.account.Model {
			return nil
		}
	}
	return &llm.Error{Class: llm.Refused, Err: fmt.Errorf("%w %q", llm.ErrNoModel, m.account.Model)}
}

// statusError is an answer that is not 200; langchaingo would make a plain sentence of it.
type statusError struct {
	status     int
	retryAfter time.Duration
	code       string // the provider's, "insufficient_quota"
}

func (e *statusError) Error() string { return fmt.Sprintf("HTTP %d %s", e.status, e.code) }

// statusDoer turns refusals into statusErrors.
type statusDoer struct{ Doer }

// Do implements Doer.
func (d statusDoer) Do(r *http.Request) (*http.Response, error) {
	resp, err := d.Doer.Do(r)
	if err != nil || resp.StatusCode == http.StatusOK {
		return resp, err
	}
	defer resp.Body.Close()
	e := &statusError{status: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s >= 0 {
		e.retryAfter = min(time.Duration(s)*time.Second, time.Hour)
	}
	var body struct {
		Error struct {
			Code any `json:"code"`
		} `json:"error"`
	}
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 8<<10)) // what it says besides is nobody's to rely on
	if json.Unmarshal(b, &body) == nil {
		if s, ok := body.Error.Code.(string); ok && len(s) <= 60 {
			e.code = s // its message may quote the key
		}
	}
	return nil, e
}

// classify says what an error means to whoever asked.
func classify(err error) error {
	out := &llm.Error{Class: llm.Unavailable, Err: err}
	var s *statusError
	var slow net.Error
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &s):
		out.RetryAfter, out.Err = s.retryAfter, s
		switch {
		case s.status == http.StatusTooManyRequests, s.status == http.StatusPaymentRequired:
			out.Class = llm.Limited
		case s.status == http.StatusRequestTimeout, s.status == http.StatusGatewayTimeout:
			out.Class = llm.Timeout
		case s.status < 500:
			out.Class = llm.Refused
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &slow) && slow.Timeout():
		out.Class = llm.Timeout
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &syntax), errors.As(err, &kind), errors.Is(err, lc.ErrEmptyResponse):
		out.Class = llm.BadAnswer
	}
	return out
}
