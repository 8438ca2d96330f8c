package expr

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Template is a text with places: "Hola {nombre}, son {{money(cart.total)}}". It is immutable
// and safe for concurrent use.
type Template struct {
	src      string
	parts    []part
	paths    []string
	constant string // the whole text
	fixed    bool   // constant holds: there are no values
}

// part is a piece of text, a secret's place, or a value.
type part struct {
	text   string
	secret bool
	eval   func(*frame) any
}

const (
	maxTemplate = 16 << 10 // bytes, of the source and of what it becomes
	maxPlaces   = 50
)

// shortForms are the words that stand in single braces, folded, in Spanish and in English.
var shortForms = map[string]string{
	"nombre": "contact.name", "name": "contact.name",
	"primer nombre": "contact.first_name", "first name": "contact.first_name",
	"telefono": "contact.phone", "celular": "contact.phone", "phone": "contact.phone",
	"correo": "contact.email", "email": "contact.email",
	"empresa": "company.name", "tienda": "company.name", "company": "company.name",
	"pedido": "order.number", "order": "order.number",
	"guia": "order.tracking", "tracking": "order.tracking",
	"transportadora": "order.carrier", "carrier": "order.carrier",
	"mensaje": "message.text", "message": "message.text",
}

// CompileTemplate reads a text. {{expression}} and a known {word} are places; other braces
// are text, \{ is a brace and \{{ two. {{secret.name}} stays as it is. Faults are *Error
// values with ranges in the whole text, several joined.
func CompileTemplate(src string, env *Env) (*Template, error) {
	if len(src) > maxTemplate {
		return nil, &Error{To: utf16Len(cut(src, maxTemplate)), Code: "expr.too_long", Args: map[string]any{"limit": maxTemplate}}
	}
	if !utf8.ValidString(src) {
		return nil, &Error{Code: "expr.characters"}
	}
	r := reader{src: src, env: env, paths: map[string]bool{}}
	r.read()
	if len(r.faults) > 0 {
		return nil, joined(r.faults)
	}
	t := &Template{src: src, parts: r.parts, paths: slices.Sorted(maps.Keys(r.paths)), fixed: r.places == 0}
	for _, p := range r.parts {
		t.constant += p.text
	}
	return t, nil
}

// reader takes a template apart.
type reader struct {
	src    string
	env    *Env
	text   strings.Builder
	parts  []part
	paths  map[string]bool
	faults []*Error
	places int // of values
	cost   cost
}

func (r *reader) read() {
	for i := 0; i < len(r.src); {
		rest := r.src[i:]
		switch {
		case strings.HasPrefix(rest, `\{{`):
			r.text.WriteString("{{")
			i += 3
		case strings.HasPrefix(rest, `\{`):
			r.text.WriteByte('{')
			i += 2
		case strings.HasPrefix(rest, "{{"):
			n := closing(rest[2:])
			if n < 0 {
				r.fault(i, i+2, "expr.unclosed")
				return
			}
			r.place(i+2, rest[2:2+n])
			i += n + 4
		case rest[0] == '{':
			word, n := short(rest)
			if path := shortForms[word]; n > 0 && path != "" {
				r.value(i, n, path)
				i += n
				continue
			}
			fallthrough
		default:
			r.text.WriteByte(rest[0])
			i++
		}
		if len(r.faults) > 20 || r.places > maxPlaces {
			return
		}
	}
	r.flush()
}

// closing finds }} outside of texts in quotes, -1 when there is none.
func closing(s string) int {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch {
		case quote != 0 && s[i] == '\\' && quote != '`':
			i++
		case quote != 0:
			if s[i] == quote {
				quote = 0
			}
		case s[i] == '"' || s[i] == '\'' || s[i] == '`':
			quote = s[i]
		case s[i] == '}' && i+1 < len(s) && s[i+1] == '}':
			return i
		}
	}
	return strings.Index(s, "}}") // an open quote: the expression says so itself
}

// short reads {word}: folded, and how long it is with its braces.
func short(s string) (string, int) {
	end := strings.IndexByte(s[:min(len(s), 40)], '}')
	if end < 2 || strings.ContainsFunc(s[1:end], func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != ' ' }) {
		return "", 0
	}
	return fold(s[1:end]), end + 1
}

