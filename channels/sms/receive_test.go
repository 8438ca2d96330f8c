package sms

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
)

func hooked(method, address, contentType string, body []byte) *http.Request {
	r := httptest.NewRequest(method, address, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func signed(body []byte, at time.Time, key string) *http.Request {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	mac.Write([]byte(stamp))
	r := hooked(http.MethodPost, "https://tienda.example/h", "application/json", body)
	r.Header.Set("X-Timestamp", stamp)
	r.Header.Set("X-Signature", hex.EncodeToString(mac.Sum(nil)))
	return r
}

const good = "https://tienda.example/h?token=" + hookToken

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	body := []byte(`{"event":"sms:received","id":"e1","payload":{"sender":"+525512345678","message":"Hola"}}`)
	basic := func(password string) *http.Request {
		r := hooked(http.MethodPost, "https://tienda.example/h", "application/json", body)
		r.SetBasicAuth("infobip", password)
		return r
	}
	plain := func(address string) *http.Request { return hooked(http.MethodPost, address, "application/json", body) }
	bare := shop("generic", "https://x.example", "")
	bare.Secrets = nil
	for name, c := range map[string]struct {
		channel channels.Channel
		r       *http.Request
		want    error
	}{
		"token in the address":     {shop("generic", "https://x.example", ""), plain(good), nil},
		"token as password":        {shop("infobip", "https://x.example", ""), basic(hookToken), nil},
		"signature":                {shop("smsgate", "https://x.example", ""), signed(body, time.Now(), hookToken), nil},
		"no token":                 {shop("generic", "https://x.example", ""), plain("https://tienda.example/h"), channels.ErrSignature},
		"another token":            {shop("generic", "https://x.example", ""), plain(good + "x"), channels.ErrSignature},
		"another password":         {shop("infobip", "https://x.example", ""), basic("x"), channels.ErrSignature},
		"token for a signature":    {shop("smsgate", "https://x.example", ""), plain(good), channels.ErrSignature},
		"another key":              {shop("smsgate", "https://x.example", ""), signed(body, time.Now(), "x"), channels.ErrSignature},
		"old signature":            {shop("smsgate", "https://x.example", ""), signed(body, time.Now().Add(-stale-time.Minute), hookToken), channels.ErrSignature},
		"signature of the future":  {shop("smsgate", "https://x.example", ""), signed(body, time.Now().Add(stale+time.Minute), hookToken), channels.ErrSignature},
		"no token configured here": {bare, plain("https://tienda.example/h?token="), channels.ErrSignature},
	} {
		_, _, err := New(Options{}).Receive(t.Context(), c.channel, nil, c.r, body)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestReceiveInfobip(t *testing.T) {
	t.Parallel()
	own := id.New[id.Message]()
	report := func(group, name, more string) string {
		return `{"messageId":"` + own.String() + `","to":"525512345678","doneAt":"2026-11-21T05:00:00.123+0100","status":{"groupName":"` + group + `","name":"` + name + `","description":"d"}` + more + `}`
	}
	body := `{"results":[7,{"telepathy":1},
		{"messageId":"m1","from":"525512345678","to":"5255","text":"Hola","receivedAt":"2026-11-21T05:00:00.000+0000"},
		{"messageId":"m2","from":"TIENDA","text":""},` +
		strings.Join([]string{report("PENDING", "PENDING_ENROUTE", ""), report("DELIVERED", "DELIVERED_TO_OPERATOR", ""), report("DELIVERED", "DELIVERED_TO_HANDSET", ""),
			report("UNDELIVERABLE", "UNDELIVERABLE_NOT_DELIVERED", `,"error":{"name":"EC_ABSENT_SUBSCRIBER","description":"Absent"}`),
			report("EXPIRED", "EXPIRED_EXPIRED", `,"error":{"name":"NO_ERROR","description":"No Error"}`)}, ",") + `]}`
	c := shop("infobip", "https://x.example", "")
	evs, _, err := New(Options{}).Receive(t.Context(), c, nil, hooked(http.MethodPost, good, "application/json", nil), []byte(body))
	if err != nil || len(evs) != 7 {
		t.Fatalf("%v: %+v", err, evs)
	}
	if m := evs[0]; m.ExternalID != "m1" || m.From.Identity != "+525512345678" || m.From.Phone != "+525512345678" || !m.From.Verified || m.At.Hour() != 5 {
		t.Errorf("%+v", m)
	}
	if m := evs[1]; m.From.Identity != "TIENDA" || m.From.Phone != "" || m.Message.Content.Type != chat.Unsupported {
		t.Errorf("%+v", m)
	}
	for i, want := range []chat.Receipt{{State: chat.Sent}, {State: chat.Sent}, {State: chat.Delivered},
		{State: chat.Failed, Code: "EC_ABSENT_SUBSCRIBER", Text: "Absent"}, {State: chat.Failed, Code: "EXPIRED_EXPIRED", Text: "d"}} {
		got := evs[i+2].Receipt
		want.ProviderID, want.Message, want.At = own.String(), own, time.Date(2026, 11, 21, 4, 0, 0, 123e6, time.UTC)
		if got == nil || *got != want {
			t.Errorf("report %d: %+v, want %+v", i, got, want)
		}
	}
	if _, _, err := New(Options{}).Receive(t.Context(), c, nil, hooked(http.MethodPost, good, "application/json", nil), []byte("[]")); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("a list: %v", err)
	}
}

func TestReceiveSMSGate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want string // what became of it
	}{
		"text":                {`{"event":"sms:received","id":"e1","payload":{"sender":"+525512345678","message":"Hola"}}`, "e1 +525512345678 text Hola"},
		"of an older app":     {`{"event":"sms:received","id":"e1","payload":{"phoneNumber":"55 1234-5678","message":"Hola"}}`, "e1 5512345678 text Hola"},
		"MMS":                 {`{"event":"mms:received","id":"e2","payload":{"sender":"+525512345678","subject":"Foto"}}`, "e2 +525512345678 unsupported mms:received"},
		"failed":              {`{"event":"sms:failed","id":"e3","payload":{"messageId":"m","reason":"RESULT_ERROR_NO_SERVICE"}}`, "report:m:failed failed RESULT_ERROR_NO_SERVICE"},
		"ping":                {`{"event":"system:ping","id":"e4","payload":{}}`, ""},
		"tomorrow":            {`{"event":"sms:telepathy","id":"e4","payload":[]}`, ""},
		"nobody wrote it":     {`{"event":"sms:received","id":"e1","payload":{"message":"Hola"}}`, ""},
		"a report of nothing": {`{"event":"sms:delivered","id":"e1","payload":{}}`, ""},
	} {
		body := []byte(c.body)
		evs, _, err := New(Options{}).Receive(t.Context(), shop("smsgate", "https://x.example", ""), nil, signed(body, time.Now(), hookToken), body)
		if got := brief(evs); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
}

// brief says what events are in a line.
func brief(evs []channels.Inbound) string {
	var out []string
	for _, e := range evs {
		if m := e.Message; m != nil {
			out = append(out, e.ExternalID+" "+e.From.Identity+" "+string(m.Content.Type)+" "+m.Content.Text)
		} else {
			out = append(out, strings.TrimSpace(e.ExternalID+" "+e.Receipt.Code+" "+e.Receipt.Text))
		}
	}
	return strings.Join(out, "; ")
}

func TestReceiveGeneric(t *testing.T) {
	t.Parallel()
	c := shop("generic", "https://x.example", "")
	c.Settings = json.RawMessage(`{"preset":"generic","url":"https://x.example","in_from":"sms.msisdn","in_text":"sms.body","status":"st","status_delivered":"DELIVRD, ok","status_failed":"UNDELIV"}`)
	flatForm := shop("generic", "https://x.example", "")
	for name, x := range map[string]struct {
		channel                            channels.Channel
		method, address, contentType, body string
		want                               string
	}{
		"query":         {flatForm, "GET", good + "&from=00525512345678&text=Hola&id=9", "", "", "9 +525512345678 text Hola"},
		"form":          {flatForm, "POST", good, "application/x-www-form-urlencoded", "from=%2B525512345678&text=Hola+t%C3%BA&id=9", "9 +525512345678 text Hola tú"},
		"JSON":          {c, "POST", good, "application/json", `{"id":9,"sms":{"msisdn":"+525512345678","body":"Hola"}}`, "9 +525512345678 text Hola"},
		"a list":        {c, "POST", good, "application/json", `[3,{"id":1,"sms":{"msisdn":"+525512345678","body":"a"}},{"id":2,"st":"delivrd"}]`, "1 +525512345678 text a; report:2:delivered"},
		"failed":        {c, "POST", good, "application/json", `{"id":2,"st":"UNDELIV"}`, "report:2:failed UNDELIV UNDELIV"},
		"unknown state": {c, "POST", good, "application/json", `{"id":2,"st":"ENROUTE"}`, ""},
		"same id of a repeat": {flatForm, "POST", good, "application/x-www-form-urlencoded", "from=1&text=a&time=5",
			nameless("1", "a", "5") + " 1 text a"},
	} {
		evs, _, err := New(Options{}).Receive(t.Context(), x.channel, nil, hooked(x.method, x.address, x.contentType, []byte(x.body)), []byte(x.body))
		if got := brief(evs); err != nil || got != x.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, x.want)
		}
	}
	if a, b := nameless("1", "sí", ""), nameless("1", "sí", ""); a == b {
		t.Error("the same words said twice, without id or time, have one id: the second would be dropped")
	}
	if _, _, err := New(Options{}).Receive(t.Context(), c, nil, hooked("POST", good, "application/json", []byte(`"x"`)), []byte(`"x"`)); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("a bare text: %v", err)
	}
}

