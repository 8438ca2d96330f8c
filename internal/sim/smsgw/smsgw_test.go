package smsgw

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/internal/sim"
)

// gateways has one account with each.
func gateways(t *testing.T) *Platform {
	t.Helper()
	p := New()
	for _, a := range []sim.Account{
		{Ref: "i", Fields: map[string]string{"preset": "infobip", "api_key": "k"}},
		{Ref: "s", Fields: map[string]string{"preset": "smsgate", "username": "u", "password": "p"}},
		{Ref: "g", Fields: map[string]string{"preset": "generic", "api_key": "g"}},
	} {
		if err := p.Connect(a); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func call(p *Platform, method, path, auth, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", auth)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// What the gateways refuse is refused here too, or an adapter would learn to rely on it.
func TestRefuses(t *testing.T) {
	t.Parallel()
	const basic = "Basic dTpw" // u:p
	const messages, webhooks = "/3rdparty/v1/messages", "/3rdparty/v1/webhooks"
	for name, c := range map[string]struct {
		method, path, auth, body string
		status                   int
		says                     string
	}{
		"Infobip: another key":    {"POST", "/sms/3/messages", "App x", `{}`, 401, "E401"},
		"Infobip: no key":         {"POST", "/sms/3/messages", "", `{}`, 401, "E401"},
		"Infobip: no messages":    {"POST", "/sms/3/messages", "App k", `{"messages":[]}`, 400, "E400"},
		"Infobip: no sender":      {"POST", "/sms/3/messages", "App k", `{"messages":[{"destinations":[{"to":"+525512345678"}],"content":{"text":"a"}}]}`, 400, "E400"},
		"Infobip: no number":      {"POST", "/sms/3/messages", "App k", `{"messages":[{"sender":"a","destinations":[{"to":"Ana"}],"content":{"text":"a"}}]}`, 200, "REJECTED_DESTINATION"},
		"Infobip: GET":            {"GET", "/sms/3/messages", "App k", ``, 405, "E405"},
		"SMS Gate: no password":   {"POST", messages, "Basic dTpx", `{}`, 401, "Unauthorized"},
		"SMS Gate: no text":       {"POST", messages, basic, `{"phoneNumbers":["+525512345678"]}`, 400, "Bad Request"},
		"SMS Gate: no number":     {"POST", messages, basic, `{"textMessage":{"text":"a"},"phoneNumbers":["Ana"]}`, 400, "invalid phone number"},
		"SMS Gate: long id":       {"POST", messages, basic, `{"id":"` + strings.Repeat("a", 37) + `","textMessage":{"text":"a"},"phoneNumbers":["+525512345678"]}`, 400, "Bad Request"},
		"SMS Gate: short life":    {"POST", messages, basic, `{"ttl":4,"textMessage":{"text":"a"},"phoneNumbers":["+525512345678"]}`, 400, "Bad Request"},
		"SMS Gate: plain webhook": {"POST", webhooks, basic, `{"url":"http://tienda.example","event":"sms:sent"}`, 400, "Bad Request"},
		"SMS Gate: odd event":     {"POST", webhooks, basic, `{"url":"https://tienda.example","event":"sms:telepathy"}`, 400, "Bad Request"},
		"other: another key":      {"GET", "/send?key=x&to=%2B525512345678&text=a", "", ``, 401, "Unauthorized"},
		"other: no text":          {"GET", "/send?key=g&to=%2B525512345678", "", ``, 400, "Bad Request"},
		"nobody's":                {"GET", "/", "", ``, 404, "Not Found"},
	} {
		p := gateways(t)
		status, body := call(p, c.method, c.path, c.auth, c.body)
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		for _, ref := range []string{"i", "s", "g"} {
			if got := p.Thread(ref, "+525512345678"); len(got) != 0 {
				t.Errorf("%s: what was refused is on the screen: %+v", name, got)
			}
		}
	}
}

func TestTheSameIDIsSentOnce(t *testing.T) {
	t.Parallel()
	p := gateways(t)
	const body = `{"id":"a","textMessage":{"text":"Hola"},"phoneNumbers":["+525512345678"]}`
	for _, want := range []int{http.StatusAccepted, http.StatusConflict} {
		if status, answer := call(p, "POST", "/3rdparty/v1/messages", "Basic dTpw", body); status != want {
			t.Errorf("%d %s, want %d", status, answer, want)
		}
	}
	if got := p.Thread("s", "525512345678"); len(got) != 1 {
		t.Errorf("on the screen: %+v", got)
	}
}
