package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
	simtwilio "recado/internal/sim/twilio"
)

// bundle is an adapter beside a platform that knows its channel.
type bundle struct {
	*WhatsApp
	c        channels.Channel
	platform *simtwilio.Server
	base     string
	mu       sync.Mutex
	calls    []string
	inbox    chan []channels.Inbound
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{platform: simtwilio.New(), inbox: make(chan []channels.Inbound, 100)}
	api := httptest.NewServer(b.platform)
	t.Cleanup(func() { api.CloseClientConnections(); api.Close() })
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		evs, _, err := b.Receive(r.Context(), b.c, nil, r, body)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		b.inbox <- evs
	}))
	t.Cleanup(door.Close)
	t.Cleanup(b.platform.Hooks().Forget)
	b.base = api.URL
	b.WhatsApp = NewWhatsApp(options(api.URL))
	b.c = channel(KindWhatsApp, accountSID, authToken, ourNumber, door.URL+"/hook")
	if err := b.platform.Connect(account(b.c)); err != nil {
		t.Fatal(err)
	}
	b.say(t, "Hola")
	return b
}

func (b *bundle) say(t *testing.T, text string) {
	t.Helper()
	if _, err := b.platform.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: ourNumber, Customer: sim.Person{ID: theirs}, Text: text}); err != nil {
		t.Fatal(err)
	}
	b.await(t, func(e channels.Inbound) bool { return e.Message != nil && e.Message.Content.Text == text })
}

func (b *bundle) await(t *testing.T, such func(channels.Inbound) bool) channels.Inbound {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		select {
		case evs := <-b.inbox:
			for _, e := range evs {
				if such(e) {
					return e
				}
			}
		case <-late:
			t.Fatal("the event did not come")
		}
	}
}

// recorded is a context that keeps the path of every call.
func (b *bundle) recorded(ctx context.Context) context.Context {
	b.calls = nil
	return channels.WithWire(ctx, func(x channels.Exchange) {
		b.mu.Lock()
		defer b.mu.Unlock()
		u, _ := url.Parse(x.URL)
		b.calls = append(b.calls, x.Method+" "+u.Path)
	})
}

func outgoing(c chat.Content) channels.Outgoing {
	return channels.Outgoing{ID: id.New[id.Message](), To: theirs, Content: c, Attempt: 1}
}

func twoButtons(text string) chat.Content {
	return chat.Content{Type: chat.Buttons, Text: text, Buttons: []chat.Button{{ID: "si", Label: "Sí"}, {ID: "no", Label: "No"}}}
}

func TestContentsAreMadeOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const messages = "/2010-04-01/Accounts/" + accountSID + "/Messages.json"
	send := func(a *WhatsApp, text string, want ...string) {
		t.Helper()
		if _, err := a.Send(b.recorded(t.Context()), b.c, outgoing(twoButtons(text))); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(b.calls, want) {
			t.Errorf("%q made the calls %q, want %q", text, b.calls, want)
		}
	}
	send(b.WhatsApp, "¿Confirmas, Ana?", "GET /v2/Content", "POST /v1/Content", "POST "+messages)
	send(b.WhatsApp, "¿Confirmas, Luis?", "POST "+messages)
	again := NewWhatsApp(options(b.base)) // another node, or after a restart
	send(again, "¿Confirmas, Eva?", "GET /v2/Content", "POST "+messages)
	screen := b.platform.Thread(ourNumber, theirs)
	if got := screen[len(screen)-1]; got.Text != "¿Confirmas, Eva?" || len(got.Buttons) != 2 || got.Buttons[0].Label != "Sí" {
		t.Errorf("the customer sees %+v", got)
	}
	if ts, err := b.Templates(t.Context(), b.c); err != nil || len(ts) != 0 {
		t.Errorf("our own Contents show as templates: %+v, %v", ts, err)
	}
}

func TestContentDeletedElsewhereIsMadeAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.Send(t.Context(), b.c, outgoing(twoButtons("¿Sí?"))); err != nil {
		t.Fatal(err)
	}
	for _, x := range b.shelf.kept {
		if err := b.drop(t.Context(), b.c, x.sid); err != nil {
			t.Fatal(err)
		}
	}
	var e *errs.Send
	if _, err := b.Send(t.Context(), b.c, outgoing(twoButtons("¿Sí?"))); !errors.As(err, &e) || e.Class != errs.Permanent || e.MaybeSent {
		t.Fatalf("with a deleted Content: %v", err)
	}
	if _, err := b.Send(t.Context(), b.c, outgoing(twoButtons("¿Sí?"))); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

func TestWordsArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, x := range []struct{ text, shown string }{
		{"Una línea", "Una línea"},
		{"Dos\nlíneas", "Dos\nlíneas"},
		{"Párrafos\n\n\ny más\r\n", "Párrafos\n\n\ny más\n"},
		{"Llaves {{1}} y {{nombre}}", "Llaves {{1}} y {{nombre}}"},
		{`Comillas "así" y it's`, `Comillas "así" y it's`},
		{"tab\taquí       muchos", "tab aquí    muchos"},
	} {
		if _, err := b.Send(t.Context(), b.c, outgoing(twoButtons(x.text))); err != nil {
			t.Errorf("%q: %v", x.text, err)
			continue
		}
		screen := b.platform.Thread(ourNumber, theirs)
		if got := screen[len(screen)-1].Text; got != x.shown {
			t.Errorf("%q is shown as %q, want %q", x.text, got, x.shown)
		}
	}
}

func TestUnfit(t *testing.T) {
	t.Parallel()
	file := func(mime string, size int64) *chat.Media {
		return &chat.Media{File: id.New[id.File](), Name: "a", MIME: mime, Size: size}
	}
	rows := func(n int) *chat.List {
		l := &chat.List{Open: "Ver", Sections: []chat.Section{{}}}
		for i := range n {
			l.Sections[0].Rows = append(l.Sections[0].Rows, chat.Row{ID: string(rune('a' + i)), Title: "Fila"})
		}
		return l
	}
	w, s := NewWhatsApp(Options{}), NewSMS(Options{})
	for name, x := range map[string]struct {
		adapter channels.Adapter
		content chat.Content
		link    string
		code    string
	}{
		"long text":            {w, chat.Plain(strings.Repeat("ñ", 1601)), "", "unfit"},
		"long SMS":             {s, chat.Plain(strings.Repeat("ñ", 1601)), "", "unfit"},
		"empty text":           {w, chat.Content{Type: chat.Text}, "", "unfit"},
		"SMS with buttons":     {s, twoButtons("¿?"), "", "unfit"},
		"SMS with a picture":   {s, chat.Content{Type: chat.Image, Media: file("image/jpeg", 1)}, "https://x.example/a", "unfit"},
		"voice":                {w, chat.Content{Type: chat.Voice, Media: file("audio/ogg", 1)}, "https://x.example/a", "unfit"},
		"unknown file":         {w, chat.Content{Type: chat.Document, Media: file("application/zip", 1)}, "https://x.example/a", "unfit"},
		"large picture":        {w, chat.Content{Type: chat.Image, Media: file("image/jpeg", 5<<20+1)}, "https://x.example/a", "unfit"},
		"caption":              {w, chat.Content{Type: chat.Image, Text: "pie", Media: file("image/jpeg", 1)}, "https://x.example/a", "unfit"},
		"no public address":    {w, chat.Content{Type: chat.Image, Media: file("image/jpeg", 1)}, "", "needs_public_address"},
		"four buttons":         {w, chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: "1", Label: "1"}, {ID: "2", Label: "2"}, {ID: "3", Label: "3"}, {ID: "4", Label: "4"}}}, "", "unfit"},
		"long label":           {w, chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: "1", Label: strings.Repeat("a", 21)}}}, "", "unfit"},
		"link button":          {w, chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: "1", Label: "1", URL: "https://x.example"}}}, "", "unfit"},
		"an id like a slot":    {w, chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: "{{1}}", Label: "1"}}}, "", "unfit"},
		"buttons without text": {w, twoButtons(""), "", "unfit"},
		"long text above":      {w, twoButtons(strings.Repeat("a", 1025)), "", "unfit"},
		"101 lines above":      {w, twoButtons(strings.Repeat("a\n", 101)), "", "unfit"},
		"eleven rows":          {w, chat.Content{Type: chat.ListMenu, Text: "¿?", List: rows(11)}, "", "unfit"},
		"no rows":              {w, chat.Content{Type: chat.ListMenu, Text: "¿?", List: rows(0)}, "", "unfit"},
		"reaction":             {w, chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Message: id.New[id.Message](), Emoji: "👍"}}, "", "unfit"},
		"half a content":       {w, chat.Content{Type: chat.ListMenu, Text: "¿?"}, "", "unfit"},
	} {
		m := outgoing(x.content)
		m.Link = x.link
		_, err := x.adapter.Send(t.Context(), channel(x.adapter.Kind(), accountSID, authToken, ourNumber, hookAddress), m)
		var e *errs.Send
		if !errors.As(err, &e) || e.Class != errs.Permanent || e.Code != x.code || e.MaybeSent {
			t.Errorf("%s: %v, want %s", name, err, x.code)
		}
	}
}

