package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"recado/channels"
)

// verify proves that Twilio, with the auth token of c, made the call, and returns its form:
// nil for a body that is none, which is signed otherwise.
//
// The signature is base64(HMAC-SHA1(token, address + each field's name and value, by name)).
// The address is the one configured, never what a Host header says. A body that is not a
// form is covered by its SHA-256 in the address instead
// (www.twilio.com/docs/usage/webhooks/webhooks-security).
func verify(c channels.Channel, r *http.Request, body []byte) (url.Values, error) {
	token := c.Value("auth_token")
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if token == "" || c.Hook == "" || err != nil || len(given) != sha1.Size {
		return nil, channels.ErrSignature
	}
	var form url.Values
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, channels.ErrSignature // what cannot be read cannot be proved
		}
	} else {
		sum := sha256.Sum256(body)
		if !strings.EqualFold(r.URL.Query().Get("bodySHA256"), hex.EncodeToString(sum[:])) {
			return nil, channels.ErrSignature
		}
	}
	for _, address := range spellings(called(c.Hook, r.URL.RawQuery)) {
		if hmac.Equal(given, sign(token, address, form)) {
			return form, nil
		}
	}
	return nil, channels.ErrSignature
}

// called is the address Twilio called: ours, with the query it used.
func called(hook, query string) string {
	address, _, _ := strings.Cut(hook, "?")
	if query == "" {
		return address
	}
	return address + "?" + query
}

// spellings are the address as it is and with the port that goes without saying: Twilio has
// signed either, and its own libraries accept both.
func spellings(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	port := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	host := u.Host
	switch u.Port() {
	case "":
		u.Host = host + ":" + port
	case port:
		u.Host = strings.TrimSuffix(host, ":"+port)
	default:
		return []string{address}
	}
	return []string{address, strings.Replace(address, "://"+host, "://"+u.Host, 1)}
}

func sign(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, address)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Compact(slices.Sorted(slices.Values(form[name])))
		for _, v := range values {
			_, _ = io.WriteString(mac, name)
			_, _ = io.WriteString(mac, v)
		}
	}
	return mac.Sum(nil)
}
