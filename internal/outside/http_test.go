package outside_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"recado/flows"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/httpx"
	"recado/internal/outside"
)

func (w *world) secret(t *testing.T, name, value string) {
	t.Helper()
	w.Do(t, func(tx db.CompanyTx) error {
		_, err := outside.SetGlobals(t.Context(), tx, company.System, w.keys, []outside.Global{{Name: name, Secret: true, Value: value}})
		return err
	})
}

// echo answers with what it was sent.
func echo(t *testing.T) string {
	t.Helper()
	return serve(t, allowed, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"url": %q, "key": %q, "body": %q}`, r.URL.RequestURI(), r.Header.Get("X-Key"), b)
	})).URL
}

const hush = `s3cr3t/"&=? ñ`

// A secret gets to where it is meant and never comes back.
func TestSecrets(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.secret(t, "token", hush)
	base := echo(t)
	var seen atomic.Pointer[http.Request]
	spy := serve(t, allowed, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		c := r.Clone(context.Background())
		c.Body = io.NopCloser(strings.NewReader(string(b)))
		seen.Store(c)
	})).URL
	w.do(t, flows.HTTPRequest{Method: "POST", URL: spy + "/a/{{secret.token}}/b?k={{ secret.token }}&x=1", Headers: map[string]string{"X-Key": "Bearer {{secret.token}}", "Content-Type": "application/json"}, Body: `{"k": "{{secret.token}}"}`})
	r := seen.Load()
	if r == nil {
		t.Fatal("nothing arrived")
	}
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path != "/a/"+hush+"/b" || r.URL.Query().Get("k") != hush || r.URL.Query().Get("x") != "1" {
		t.Errorf("the address is %s", r.URL)
	}
	if string(body) != `{"k": "s3cr3t/\"\u0026=? ñ"}` && string(body) != `{"k": "s3cr3t/\"&=? ñ"}` {
		t.Errorf("the body is %s", body)
	}
	w.do(t, flows.HTTPRequest{Method: "POST", URL: spy, Headers: map[string]string{"content-type": "application/x-www-form-urlencoded"}, Body: "k={{secret.token}}"})
	if body, _ := io.ReadAll(seen.Load().Body); string(body) != "k=s3cr3t%2F%22%26%3D%3F+%C3%B1" {
		t.Errorf("the form is %s", body)
	}
	w.secret(t, "token", "plain-s3cr3t-value")
	got := w.do(t, flows.HTTPRequest{Method: "POST", URL: base + "/{{secret.token}}", Headers: map[string]string{"X-Key": "{{secret.token}}"}, Body: "{{secret.token}}"})
	if resp, ok := got.Value.(flows.HTTPResponse); !ok || strings.Contains(fmt.Sprint(resp), "s3cr3t") || strings.Count(resp.Body, "[secret]") != 3 {
		t.Errorf("it came back: %+v", got)
	}
	for name, c := range map[string]flows.HTTPRequest{
		"in the host":        {Method: "GET", URL: "http://{{secret.token}}.example.com/"},
		"as the host":        {Method: "GET", URL: "http://{{secret.token}}"},
		"as the user":        {Method: "GET", URL: "http://{{secret.token}}@example.com/"},
		"as the scheme":      {Method: "GET", URL: "{{secret.token}}://example.com/"},
		"in a header's name": {Method: "GET", URL: base, Headers: map[string]string{"{{secret.token}}": "x"}},
		"nobody listens":     {Method: "GET", URL: "http://" + allowed + ":1/{{secret.token}}"},
		"the inside":         {Method: "GET", URL: "http://127.0.0.1:1/{{secret.token}}"},
	} {
		r := w.do(t, c)
		if r.Err == nil || strings.Contains(fmt.Sprint(r.Err), "s3cr3t") {
			t.Errorf("%s: %+v", name, r.Err)
		}
	}
	if r := w.do(t, flows.HTTPRequest{Method: "GET", URL: base + "/{{secret.unknown}}"}); code(r) != "not_configured" {
		t.Errorf("an unknown secret: %+v", r)
	}
}

