package twilio

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/internal/sim"
)

const (
	sid     = "AC0123456789abcdef0123456789abcdef"
	token   = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	number  = "+34910000001"
	ana     = "+34600000001"
	sending = "/2010-04-01/Accounts/" + sid + "/Messages.json"
)

// bench is a platform with one account of a kind, whose webhooks come to got.
type bench struct {
	*Server
	t          *testing.T
	kind       string
	base, hook string

	told sync.Mutex
	got  []url.Values
}

func open(t *testing.T, kind string) *bench {
	t.Helper()
	b := &bench{Server: New(), t: t, kind: kind}
	api := httptest.NewServer(b.Server)
	t.Cleanup(api.Close)
	b.base = api.URL
	var door *httptest.Server
	door = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		if r.Header.Get("X-Twilio-Signature") != Sign(token, door.URL+r.URL.RequestURI(), form) {
			t.Error("a webhook is not signed over its address")
		}
		b.told.Lock()
		defer b.told.Unlock()
		b.got = append(b.got, form)
	}))
	t.Cleanup(door.Close)
	t.Cleanup(b.Hooks().Forget)
	b.hook = door.URL + "/hook"
	if err := b.Connect(sim.Account{Kind: kind, Ref: number, Hook: b.hook, Fields: map[string]string{"account_sid": sid, "auth_token": token}}); err != nil {
		t.Fatal(err)
	}
	return b
}

// post makes a call and gives its status and the answer's fields.
func (b *bench) post(path, password, kind, body string) (int, map[string]any) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.SetBasicAuth(sid, password)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (b *bench) send(v url.Values) (int, map[string]any) {
	return b.post(sending, token, "application/x-www-form-urlencoded", v.Encode())
}

func (b *bench) content(body string) (int, map[string]any) {
	return b.post("/v1/Content", token, "application/json", body)
}

