package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
)

func outgoing(c chat.Content) channels.Outgoing {
	return channels.Outgoing{To: "7", Content: c, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("bytes")), nil
	}}
}

func attached(t chat.Type, mime string, size int64) chat.Content {
	return chat.Content{Type: t, Media: &chat.Media{MIME: mime, Size: size, Name: "a"}}
}

func TestComposeChoosesTheMethod(t *testing.T) {
	t.Parallel()
	product := func(p chat.Product) chat.Content {
		return chat.Content{Type: chat.Products, Products: []chat.Product{p}}
	}
	const image = "https://tienda.example/a.jpg"
	for name, c := range map[string]struct {
		content chat.Content
		method  string
		params  string // JSON of what is sent besides chat_id
	}{
		"photo":             {attached(chat.Image, "image/webp", 1), "sendPhoto", `{}`},
		"gif":               {attached(chat.Image, "image/gif", 1), "sendAnimation", `{}`},
		"an odd image":      {attached(chat.Image, "image/heic", 1), "sendDocument", `{}`},
		"voice":             {attached(chat.Voice, "audio/ogg; codecs=opus", 1), "sendVoice", `{}`},
		"voice of a widget": {attached(chat.Voice, "audio/webm", 1), "sendDocument", `{}`},
		"voice of no type":  {attached(chat.Voice, "x\r\nX-Other: y", 1), "sendDocument", `{}`},
		"audio":             {attached(chat.Audio, "audio/mpeg", 1), "sendAudio", `{}`},
		"audio in ogg":      {attached(chat.Audio, "audio/ogg", 1), "sendDocument", `{}`},
		"video":             {attached(chat.Video, "video/mp4", 1), "sendVideo", `{}`},
		"webm":              {attached(chat.Video, "video/webm", 1), "sendDocument", `{}`},
		"point":             {chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 1, Longitude: 2}}, "sendLocation", `{"latitude":1,"longitude":2}`},
		"named point":       {chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 1, Longitude: 2, Name: "Tienda"}}, "sendVenue", `{"address":"1.00000, 2.00000","latitude":1,"longitude":2,"title":"Tienda"}`},
		"point with words":  {chat.Content{Type: chat.LocationMsg, Text: "Aquí", Location: &chat.Location{Latitude: 1, Longitude: 2, Name: "Tienda"}}, "sendVenue", `{"address":"Aquí","latitude":1,"longitude":2,"title":"Tienda"}`},
		"card":              {chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis", Phones: []string{"+1"}}}, "sendContact", `{"first_name":"Luis","phone_number":"+1"}`},
		"card of an email":  {chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis", Emails: []string{"l@x.example"}}}, "sendMessage", `{"text":"Luis\nl@x.example"}`},
		"card of two": {chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis", Phones: []string{"+1", "+2"}}}, "sendContact",
			`{"first_name":"Luis","phone_number":"+1","vcard":"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Luis\r\nN:Luis;;;;\r\nTEL:+1\r\nTEL:+2\r\nEND:VCARD\r\n"}`},
		"product with a picture": {product(chat.Product{Title: "Bolsa", Price: 45050, Currency: "MXN", Image: image, URL: "https://tienda.example/b"}), "sendPhoto",
			`{"caption":"Bolsa – ` + channels.Price(45050, "MXN", "es") + `","photo":"` + image + `","reply_markup":{"inline_keyboard":[[{"text":"Bolsa","url":"https://tienda.example/b"}]]}}`},
		"product with much to say": {product(chat.Product{Title: "Bolsa", Image: image, Text: strings.Repeat("a", 1020)}), "sendMessage",
			`{"link_preview_options":{"prefer_large_media":true,"show_above_text":true,"url":"` + image + `"},"text":"Bolsa\n` + strings.Repeat("a", 1020) + `"}`},
		"product without": {product(chat.Product{Title: "Bolsa", Buttons: []chat.Button{{ID: "b1", Label: "La quiero"}}}), "sendMessage",
			`{"reply_markup":{"inline_keyboard":[[{"text":"La quiero","callback_data":"b1"}]]},"text":"Bolsa"}`},
		"buttons of both kinds": {chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: "a", Label: "A"}, {ID: "b", Label: "B", URL: image}}}, "sendMessage",
			`{"reply_markup":{"inline_keyboard":[[{"text":"A","callback_data":"a"}],[{"text":"B","url":"` + image + `"}]]},"text":"¿?"}`},
	} {
		q, err := compose(outgoing(c.content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		delete(q.params, "chat_id")
		got, err := json.Marshal(q.params)
		if err != nil || q.method != c.method || string(got) != c.params {
			t.Errorf("%s: %s %s, want %s %s (%v)", name, q.method, got, c.method, c.params, err)
		}
		if (c.content.Media != nil) != (q.file != nil) || q.file != nil && strings.ContainsAny(q.file.mime, "\r\n;") {
			t.Errorf("%s: file is %+v", name, q.file)
		}
	}
}

func TestComposeQuotesAndReacts(t *testing.T) {
	t.Parallel()
	m := outgoing(chat.Plain("Sí"))
	m.Refs.Quote = "7:31"
	q, err := compose(m)
	got, _ := json.Marshal(q.params)
	if want := `{"chat_id":7,"reply_parameters":{"allow_sending_without_reply":true,"message_id":31},"text":"Sí"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	for emoji, want := range map[string]string{"❤️": `[{"type":"emoji","emoji":"❤"}]`, "": `[]`} {
		m := outgoing(chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: emoji}})
		m.Refs.React = "7:31"
		q, err := compose(m)
		got, _ := json.Marshal(q.params["reaction"])
		if err != nil || string(got) != want || q.params["message_id"] != int64(31) {
			t.Errorf("reaction %q: %s, %v; want %s", emoji, got, err, want)
		}
	}
}

func TestSendRefusesTheUnfit(t *testing.T) {
	t.Parallel()
	button := func(id string) chat.Content {
		return chat.Content{Type: chat.Buttons, Text: "¿?", Buttons: []chat.Button{{ID: id, Label: "A"}}}
	}
	quoting := outgoing(chat.Plain("Sí"))
	quoting.Refs.Quote = "nada"
	stranger := outgoing(chat.Plain("Sí"))
	stranger.To = "ana@tienda.example"
	caption := attached(chat.Image, "image/png", 1)
	caption.Text = strings.Repeat("a", maxCaption+1)
	for name, m := range map[string]channels.Outgoing{
		"empty text":      outgoing(chat.Plain("")),
		"long text":       outgoing(chat.Plain(strings.Repeat("ñ", maxText+1))),
		"long button id":  outgoing(button(strings.Repeat("a", maxChoice+1))),
		"list":            outgoing(chat.Content{Type: chat.ListMenu, List: &chat.List{}}),
		"template":        outgoing(chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "x"}}),
		"two products":    outgoing(chat.Content{Type: chat.Products, Products: make([]chat.Product, 2)}),
		"large photo":     outgoing(attached(chat.Image, "image/png", photoSize+1)),
		"large file":      outgoing(attached(chat.Document, "text/plain", fileSize+1)),
		"long caption":    outgoing(caption),
		"no file":         {To: "7", Content: chat.Content{Type: chat.Image}},
		"quote of nobody": quoting,
		"no chat":         stranger,
		"reaction to air": outgoing(chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}),
	} {
		_, err := New(Options{}).Send(t.Context(), shop(""), m)
		var s *errs.Send
		if !errors.As(err, &s) || s.Class != errs.Permanent || s.Code != "unfit" || s.MaybeSent {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := compose(outgoing(button(strings.Repeat("a", maxChoice)))); err != nil {
		t.Errorf("an id of %d bytes: %v", maxChoice, err)
	}
}

func TestAnswersAreClassed(t *testing.T) {
	t.Parallel()
	no := func(code int, more string) string {
		b, _ := json.Marshal(code)
		return `{"ok":false,"error_code":` + string(b) + `,"description":"d"` + more + `}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		want   errs.Send
	}{
		"pause":             {429, no(429, `,"parameters":{"retry_after":34}`), errs.Send{Class: errs.RateLimited, Code: "429", RetryAfter: 34 * time.Second}},
		"pause of no time":  {429, no(429, ""), errs.Send{Class: errs.RateLimited, Code: "429", RetryAfter: time.Second}},
		"absurd pause":      {429, no(429, `,"parameters":{"retry_after":99999999}`), errs.Send{Class: errs.RateLimited, Code: "429", RetryAfter: 24 * time.Hour}},
		"blocked":           {403, no(403, ""), errs.Send{Class: errs.Refused, Code: "403"}},
		"token":             {401, no(401, ""), errs.Send{Class: errs.ChannelDown, Code: "401"}},
		"unknown token":     {404, no(404, ""), errs.Send{Class: errs.ChannelDown, Code: "404"}},
		"no such chat":      {400, no(400, ""), errs.Send{Class: errs.Permanent, Code: "400"}},
		"too large":         {413, no(413, ""), errs.Send{Class: errs.Permanent, Code: "413"}},
		"broken":            {500, no(500, ""), errs.Send{Class: errs.Retryable, Code: "500", MaybeSent: true}},
		"gateway":           {502, "<html>", errs.Send{Class: errs.Retryable, Code: "502", MaybeSent: true}},
		"somebody's 403":    {403, "<html>", errs.Send{Class: errs.Retryable, Code: "403"}},
		"200 of somebody's": {200, "<html>", errs.Send{Class: errs.Retryable, Code: "200", MaybeSent: true}},
	} {
		a, _ := api(t, c.status, c.body)
		_, err := a.Send(t.Context(), shop(""), outgoing(chat.Plain("Hola")))
		var got *errs.Send
		if !errors.As(err, &got) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Class != c.want.Class || got.Code != c.want.Code || got.RetryAfter != c.want.RetryAfter || got.MaybeSent != c.want.MaybeSent {
			t.Errorf("%s: %+v, want %+v", name, *got, c.want)
		}
	}
}

func TestNothingSentIsNotMaybeSent(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close() // nobody listens there now
	closed := New(Options{HTTP: http.DefaultClient, Base: func(channels.Channel) string { return s.URL }})
	unread := outgoing(attached(chat.Document, "text/plain", 5))
	unread.Open = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("gone") }
	half := outgoing(attached(chat.Document, "text/plain", 5))
	half.Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("by"), broken{})), nil
	}
	up, _ := api(t, http.StatusOK, `{"ok":true,"result":{"message_id":1,"chat":{"id":7}}}`)
	for name, c := range map[string]struct {
		adapter *Adapter
		m       channels.Outgoing
	}{
		"nobody listens":          {closed, outgoing(chat.Plain("Hola"))},
		"file cannot be opened":   {up, unread},
		"file ends in the middle": {up, half},
	} {
		_, err := c.adapter.Send(t.Context(), shop(""), c.m)
		var got *errs.Send
		if !errors.As(err, &got) || got.Class != errs.Retryable || got.MaybeSent {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// broken is a file that cannot be read on.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }
