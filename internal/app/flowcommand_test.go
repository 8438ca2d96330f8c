package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// flowFile writes a flow to a file of its own.
func flowFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "flow.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const greeting = `{
  "format": 1, "name": "Saludo", "language": "es", "start": "ask",
  "triggers": [], "variables": [{"name": "size", "type": "number"}],
  "nodes": [
    {"id": "ask", "type": "question", "at": [0, 0],
      "data": {"text": {"es": "¿Qué \"talla\" 👟 usas, {{contact.first_name}}?"}, "type": "number", "variable": "size"},
      "next": {"next": "say"}},
    {"id": "say", "type": "message", "at": [300, 0],
      "data": {"content": {"type": "text", "text": {"es": "Talla {{vars.size}}"}}}}
  ]
}`

func TestCheckFlowSaysWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing wrong", "", "", ""},
		{"an unknown name, past escapes and emoji", "contact.first_name", "contact.nombre", "6:57: "},
		{"an unknown type", `"message"`, `"massage"`, "8:27: "},
		{"an exit to nowhere", `"next": "say"`, `"next": "zzz"`, "7:24: "},
		{"what is missing shows what is around it", `"variable": "size"`, `"retries": 1`, "6:15: "},
		{"no JSON", `"at": [300, 0],`, `"at": [300, 0,`, "9:"},
		{"a name that is not known", `"language"`, `"lenguaje"`, "2:34: "},
		{"a format of tomorrow", `"format": 1`, `"format": 7`, "2:13: "},
	} {
		name := flowFile(t, strings.Replace(greeting, c.from, c.to, 1))
		var out strings.Builder
		err := CheckFlow(name, "es", &out)
		if c.want == "" {
			if err != nil || out.Len() > 0 {
				t.Errorf("%s: %v\n%s", c.name, err, &out)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(out.String(), name+":"+c.want) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: want a line at %s, got %v\n%s", c.name, c.want, err, &out)
		}
	}
}

func TestRunFlowTalks(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	in := strings.NewReader("hola\n/event order.paid {}\n/press nope:yes\nno sé\ntreinta y ocho\nnunca leído\n")
	if err := RunFlow(t.Context(), flowFile(t, greeting), RunOptions{Trace: true, Channel: "webchat"}, in, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"[ask question]\n", "¿Qué \"talla\" 👟 usas, Ana?\n", "the flow waits for message until", "[ask question → next {\"vars.size\":38}]\n", "  Talla 38\n", "(the flow ended: done)\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not print %q:\n%s", want, &out)
		}
	}
	if n := strings.Count(out.String(), "usas, Ana?"); n != 3 {
		t.Errorf("it asks %d times, want 3: at first, after another's button, after no number", n)
	}
}
