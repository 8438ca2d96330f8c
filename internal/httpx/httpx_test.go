package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// allowed is the one loopback address that the tests' clients may reach. The rest of
// 127.0.0.0/8 stands for the inside of the network.
const allowed = "127.0.0.2"

// serve starts a server on a loopback address.
func serve(t *testing.T, ip string, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// inside is a server that must never be asked anything.
func inside(t *testing.T) *httptest.Server {
	t.Helper()
	return serve(t, "127.0.0.1", func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the inside was asked for %s", r.URL) })
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	o.Private = append(o.Private, netip.MustParsePrefix(allowed+"/32"))
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, c *Client, url string, header ...string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestReachesWhatIsAllowed(t *testing.T) {
	t.Parallel()
	s := serve(t, allowed, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hola") })
	if got, err := get(t, client(t, Options{}), s.URL); got != "hola" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestRefusesTheInside(t *testing.T) {
	t.Parallel()
	port := inside(t).Listener.Addr().(*net.TCPAddr).Port
	c := client(t, Options{Resolver: names(t, nil)})
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.1", "127.0.1",
		"2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001", "169.254.169.254", "[fe80::1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "①②⑦.⓪.⓪.①", "127.0.0.1.",
	} {
		got, err := get(t, c, fmt.Sprintf("http://%s:%d/", host, port))
		var dns *net.DNSError
		if got != "" || (!errors.Is(err, ErrAddress) && !errors.As(err, &dns)) {
			t.Errorf("%s: got %q, %v; want a refusal or no such host", host, got, err)
		}
	}
}

func TestRefusesURLs(t *testing.T) {
	t.Parallel()
	c := client(t, Options{})
	for _, u := range []string{"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "/path", "http:///path", "https://user:pass@example.com/"} {
		if _, err := get(t, c, u); !errors.Is(err, ErrURL) {
			t.Errorf("%s: %v", u, err)
		}
	}
	for _, h := range []string{"Accept-Encoding", "Range"} {
		if _, err := get(t, c, "https://example.com/", h, "x"); err == nil {
			t.Errorf("%s was taken", h)
		}
	}
}

// names is a resolver that answers from a function of the name and of how often it was asked
// before; nil knows no name.
func names(t *testing.T, answer func(name string, asked int) string) *net.Resolver {
	t.Helper()
	var asked atomic.Int32
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			if err := answerOne(there, func(name string) string {
				if answer == nil {
					return ""
				}
				return answer(name, int(asked.Add(1))-1)
			}); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
				t.Error(err)
			}
		}()
		return here, nil
	}}
}

// answerOne reads one question (RFC 1035, two bytes of length before it, as over TCP) and
// answers with an A record, or that there is no such name.
func answerOne(c net.Conn, answer func(string) string) error {
	var size uint16
	if err := binary.Read(c, binary.BigEndian, &size); err != nil {
		return err
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	var q dnsmessage.Message
	if err := q.Unpack(b); err != nil {
		return err
	}
	ask := q.Questions[0]
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
	ip := ""
	if ask.Type == dnsmessage.TypeA {
		ip = answer(ask.Name.String())
		if ip == "" {
			out.RCode = dnsmessage.RCodeNameError
		}
	}
	if ip != "" {
		head := dnsmessage.ResourceHeader{Name: ask.Name, Class: dnsmessage.ClassINET}
		out.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: netip.MustParseAddr(ip).As4()}}}
	}
	b, err := out.Pack()
	if err != nil {
		return err
	}
	_, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
	return err
}

