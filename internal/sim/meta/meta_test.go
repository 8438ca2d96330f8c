package meta

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"recado/internal/sim"
)

const ref, waba, token, secret = "1065", "1022", "EAAGtoken", "secreto"

var ana = sim.Person{ID: "5215512345678", Name: "Ana Torres"}

// bench is a platform with one account, served, and the webhooks it sends.
type bench struct {
	testing.TB
	*Server
	url string

	mu    sync.Mutex
	hooks []map[string]any
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{TB: t, Server: New()}
	api := httptest.NewServer(b.Server)
	t.Cleanup(api.Close)
	b.url = api.URL
	app := httptest.NewServer(http.HandlerFunc(b.take))
	t.Cleanup(app.Close)
	t.Cleanup(b.Hooks().Forget)
	if err := b.Connect(sim.Account{Kind: Kind, Ref: ref, Name: "Sol", Hook: app.URL, Fields: map[string]string{
		"waba_id": waba, "access_token": token, "app_secret": secret}}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) take(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("X-Hub-Signature-256") != "sha256="+mac(secret, body) {
		b.Error("a webhook is not signed")
	}
	var m map[string]any
	_ = json.Unmarshal(body, &m)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hooks = append(b.hooks, m)
}

// values are those of all changes that came, when no more are on their way.
func (b *bench) values() (out []map[string]any) {
	b.Helper()
	if err := b.Hooks().Idle(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.hooks {
		entry := m["entry"].([]any)[0].(map[string]any)
		out = append(out, entry["changes"].([]any)[0].(map[string]any)["value"].(map[string]any))
	}
	return out
}

// statuses are the states told, with the code of a failure.
func (b *bench) statuses() (out []string) {
	b.Helper()
	for _, v := range b.values() {
		list, _ := v["statuses"].([]any)
		for _, x := range list {
			st := x.(map[string]any)
			s := st["status"].(string)
			if e, ok := st["errors"].([]any); ok {
				s += " " + strconv.Itoa(int(e[0].(map[string]any)["code"].(float64)))
			}
			out = append(out, s)
		}
	}
	return out
}

// call makes a call and gives the error's code, 0 for none.
func (b *bench) call(method, path, bearer, contentType string, body io.Reader) (status, code int, answer map[string]any) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.url+path, body)
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(&answer)
	if e, ok := answer["error"].(map[string]any); ok {
		code = int(e["code"].(float64))
	}
	return resp.StatusCode, code, answer
}

// send posts a message: the fields given and those that all messages have.
func (b *bench) send(fields string) (status, code int, answer map[string]any) {
	b.Helper()
	body := `{"messaging_product":"whatsapp","recipient_type":"individual","to":"` + ana.ID + `",` + fields + `}`
	return b.call(http.MethodPost, "/v26.0/"+ref+"/messages", token, "application/json", strings.NewReader(body))
}

func (b *bench) do(a sim.Action) string {
	b.Helper()
	a.Ref, a.Customer = ref, ana
	id, err := b.Do(b.Context(), a)
	if err != nil {
		b.Fatal(err)
	}
	return id
}

func (b *bench) upload(contentType, product string, size int) (code int, id string) {
	b.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("messaging_product", product)
	_ = w.WriteField("type", contentType)
	part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a"`}, "Content-Type": {contentType}})
	_, _ = part.Write(make([]byte, size))
	_ = w.Close()
	_, code, answer := b.call(http.MethodPost, "/v26.0/"+ref+"/media", token, w.FormDataContentType(), &form)
	id, _ = answer["id"].(string)
	return code, id
}

func TestRefusesWhatMetaRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	theirs := b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	_, picture := b.upload("image/png", "whatsapp", 10)
	_, recording := b.upload("audio/mpeg", "whatsapp", 10)
	long := func(n int) string { return strings.Repeat("ñ", n) }
	button := func(body, id, title string) string {
		return `"type":"interactive","interactive":{"type":"button","body":{"text":"` + body + `"},"action":{"buttons":[{"type":"reply","reply":{"id":"` + id + `","title":"` + title + `"}}]}}`
	}
	buttons := func(titles ...string) string {
		var list []string
		for i, title := range titles {
			list = append(list, `{"type":"reply","reply":{"id":"`+strconv.Itoa(i)+`","title":"`+title+`"}}`)
		}
		return `"type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":[` + strings.Join(list, ",") + `]}}`
	}
	list := func(open, sections string) string {
		return `"type":"interactive","interactive":{"type":"list","body":{"text":"x"},"action":{"button":"` + open + `","sections":[` + sections + `]}}`
	}
	rows := func(n int, title string) string {
		var out []string
		for i := range n {
			out = append(out, `{"id":"`+title+strconv.Itoa(i)+`","title":"`+title+`"}`)
		}
		return strings.Join(out, ",")
	}
	link := func(label, url string) string {
		return `"type":"interactive","interactive":{"type":"cta_url","body":{"text":"x"},"action":{"name":"cta_url","parameters":{"display_text":"` + label + `","url":"` + url + `"}}}`
	}
	for name, x := range map[string]struct {
		fields string
		code   int
	}{
		"text":                         {`"type":"text","text":{"body":"` + long(4096) + `"}`, 0},
		"text too long":                {`"type":"text","text":{"body":"` + long(4097) + `"}`, 100},
		"no text":                      {`"type":"text","text":{"body":""}`, 131008},
		"no such type":                 {`"type":"telegram"`, 100},
		"other product":                {`"messaging_product":"messenger","type":"text","text":{"body":"x"}`, 100},
		"to a group":                   {`"recipient_type":"group","type":"text","text":{"body":"x"}`, 100},
		"to nobody":                    {`"to":"","type":"text","text":{"body":"x"}`, 131008},
		"to an unknown user id":        {`"to":"","recipient":"MX.1","type":"text","text":{"body":"x"}`, 131009},
		"callback data too long":       {`"biz_opaque_callback_data":"` + long(513) + `","type":"text","text":{"body":"x"}`, 100},
		"quote":                        {`"context":{"message_id":"` + theirs + `"},"type":"text","text":{"body":"x"}`, 0},
		"quote of nothing":             {`"context":{"message_id":"wamid.no"},"type":"text","text":{"body":"x"}`, 131009},
		"image":                        {`"type":"image","image":{"id":"` + picture + `","caption":"` + long(1024) + `"}`, 0},
		"caption too long":             {`"type":"image","image":{"id":"` + picture + `","caption":"` + long(1025) + `"}`, 100},
		"image by link":                {`"type":"image","image":{"link":"https://x.example/a.png"}`, 0},
		"image by both":                {`"type":"image","image":{"id":"` + picture + `","link":"https://x.example/a.png"}`, 131008},
		"image of nothing":             {`"type":"image","image":{"id":"1"}`, 100},
		"image that is a recording":    {`"type":"image","image":{"id":"` + recording + `"}`, 131053},
		"recording with a caption":     {`"type":"audio","audio":{"id":"` + recording + `","caption":"x"}`, 100},
		"voice that is no Opus":        {`"type":"audio","audio":{"id":"` + recording + `","voice":true}`, 131009},
		"picture with a file name":     {`"type":"image","image":{"id":"` + picture + `","filename":"x"}`, 100},
		"location":                     {`"type":"location","location":{"latitude":0,"longitude":0}`, 0},
		"location without longitude":   {`"type":"location","location":{"latitude":0}`, 131008},
		"contact":                      {`"type":"contacts","contacts":[{"name":{"formatted_name":"Luis","first_name":"Luis"}}]`, 0},
		"contact with half a name":     {`"type":"contacts","contacts":[{"name":{"formatted_name":"Luis"}}]`, 131009},
		"no contact":                   {`"type":"contacts","contacts":[]`, 131008},
		"reaction to nothing":          {`"type":"reaction","reaction":{"message_id":"wamid.no","emoji":"👍"}`, 131009},
		"reaction without an emoji":    {`"type":"reaction","reaction":{"message_id":"` + theirs + `"}`, 131009},
		"buttons":                      {button(long(1024), "a", long(20)), 0},
		"buttons' body too long":       {button(long(1025), "a", "A"), 131009},
		"buttons without a body":       {button("", "a", "A"), 131009},
		"button's label too long":      {button("x", "a", long(21)), 131009},
		"button's id too long":         {button("x", long(257), "A"), 131009},
		"three buttons":                {buttons("A", "B", "C"), 0},
		"four buttons":                 {buttons("A", "B", "C", "D"), 131009},
		"buttons that read alike":      {buttons("A", "A"), 131009},
		"list":                         {list("Ver", `{"rows":[`+rows(10, "A")+`]}`), 0},
		"list of eleven":               {list("Ver", `{"title":"1","rows":[`+rows(6, "A")+`]},{"title":"2","rows":[`+rows(5, "B")+`]}`), 131009},
		"sections without titles":      {list("Ver", `{"rows":[`+rows(1, "A")+`]},{"rows":[`+rows(1, "B")+`]}`), 131009},
		"list's label too long":        {list(long(21), `{"rows":[`+rows(1, "A")+`]}`), 131009},
		"row's title too long":         {list("Ver", `{"rows":[`+rows(1, long(25))+`]}`), 131009},
		"row's description too long":   {list("Ver", `{"rows":[{"id":"a","title":"A","description":"`+long(73)+`"}]}`), 131009},
		"rows with one id":             {list("Ver", `{"rows":[{"id":"a","title":"A"},{"id":"a","title":"B"}]}`), 131009},
		"list with no section":         {list("Ver", ``), 131009},
		"list with an empty section":   {list("Ver", `{"rows":[]}`), 131009},
		"link":                         {link(long(20), "https://x.example/"), 0},
		"link's label too long":        {link(long(21), "https://x.example/"), 131009},
		"link to no page":              {link("Ver", "javascript:1"), 131009},
		"template that was never made": {`"type":"template","template":{"name":"t","language":{"code":"es"}}`, 132001},
		"template without a language":  {`"type":"template","template":{"name":"t"}`, 131008},
	} {
		if _, code, answer := b.send(x.fields); code != x.code {
			t.Errorf("%s: error %d, want %d (%v)", name, code, x.code, answer)
		}
	}
}

