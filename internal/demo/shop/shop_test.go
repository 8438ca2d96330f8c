package shop

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"recado/internal/demo"
)

func handler(t *testing.T, change func(*demo.Content)) http.Handler {
	t.Helper()
	c, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	h, err := Handler(Config{SiteKey: "key-1", BaseURL: "https://shop.example/", Content: c, Files: demo.NewFiles(c)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestStatus(t *testing.T) {
	t.Parallel()
	h := handler(t, nil)
	for _, tt := range []struct {
		target string
		status int
		kind   string
	}{
		{"/demo", 200, "text/html"},
		{"/demo?lang=en", 200, "text/html"},
		{"/demo?cat=calzado", 200, "text/html"},
		{"/demo?cat=nada&lang=zz", 200, "text/html"},
		{"/demo/", 308, "text/html"},
		{"/demo/p/VES-001", 200, "text/html"},
		{"/demo/p/VES-999", 404, "text/html"},
		{"/demo/p/", 404, "text/html"},
		{"/demo/elsewhere", 404, "text/html"},
		{"/demo/img/VES-001.jpg", 200, "image/jpeg"},
		{"/demo/img/VES-999.jpg", 404, "text/plain"},
		{"/demo/img/logo.png", 200, "image/png"},
		{"/demo/img/..%2Flogo.png", 404, "text/plain"},
		{"/demo/static/shop.css", 200, "text/css"},
		{"/demo/static/shop.js", 200, "text/javascript"},
		{"/demo/static/shop.go", 404, "text/plain"},
	} {
		w := get(t, h, tt.target)
		if got := w.Header().Get("Content-Type"); w.Code != tt.status || !strings.HasPrefix(got, tt.kind) {
			t.Errorf("GET %s: %d %s, want %d %s", tt.target, w.Code, got, tt.status, tt.kind)
		}
		if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s lacks the security headers", tt.target)
		}
	}
}

func TestOnlyReads(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	handler(t, nil).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/demo", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// The policy forbids inline code, so a page that has some is broken.
func TestNothingInline(t *testing.T) {
	t.Parallel()
	h := handler(t, nil)
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "connect-src 'self' ws: wss:"} {
		if !strings.Contains(policy, want+";") {
			t.Errorf("policy lacks %q", want)
		}
	}
	inline := regexp.MustCompile(`(?i)<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?:\s+[^>]*)?>[^<]`)
	foreign := regexp.MustCompile(`(?:src|href)="(?:https?:)?//`)
	for _, target := range []string{"/demo", "/demo?lang=en", "/demo?cat=faldas", "/demo/p/ACC-005", "/demo/none"} {
		body := get(t, h, target).Body.String()
		if m := inline.FindString(body); m != "" {
			t.Errorf("GET %s has inline code: %q", target, m)
		}
		if m := foreign.FindAllString(strings.ReplaceAll(body, `rel="canonical" href="https://shop.example`, ""), -1); m != nil {
			t.Errorf("GET %s loads from elsewhere: %q", target, m)
		}
	}
}

func TestHomeShowsEveryProduct(t *testing.T) {
	t.Parallel()
	c, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := handler(t, nil)
	for _, lang := range []string{"es", "en"} {
		body := get(t, h, "/demo?lang="+lang).Body.String()
		for _, p := range c.Products {
			for _, part := range []string{p.Name, demo.Price(p.Price, lang), "/demo/img/" + p.SKU + ".jpg", "/demo/p/" + p.SKU} {
				if !strings.Contains(body, html.EscapeString(part)) {
					t.Errorf("%s: no %q on the home page", lang, part)
				}
			}
		}
		if !strings.Contains(body, fmt.Sprintf(`<html lang=%q>`, lang)) {
			t.Errorf("%s: the page does not say its language", lang)
		}
	}
}

func TestWidgetIsLast(t *testing.T) {
	t.Parallel()
	h := handler(t, nil)
	end := regexp.MustCompile(`<script async src="/widget/widget\.js" data-site="key-1"></script>\s*</body>\s*</html>\s*$`)
	for _, target := range []string{"/demo", "/demo?lang=en", "/demo/p/CAL-001", "/demo/none"} {
		if !end.MatchString(get(t, h, target).Body.String()) {
			t.Errorf("GET %s does not end with the widget", target)
		}
	}
}

func TestEnglishShellKeepsItsLanguage(t *testing.T) {
	t.Parallel()
	h := handler(t, nil)
	body := get(t, h, "/demo/p/VES-001?lang=en").Body.String()
	for _, want := range []string{`href="/demo?lang=en"`, `href="/demo/p/VES-002?lang=en"`, `href="/demo/p/VES-001"`, "Dresses", "€49.95",
		`href="https://shop.example/demo/p/VES-001?lang=en"`} {
		if !strings.Contains(html.UnescapeString(body), want) {
			t.Errorf("no %q", want)
		}
	}
	for _, link := range regexp.MustCompile(`href="/demo/p/[A-Z]+-\d+"`).FindAllString(body, -1) {
		if link != `href="/demo/p/VES-001"` { // the way back to Spanish
			t.Errorf("%s loses the language", link)
		}
	}
}

func TestCategory(t *testing.T) {
	t.Parallel()
	body := get(t, handler(t, nil), "/demo?cat=calzado").Body.String()
	if !strings.Contains(body, "Botines Adoquín") || strings.Contains(body, "Vestido midi Lirio") {
		t.Error("the shoes page does not show the shoes alone")
	}
	if strings.Count(body, `aria-current="true"`) != 1 || strings.Count(body, "<h1") != 1 {
		t.Error("want one current category and one heading")
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script>`
	h := handler(t, func(c *demo.Content) {
		c.Products[0].Name, c.Products[0].Description, c.Products[0].Colors[0].Hex = evil, evil, evil
	})
	for _, target := range []string{"/demo", "/demo/p/VES-001", "/demo?cat=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/demo/%22%3E%3Cscript%3Ealert(1)"} {
		if body := get(t, h, target).Body.String(); strings.Contains(body, "<script>alert") {
			t.Errorf("GET %s does not escape", target)
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	h := handler(t, nil)
	for _, target := range []string{"/demo/img/VES-001.jpg", "/demo/static/shop.css"} {
		first := get(t, h, target)
		again := get(t, h, target, "If-None-Match", first.Header().Get("ETag"))
		if first.Header().Get("ETag") == "" || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("GET %s again: %d with %d bytes", target, again.Code, again.Body.Len())
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	c, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{
		"no key":     {Content: c, Files: demo.NewFiles(c)},
		"no content": {SiteKey: "k", Files: demo.NewFiles(c)},
		"no files":   {SiteKey: "k", Content: c},
	} {
		if _, err := Handler(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestHoursMatchTheShop(t *testing.T) {
	t.Parallel()
	c, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := func(s string) string { return strings.TrimPrefix(s, "0") }
	team, stores := c.Shop.TeamHours.Days, c.Shop.StoreHours.Days
	for _, w := range []words{spanish, english} {
		for _, hour := range []string{team["mon"][0].From, team["fri"][0].To, team["sat"][0].From, team["sat"][0].To} {
			if !strings.Contains(w.HoursTeam, clock(hour)) {
				t.Errorf("%q lacks %s", w.HoursTeam, hour)
			}
		}
		for _, hour := range []string{stores["mon"][0].From, stores["sat"][0].To} {
			if !strings.Contains(w.HoursStores, clock(hour)) {
				t.Errorf("%q lacks %s", w.HoursStores, hour)
			}
		}
	}
	for _, k := range c.Products {
		if categoriesEN[k.Category] == "" {
			t.Errorf("category %s has no English name", k.Category)
		}
	}
}
