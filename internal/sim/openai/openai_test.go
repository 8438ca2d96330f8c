package openai

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/internal/sim"
)

func call(t *testing.T, p *Provider, method, path, key, body string) (*http.Response, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	resp := w.Result()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatalf("%s %s: %s", method, path, b)
	}
	return resp, got
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key, path, body string
		fault           sim.Fault
		status          int
		code            any
	}{
		"no key":     {path: "/v1/models", status: 401},
		"wrong key":  {key: "x", path: "/v1/models", status: 401, code: "invalid_api_key"},
		"no path":    {key: "k", path: "/v1/nothing", status: 404, code: "unknown_url"},
		"no JSON":    {key: "k", path: "/v1/chat/completions", body: "{", status: 400},
		"no model":   {key: "k", path: "/v1/chat/completions", body: `{"model":"x","messages":[]}`, status: 404, code: "model_not_found"},
		"no message": {key: "k", path: "/v1/chat/completions", body: `{"model":"sim-chat","messages":[]}`, status: 400},
		"no input":   {key: "k", path: "/v1/embeddings", body: `{"model":"sim-embed"}`, status: 400},
		"too many":   {key: "k", path: "/v1/models", fault: sim.Busy, status: 429, code: "rate_limit_exceeded"},
	} {
		p := New("k")
		p.Faults().Next(tt.fault)
		method := http.MethodPost
		if tt.path == "/v1/models" {
			method = http.MethodGet
		}
		resp, got := call(t, p, method, tt.path, tt.key, tt.body)
		e, _ := got["error"].(map[string]any)
		if resp.StatusCode != tt.status || e["code"] != tt.code || e["message"] == "" || e["type"] == "" {
			t.Errorf("%s: %d %v", name, resp.StatusCode, got)
		}
		if tt.fault == sim.Busy && resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
	}
}

const sources = "Answer. If you cannot, write only NO_SE.\n\nSources:\n[1] ¿Cuánto cuesta el envío?\nA la Península cuesta 3,95 €. A Baleares, 6 €.\n[2] ¿Puedo cambiar la talla?\nSí, el primer cambio de talla es gratis."

func TestAnswers(t *testing.T) {
	t.Parallel()
	for question, want := range map[string]string{
		"¿cuánto cuesta el envío a Baleares?": "A Baleares, 6 €. [1]",
		"cambiar talla":                       "Sí, el primer cambio de talla es gratis. [2]",
		"¿llueve en Marte?":                   "NO_SE",
		"":                                    "NO_SE",
	} {
		q := Request{Messages: []Message{{Role: "system", Content: sources}, {Role: "user", Content: content(question)}}}
		if got := answer(q); got != want {
			t.Errorf("%q: %q, want %q", question, got, want)
		}
	}
}

func TestReads(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, name, about, want string }{
		{"quiero 2 camisetas talla 38", "talla", "(number)", "38"},
		{"quiero 2 camisetas", "cantidad", "(number)", "2"},
		{"unos zapatos rojos", "color", "(text)", "rojo"},
		{"escríbeme a ana.p@example.com, gracias", "correo", "(text)", "ana.p@example.com"},
		{"mi teléfono es +34 600 111 222", "telefono", "(text)", "+34 600 111 222"},
		{"lo necesito el 5/12/2026", "cuando", "fecha de entrega (date)", "2026-12-05"},
		{"Hola, soy Ana María y vivo en Bogotá", "nombre", "(text)", "Ana María"},
		{"Hola, soy Ana y vivo en Bogotá", "ciudad", "(text)", "Bogotá"},
		{"sí, para regalo", "regalo", "(bool)", "true"},
		{"no, gracias", "regalo", "(bool)", "false"},
		{"hola", "talla", "(number)", ""},
		{"la marca: Aurora", "marca", "(text)", "Aurora"},
	} {
		if got := find(tt.text, tt.name, tt.name+" "+tt.about); got != tt.want {
			t.Errorf("%s in %q: %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestToolsAndParts(t *testing.T) {
	t.Parallel()
	p := New("k")
	body := `{"model":"sim-chat","messages":[{"role":"user","content":[{"type":"text","text":"busco talla 38"}]}],
		"tools":[{"type":"function","function":{"name":"buscar","parameters":{"type":"object","properties":{"talla":{"type":"number"}}}}}]}`
	_, got := call(t, p, http.MethodPost, "/v1/chat/completions", "k", body)
	b, _ := json.Marshal(got["choices"])
	for _, want := range []string{`"tool_calls"`, `"name":"buscar"`, `{\"talla\":38}`, `"finish_reason":"tool_calls"`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}