func TestRefusesCallers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, x := range map[string]struct {
		method, path, token string
		status, code        int
	}{
		"dead token":      {"GET", "/v26.0/" + ref, "EAAGother", 401, 190},
		"no such number":  {"GET", "/v26.0/77777", token, 400, 100},
		"old version":     {"GET", "/v22.0/" + ref, token, 400, 2635},
		"no such edge":    {"GET", "/v26.0/" + ref + "/friends", token, 400, 2500},
		"no such path":    {"GET", "/v26.0/a/b/c", token, 400, 2500},
		"wrong proof":     {"GET", "/v26.0/" + ref + "?appsecret_proof=00", token, 400, 100},
		"no such file":    {"GET", "/whatsapp_business/attachments/1", token, 404, 0},
		"unreachable app": {"POST", "/v26.0/" + waba + "/subscribed_apps", token, 400, 2200},
	} {
		body := ""
		if x.code == 2200 {
			body = `{"override_callback_uri":"http://127.0.0.1:1/","verify_token":"x"}`
		}
		if status, code, _ := b.call(x.method, x.path, x.token, "application/json", strings.NewReader(body)); status != x.status || code != x.code {
			t.Errorf("%s: %d, error %d, want %d, error %d", name, status, code, x.status, x.code)
		}
	}
}

func TestUploadLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, x := range map[string]struct {
		kind, product string
		size, code    int
	}{
		"fits":            {"image/png", "whatsapp", 5 << 20, 0},
		"too large":       {"image/png", "whatsapp", 5<<20 + 1, 131053},
		"empty":           {"image/png", "whatsapp", 0, 131053},
		"unknown type":    {"video/webm", "whatsapp", 10, 100},
		"without product": {"image/png", "", 10, 100},
	} {
		if code, id := b.upload(x.kind, x.product, x.size); code != x.code || (id == "") != (x.code != 0) {
			t.Errorf("%s: error %d, id %q, want error %d", name, code, id, x.code)
		}
	}
}

