package widget

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const chunk = "chat-B9obhMTH.js"

func build(t *testing.T) fstest.MapFS {
	t.Helper()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(z, "loader()"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		".gitkeep":     {},
		"widget.js":    {Data: []byte("loader()")},
		"widget.js.gz": {Data: zipped.Bytes()},
		"widget.js.br": {Data: []byte("brotli")},
		chunk:          {Data: []byte("chat()")},
	}
}

func ask(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestScriptsMayBeUsedFromAnyOrigin(t *testing.T) {
	t.Parallel()
	h := handler(build(t))
	for path, cache := range map[string]string{
		"/widget/widget.js": "public, max-age=300",
		"/widget/" + chunk:  "public, max-age=31536000, immutable",
	} {
		r := ask(h, http.MethodGet, path)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", path, r.StatusCode)
		}
		for name, want := range map[string]string{
			"Cache-Control":                cache,
			"Content-Type":                 "text/javascript; charset=utf-8",
			"Access-Control-Allow-Origin":  "*",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"X-Content-Type-Options":       "nosniff",
			"Vary":                         "Accept-Encoding",
			"Content-Encoding":             "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if r.Header.Get("ETag") == "" {
			t.Errorf("%s: no ETag", path)
		}
	}
}

func TestEncodingIsTheBestOneAccepted(t *testing.T) {
	t.Parallel()
	h := handler(build(t))
	for _, c := range []struct{ path, accept, want string }{
		{"/widget/widget.js", "gzip, deflate, br, zstd", "br"},
		{"/widget/widget.js", "gzip, br;q=0", "gzip"},
		{"/widget/widget.js", "GZIP;q=0.5", "gzip"},
		{"/widget/widget.js", "gzip;q=0", ""},
		{"/widget/widget.js", "bravo", ""},
		{"/widget/widget.js", "", ""},
		{"/widget/" + chunk, "gzip, br", ""}, // it was not compressed
	} {
		r := ask(h, http.MethodGet, c.path, "Accept-Encoding", c.accept)
		if got := r.Header.Get("Content-Encoding"); got != c.want {
			t.Errorf("%s with %q: encoding %q, want %q", c.path, c.accept, got, c.want)
		}
		if c.want == "gzip" {
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(z); err != nil || string(plain) != "loader()" {
				t.Errorf("unzipped to %q, %v", plain, err)
			}
		}
	}
}

func TestUnchangedScriptIsNotSentAgain(t *testing.T) {
	t.Parallel()
	h := handler(build(t))
	plain := ask(h, http.MethodGet, "/widget/widget.js").Header.Get("ETag")
	br := ask(h, http.MethodGet, "/widget/widget.js", "Accept-Encoding", "br").Header.Get("ETag")
	if plain == br {
		t.Errorf("both encodings have the ETag %s", br)
	}
	r := ask(h, http.MethodGet, "/widget/widget.js", "Accept-Encoding", "br", "If-None-Match", br)
	if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
		t.Errorf("status %d for the same ETag, want 304 without a body", r.StatusCode)
	}
	if r := ask(h, http.MethodGet, "/widget/widget.js", "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
		t.Errorf("status %d for another ETag, want 200", r.StatusCode)
	}
	changed := build(t)
	changed["widget.js"] = &fstest.MapFile{Data: []byte("newer()")}
	if got := ask(handler(changed), http.MethodGet, "/widget/widget.js").Header.Get("ETag"); got == plain {
		t.Error("another content has the same ETag")
	}
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	h := handler(build(t))
	for _, path := range []string{
		"/widget/", "/widget/chat-00000000.js", "/widget/widget.js.br", "/widget/.gitkeep", "/widget/../widget.go", "/widget.js/x",
	} {
		if r := ask(h, http.MethodGet, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, r.StatusCode)
		}
	}
	if r := ask(h, http.MethodPost, "/widget/widget.js"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d, want 405", r.StatusCode)
	}
	if r := ask(h, http.MethodHead, "/widget/widget.js"); r.StatusCode != http.StatusOK || body(t, r) != "" {
		t.Errorf("HEAD: status %d, want 200 without a body", r.StatusCode)
	}
}

func TestUnbuiltWidgetSaysSo(t *testing.T) {
	t.Parallel()
	h := handler(fstest.MapFS{".gitkeep": {}})
	r := ask(h, http.MethodGet, "/widget/widget.js", "Accept-Encoding", "br")
	got := body(t, r)
	if r.StatusCode != http.StatusOK || !strings.HasPrefix(got, "console.warn(") || strings.Count(got, "\n") != 1 {
		t.Errorf("status %d, body %q, want a one-line console.warn", r.StatusCode, got)
	}
	if cache := r.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("Cache-Control %q: a later build would stay unseen", cache)
	}
	if r := ask(h, http.MethodGet, "/widget/"+chunk); r.StatusCode != http.StatusNotFound {
		t.Errorf("chunk: status %d, want 404", r.StatusCode)
	}
}

func TestHandlerServesWhatIsEmbedded(t *testing.T) {
	t.Parallel()
	r := ask(Handler(), http.MethodGet, "/widget/widget.js")
	if r.StatusCode != http.StatusOK || body(t, r) == "" {
		t.Errorf("status %d, want a script, built or not", r.StatusCode)
	}
}
