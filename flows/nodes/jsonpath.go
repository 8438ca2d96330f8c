package nodes

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/flows"
	"recado/flows/expr"
)

// step is one step down into JSON: a name or, with name empty, an index; negative from the end.
type step struct {
	name  string
	index int
}

const maxSteps = 20

var errPath = errors.New("want a path such as data.items[0].name")

// parsePath reads "data.items[0].name", also with a leading "$" or "$.", and ["a name"] for
// names with dots. "" is no step at all.
func parsePath(s string) ([]step, error) {
	s = strings.TrimSpace(s)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "$"), ".")
	var out []step
	for s != "" {
		var st step
		var ok bool
		if s[0] == '[' {
			st, s, ok = bracket(s)
		} else {
			n := strings.IndexAny(s, ".[")
			if n < 0 {
				n = len(s)
			}
			st, s, ok = step{name: s[:n]}, s[n:], n > 0 && !strings.ContainsAny(s[:n], "]\"' ")
		}
		if !ok || len(out) == maxSteps {
			return nil, errPath
		}
		out = append(out, st)
		if rest, dotted := strings.CutPrefix(s, "."); dotted {
			if s = rest; s == "" || s[0] == '[' {
				return nil, errPath
			}
		}
	}
	return out, nil
}

// bracket reads [12], [-1] or ["name"] at the beginning of s.
func bracket(s string) (st step, rest string, ok bool) {
	if strings.HasPrefix(s, `["`) {
		quoted, err := strconv.QuotedPrefix(s[1:])
		if err != nil {
			return st, s, false
		}
		st.name, _ = strconv.Unquote(quoted) // QuotedPrefix has checked it
		rest, ok = strings.CutPrefix(s[1+len(quoted):], "]")
		return st, rest, ok && st.name != ""
	}
	number, rest, ok := strings.Cut(s[1:], "]")
	i, err := strconv.ParseInt(number, 10, 32)
	st.index = int(i)
	return st, rest, ok && err == nil
}

// of is the part of an answer that a mapping means, nil when it has none. An answer that is
// no JSON has only itself.
func (m mapping) of(got flows.HTTPResponse) any {
	v := got.JSON
	if v == nil && len(m.steps) == 0 {
		return got.Body
	}
	for _, s := range m.steps {
		switch x := v.(type) {
		case map[string]any:
			if s.name == "" {
				return nil
			}
			v = x[s.name]
		case []any:
			i := s.index
			if i < 0 {
				i += len(x)
			}
			if s.name != "" || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// What a variable takes of an answer: a session is small.
const (
	maxKept  = 2000 // runes of a text
	maxItems = 50   // of a list
	maxJSON  = 4096 // bytes of anything else
)

// as is v as a variable of a type holds it, nil when it cannot.
func as(t expr.Type, v any) any {
	switch t {
	case expr.Text:
		return asText(v)
	case expr.Number:
		switch x := v.(type) {
		case float64:
			return x
		case string:
			if f, err := strconv.ParseFloat(strings.TrimSpace(x), 64); err == nil && json.Valid([]byte(strings.TrimSpace(x))) {
				return f // as JSON writes numbers: no NaN, no hexadecimal
			}
		}
		return nil
	case expr.Bool:
		switch x := v.(type) {
		case bool:
			return x
		case string:
			if x == "true" || x == "false" {
				return x == "true"
			}
		}
		return nil
	case expr.Date:
		s, _ := v.(string)
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
			if at, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
				return at
			}
		}
		return nil
	case expr.List:
		x, isList := v.([]any)
		if !isList {
			return nil
		}
		return small(x[:min(len(x), maxItems)])
	}
	return small(v)
}

func asText(v any) any {
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		return clip(strings.ReplaceAll(x, "\x00", ""), maxKept)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	}
	b, err := json.Marshal(v)
	if err != nil || utf8.RuneCount(b) > maxKept {
		return nil // half of a JSON text is none
	}
	return string(b)
}

// small is v, or nil when it is more than a session should carry.
func small(v any) any {
	if s, isText := v.(string); isText {
		return asText(s)
	}
	if b, err := json.Marshal(v); err != nil || len(b) > maxJSON {
		return nil
	}
	return v
}