// A name that is harmless when it is looked up first and points inside the next time.
func TestRebindingIsRefused(t *testing.T) {
	t.Parallel()
	port := 0
	s := serve(t, allowed, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if r.URL.Path == "/again" {
			http.Redirect(w, r, fmt.Sprintf("http://rebind.test:%d/inside", port), http.StatusFound)
			return
		}
		fmt.Fprint(w, "hola")
	})
	// The inside listens on the same port: only the address tells them apart.
	port = s.Listener.Addr().(*net.TCPAddr).Port
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	in := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") })}
	go in.Serve(l) //nolint:errcheck // ends with Close
	defer in.Close()

	resolver := names(t, func(_ string, asked int) string {
		if asked == 0 {
			return allowed
		}
		return "127.0.0.1"
	})
	c := client(t, Options{Resolver: resolver})
	if got, err := get(t, c, fmt.Sprintf("http://rebind.test:%d/", port)); got != "hola" || err != nil {
		t.Fatalf("first: %q, %v", got, err)
	}
	if _, err := get(t, c, fmt.Sprintf("http://rebind.test:%d/", port)); !errors.Is(err, ErrAddress) {
		t.Errorf("second: %v", err)
	}
	if _, err := get(t, c, s.URL+"/again"); !errors.Is(err, ErrAddress) {
		t.Errorf("by redirect: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	in := inside(t)
	var hops atomic.Int32
	s := serve(t, allowed, func(w http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		if to == "loop" {
			hops.Add(1)
			to = r.URL.String()
		}
		if to == "" {
			fmt.Fprint(w, "hola")
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	hop := func(to string) string { return "/?to=" + url.QueryEscape(to) }
	c := client(t, Options{})
	tests := map[string]struct {
		to   string
		want error
	}{
		"three":            {to: hop(hop("/")), want: nil},
		"four":             {to: hop(hop(hop("/"))), want: ErrURL},
		"endless":          {to: "loop", want: ErrURL},
		"inside":           {to: in.URL, want: ErrAddress},
		"inside, indirect": {to: hop(in.URL), want: ErrAddress},
		"metadata":         {to: "http://169.254.169.254/latest/meta-data/", want: ErrAddress},
		"mapped":           {to: "http://[::ffff:127.0.0.1]:80/", want: ErrAddress},
		"file":             {to: "file:///etc/passwd", want: ErrURL},
		"password":         {to: "http://a:b@" + s.Listener.Addr().String() + "/", want: ErrURL},
	}
	for name, tt := range tests {
		got, err := get(t, c, s.URL+hop(tt.to))
		if !errors.Is(err, tt.want) || (tt.want == nil && got != "hola") {
			t.Errorf("%s: got %q, %v; want %v", name, got, err, tt.want)
		}
	}
	if n := hops.Load(); n > maxRedirects+1 {
		t.Errorf("a loop was followed %d times", n)
	}
}

func TestCredentialsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	secrets := []string{"Authorization", "Cookie", "X-Api-Key", "X-Shopify-Access-Token", "Referer"}
	var seen atomic.Pointer[http.Header]
	record := func(w http.ResponseWriter, r *http.Request) {
		h := r.Header.Clone()
		seen.Store(&h)
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		}
	}
	home, away := serve(t, allowed, record), serve(t, allowed, record)
	c := client(t, Options{})
	send := func(u string) http.Header {
		t.Helper()
		if _, err := get(t, c, u, "Authorization", "k", "Cookie", "k", "X-Api-Key", "k", "X-Shopify-Access-Token", "k", "Referer", "k", "Accept", "text/plain"); err != nil {
			t.Fatal(err)
		}
		return *seen.Load()
	}
	to := func(s *httptest.Server, next string) string { return s.URL + "/?to=" + url.QueryEscape(next) }
	if h := send(to(home, home.URL+"/x")); h.Get("Authorization") != "k" || h.Get("X-Api-Key") != "k" {
		t.Errorf("lost on the way home: %v", h)
	}
	for name, u := range map[string]string{"away": to(home, away.URL), "away and back": to(home, to(away, home.URL+"/x"))} {
		h := send(u)
		for _, k := range secrets {
			if h.Get(k) != "" {
				t.Errorf("%s: %s: %s went along", name, k, h.Get(k))
			}
		}
		if h.Get("Accept") != "text/plain" {
			t.Errorf("%s: harmless headers were lost: %v", name, h)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to(home, away.URL), strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(r); !errors.Is(err, ErrURL) { //nolint:bodyclose // there is none
		t.Errorf("a body went to another host: %v", err)
	}
}

func TestHTTPSIsNotGivenUp(t *testing.T) {
	t.Parallel()
	via := []*http.Request{{URL: &url.URL{Scheme: "https", Host: "a.example"}}}
	if err := checkRedirect(&http.Request{URL: &url.URL{Scheme: "http", Host: "a.example"}}, via); !errors.Is(err, ErrURL) {
		t.Errorf("got %v", err)
	}
}

func TestSizeIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1000
	zip := func(n int) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	bomb := zip(50 << 20)
	s := serve(t, allowed, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fits":
			_, _ = w.Write(make([]byte, limit))
		case "/admitted":
			_, _ = w.Write(make([]byte, limit+1))
		case "/streamed":
			for range limit + 1 {
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
			}
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zip(limit))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}
	})
	c := client(t, Options{MaxBody: limit})
	for path, want := range map[string]error{"/fits": nil, "/packed": nil, "/admitted": ErrTooLarge, "/streamed": ErrTooLarge, "/bomb": ErrTooLarge} {
		got, err := get(t, c, s.URL+path)
		if !errors.Is(err, want) || len(got) > limit || (want == nil && len(got) != limit) {
			t.Errorf("%s: %d bytes, %v; want %v", path, len(got), err, want)
		}
	}
}

func TestTimeIsBounded(t *testing.T) {
	t.Parallel()
	s := serve(t, allowed, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			_, _ = w.Write([]byte("x"))
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done() // until the client gives up
	})
	c := client(t, Options{Timeout: 50 * time.Millisecond})
	for _, path := range []string{"/silent", "/drip"} {
		_, err := get(t, c, s.URL+path)
		var slow net.Error
		if !errors.As(err, &slow) || !slow.Timeout() {
			t.Errorf("%s: %v, want a timeout", path, err)
		}
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := serve(t, allowed, func(http.ResponseWriter, *http.Request) {})
	c := client(t, Options{Log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	path := "/bot123:SECRET/v1/SECRETSECRETSECRET?key=SECRET"
	if _, err := get(t, c, s.URL+path, "Authorization", "SECRET", "X-Key", "SECRET", "Accept", "text/plain"); err != nil {
		t.Fatal(err)
	}
	_, err := get(t, c, "http://127.0.0.1:1"+path, "Authorization", "SECRET")
	if err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the error is %v", err)
	}
	log := out.String()
	if strings.Contains(log, "SECRET") || !strings.Contains(log, "text/plain") || !strings.Contains(log, "request failed") {
		t.Errorf("the log says %s", log)
	}
}

func TestPrivateAddressesAreRefusedInProduction(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Production: true, Private: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}); err == nil {
		t.Error("taken")
	}
	if _, err := New(Options{Production: true}); err != nil {
		t.Error(err)
	}
}
