package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/channels"
	"recado/channels/cloudapi"
	"recado/channels/telegram"
	"recado/channels/webchat"
	"recado/internal/channel"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/seal"
	"recado/internal/sim"
	"recado/internal/sim/meta"
	simtg "recado/internal/sim/telegram"
)

// hub is a bench whose channels speak to simulated platforms.
type hub struct {
	*bench
	meta     *meta.Server
	telegram *simtg.Platform
	changed  []inbox.Change
}

func newHub(t *testing.T) *hub {
	t.Helper()
	h := &hub{meta: meta.New(), telegram: simtg.New()}
	serve := func(p sim.Platform) func(channels.Channel) string {
		s := httptest.NewServer(p)
		t.Cleanup(s.Close)
		return func(channels.Channel) string { return s.URL }
	}
	keys, err := seal.FromText("a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U=")
	if err != nil {
		t.Fatal(err)
	}
	h.bench = setup(t, func(d *Deps) {
		d.Keys, d.Open = keys, channel.Opener{Keys: keys}
		d.Adapters = []channels.Adapter{webchat.Adapter{},
			cloudapi.New(cloudapi.Options{HTTP: http.DefaultClient, Base: serve(h.meta)}),
			telegram.New(telegram.Options{HTTP: http.DefaultClient, Base: serve(h.telegram)})}
		d.Changed = func(_ id.Company, c inbox.Change) { h.changed = append(h.changed, c) }
	})
	return h
}

const (
	botToken  = "700100200:Prueba-Prueba-Prueba-Prueba-Prueba"
	cloudBody = `{"kind":"cloudapi","name":"Oficial","values":{"phone_number_id":"100200300","waba_id":"500600700","access_token":"EAAG-muy-secreto","app_secret":"0123456789abcdef0123456789abcdef"}}`
)

func (h *hub) connect(t *testing.T, token, body string) (path string) {
	t.Helper()
	made := read[struct{ ID string }](t, h.do(t, call{name: "connect", method: "POST", path: "/channels", token: token, body: body, status: 201, hasNot: []string{"muy-secreto", botToken}}))
	return "/channels/" + made.ID
}

func TestChannelKinds(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	h.do(t, call{name: "kinds in Spanish", method: "GET", path: "/channel-kinds", token: token, header: map[string]string{"Accept-Language": "es"}, status: 200,
		has: []string{`"kind":"cloudapi"`, `"official":true`, `"label":"Token del bot"`, `"steps":["`, `"reply_window":86400000000000`}})
	h.do(t, call{name: "kinds in English", method: "GET", path: "/channel-kinds", token: token, status: 200, has: []string{`"Chat on your site"`}})
}

func TestChannelValues(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	for _, c := range []call{
		{name: "nothing filled in", body: `{"kind":"telegram","name":"T"}`, code: "settings.required", has: []string{"body.values.token"}},
		{name: "a wrong form", body: `{"kind":"telegram","name":"T","values":{"token":"x"}}`, code: "settings.pattern", has: []string{"body.values.token"}},
		{name: "a field it does not have", body: `{"kind":"telegram","name":"T","values":{"token":"` + botToken + `","color":"red"}}`, code: "settings.unknown_field"},
		{name: "fields of a widget", body: `{"kind":"webchat","name":"W","values":{"a":"b"}}`, code: "settings.unknown_field"},
		{name: "no such kind", body: `{"kind":"fax","name":"F"}`, code: "channel.kind"},
	} {
		c.method, c.path, c.token, c.status = "POST", "/channels", token, 422
		h.do(t, c)
	}
	one := h.connect(t, token, cloudBody)
	h.do(t, call{name: "as stored", method: "GET", path: one, token: token, status: 200, has: []string{`"phone_number_id":"100200300"`, `"verify_token":"`,
		`"secrets_set":["access_token","app_secret"]`, "/hooks/cloudapi/"}, hasNot: []string{"muy-secreto"}})
	h.do(t, call{name: "the same number again", method: "POST", path: "/channels", token: token, body: cloudBody, status: 409, code: "channel.ref_taken"})
	other, _ := h.found(t, "otra")
	h.do(t, call{name: "another company's number", method: "POST", path: "/channels", token: other, body: cloudBody, status: 409, code: "channel.ref_taken"})
	h.do(t, call{name: "an empty secret stays", method: "PATCH", path: one, token: token, body: `{"values":{"access_token":"","waba_id":"42424242"}}`, status: 200,
		has: []string{`"waba_id":"42424242"`, `"secrets_set":["access_token","app_secret"]`, `"phone_number_id":"100200300"`}})
	h.do(t, call{name: "audited without its value", method: "GET", path: "/audit", token: token, status: 200, has: []string{"channel.update", "42424242"}, hasNot: []string{"muy-secreto"}})
	for _, path := range []string{"", "/check", "/test", "/preview", "/restart", "/unlink", "/templates/sync"} {
		c := call{name: "another company's channel" + path, method: "POST", path: one + path, token: other, status: 404,
			header: map[string]string{"Idempotency-Key": "0198c0de-0000-7000-8000-000000000002"}}
		switch path {
		case "":
			c.method = "GET"
		case "/test":
			c.body = `{"to":"1","text":"x"}`
		case "/preview":
			c.body = `{"content":{"type":"text","text":"x"}}`
		}
		h.do(t, c)
	}
}

