package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
)

var update = flag.Bool("update", false, "write the golden files of what channels send anew")

// golden is what went over the wire for one content, with what differs from run to run
// replaced by its name in braces.
type golden struct {
	s        *stage
	breaches []channels.Breach
	fitted   []chat.Content // where there is no wire to look at

	mu    sync.Mutex
	wire  []channels.Exchange
	known map[string]string // value -> its name
}

// call is one exchange as the file shows it.
type call struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body,omitempty"`
}

func (s *stage) newGolden(breaches []channels.Breach, first channels.Inbound) *golden {
	g := &golden{s: s, breaches: breaches, known: map[string]string{}}
	g.name(s.files, "{files}/")
	g.name(s.host, "{platform}")
	g.name(strings.TrimPrefix(s.host, "http://"), "{host}")
	g.name(s.Channel.Hook, "{hook}")
	g.name(strings.TrimSuffix(s.files, "/files/")+"/hook", "{hook}")
	g.name(s.Channel.ID.String(), "{channel}")
	g.name(first.ExternalID, "{theirs}")
	for k, v := range s.Channel.Secrets {
		g.name(v, "{secret."+k+"}")
	}
	return g
}

func (g *golden) name(value, name string) {
	if value != "" && g.known[value] == "" {
		g.known[value] = name
	}
}

// recording is a context whose exchanges are kept, for the sending of m.
func (g *golden) recording(ctx context.Context, m channels.Outgoing) context.Context {
	g.name(m.ID.String(), "{message}")
	g.name(strings.ReplaceAll(m.ID.String(), "-", ""), "{message}")
	g.name(m.Conversation.String(), "{conversation}")
	return channels.WithWire(ctx, func(x channels.Exchange) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.wire = append(g.wire, x)
	})
}

// calledOnce sees to it that calls are recorded at all.
func (g *golden) calledOnce(parts int) {
	g.s.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.wire) < parts {
		g.s.Errorf("%d calls were recorded for %d messages: channels.Wire is missing", len(g.wire), parts)
	}
}

func (g *golden) compare(kind string) {
	g.s.Helper()
	got := g.render()
	dir := g.s.golden
	file := filepath.Join(dir, kind+".json")
	if *update {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(file, got, 0o644)); err != nil {
			g.s.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		g.s.Errorf("%s is missing; go test -update writes it", file)
	case err != nil:
		g.s.Fatal(err)
	case !bytes.Equal(got, want):
		g.s.Errorf("%s differs; what went over the wire is\n%s\nwant\n%s", file, got, want)
	}
}

func (g *golden) render() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := []call{}
	for _, x := range g.wire {
		calls = append(calls, call{Method: x.Method, Path: g.path(x.URL), Body: g.body(x.Request)})
		g.learn(x.Reply)
	}
	var parts []byte
	if g.fitted != nil {
		parts, _ = json.Marshal(g.fitted) // plain data
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(struct {
		Breaches []channels.Breach `json:"breaches,omitempty"`
		Parts    any               `json:"parts,omitempty"`
		Calls    []call            `json:"calls"`
	}{g.breaches, g.body(parts), calls}); err != nil {
		g.s.Fatal(err)
	}
	return b.Bytes()
}

func (g *golden) path(address string) string {
	s := g.text(address)
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		s = g.text(u.EscapedPath())
		if q := u.Query(); len(q) > 0 {
			s += "?" + g.text(q.Encode())
		}
	}
	return s
}

var urlencoded = regexp.MustCompile(`^[\w.%+*\-\[\]]+=[^\s&]*(&[\w.%+*\-\[\]]+=[^\s&]*)*$`)

// body shows a request's body: JSON and forms as such, files as their size.
func (g *golden) body(b []byte) any {
	switch trimmed := bytes.TrimSpace(b); {
	case len(trimmed) == 0:
		return nil
	case trimmed[0] == '{' || trimmed[0] == '[':
		d := json.NewDecoder(bytes.NewReader(trimmed))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			return g.scrub("", v)
		}
	case bytes.HasPrefix(trimmed, []byte("--")):
		return g.multipart(trimmed)
	case urlencoded.Match(trimmed):
		if form, err := url.ParseQuery(string(trimmed)); err == nil {
			return g.form(form)
		}
	}
	return g.leaf(b)
}

