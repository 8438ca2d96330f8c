package openai_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/internal/llm"
	"recado/internal/llm/openai"
	"recado/internal/sim"
	simulated "recado/internal/sim/openai"
)

const key = "sk-test-key-1234"

func provider(t *testing.T, a llm.Account) (*simulated.Provider, *openai.Model) {
	t.Helper()
	p := simulated.New(key)
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	if a.BaseURL == "" {
		a.BaseURL = s.URL + "/v1"
	}
	if a.Key == "" {
		a.Key = key
	}
	if a.Model == "" {
		a.Model = "sim-chat"
	}
	return p, openai.New(s.Client(), a)
}

const system = `Answer from the sources. If they do not answer, write only NO_SE.

Sources:
[1] ¿Cuánto cuesta el envío?
El envío cuesta 3,95 €. Desde 50 € es gratis.
[2] ¿Cómo devuelvo algo?
Tienes 30 días para devolver.`

func TestComplete(t *testing.T) {
	t.Parallel()
	p, m := provider(t, llm.Account{})
	got, err := m.Complete(t.Context(), llm.Request{System: system, User: "cuánto cuesta el envío", MaxTokens: 100, Temperature: 0.2})
	if err != nil || got.Text != "El envío cuesta 3,95 €. [1]" || got.Usage.In < 50 || got.Usage.Out == 0 || got.Cut {
		t.Errorf("%+v, %v", got, err)
	}
	asked := p.Asked()[0]
	if asked.Model != "sim-chat" || asked.Temperature != 0.2 || asked.MaxCompletionTokens != 100 || len(asked.Messages) != 2 ||
		asked.Messages[0].Role != "system" || asked.Messages[1].Content != "cuánto cuesta el envío" {
		t.Errorf("asked %+v", asked)
	}
	if got, err = m.Complete(t.Context(), llm.Request{System: system, User: "¿llueve en Marte mañana?", MaxTokens: 100}); err != nil || got.Text != "NO_SE" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = m.Complete(t.Context(), llm.Request{System: system, User: "cuánto cuesta el envío", MaxTokens: 2}); err != nil || !got.Cut {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	p, m := provider(t, llm.Account{})
	schema := &llm.Schema{Name: "values", JSON: []byte(`{"type":"object","properties":{"talla":{"type":"string","description":"(number)"},"color":{"type":"string"}},"required":["talla","color"],"additionalProperties":false}`)}
	got, err := m.Complete(t.Context(), llm.Request{User: "busco zapatos rojos talla 38", MaxTokens: 100, Schema: schema})
	if err != nil || got.Text != `{"color":"rojo","talla":"38"}` {
		t.Errorf("%q, %v", got.Text, err)
	}
	if f := p.Asked()[0].ResponseFormat; f.Type != "json_schema" || f.JSONSchema.Name != "values" || len(f.JSONSchema.Schema.Properties) != 2 {
		t.Errorf("asked for %+v", f)
	}
	if _, err := m.Complete(t.Context(), llm.Request{User: "x", Schema: &llm.Schema{JSON: []byte("{")}}); class(err) != llm.Refused {
		t.Errorf("half a schema: %v", err)
	}
}

func class(err error) llm.Class {
	var e *llm.Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ""
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		account llm.Account
		fault   sim.Fault
		want    llm.Class
	}{
		"a wrong key":        {account: llm.Account{Key: "sk-secret-wrong"}, want: llm.Refused},
		"no such model":      {account: llm.Account{Model: "gpt-x"}, want: llm.Refused},
		"nobody there":       {account: llm.Account{BaseURL: "http://127.0.0.1:1/v1"}, want: llm.Unavailable},
		"no address":         {account: llm.Account{BaseURL: "::"}, want: llm.Unavailable},
		"too many":           {fault: sim.Busy, want: llm.Limited},
		"overloaded":         {fault: sim.Broken, want: llm.Unavailable},
		"half a body":        {fault: sim.HalfBody, want: llm.BadAnswer},
		"a cut line":         {fault: sim.Unplugged, want: llm.BadAnswer},
		"a prompt it hates":  {fault: sim.Rejected, want: llm.Refused},
		"a key taken away":   {fault: sim.Revoked, want: llm.Refused},
		"it answers nothing": {fault: sim.Hang, want: llm.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, m := provider(t, tt.account)
			p.Faults().Next(tt.fault)
			p.Faults().SetRetryAfter(7 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if tt.fault == sim.Hang {
				ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
				defer cancel()
			}
			_, err := m.Complete(ctx, llm.Request{User: "hola", MaxTokens: 10})
			if class(err) != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
			var e *llm.Error
			if errors.As(err, &e) && tt.fault == sim.Busy && e.RetryAfter != 7*time.Second {
				t.Errorf("told to wait %v", e.RetryAfter)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), key)) {
				t.Errorf("the key is in %q", err)
			}
		})
	}
}

// A slow answer is still an answer.
func TestSlow(t *testing.T) {
	t.Parallel()
	p, m := provider(t, llm.Account{})
	p.Faults().Next(sim.Slow)
	if _, err := m.Complete(t.Context(), llm.Request{System: system, User: "cuánto cuesta el envío", MaxTokens: 50}); err != nil {
		t.Error(err)
	}
}

// What the environment says of OpenAI must not be anybody's key, address or organization.
func TestEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-of-the-operator")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_ORGANIZATION", "org-of-the-operator")
	var header http.Header
	p := simulated.New(key)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		p.ServeHTTP(w, r)
	}))
	defer s.Close()
	m := openai.New(s.Client(), llm.Account{BaseURL: s.URL + "/v1/", Key: key, Model: "sim-chat"})
	if _, err := m.Complete(t.Context(), llm.Request{User: "hola", MaxTokens: 5}); err != nil {
		t.Fatal(err)
	}
	if header.Get("Authorization") != "Bearer "+key || header.Get("OpenAI-Organization") != "" {
		t.Errorf("sent %v", header)
	}
	if _, err := openai.New(s.Client(), llm.Account{BaseURL: s.URL + "/v1", Model: "sim-chat"}).Complete(t.Context(), llm.Request{User: "hola"}); class(err) != llm.Refused {
		t.Errorf("without a key: %v", err)
	}
}

// The provider gives vectors in any order.
func TestEmbed(t *testing.T) {
	t.Parallel()
	p, m := provider(t, llm.Account{Model: "sim-embed"})
	texts := []string{"envío gratis", "devolver un vestido", "zapatos rojos"}
	all, usage, err := m.Embed(t.Context(), texts)
	if err != nil || len(all) != 3 || usage.In == 0 {
		t.Fatalf("%d vectors, %+v, %v", len(all), usage, err)
	}
	for i, text := range texts {
		one, _, err := m.Embed(t.Context(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		for d := range one[0] {
			if one[0][d] != all[i][d] {
				t.Fatalf("text %d has another's vector", i)
			}
		}
	}
	p.Faults().Next(sim.HalfBody)
	if _, _, err := m.Embed(t.Context(), texts); class(err) != llm.BadAnswer {
		t.Errorf("half a body: %v", err)
	}
	if v, _, err := m.Embed(t.Context(), nil); err != nil || len(v) != 0 {
		t.Errorf("no texts: %v, %v", v, err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		account llm.Account
		want    llm.Class
	}{
		"all is well":   {},
		"a wrong key":   {account: llm.Account{Key: "sk-x"}, want: llm.Refused},
		"no such model": {account: llm.Account{Model: "gpt-x"}, want: llm.Refused},
	} {
		_, m := provider(t, tt.account)
		if err := m.Check(t.Context()); class(err) != tt.want || tt.want == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
