package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"recado/internal/auth"
	"recado/internal/id"
	"recado/internal/inbox"
)

// shopFlow asks whether somebody wants the catalogue.
const shopFlow = `{"format":1,"name":"Catálogo","language":"es","start":"hi","triggers":[{"id":"t","type":"keyword","match":"contains","words":["catálogo"]},{"id":"api","type":"api"}],
	"variables":[{"name":"size","type":"text"}],
	"nodes":[{"id":"hi","type":"message","at":[0,0],"data":{"content":{"type":"text","text":{"es":"Hola, {{contact.first_name}}."}}},"next":{"next":"ask"}},
		{"id":"ask","type":"buttons","at":[0,100],"data":{"text":{"es":"¿Lo quieres?"},"items":[{"id":"yes","label":{"es":"Sí"}},{"id":"no","label":{"es":"No"}}]},"next":{"yes":"link","no":"bye","other":"bye","timeout":"bye"}},
		{"id":"link","type":"message","at":[0,200],"data":{"content":{"type":"text","text":{"es":"Aquí está."}}}},
		{"id":"bye","type":"message","at":[0,300],"data":{"content":{"type":"text","text":{"es":"Otra vez será."}}}}]}`

type flowBody struct {
	ID       string
	Revision int64 `json:"draft_revision"`
	Draft    json.RawMessage
}

func (b *bench) flow(t *testing.T, token, bot, definition string) flowBody {
	t.Helper()
	return read[flowBody](t, b.do(t, call{name: "create", method: "POST", path: bot + "/flows", token: token, status: 201, body: `{"name":"Catálogo","definition":` + definition + `}`}))
}

func (b *bench) publishFlow(t *testing.T, token string, f flowBody) {
	t.Helper()
	b.do(t, call{name: "publish", method: "POST", path: "/flows/" + f.ID + "/publish", token: token, status: 201, body: fmt.Sprintf(`{"revision":%d}`, f.Revision)})
}

func TestFlowsOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	f := b.flow(t, token, bot, shopFlow)
	at := "/flows/" + f.ID
	b.do(t, call{name: "list", method: "GET", path: bot + "/flows", token: token, status: 200, has: []string{`"status":"draft"`, `"words":["catálogo"]`, `"runs_7d":0`}})
	b.do(t, call{name: "get", method: "GET", path: at, token: token, status: 200,
		has: []string{`"problems":[]`, `"warnings":[]`, `"exits":{"ask":[{"name":"`, `"draft_by":{"id":"`, `"name":"Ana"`}})
	b.do(t, call{name: "the same bytes", method: "GET", path: at + "/export", token: token, status: 200, has: []string{"{\n  \"format\": 1,\n  \"name\": \"Catálogo\",", "}\n"}})
	b.publishFlow(t, token, f)
	b.do(t, call{name: "versions", method: "GET", path: at + "/versions", token: token, status: 200, has: []string{`"version":1`, `"running":0`}})

	wrong := strings.Replace(shopFlow, "contact.first_name", "contact.nope", 1)
	b.do(t, call{name: "check", method: "POST", path: at + "/check", token: token, status: 200, body: `{"definition":` + wrong + `}`,
		has: []string{`"location":"nodes[hi].data.content.text.es"`, `"node":"hi"`, `"from":8`, `"to":20`}})
	saved := read[flowBody](t, b.do(t, call{name: "a wrong draft is saved", method: "PUT", path: at + "/draft", token: token, status: 200, body: `{"revision":1,"definition":` + wrong + `}`,
		has: []string{`"draft_revision":2`, `"status":"changed"`, `"problems":[{"code":"expr.`, `"ask":[{"name":"`}}))
	b.do(t, call{name: "who was first", method: "PUT", path: at + "/draft", token: token, status: 409, code: "flow.changed", body: `{"revision":1,"definition":` + shopFlow + `}`,
		has: []string{`"by":"Ana"`, `"revision":2`, `"at":"`}})
	b.do(t, call{name: "wrong is not published", method: "POST", path: at + "/publish", token: token, status: 422, body: `{"revision":2,"why":"x"}`,
		has: []string{`"location":"body.nodes[hi].data.content.text.es"`}})
	b.do(t, call{name: "no definition", method: "PUT", path: at + "/draft", token: token, status: 422, code: "flow.file", body: `{"revision":2,"definition":{"format":1,"colour":"red"}}`, has: []string{"body.definition"}})
	b.do(t, call{name: "diff", method: "GET", path: at + "/diff?from=1&to=draft", token: token, status: 200,
		has: []string{`"change":"changed"`, `"path":"data.content.text.es"`, `"settings":[]`, `--- 1\n+++ draft\n`}})
	b.do(t, call{name: "diff of nothing", method: "GET", path: at + "/diff?from=1&to=9", token: token, status: 404, code: "not_found"})
	b.do(t, call{name: "back", method: "POST", path: at + "/versions/1/restore", token: token, status: 201, body: `{"why":"no iba"}`, has: []string{`"version":2`, `"why":"no iba"`}})
	b.do(t, call{name: "what version 1 was", method: "GET", path: at + "/versions/1", token: token, status: 200, has: []string{`"definition":{"format":1,"name":"Catálogo"`}})
	b.do(t, call{name: "rename", method: "PATCH", path: at, token: token, status: 200, body: `{"name":"Tienda","enabled":false}`, has: []string{`"name":"Tienda"`, `"enabled":false`, `"status":"changed"`}})
	b.do(t, call{name: "analytics", method: "GET", path: at + "/analytics?version=1", token: token, status: 200, has: []string{`"runs":0`, `"ended":{}`, `"nodes":[]`}})

	file, err := io.ReadAll(b.do(t, call{name: "export", method: "GET", path: at + "/export", token: token, status: 200}).Body)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(string(file))
	copied := read[flowBody](t, b.do(t, call{name: "import", method: "POST", path: bot + "/flows/import", token: token, status: 201, body: `{"file":` + string(text) + `}`, has: []string{`"name":"Tienda"`}}))
	b.do(t, call{name: "the same file again", method: "GET", path: "/flows/" + copied.ID + "/export", token: token, status: 200, has: []string{string(file)}})
	b.do(t, call{name: "no file", method: "POST", path: bot + "/flows/import", token: token, status: 422, code: "flow.file", body: `{"file":"flow"}`})
	b.do(t, call{name: "starters", method: "GET", path: "/flow-starters", token: token, status: 200, has: []string{`"items":[`}})
	b.do(t, call{name: "no such starter", method: "POST", path: bot + "/flows", token: token, status: 422, code: "flow.no_starter", body: `{"name":"x","starter":"nope"}`})
	b.do(t, call{name: "empty", method: "POST", path: bot + "/flows", token: token, status: 201, body: `{"name":"Vacío"}`, has: []string{`"code":"flow.empty"`, `"language":"es"`}})
	b.do(t, call{name: "delete", method: "DELETE", path: at, token: token, status: 204})
	b.do(t, call{name: "gone", method: "GET", path: at, token: token, status: 404, code: "not_found", has: []string{"this flow"}})
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"flow.create", "flow.publish", "flow.update", "flow.delete"}})
	if saved.Revision != 2 {
		t.Errorf("revision %d, want 2", saved.Revision)
	}
}

// What a bound channel cannot carry stops the publishing; what it carries in another way is
// told.
func TestFlowsHeldToChannels(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, me := h.found(t, "tienda")
	bot := h.bot(t, token)
	h.exec(t, `insert into channel (id, company_id, kind, name, ref, bot_id) values (gen_random_uuid(), $1, 'cloudapi', 'Oficial', 'x', $2)`, me.Company.ID, bot[len("/bots/"):])
	four := strings.Replace(shopFlow, `{"id":"no",`, `{"id":"a","label":{"es":"Quizá"}},{"id":"b","label":{"es":"Luego"}},{"id":"no",`, 1)
	h.do(t, call{name: "four buttons", method: "POST", path: bot + "/flows", token: token, status: 201, body: `{"name":"x","definition":` + four + `}`,
		has: []string{`"code":"flow.channel_list"`, "Oficial", `"location":"nodes[ask].data"`, "(at most 3 buttons)"}})
}

