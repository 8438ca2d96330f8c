package messenger

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/messaging"
)

// played is an adapter beside a platform on which the customer has written.
func played(t *testing.T) (*Adapter, channels.Channel, *messaging.Server) {
	t.Helper()
	platform := messaging.New()
	srv := httptest.NewServer(platform)
	t.Cleanup(srv.Close)
	t.Cleanup(platform.Hooks().Forget)
	platform.Served(srv.URL)
	a, c := New(options(srv.URL)), channel(pageID, token, secret, "")
	if err := platform.Connect(account(c)); err != nil {
		t.Fatal(err)
	}
	if _, err := platform.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: pageID, Customer: sim.Person{ID: customer, Name: "Ana Pérez"}, Text: "Hola"}); err != nil {
		t.Fatal(err)
	}
	return a, c, platform
}

func outgoing(c chat.Content) channels.Outgoing {
	return channels.Outgoing{ID: id.New[id.Message](), To: customer, Content: c, Author: chat.ByBot, Attempt: 1, Since: time.Minute}
}

const day = 24 * time.Hour

// The adapter refuses before the call what the platform would refuse after it.
func TestSendByWhatRight(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		author chat.AuthorKind
		since  time.Duration
		known  bool // whether Outgoing.Since says so
		code   string
	}{
		"bot at once":              {chat.ByBot, time.Minute, true, ""},
		"bot after a day":          {chat.ByBot, day + time.Minute, true, "window"},
		"campaign after a day":     {chat.ByCampaign, 2 * day, true, "window"},
		"person after a day":       {chat.ByAgent, 6 * day, true, ""},
		"person after a week":      {chat.ByAgent, 7*day + time.Minute, true, "window"},
		"late, and nobody knew it": {chat.ByAgent, 2 * day, false, "10.2018278"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, c, platform := played(t)
			platform.Silent(pageID, customer, tc.since)
			m := outgoing(chat.Plain("Tu pedido salió"))
			m.Author, m.Since = tc.author, 0
			if tc.known {
				m.Since = tc.since
			}
			_, err := a.Send(t.Context(), c, m)
			var said *errs.Send
			switch {
			case tc.code == "" && err != nil:
				t.Error(err)
			case tc.code != "" && (!errors.As(err, &said) || said.Code != tc.code || said.Class != errs.Permanent || said.MaybeSent):
				t.Errorf("got %#v, want a permanent %s", err, tc.code)
			}
		})
	}
}

func TestSendUnfit(t *testing.T) {
	t.Parallel()
	buttons := make([]chat.Button, 14)
	for i := range buttons {
		buttons[i] = chat.Button{ID: string(rune('a' + i)), Label: "Opción " + string(rune('A'+i))}
	}
	product := []chat.Product{{ID: "p", Title: "Zapato"}}
	for name, c := range map[string]chat.Content{
		"no text":              {Type: chat.Text, Text: " "},
		"long text":            chat.Plain(strings.Repeat("a", 2001)),
		"a list":               {Type: chat.ListMenu, Text: "?", List: &chat.List{Open: "Ver", Sections: []chat.Section{{Rows: []chat.Row{{ID: "r", Title: "R"}}}}}},
		"fourteen buttons":     {Type: chat.Buttons, Text: "?", Buttons: buttons},
		"much above products":  {Type: chat.Products, Text: strings.Repeat("palabra ", 25), Products: product},
		"a place":              {Type: chat.LocationMsg, Location: &chat.Location{Latitude: 1}},
		"a file that is gone":  {Type: chat.Image, Media: &chat.Media{MIME: "image/png", Size: 1}},
		"reaction to nothing":  {Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}},
		"an answer":            {Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "x"}},
		"a file above 25 MiB":  {Type: chat.Document, Media: &chat.Media{MIME: "application/zip", Size: 26 << 20}},
		"a caption on a file":  {Type: chat.Image, Text: "Mira", Media: &chat.Media{MIME: "image/png", Size: 1}},
		"an approved template": {Type: chat.TemplateMsg, Template: &chat.Template{Name: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			platform := &silent{}
			_, err := New(Options{HTTP: platform}).Send(t.Context(), channel(pageID, token, secret, ""), outgoing(c))
			var said *errs.Send
			if !errors.As(err, &said) || said.Code != "unfit" || said.Class != errs.Permanent || platform.calls > 0 {
				t.Errorf("got %v after %d calls, want a permanent unfit before any", err, platform.calls)
			}
		})
	}
}

