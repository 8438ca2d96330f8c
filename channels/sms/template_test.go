package sms

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestFillEscapesForThePlace(t *testing.T) {
	t.Parallel()
	v := map[string]string{"to": "+52 1", "text": "a\"b\\c\nd&e=<f>/g?h%", "key": "k"}
	for name, c := range map[string]struct {
		in          template
		url, body   string
		contentType string
	}{
		"query": {template{method: "GET", url: "https://x.example/s?to={{to}}&t={{ text }}"},
			"https://x.example/s?to=%2B52+1&t=a%22b%5Cc%0Ad%26e%3D%3Cf%3E%2Fg%3Fh%25", "", ""},
		"path": {template{method: "GET", url: "https://x.example/{{to}}/{{text}}"},
			"https://x.example/+52%201/a%22b%5Cc%0Ad&e=%3Cf%3E%2Fg%3Fh%25", "", ""},
		"json": {template{method: "POST", url: "https://x.example", contentType: "application/json; charset=utf-8", body: `{"t":"{{text}}"}`},
			"https://x.example", `{"t":"a\"b\\c\nd&e=<f>/g?h%"}`, "application/json; charset=utf-8"},
		"form": {template{method: "POST", url: "https://x.example", contentType: "application/x-www-form-urlencoded", body: `t={{text}}&k={{key}}`},
			"https://x.example", `t=a%22b%5Cc%0Ad%26e%3D%3Cf%3E%2Fg%3Fh%25&k=k`, "application/x-www-form-urlencoded"},
		"xml": {template{method: "POST", url: "https://x.example", contentType: "application/xml", body: `<t>{{text}}</t>`},
			"https://x.example", `<t>a&#34;b\c&#xA;d&amp;e=&lt;f&gt;/g?h%</t>`, "application/xml"},
		"plain": {template{method: "PUT", url: "https://x.example", contentType: "text/plain", body: `{{text}}`},
			"https://x.example", v["text"], "text/plain"},
		"a body is not for GET": {template{method: "GET", url: "https://x.example", contentType: "text/plain", body: `{{text}}`}, "https://x.example", "", ""},
	} {
		got, err := c.in.fill(v)
		if err != nil || got.url != c.url || string(got.body) != c.body || got.header.Get("Content-Type") != c.contentType || got.method != c.in.method {
			t.Errorf("%s: %s %s %q (%v)", name, got.url, got.body, got.header, err)
		}
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	v := map[string]string{"text": "hola", "evil": "a\r\nX-Other: b", "host": "interno"}
	for name, in := range map[string]template{
		"unknown place":           {method: "GET", url: "https://x.example/{{txt}}"},
		"empty place":             {method: "GET", url: "https://x.example/{{}}"},
		"host from a place":       {method: "GET", url: "https://{{host}}.example/"},
		"a password in the host":  {method: "GET", url: "https://a:b@x.example/"},
		"another scheme":          {method: "GET", url: "file:///etc/passwd"},
		"no address":              {method: "GET", url: ""},
		"header that breaks off":  {method: "GET", url: "https://x.example", headers: "A: {{evil}}"},
		"header without a value":  {method: "GET", url: "https://x.example", headers: "Authorization"},
		"header named by a place": {method: "GET", url: "https://x.example", headers: "{{text}}: a"},
		"JSON with a bare text":   {method: "POST", url: "https://x.example", contentType: "application/json", body: `{"t":{{text}}}`},
		"unknown content type":    {method: "POST", url: "https://x.example", contentType: "image/png", body: `x`},
		"no content type":         {method: "POST", url: "https://x.example", body: `x`},
	} {
		if got, err := in.fill(v); err == nil {
			t.Errorf("%s: filled as %s %s %v", name, got.url, got.body, got.header)
		}
	}
}

func FuzzFillJSON(f *testing.F) {
	for _, s := range []string{"hola", `"`, `\`, "\x00", "\xff", "{{to}}", `","admin":"`} {
		f.Add(s)
	}
	t0 := template{method: http.MethodPost, url: "https://x.example/{{text}}?q={{text}}", contentType: "application/json", body: `{"to":"{{to}}","t":"{{text}}"}`}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := t0.fill(map[string]string{"to": "1", "text": s})
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		var got map[string]string
		if err := json.Unmarshal(r.body, &got); err != nil || len(got) != 2 || got["to"] != "1" || got["t"] != strings.ToValidUTF8(s, "\ufffd") && len(s) == len(strings.ToValidUTF8(s, "")) {
			t.Fatalf("%q became %s", s, r.body)
		}
		if !strings.HasPrefix(r.url, "https://x.example/") {
			t.Fatalf("%q moved the call to %s", s, r.url)
		}
	})
}