// A lost answer is mended by the status callback, which carries our id.
func TestLostAnswerIsKnownByItsStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, f := range []sim.Fault{sim.BrokenLate, sim.HalfBody} {
		b.platform.Faults().Next(f)
		m := outgoing(chat.Plain("Hola"))
		var e *errs.Send
		if _, err := b.Send(t.Context(), b.c, m); !errors.As(err, &e) || !e.MaybeSent || e.Class != errs.Retryable {
			t.Errorf("%s: %v", f, err)
		}
		got := b.await(t, func(e channels.Inbound) bool { return e.Receipt != nil && e.Receipt.Message == m.ID })
		if got.Receipt.State != chat.Sent || got.Receipt.ProviderID == "" {
			t.Errorf("%s: the first status is %+v", f, got.Receipt)
		}
	}
}

func TestClosedWindowComesAsAStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.platform.SetClock(func() time.Time { return time.Now().Add(25 * time.Hour) })
	m := outgoing(chat.Plain("¿Sigues ahí?"))
	if _, err := b.Send(t.Context(), b.c, m); err != nil {
		t.Fatal(err)
	}
	got := b.await(t, func(e channels.Inbound) bool { return e.Receipt != nil && e.Receipt.State == chat.Failed })
	if got.Receipt.Message != m.ID || got.Receipt.Code != "63016" {
		t.Errorf("the receipt is %+v", got.Receipt)
	}
}

// answering is a Doer that gives one answer.
type answering func() (*http.Response, error)

func (f answering) Do(*http.Request) (*http.Response, error) { return f() }

func TestErrors(t *testing.T) {
	t.Parallel()
	refusal := func(status, code int) answering {
		return func() (*http.Response, error) {
			body, _ := json.Marshal(map[string]any{"code": code, "message": "no", "status": status})
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
		}
	}
	answer := func(status int, body string, header http.Header) answering {
		return func() (*http.Response, error) {
			return &http.Response{StatusCode: status, Status: "status", Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
	}
	for name, x := range map[string]struct {
		doer  answering
		class errs.Class
		maybe bool
		code  string
		after time.Duration
	}{
		"wrong token":         {refusal(401, 20003), errs.ChannelDown, false, "20003", 0},
		"suspended":           {refusal(403, 20005), errs.ChannelDown, false, "20005", 0},
		"number not ours":     {refusal(400, 21659), errs.ChannelDown, false, "21659", 0},
		"no WhatsApp sender":  {refusal(400, 63007), errs.ChannelDown, false, "63007", 0},
		"too many":            {refusal(429, 20429), errs.RateLimited, false, "20429", pause},
		"too fast":            {refusal(400, 63018), errs.RateLimited, false, "63018", pause},
		"too many, told":      {answer(429, "{}", http.Header{"Retry-After": {"9"}}), errs.RateLimited, false, "http_429", 9 * time.Second},
		"STOP":                {refusal(400, 21610), errs.Refused, false, "21610", 0},
		"bad number":          {refusal(400, 21211), errs.Permanent, false, "21211", 0},
		"not a mobile":        {refusal(400, 21614), errs.Permanent, false, "21614", 0},
		"window":              {refusal(400, 63016), errs.Permanent, false, "63016", 0},
		"code not known":      {refusal(400, 29999), errs.Permanent, false, "29999", 0},
		"unavailable":         {refusal(503, 20503), errs.Retryable, false, "20503", 0},
		"500":                 {refusal(500, 20500), errs.Retryable, true, "20500", 0},
		"a proxy's page":      {answer(502, "<html>Bad gateway</html>", nil), errs.Retryable, true, "http_502", 0},
		"accepted, no SID":    {answer(201, "{}", nil), errs.Retryable, true, "no_sid", 0},
		"accepted, not JSON":  {answer(201, `{"sid":"SM`, nil), errs.Retryable, true, "cut_answer", 0},
		"accepted and failed": {answer(201, `{"sid":"SM1","status":"failed","error_code":21610}`, nil), errs.Refused, false, "21610", 0},
		"never left":          {func() (*http.Response, error) { return nil, errors.New("no such host") }, errs.Retryable, false, "no_answer", 0},
	} {
		a := NewSMS(Options{HTTP: x.doer})
		_, err := a.Send(t.Context(), channel(KindSMS, accountSID, authToken, ourNumber, hookAddress), outgoing(chat.Plain("Hola")))
		var e *errs.Send
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Class != x.class || e.MaybeSent != x.maybe || e.Code != x.code || e.RetryAfter != x.after {
			t.Errorf("%s: class %d maybe %v code %s after %v; want %d %v %s %v", name, e.Class, e.MaybeSent, e.Code, e.RetryAfter, x.class, x.maybe, x.code, x.after)
		}
	}
}
