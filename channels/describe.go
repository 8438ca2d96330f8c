package channels

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/internal/errs"
)

// Description is what the panel needs to offer a channel: which fields to ask for and, in
// each language, the words around them.
type Description struct {
	Fields   []Field
	Webhook  bool     // the owner copies our address and verify token into the platform
	Link     []string // ways to link a phone: "qr", "code"
	Official bool     // the platform's own interface for companies: offered first
	// Texts by language ("es", "en") and key: "name", "about", "risk", "field.<key>",
	// "help.<key>", "step.1" and on, "check.<code>", "error.<code>"; and "lacks.<case>" for
	// Capabilities.Lacks in other languages than English, in which the literal says it.
	Texts map[string]map[string]string
}

// Field is one thing to ask for. Its value is a string.
type Field struct {
	Key      string   `json:"key"`
	Type     string   `json:"type" enum:"text,secret,url,phone,select,area"`
	Required bool     `json:"required"`
	Ref      bool     `json:"ref"`               // the platform's own reference; one channel of the installation may have it
	Generate bool     `json:"generate"`          // made by us when left empty, shown to be copied
	Pattern  string   `json:"pattern,omitempty"` // whole value, RE2
	Max      int      `json:"max"`               // characters; 0: 500
	Options  []string `json:"options,omitempty"`
	Default  string   `json:"default,omitempty"`
}

// LoadTexts reads <dir>/<language>.json for every file there. A broken catalogue is a bug
// of the adapter's folder and panics at start.
func LoadTexts(fsys fs.FS, dir string) map[string]map[string]string {
	names, err := fs.Glob(fsys, dir+"/*.json")
	if err != nil || len(names) == 0 {
		panic("channels: no texts in " + dir)
	}
	out := map[string]map[string]string{}
	for _, n := range names {
		b, err := fs.ReadFile(fsys, n)
		if err != nil {
			panic(err)
		}
		m := map[string]string{}
		if err := json.Unmarshal(b, &m); err != nil {
			panic(fmt.Sprintf("channels: %s: %v", n, err))
		}
		out[strings.TrimSuffix(n[strings.LastIndexByte(n, '/')+1:], ".json")] = m
	}
	return out
}

// Check tidies the values of the fields in place and refuses what cannot be; have names the
// secrets that are stored already and need not be given again. values must not be nil.
// Problems' Fields are the keys.
func (d Description) Check(values map[string]string, have []string) error {
	known := map[string]bool{}
	for _, f := range d.Fields {
		known[f.Key] = true
		v := strings.TrimSpace(values[f.Key])
		if v == "" && !(f.Type == "secret" && slices.Contains(have, f.Key)) {
			v = f.Default
		}
		if err := f.check(v, slices.Contains(have, f.Key)); err != nil {
			return errs.Under(f.Key, err)
		}
		if v == "" {
			delete(values, f.Key)
			continue
		}
		values[f.Key] = v
	}
	for k := range values {
		if !known[k] {
			return errs.New(errs.Invalid, "settings.unknown_field", "field", k).At(k)
		}
	}
	return nil
}

func (f Field) check(v string, have bool) error {
	most := f.Max
	if most == 0 {
		most = 500
	}
	switch {
	case v == "" && f.Required && !f.Generate && !have:
		return errs.New(errs.Invalid, "settings.required")
	case v == "":
		return nil
	case utf8.RuneCountInString(v) > most:
		return errs.New(errs.Invalid, "settings.too_long", "max", most)
	case strings.ContainsFunc(v, func(r rune) bool {
		return (r < ' ' || r == 0x7f || r == utf8.RuneError) && (f.Type != "area" || r != '\n')
	}):
		return errs.New(errs.Invalid, "settings.control_character")
	case f.Type == "phone" && !phone.MatchString(v):
		return errs.New(errs.Invalid, "settings.phone")
	case f.Type == "select" && !slices.Contains(f.Options, v):
		return errs.New(errs.Invalid, "settings.choice", "choices", strings.Join(f.Options, ", "))
	}
	if f.Type == "url" {
		if u, err := url.Parse(v); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
			return errs.New(errs.Invalid, "settings.url")
		}
	}
	if f.Pattern != "" {
		if ok, err := regexp.MatchString("^(?:"+f.Pattern+")$", v); err != nil || !ok {
			return errs.New(errs.Invalid, "settings.pattern")
		}
	}
	return nil
}

// Secret reports whether a field's value is kept sealed.
func (f Field) Secret() bool { return f.Type == "secret" }
