// Package openai plays a provider of language models on OpenAI's wire format: chat
// completions with structured outputs and tools, embeddings, and the list of models. It
// knows nothing by itself: it answers from the prompt it is given, quoting the source that
// is nearest to the question, and reads values out of a text by their names and types.
//
// Wire format: https://platform.openai.com/docs/api-reference/chat/create,
// https://platform.openai.com/docs/api-reference/embeddings/create,
// https://platform.openai.com/docs/api-reference/models/list and, for refusals,
// https://platform.openai.com/docs/guides/error-codes.
package openai

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"recado/internal/sim"
)

// Models are those the provider has.
var Models = []string{"sim-chat", "sim-embed"}

const maxBody = 4 << 20

// Provider is safe for concurrent use. The zero value is not: see New.
type Provider struct {
	faults sim.Faults
	mux    *http.ServeMux

	mu     sync.Mutex
	keys   []string
	script []string
	asked  []Request
}

// New makes a provider that takes these keys.
func New(keys ...string) *Provider {
	p := &Provider{keys: keys, mux: http.NewServeMux()}
	p.mux.HandleFunc("POST /v1/chat/completions", p.chat)
	p.mux.HandleFunc("POST /v1/embeddings", p.embeddings)
	p.mux.HandleFunc("GET /v1/models", p.models)
	p.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "invalid_request_error", "unknown_url", "Unknown request URL: "+r.Method+" "+r.URL.Path)
	})
	return p
}

// Faults decides how the next calls fail.
func (p *Provider) Faults() *sim.Faults { return &p.faults }

// Say makes the next answers these words, whatever is asked: a model that has gone wrong, or
// does what a stranger tells it.
func (p *Provider) Say(words ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.script = append(p.script, words...)
}

// Asked are the chat requests so far.
func (p *Provider) Asked() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// ServeHTTP implements http.Handler.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	known := slices.Contains(p.keys, key)
	p.mu.Unlock()
	switch {
	case !ok:
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "", "You didn't provide an API key.")
	case !known:
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "Incorrect API key provided: "+key)
	default:
		p.mux.ServeHTTP(w, r)
	}
}

// refuse writes an error as the API does.
func refuse(w http.ResponseWriter, status int, kind, code, text string) {
	var c any
	if code != "" {
		c = code
	}
	write(w, status, map[string]any{"error": map[string]any{"message": text, "type": kind, "param": nil, "code": c}})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone
}

// fail writes the provider's own words for a fault.
func fail(w http.ResponseWriter, f sim.Fault) {
	switch f {
	case sim.Busy:
		refuse(w, http.StatusTooManyRequests, "requests", "rate_limit_exceeded", "Rate limit reached for requests")
	case sim.Revoked:
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "Incorrect API key provided")
	case sim.Broken:
		refuse(w, http.StatusServiceUnavailable, "server_error", "", "The engine is currently overloaded, please try again later")
	default:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "invalid_prompt", "Invalid prompt")
	}
}

// Request is a chat request as far as the provider reads it.
type Request struct {
	Model               string         `json:"model"`
	Messages            []Message      `json:"messages"`
	MaxTokens           int            `json:"max_tokens"`
	MaxCompletionTokens int            `json:"max_completion_tokens"`
	Temperature         float64        `json:"temperature"`
	Stream              bool           `json:"stream"`
	Tools               []tool         `json:"tools"`
	ResponseFormat      responseFormat `json:"response_format"`
}

// Message is one turn of a chat. Content is a string or parts with texts.
type Message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

type content string

func (c *content) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*string)(c)) == nil {
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		*c += content(p.Text)
	}
	return nil
}

type tool struct {
	Type     string `json:"type"`
	Function struct {
		Name       string `json:"name"`
		Parameters schema `json:"parameters"`
	} `json:"function"`
}

type responseFormat struct {
	Type       string `json:"type"`
	JSONSchema struct {
		Name   string `json:"name"`
		Schema schema `json:"schema"`
	} `json:"json_schema"`
}