func TestTryFlow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	f := b.flow(t, token, bot, shopFlow)
	at := "/flows/" + f.ID + "/try"
	who := `"contact":{"name":"Eva Ruiz","language":"es","tags":["vip"],"fields":{"size":"M"}},"language":"es"`
	type tried struct {
		Session json.RawMessage
		Path    []struct{ Node, Exit string }
	}
	first := read[tried](t, b.do(t, call{name: "begin", method: "POST", path: at, token: token, status: 200, body: `{"input":{"kind":"start"},` + who + `}`,
		has: []string{"Hola, Eva.", "¿Lo quieres?", `"wait":{"for":"message"`, `"previews":[[{"type":"text","text":"Hola, Eva."`}}))
	if len(first.Path) != 2 || first.Path[1].Node != "ask" {
		t.Errorf("%+v", first.Path)
	}
	go1 := `{"session":` + string(first.Session) + `,"input":{"kind":"message","content":{"type":"text","text":"no, gracias"}},` + who + `}`
	b.do(t, call{name: "answer", method: "POST", path: at, token: token, status: 200, body: go1, has: []string{"Otra vez será.", `"ended":"done"`}, hasNot: []string{`"session"`}})
	b.do(t, call{name: "time", method: "POST", path: at, token: token, status: 200, body: `{"session":` + string(first.Session) + `,"input":{"kind":"timer"},` + who + `}`, has: []string{`"ended":"expired"`}})
	unsaved := strings.Replace(shopFlow, "Hola, ", "Buenas, ", 1)
	b.do(t, call{name: "what is not saved", method: "POST", path: at, token: token, status: 200, body: `{"definition":` + unsaved + `,"input":{"kind":"start"},` + who + `}`, has: []string{"Buenas, Eva."}})
	b.do(t, call{name: "what does not compile", method: "POST", path: at, token: token, status: 422, body: `{"definition":` + strings.Replace(shopFlow, "contact.first_name", "nope", 1) + `,"input":{"kind":"start"},` + who + `}`,
		has: []string{"body.definition.nodes[hi]"}})
	other := b.flow(t, token, bot, shopFlow)
	for name, session := range map[string]string{
		"another flow's session": strings.ReplaceAll(string(first.Session), f.ID, other.ID),
		"a published version":    strings.Replace(string(first.Session), `"version":0`, `"version":1`, 1),
		"no session":             `"x"`,
		"a huge one":             `{"id":"` + strings.Repeat("a", maxSession) + `"}`,
	} {
		b.do(t, call{name: name, method: "POST", path: at, token: token, status: 422, code: "flow.session", body: `{"session":` + session + `,"input":{"kind":"message","content":{"type":"text","text":"x"}},` + who + `}`})
	}
	gone := strings.Replace(string(first.Session), `"node":"ask"`, `"node":"zz"`, 1)
	b.do(t, call{name: "a node that is gone", method: "POST", path: at, token: token, status: 200, body: `{"session":` + gone + `,"input":{"kind":"message","content":{"type":"text","text":"x"}},` + who + `}`,
		has: []string{`"ended":"failed"`, `"code":"gone"`, `"message":"The flow or block`}})
	b.do(t, call{name: "nothing said", method: "POST", path: at, token: token, status: 422, code: "flow.required", body: `{"session":` + string(first.Session) + `,"input":{"kind":"message"},` + who + `}`})
}

func TestFlowWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	f := b.flow(t, token, bot, shopFlow)
	b.do(t, call{name: "nodes", method: "GET", path: "/flow-nodes", token: token, status: 200, has: []string{`"name":"message"`, `"name":"handoff"`, `"exit_label"`}})
	b.do(t, call{name: "functions", method: "GET", path: "/flow-functions", token: token, status: 200, has: []string{`"path":"contact.name"`, `"name":"money"`}})
	check := func(name, body string, has ...string) {
		t.Helper()
		b.do(t, call{name: name, method: "POST", path: "/flow-expressions/check", token: token, status: 200, body: body, has: has})
	}
	check("good", `{"kind":"expression","source":"contact.name == \"Eva\"","want":"bool"}`, `"problems":[]`, `"type":"bool"`)
	check("wrong", `{"kind":"expression","source":"contact.nope"}`, `"from":0`, `"to":12`, `"message":"`)
	check("a flow's variable", `{"kind":"template","source":"Talla {{vars.size}}","flow_id":"`+f.ID+`"}`, `"problems":[]`)
	check("no such variable", `{"kind":"template","source":"Talla {{vars.other}}","flow_id":"`+f.ID+`"}`, `"code":"expr.`)
	check("given variables", `{"kind":"template","source":"{{vars.other}}","variables":[{"name":"other","type":"number"}]}`, `"problems":[]`)
}