func (g *golden) form(form url.Values) map[string]any {
	out := map[string]any{}
	for k, vs := range form {
		var list []any
		for _, v := range vs {
			list = append(list, g.scrub(k, g.embedded(v)))
		}
		out[k] = list
		if len(list) == 1 {
			out[k] = list[0]
		}
	}
	return out
}

// embedded reads JSON within a form's value, as some platforms want it.
func (g *golden) embedded(v string) any {
	if strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") {
		d := json.NewDecoder(strings.NewReader(v))
		d.UseNumber()
		var out any
		if d.Decode(&out) == nil {
			return out
		}
	}
	return v
}

func (g *golden) multipart(b []byte) any {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	r := multipart.NewReader(bytes.NewReader(b), string(line[2:]))
	var out []any
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			return append(out, "cut")
		}
		content, err := io.ReadAll(p)
		if err != nil {
			content = append(content, "…"...)
		}
		part := map[string]any{"name": p.FormName()}
		if p.FileName() != "" {
			part["file"], part["type"] = p.FileName(), p.Header.Get("Content-Type")
			part["body"] = fmt.Sprintf("{%d bytes}", len(content))
		} else {
			part["body"] = g.scrub(p.FormName(), g.embedded(string(content)))
		}
		out = append(out, part)
	}
}

func (g *golden) leaf(b []byte) string {
	if !utf8.Valid(b) {
		return fmt.Sprintf("{%d bytes}", len(b))
	}
	return g.text(string(b))
}

func (g *golden) scrub(key string, v any) any {
	if slices.Contains(g.s.Volatile, key) {
		return "{volatile}"
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = g.scrub(k, x)
		}
	case []any:
		for i, x := range v {
			v[i] = g.scrub(key, x)
		}
	case json.Number:
		if name := g.known[v.String()]; name != "" {
			return name
		}
		if isNow(v.String()) {
			return "{time}"
		}
	case string:
		if name := g.known[v]; name != "" {
			return name
		}
		return g.text(v)
	}
	return v
}

var (
	anUUID  = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)
	aMoment = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?`)
	digits  = regexp.MustCompile(`\b\d{10,13}\b`)
)

// text replaces what it knows within a text; the longest first. Values of a few characters
// are replaced only where they stand alone.
func (g *golden) text(s string) string {
	var values []string
	for v := range g.known {
		if len(v) >= 6 {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, v := range values {
		s = strings.ReplaceAll(s, v, g.known[v])
		s = strings.ReplaceAll(s, url.QueryEscape(v), g.known[v])
	}
	s = anUUID.ReplaceAllString(s, "{uuid}")
	s = aMoment.ReplaceAllString(s, "{time}")
	return digits.ReplaceAllStringFunc(s, func(d string) string {
		if isNow(d) {
			return "{time}"
		}
		return d
	})
}

// isNow reports whether digits are this day, in seconds or milliseconds.
func isNow(d string) bool {
	n, err := strconv.ParseInt(d, 10, 64)
	if err != nil {
		return false
	}
	return time.Since(time.Unix(n, 0)).Abs() < 24*time.Hour || time.Since(time.UnixMilli(n)).Abs() < 24*time.Hour
}

var idKey = regexp.MustCompile(`(?i)(^|_)(id|ids|sid|handle|h|url|uri|path|token|key)$`)

// learn takes the ids of an answer: a later call that names one shows where it is from.
func (g *golden) learn(reply []byte) {
	d := json.NewDecoder(bytes.NewReader(reply))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return
	}
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(k, x)
			}
		case []any:
			for _, x := range v {
				walk(key, x)
			}
		case string:
			if len(v) >= 6 && idKey.MatchString(key) && v != g.s.Customer.ID && v != g.s.Channel.Ref {
				g.name(v, "{answered "+key+"}")
			}
		}
	}
	walk("", v)
}
