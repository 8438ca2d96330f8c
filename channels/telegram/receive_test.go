package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
)

const headerName = "X-Telegram-Bot-Api-Secret-Token"

func hookOf(body []byte, given string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://tienda.example/hooks/1", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if given != "" {
		r.Header.Set(headerName, given)
	}
	return r
}

func receive(t testing.TB, body string) ([]channels.Inbound, *channels.Reply) {
	t.Helper()
	evs, reply, err := New(Options{}).Receive(t.Context(), shop(""), nil, hookOf([]byte(body), secret), []byte(body))
	if err != nil {
		t.Fatalf("Receive: %v", err)
	}
	return evs, reply
}

func private1(rest string) string {
	return `{"update_id":9,"message":{"message_id":5,"date":1760000000,"chat":{"id":7,"type":"private"},"from":{"id":7,"first_name":"Ana","last_name":"López","language_code":"es-MX"},` + rest + `}}`
}

func TestReceiveMaps(t *testing.T) {
	t.Parallel()
	media := func(kind chat.Type, text string, m chat.Media, ref string) channels.Message {
		return channels.Message{Content: chat.Content{Type: kind, Text: text, Media: &m}, Media: &channels.MediaRef{Ref: ref, MIME: m.MIME, Name: m.Name, Size: m.Size}}
	}
	for name, c := range map[string]struct {
		rest string
		want channels.Message
	}{
		"deep link": {`"text":"/start pedido_12"`, channels.Message{Content: chat.Plain("/start pedido_12")}},
		"quote": {`"text":"Este","reply_to_message":{"message_id":3,"chat":{"id":7,"type":"private"}}`,
			channels.Message{Content: chat.Plain("Este"), Refs: channels.Refs{Quote: "7:3"}}},
		"NUL": {`"text":"a\u0000b"`, channels.Message{Content: chat.Plain("ab")}},
		"largest photo": {`"caption":"Este","photo":[{"file_id":"s","width":90,"height":60,"file_size":10},{"file_id":"l","width":900,"height":600,"file_size":1000}]`,
			media(chat.Image, "Este", chat.Media{MIME: "image/jpeg", Size: 1000, Width: 900, Height: 600}, "l")},
		"voice": {`"voice":{"file_id":"v","duration":4,"file_size":9}`, media(chat.Voice, "", chat.Media{MIME: "audio/ogg", Size: 9, Duration: 4000}, "v")},
		"round video": {`"video_note":{"file_id":"r","length":240,"duration":2}`,
			media(chat.Video, "", chat.Media{MIME: "video/mp4", Width: 240, Height: 240, Duration: 2000}, "r")},
		"animation with its document": {`"animation":{"file_id":"g","mime_type":"video/mp4"},"document":{"file_id":"g","mime_type":"video/mp4"}`,
			media(chat.Video, "", chat.Media{MIME: "video/mp4"}, "g")},
		"document": {`"document":{"file_id":"d","file_name":"a.pdf","mime_type":"application/pdf","file_size":3}`,
			media(chat.Document, "", chat.Media{MIME: "application/pdf", Name: "a.pdf", Size: 3}, "d")},
		"place":         {`"location":{"latitude":1.5,"longitude":-2}`, channels.Message{Content: chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 1.5, Longitude: -2}}}},
		"venue":         {`"location":{"latitude":1,"longitude":2},"venue":{"location":{"latitude":1,"longitude":2},"title":"Zócalo","address":"Centro"}`, channels.Message{Content: chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 1, Longitude: 2, Name: "Zócalo", Address: "Centro"}}}},
		"contact":       {`"contact":{"phone_number":"52551","first_name":"Luis","last_name":"Pérez"}`, channels.Message{Content: chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis Pérez", Phones: []string{"52551"}}}}},
		"empty contact": {`"contact":{}`, channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "contact"}}},
		"sticker":       {`"sticker":{"file_id":"x","emoji":"😀"}`, channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "sticker 😀"}}},
		"of tomorrow":   {`"hologram":{"x":1},"forward_origin":{"type":"of_tomorrow"}`, channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "hologram"}}},
	} {
		evs, reply := receive(t, private1(c.rest))
		if len(evs) != 1 || reply != nil || evs[0].Message == nil {
			t.Errorf("%s: %+v, %v", name, evs, reply)
			continue
		}
		e := evs[0]
		if !reflect.DeepEqual(*e.Message, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, *e.Message, c.want)
		}
		if e.ExternalID != "7:5" || e.At.Unix() != 1760000000 || e.From.Identity != "7" || e.From.Name != "Ana López" || e.From.Language != "es-MX" || !e.From.Verified {
			t.Errorf("%s: event %+v", name, e)
		}
	}
}

