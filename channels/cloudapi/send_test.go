package cloudapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/meta"
)

// platform serves h as the Graph API to an adapter.
func platform(t *testing.T, h http.Handler) *Adapter {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return New(Options{HTTP: srv.Client(), Base: func(channels.Channel) string { return srv.URL }})
}

// TestFill is the mapping of what the suite's samples leave out; their wire is in testdata/send.
func TestFill(t *testing.T) {
	t.Parallel()
	react := id.New[id.Message]()
	picture := "https://tienda.example/zapato.jpg"
	for name, x := range map[string]struct {
		content chat.Content
		refs    channels.Refs
		want    string // JSON but for the address and our id; "": unfit
	}{
		"preview of a link": {chat.Plain("Mira https://tienda.example"), channels.Refs{},
			`{"type":"text","text":{"body":"Mira https://tienda.example","preview_url":true}}`},
		"voice that is no Opus": {chat.Content{Type: chat.Voice, Media: &chat.Media{MIME: "audio/mpeg"}}, channels.Refs{}, `{"type":"audio","audio":{}}`},
		"voice with parameters": {chat.Content{Type: chat.Voice, Media: &chat.Media{MIME: "audio/ogg; codecs=opus"}}, channels.Refs{}, `{"type":"audio","audio":{"voice":true}}`},
		"buttons that read alike": {chat.Content{Type: chat.Buttons, Text: "¿Cuál?", Buttons: []chat.Button{
			{ID: "1", Label: "Camisa azul de lino…"}, {ID: "2", Label: "Camisa azul de lino…"}, {ID: "3", Label: "Camisa azul de lino…"}}}, channels.Refs{},
			`{"type":"interactive","interactive":{"type":"button","body":{"text":"¿Cuál?"},"action":{"buttons":[
				{"type":"reply","reply":{"id":"1","title":"Camisa azul de lino…"}},{"type":"reply","reply":{"id":"2","title":"Camisa azul de lin 2"}},{"type":"reply","reply":{"id":"3","title":"Camisa azul de lin 3"}}]}}}`},
		"sections without titles": {chat.Content{Type: chat.ListMenu, Text: "Elige", List: &chat.List{Open: "Ver", Sections: []chat.Section{
			{Rows: []chat.Row{{ID: "a", Title: "A"}}}, {Title: "Dos", Rows: []chat.Row{{ID: "b", Title: "B"}}}}}}, channels.Refs{},
			`{"type":"interactive","interactive":{"type":"list","body":{"text":"Elige"},"action":{"button":"Ver","sections":[
				{"title":"Ver","rows":[{"id":"a","title":"A"}]},{"title":"Dos","rows":[{"id":"b","title":"B"}]}]}}}`},
		"product with a page": {chat.Content{Type: chat.Products, Products: []chat.Product{{Title: "Zapato", Image: picture, URL: "https://tienda.example/z"}}}, channels.Refs{},
			`{"type":"interactive","interactive":{"type":"cta_url","header":{"type":"image","image":{"link":"` + picture + `"}},"body":{"text":"Zapato"},
				"action":{"name":"cta_url","parameters":{"display_text":"Zapato","url":"https://tienda.example/z"}}}}`},
		"product with choices": {chat.Content{Type: chat.Products, Products: []chat.Product{{Title: "Zapato", URL: "https://tienda.example/z", Buttons: []chat.Button{{ID: "c", Label: "Comprar"}}}}}, channels.Refs{},
			`{"type":"interactive","interactive":{"type":"button","body":{"text":"Zapato\nhttps://tienda.example/z"},"action":{"buttons":[{"type":"reply","reply":{"id":"c","title":"Comprar"}}]}}}`},
		"product with a labelled link": {chat.Content{Type: chat.Products, Products: []chat.Product{{Title: "Zapato", Buttons: []chat.Button{{ID: "v", Label: "Ver el zapato", URL: "https://tienda.example/z"}}}}}, channels.Refs{},
			`{"type":"interactive","interactive":{"type":"cta_url","body":{"text":"Zapato"},"action":{"name":"cta_url","parameters":{"display_text":"Ver el zapato","url":"https://tienda.example/z"}}}}`},
		"product with a picture": {chat.Content{Type: chat.Products, Products: []chat.Product{{Title: "Zapato", Image: picture}}}, channels.Refs{},
			`{"type":"image","image":{"link":"` + picture + `","caption":"Zapato"}}`},
		"bare product": {chat.Content{Type: chat.Products, Products: []chat.Product{{Title: "Zapato"}}}, channels.Refs{}, `{"type":"text","text":{"body":"Zapato"}}`},
		"template's values": {chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "t", Language: "es", Params: []string{"Ana\nTorres", "a\t     b"}}}, channels.Refs{},
			`{"type":"template","template":{"name":"t","language":{"code":"es"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ana Torres"},{"type":"text","text":"a b"}]}]}}`},
		"reaction taken back": {chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Message: react}}, channels.Refs{React: "wamid.R"},
			`{"type":"reaction","reaction":{"message_id":"wamid.R","emoji":""}}`},
		"reaction to nothing":      {chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Message: react, Emoji: "👍"}}, channels.Refs{}, ""},
		"caption of a recording":   {chat.Content{Type: chat.Audio, Text: "x", Media: &chat.Media{MIME: "audio/mpeg"}}, channels.Refs{}, ""},
		"several products at once": {chat.Content{Type: chat.Products, Products: make([]chat.Product, 2)}, channels.Refs{}, ""},
		"what only customers send": {chat.Content{Type: chat.Unsupported, Text: "x"}, channels.Refs{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out outgoing
			err := out.fill(channels.Outgoing{Content: x.content, Refs: x.refs})
			if x.want == "" {
				var said *errs.Send
				if !errors.As(err, &said) || said.Class != errs.Permanent || said.Code != "unfit" {
					t.Errorf("got %v, want unfit", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fields(t, out), fields(t, json.RawMessage(x.want)); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// fields is a body without what every message has, its keys in order.
func fields(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	var m map[string]any
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"messaging_product", "recipient_type", "biz_opaque_callback_data"} {
		delete(m, k)
	}
	b, _ = json.Marshal(m)
	return string(b)
}

func TestUserIDIsNoPhoneNumber(t *testing.T) {
	t.Parallel()
	for to, key := range map[string]string{"5215512345678": "to", "MX.13491208655302741918": "recipient", "US.ENT.11815799212886844830": "recipient"} {
		seen := make(chan map[string]any, 1)
		a := platform(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var m map[string]any
			_ = json.NewDecoder(r.Body).Decode(&m)
			seen <- m
			_, _ = io.WriteString(w, `{"messages":[{"id":"wamid.X"}]}`)
		}))
		if _, err := a.Send(t.Context(), ours, channels.Outgoing{To: to, Content: chat.Plain("Hola")}); err != nil {
			t.Fatal(err)
		}
		m := <-seen
		other := map[string]string{"to": "recipient", "recipient": "to"}[key]
		if _, both := m[other]; m[key] != to || both {
			t.Errorf("%s is sent as %v", to, m)
		}
	}
}

func TestSendWithoutAnID(t *testing.T) {
	t.Parallel()
	a := platform(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"messages":[]}`) }))
	var said *errs.Send
	if _, err := a.Send(t.Context(), ours, channels.Outgoing{To: "1", Content: chat.Plain("Hola")}); !errors.As(err, &said) || !said.MaybeSent {
		t.Errorf("got %v, want MaybeSent", err)
	}
}

// TestUploadFailureSendsNothing: whatever befalls the file, the person sees nothing.
func TestUploadFailureSendsNothing(t *testing.T) {
	t.Parallel()
	a := platform(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messages") {
			t.Error("the message was sent without its file")
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	for name, opened := range map[string]error{"storage": errors.New("no such file"), "upload": nil} {
		m := channels.Outgoing{To: "1", Content: chat.Content{Type: chat.Image, Media: &chat.Media{MIME: "image/png"}},
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("PNG")), opened }}
		var said *errs.Send
		if _, err := a.Send(t.Context(), ours, m); !errors.As(err, &said) || said.MaybeSent || said.Class != errs.Retryable {
			t.Errorf("%s: got %v, want Retryable and not MaybeSent", name, err)
		}
	}
}

// bench is an adapter before a simulated account.
func bench(t *testing.T) (*Adapter, *meta.Server, channels.Channel) {
	t.Helper()
	p := meta.New()
	c, account := number("", ref, waba, secret)
	if err := p.Connect(account); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Hooks().Forget)
	return platform(t, p), p, c
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	a, _, c := bench(t)
	ctx := t.Context()
	for i := range 130 { // more than one page
		in := channels.Template{Name: "aviso_" + string(rune('a'+i%26)) + strings.Repeat("x", i/26), Language: "es", Category: "utility",
			Header: "Aviso", Body: "Hola {{1}}, gracias.", Footer: "Tienda Sol", Samples: []string{"Ana"}, Buttons: []string{"Sí", "No"}}
		if i == 129 {
			in.Name, in.Body = "malo", "Hola {{1}}, rechazar."
		}
		got, err := a.SubmitTemplate(ctx, c, in)
		if err != nil || got.ID == "" || got.Status != "pending" {
			t.Fatalf("SubmitTemplate = %+v, %v", got, err)
		}
	}
	list, err := a.Templates(ctx, c)
	if err != nil || len(list) != 130 {
		t.Fatalf("Templates gives %d, %v, want 130", len(list), err)
	}
	first, last := list[0], list[129]
	if first.Status != "approved" || first.Header != "Aviso" || first.Body != "Hola {{1}}, gracias." || first.Footer != "Tienda Sol" ||
		len(first.Samples) != 1 || len(first.Buttons) != 2 || first.Category != "utility" || first.Reason != "" {
		t.Errorf("the first is %+v", first)
	}
	if last.Name != "malo" || last.Status != "rejected" || last.Reason == "" {
		t.Errorf("the last is %+v, want it rejected", last)
	}
	if err := a.DeleteTemplate(ctx, c, "malo"); err != nil {
		t.Fatal(err)
	}
	if list, err := a.Templates(ctx, c); err != nil || len(list) != 129 {
		t.Errorf("after deleting: %d, %v", len(list), err)
	}
	var said *errs.Send
	if err := a.DeleteTemplate(ctx, c, "malo"); !errors.As(err, &said) || said.Class != errs.Permanent {
		t.Errorf("deleting it again gives %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	a, _, c := bench(t)
	for name, x := range map[string]struct {
		change func(*channels.Channel)
		bad    string // codes of what is wrong
	}{
		"not subscribed": {func(*channels.Channel) {}, "webhook"},
		"token":          {func(c *channels.Channel) { c.Secrets["access_token"] = "EAAGother" }, "token"},
		"number":         {func(c *channels.Channel) { c.Ref = "999999999" }, "number"},
		"app's secret":   {func(c *channels.Channel) { c.Secrets["app_secret"] = "00" }, "secret webhook"},
		"other account":  {func(c *channels.Channel) { c.Settings = []byte(`{"waba_id":"1"}`) }, "account webhook"},
	} {
		mine := c
		mine.Secrets = channels.Secrets{"access_token": c.Secrets["access_token"], "app_secret": c.Secrets["app_secret"]}
		x.change(&mine)
		var bad []string
		for _, f := range a.Check(t.Context(), mine) {
			if description.Texts["es"]["check."+f.Code] == "" {
				t.Errorf("the finding %q has no sentence", f.Code)
			}
			if !f.OK {
				bad = append(bad, f.Code)
			}
		}
		if got := strings.Join(bad, " "); got != x.bad {
			t.Errorf("%s: wrong are %q, want %q", name, got, x.bad)
		}
	}
	if err := a.Subscribe(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Check(t.Context(), c) {
		if !f.OK {
			t.Errorf("a good account is told %s: %s", f.Code, f.Detail)
		}
	}
	away := New(Options{HTTP: http.DefaultClient, Base: func(channels.Channel) string { return "http://127.0.0.1:1" }})
	if got := away.Check(t.Context(), c); len(got) != 1 || got[0].Code != "reach" || got[0].OK {
		t.Errorf("without a connection: %+v", got)
	}
}

// TestSubscribeWithoutAnAddress falls back to the app's own address when ours does not answer.
func TestSubscribeWithoutAnAddress(t *testing.T) {
	t.Parallel()
	a, _, c := bench(t)
	c.Hook = "http://127.0.0.1:1/hook"
	if err := a.Subscribe(t.Context(), c); err != nil {
		t.Errorf("Subscribe: %v", err)
	}
	c.Secrets = channels.Secrets{"access_token": "EAAGother"}
	if err := a.Subscribe(t.Context(), c); err == nil {
		t.Error("Subscribe with a dead token gives no error")
	}
}

func TestTypingReadsTheMessage(t *testing.T) {
	t.Parallel()
	a, p, c := bench(t)
	ana := sim.Person{ID: "5215512345678", Name: "Ana"}
	last, err := p.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: ref, Customer: ana, Text: "Hola"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Seen(t.Context(), c, ana.ID, ""); err != nil || p.Thread(ref, ana.ID)[0].Read {
		t.Errorf("nothing to see is seen: %v", err)
	}
	if err := a.Typing(t.Context(), c, ana.ID, last); err != nil || !p.Thread(ref, ana.ID)[0].Read {
		t.Errorf("the message is not read: %v", err)
	}
	if err := a.Seen(t.Context(), c, ana.ID, "wamid.unknown"); err == nil {
		t.Error("a message that never was is seen")
	}
}

func TestFetchRefusesTheHuge(t *testing.T) {
	t.Parallel()
	a := platform(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"url":"http://127.0.0.1:1/x","file_size":209715200}`)
	}))
	var said *errs.Send
	if _, err := a.Fetch(t.Context(), ours, channels.MediaRef{Ref: "1"}); !errors.As(err, &said) || said.Code != "too_large" {
		t.Errorf("got %v, want too_large", err)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	es, en := description.Texts["es"], description.Texts["en"]
	for key := range es {
		if en[key] == "" {
			t.Errorf("en lacks %q", key)
		}
	}
	for key := range en {
		if es[key] == "" {
			t.Errorf("es lacks %q", key)
		}
		if strings.ContainsAny(es[key]+en[key], "!¡") {
			t.Errorf("%q shouts", key)
		}
	}
	for _, f := range description.Fields {
		if es["field."+f.Key] == "" || es["help."+f.Key] == "" {
			t.Errorf("the field %q has no label or no help", f.Key)
		}
	}
}

// TestLimitsHaveASource: every number among the limits, and nothing that is no limit.
func TestLimitsHaveASource(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(capabilities)
	var limits map[string]any
	if err == nil {
		err = json.Unmarshal(b, &limits)
	}
	if err != nil {
		t.Fatal(err)
	}
	for limit, v := range limits {
		if n, is := v.(float64); is && n != 0 && capabilities.Sources[limit] == "" {
			t.Errorf("%s has no source", limit)
		}
	}
	for limit := range capabilities.Sources {
		if _, ok := limits[limit]; !ok {
			t.Errorf("there is no limit %q", limit)
		}
	}
}
