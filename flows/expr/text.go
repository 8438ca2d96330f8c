package expr

import (
	"encoding/json"
	"math"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold is a text without accents, capitals or marks: "¿Qué PRECIO?" is "que precio". Words
// are separated by one space. It stops at twice the length: there are letters that stand for
// eighteen.
func fold(s string) string {
	b := make([]byte, 0, len(s))
	gap := false
	write := func(r rune) {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf):
			return
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			gap = true
			return
		}
		if gap && len(b) > 0 {
			b = append(b, ' ')
		}
		gap = false
		b = utf8.AppendRune(b, unicode.ToLower(r))
	}
	for i, r := range s {
		if len(b) > 2*len(s) {
			break
		}
		if r >= utf8.RuneSelf {
			if parts := norm.NFKD.PropertiesString(s[i:]).Decomposition(); parts != nil {
				for len(parts) > 0 {
					d, n := utf8.DecodeRune(parts)
					write(d)
					parts = parts[n:]
				}
				continue
			}
		}
		write(r)
	}
	return string(b)
}

func runUpper(_ *frame, a []any) any { return cut(strings.ToUpper(a[0].(string)), maxText) }
func runLower(_ *frame, a []any) any { return cut(strings.ToLower(a[0].(string)), maxText) }
func runTrim(_ *frame, a []any) any  { return strings.TrimSpace(a[0].(string)) }

func runTitle(_ *frame, a []any) any {
	inside := false
	return cut(strings.Map(func(r rune) rune {
		was := inside
		inside = unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || r == '\'' || r == '’'
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToTitle(r)
	}, a[0].(string)), maxText)
}

// runReplace stops where the result is full, so that a short text cannot make a long one.
func runReplace(_ *frame, a []any) any {
	s, old, with := a[0].(string), a[1].(string), a[2].(string)
	if old == "" || !strings.Contains(s, old) {
		return s
	}
	var b strings.Builder
	for b.Len() < maxText {
		i := strings.Index(s, old)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		b.WriteString(with)
		s = s[i+len(old):]
	}
	b.WriteString(s)
	return cut(b.String(), maxText)
}

func runFirst(_ *frame, a []any) any {
	switch v := a[0].(type) {
	case string:
		_, n := utf8.DecodeRuneInString(v)
		return v[:n]
	case []any:
		return nth(v, 0)
	}
	return nil
}

func runLast(_ *frame, a []any) any {
	switch v := a[0].(type) {
	case string:
		_, n := utf8.DecodeLastRuneInString(v)
		return v[len(v)-n:]
	case []any:
		return nth(v, -1)
	}
	return nil
}

func runLen(_ *frame, a []any) any {
	switch v := a[0].(type) {
	case string:
		return float64(utf8.RuneCountInString(v))
	case []any:
		return float64(len(v))
	case map[string]any:
		return float64(len(v))
	}
	return 0.0
}

func runJoin(_ *frame, a []any) any {
	between := ", "
	if len(a) > 1 {
		between = a[1].(string)
	}
	var b []byte
	for i, x := range a[0].([]any) {
		if len(b) >= maxText {
			break
		}
		if i > 0 {
			b = append(b, between...)
		}
		b = append(b, text(clean(x))...)
	}
	return cut(string(b), maxText)
}

func runSplit(_ *frame, a []any) any {
	s, between := a[0].(string), a[1].(string)
	out := []any{}
	if between == "" {
		between = " "
	}
	for len(out) < maxItems-1 {
		part, rest, more := strings.Cut(s, between)
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
		if s = rest; !more {
			return out
		}
	}
	return append(out, strings.TrimSpace(s))
}

func runWords(_ *frame, a []any) any {
	from, count := int(clamp(a[1].(float64), 1, 1e6)), 1e6
	if len(a) > 2 {
		count = clamp(a[2].(float64), 0, 1e6)
	}
	var b []byte
	i := 0
	for word := range strings.FieldsSeq(a[0].(string)) {
		if i++; i < from {
			continue
		}
		if float64(i-from) >= count {
			break
		}
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(b, word...)
	}
	return string(b)
}

// runMatchesWords looks for whole words: "costo" is not in "costoso".
func runMatchesWords(_ *frame, a []any) any {
	in := " " + fold(a[0].(string)) + " "
	n := 0
	for w := range strings.SplitSeq(a[1].(string), ",") {
		if n++; n > maxItems {
			break
		}
		if w = fold(cut(w, maxValue)); w != "" && strings.Contains(in, " "+w+" ") {
			return true
		}
	}
	return false
}