func TestReceiveLeavesAside(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"group":           `{"update_id":1,"message":{"message_id":1,"chat":{"id":-5,"type":"supergroup"},"from":{"id":7},"text":"hola"}}`,
		"another bot":     `{"update_id":1,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"from":{"id":7,"is_bot":true},"text":"hola"}}`,
		"no sender":       `{"update_id":1,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"text":"hola"}}`,
		"the app's note":  private1(`"pinned_message":{"message_id":2}`),
		"blocked":         `{"update_id":1,"my_chat_member":{"new_chat_member":{"status":"kicked"}}}`,
		"live location":   `{"update_id":1,"edited_message":{"message_id":1,"chat":{"id":7,"type":"private"},"from":{"id":7},"location":{"latitude":1,"longitude":1,"live_period":60}}}`,
		"group reaction":  `{"update_id":1,"message_reaction":{"chat":{"id":-5,"type":"group"},"user":{"id":7},"message_id":2,"new_reaction":[]}}`,
		"an empty update": `{"update_id":1}`,
	} {
		if evs, reply := receive(t, body); len(evs) != 0 || reply != nil {
			t.Errorf("%s: %+v %v", name, evs, reply)
		}
	}
}

func TestReceiveAnswersAPress(t *testing.T) {
	t.Parallel()
	press := func(message string) string {
		return `{"update_id":4,"callback_query":{"id":"q1","from":{"id":7,"first_name":"Ana"},"data":"no","message":` + message + `}}`
	}
	for name, c := range map[string]struct{ message, label string }{
		"label from the keyboard": {`{"message_id":3,"date":5,"chat":{"id":7,"type":"private"},"reply_markup":{"inline_keyboard":[[{"text":"Sí","callback_data":"si"}],[{"text":"No, gracias","callback_data":"no"}]]}}`, "No, gracias"},
		"too old to be read":      {`{"message_id":3,"date":0,"chat":{"id":7,"type":"private"}}`, "no"},
	} {
		evs, reply := receive(t, press(c.message))
		if len(evs) != 1 || evs[0].ExternalID != "q1" || *evs[0].Message.Content.Answer != (chat.Answer{ID: "no", Label: c.label}) || evs[0].Message.Refs.Answer != "7:3" {
			t.Errorf("%s: %+v", name, evs)
		}
		var said map[string]string
		if reply == nil || json.Unmarshal(reply.Body, &said) != nil || said["method"] != "answerCallbackQuery" || said["callback_query_id"] != "q1" {
			t.Errorf("%s: reply %+v", name, reply)
		}
	}
	if evs, reply := receive(t, press(`{"message_id":3,"chat":{"id":-7,"type":"group"}}`)); len(evs) != 0 || reply == nil {
		t.Errorf("in a group: %+v, %v; want no event, and the spinner off all the same", evs, reply)
	}
}

func TestReceiveReactionsAndEdits(t *testing.T) {
	t.Parallel()
	react := func(list string) string {
		return `{"update_id":11,"message_reaction":{"chat":{"id":7,"type":"private"},"user":{"id":7},"message_id":3,"date":5,"new_reaction":` + list + `}}`
	}
	for list, want := range map[string]chat.Content{
		`[{"type":"emoji","emoji":"❤"}]`: {Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "❤"}},
		`[]`:                             {Type: chat.ReactionMsg, Reaction: &chat.Reaction{}},
		`[{"type":"custom_emoji"}]`:      {Type: chat.Unsupported, Text: "reaction custom_emoji"},
		`[{"type":"of_tomorrow","emoji":"x","y":[1]}]`: {Type: chat.Unsupported, Text: "reaction of_tomorrow"},
	} {
		evs, _ := receive(t, react(list))
		if len(evs) != 1 || !reflect.DeepEqual(evs[0].Message.Content, want) || evs[0].Message.Refs.React != "7:3" || evs[0].ExternalID != "update:11" {
			t.Errorf("%s: %+v", list, evs)
		}
	}
	evs, _ := receive(t, `{"update_id":12,"edited_message":{"message_id":5,"edit_date":9,"chat":{"id":7,"type":"private"},"from":{"id":7},"caption":"otra","photo":[{"file_id":"x"}]}}`)
	if len(evs) != 1 || evs[0].Edit == nil || evs[0].Edit.Of != "7:5" || evs[0].Edit.Content.Text != "otra" || evs[0].ExternalID != "update:12" {
		t.Errorf("edit: %+v", evs)
	}
}

