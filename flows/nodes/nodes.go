// Package nodes holds the kinds of node that flows are drawn with: one file each, one row
// each in Table, one golden file each in testdata. A node's struct is its data as stored;
// what Compile readies lies in its unexported fields.
//
// To add a kind: write <type>.go with the struct, Compile, Run and a function that returns
// its flows.Type; add the row; write testdata/<type>.json and run the tests with -update.
package nodes

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

func words(es, en string) flows.Words { return flows.Words{ES: es, EN: en} }

// next is the way out of a node that has but one.
const next = "next"

// Ways out that several kinds share.
func exitNext() flows.Exit { return flows.Exit{Name: next, Label: words("Sigue", "Next")} }
func exitOther() flows.Exit {
	return flows.Exit{Name: other, Label: words("Otra cosa", "Anything else")}
}
func exitTimeout() flows.Exit {
	return flows.Exit{Name: timeout, Label: words("Sin respuesta", "No answer")}
}

const (
	other   = "other"
	timeout = "timeout"
)

// Line is a text people read: as written in each language, and as compiled. Its JSON is
// that of flows.Text.
type Line struct {
	text     flows.Text
	language string // the flow's
	said     flows.Phrase
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *Line) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &l.text) }

var languageTag = regexp.MustCompile(`^[a-z]{2,3}$`)

// Compile readies the line; most is how many runes it may have in each language.
func (l *Line) Compile(c *flows.Compiler, at string, required bool, most int) {
	l.language = c.Language()
	for lang, s := range l.text {
		if !languageTag.MatchString(lang) {
			c.Fault(at, "node.language", "language", lang)
		}
		if n := utf8.RuneCountInString(s); n > most {
			c.Fault(at+"."+lang, "node.too_long", "max", most, "was", n)
		}
	}
	l.said = c.Phrase(at, l.text, required)
}

// In is the line in the language the session speaks.
func (l *Line) In(r *flows.Run) string { return r.Phrase(l.said) }

// As is the line as written in a language, or in the flow's where it is not written.
func (l *Line) As(language string) string {
	base, _, _ := strings.Cut(language, "-")
	if s := l.text[base]; strings.TrimSpace(s) != "" {
		return s
	}
	return l.text[l.language]
}

// Empty reports whether nothing is said, in any language.
func (l *Line) Empty() bool { return l.said.Empty() }

// Template is a text in no particular language: an address, a note. Its JSON is a string.
type Template struct {
	source string
	ready  *expr.Template
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *Template) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &t.source) }

// Compile readies the template; an empty one is a fault only when it is required.
func (t *Template) Compile(c *flows.Compiler, at string, required bool) {
	if !t.Empty() {
		t.ready = c.Template(at, t.source)
	} else if required {
		c.Fault(at, "flow.required")
	}
}

// In is the template filled.
func (t *Template) In(r *flows.Run) string { return r.Render(t.ready) }

// Empty reports whether nothing is written.
func (t *Template) Empty() bool { return strings.TrimSpace(t.source) == "" }

// oneOf reports a value that is none of a choice's options.
func oneOf(c *flows.Compiler, at, value string, options ...string) {
	for _, o := range options {
		if value == o {
			return
		}
	}
	c.Fault(at, "node.choice", "value", value, "options", strings.Join(options, ", "))
}

// between reports a number out of bounds.
func between(c *flows.Compiler, at string, n, least, most int) {
	if n < least || n > most {
		c.Fault(at, "node.range", "min", least, "max", most)
	}
}

// yearMinutes bounds what a node may wait.
const yearMinutes = 366 * 24 * 60

var itemID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// itemIDs checks the ids of items that are exits too: shaped as ids, each once, and none
// the name of a way out that the node has anyway.
func itemIDs(c *flows.Compiler, at string, ids []string, taken ...string) {
	seen := map[string]bool{}
	for _, t := range taken {
		seen[t] = true
	}
	for i, id := range ids {
		place := fmt.Sprintf("%s[%d].id", at, i)
		switch {
		case !itemID.MatchString(id):
			c.Fault(place, "node.item_id", "id", id)
		case seen[id]:
			c.Fault(place, "node.item_twice", "id", id)
		}
		seen[id] = true
	}
}

// typed reports a variable that cannot hold what is written to it.
func typed(c *flows.Compiler, at, name string, can ...expr.Type) {
	t := c.Variable(at, name)
	if t == expr.Any {
		return
	}
	for _, x := range can {
		if t == x {
			return
		}
	}
	c.Fault(at, "node.variable_type", "name", name, "type", string(t))
}

// speak says a content, unless its places left it with nothing to say.
func speak(r *flows.Run, c chat.Content) {
	if c.Check() == nil {
		r.Say(c)
	}
}

// clip cuts what filled places have made longer than a message may be.
func clip(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:runes-1])) + "…"
}

// saysPlain is what a node with one optional text says.
func saysPlain(l *Line, language string) []chat.Content {
	if l.Empty() {
		return nil
	}
	return []chat.Content{chat.Plain(l.As(language))}
}