func runDigits(_ *frame, a []any) any {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, a[0].(string))
}

func runIsEmail(_ *frame, a []any) any {
	s := strings.TrimSpace(a[0].(string))
	if len(s) > 254 { // RFC 5321, 4.5.3.1
		return false
	}
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && strings.Contains(s[strings.LastIndexByte(s, '@'):], ".")
}

// runIsPhone counts digits as E.164 does; spaces, brackets, dots and dashes are how people
// write them.
func runIsPhone(f *frame, a []any) any {
	s := strings.TrimSpace(a[0].(string))
	if strings.Trim(s, "+0123456789 ().-\u00a0") != "" || strings.LastIndexByte(s, '+') > 0 {
		return false
	}
	n := len(runDigits(f, []any{s}).(string))
	return n >= 7 && n <= 15
}

// runToNumber reads a number as people write it. A separator with three digits after it
// separates thousands, any other decimals; the last of two kinds separates decimals.
func runToNumber(_ *frame, a []any) any {
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789.,-", r) {
			return r
		}
		return -1
	}, cut(a[0].(string), 64))
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return zeroIfNone(s)
	}
	mark := s[last : last+1]
	other := strings.Contains(s, map[string]string{".": ",", ",": "."}[mark])
	bare := separators.Replace
	if strings.Count(s, mark) > 1 || !other && len(s)-last == 4 && last <= 4 && strings.Trim(s[:last], "-0") != "" {
		return zeroIfNone(bare(s))
	}
	return zeroIfNone(bare(s[:last]) + "." + s[last+1:])
}

var separators = strings.NewReplacer(".", "", ",", "")

func zeroIfNone(s string) any {
	n, _ := number(s).(float64)
	return n
}

// runJSON gives null for what would be too large, rather than a piece that cannot be read.
func runJSON(_ *frame, a []any) any {
	left := maxText / 2
	b, err := json.Marshal(plainJSON(a[0], 0, &left))
	if err != nil || left < 0 || len(b) > maxText {
		return "null"
	}
	return string(b)
}

// plainJSON copies a value for JSON, at most six deep and as far as left lasts.
func plainJSON(v any, depth int, left *int) any {
	if *left--; depth > 6 || *left < 0 {
		*left = -1
		return nil
	}
	switch v := clean(v).(type) {
	case string:
		*left -= len(v)
		return v
	case time.Time:
		return v.Format(time.RFC3339)
	case []any:
		out := make([]any, 0, len(v))
		for _, x := range v {
			if *left < 0 {
				break
			}
			out = append(out, plainJSON(x, depth+1, left))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if *left -= len(k); *left < 0 {
				break
			}
			out[k] = plainJSON(x, depth+1, left)
		}
		return out
	default:
		return v
	}
}

func runURL(_ *frame, a []any) any {
	return cut(strings.ReplaceAll(url.QueryEscape(cut(a[0].(string), maxText/3)), "+", "%20"), maxText)
}

func runRound(_ *frame, a []any) any {
	n, places := a[0].(float64), 0.0
	if len(a) > 1 {
		places = clamp(math.Trunc(a[1].(float64)), 0, 9)
	}
	if places == 0 || math.Abs(n) >= 1e15 { // which has no decimals left
		return math.Round(n)
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'f', int(places), 64), 64) // its own digits
	return n
}

func runFloor(_ *frame, a []any) any { return math.Floor(a[0].(float64)) }
func runCeil(_ *frame, a []any) any  { return math.Ceil(a[0].(float64)) }
func runAbs(_ *frame, a []any) any   { return math.Abs(a[0].(float64)) }

func runMin(_ *frame, a []any) any {
	least := a[0].(float64)
	for _, x := range a[1:] {
		least = min(least, x.(float64))
	}
	return least
}

func runMax(_ *frame, a []any) any {
	most := a[0].(float64)
	for _, x := range a[1:] {
		most = max(most, x.(float64))
	}
	return most
}

func runDefault(_ *frame, a []any) any {
	if empty(a[0]) {
		return a[1]
	}
	return a[0]
}

// maxTag is the bytes of a tag; longer ones are no one's.
const maxTag = 128

func runHasTag(f *frame, a []any) any {
	tag := fold(a[0].(string))
	tags, _ := clean(member(f.values["contact"], "tags")).([]any)
	for _, t := range tags {
		if s, ok := t.(string); ok && tag != "" && len(s) <= maxTag && fold(s) == tag {
			return true
		}
	}
	return false
}

func clamp(n, least, most float64) float64 {
	if !(n > least) { // NaN too
		return least
	}
	return min(n, most)
}