func TestStartsAndEvents(t *testing.T) {
	t.Parallel()
	var told []inbox.Change
	b := setup(t, func(d *Deps) { d.Changed = func(_ id.Company, ch inbox.Change) { told = append(told, ch) } })
	token, me := b.found(t, "tienda")
	bot := b.bot(t, token)
	f := b.flow(t, token, bot, shopFlow)
	ch, contact, c := id.New[id.Channel](), id.New[id.Contact](), id.New[id.Conversation]()
	b.exec(t, `insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'webchat', 'Tienda', 'x', $3)`, ch, me.Company.ID, bot[len("/bots/"):])
	b.exec(t, `insert into contact (id, company_id, name) values ($1, $2, 'Eva')`, contact, me.Company.ID)
	b.exec(t, `insert into conversation (id, company_id, channel_id, contact_id, address) values ($1, $2, $3, $4, 'x')`, c, me.Company.ID, ch, contact)
	start := func(name, where string, status int, code string) {
		t.Helper()
		b.do(t, call{name: name, method: "POST", path: "/flows/" + f.ID + "/start", token: token, status: status, code: code, body: `{` + where + `}`})
	}
	here, whose := `"conversation_id":"`+c.String()+`"`, `"contact_id":"`+contact.String()+`"`
	start("not published", here, 409, "flow.no_api_trigger")
	b.publishFlow(t, token, f)
	start("here", here+`,"vars":{"size":"M"}`, 202, "")
	start("with the contact", whose, 202, "")
	start("both", here+","+whose, 422, "event.whose")
	start("neither", "", 422, "event.whose")
	start("no such conversation", `"conversation_id":"`+id.New[id.Conversation]().String()+`"`, 404, "not_found")
	start("too much", here+`,"vars":{"size":"`+strings.Repeat("a", maxData)+`"}`, 413, "event.too_large")
	if len(told) != 2 || told[0].Conversation != c {
		t.Errorf("told %v", told)
	}
	event := func(name, body string, status int, has ...string) {
		t.Helper()
		b.do(t, call{name: name, method: "POST", path: "/events", token: token, status: status, body: body, has: has})
	}
	event("of a contact", `{"event":"cart.abandoned",`+whose+`,"data":{"total":3}}`, 202, `"matched":true`)
	event("of a conversation", `{"event":"cart.abandoned",`+here+`}`, 202, `"matched":true`)
	event("of nobody", `{"event":"cart.abandoned","contact_id":"`+id.New[id.Contact]().String()+`"}`, 404)
	event("nothing", `{"event":" ",`+here+`}`, 422)
	reader := b.hire(t, me.Company.ID, auth.ReadOnly)
	b.do(t, call{name: "may not", method: "POST", path: "/events", token: reader, status: 403, body: `{"event":"x",` + here + `}`})
}

// lines reads a stream of JSON lines.
func lines(t *testing.T, r io.Reader) (out []ReplayLine) {
	t.Helper()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var l ReplayLine
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v", s.Text(), err)
		}
		out = append(out, l)
	}
	return out
}

func TestReplayOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, me := b.found(t, "tienda")
	bot := b.bot(t, token)
	f := b.flow(t, token, bot, shopFlow)
	b.publishFlow(t, token, f)
	ch, contact, c := id.New[id.Channel](), id.New[id.Contact](), id.New[id.Conversation]()
	b.exec(t, `insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'webchat', 'Tienda', 'x', $3)`, ch, me.Company.ID, bot[len("/bots/"):])
	b.exec(t, `insert into contact (id, company_id, name) values ($1, $2, 'Eva')`, contact, me.Company.ID)
	b.exec(t, `insert into conversation (id, company_id, channel_id, contact_id, address, last_seq) values ($1, $2, $3, $4, 'x', 3)`, c, me.Company.ID, ch, contact)
	for i, text := range []string{"¿tienen catálogo?", "sí", "gracias"} {
		b.exec(t, `insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, content, state) values ($1, $2, $3, $4, $5, 'in', 'contact', jsonb_build_object('type', 'text', 'text', $6::text), 'received')`,
			id.New[id.Message](), me.Company.ID, c, ch, i+1, text)
	}
	changed := strings.Replace(shopFlow, "Aquí está.", "Aquí lo tienes.", 1)
	b.do(t, call{name: "save", method: "PUT", path: "/flows/" + f.ID + "/draft", token: token, status: 200, body: `{"revision":1,"definition":` + changed + `}`})
	got := lines(t, b.do(t, call{name: "replay", method: "POST", path: "/flows/" + f.ID + "/replay", token: token, status: 200, body: `{"conversations":100}`}).Body)
	if len(got) != 2 || got[0].Progress == nil || got[0].Progress.Done != 1 || got[1].Result == nil {
		t.Fatalf("%+v", got)
	}
	r := got[1].Result
	if r.Turns != 3 || r.Changed != 1 || r.Counts["answer"] != 1 || r.Counts["same"] != 2 || len(r.Items) != 1 || r.Items[0].Message.Text != "sí" ||
		r.Items[0].Before.Effects[0].Say.Content.Text != "Aquí está." || r.Items[0].After.Effects[0].Say.Content.Text != "Aquí lo tienes." || r.Items[0].After.Source != "flow" {
		t.Errorf("%+v", r)
	}
	rule := `{"id":"` + id.New[id.Rule]().String() + `","name":"Gracias","enabled":true,"priority":0,"match":"exact","patterns":["gracias"],"answers":[{"type":"text","text":"A ti."}],"active":{"when":"always"},"then":"stay"}`
	got = lines(t, b.do(t, call{name: "replay a rule", method: "POST", path: bot + "/replay", token: token, status: 200, body: `{"rules":[` + rule + `],"conversations":10}`}).Body)
	if r := got[len(got)-1].Result; r == nil || r.Changed != 1 || r.Items[0].Message.Text != "gracias" {
		t.Errorf("%+v", got)
	}
	got = lines(t, b.do(t, call{name: "a wrong rule", method: "POST", path: bot + "/replay", token: token, status: 200, body: `{"rules":[` + strings.Replace(rule, `"exact"`, `"regex"`, 1) + `,` + strings.Replace(strings.Replace(rule, `"exact"`, `"regex"`, 1), `"gracias"`, `"("`, 1) + `],"conversations":10}`}).Body)
	if p := got[len(got)-1].Failed; p == nil || p.Code != "rule.regex" || p.Field != "body.rules[1].patterns[0]" {
		t.Errorf("%+v", got)
	}
	b.do(t, call{name: "another's", method: "POST", path: "/flows/" + url.PathEscape(id.New[id.Flow]().String()) + "/replay", token: token, status: 404, code: "not_found", body: `{"conversations":10}`})
}

func TestTeams(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, me := b.found(t, "tienda")
	team := read[struct{ ID string }](t, b.do(t, call{name: "create", method: "POST", path: "/teams", token: token, status: 201, body: `{"name":" Ventas ","member_ids":["` + me.User.ID.String() + `"]}`,
		has: []string{`"name":"Ventas"`, `"member_ids":["` + me.User.ID.String() + `"]`}}))
	b.do(t, call{name: "twice", method: "POST", path: "/teams", token: token, status: 409, code: "team.taken", body: `{"name":"ventas"}`})
	b.do(t, call{name: "a stranger", method: "PATCH", path: "/teams/" + team.ID, token: token, status: 422, code: "team.member", body: `{"member_ids":["` + id.New[id.User]().String() + `"]}`})
	b.do(t, call{name: "change", method: "PATCH", path: "/teams/" + team.ID, token: token, status: 200, body: `{"name":"Tienda","member_ids":[]}`, has: []string{`"member_ids":[]`, `"name":"Tienda"`}})
	b.do(t, call{name: "list", method: "GET", path: "/teams", token: token, status: 200, has: []string{`"Tienda"`}})
	agent := b.hire(t, me.Company.ID, auth.Agent)
	b.do(t, call{name: "an agent sees", method: "GET", path: "/teams", token: agent, status: 200})
	b.do(t, call{name: "and changes nothing", method: "DELETE", path: "/teams/" + team.ID, token: agent, status: 403})
	other, _ := b.found(t, "otra")
	b.do(t, call{name: "another company", method: "DELETE", path: "/teams/" + team.ID, token: other, status: 404, code: "not_found"})
	b.do(t, call{name: "delete", method: "DELETE", path: "/teams/" + team.ID, token: token, status: 204})
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"team.create", "team.update", "team.delete"}})
}
