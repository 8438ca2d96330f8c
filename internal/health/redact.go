package health

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/id"
)

const hidden = "[hidden]"

// Bytes that an entry keeps of each.
const (
	maxBody   = 16 << 10
	maxURL    = 2000
	maxError  = 2000
	maxMethod = 60
)

// shortest is the length from which a secret is looked for. Anything shorter would be found
// in half of all words, and is no secret.
const shortest = 6

// tail is how much of a secret's beginning, left at the end of a text that was cut, is
// taken for it.
const tail = 4

// redactors are kept by channel: to make one costs more than to use it.
type redactors map[id.Channel]*redactor

const maxRedactors = 2000

func (rs redactors) of(c channels.Channel) *redactor {
	r, ok := rs[c.ID]
	if ok && maps.Equal(r.secrets, c.Secrets) {
		return r
	}
	if len(rs) >= maxRedactors {
		clear(rs)
	}
	r = newRedactor(c.Secrets)
	rs[c.ID] = r
	return r
}

// redactor takes one channel's secrets out of texts.
type redactor struct {
	secrets channels.Secrets
	needles []string
	hide    *strings.Replacer
}

func newRedactor(s channels.Secrets) *redactor {
	r := &redactor{secrets: maps.Clone(s)}
	for _, v := range s {
		v = strings.ToValidUTF8(v, "\uFFFD") // as texts are: a match may not begin within a character
		if len(v) >= shortest {
			r.needles = append(r.needles, forms(v)...)
		}
	}
	// At one place the first that fits wins: the longest must come first.
	slices.SortFunc(r.needles, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	r.needles = slices.Compact(r.needles)
	pairs := make([]string, 0, 2*len(r.needles))
	for _, n := range r.needles {
		pairs = append(pairs, n, hidden)
	}
	r.hide = strings.NewReplacer(pairs...)
	return r
}

// forms are the spellings in which a secret goes over the wire.
func forms(v string) []string {
	out := []string{v}
	for _, escaped := range []string{url.QueryEscape(v), url.PathEscape(v)} {
		out = append(out, escaped, lowerEscapes.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	b, _ := json.Marshal(v) // a string always marshals
	inJSON := string(b[1 : len(b)-1])
	plain := plainJSON.Replace(inJSON)
	out = append(out, inJSON, plain, strings.ReplaceAll(plain, "/", `\/`)) // PHP and Facebook escape slashes
	return append(out, inBase64(v)...)
}

var (
	lowerEscapes = regexp.MustCompile(`%[0-9A-F]{2}`)
	plainJSON    = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&") // what Go escapes and others do not
)

// inBase64 is a secret as it looks within a longer text that was encoded, "user:secret" say.
// Three bytes make four characters, so there are three ways to lie; the characters at either
// end that depend on the neighbours are left out.
func inBase64(v string) (out []string) {
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + v))
		from, to := (shift*8+5)/6, (shift+len(v))*8/6
		part := text[from:to]
		out = append(out, part, base64ToURL.Replace(part))
	}
	return out
}

var base64ToURL = strings.NewReplacer("+", "-", "/", "_")

// body makes a wire's bytes a text that may be stored.
func (r *redactor) body(b []byte) string { return cut(r.text(string(b)), maxBody) }

// text takes out what must not be read, and what a database refuses.
func (r *redactor) text(s string) string {
	// First made whole: what is taken out later could join the halves of a secret.
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	s = r.hideTail(r.hide.Replace(s))
	return hideNamed(s)
}

// hideTail takes out the beginning of a secret at the end of a text, which was cut there.
func (r *redactor) hideTail(s string) string {
	for _, n := range r.needles {
		for k := min(len(n)-1, len(s)); k >= tail; k-- {
			if s[len(s)-k:] == n[:k] {
				return s[:len(s)-k] + hidden
			}
		}
	}
	return s
}

var password = regexp.MustCompile(`(//[^/?#@:]*:)[^/?#@]+@`)

func hideURL(s string) string { return password.ReplaceAllString(s, "${1}"+hidden+"@") }

// cut shortens a text to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// head copies as much of a body as is kept.
func head(b []byte) []byte { return slices.Clone(b[:min(len(b), maxBody)]) }