func (r *reader) fault(from, to int, code string) {
	r.faults = append(r.faults, &Error{From: utf16Len(r.src[:from]), To: utf16Len(r.src[:to]), Code: code})
}

func (r *reader) flush() {
	if r.text.Len() > 0 {
		r.parts = append(r.parts, part{text: r.text.String()})
		r.text.Reset()
	}
}

// place is what stands in double braces at a byte of the source.
func (r *reader) place(at int, src string) {
	if name, ok := strings.CutPrefix(strings.TrimSpace(src), "secret."); ok {
		path := "secret." + name
		if _, known := r.env.lookup(path); !known {
			r.fault(at, at+len(src), "expr.no_secret")
			r.faults[len(r.faults)-1].Args = map[string]any{"name": cut(path, 80)}
			return
		}
		r.flush()
		r.parts = append(r.parts, part{text: "{{" + path + "}}", secret: true})
		r.paths[path] = true
		return
	}
	r.value(at, len(src), src)
}

// value compiles an expression that stands at n bytes of the source.
func (r *reader) value(at, n int, src string) {
	r.places++
	if r.places > maxPlaces {
		r.fault(at, at+n, "expr.too_many_places")
		return
	}
	c, faults := compile(src, r.env, Any)
	for _, f := range faults {
		shift := utf16Len(r.src[:at])
		r.faults = append(r.faults, &Error{From: f.From + shift, To: f.To + shift, Code: f.Code, Args: f.Args})
	}
	if len(faults) > 0 {
		return
	}
	if r.cost = r.cost.plus(c.cost).plus(copied.times(4 * c.size)); r.cost.over() {
		r.fault(at, at+n, "expr.too_costly")
		return
	}
	for _, p := range c.paths {
		r.paths[p] = true
	}
	r.flush()
	r.parts = append(r.parts, part{eval: c.eval})
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// Render fills the places: numbers as data writes them (money and number write them for
// people), dates short, lists with commas, true and false as sí and no. What is missing is
// empty. The text ends after 16 KB. No value can pass for a {{secret.…}}.
func (t *Template) Render(v Values, s Style) (string, error) {
	if t.fixed {
		return t.constant, nil
	}
	buf := buffers.Get().(*[]byte)
	b := (*buf)[:0]
	var own []int // where the template's own secrets lie in b
	err := within(v, s, func(f *frame) {
		for _, p := range t.parts {
			switch {
			case len(b) >= maxTemplate:
				return
			case p.secret:
				own = append(own, len(b))
				b = append(b, p.text...)
			case p.eval == nil:
				b = append(b, p.text...)
			default:
				b = appendSaid(b, p.eval(f), f)
			}
		}
	})
	out := cut(guarded(b, own), maxTemplate)
	*buf = b[:0]
	buffers.Put(buf)
	if err != nil {
		return "", err
	}
	return out, nil
}

// appendSaid writes a value for people.
func appendSaid(b []byte, v any, f *frame) []byte {
	switch v := v.(type) {
	case bool:
		switch {
		case f.style.english() && v:
			return append(b, "yes"...)
		case v:
			return append(b, "sí"...)
		}
		return append(b, "no"...)
	case time.Time:
		return append(b, formatDate(v, "short", f)...)
	case []any:
		return append(b, text(v)...)
	}
	return appendText(b, v, 0)
}

// guarded is b as text, with every "{{secret" broken that does not lie at one of own: a
// customer may call themselves {{secret.key}}, or half of it.
func guarded(b []byte, own []int) string {
	s := string(b)
	if !strings.Contains(s, "{{") {
		return s
	}
	var out strings.Builder
	done := 0
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '{' || s[i+1] != '{' || slices.Contains(own, i) {
			continue
		}
		if strings.HasPrefix(strings.TrimLeftFunc(s[i+2:min(len(s), i+64)], unicode.IsSpace), "secret") {
			out.WriteString(s[done : i+1])
			out.WriteByte(' ')
			done = i + 1
		}
	}
	out.WriteString(s[done:])
	return out.String()
}

// Paths are the fields the template reads, sorted.
func (t *Template) Paths() []string { return slices.Clone(t.paths) }

// String is the source.
func (t *Template) String() string { return t.src }

// Constant is the whole text when it has no place for a value.
func (t *Template) Constant() (string, bool) { return t.constant, t.fixed }