func TestHTTPRefusals(t *testing.T) {
	t.Parallel()
	w := open(t)
	base := echo(t)
	for name, c := range map[string]flows.HTTPRequest{
		"a method":             {Method: "TRACE", URL: base},
		"no address":           {Method: "GET"},
		"half an address":      {Method: "GET", URL: "http://[::1"},
		"a file":               {Method: "GET", URL: "file:///etc/passwd"},
		"a password":           {Method: "GET", URL: "http://a:b@" + allowed + "/"},
		"another host":         {Method: "GET", URL: base, Headers: map[string]string{"Host": "x"}},
		"a hop header":         {Method: "GET", URL: base, Headers: map[string]string{"transfer-encoding": "chunked"}},
		"a line in a header":   {Method: "GET", URL: base, Headers: map[string]string{"X": "a\r\nY: b"}},
		"a line in its name":   {Method: "GET", URL: base, Headers: map[string]string{"X\r\nY": "a"}},
		"a body of a megabyte": {Method: "POST", URL: base, Body: strings.Repeat("x", 1<<20)},
	} {
		if r := w.do(t, c); code(r) != "refused" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := serve(t, allowed, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/json":
			_, _ = io.WriteString(w, `{"a": [1, {"b": null}]}`)
		case "/text":
			_, _ = io.WriteString(w, "hola \xff")
		case "/no":
			http.Error(w, "no", http.StatusNotFound)
		case "/big":
			_, _ = w.Write(make([]byte, 2<<20))
		case "/slow":
			<-r.Context().Done()
		}
	})).URL
	for path, tt := range map[string]struct {
		code, body string
		status     int
		json       bool
	}{
		"/json": {body: `{"a": [1, {"b": null}]}`, status: 200, json: true},
		"/text": {body: "hola \ufffd", status: 200},
		"/no":   {body: "no\n", status: 404},
		"/big":  {code: "bad_answer"},
		"/slow": {code: "timeout"},
	} {
		r := w.do(t, flows.HTTPRequest{Method: "get", URL: s + path, Timeout: 300 * time.Millisecond})
		got, _ := r.Value.(flows.HTTPResponse)
		if code(r) != tt.code || got.Status != tt.status || got.Body != tt.body || (got.JSON != nil) != tt.json {
			t.Errorf("%s: %+v, %+v", path, got, r.Err)
		}
	}
}

// inside is a server on a special address that must never be asked anything.
func inside(t *testing.T) int {
	t.Helper()
	s := serve(t, "127.0.0.1", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the inside was asked for %s", r.URL) }))
	return s.Listener.Addr().(*net.TCPAddr).Port
}

// A flow's request reaches nothing of the inside, however it is spelled, named, redirected to
// or renamed in between.
func TestTheInsideIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := open(t)
	port := inside(t)
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.255",
		"[fd00::1]", "[fd00:ec2::254]", "[fe80::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
		"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "127.000.000.001", "①②⑦.⓪.⓪.①", "127.0.0.1.", "127。0。0。1",
	} {
		r := w.do(t, flows.HTTPRequest{Method: "GET", URL: fmt.Sprintf("http://%s:%d/", host, port), Timeout: 2 * time.Second})
		if c := code(r); c != "refused" && c != "unavailable" && c != "timeout" { // the last two: no such name
			t.Errorf("%s: %+v", host, r)
		}
	}
	from := serve(t, allowed, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})).URL
	for _, to := range []string{fmt.Sprintf("http://127.0.0.1:%d/", port), fmt.Sprintf("http://[::ffff:127.0.0.1]:%d/", port), "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", from + "?to=" + from} {
		if r := w.do(t, flows.HTTPRequest{Method: "GET", URL: from + "/?to=" + to}); code(r) != "refused" {
			t.Errorf("redirected to %s: %+v", to, r)
		}
	}
}

// A name that leads to a harmless address first and inside the next time, and one that
// always leads inside.
func TestRebinding(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := serve(t, allowed, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "hola")
	}))
	port := s.Listener.Addr().(*net.TCPAddr).Port
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)) // only the address tells the two apart
	if err != nil {
		t.Fatal(err)
	}
	in := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") })}
	go in.Serve(l) //nolint:errcheck // ends with Close
	t.Cleanup(func() { _ = in.Close() })
	var asked atomic.Int32
	client, err := httpx.New(httpx.Options{Private: []netip.Prefix{netip.MustParsePrefix(allowed + "/32")}, Resolver: names(func(name string) string {
		if strings.HasPrefix(name, "rebind.") && asked.Add(1) == 1 {
			return allowed
		}
		return "127.0.0.1"
	})})
	if err != nil {
		t.Fatal(err)
	}
	c := w.Config
	c.HTTP = client
	o := outside.New(c)
	get := func(host string) flows.Result {
		return o.Host(w.scope, nil).Do(t.Context(), flows.HTTPRequest{Method: "GET", URL: fmt.Sprintf("http://%s:%d/", host, port)})
	}
	if r := get("rebind.example"); r.Err != nil {
		t.Fatalf("the first time: %+v", r)
	}
	for _, host := range []string{"rebind.example", "inside.example"} {
		if r := get(host); code(r) != "refused" {
			t.Errorf("%s: %+v", host, r)
		}
	}
}

