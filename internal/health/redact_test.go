package health

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/channels"
)

const (
	token   = `EAAG+x/9"q=` // each of its odd characters is escaped somewhere
	plainly = "s3cr3t-of-the-app"
)

var keys = channels.Secrets{"token": token, "app_secret": plainly, "pin": "1234"}

func inString(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestRedaction(t *testing.T) {
	t.Parallel()
	r := newRedactor(keys)
	for name, c := range map[string]struct{ in, want string }{
		"nothing":          {`{"text":"hola, 1234"}`, `{"text":"hola, 1234"}`},
		"as it is":         {"a " + token + " b", "a [hidden] b"},
		"several":          {token + plainly + token, "[hidden][hidden][hidden]"},
		"in a form":        {"x=" + url.QueryEscape(token) + "&y=1", "x=[hidden]&y=1"},
		"in lower case":    {"x=" + strings.ToLower("%2b"), "x=%2b"},
		"in a path":        {"/bot" + url.PathEscape(token) + "/send", "/bot[hidden]/send"},
		"in JSON":          {inString(map[string]string{"a": token}), `{"a":"[hidden]"}`},
		"in JSON of PHP":   {strings.ReplaceAll(inString(map[string]string{"a": token}), "/", `\/`), `{"a":"[hidden]"}`},
		"access token":     {`{"access_token":"unknown-one","b":1}`, `{"access_token":"[hidden]","b":1}`},
		"JSON in JSON":     {`{"a":"{\"access_token\":\"unknown-one\"}"}`, `{"a":"{\"access_token\":\"[hidden]\"}"}`},
		"parameter":        {"https://x.example/?a=1&access_token=unknown&b=2", "https://x.example/?a=1&access_token=[hidden]&b=2"},
		"first parameter":  {"token=unknown&b=2", "token=[hidden]&b=2"},
		"key":              {"https://x.example/?key=unknown", "https://x.example/?key=[hidden]"},
		"signed link":      {"https://x.example/?X-Amz-Signature=ab12&x=1", "https://x.example/?X-Amz-Signature=[hidden]&x=1"},
		"no key":           {"monkey=1&keyboard=2", "monkey=1&keyboard=2"},
		"header":           {"POST / HTTP/1.1\r\nAuthorization: Basic abc\r\nAccept: */*\r\n", "POST / HTTP/1.1\r\nAuthorization: [hidden]\r\nAccept: */*\r\n"},
		"signature header": {"X-Hub-Signature-256: sha256=ab\nx-twilio-signature:zz\nset-cookie: a=b", "X-Hub-Signature-256: [hidden]\nx-twilio-signature:[hidden]\nset-cookie: [hidden]"},
		"talk of headers":  {"the cookie is good", "the cookie is good"},
		"NUL":              {"a\x00b", "a\uFFFDb"},
		"bad UTF-8":        {"a\xff\xfeb", "a\uFFFDb"},
		"cut in a secret":  {"x=" + plainly[:9], "x=[hidden]"},
		"cut at the start": {"x=" + plainly[:3], "x=" + plainly[:3]},
	} {
		if got := r.body([]byte(c.in)); got != c.want {
			t.Errorf("%s: %q became %q, want %q", name, c.in, got, c.want)
		}
	}
	if got := hideURL("https://user:pass@x.example/a"); got != "https://user:[hidden]@x.example/a" {
		t.Errorf("a password in an address: %q", got)
	}
}

// A secret in base64 is found wherever it lies in what was encoded: all of it but the
// characters that its neighbours share.
func TestRedactionInBase64(t *testing.T) {
	t.Parallel()
	r := newRedactor(keys)
	for _, before := range []string{"", "u", "us", "use", "user:"} {
		for _, after := range []string{"", "x", "xy", "xyz"} {
			for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
				in := e.EncodeToString([]byte(before + plainly + after))
				got := r.text("Basic " + in)
				clear, _, ok := strings.Cut(strings.TrimPrefix(got, "Basic "), hidden)
				if !ok || len(clear) > (len(before)*8+5)/6+1 {
					t.Errorf("%q before, %q after: %q became %q", before, after, in, got)
				}
			}
		}
	}
}

func TestBodiesAreCut(t *testing.T) {
	t.Parallel()
	r := newRedactor(keys)
	got := r.body([]byte(strings.Repeat("ñ", maxBody)))
	if len(got) != maxBody || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
	if got := r.body([]byte("a" + strings.Repeat("ñ", maxBody))); len(got) != maxBody-1 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

// A new token is looked for from the first exchange after the change.
func TestRedactorsFollowTheSecrets(t *testing.T) {
	t.Parallel()
	rs := redactors{}
	c := channels.Channel{Secrets: channels.Secrets{"token": "the-old-one"}}
	if got := rs.of(c).text("the-old-one the-new-one"); got != "[hidden] the-new-one" {
		t.Error(got)
	}
	c.Secrets = channels.Secrets{"token": "the-new-one"}
	if got := rs.of(c).text("the-old-one the-new-one"); got != "the-old-one [hidden]" {
		t.Error(got)
	}
	if first, again := rs.of(c), rs.of(c); first != again {
		t.Error("a redactor is made for every exchange")
	}
}

func FuzzRedaction(f *testing.F) {
	f.Add(`{"access_token":"x"}`, "secret-value")
	f.Add("a\x00b\xff", "x")
	f.Add("Authorization: z\r\n", "Bearer zzz")
	f.Fuzz(func(t *testing.T, s, secret string) {
		r := newRedactor(channels.Secrets{"k": secret})
		got := r.body([]byte(s + secret + s))
		if !utf8.ValidString(got) || strings.ContainsRune(got, 0) || len(got) > maxBody {
			t.Fatalf("%q", got)
		}
		if len(secret) >= shortest && utf8.ValidString(secret) && !strings.ContainsRune(secret, 0) &&
			!strings.Contains(hidden, secret) && strings.Contains(got, secret) && !strings.Contains(s, hidden) {
			t.Fatalf("%q is in %q", secret, got)
		}
	})
}

// What a send of a text with its answer costs, and a body of the largest size that is kept.
func BenchmarkRedaction(b *testing.B) {
	r := newRedactor(keys)
	small := []byte(`{"messaging_product":"whatsapp","to":"34600111222","type":"text","text":{"body":"Hola, tu pedido está listo."}}`)
	large := []byte(strings.Repeat(string(small)+",", maxBody/len(small)))
	for name, body := range map[string][]byte{"text": small, "16KiB": large} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r.body(body)
			}
		})
	}
}