func (b *bench) say(text string) string {
	b.t.Helper()
	id, err := b.Do(b.t.Context(), sim.Action{Act: sim.SayText, Ref: number, Customer: sim.Person{ID: ana[1:]}, Text: text})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// statuses waits for the webhooks and gives the statuses they told, in order.
func (b *bench) statuses() string {
	b.t.Helper()
	if err := b.Hooks().Idle(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.told.Lock()
	defer b.told.Unlock()
	var out []string
	for _, v := range b.got {
		if s := v.Get("MessageStatus"); s != "" {
			out = append(out, s+v.Get("ErrorCode"))
		}
	}
	return strings.Join(out, " ")
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	b := open(t, WhatsApp)
	b.say("Hola")
	_, made := b.content(`{"language":"es","types":{"twilio/text":{"body":"Hola {{1}}"}}}`)
	content, _ := made["sid"].(string)
	if content == "" {
		t.Fatalf("no Content: %v", made)
	}
	for name, x := range map[string]struct {
		change map[string]string
		code   int
	}{
		"good":                   {nil, 0},
		"good Content":           {map[string]string{"Body": "", "ContentSid": content, "ContentVariables": `{"1":"Ana"}`}, 0},
		"no recipient":           {map[string]string{"To": ""}, 21604},
		"no number":              {map[string]string{"To": "whatsapp:ana"}, 21211},
		"no sender":              {map[string]string{"From": ""}, 21603},
		"another's sender":       {map[string]string{"From": "whatsapp:+34910000009"}, 63007},
		"another's number":       {map[string]string{"From": "+34910000009"}, 21659},
		"two channels":           {map[string]string{"To": ana}, 21910},
		"no words":               {map[string]string{"Body": ""}, 21619},
		"too many words":         {map[string]string{"Body": strings.Repeat("ñ", 1601)}, 21617},
		"unknown service":        {map[string]string{"MessagingServiceSid": "MG1"}, 21701},
		"bad callback":           {map[string]string{"StatusCallback": "nowhere"}, 21609},
		"underscore in its host": {map[string]string{"StatusCallback": "https://my_host.example/"}, 21609},
		"bad media":              {map[string]string{"MediaUrl": "ftp://x"}, 21620},
		"words and Content":      {map[string]string{"ContentSid": content}, 35127},
		"variables alone":        {map[string]string{"ContentVariables": `{"1":"a"}`}, 21654},
		"unknown Content":        {map[string]string{"Body": "", "ContentSid": "HX1"}, 20404},
		"line break in variable": {map[string]string{"Body": "", "ContentSid": content, "ContentVariables": `{"1":"a\nb"}`}, 21656},
		"empty variable":         {map[string]string{"Body": "", "ContentSid": content, "ContentVariables": `{"1":""}`}, 21656},
		"variables not JSON":     {map[string]string{"Body": "", "ContentSid": content, "ContentVariables": `a`}, 21656},
	} {
		v := url.Values{"From": {"whatsapp:" + number}, "To": {"whatsapp:" + ana}, "Body": {"Hola"}}
		for k, s := range x.change {
			if v.Set(k, s); s == "" {
				v.Del(k)
			}
		}
		status, got := b.send(v)
		code, _ := got["code"].(float64)
		if int(code) != x.code || (x.code == 0) != (status == http.StatusCreated) {
			t.Errorf("%s: %d %v, want code %d", name, status, got, x.code)
		}
	}
	if status, got := b.post(sending, "wrong", "application/x-www-form-urlencoded", ""); status != http.StatusUnauthorized || got["code"] != 20003.0 {
		t.Errorf("a wrong token: %d %v", status, got)
	}
}

func TestRefusesContents(t *testing.T) {
	t.Parallel()
	b := open(t, WhatsApp)
	reply := func(n int, title, id string) string {
		var out []string
		for range n {
			out = append(out, fmt.Sprintf(`{"type":"QUICK_REPLY","title":%q,"id":%q}`, title, id))
		}
		return `{"twilio/quick-reply":{"body":"¿?","actions":[` + strings.Join(out, ",") + `]}}`
	}
	row := func(n int, title string) string {
		var out []string
		for range n {
			out = append(out, fmt.Sprintf(`{"id":"a","item":%q}`, title))
		}
		return `{"twilio/list-picker":{"body":"¿?","button":"Ver","items":[` + strings.Join(out, ",") + `]}}`
	}
	for name, x := range map[string]struct {
		types string
		good  bool
	}{
		"buttons":          {reply(3, "Sí", "si"), true},
		"no buttons":       {reply(0, "", ""), false},
		"eleven buttons":   {reply(11, "Sí", "si"), false},
		"a long title":     {reply(1, strings.Repeat("a", 21), "si"), false},
		"a long id":        {reply(1, "Sí", strings.Repeat("a", 201)), false},
		"a list":           {row(10, "Uno"), true},
		"eleven rows":      {row(11, "Uno"), false},
		"a long row":       {row(1, strings.Repeat("a", 25)), false},
		"a place":          {`{"twilio/location":{"latitude":0,"longitude":0}}`, true},
		"half a place":     {`{"twilio/location":{"latitude":0}}`, false},
		"text":             {`{"twilio/text":{"body":"a"}}`, true},
		"no text":          {`{"twilio/text":{"body":""}}`, false},
		"an unknown shape": {`{"twilio/hologram":{"body":"a"}}`, false},
		"nothing":          {`{}`, false},
	} {
		status, got := b.content(`{"friendly_name":"x","language":"es","types":` + x.types + `}`)
		if x.good != (status == http.StatusCreated) {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		kind string
		play func(b *bench)
		want string
	}{
		"WhatsApp, read": {WhatsApp, func(b *bench) {
			b.say("Hola")
			b.reach("Tu pedido salió")
			if _, err := b.Do(b.t.Context(), sim.Action{Act: sim.ReadAll, Ref: number, Customer: sim.Person{ID: ana}}); err != nil {
				b.t.Error(err)
			}
		}, "queued sent delivered read"},
		"nobody has written": {WhatsApp, func(b *bench) { b.reach("Oferta") }, "queued failed63016"},
		"a day has passed": {WhatsApp, func(b *bench) {
			b.say("Hola")
			b.SetClock(func() time.Time { return time.Now().Add(25 * time.Hour) })
			b.reach("Oferta")
		}, "queued failed63016"},
		"SMS needs no window": {SMS, func(b *bench) { b.reach("Oferta") }, "queued sent delivered"},
	} {
		b := open(t, x.kind)
		x.play(b)
		if got := b.statuses(); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// reach sends a text to Ana, with a status callback.
func (b *bench) reach(text string) (int, map[string]any) {
	b.t.Helper()
	return b.send(url.Values{"From": {address(b.kind, number)}, "To": {address(b.kind, ana)}, "Body": {text}, "StatusCallback": {b.hook + "?message=1"}})
}

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	b := open(t, SMS)
	for _, x := range []struct {
		word   string
		status int
	}{{"Hola", http.StatusCreated}, {" stop ", http.StatusBadRequest}, {"START", http.StatusCreated}} {
		b.say(x.word)
		if status, got := b.reach("Oferta"); status != x.status || status == http.StatusBadRequest && got["code"] != 21610.0 {
			t.Errorf("after %q: %d %v", x.word, status, got)
		}
	}
}

func TestCannot(t *testing.T) {
	t.Parallel()
	for kind, acts := range map[string][]sim.Act{
		WhatsApp: {sim.React, sim.EditText, sim.Delete, sim.SendCard},
		SMS:      {sim.React, sim.EditText, sim.Delete, sim.SendCard, sim.Press, sim.Pick, sim.SendPlace, sim.SendVoice, sim.SendSticker, sim.ReadAll},
	} {
		b := open(t, kind)
		for _, act := range acts {
			_, err := b.Do(t.Context(), sim.Action{Act: act, Ref: number, Customer: sim.Person{ID: ana}})
			var cannot sim.ErrCannot
			if !errors.As(err, &cannot) {
				t.Errorf("%s %s: %v", kind, act, err)
			}
		}
	}
}

// Customers write while the business does; -race watches.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t, SMS)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				b.say("Hola")
				b.reach("Hola")
				b.Thread(number, ana)
			}
		})
	}
	wg.Wait()
	if got := len(b.Thread(number, ana)); got != 160 {
		t.Errorf("the customer sees %d messages, want 160", got)
	}
	if got := strings.Count(b.statuses(), "delivered"); got != 80 {
		t.Errorf("%d messages were told as delivered, want 80", got)
	}
}