// names is a resolver that answers A questions from a function (RFC 1035, as over TCP).
func names(answer func(name string) string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			var size uint16
			if binary.Read(there, binary.BigEndian, &size) != nil {
				return
			}
			b := make([]byte, size)
			var q dnsmessage.Message
			if _, err := io.ReadFull(there, b); err != nil || q.Unpack(b) != nil {
				return
			}
			ask := q.Questions[0]
			out := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
			if ask.Type == dnsmessage.TypeA {
				head := dnsmessage.ResourceHeader{Name: ask.Name, Class: dnsmessage.ClassINET}
				out.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: netip.MustParseAddr(answer(ask.Name.String())).As4()}}}
			}
			if b, err := out.Pack(); err == nil {
				_, _ = there.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
			}
		}()
		return here, nil
	}}
}

func TestGlobals(t *testing.T) {
	t.Parallel()
	w := open(t)
	list := []outside.Global{
		{Name: "banner", Type: "text", Value: "Hola"}, {Name: "dias", Type: "number", Value: 30.0}, {Name: "abierto", Type: "bool", Value: true},
		{Name: "rebajas", Type: "date", Value: "2026-12-01T00:00:00Z"}, {Name: "tallas", Type: "list", Value: []any{"S", "M"}}, {Name: "token", Secret: true, Value: "shh"},
	}
	set := func(list []outside.Global) (got []outside.Global, err error) {
		err = w.DB.ForCompany(t.Context(), w.Company, func(tx db.CompanyTx) (err error) {
			got, err = outside.SetGlobals(t.Context(), tx, company.System, w.keys, list)
			return err
		})
		return got, err
	}
	got, err := set(list)
	if err != nil || len(got) != 6 {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, g := range got {
		if g.Secret && g.Value != nil {
			t.Errorf("a secret is read back: %+v", g)
		}
	}
	values := outside.GlobalValues(got)
	if at, ok := values["rebajas"].(time.Time); len(values) != 5 || values["token"] != nil || !ok || at.Month() != time.December {
		t.Errorf("values %+v", values)
	}
	if fields := outside.GlobalFields(got); len(fields) != 6 || fields[5].Path != "secret.token" {
		t.Errorf("fields %+v", fields)
	}
	// A secret that is not written again stays what it was; what is left out goes.
	if got, err = set([]outside.Global{{Name: "token", Secret: true}}); err != nil || len(got) != 1 {
		t.Errorf("kept: %+v, %v", got, err)
	}
	if r := w.do(t, flows.HTTPRequest{Method: "GET", URL: echo(t) + "/?k={{secret.token}}"}); r.Err != nil || !strings.Contains(r.Value.(flows.HTTPResponse).Body, "[secret]") {
		t.Errorf("the secret is lost: %+v", r)
	}
	for name, bad := range map[string][]outside.Global{
		"a name": {{Name: "A-b", Type: "text", Value: "x"}}, "twice": {{Name: "a", Type: "text", Value: "x"}, {Name: "a", Type: "text", Value: "y"}},
		"a type": {{Name: "a", Type: "number", Value: "x"}}, "a date": {{Name: "a", Type: "date", Value: "mañana"}}, "a secret number": {{Name: "a", Secret: true, Value: 3.0}},
		"a new secret without value": {{Name: "b", Secret: true}}, "too long": {{Name: "a", Type: "text", Value: strings.Repeat("x", 5000)}},
	} {
		if _, err := set(bad); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if n := w.Count(t, `select count(*) from flow_global where value::text like '%shh%' or encode(sealed, 'escape') like '%shh%'`); n != 0 {
		t.Error("the secret lies open in the table")
	}
	if n := w.Count(t, `select count(*) from audit where changes::text like '%shh%'`); n != 0 {
		t.Error("the secret lies open in the audit")
	}
}

// A request that would outlast the turn gives up while the flow can still say so.
func TestATurnsTimeIsKept(t *testing.T) {
	t.Parallel()
	w := open(t)
	s := serve(t, allowed, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r := w.Host(w.scope, nil).Do(ctx, flows.HTTPRequest{Method: "GET", URL: s.URL, Timeout: 10 * time.Second})
	if code(r) != "timeout" || ctx.Err() != nil {
		t.Errorf("%+v, and the turn: %v", r, ctx.Err())
	}
}
