package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestRealIP(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		from, forwarded, want string
	}{
		"direct visitor":                    {"203.0.113.7:1000", "", "203.0.113.7:1000"},
		"visitor who lies":                  {"203.0.113.7:1000", "198.51.100.1", "203.0.113.7:1000"},
		"through our proxy":                 {"10.0.0.1:1000", "203.0.113.7", "203.0.113.7:0"},
		"through two of ours":               {"10.0.0.1:1000", "203.0.113.7, 10.0.0.2", "203.0.113.7:0"},
		"visitor who lies to our proxy":     {"10.0.0.1:1000", "198.51.100.1, 203.0.113.7", "203.0.113.7:0"},
		"our proxy says nothing":            {"10.0.0.1:1000", "", "10.0.0.1:1000"},
		"our proxy passes on what is no IP": {"10.0.0.1:1000", "unknown", "10.0.0.1:1000"},
		"IPv6":                              {"10.0.0.1:1000", "2001:db8::7", "[2001:db8::7]:0"},
	} {
		var got string
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		RealIP(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
