package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// bot makes a bot and returns its path.
func (b *bench) bot(t *testing.T, token string) string {
	t.Helper()
	made := read[struct{ ID string }](t, b.do(t, call{name: "create bot", method: "POST", path: "/bots", token: token, body: `{"name":"Lupe","language":"es"}`, status: 201}))
	return "/bots/" + made.ID
}

var asJSONL, asCSV = map[string]string{"Content-Type": "application/jsonl"}, map[string]string{"Content-Type": "text/csv; charset=utf-8"}

const someFAQs = `{"id":"envio","question":"¿Cuánto cuesta el envío?","answer":" Cuesta $5.000.\r\n🚚 ","variants":["precio del envío"]}
{"id":"cambios","question":"¿Hacen cambios de talla?","answer":"Sí, en 30 días."}
{"question":"¿Dónde queda la tienda?","answer":"En la calle 10."}
`

func TestBotSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	b.do(t, call{name: "as made", method: "GET", path: bot, token: token, status: 200, has: []string{
		`"name":"Lupe"`, `"enabled":true`, `"tone":"neutral"`, `"state":"running"`, `"channels":[]`, `"words":[]`, `"counts":{"rules":0,"faqs":0}`}, hasNot: []string{`"hours"`}})
	b.do(t, call{name: "change", method: "PATCH", path: bot, token: token, status: 200,
		body: `{"tone":"warm","greeting":"Hola","hours":{"always":false,"days":{"mon":[{"from":"09:00","to":"18:00"}]}},"thresholds":{"answer":0.9,"offer":0.2},
			"handoff":{"text":"","away_text":"Volvemos {opens}.","ack_minutes":5,"words":["jefe"," "]},"fallback":{"text":"¿Cómo?","handoff":true}}`,
		has: []string{`"tone":"warm"`, `"mon":[{`, `"answer":0.9`, `"words":["jefe"]`, `"language":"es"`}})
	b.do(t, call{name: "what is not named stays", method: "PATCH", path: bot, token: token, status: 200, body: `{"name":"Lola","language":"auto"}`, has: []string{`"tone":"warm"`, `"mon":[{`, `"Lola"`, `"auto"`}})
	b.do(t, call{name: "null takes the hours away", method: "PATCH", path: bot, token: token, status: 200, body: `{"hours":null}`, has: []string{`"tone":"warm"`}, hasNot: []string{`"hours"`}})
	b.do(t, call{name: "pause", method: "PATCH", path: bot, token: token, status: 200, body: `{"enabled":false}`, has: []string{`"state":"paused"`}})
	b.do(t, call{name: "list", method: "GET", path: "/bots", token: token, status: 200, has: []string{`"items":[{`, `"Lola"`}})
	for _, c := range []call{
		{name: "no name", body: `{"name":""}`, code: "validation.min_length"},
		{name: "blank name", body: `{"name":" "}`, code: "bot.name", has: []string{`"field":"body.name"`}},
		{name: "hours", body: `{"hours":{"always":false,"days":{"mon":[{"from":"09:00","to":"29:00"}]}}}`, code: "hours.time", has: []string{"body.hours.days.mon[0].to"}},
		{name: "threshold", body: `{"thresholds":{"answer":2,"offer":0}}`, code: "validation.maximum"},
		{name: "order", body: `{"thresholds":{"answer":0.1,"offer":0.2}}`, code: "bot.threshold_order"},
		{name: "several", body: `{"thresholds":{"answer":0.1,"offer":0.2},"handoff":{"text":"en {minutes}","away_text":"","ack_minutes":0,"words":["!"]}}`, has: []string{"bot.minutes_missing", "bot.threshold_order", "body.handoff.words[0]"}},
		{name: "unknown", body: `{"id":"x"}`, code: "validation.unexpected"},
	} {
		c.method, c.path, c.token, c.status = "PATCH", bot, token, 422
		b.do(t, c)
	}
	b.do(t, call{name: "hours that close for ever", method: "PATCH", path: "/company", token: token, status: 200, body: `{"hours":{"always":false,"days":{}}}`})
	b.do(t, call{name: "fails now", method: "PATCH", path: bot, token: token, status: 422, body: `{"enabled":true}`, code: "bot.never_opens"})
	b.do(t, call{name: "delete", method: "DELETE", path: bot, token: token, status: 204})
	b.do(t, call{name: "gone", method: "GET", path: bot, token: token, status: 404, code: "not_found", has: []string{"this bot"}})
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"bot.create", "bot.update", "bot.delete", `"tone":{"from":"neutral","to":"warm"}`}})
}

func TestRulesOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	rule := read[struct{ ID string }](t, b.do(t, call{name: "create", method: "POST", path: bot + "/rules", token: token, status: 201,
		body: `{"name":"Saludo","match":"exact","patterns":["hola"],"answers":[{"type":"text","text":"Hola."}]}`,
		has:  []string{`"enabled":true`, `"when":"always"`, `"then":"stay"`, `"hits_7d":0`}}))
	other := read[struct{ ID string }](t, b.do(t, call{name: "create", method: "POST", path: bot + "/rules", token: token, status: 201,
		body: `{"name":"Pedido","match":"regex","patterns":["pedido #?\\d+"],"answers":[],"then":"handoff","enabled":false,"priority":5,"active":{"when":"closed"}}`,
		has:  []string{`"enabled":false`, `"when":"closed"`, `"answers":[]`}}))
	for _, c := range []call{
		{name: "no patterns", body: `{"name":"x","match":"exact","patterns":[],"answers":[{"type":"text","text":"x"}]}`, has: []string{"body.patterns"}},
		{name: "regex", body: `{"name":"x","match":"regex","patterns":["a","(b"],"answers":[{"type":"text","text":"x"}]}`, code: "rule.regex", has: []string{`"field":"body.patterns[1]"`}},
		{name: "answer", body: `{"name":"x","match":"exact","patterns":["a"],"answers":[{"type":"text","text":"x"},{"type":"buttons","text":"y"}]}`, code: "content.missing", has: []string{"body.answers[1].buttons"}},
		{name: "silent", body: `{"name":"x","match":"exact","patterns":["a"]}`, code: "rule.says_nothing"},
	} {
		c.method, c.path, c.token, c.status = "POST", bot+"/rules", token, 422
		b.do(t, c)
	}
	b.do(t, call{name: "change", method: "PATCH", path: bot + "/rules/" + rule.ID, token: token, status: 200, body: `{"patterns":["hola","buenas"]}`, has: []string{`["hola","buenas"]`, `"name":"Saludo"`}})
	b.do(t, call{name: "order", method: "PUT", path: bot + "/rules/order", token: token, status: 200, body: `{"ids":["` + other.ID + `","` + rule.ID + `"]}`, has: []string{`"priority":10`}})
	b.do(t, call{name: "order of others", method: "PUT", path: bot + "/rules/order", token: token, status: 409, code: "rule.order", body: `{"ids":["` + other.ID + `"]}`})
	tried := b.do(t, call{name: "try", method: "POST", path: bot + "/try", token: token, status: 200, body: `{"text":"BUENAS!"}`, has: []string{`"say":{"type":"text","text":"Hola."}`, `"source":"rule"`, rule.ID}})
	again := read[struct{ Memory json.RawMessage }](t, tried)
	b.do(t, call{name: "try on", method: "POST", path: bot + "/try", token: token, status: 200, body: `{"text":"quiero hablar con una persona","memory":` + string(again.Memory) + `}`, has: []string{`"handoff":{"reason":"asked"`}})
	b.do(t, call{name: "try nothing", method: "POST", path: bot + "/try", token: token, status: 422, body: `{}`, code: "content.missing", has: []string{"body.text"}})
	b.do(t, call{name: "delete", method: "DELETE", path: bot + "/rules/" + rule.ID, token: token, status: 204})
	b.do(t, call{name: "list", method: "GET", path: bot + "/rules", token: token, status: 200, has: []string{other.ID}, hasNot: []string{rule.ID}})
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"rule.create", "rule.update", "rule.order", "rule.delete"}})
}

