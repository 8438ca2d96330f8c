package expr

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What a run reads is cut to these, so that the cost of a program is known before it runs.
const (
	maxValue = 4 << 10  // bytes of a text that is read
	maxItems = 200      // items of a list that is read
	maxText  = 16 << 10 // bytes of a text that is made
)

// clean is a stranger's value as one of ours: string, float64, bool, time.Time, []any,
// map[string]any or nil, texts and lists cut. It looks at no more than the value itself. Every
// text of a run is valid UTF-8: a torn one, which neither PostgreSQL nor JSON can hold, is
// nothing, since mending it could close its halves up to a secret's place.
func clean(given any) any {
	switch v := given.(type) {
	case string:
		if len(v) > maxValue {
			v = cut(v, maxValue)
			given = v
		}
		if !utf8.ValidString(v) {
			return nil
		}
		return given
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return nil
		}
		return given
	case bool, time.Time, map[string]any:
		return given
	case []any:
		if len(v) > maxItems {
			return v[:maxItems]
		}
		return given
	case []string:
		out := make([]any, min(len(v), maxItems))
		for i := range out {
			out[i] = v[i]
		}
		return out
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case json.Number:
		return number(string(v))
	case map[string]string:
		out := make(map[string]any, min(len(v), maxItems))
		for k, s := range v {
			if len(out) == maxItems {
				break
			}
			out[k] = s
		}
		return out
	}
	return nil
}

// cut keeps the first n bytes of s, less a torn character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// member is a map's entry; anything else has none.
func member(v any, key string) any {
	switch m := v.(type) {
	case map[string]any:
		return clean(m[key])
	case map[string]string:
		if s, ok := m[key]; ok {
			return clean(s)
		}
	}
	return nil
}

// as is v as a value of type t. A missing value is nil for Text and Any, which can be asked
// for, and the type's zero where the operation needs one.
func as(v any, t Type, zone *time.Location) any {
	switch t {
	case Text:
		if _, ok := v.(string); ok {
			return v
		}
		return text(v)
	case Number:
		if n := toNumber(v); n != nil {
			return n
		}
		return 0.0
	case Bool:
		return truth(v)
	case Date:
		if d := toDate(v, zone); d != nil {
			return d
		}
		return time.Time{}
	case List:
		if _, ok := v.([]any); ok {
			return v
		}
		return []any(nil)
	}
	return v
}

// load is v as what its field says it is; nil when it is missing or something else.
func load(v any, t Type, zone *time.Location) any {
	v = clean(v)
	switch t {
	case Text:
		switch v.(type) {
		case nil, map[string]any, []any:
			return nil
		case string:
			return v
		}
		return text(v)
	case Number:
		return toNumber(v)
	case Bool:
		if v == nil {
			return nil
		}
		return truth(v)
	case Date:
		return toDate(v, zone)
	case List:
		if _, ok := v.([]any); !ok {
			return nil
		}
	}
	return v
}

// number reads a number as people and machines write it in data, nil when it is none.
func number(s string) any {
	n, err := strconv.ParseFloat(strings.TrimSpace(cut(s, 64)), 64)
	if err != nil {
		return nil
	}
	return finite(n)
}

// finite keeps infinities and NaN, which no shop has and JSON cannot carry, out of values.
func finite(n float64) any {
	if math.IsInf(n, 0) || math.IsNaN(n) {
		return nil
	}
	return n
}

func toNumber(v any) any {
	switch s := v.(type) {
	case float64:
		return v
	case string:
		return number(s)
	case bool:
		if s {
			return 1.0
		}
		return 0.0
	}
	return nil
}

// toDate reads dates as data holds them: RFC 3339, or a day, or a day and a time in the zone.
func toDate(v any, zone *time.Location) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.In(zone)
	case string:
		if len(v) < len(time.DateOnly) || len(v) > 40 {
			return nil
		}
		for _, layout := range [...]string{time.RFC3339, time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04"} {
			if t, err := time.ParseInLocation(layout, v, zone); err == nil {
				return t.In(zone)
			}
		}
	}
	return nil
}

