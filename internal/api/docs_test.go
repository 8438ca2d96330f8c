package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// The page is ours alone: it names no other host, and its policy would not let it ask one.
func TestDocsPageIsSelfContained(t *testing.T) {
	t.Parallel()
	a := New(Deps{})
	abroad := regexp.MustCompile(`(https?:)?//[a-z0-9-]+\.[a-z]`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script[^>]*>[^<]|javascript:|innerHTML`)
	for path, mime := range map[string]string{
		"/api/docs": "text/html; charset=utf-8", "/api/docs/page.js": "text/javascript; charset=utf-8", "/api/docs/page.css": "text/css; charset=utf-8",
		"/api/docs/es.json": "application/json", "/api/docs/en.json": "application/json", "/api/openapi.json": "application/vnd.oai.openapi+json;version=3.1",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
			res := w.Result()
			if res.StatusCode != 200 || res.Header.Get("Content-Type") != mime || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s: %d %v", method, path, res.StatusCode, res.Header)
			}
			if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: policy %q", path, csp)
			}
			b, err := io.ReadAll(res.Body)
			if err != nil || method == http.MethodGet && len(b) == 0 {
				t.Fatalf("%s: %d bytes, %v", path, len(b), err)
			}
			if strings.HasPrefix(path, "/api/docs") && !strings.HasSuffix(path, ".json") {
				if found := abroad.Find(b); found != nil {
					t.Errorf("%s names another host: %s", path, found)
				}
				if found := inline.Find(b); found != nil {
					t.Errorf("%s has something inline that the policy forbids: %s", path, found)
				}
			}
		}
	}
}