func TestReceiveTakesTheirOwnNumberOnly(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{"7": "+525512345678", "8": ""} {
		evs, _ := receive(t, private1(`"contact":{"phone_number":"525512345678","first_name":"Ana","user_id":`+user+`}`))
		if len(evs) != 1 || evs[0].From.Phone != want {
			t.Errorf("contact of %s: %+v, want phone %q", user, evs, want)
		}
	}
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	good := private1(`"text":"Hola"`)
	none := shop("")
	none.Secrets = channels.Secrets{"token": token}
	for name, c := range map[string]struct {
		channel     channels.Channel
		body, given string
		want        error
	}{
		"no header":         {shop(""), good, "", channels.ErrSignature},
		"another secret":    {shop(""), good, secret + "x", channels.ErrSignature},
		"no secret here":    {none, good, "", channels.ErrSignature},
		"not JSON":          {shop(""), "hola", secret, channels.ErrMalformed},
		"no update":         {shop(""), `{"message":{}}`, secret, channels.ErrMalformed},
		"a list":            {shop(""), `[]`, secret, channels.ErrMalformed},
		"a text for number": {shop(""), `{"update_id":"1"}`, secret, channels.ErrMalformed},
	} {
		evs, _, err := New(Options{}).Receive(t.Context(), c.channel, nil, hookOf([]byte(c.body), c.given), []byte(c.body))
		if !errors.Is(err, c.want) || len(evs) != 0 {
			t.Errorf("%s: %v, %d events", name, err, len(evs))
		}
	}
}

func TestTextsCanBeStored(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ñ", chat.MaxText)
	evs, _ := receive(t, private1(`"text":"`+long+`"`))
	if len(evs) != 1 {
		t.Fatalf("%d events", len(evs))
	}
	if err := evs[0].Message.Content.Check(); err != nil {
		t.Error(err)
	}
}

// fixtures are updates as the manual shows them.
func fixtures(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/updates/*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	var out [][]byte
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func FuzzReceive(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	a, c := New(Options{}), shop("")
	f.Fuzz(func(t *testing.T, body []byte) {
		evs, reply, err := a.Receive(t.Context(), c, nil, hookOf(body, secret), body)
		if err != nil && !errors.Is(err, channels.ErrMalformed) {
			t.Fatalf("error %v", err)
		}
		if reply != nil && !json.Valid(reply.Body) {
			t.Fatalf("reply %q", reply.Body)
		}
		for _, e := range evs {
			if e.ExternalID == "" || e.From.Identity == "" {
				t.Fatalf("event without identity: %+v", e)
			}
			said := e.From.Name
			if e.Edit != nil {
				said += e.Edit.Content.Text
			}
			if m := e.Message; m != nil {
				said += m.Content.Text + m.Content.Words()
				if m.Media == nil && m.Content.Type != chat.ReactionMsg {
					if err := m.Content.Check(); err != nil {
						t.Fatalf("%+v: %v", m.Content, err)
					}
				}
			}
			if !utf8.ValidString(said) || strings.ContainsRune(said, 0) {
				t.Fatalf("cannot be stored: %q", said)
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	a, c := New(Options{}), shop("")
	body := []byte(private1(`"text":"Hola, ¿tienen la talla 38?"`))
	r := hookOf(body, secret)
	b.ReportAllocs()
	for b.Loop() {
		if evs, _, err := a.Receive(b.Context(), c, nil, r, body); err != nil || len(evs) != 1 {
			b.Fatal(err)
		}
	}
}