// The files of a rule's answers can be seen.
func TestRuleFilesAreLinked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, me := b.found(t, "tienda")
	bot := b.bot(t, token)
	m, err := b.Files.Upload(t.Context(), me.Company.ID, file.ByAgent, "", "lista.pdf", "application/pdf", strings.NewReader("%PDF-1.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	answer := `"answers":[{"type":"document","media":{"file":"` + m.File.String() + `"}}]`
	linked := []string{`"url":"/media/`, `"name":"lista.pdf"`}
	b.do(t, call{name: "create", method: "POST", path: bot + "/rules", token: token, status: 201, body: `{"name":"Lista","match":"exact","patterns":["lista"],` + answer + `}`, has: linked})
	b.do(t, call{name: "list", method: "GET", path: bot + "/rules", token: token, status: 200, has: linked})
	b.do(t, call{name: "try", method: "POST", path: bot + "/try", token: token, status: 200, body: `{"text":"lista"}`, has: linked})
}

func TestFAQsOverHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	imported := `{"added":3,"updated":0,"unchanged":0,"refused":[],"refused_total":0}`
	b.do(t, call{name: "import", method: "POST", path: bot + "/faqs/import?mode=upsert", token: token, status: 200, header: asJSONL, body: someFAQs, has: []string{imported}})
	b.do(t, call{name: "again", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: map[string]string{"Content-Type": "application/x-ndjson"}, body: someFAQs, has: []string{`"added":0,"updated":0,"unchanged":3`}})
	b.do(t, call{name: "rows at fault", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asCSV, body: "pregunta;respuesta\r\n¿Abren?;Sí\r\n¿Cierran?;\r\n",
		has: []string{`"added":1`, `{"line":3,"code":"faq.no_answer","detail":"`, `"field":"answer"}`, `"refused_total":1`}})
	b.do(t, call{name: "rows at fault, in Spanish", method: "POST", path: bot + "/faqs/import", token: token, status: 200, body: "x",
		header: map[string]string{"Content-Type": "application/jsonl", "Accept-Language": "es"}, has: []string{"La línea no es JSON"}})
	b.do(t, call{name: "most rows at fault", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asJSONL, body: strings.Repeat("x\n", 700), has: []string{`"refused_total":700`, `"line":500`}, hasNot: []string{`"line":501`}})
	for _, c := range []call{
		{name: "type", header: map[string]string{"Content-Type": "image/png"}, body: "\x89PNG", status: 415, code: "faq.file_type"},
		{name: "no type", header: map[string]string{"Content-Type": ""}, body: "x", status: 415, code: "faq.file_type"},
		{name: "columns", header: asCSV, body: "frage;antwort\n", status: 422, code: "faq.columns"},
		{name: "UTF-16", header: asCSV, body: "\xff\xfeq\x00", status: 422, code: "faq.utf16"},
		{name: "rows", header: asJSONL, body: strings.Repeat("x\n", knowledge.MaxRows+1), status: 413, code: "faq.too_many_rows"},
		{name: "size", header: asJSONL, body: strings.Repeat(strings.Repeat("x", 2000)+"\n", 11_000), status: 413, code: "body.too_large"},
	} {
		c.method, c.path, c.token = "POST", bot+"/faqs/import", token
		b.do(t, c)
	}
	b.do(t, call{name: "mode", method: "POST", path: bot + "/faqs/import?mode=replace", token: token, status: 400, header: asJSONL, body: "x"})

	type page struct {
		Items []knowledge.FAQ
		Next  string
		Total int
	}
	seen := map[id.FAQ]bool{}
	for cursor, n := "", 0; n < 5; n++ {
		p := read[page](t, b.do(t, call{name: "list", method: "GET", path: bot + "/faqs?limit=3&cursor=" + cursor, token: token, status: 200}))
		for _, f := range p.Items {
			seen[f.ID] = true
		}
		if p.Total != 4 {
			t.Errorf("total %d, want 4", p.Total)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d on all pages, want 4", len(seen))
	}
	b.do(t, call{name: "search", method: "GET", path: bot + "/faqs?q=ENVIO", token: token, status: 200, has: []string{`"total":1`, `"external_id":"envio"`}})
	f := read[knowledge.FAQ](t, b.do(t, call{name: "create", method: "POST", path: bot + "/faqs", token: token, status: 201, body: `{"question":"¿Aceptan tarjeta?","answer":"Sí."}`, has: []string{`"enabled":true`, `"variants":[]`}}))
	b.do(t, call{name: "made off", method: "POST", path: bot + "/faqs", token: token, status: 201, body: `{"question":"¿Aceptan cheques?","answer":"No.","enabled":false}`, has: []string{`"enabled":false`}})
	b.do(t, call{name: "taken", method: "POST", path: bot + "/faqs", token: token, status: 409, code: "faq.taken", body: `{"external_id":"envio","answer":"x"}`, has: []string{"body.external_id"}})
	b.do(t, call{name: "blank", method: "POST", path: bot + "/faqs", token: token, status: 422, code: "faq.no_answer", body: `{"answer":" "}`})
	b.do(t, call{name: "change", method: "PATCH", path: bot + "/faqs/" + f.ID.String(), token: token, status: 200, body: `{"enabled":false,"variants":["tarjeta de crédito"]}`, has: []string{`"enabled":false`, "Aceptan", "tarjeta de crédito"}})
	exported := map[string]string{}
	for format, kind := range map[string]string{"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"} {
		res := b.do(t, call{name: "export", method: "GET", path: bot + "/faqs/export?format=" + format, token: token, status: 200, has: []string{"Aceptan"}})
		if got := res.Header.Get("Content-Type"); got != kind || !strings.Contains(res.Header.Get("Content-Disposition"), "faqs."+format) {
			t.Errorf("%s is served as %q, %q", format, got, res.Header.Get("Content-Disposition"))
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		exported[kind] = string(body)
	}
	b.do(t, call{name: "JSONL back", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asJSONL, body: exported["application/jsonl"], has: []string{`"added":0,"updated":0,"unchanged":6,"refused":[]`}})
	b.do(t, call{name: "CSV back", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asCSV, body: exported["text/csv; charset=utf-8"], has: []string{`"added":0,"updated":0,"unchanged":6,"refused":[]`}})
	b.do(t, call{name: "delete", method: "DELETE", path: bot + "/faqs/" + f.ID.String(), token: token, status: 204})
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"faq.create", "faq.update", "faq.delete", "faq.import", `"added":{"from":null,"to":3}`}})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	b.do(t, call{name: "knows nothing", method: "POST", path: bot + "/ask", token: token, status: 200, body: `{"query":"hola","k":5}`, has: []string{`"results":[]`, `"answered":false`, `"decision":"handoff"`, `"answer":""`}})
	b.do(t, call{name: "import", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asJSONL, body: someFAQs})
	got := read[Asked](t, b.do(t, call{name: "ask", method: "POST", path: bot + "/ask", token: token, status: 200, body: `{"query":"cuanto cuesta el envio"}`}))
	if r := got.Results[0]; !got.Answered || got.Decision != "answer" || got.Answer != " Cuesta $5.000.\r\n🚚 " || r.Name != "envio" || r.ExternalID != "envio" || r.ID.IsZero() ||
		r.Answer != got.Answer || r.Score < got.Trace.AnswerAt || got.Trace.FAQ.ID != r.ID || got.Trace.Source != "faq" || got.Trace.Steps[0].Outcome != "won" {
		t.Errorf("%+v", got)
	}
	got = read[Asked](t, b.do(t, call{name: "without an external id", method: "POST", path: bot + "/ask", token: token, status: 200, body: `{"query":"¿Dónde queda la tienda?","k":1}`}))
	if r := got.Results[0]; len(got.Results) != 1 || r.Name != r.ID.String() || r.ExternalID != "" {
		t.Errorf("%+v", got)
	}
	got = read[Asked](t, b.do(t, call{name: "refuses", method: "POST", path: bot + "/ask", token: token, status: 200, body: `{"query":"la tienda de mi primo vende cambios de aceite"}`}))
	if got.Answered || got.Answer != "" || got.Decision == "answer" || len(got.Results) == 0 || got.Results[0].Score <= 0 || got.Results[0].Score >= got.Trace.AnswerAt {
		t.Errorf("a refusal with its scores, want: %+v", got)
	}
	for _, body := range []string{`{"query":""}`, `{"query":"¿?"}`, `{"query":"` + strings.Repeat("ñ", 4000) + `","k":50}`, `{"query":"\ud800 \u0001 🤷"}`} {
		b.do(t, call{name: "odd", method: "POST", path: bot + "/ask", token: token, status: 200, body: body, has: []string{`"answered":false`}})
	}
	b.do(t, call{name: "k", method: "POST", path: bot + "/ask", token: token, status: 422, body: `{"query":"x","k":0}`})
}

