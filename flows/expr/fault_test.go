package expr_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"recado/flows/expr"
)

// faults are the Error values that an error joins.
func faults(t *testing.T, err error) []*expr.Error {
	t.Helper()
	switch err := err.(type) {
	case nil:
		return nil
	case *expr.Error:
		return []*expr.Error{err}
	case interface{ Unwrap() []error }:
		var out []*expr.Error
		for _, e := range err.Unwrap() {
			out = append(out, faults(t, e)...)
		}
		return out
	}
	t.Fatalf("not an *expr.Error: %T %v", err, err)
	return nil
}

// at is a range of a source as a browser would select it.
func at(src string, e *expr.Error) string {
	u := utf16.Encode([]rune(src))
	if e.From < 0 || e.To > len(u) || e.From > e.To {
		return "OUT OF RANGE"
	}
	return string(utf16.Decode(u[e.From:e.To]))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		src  string
		want expr.Type
		code string
		at   string
		args string // key=value, separated by ;
	}{
		{`vars.sice == "M"`, expr.Bool, "expr.unknown_name_near", "vars.sice", "name=vars.sice;near=vars.size"},
		{`vars.siz == "M"`, expr.Bool, "expr.unknown_name_near", "vars.siz", "near=vars.size"},
		{`"😀" == contact.nme`, expr.Bool, "expr.unknown_name_near", "contact.nme", "near=contact.name"},
		{`nombre == "Ana"`, expr.Bool, "expr.unknown_name_near", "nombre", "near=contact.name"},
		{`customer.phone`, expr.Any, "expr.unknown_name_near", "customer.phone", "near=contact.phone"},
		{`zzz > 1`, expr.Bool, "expr.unknown_name", "zzz", "name=zzz"},
		{`contact.name.first`, expr.Any, "expr.unknown_name_near", "contact.name.first", "near=contact.name"},
		{`contact == "x"`, expr.Bool, "expr.not_a_value", "contact", "name=contact"},
		{`any(cart.items, .prize > 1)`, expr.Bool, "expr.unknown_name_near", ".prize", "near=price"},
		{`upper(contact.name).x`, expr.Any, "expr.no_parts", "upper(contact.name).x", "name=x"},
		{`cart.total > "mucho"`, expr.Bool, "expr.compare", `cart.total > "mucho"`, "noun=expr.number"},
		{`cart.items > 3`, expr.Bool, "expr.compare", "cart.items > 3", "noun=expr.list"},
		{`company.open > vars.vip`, expr.Bool, "expr.order", "company.open > vars.vip", "noun=expr.bool"},
		{`contact.name && true`, expr.Bool, "expr.needs", "contact.name", "noun=expr.bool"},
		{`cart.total * contact.name`, expr.Number, "expr.needs", "contact.name", "noun=expr.number"},
		{`vars.when < "mañana"`, expr.Bool, "expr.compare", `vars.when < "mañana"`, "noun=expr.date"},
		{`addDays("mañana", 1)`, expr.Date, "expr.no_date", `"mañana"`, ""},
		{`date(now, "largo")`, expr.Text, "expr.option", `"largo"`, "name=date;found=largo"},
		{`cart.total`, expr.Bool, "expr.result", "cart.total", "noun=expr.bool"},
		{`uper("a")`, expr.Text, "expr.no_function_near", "uper", "name=uper;near=upper"},
		{`sprintf("%d", 1)`, expr.Text, "expr.no_function", "sprintf", "name=sprintf"},
		{`plural(1, "x")`, expr.Text, "expr.arguments", "plural", "name=plural;least=3;most=3"},
		{`contact.Danger()`, expr.Any, "expr.no_method", "Danger", ""},
		{`any(contact.tags, any(cart.items, true))`, expr.Bool, "expr.nested", "any(cart.items", "name=any"},
		{`secret.key`, expr.Text, "expr.secret", "secret.key", ""},
		{`contact.name matches contact.phone`, expr.Bool, "expr.pattern_fixed", "contact.phone", ""},
		{`contact.name matches "("`, expr.Bool, "expr.pattern", `"("`, ""},
		{`contact.name matches "(\\pL{900}){2}"`, expr.Bool, "expr.pattern", `"(\\pL{900}){2}"`, ""},
		{`contact.name[0:2]`, expr.Text, "expr.not_allowed", "[", "what=[:]"},
		{`{"a": 1}`, expr.Any, "expr.not_allowed", "{", "what={}"},
		{`1..9`, expr.List, "expr.not_allowed", "..", "what=.."},
		{`let x = 1; x`, expr.Any, "expr.not_allowed", "let", "what=let"},
		{`1 + + )`, expr.Any, "expr.unexpected", ")", "found=)"},
		{`contact.name ==`, expr.Bool, "expr.syntax", "", ""},
		{`"😀 sin cerrar`, expr.Text, "expr.syntax", "", ""},
		{`  `, expr.Bool, "expr.empty", "  ", ""},
		{"a\x00b", expr.Any, "expr.characters", "", ""},
		{strings.Repeat("(", 30) + "1" + strings.Repeat(")", 30), expr.Any, "expr.too_complex", "(", ""},
		{strings.Repeat("a", 5000), expr.Any, "expr.too_long", strings.Repeat("a", 4096), "limit=4096"},
		{`all(event.list, json(event.x) != "")`, expr.Bool, "expr.too_costly", `all(event.list, json(event.x) != ""`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.src[:min(len(tt.src), 40)], func(t *testing.T) {
			t.Parallel()
			_, err := expr.Compile(tt.src, env(), tt.want)
			got := faults(t, err)
			if len(got) != 1 {
				t.Fatalf("got %d faults: %v", len(got), err)
			}
			if e := got[0]; e.Code != tt.code || tt.at != "" && at(tt.src, e) != tt.at || at(tt.src, e) == "OUT OF RANGE" {
				t.Errorf("got %s at %q, want %s at %q", e.Code, at(tt.src, e), tt.code, tt.at)
			}
			for _, kv := range strings.Split(tt.args, ";") {
				if k, v, ok := strings.Cut(kv, "="); ok && got[0].Args[k] != v && !(k == "least" || k == "most" || k == "limit") {
					t.Errorf("%s is %v, want %s", k, got[0].Args[k], v)
				}
			}
		})
	}
}

// Several faults come at once, each at its own place.
func TestFaultsComeTogether(t *testing.T) {
	t.Parallel()
	src := `vars.siz == "M" && vars.ag > 3 && uper(contact.nam) == ""`
	_, err := expr.Compile(src, env(), expr.Bool)
	var got []string
	for _, e := range faults(t, err) {
		got = append(got, at(src, e))
	}
	if want := "vars.siz vars.ag uper"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every code of this package has a sentence in both languages, filled by its arguments.
func TestEveryFaultHasASentence(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"(expr\.[a-z_]+)"`).FindAllStringSubmatch(string(b), -1) {
			codes[m[1]] = true
		}
	}
	for _, noun := range []expr.Type{expr.Text, expr.Number, expr.Bool, expr.Date, expr.List} {
		codes["noun.expr."+string(noun)] = true
		delete(codes, "expr."+string(noun))
	}
	if len(codes) < 25 {
		t.Fatalf("found only %d codes: the search is broken", len(codes))
	}
	for _, lang := range []string{"es", "en"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "internal", "api", "problems", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var sentences map[string]string
		if err := json.Unmarshal(b, &sentences); err != nil {
			t.Fatal(err)
		}
		for code := range codes {
			if sentences[code] == "" {
				t.Errorf("%s has no sentence in %s", code, lang)
			}
		}
	}
}
