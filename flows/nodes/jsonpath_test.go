package nodes

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/flows"
	"recado/flows/expr"
)

func TestParsePath(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]step{
		"":                     nil,
		"$":                    nil,
		"a":                    {{name: "a"}},
		"$.a.b":                {{name: "a"}, {name: "b"}},
		"data.items[0].name":   {{name: "data"}, {name: "items"}, {index: 0}, {name: "name"}},
		"[2][-1]":              {{index: 2}, {index: -1}},
		`["a b"].c["d\"e"][0]`: {{name: "a b"}, {name: "c"}, {name: `d"e`}, {index: 0}},
		" año.ñ ":              {{name: "año"}, {name: "ñ"}},
	} {
		if got, err := parsePath(in); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"a.", "a..b", "a.[0]", "[", "[]", "[x]", "[1", `["a]`, `["a"`, `[""]`, "a]b", "a b", "[99999999999]", "a'b", strings.Repeat("a.", 30) + "a"} {
		if got, err := parsePath(in); err == nil {
			t.Errorf("%q is %+v", in, got)
		}
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	long := strings.Repeat("x", 5000)
	for _, tt := range []struct {
		typ  expr.Type
		json string
		want any
	}{
		{expr.Text, `"hola"`, "hola"}, {expr.Text, `3.5`, "3.5"}, {expr.Text, `true`, "true"}, {expr.Text, `null`, nil}, {expr.Text, `{"a": 1}`, `{"a":1}`}, {expr.Text, `["` + long + `"]`, nil},
		{expr.Number, `3`, 3.0}, {expr.Number, `" 3.5 "`, 3.5}, {expr.Number, `"NaN"`, nil}, {expr.Number, `"0x10"`, nil}, {expr.Number, `"1e999"`, nil}, {expr.Number, `true`, nil},
		{expr.Bool, `false`, false}, {expr.Bool, `"true"`, true}, {expr.Bool, `1`, nil},
		{expr.Date, `"2026-12-05"`, at}, {expr.Date, `"2026-12-05T00:00:00Z"`, at}, {expr.Date, `5`, nil},
		{expr.List, `[1, "a"]`, []any{1.0, "a"}}, {expr.List, `"a"`, nil}, {expr.List, `["` + long + `"]`, nil},
		{expr.Any, `{"a": [1]}`, map[string]any{"a": []any{1.0}}}, {expr.Any, `["` + long + `"]`, nil},
	} {
		var v any
		if err := json.Unmarshal([]byte(tt.json), &v); err != nil {
			t.Fatal(err)
		}
		if got := as(tt.typ, v); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%.20s as %s: %#v, want %#v", tt.json, tt.typ, got, tt.want)
		}
	}
}

// FuzzMapping takes any path through any answer into any type: what comes out is of the type,
// and small enough for a session.
func FuzzMapping(f *testing.F) {
	for _, s := range [][2]string{
		{"data.items[0].name", `{"data": {"items": [{"name": "Ana"}]}}`}, {"[-1]", `[1, 2, [3]]`}, {`["a b"].c`, `{"a b": {"c": "2026-12-05"}}`}, {"", `"\u0000"`}, {"a", `{"a": 1e308}`}, {"$", `[[[[]]]]`},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, path, body string) {
		steps, err := parsePath(path)
		if err != nil {
			return
		}
		if len(steps) > maxSteps {
			t.Fatalf("%d steps", len(steps))
		}
		got := flows.HTTPResponse{Status: 200, Body: body}
		if json.Unmarshal([]byte(body), &got.JSON) != nil {
			got.JSON = nil
		}
		v := mapping{steps: steps}.of(got)
		for _, typ := range []expr.Type{expr.Text, expr.Number, expr.Bool, expr.Date, expr.List, expr.Any} {
			kept := as(typ, v)
			fits := kept == nil || typ == expr.Any
			switch kept.(type) {
			case string:
				fits = fits || typ == expr.Text
			case float64:
				fits = fits || typ == expr.Number
			case bool:
				fits = fits || typ == expr.Bool
			case time.Time:
				fits = fits || typ == expr.Date
			case []any:
				fits = fits || typ == expr.List
			}
			if !fits {
				t.Fatalf("%s is %#v", typ, kept)
			}
			if b, err := json.Marshal(kept); err != nil || len(b) > 6*4*maxKept {
				t.Fatalf("%s: %d bytes, %v", typ, len(b), err)
			}
		}
	})
}
