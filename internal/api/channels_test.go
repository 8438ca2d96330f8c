package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"recado/channels"
	"recado/channels/cloudapi"
	"recado/channels/telegram"
	"recado/channels/webchat"
	"recado/internal/channel"
	"recado/internal/chat"
	"recado/internal/db"
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
		has: []string{`"kind":"cloudapi"`, `"official":true`, `"label":"Token del bot"`, `"steps":["`, `"reply_window":86400000000000`,
			`"inbound/delete":"Telegram no avisa`}, hasNot: []string{"does not tell"}})
	h.do(t, call{name: "kinds in English", method: "GET", path: "/channel-kinds", token: token, status: 200, has: []string{`"Chat on your site"`, `"inbound/delete":"the Bot API does not tell`}})
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
	h.do(t, call{name: "nobody's number", method: "POST", path: tied + "/test", token: token, header: key, body: `{"to":"mi prima","text":"hola"}`, status: 422, code: "settings.phone", has: []string{"body.to"}})
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

// A number as people write it is the person who wrote from it.
func TestTestMessageAddress(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	one := h.connect(t, token, cloudBody)
	var known id.Conversation
	for i, to := range []string{"5215512345678", "+52 55 1234 5678", " 0052-1-55.1234.5678 "} {
		key := map[string]string{"Idempotency-Key": "0198c0de-0000-7000-8000-00000000001" + strconv.Itoa(i)}
		if i == 0 { // who wrote before may be answered freely
			h.hears(t, one, to)
		}
		m := read[inbox.Message](t, h.do(t, call{name: to, method: "POST", path: one + "/test", token: token, header: key, body: `{"to":"` + to + `","text":"hola"}`, status: 201}))
		if known.IsZero() {
			known = m.Conversation
		}
		if m.Conversation != known {
			t.Errorf("%q is somebody else than the first", to)
		}
	}
}

// hears makes somebody write to a channel.
func (h *hub) hears(t *testing.T, path, from string) {
	t.Helper()
	c, err := id.Parse[id.Channel](strings.TrimPrefix(path, "/channels/"))
	if err != nil {
		t.Fatal(err)
	}
	intake, err := inbox.NewIntake(t.Context(), h.DB, t.TempDir(), h.Log, inbox.Told{Arrived: func([]inbox.Arrival) {}})
	if err != nil {
		t.Fatal(err)
	}
	v, ok, err := channel.NewDirectory(h.DB, h.Open).ByID(t.Context(), c)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	err = intake.Take(t.Context(), channels.Inbound{Channel: v, ExternalID: "m1", From: channels.Sender{Identity: from, Verified: true},
		Message: &channels.Message{Content: chat.Plain("hola")}})
	if err != nil {
		t.Fatal(err)
	}
}

// What a change of settings does not name stays as it was.
func TestChangeSettings(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, _ := h.found(t, "tienda")
	one := h.connect(t, token, `{"kind":"webchat","name":"W","settings":{"title":"Ayuda","require_identity":true,"sound":false,
		"hours":{"always":true},"limits":{"file_bytes":1000,"per_visitor_minute":5,"per_site_minute":50}}}`)
	for _, c := range []call{
		{name: "one field", body: `{"settings":{"title":"Hola"}}`, has: []string{`"title":"Hola"`, `"require_identity":true`, `"sound":false`, `"file_bytes":1000`, `"always":true`}},
		{name: "no settings", body: `{"name":"V"}`, has: []string{`"title":"Hola"`, `"require_identity":true`}},
		{name: "none of them", body: `{"settings":{}}`, has: []string{`"title":"Hola"`, `"require_identity":true`}},
		{name: "back to the default", body: `{"settings":{"hours":null,"sound":null}}`, has: []string{`"sound":true`, `"require_identity":true`}, hasNot: []string{`"hours"`}},
		{name: "a whole one", body: `{"settings":{"limits":{"file_bytes":2000,"per_visitor_minute":6,"per_site_minute":60}}}`, has: []string{`"file_bytes":2000`, `"per_site_minute":60`}},
	} {
		c.method, c.path, c.token, c.status = "PATCH", one, token, 200
		h.do(t, c)
	}
	for _, c := range []call{
		{name: "no such field", body: `{"settings":{"colour":"red"}}`},
		{name: "a value that cannot be", body: `{"settings":{"color":"red"}}`, has: []string{"body.settings.color"}},
		{name: "no object", body: `{"settings":[]}`},
	} {
		c.method, c.path, c.token, c.status = "PATCH", one, token, 422
		h.do(t, c)
	}
	h.do(t, call{name: "nothing refused was stored", method: "GET", path: one, token: token, status: 200, has: []string{`"title":"Hola"`, `"require_identity":true`}, hasNot: []string{"red"}})
}

// phones are sessions that only remember who was unlinked.
type phones struct {
	gone []id.Channel
	err  error
}

func (*phones) Link(context.Context, id.Company, id.Channel, string, string, func(channels.LinkStep)) error {
	return nil
}

func (p *phones) Unlink(_ context.Context, _ id.Company, c id.Channel) error {
	p.gone = append(p.gone, c)
	return p.err
}

// A channel that goes takes its device off the phone, and says when that is not certain.
func TestDeleteChannel(t *testing.T) {
	t.Parallel()
	p := &phones{}
	h := newHub(t)
	h.Sessions = p
	token, _ := h.found(t, "tienda")
	link := func(name, phase string, linked bool) (path string) {
		path = h.connect(t, token, `{"kind":"webchat","name":"`+name+`"}`)
		_, err := h.DB.Direct(db.Pipeline).Exec(t.Context(), `insert into channel_session (id, company_id, phase, linked, lease_node, lease_until) select id, company_id, $2, $3, 'n', now() + interval '1 hour' from channel where id = $1`,
			strings.TrimPrefix(path, "/channels/"), phase, linked)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := h.connect(t, token, `{"kind":"webchat","name":"W"}`)
	h.do(t, call{name: "without a phone", method: "DELETE", path: plain, token: token, status: 200, has: []string{`"device":false`}})
	h.do(t, call{name: "not linked yet", method: "DELETE", path: link("Q", "unlinked", false), token: token, status: 200, has: []string{`"device":false`}})
	if len(p.gone) != 0 {
		t.Errorf("unlinked %v, where nothing was linked", p.gone)
	}
	h.do(t, call{name: "online", method: "DELETE", path: link("A", "online", true), token: token, status: 200, has: []string{`"device":false`}})
	h.do(t, call{name: "out of reach", method: "DELETE", path: link("B", "retrying", true), token: token, status: 200, has: []string{`"device":true`}})
	p.err = errors.New("not today")
	failing := link("C", "online", true)
	other, _ := h.found(t, "otra")
	h.do(t, call{name: "another company's", method: "DELETE", path: failing, token: other, status: 404})
	if len(p.gone) != 2 {
		t.Errorf("%d channels were unlinked, want those two that were linked", len(p.gone))
	}
	h.do(t, call{name: "that cannot be unlinked", method: "DELETE", path: failing, token: token, status: 200, has: []string{`"device":true`}})
	h.do(t, call{name: "gone all the same", method: "GET", path: failing, token: token, status: 404})
}
