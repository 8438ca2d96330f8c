package nodes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"time"

	"recado/flows"
	"recado/flows/expr"
)

// httpRequest asks another system and keeps parts of its answer. What people write reaches
// the request escaped: in the address, and in a body that is JSON, a place can fill a value
// and never change what is asked.
type httpRequest struct {
	Method  string              `json:"method,omitempty"`
	URL     string              `json:"url"`
	Headers map[string]Template `json:"headers,omitempty"`
	Body    string              `json:"body,omitempty"`
	Timeout int                 `json:"timeout_seconds,omitempty"` // 0 is 5
	Map     []mapping           `json:"map,omitempty"`
	Status  string              `json:"status,omitempty"` // variable that takes the status

	address []piece
	body    func(*flows.Run) string
	types   []expr.Type // of the mappings' variables
}

// mapping is a part of the answer to keep: Path as in "data.items[0].name", or "" for all.
type mapping struct {
	Path     string `json:"path"`
	Variable string `json:"variable"`

	steps []step
}

const (
	ok          = "ok"
	errored     = "error"
	maxMappings = 30
	maxHeaders  = 30
)

func httpType() flows.Type {
	var methods []flows.Option
	for _, m := range httpMethods {
		methods = append(methods, flows.Option{Value: m, Label: words(m, m)})
	}
	return flows.Type{
		Name: "http", Group: "data", Icon: "globe",
		Label: words("Consulta HTTP", "HTTP request"),
		About: words("Consulta otro sistema y guarda partes de su respuesta.", "Asks another system and keeps parts of its answer."),
		Fields: []flows.Field{
			{Key: "method", Kind: flows.FieldChoice, Label: words("Método", "Method"), Options: methods},
			{Key: "url", Kind: flows.FieldTemplate, Label: words("Dirección", "Address"), Required: true,
				Help: words("El dominio va escrito, o como {{global.nombre}}; el resto puede llevar lugares.", "The domain is written out, or {{global.name}}; the rest may have places.")},
			{Key: "headers", Kind: flows.FieldMap, Label: words("Encabezados", "Headers"), Help: words("Los secretos van como {{secret.nombre}}.", "Secrets go as {{secret.name}}.")},
			{Key: "body", Kind: flows.FieldTemplate, Label: words("Cuerpo", "Body"), Multiline: true, If: &flows.Condition{Key: "method", In: []string{"POST", "PUT", "PATCH", "DELETE"}}},
			{Key: "timeout_seconds", Kind: flows.FieldNumber, Label: words("Espera, en segundos", "Waits, in seconds"), Min: 1, Max: 10, Help: words("Vacío son 5.", "Empty is 5.")},
			{Key: "map", Kind: flows.FieldList, Label: words("Guardar de la respuesta", "Keep from the answer"), Max: maxMappings, Of: []flows.Field{
				{Key: "path", Kind: flows.FieldPlain, Label: words("Ruta", "Path"), Help: words("Por ejemplo data.items[0].name; vacía es toda la respuesta.", "For example data.items[0].name; empty is the whole answer.")},
				{Key: "variable", Kind: flows.FieldVariable, Label: words("Variable", "Variable"), Required: true},
			}},
			{Key: "status", Kind: flows.FieldVariable, Label: words("Guardar el estado HTTP en", "Keep the HTTP status in")},
		},
		Exits: []flows.Exit{
			{Name: ok, Label: words("Respondió bien", "Answered well")},
			{Name: errored, Label: words("Error", "Error")},
			exitTimeout(),
		},
		New: func() flows.Node { return &httpRequest{Method: "GET"} },
	}
}

var httpMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

func (n *httpRequest) Compile(c *flows.Compiler) {
	oneOf(c, "method", n.Method, httpMethods...)
	between(c, "timeout_seconds", n.Timeout, 0, 10)
	n.compileURL(c)
	if len(n.Headers) > maxHeaders {
		c.Fault("headers", "node.too_many", "max", maxHeaders)
	}
	names := make([]string, 0, len(n.Headers))
	for name := range n.Headers {
		names = append(names, name)
	}
	sort.Strings(names) // faults in the same order each time
	for _, name := range names {
		t := n.Headers[name]
		if !headerName.MatchString(name) {
			c.Fault("headers", "node.header", "name", name)
		}
		t.Compile(c, "headers."+name, false)
		n.Headers[name] = t
	}
	n.compileBody(c)
	if len(n.Map) > maxMappings {
		c.Fault("map", "node.too_many", "max", maxMappings)
	}
	for i := range n.Map {
		m := &n.Map[i]
		at := fmt.Sprintf("map[%d].", i)
		var err error
		if m.steps, err = parsePath(m.Path); err != nil {
			c.Fault(at+"path", "node.path", "path", m.Path)
		}
		n.types = append(n.types, c.Variable(at+"variable", m.Variable))
	}
	optional(c, "status", n.Status, expr.Number)
}

var (
	headerName = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$`)
	placeLike  = regexp.MustCompile(`\{\{[^}]*\}\}|\{[^{}]*\}`)
	globalOnly = regexp.MustCompile(`^\{\{\s*global\.[a-z][a-z0-9_]*\s*\}\}$`)
	secretOnly = regexp.MustCompile(`^\{\{\s*secret\.[a-z][a-z0-9_]*\s*\}\}$`)
	schemeHost = regexp.MustCompile(`^(?:https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\{\{\s*global\.[a-z][a-z0-9_]*\s*\}\})(?:[/?#]|$)`)
)

// piece is a part of an address: as written, or a place whose value is escaped.
type piece struct {
	text   string
	place  *expr.Template
	escape func(string) string
}

// compileURL cuts the address at its places. Who is asked stands in the flow for all to see:
// no place of a contact's may be in the host.
func (n *httpRequest) compileURL(c *flows.Compiler) {
	src := strings.TrimSpace(n.URL)
	switch {
	case src == "":
		c.Fault("url", "flow.required")
		return
	case c.Template("url", n.URL) == nil: // told with its range
		return
	case !schemeHost.MatchString(src):
		c.Fault("url", "node.url_host")
		return
	}
	at, asked := 0, false
	for _, r := range placeLike.FindAllStringIndex(src, -1) {
		n.address = append(n.address, piece{text: src[at:r[0]]})
		asked = asked || strings.Contains(src[at:r[0]], "?")
		place := src[r[0]:r[1]]
		at = r[1]
		if secretOnly.MatchString(place) { // the host fills and escapes it
			n.address = append(n.address, piece{text: place})
			continue
		}
		t := c.Template("url", place)
		if t == nil {
			return
		}
		p := piece{place: t, escape: url.PathEscape}
		switch {
		case r[0] == 0 && globalOnly.MatchString(place):
			p.escape = func(s string) string { return strings.TrimRight(s, "/") }
		case asked:
			p.escape = url.QueryEscape
		}
		n.address = append(n.address, p)
	}
	n.address = append(n.address, piece{text: src[at:]})
}

// dots are path elements that would climb out of the path written.
var dots = map[string]bool{".": true, "..": true}

func (n *httpRequest) where(r *flows.Run) (string, bool) {
	var b strings.Builder
	for _, p := range n.address {
		if p.place == nil {
			b.WriteString(p.text)
			continue
		}
		v := r.Render(p.place)
		if dots[v] {
			return "", false
		}
		b.WriteString(p.escape(v))
	}
	return b.String(), true
}

// compileBody readies the body. One that is JSON is filled string by string, so that a quote
// in a name stays in the name; any other is one template.
func (n *httpRequest) compileBody(c *flows.Compiler) {
	if strings.TrimSpace(n.Body) == "" {
		n.body = func(*flows.Run) string { return "" }
		return
	}
	whole := c.Template("body", n.Body)
	d := json.NewDecoder(strings.NewReader(n.Body))
	d.UseNumber()
	var tree any
	if whole == nil || d.Decode(&tree) != nil || !ended(d) {
		n.body = func(r *flows.Run) string { return r.Render(whole) }
		return
	}
	ready := prepare(c, tree)
	n.body = func(r *flows.Run) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(filled(r, ready)) // came from JSON
		return strings.TrimSuffix(b.String(), "\n")
	}
}

func ended(d *json.Decoder) bool {
	_, err := d.Token()
	return err == io.EOF
}

// prepare is a JSON tree with its strings compiled.
func prepare(c *flows.Compiler, v any) any {
	switch v := v.(type) {
	case string:
		if !strings.Contains(v, "{") {
			return v
		}
		return c.Template("body", v)
	case []any:
		for i := range v {
			v[i] = prepare(c, v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = prepare(c, v[k])
		}
	}
	return v
}

// filled is a prepared tree with its places filled. It leaves the tree as it is.
func filled(r *flows.Run, v any) any {
	switch v := v.(type) {
	case *expr.Template:
		return r.Render(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = filled(r, v[i])
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = filled(r, v[k])
		}
		return out
	}
	return v
}

func (n *httpRequest) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		to, fits := n.where(r)
		if !fits {
			return errored
		}
		ask := flows.HTTPRequest{Method: n.Method, URL: to, Headers: map[string]string{}, Timeout: time.Duration(n.Timeout) * time.Second}
		for name, t := range n.Headers {
			ask.Headers[name] = t.In(r)
		}
		if n.Method != "GET" {
			ask.Body = n.body(r)
		}
		return r.Call(ask)
	}
	res := r.Input().Result
	got, answered := res.Value.(flows.HTTPResponse)
	switch {
	case res.Err != nil && res.Err.Code == "timeout":
		return timeout
	case res.Err != nil || !answered:
		return errored
	}
	if n.Status != "" {
		r.Set(n.Status, float64(got.Status))
	}
	for i, m := range n.Map {
		r.Set(m.Variable, as(n.types[i], m.of(got)))
	}
	if got.Status < 200 || got.Status > 299 {
		return errored
	}
	return ok
}