func TestStatusesFollow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	if _, code, _ := b.send(`"type":"text","text":{"body":"Buenas"},"biz_opaque_callback_data":"nuestro"`); code != 0 {
		t.Fatal(code)
	}
	b.do(sim.Action{Act: sim.ReadAll})
	b.do(sim.Action{Act: sim.ReadAll}) // reads nothing twice
	if got := b.statuses(); !slices.Equal(got, []string{"sent", "delivered", "read"}) {
		t.Errorf("statuses are %q", got)
	}
	for _, v := range b.values() {
		if list, ok := v["statuses"].([]any); ok && list[0].(map[string]any)["biz_opaque_callback_data"] != "nuestro" {
			t.Errorf("a status does not carry our data: %v", v)
		}
	}
}

// TestWindow: outside of it Meta accepts a message, then reports that it failed; a template
// goes through.
func TestWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	text := `"type":"text","text":{"body":"Buenas"}`
	if _, code, _ := b.send(text); code != 0 {
		t.Fatal(code)
	}
	b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	b.CloseWindow(ref, ana.ID)
	if _, code, _ := b.send(text); code != 0 {
		t.Fatal(code)
	}
	if got := b.statuses(); !slices.Equal(got, []string{"failed 131047", "failed 131047"}) {
		t.Errorf("statuses are %q", got)
	}
	if _, code, _ := b.call(http.MethodPost, "/v26.0/"+waba+"/message_templates", token, "application/json",
		strings.NewReader(`{"name":"aviso","language":"es","category":"UTILITY","components":[{"type":"BODY","text":"Hola {{1}}, ya está.","example":{"body_text":[["Ana"]]}}]}`)); code != 0 {
		t.Fatal(code)
	}
	template := func(params string) int {
		_, code, _ := b.send(`"type":"template","template":{"name":"aviso","language":{"code":"es"},"components":[{"type":"body","parameters":[` + params + `]}]}`)
		return code
	}
	for params, want := range map[string]int{
		`{"type":"text","text":"Ana"}`: 0, ``: 132000, `{"type":"text","text":"a\nb"}`: 132018, `{"type":"text","text":""}`: 131008,
		`{"type":"text","text":"` + strings.Repeat("x", 1020) + `"}`: 132005,
	} {
		if code := template(params); code != want {
			t.Errorf("template with %.40s: error %d, want %d", params, code, want)
		}
	}
	thread := b.Thread(ref, ana.ID)
	if len(thread) != 2 || thread[1].Text != "Hola Ana, ya está." {
		t.Errorf("the customer sees %+v", thread)
	}
}

func TestSubmittedTemplates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, x := range []struct {
		name, body, example, event string
		code                       int
	}{
		{"uno", "Hola {{1}}.", `,"example":{"body_text":[["Ana"]]}`, "APPROVED", 0},
		{"dos", "Por favor rechazar esto", "", "REJECTED", 0},
		{"uno", "Otra vez", "", "", 100},
		{"Tres", "Mayúsculas", "", "", 100},
		{"cuatro", "{{1}} al inicio", `,"example":{"body_text":[["Ana"]]}`, "", 100},
		{"cinco", "Sin ejemplo {{1}}.", "", "", 100},
		{"seis", "Hueco {{2}}.", `,"example":{"body_text":[["Ana"]]}`, "", 100},
		{"siete", "", "", "", 100},
	} {
		before := len(b.values())
		_, code, _ := b.call(http.MethodPost, "/v26.0/"+waba+"/message_templates", token, "application/json",
			strings.NewReader(`{"name":"`+x.name+`","language":"es","category":"UTILITY","components":[{"type":"BODY","text":"`+x.body+`"`+x.example+`}]}`))
		if code != x.code {
			t.Errorf("%s: error %d, want %d", x.name, code, x.code)
		}
		got := b.values()[before:]
		if x.event == "" && len(got) > 0 || x.event != "" && (len(got) != 1 || got[0]["event"] != x.event) {
			t.Errorf("%s: told %v, want %q", x.name, got, x.event)
		}
	}
}