func TestNumbersAndMoments(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"+52 55 1234-5678": "+525512345678", "(00) 34 600": "+34600", "0034 600 11": "+3460011", "TIENDA": "TIENDA", " 5566 ": "5566", "a\x00b": "ab"} {
		if got := number(in); got != want {
			t.Errorf("number(%q) = %q, want %q", in, got, want)
		}
	}
	want := time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)
	for _, in := range []string{"2026-11-21T05:00:00Z", "2026-11-21T06:00:00.000+01:00", "2026-11-21T05:00:00.000+0000", "2026-11-21 05:00:00", "1795237200", "1795237200000"} {
		if got := moment(in); !got.Equal(want) {
			t.Errorf("moment(%q) = %v", in, got)
		}
	}
	for _, in := range []string{"", "ayer", "-5", "99999999999999999999"} {
		if got := moment(in); !got.IsZero() {
			t.Errorf("moment(%q) = %v", in, got)
		}
	}
}

func FuzzReceive(f *testing.F) {
	for i, b := range []string{
		`{"results":[{"messageId":"m1","from":"525512345678","text":"Hola","receivedAt":"2026-11-21T05:00:00.000+0000"}]}`,
		`{"results":[{"messageId":"m","status":{"groupName":"DELIVERED","name":"DELIVERED_TO_HANDSET"}}]}`,
		`{"event":"sms:received","id":"e1","payload":{"sender":"+525512345678","message":"Hola","receivedAt":"2026-11-21T05:00:00Z"}}`,
		`{"event":"sms:failed","id":"e1","payload":{"messageId":"m","reason":"r"}}`,
		`[{"id":1,"from":"+525512345678","text":"a"},{"id":2,"status":"failed"}]`, `from=1&text=a%00&id=%ff`,
	} {
		f.Add(uint8(i), []byte(b))
	}
	chs := map[string]channels.Channel{}
	for _, p := range presets {
		chs[p] = shop(p, "https://x.example", "")
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		preset := presets[int(which)%len(presets)]
		contentType := []string{"application/json", "application/x-www-form-urlencoded"}[which/8%2]
		r := hooked(http.MethodPost, good, contentType, body)
		if preset == "smsgate" {
			r = signed(body, time.Now(), hookToken)
		}
		evs, _, err := New(Options{}).Receive(t.Context(), chs[preset], nil, r, body)
		if err != nil && !errors.Is(err, channels.ErrMalformed) {
			t.Fatalf("error %v", err)
		}
		for _, e := range evs {
			said := e.ExternalID + e.From.Identity
			if m := e.Message; m != nil {
				if e.From.Identity == "" {
					t.Fatalf("a message of nobody: %+v", e)
				}
				if err := m.Content.Check(); err != nil {
					t.Fatalf("%+v: %v", m.Content, err)
				}
				said += m.Content.Text
			} else if e.Receipt == nil || e.Receipt.ProviderID == "" {
				t.Fatalf("an event of nothing: %+v", e)
			} else {
				said += e.Receipt.Code + e.Receipt.Text
			}
			if !utf8.ValidString(said) || strings.ContainsRune(said, 0) {
				t.Fatalf("cannot be stored: %q", said)
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	body := []byte(`{"deviceId":"ff","event":"sms:received","id":"e1","payload":{"messageId":"a","sender":"+525512345678","message":"Hola","receivedAt":"2026-11-21T05:00:00Z"},"webhookId":"w"}`)
	a, c := New(Options{}), shop("smsgate", "https://x.example", "")
	r := signed(body, time.Now(), hookToken)
	b.ReportAllocs()
	for b.Loop() {
		if evs, _, err := a.Receive(b.Context(), c, nil, r, body); err != nil || len(evs) != 1 {
			b.Fatal(err)
		}
	}
}