// What a check says is told in the reader's words.
func TestCheckChannel(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	one := h.connect(t, token, `{"kind":"telegram","name":"T","values":{"token":"`+botToken+`"}}`)
	h.do(t, call{name: "a token nobody knows", method: "POST", path: one + "/check", token: token, status: 200, has: []string{`"ok":false`, `"text":"`}, hasNot: []string{botToken}})
	if err := h.telegram.Connect(sim.Account{Kind: "telegram", Ref: "t", Name: "T", Fields: map[string]string{"token": botToken}}); err != nil {
		t.Fatal(err)
	}
	h.do(t, call{name: "a good one", method: "POST", path: one + "/check", token: token, status: 200, has: []string{`"ok":true`}, hasNot: []string{botToken, "{{"}})
}

func TestPreview(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	one := h.connect(t, token, cloudBody)
	buttons := func(n int) string {
		var b []string
		for _, l := range strings.Split("abcdefghijklmnop", "")[:n] {
			b = append(b, `{"id":"`+l+`","label":"Opción `+l+`"}`)
		}
		return `{"content":{"type":"buttons","text":"Elige","buttons":[` + strings.Join(b, ",") + `]}}`
	}
	for _, c := range []call{
		{name: "three buttons", body: buttons(3), has: []string{`"type":"buttons"`, `"breaches":[]`}},
		{name: "four become a list", body: buttons(4), has: []string{`"type":"list"`, `"limit":"max_buttons"`, `"effect":"list"`, `"max":3`, `"was":4`}},
		{name: "eleven become numbers", body: buttons(11), has: []string{`"type":"text"`, `11. Opción k`, `"effect":"text"`}},
		{name: "a long text", body: `{"content":{"type":"text","text":"` + strings.Repeat("palabra ", 700) + `"}}`, has: []string{`"effect":"split"`, `"limit":"max_text"`}},
	} {
		c.method, c.path, c.token, c.status = "POST", one+"/preview", token, 200
		h.do(t, c)
	}
	h.do(t, call{name: "not a message", method: "POST", path: one + "/preview", token: token, body: `{"content":{"type":"text","text":""}}`, status: 422, code: "content.missing"})
	if len(h.changed) != 0 {
		t.Error("a preview sent something")
	}
}

func TestTestMessage(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	free := h.connect(t, token, `{"kind":"webchat","name":"W"}`)
	tied := h.connect(t, token, cloudBody)
	key := map[string]string{"Idempotency-Key": "0198c0de-0000-7000-8000-000000000001"}
	body := `{"to":"34600111222","text":"hola"}`
	h.do(t, call{name: "no key", method: "POST", path: free + "/test", token: token, body: body, status: 400})
	h.do(t, call{name: "queued", method: "POST", path: free + "/test", token: token, header: key, body: body, status: 201, has: []string{`"state":"queued"`}})
	h.do(t, call{name: "only templates open a conversation", method: "POST", path: tied + "/test", token: token, header: key, body: body, status: 409, code: "window.template"})
	if len(h.changed) != 1 || h.changed[0].Lane.IsZero() {
		t.Errorf("told of %+v", h.changed)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	one := h.connect(t, token, cloudBody)
	if err := h.meta.Connect(sim.Account{Kind: "cloudapi", Ref: "100200300", Name: "Oficial", Fields: map[string]string{"waba_id": "500600700",
		"access_token": "EAAG-muy-secreto", "app_secret": "0123456789abcdef0123456789abcdef", "verify_token": "v"}}); err != nil {
		t.Fatal(err)
	}
	good := `{"name":"pedido_listo","language":"es","category":"utility","body":"Hola {{1}}, tu pedido {{2}} está listo.","samples":["Eva","A-1"]}`
	for _, c := range []call{
		{name: "a sample is missing", body: strings.Replace(good, `,"A-1"`, "", 1), status: 422, code: "template.samples"},
		{name: "a place is missing", body: strings.Replace(good, "{{2}}", "{{3}}", 1), status: 422, code: "template.place_missing"},
		{name: "a bad name", body: strings.Replace(good, "pedido_listo", "Pedido Listo", 1), status: 422},
		{name: "submitted", body: good, status: 201, has: []string{`"status":"pending"`}},
	} {
		c.method, c.path, c.token = "POST", one+"/templates", token
		h.do(t, c)
	}
	h.do(t, call{name: "synced", method: "POST", path: one + "/templates/sync", token: token, status: 200, has: []string{`"name":"pedido_listo"`, `{{1}}`}})
	h.do(t, call{name: "listed", method: "GET", path: "/templates", token: token, status: 200, has: []string{`"pedido_listo"`}})
	list := read[struct{ Items []channel.KnownTemplate }](t, h.do(t, call{name: "ids", method: "GET", path: "/templates", token: token, status: 200}))
	path := "/templates/" + list.Items[0].ID.String()
	h.do(t, call{name: "one that is not there", method: "DELETE", path: "/templates/" + id.New[id.Template]().String(), token: token, status: 404})
	other, _ := h.found(t, "otra")
	h.do(t, call{name: "another company's", method: "DELETE", path: path, token: other, status: 404})
	h.do(t, call{name: "deleted", method: "DELETE", path: path, token: token, status: 204})
	h.do(t, call{name: "gone", method: "GET", path: "/templates", token: token, status: 200, hasNot: []string{"pedido_listo"}})
	widget := h.connect(t, token, `{"kind":"webchat","name":"W"}`)
	h.do(t, call{name: "no templates there", method: "POST", path: widget + "/templates/sync", token: token, status: 409, code: "template.not_here"})
}
