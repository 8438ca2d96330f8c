package nodes

import (
	"strings"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// What the nodes that ask the world outside share.

// Ways out of such nodes.
const (
	failed   = "failed"
	found    = "found"
	none     = "none"
	answered = "answered"
	empty    = "empty"
)

func exitFailed() flows.Exit {
	return flows.Exit{Name: failed, Label: words("No se pudo", "It failed")}
}

// or fills a line that was left empty with the shop's own words, which are templates too.
func (l *Line) or(es, en string) {
	for _, s := range l.text {
		if strings.TrimSpace(s) != "" {
			return
		}
	}
	l.text = flows.Text{"es": es, "en": en}
}

// in is one of two words in the language the session speaks.
func in(r *flows.Run, w flows.Words) string {
	if strings.HasPrefix(r.Language(), "en") {
		return w.EN
	}
	return w.ES
}

// orMessage is a template filled, or what the contact wrote last where it says nothing.
func (t *Template) orMessage(r *flows.Run) string {
	if s := strings.TrimSpace(t.In(r)); s != "" || !t.Empty() {
		return s
	}
	return strings.TrimSpace(r.Facts().Message.Words())
}

// optional checks a variable that need not be named.
func optional(c *flows.Compiler, at, name string, can ...expr.Type) {
	if name != "" {
		typed(c, at, name, can...)
	}
}

// plain is what lines say in a language, as written; nothing unless it is said at all.
func plain(said bool, language string, lines ...*Line) []chat.Content {
	var out []chat.Content
	for _, l := range lines {
		if said {
			out = append(out, chat.Plain(l.As(language)))
		}
	}
	return out
}

// yes is a switch that is on unless it was turned off.
func yes(b *bool) bool { return b == nil || *b }

// sayField is the switch of nodes that can work in silence.
func sayField() flows.Field {
	return flows.Field{Key: "say", Kind: flows.FieldBool, Label: words("Decirlo en el chat", "Say it in the chat"),
		Help: words("Apagado solo guarda el dato.", "Switched off it only keeps the value.")}
}
