package panel

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var built = fstest.MapFS{
	"index.html":             {Data: []byte("<!doctype html>page")},
	"index.html.br":          {Data: []byte("page br")},
	"index.html.gz":          {Data: []byte("page gz")},
	"theme.js":               {Data: []byte("theme")},
	"assets/app-1a2b.js":     {Data: []byte("app")},
	"assets/app-1a2b.js.br":  {Data: []byte("app br")},
	"assets/inter-9.woff2":   {Data: []byte("font")},
	".gitkeep":               {},
	".vite/manifest.json":    {Data: []byte("{}")},
	".vite/manifest.json.br": {Data: []byte("{}")},
}

func get(t *testing.T, h http.Handler, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
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

func TestPaths(t *testing.T) {
	t.Parallel()
	h := handler(built)
	for _, c := range []struct {
		name, target, accept string
		status               int
		body, encoding, mime string
	}{
		{"root", "/", "", 200, "<!doctype html>page", "", "text/html"},
		{"a route of the browser", "/inbox/123?state=waiting", "", 200, "<!doctype html>page", "", "text/html"},
		{"brotli first", "/", "gzip, br", 200, "page br", "br", "text/html"},
		{"gzip where brotli is refused", "/", "br;q=0, gzip;q=0.5", 200, "page gz", "gzip", "text/html"},
		{"an encoding nobody wrote", "/", "zstd", 200, "<!doctype html>page", "", "text/html"},
		{"asset", "/assets/app-1a2b.js", "br", 200, "app br", "br", "text/javascript"},
		{"asset without gzip", "/assets/app-1a2b.js", "gzip", 200, "app", "", "text/javascript"},
		{"font", "/assets/inter-9.woff2", "br", 200, "font", "", "font/woff2"},
		{"missing asset", "/assets/app-old.js", "", 404, "404 page not found\n", "", "text/plain"},
		{"api", "/api/v1/nothing", "", 404, "404 page not found\n", "", "text/plain"},
		{"climbing out", "/assets/../../../etc/passwd", "", 200, "<!doctype html>page", "", "text/html"},
		{"the build's manifest", "/.vite/manifest.json", "", 200, "<!doctype html>page", "", "text/html"},
		{"a variant by its name", "/index.html.br", "", 200, "<!doctype html>page", "", "text/html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := get(t, h, "GET", c.target, "Accept-Encoding", c.accept)
			if r.StatusCode != c.status {
				t.Errorf("status %d, want %d", r.StatusCode, c.status)
			}
			if got := body(t, r); got != c.body {
				t.Errorf("body %q, want %q", got, c.body)
			}
			if got := r.Header.Get("Content-Encoding"); got != c.encoding {
				t.Errorf("encoding %q, want %q", got, c.encoding)
			}
			if got := r.Header.Get("Content-Type"); !strings.HasPrefix(got, c.mime) {
				t.Errorf("type %q, want %q", got, c.mime)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := handler(built)
	for target, want := range map[string]map[string]string{
		"/": {
			"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": policy,
		},
		"/theme.js":             {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Content-Security-Policy": ""},
		"/assets/app-1a2b.js":   {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
		"/assets/inter-9.woff2": {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"},
	} {
		r := get(t, h, "GET", target)
		for name, value := range want {
			if got := strings.Join(r.Header.Values(name), ","); got != value {
				t.Errorf("%s: %s is %q, want %q", target, name, got, value)
			}
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

func TestConditional(t *testing.T) {
	t.Parallel()
	h := handler(built)
	plain := get(t, h, "GET", "/").Header.Get("ETag")
	br := get(t, h, "GET", "/", "Accept-Encoding", "br").Header.Get("ETag")
	if plain == "" || plain == br {
		t.Fatalf("each encoding needs its own tag: %q and %q", plain, br)
	}
	r := get(t, h, "GET", "/inbox", "If-None-Match", plain)
	if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
		t.Errorf("the same page again: status %d", r.StatusCode)
	}
	if r := get(t, h, "GET", "/", "If-None-Match", br); r.StatusCode != http.StatusOK {
		t.Errorf("another encoding's tag: status %d", r.StatusCode)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	h := handler(built)
	if r := get(t, h, "HEAD", "/"); r.StatusCode != http.StatusOK || body(t, r) != "" {
		t.Errorf("HEAD: status %d", r.StatusCode)
	}
	r := get(t, h, "POST", "/")
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: status %d, allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
}

func TestUnbuilt(t *testing.T) {
	t.Parallel()
	r := get(t, handler(fstest.MapFS{".gitkeep": {}}), "GET", "/inbox")
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, cache %q", r.StatusCode, r.Header.Get("Cache-Control"))
	}
	if b := body(t, r); !strings.Contains(b, "make build") {
		t.Errorf("the page does not say how to build: %q", b)
	}
}

// What is embedded right now, built or not, must load.
func TestEmbedded(t *testing.T) {
	t.Parallel()
	r := get(t, Handler(), "GET", "/")
	if r.StatusCode != http.StatusOK && r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", r.StatusCode)
	}
}