// truth is a value as a condition: missing, "", 0 and an empty list are false.
func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != "" && v != "false" && v != "0"
	}
	return !empty(v)
}

// empty reports whether there is no value: missing, "", no date, or a list of nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case time.Time:
		return v.IsZero()
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// text is a value as text, the same in every language: what comparisons, addresses and data
// for machines need. Lists are joined by commas, as far as a text that is read may be long;
// maps say nothing.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return cut(string(appendText(nil, v, 0)), maxValue)
}

func appendText(b []byte, v any, depth int) []byte {
	switch v := v.(type) {
	case string:
		return append(b, v...)
	case float64:
		return appendNumber(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case time.Time:
		if v.IsZero() {
			return b
		}
		return v.AppendFormat(b, time.RFC3339)
	case []any:
		for i, x := range v {
			if len(b) >= maxValue || depth > 1 {
				break
			}
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendText(b, clean(x), depth+1)
		}
	}
	return b
}

// appendNumber writes 45900, 0.5, and not 4.59e+04 or the crumbs of 0.1+0.2.
func appendNumber(b []byte, n float64) []byte {
	if n == math.Trunc(n) && math.Abs(n) < 1e15 {
		return strconv.AppendInt(b, int64(n), 10)
	}
	if math.Abs(n) < 1e15 {
		n = math.Round(n*1e9) / 1e9
	}
	if math.Abs(n) >= 1e21 {
		return strconv.AppendFloat(b, n, 'g', 15, 64)
	}
	return strconv.AppendFloat(b, n, 'f', -1, 64)
}

// equal compares as type t, Any by what the values are: a number equals its text, and a
// missing value the zero of the other's type. Lists and maps equal nothing but nothing.
func equal(a, b any, t Type, zone *time.Location) bool {
	if t == Any {
		t = common(a, b)
	}
	if typeOf(a) == List || typeOf(b) == List {
		t = List
	}
	switch t {
	case Number:
		x, y := toNumber(a), toNumber(b)
		if x == nil && a != nil || y == nil && b != nil {
			return false
		}
		return as(x, Number, zone) == as(y, Number, zone)
	case Bool:
		return truth(a) == truth(b)
	case Date:
		x, ok := toDate(a, zone).(time.Time)
		y, also := toDate(b, zone).(time.Time)
		return ok == also && x.Equal(y) && (ok || empty(a) && empty(b))
	case Text:
		return text(a) == text(b)
	}
	return empty(a) && empty(b)
}

// order compares as type t. A missing number is 0 and a missing text ""; a missing date and
// values that cannot be compared are neither less nor greater.
func order(a, b any, t Type, zone *time.Location) (int, bool) {
	if t == Any {
		if a == nil || b == nil {
			return 0, false
		}
		t = common(a, b)
	}
	if typeOf(a) == List || typeOf(b) == List {
		return 0, false
	}
	switch t {
	case Number:
		x, y := toNumber(a), toNumber(b)
		if x == nil && a != nil || y == nil && b != nil {
			return 0, false
		}
		m, n := as(x, Number, zone).(float64), as(y, Number, zone).(float64)
		switch {
		case m < n:
			return -1, true
		case m > n:
			return 1, true
		}
		return 0, true
	case Date:
		x, ok := toDate(a, zone).(time.Time)
		y, also := toDate(b, zone).(time.Time)
		return x.Compare(y), ok && also
	case Text:
		return strings.Compare(text(a), text(b)), true
	}
	return 0, false
}

// common is the type in which two values can be compared.
func common(a, b any) Type {
	x, y := typeOf(a), typeOf(b)
	for _, t := range [...]Type{List, Date, Number, Bool, Text} {
		if x == t || y == t {
			return t
		}
	}
	return Any
}

func typeOf(v any) Type {
	switch v.(type) {
	case string:
		return Text
	case float64:
		return Number
	case bool:
		return Bool
	case time.Time:
		return Date
	case []any, map[string]any:
		return List
	}
	return Any
}
