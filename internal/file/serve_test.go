package file

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/internal/chat"
	"recado/internal/id"
)

func (b *bundle) get(t *testing.T, method, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, url, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestServe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := map[string]struct {
		name, body                     string
		query                          string
		contentType, disposition, corp string
	}{
		"picture": {name: "foto ñ.png", body: string(pngOf(t, 2, 2)), contentType: "image/png",
			disposition: "inline; filename*=utf-8''foto%20%C3%B1.png", corp: "cross-origin"},
		"picture to keep": {name: "a.png", body: string(pngOf(t, 2, 2)), query: "?download=1", contentType: "image/png",
			disposition: "attachment; filename=a.png", corp: "cross-origin"},
		"document": {name: "a.pdf", body: "%PDF-1.7", contentType: "application/pdf",
			disposition: "attachment; filename=a.pdf", corp: "same-origin"},
		"page": {name: "a.html", body: "<!DOCTYPE html><script>alert(1)</script>", contentType: "application/octet-stream",
			disposition: "attachment; filename=a.html", corp: "same-origin"},
		"drawing": {name: `a".svg`, body: `<svg xmlns="http://www.w3.org/2000/svg"/>`, contentType: "application/octet-stream",
			disposition: `attachment; filename=a_.svg`, corp: "same-origin"},
		"unknown": {name: "a.dat", body: "\x00\x01", contentType: "application/octet-stream",
			disposition: "attachment; filename=a.dat", corp: "same-origin"},
	}
	for name, tt := range tests {
		m := b.upload(t, tt.name, "image/png", []byte(tt.body))
		r := b.get(t, "GET", b.Link(b.mine, m, time.Hour)+tt.query)
		want := map[string]string{
			"Content-Type": tt.contentType, "Content-Disposition": tt.disposition, "Cross-Origin-Resource-Policy": tt.corp,
			"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		}
		for k, v := range want {
			if got := r.Header.Get(k); got != v {
				t.Errorf("%s: %s is %q, want %q", name, k, got, v)
			}
		}
		if got := bodyOf(t, r); r.StatusCode != 200 || int64(len(got)) != m.Size || !strings.HasPrefix(r.Header.Get("Cache-Control"), "private, max-age=") {
			t.Errorf("%s: status %d, %d bytes, %s", name, r.StatusCode, len(got), r.Header.Get("Cache-Control"))
		}
	}
}

func TestServeRangesAndCaching(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.Link(b.mine, b.upload(t, "a.txt", "", []byte("0123456789")), time.Hour)
	if r := b.get(t, "GET", link, "Range", "bytes=2-4"); r.StatusCode != 206 || bodyOf(t, r) != "234" || r.Header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("range: %d %v", r.StatusCode, r.Header)
	}
	r := b.get(t, "HEAD", link)
	if r.StatusCode != 200 || r.Header.Get("Content-Length") != "10" || bodyOf(t, r) != "" {
		t.Errorf("head: %d %v", r.StatusCode, r.Header)
	}
	if again := b.get(t, "GET", link, "If-None-Match", r.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("known etag: %d", again.StatusCode)
	}
	if past := b.get(t, "GET", link, "Range", "bytes=99-"); past.StatusCode != 416 || past.Header.Get("ETag") != "" {
		t.Errorf("range past the end: %d %v", past.StatusCode, past.Header)
	}
	if post := b.get(t, "POST", link); post.StatusCode != 405 {
		t.Errorf("post: %d", post.StatusCode)
	}
}

func TestLinksExpireAndCannotBeForged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.upload(t, "a.txt", "", []byte("hola"))
	foreign := *b.Files
	foreign.key = []byte("another installation's key")
	good := b.Link(b.mine, m, time.Hour)
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(good, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	forged := map[string]string{
		"nothing":              Path,
		"nonsense":             Path + "nonsense/a.txt",
		"another key":          foreign.Link(b.mine, m, time.Hour),
		"another company's":    b.Link(b.other, m, time.Hour),
		"a file never stored":  b.Link(b.mine, chat.Media{File: id.New[id.File]()}, time.Hour),
		"shorter":              Path + base64.RawURLEncoding.EncodeToString(raw[:len(raw)-1]) + "/a.txt",
		"padded":               strings.Replace(good, "/a.txt", "=/a.txt", 1),
		"path out of the room": Path + "../a.txt",
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		forged["bit changed at "+string(rune('0'+i/10))+string(rune('0'+i%10))] = Path + base64.RawURLEncoding.EncodeToString(bad) + "/a.txt"
	}
	for name, link := range forged {
		if r := b.get(t, "GET", link); r.StatusCode != 404 || strings.Contains(bodyOf(t, r), "hola") {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	b.clock = b.clock.Add(time.Hour - time.Second)
	if r := b.get(t, "GET", good); r.StatusCode != 200 {
		t.Errorf("within its time: %d", r.StatusCode)
	}
	b.clock = b.clock.Add(time.Hour + 2*time.Second)
	r := b.get(t, "GET", good)
	var p struct{ Code string }
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || r.StatusCode != 410 || p.Code != "file.link_expired" {
		t.Errorf("after its time: %d %+v %v", r.StatusCode, p, err)
	}
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a refusal may be cached: %s", r.Header.Get("Cache-Control"))
	}
}

func TestLinksRepeatWithinTheirTime(t *testing.T) {
	t.Parallel()
	b := &Files{key: []byte("k")}
	m := chat.Media{File: id.New[id.File](), Name: "a/b?.txt"}
	company := id.New[id.Company]()
	start := time.Unix(1_800_000_000, 0) // a whole number of hours
	at := func(d time.Duration) string {
		b.now = func() time.Time { return start.Add(d) }
		return b.Link(company, m, time.Hour)
	}
	first := at(time.Second)
	if at(time.Hour) != first || at(time.Hour+time.Second) == first {
		t.Error("links do not keep for exactly one ttl")
	}
	if !strings.HasSuffix(first, "/a%2Fb%3F.txt") {
		t.Errorf("name not escaped: %s", first)
	}
}

func TestServeWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.Link(b.mine, b.upload(t, "a.txt", "", []byte("hola")), time.Hour)
	b.db.Close()
	if r := b.get(t, "GET", link); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %v", r.StatusCode, r.Header)
	}
}