// TestHiddenNumber plays a customer who shows a user id only: no number is told, "recipient"
// reaches them, and in "to" the id is taken for a number and the message lost.
func TestHiddenNumber(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bea := sim.Person{ID: "MX.1234", Name: "Bea"}
	if _, err := b.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: ref, Customer: bea, Text: "Hola"}); err != nil {
		t.Fatal(err)
	}
	v := b.values()[0]
	m, contact := v["messages"].([]any)[0].(map[string]any), v["contacts"].([]any)[0].(map[string]any)
	if m["from"] != nil || contact["wa_id"] != nil || m["from_user_id"] != bea.ID || contact["user_id"] != bea.ID {
		t.Errorf("the webhook says %v", v)
	}
	for field, shown := range map[string]int{`"to":"","recipient":"MX.1234"`: 1, `"to":"MX.1234"`: 0} {
		before := len(b.Thread(ref, bea.ID))
		if _, code, _ := b.send(field + `,"type":"text","text":{"body":"Buenas"}`); code != 0 {
			t.Errorf("%s: error %d", field, code)
		}
		if got := len(b.Thread(ref, bea.ID)) - before; got != shown {
			t.Errorf("%s: the customer sees %d messages, want %d", field, got, shown)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do(sim.Action{Act: sim.SayText, Text: "Hola"})
	for fault, want := range map[sim.Fault][2]int{
		sim.Busy: {429, 130429}, sim.Broken: {500, 131000}, sim.BrokenLate: {500, 131000}, sim.Revoked: {401, 190},
		sim.Rejected: {400, 131009}, sim.OptedOut: {400, 131050}, sim.Closed: {400, 131047}, sim.Slow: {200, 0},
	} {
		b.Faults().Next(fault)
		before := len(b.Thread(ref, ana.ID))
		status, code, _ := b.send(`"type":"text","text":{"body":"Buenas"}`)
		if status != want[0] || code != want[1] {
			t.Errorf("%s: %d, error %d, want %v", fault, status, code, want)
		}
		taken := len(b.Thread(ref, ana.ID)) > before
		if taken != (fault.Taken() || fault == sim.Slow) {
			t.Errorf("%s: taken is %v", fault, taken)
		}
	}
}

func TestCustomersCannot(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, a := range map[string]sim.Action{
		"quote nothing": {Act: sim.SayText, Ref: ref, Customer: ana, Text: "x", Quote: "wamid.no"},
		"edit nothing":  {Act: sim.EditText, Ref: ref, Customer: ana, Text: "x", Target: "wamid.no"},
		"delete":        {Act: sim.Delete, Ref: ref, Customer: ana, Target: "wamid.no"},
		"react":         {Act: sim.React, Ref: ref, Customer: ana, Target: "wamid.no", Text: "x"},
		"press":         {Act: sim.Press, Ref: ref, Customer: ana, Target: "wamid.no", Choice: "x"},
		"wrong number":  {Act: sim.SayText, Ref: "1", Customer: ana, Text: "x"},
		"be nobody":     {Act: sim.SayText, Ref: ref, Text: "x"},
	} {
		if _, err := b.Do(t.Context(), a); err == nil {
			t.Errorf("%s works", name)
		}
	}
	var cannot sim.ErrCannot
	if _, err := b.Do(t.Context(), sim.Action{Act: "dance", Ref: ref, Customer: ana}); !errors.As(err, &cannot) {
		t.Errorf("an unknown act gives %v, want ErrCannot", err)
	}
	if err := b.Connect(sim.Account{Kind: Kind, Ref: "2"}); err == nil {
		t.Error("an account without secrets is taken")
	}
}