// A choice on a product's card comes back with the message that offered it.
func TestProductChoiceComesBack(t *testing.T) {
	t.Parallel()
	a, c, platform := played(t)
	m := outgoing(chat.Content{Type: chat.Products, Products: []chat.Product{
		{ID: "p1", Title: strings.Repeat("Zapato ", 20), Text: strings.Repeat("Piel. ", 40), Price: 129900, Currency: "EUR", Buttons: []chat.Button{{ID: "quiero:p1", Label: "Lo quiero"}}},
		{ID: "p2", Title: "Bolsa"},
	}})
	if _, err := a.Send(t.Context(), c, m); err != nil {
		t.Fatal(err)
	}
	thread := platform.Thread(pageID, customer)
	cards := thread[len(thread)-1].Cards
	if len(cards) != 2 || !strings.HasPrefix(cards[0].Text, "1.299,00 € · Piel.") {
		t.Fatalf("the carousel is %+v", cards)
	}
	got := answer(cards[0].Buttons[0].ID, cards[0].Buttons[0].Label)
	if got.Answer == nil || got.Answer.ID != "quiero:p1" || got.Answer.To != m.ID {
		t.Errorf("the choice comes back as %+v, want quiero:p1 of %v", got.Answer, m.ID)
	}
}

func TestUnreact(t *testing.T) {
	t.Parallel()
	a, c, platform := played(t)
	theirs := platform.Thread(pageID, customer)[0].ID
	for _, emoji := range []string{"👍", ""} {
		m := outgoing(chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: emoji}})
		m.Refs.React = theirs
		if _, err := a.Send(t.Context(), c, m); err != nil {
			t.Fatal(err)
		}
		want := []string{emoji}
		if emoji == "" {
			want = nil
		}
		if got := platform.Thread(pageID, customer)[0].Reactions; !slices.Equal(got, want) {
			t.Errorf("the message has %q, want %q", got, want)
		}
	}
}

func TestTyper(t *testing.T) {
	t.Parallel()
	a, c, platform := played(t)
	if err := errors.Join(a.Typing(t.Context(), c, customer, ""), a.Seen(t.Context(), c, customer, "")); err != nil {
		t.Fatal(err)
	}
	if !platform.Thread(pageID, customer)[0].Read {
		t.Error("the customer does not see that they were read")
	}
}

// A failed upload has sent nothing, however it failed.
func TestUploadIsNeverMaybeSent(t *testing.T) {
	t.Parallel()
	a, c, _ := played(t)
	m := outgoing(chat.Content{Type: chat.Image, Media: &chat.Media{Name: "foto.png", MIME: "image/png", Size: 3}})
	m.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }
	_, err := a.Send(t.Context(), c, m)
	var said *errs.Send
	if !errors.As(err, &said) || said.MaybeSent || said.Class != errs.Permanent || said.Code != "100" {
		t.Errorf("an empty file: %#v, want a permanent 100, never sent", err)
	}
}

func TestCheckFindings(t *testing.T) {
	t.Parallel()
	a, c, _ := played(t)
	if err := a.Subscribe(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	codes := func(c channels.Channel) (out []string) {
		for _, f := range a.Check(t.Context(), c) {
			out = append(out, f.Code)
		}
		return out
	}
	if got := codes(c); !slices.Equal(got, []string{"account", "subscribed"}) {
		t.Errorf("a good page is told %q", got)
	}
	wrong := c
	wrong.Ref = "105330000000009"
	if got := codes(wrong); !slices.Equal(got, []string{"other_account"}) {
		t.Errorf("a token of another page is told %q", got)
	}
	fresh, page, _ := played(t)
	if got := fresh.Check(t.Context(), page); len(got) != 2 || got[1].Code != "unsubscribed" || got[1].OK {
		t.Errorf("a page that is not subscribed is told %+v", got)
	}
	if got := New(Options{HTTP: &silent{}}).Check(t.Context(), c); len(got) != 1 || got[0].Code != "unreachable" || got[0].OK {
		t.Errorf("without a platform the check tells %+v", got)
	}
	for lang, words := range a.Describe().Texts {
		for _, code := range []string{"account", "token", "other_account", "subscribed", "unsubscribed", "unreachable"} {
			if words["check."+code] == "" {
				t.Errorf("the finding %q has no sentence in %s", code, lang)
			}
		}
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "" || strings.Contains(r.URL.RawQuery, "token"):
			w.WriteHeader(http.StatusTeapot)
		case r.URL.Path == "/gone":
			w.WriteHeader(http.StatusForbidden)
		case r.URL.Path == "/down":
			w.WriteHeader(http.StatusBadGateway)
		default:
			_, _ = io.WriteString(w, "bytes")
		}
	}))
	t.Cleanup(srv.Close)
	a := New(options(srv.URL))
	for path, want := range map[string]struct {
		code  string
		class errs.Class
	}{
		"/file": {}, "/gone": {"gone", errs.Permanent}, "/down": {"http_502", errs.Retryable},
	} {
		r, err := a.Fetch(t.Context(), channel(pageID, token, secret, ""), channels.MediaRef{Ref: srv.URL + path})
		var said *errs.Send
		if want.code != "" {
			if !errors.As(err, &said) || said.Code != want.code || said.Class != want.class {
				t.Errorf("%s: %v, want %s", path, err, want.code)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil || string(b) != "bytes" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if _, err := a.Fetch(t.Context(), channels.Channel{}, channels.MediaRef{Ref: "nothing"}); err == nil {
		t.Error("what is no address is fetched")
	}
}