type schema struct {
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Properties  map[string]schema `json:"properties"`
}

func (p *Provider) chat(w http.ResponseWriter, r *http.Request) {
	var q Request
	if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&q); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "We could not parse the JSON body of your request.")
		return
	}
	switch {
	case !slices.Contains(Models, q.Model):
		refuse(w, http.StatusNotFound, "invalid_request_error", "model_not_found", fmt.Sprintf("The model `%s` does not exist or you do not have access to it.", q.Model))
		return
	case len(q.Messages) == 0:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "[] is too short - 'messages'")
		return
	case q.Stream:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "unsupported_value", "This simulator does not stream.")
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, q)
	p.mu.Unlock()
	p.faults.Serve(w, r, func() (int, []byte) {
		b, _ := json.Marshal(p.completion(q)) // strings and numbers
		return http.StatusOK, b
	}, fail)
}

func (p *Provider) completion(q Request) any {
	message := map[string]any{"role": "assistant", "content": nil, "refusal": nil}
	finish, out := "stop", 0
	if call, ok := toolCall(q); ok {
		message["tool_calls"], finish, out = []any{call}, "tool_calls", 20
	} else {
		text := p.scripted()
		if text == "" {
			text = answer(q)
		}
		most := q.MaxCompletionTokens + q.MaxTokens // one of them is 0
		if out = tokens(text); most > 0 && out > most {
			text, out, finish = string([]rune(text)[:most*perToken]), most, "length"
		}
		message["content"] = text
	}
	in := 0
	for _, m := range q.Messages {
		in += tokens(string(m.Content)) + 4
	}
	return map[string]any{
		"id": "chatcmpl-" + rand.Text(), "object": "chat.completion", "created": time.Now().Unix(), "model": q.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": finish}},
		"usage":   map[string]int{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out},
	}
}

func (p *Provider) scripted() (s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.script) > 0 {
		s, p.script = p.script[0], p.script[1:]
	}
	return s
}

// perToken is about how many characters a token has.
const perToken = 4

func tokens(s string) int { return (utf8.RuneCountInString(s) + perToken - 1) / perToken }

func (p *Provider) models(w http.ResponseWriter, r *http.Request) {
	p.faults.Serve(w, r, func() (int, []byte) {
		list := []any{}
		for _, m := range Models {
			list = append(list, map[string]any{"id": m, "object": "model", "created": 1700000000, "owned_by": "sim"})
		}
		b, _ := json.Marshal(map[string]any{"object": "list", "data": list})
		return http.StatusOK, b
	}, fail)
}

const dimensions = 256

// embeddings are bags of words, so that texts that share words are near. The vectors come in
// another order than the texts, as the API allows itself: only index tells.
func (p *Provider) embeddings(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Model    string          `json:"model"`
		Input    json.RawMessage `json:"input"`
		Encoding string          `json:"encoding_format"`
	}
	err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&q)
	var texts []string
	var one string
	if json.Unmarshal(q.Input, &one) == nil {
		texts = []string{one}
	} else if err == nil {
		err = json.Unmarshal(q.Input, &texts)
	}
	if err != nil || len(texts) == 0 {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "'$.input' is invalid.")
		return
	}
	p.faults.Serve(w, r, func() (int, []byte) {
		in, data := 0, []any{}
		for i := range slices.Backward(texts) {
			in += tokens(texts[i])
			var v any = vector(texts[i])
			if q.Encoding == "base64" {
				v = packed(vector(texts[i]))
			}
			data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": v})
		}
		b, _ := json.Marshal(map[string]any{"object": "list", "model": q.Model, "data": data, "usage": map[string]int{"prompt_tokens": in, "total_tokens": in}})
		return http.StatusOK, b
	}, fail)
}

func vector(text string) []float32 {
	v := make([]float32, dimensions)
	for _, w := range words(text) {
		v[hash(w)%dimensions]++
	}
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

func packed(v []float32) string {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}
