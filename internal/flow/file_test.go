package flow

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// anything is a random JSON value.
func anything(r *rand.Rand, depth int) any {
	words := []string{"hola", "", "línea\ny \"más\"", "<b>&", "\u2028", "😀", "{nombre}", "zz", "aa"}
	switch n := r.IntN(8); {
	case n < 2 || depth == 0 && n < 4:
		return words[r.IntN(len(words))]
	case n == 2:
		return json.Number([]string{"1.50", "0", "-3", "1e3", "12345678901234567890"}[r.IntN(5)])
	case n == 3:
		return r.IntN(2) == 0
	case n == 4 || depth == 0:
		return nil
	case n == 5:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = anything(r, depth-1)
		}
		return list
	}
	m := map[string]any{}
	for range r.IntN(5) {
		m[words[r.IntN(len(words))]] = anything(r, depth-1)
	}
	return m
}

func randomDefinition(r *rand.Rand) flows.Definition {
	d := flows.Definition{Format: 1, Name: "x<y>", Language: "es", Start: "a", Idle: r.IntN(3)}
	if r.IntN(2) == 0 {
		d.Triggers = []flows.Trigger{{ID: "t", Type: flows.OnKeyword, Match: "exact", Words: []string{"b", "a"}, Priority: -1, Channels: []id.Channel{{1}},
			Week: &hours.Hours{Days: map[string][]hours.Span{"tue": {{From: "09:00", To: "10:00"}}, "mon": nil}}}}
		d.Goals = []flows.Goal{{Type: "order"}}
		d.Variables = []flows.Variable{{Name: "v", Type: expr.Text}}
	}
	for range r.IntN(6) {
		n := flows.NodeDef{ID: string(rune('a' + r.IntN(26))), Type: "say", At: [2]int{r.IntN(100) - 50, 7}, Next: map[string]string{"z": "a", "a": "z"}}
		if r.IntN(4) > 0 {
			n.Data, _ = json.Marshal(map[string]any{"b": anything(r, 3), "a": anything(r, 3)})
		}
		d.Nodes = append(d.Nodes, n)
	}
	return d
}

// What was exported and imported is exported as the very same bytes.
func TestExportImportExport(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		d := randomDefinition(rand.New(rand.NewPCG(seed, 1)))
		first, err := Export(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Import(first, "file")
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, first)
		}
		second, err := Export(back)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("seed %d: %v\n%s\nbecame\n%s", seed, err, first, second)
		}
	}
}

// The database gives back what was stored, to the byte.
func TestStoredDefinitionsStay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := drawing("x", node("a", "say", `{"z":1.50,"text":{"es":"1e3 <b>"},"a":[1e3,{"y":null,"x":"\u2028"}]}`))
	want, err := Export(d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Export(b.get(t, b.create(t, d).ID).Draft)
	if err != nil || !bytes.Equal(want, got) {
		t.Errorf("%v\n%s\nbecame\n%s", err, want, got)
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	good, err := Export(drawing("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"nothing":       "",
		"no JSON":       "flow:",
		"an array":      "[]",
		"unknown names": strings.Replace(string(good), `"start"`, `"begin"`, 1),
		"more after it": string(good) + "{}",
		"a NUL":         strings.Replace(string(good), "Hola", `a\u0000b`, 1),
		"no UTF-8":      strings.Replace(string(good), "Hola", "\xff", 1),
		"wrong type":    strings.Replace(string(good), `"format": 1`, `"format": "1"`, 1),
	} {
		if _, err := Import([]byte(file), "file"); !errs.Is(err, "flow.file") || !strings.HasSuffix(err.Error(), " at file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Import(bytes.Repeat([]byte(" "), 8*maxDefinition+1), "file"); !errs.Is(err, "flow.too_large") {
		t.Errorf("large: %v", err)
	}
}

// Whatever is imported is refused or can be exported again.
func FuzzImport(f *testing.F) {
	good, err := Export(starting(drawing("x"), "exact", "hola"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"format":1,"nodes":[{"id":"a","data":null}],"triggers":[{"week":{}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := Import(file, "file")
		if err != nil {
			return
		}
		first, err := Export(d)
		if err != nil {
			if !errs.Is(err, "flow.too_large") && !errs.Is(err, "flow.data") {
				t.Fatal(err)
			}
			return
		}
		back, err := Import(first, "file")
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if second, err := Export(back); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, first, second)
		}
	})
}