// Twenty ask at once while the questions change under them: each answer is the old one or
// the new one, whole, and once the change is answered only the new one.
func TestAskWhileQuestionsChange(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Rate = Rate{PerSecond: 1e6, Burst: 1e6} })
	token, _ := b.found(t, "tienda")
	bot := b.bot(t, token)
	load := func(n int) {
		b.do(t, call{name: "import", method: "POST", path: bot + "/faqs/import", token: token, status: 200, header: asJSONL,
			body: fmt.Sprintf(`{"id":"envio","question":"¿Cuánto cuesta el envío?","answer":"Cuesta %d."}`, n)})
	}
	load(0)
	ask := func() string {
		return read[Asked](t, b.do(t, call{name: "ask", method: "POST", path: bot + "/ask", token: token, status: 200, body: `{"query":"¿Cuánto cuesta el envío?"}`})).Answer
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for last := -1; last < 5; {
				var n int
				if _, err := fmt.Sscanf(ask(), "Cuesta %d.", &n); err != nil || n < last {
					t.Errorf("%d after %d: %v", n, last, err)
					return
				}
				last = n
			}
		})
	}
	for n := range 6 {
		load(n)
		if got, want := ask(), fmt.Sprintf("Cuesta %d.", n); got != want {
			t.Errorf("%q after the change to %q", got, want)
		}
	}
	wg.Wait()
}

func TestBotsOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, _ := b.found(t, "uno")
	theirs, _ := b.found(t, "dos")
	bot, own := b.bot(t, mine), b.bot(t, theirs)
	b.do(t, call{name: "import", method: "POST", path: bot + "/faqs/import", token: mine, status: 200, header: asJSONL, body: someFAQs})
	f := read[knowledge.FAQ](t, b.do(t, call{name: "faq", method: "POST", path: bot + "/faqs", token: mine, status: 201, body: `{"answer":"secreto"}`}))
	r := read[assistant.Rule](t, b.do(t, call{name: "rule", method: "POST", path: bot + "/rules", token: mine, status: 201, body: `{"name":"r","match":"exact","patterns":["hola"],"answers":[{"type":"text","text":"secreto"}]}`}))
	for _, c := range []call{
		{method: "GET", path: ""}, {method: "PATCH", path: "", body: `{"name":"x"}`}, {method: "DELETE", path: ""},
		{method: "GET", path: "/rules"}, {method: "POST", path: "/rules", body: `{"name":"r","match":"exact","patterns":["hola"],"answers":[{"type":"text","text":"x"}]}`},
		{method: "PUT", path: "/rules/order", body: `{"ids":[]}`}, {method: "PATCH", path: "/rules/" + r.ID.String(), body: `{"name":"x"}`}, {method: "DELETE", path: "/rules/" + r.ID.String()},
		{method: "GET", path: "/faqs"}, {method: "POST", path: "/faqs", body: `{"answer":"x"}`}, {method: "PATCH", path: "/faqs/" + f.ID.String(), body: `{"answer":"x"}`},
		{method: "DELETE", path: "/faqs/" + f.ID.String()}, {method: "GET", path: "/faqs/export"}, {method: "POST", path: "/faqs/import", header: asJSONL, body: `{"answer":"x"}`},
		{method: "POST", path: "/ask", body: `{"query":"secreto"}`}, {method: "POST", path: "/try", body: `{"text":"hola"}`},
	} {
		c.token, c.status, c.code, c.hasNot = theirs, http.StatusNotFound, "not_found", []string{"secreto"}
		at := c.path
		c.name, c.path = "another company's bot", bot+at
		b.do(t, c)
		if strings.Count(at, "/") == 2 && at != "/rules/order" && at != "/faqs/export" && at != "/faqs/import" { // their rule or question by way of an own bot
			c.name, c.path = "through an own bot", own+at
			b.do(t, c)
		}
	}
	b.do(t, call{name: "intact", method: "GET", path: bot + "/faqs", token: mine, status: 200, has: []string{`"total":4`}})
}

// Who may do what with bots: agents look, marketing writes, managers make and delete.
func TestRolesOnBots(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, me := b.found(t, "tienda")
	bot := b.bot(t, owner)
	agent, marketing := b.hire(t, me.Company.ID, auth.Agent), b.hire(t, me.Company.ID, auth.Marketing)
	for _, c := range []call{
		{name: "agent asks", token: agent, method: "POST", path: bot + "/ask", body: `{"query":"x"}`, status: 200},
		{name: "agent writes", token: agent, method: "POST", path: bot + "/faqs", body: `{"answer":"x"}`, status: 403},
		{name: "agent imports", token: agent, method: "POST", path: bot + "/faqs/import", header: asJSONL, body: `{"answer":"x"}`, status: 403},
		{name: "marketing writes", token: marketing, method: "POST", path: bot + "/faqs", body: `{"answer":"x"}`, status: 201},
		{name: "marketing makes", token: marketing, method: "POST", path: "/bots", body: `{"name":"x","language":"es"}`, status: 403},
		{name: "marketing deletes", token: marketing, method: "DELETE", path: bot, status: 403},
	} {
		b.do(t, c)
	}
}
