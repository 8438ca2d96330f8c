package twilio

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"recado/channels"
	simtwilio "recado/internal/sim/twilio"
)

// The two signed requests of Twilio's own libraries' tests (twilio-python,
// tests/unit/test_request_validator.py).
func TestVerifyTwiliosOwnExamples(t *testing.T) {
	t.Parallel()
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	const json = `{"property": "value", "boolean": true}`
	const sum = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	for name, x := range map[string]struct{ hook, query, kind, body, signature string }{
		"form": {"https://mycompany.com/myapp.php", "foo=1&bar=2", "application/x-www-form-urlencoded", form.Encode(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
		"JSON": {"https://mycompany.com/myapp.php", "foo=1&bar=2&bodySHA256=" + sum, "application/json", json, "a9nBmqA0ju/hNViExpshrM61xv4="},
	} {
		c := channel(KindSMS, accountSID, "12345", ourNumber, x.hook)
		r := httptest.NewRequest(http.MethodPost, "/myapp.php?"+x.query, strings.NewReader(x.body))
		r.Header.Set("Content-Type", x.kind)
		r.Header.Set("X-Twilio-Signature", x.signature)
		if _, err := verify(c, r, []byte(x.body)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := verify(c, r, append([]byte(x.body), ' ')); !errors.Is(err, channels.ErrSignature) {
			t.Errorf("%s with a byte more: %v, want ErrSignature", name, err)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const hook = "https://recado.example/hooks/1"
	form := url.Values{"AccountSid": {accountSID}, "Body": {"Hola ñandú + 1"}, "Empty": {""}}
	for name, x := range map[string]struct {
		signedURL, query, token string
		change                  func(c *channels.Channel, h http.Header)
		good                    bool
	}{
		"as configured":            {signedURL: hook, good: true},
		"with a query":             {signedURL: hook + "?message=1", query: "message=1", good: true},
		"with the port":            {signedURL: "https://recado.example:443/hooks/1", good: true},
		"query not signed":         {signedURL: hook, query: "message=1"},
		"signed query taken away":  {signedURL: hook + "?message=1"},
		"another address":          {signedURL: "https://attacker.example/hooks/1"},
		"another port":             {signedURL: "https://recado.example:8443/hooks/1"},
		"another token":            {signedURL: hook, token: strings.Repeat("0", 32)},
		"the Host header is noise": {signedURL: "http://example.com/hooks/1"},
		"no address known":         {signedURL: hook, change: func(c *channels.Channel, _ http.Header) { c.Hook = "" }},
		"no token stored":          {signedURL: hook, token: "", change: func(c *channels.Channel, _ http.Header) { c.Secrets = nil }},
		"no signature":             {signedURL: hook, change: func(_ *channels.Channel, h http.Header) { h.Del("X-Twilio-Signature") }},
		"empty signature":          {signedURL: hook, change: func(_ *channels.Channel, h http.Header) { h.Set("X-Twilio-Signature", "") }},
		"not base64":               {signedURL: hook, change: func(_ *channels.Channel, h http.Header) { h.Set("X-Twilio-Signature", "%%%") }},
		"the type is JSON":         {signedURL: hook, change: func(_ *channels.Channel, h http.Header) { h.Set("Content-Type", "application/json") }},
	} {
		token := x.token
		if token == "" {
			token = authToken
		}
		c := channel(KindSMS, accountSID, authToken, ourNumber, hook)
		r := httptest.NewRequest(http.MethodPost, "/hooks/1?"+x.query, bytes.NewReader(nil))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", simtwilio.Sign(token, x.signedURL, form))
		if x.change != nil {
			x.change(&c, r.Header)
		}
		got, err := verify(c, r, []byte(form.Encode()))
		if x.good != (err == nil) || err != nil && !errors.Is(err, channels.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
		if x.good && got.Get("Body") != "Hola ñandú + 1" {
			t.Errorf("%s: the form is %v", name, got)
		}
	}
}
