package cloudapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
)

const (
	secret = "0123456789abcdef0123456789abcdef"
	ref    = "106540352242922"
	waba   = "102290129340398"
)

var ours, _ = number("https://shop.example/hook", ref, waba, secret)

func lookup(known ...channels.Channel) channels.Lookup {
	return func(_ context.Context, k channels.Kind, r string) (channels.Channel, bool, error) {
		for _, c := range known {
			if c.Kind == k && c.Ref == r {
				return c, true, nil
			}
		}
		return channels.Channel{}, false, nil
	}
}

func signed(key, body string) *http.Request {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(body))
	r := httptest.NewRequest(http.MethodPost, "/hook", strings.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(h.Sum(nil)))
	return r
}

func receive(t testing.TB, body string) []channels.Inbound {
	t.Helper()
	out, _, err := New(Options{}).Receive(t.Context(), ours, lookup(ours), signed(secret, body), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// envelope wraps the value of a change as Meta's pages show it.
func envelope(field, value string) string {
	return `{"object":"whatsapp_business_account","entry":[{"id":"` + waba + `","time":1760000100,"changes":[{"field":"` + field + `","value":` + value + `}]}]}`
}

const meta1 = `"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"` + ref + `"}`

// ana writes one message; rest are the fields after its type.
func ana(kind, rest string) string {
	return envelope("messages", `{`+meta1+`,"contacts":[{"profile":{"name":"Ana"},"wa_id":"5215512345678","user_id":"MX.77"}],
		"messages":[{"from":"5215512345678","from_user_id":"MX.77","id":"wamid.A","timestamp":"1760000000","type":"`+kind+`"`+rest+`}]}`)
}

func TestReceiveMessages(t *testing.T) {
	t.Parallel()
	quoted := `,"context":{"from":"15550783881","id":"wamid.Q"}`
	for name, x := range map[string]struct {
		body string
		want channels.Message
	}{
		"text": {ana("text", `,"text":{"body":"Hola"}`), channels.Message{Content: chat.Plain("Hola")}},
		"quote": {ana("text", `,"text":{"body":"Este"}`+quoted),
			channels.Message{Content: chat.Plain("Este"), Refs: channels.Refs{Quote: "wamid.Q"}}},
		"from an advertisement": {ana("text", `,"text":{"body":"Info"},"referral":{"source_url":"https://fb.me/1","headline":"Oferta","source_type":"ad"}`),
			channels.Message{Content: chat.Plain("Info"), Page: &channels.Page{URL: "https://fb.me/1", Title: "Oferta"}}},
		"image": {ana("image", `,"image":{"id":"900","mime_type":"image/jpeg","sha256":"x","caption":"Quiero este"}`),
			channels.Message{Content: chat.Content{Type: chat.Image, Text: "Quiero este"}, Media: &channels.MediaRef{Ref: "900", MIME: "image/jpeg"}}},
		"voice": {ana("audio", `,"audio":{"id":"901","mime_type":"audio/ogg; codecs=opus","voice":true}`),
			channels.Message{Content: chat.Content{Type: chat.Voice}, Media: &channels.MediaRef{Ref: "901", MIME: "audio/ogg"}}},
		"audio": {ana("audio", `,"audio":{"id":"902","mime_type":"audio/mpeg","voice":false}`),
			channels.Message{Content: chat.Content{Type: chat.Audio}, Media: &channels.MediaRef{Ref: "902", MIME: "audio/mpeg"}}},
		"document": {ana("document", `,"document":{"id":"903","mime_type":"application/pdf","filename":"f.pdf"}`),
			channels.Message{Content: chat.Content{Type: chat.Document}, Media: &channels.MediaRef{Ref: "903", MIME: "application/pdf", Name: "f.pdf"}}},
		"location": {ana("location", `,"location":{"latitude":19.5,"longitude":-99.25,"name":"Zócalo","address":"Centro"}`),
			channels.Message{Content: chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 19.5, Longitude: -99.25, Name: "Zócalo", Address: "Centro"}}}},
		"location off the globe": {ana("location", `,"location":{"latitude":190,"longitude":0}`),
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "location"}}},
		"contact": {ana("contacts", `,"contacts":[{"name":{"formatted_name":"Luis Pérez","first_name":"Luis"},"phones":[{"wa_id":"34600000001"}],"emails":[{"email":"l@x.es"}]}]`),
			channels.Message{Content: chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis Pérez", Phones: []string{"+34600000001"}, Emails: []string{"l@x.es"}}}}},
		"button of a template": {ana("button", `,"button":{"payload":"si","text":"Sí"}`+quoted),
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "si", Label: "Sí"}}, Refs: channels.Refs{Answer: "wamid.Q"}}},
		"reply button": {ana("interactive", `,"interactive":{"type":"button_reply","button_reply":{"id":"no","title":"No"}}`+quoted),
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "no", Label: "No"}}, Refs: channels.Refs{Answer: "wamid.Q"}}},
		"row": {ana("interactive", `,"interactive":{"type":"list_reply","list_reply":{"id":"r3","title":"Martes","description":"De 9 a 18"}}`+quoted),
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "r3", Label: "Martes"}}, Refs: channels.Refs{Answer: "wamid.Q"}}},
		"reaction": {ana("reaction", `,"reaction":{"message_id":"wamid.R","emoji":"👍"}`),
			channels.Message{Content: chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}, Refs: channels.Refs{React: "wamid.R"}}},
		"reaction taken back": {ana("reaction", `,"reaction":{"message_id":"wamid.R"}`),
			channels.Message{Content: chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{}}, Refs: channels.Refs{React: "wamid.R"}}},
		"sticker": {ana("sticker", `,"sticker":{"id":"904","mime_type":"image/webp"}`),
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "sticker"}}},
		"what the API cannot carry": {ana("unsupported", `,"errors":[{"code":131051,"title":"Message type unknown"}],"unsupported":{"type":"poll_creation"}`),
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "poll_creation"}}},
		"a form": {ana("interactive", `,"interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"{}"}}`),
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "nfm_reply"}}},
		"a new number": {ana("system", `,"system":{"body":"Ana changed numbers","type":"user_changed_number"}`),
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "Ana changed numbers"}}},
		"empty text": {ana("text", `,"text":{"body":" "}`), channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "text"}}},
		"NUL":        {ana("text", `,"text":{"body":"a\u0000b"}`), channels.Message{Content: chat.Plain("ab")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := channels.Inbound{
				Channel: ours, ExternalID: "wamid.A", At: time.Unix(1760000000, 0).UTC(), Message: &x.want,
				From: channels.Sender{Identity: "5215512345678", Aliases: []string{"MX.77"}, Verified: true, Name: "Ana", Phone: "+525512345678"},
			}
			if got := receive(t, x.body); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
				t.Errorf("got %s\nwant %s", pretty(got), pretty([]channels.Inbound{want}))
			}
		})
	}
}

func pretty(v []channels.Inbound) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

func TestReceiveOthers(t *testing.T) {
	t.Parallel()
	message := id.New[id.Message]()
	at := time.Unix(1760000000, 0).UTC()
	ana := channels.Sender{Identity: "5215512345678", Verified: true, Phone: "+525512345678"}
	for name, x := range map[string]struct {
		field, value string
		want         []channels.Inbound // Channel is ours
	}{
		"delivered, with our id": {"messages", `{` + meta1 + `,"statuses":[{"id":"wamid.B","status":"delivered","timestamp":"1760000000","recipient_id":"5215512345678","biz_opaque_callback_data":"` + message.String() + `"}]}`,
			[]channels.Inbound{{ExternalID: "status:wamid.B:delivered", At: at, From: ana, Receipt: &chat.Receipt{ProviderID: "wamid.B", Message: message, State: chat.Delivered, At: at}}}},
		"failed": {"messages", `{` + meta1 + `,"statuses":[{"id":"wamid.B","status":"failed","timestamp":"1760000000","recipient_id":"5215512345678","biz_opaque_callback_data":"of another program",
			"errors":[{"code":131047,"title":"Re-engagement message","message":"Re-engagement message","error_data":{"details":"More than 24 hours"}}]}]}`,
			[]channels.Inbound{{ExternalID: "status:wamid.B:failed", At: at, From: ana,
				Receipt: &chat.Receipt{ProviderID: "wamid.B", State: chat.Failed, At: at, Code: "131047", Text: "Re-engagement message: More than 24 hours"}}}},
		"a status we do not know": {"messages", `{` + meta1 + `,"statuses":[{"id":"wamid.B","status":"pondered"}]}`, nil},
		"no phone number, by user id": {"messages", `{` + meta1 + `,"contacts":[{"profile":{"name":"Bea"},"user_id":"MX.88"}],"messages":[{"from_user_id":"MX.88","id":"wamid.C","timestamp":"1760000000","type":"text","text":{"body":"Hola"}}]}`,
			[]channels.Inbound{{ExternalID: "wamid.C", At: at, From: channels.Sender{Identity: "MX.88", Verified: true, Name: "Bea"}, Message: &channels.Message{Content: chat.Plain("Hola")}}}},
		"nobody's message":  {"messages", `{` + meta1 + `,"messages":[{"id":"wamid.C","timestamp":"1760000000","type":"text","text":{"body":"Hola"}}]}`, nil},
		"a group's message": {"messages", `{` + meta1 + `,"messages":[{"from":"34600000001","group_id":"G","id":"wamid.C","type":"text","text":{"body":"Hola"}}]}`, nil},
		"one bad among good": {"messages", `{` + meta1 + `,"messages":[7,{"from":"34600000001","id":"wamid.D","type":"text","text":{"body":"Hola"}},{"from":{},"id":"x"}]}`,
			[]channels.Inbound{{ExternalID: "wamid.D", From: channels.Sender{Identity: "34600000001", Verified: true, Phone: "+34600000001"}, Message: &channels.Message{Content: chat.Plain("Hola")}}}},
		"several contacts": {"messages", `{` + meta1 + `,"messages":[{"from":"34600000001","id":"wamid.E","type":"contacts","contacts":[{"name":{"formatted_name":"Uno"}},{"name":{"first_name":"Dos"}}]}]}`,
			[]channels.Inbound{
				{ExternalID: "wamid.E", From: channels.Sender{Identity: "34600000001", Verified: true, Phone: "+34600000001"}, Message: &channels.Message{Content: chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Uno"}}}},
				{ExternalID: "wamid.E/2", From: channels.Sender{Identity: "34600000001", Verified: true, Phone: "+34600000001"}, Message: &channels.Message{Content: chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Dos"}}}},
			}},
		"edit": {"messages", `{` + meta1 + `,"messages":[{"from":"5215512345678","id":"wamid.F","timestamp":"1760000000","type":"edit","edit":{"original_message_id":"wamid.A","message":{"type":"text","text":{"body":"Tres"}}}}]}`,
			[]channels.Inbound{{ExternalID: "wamid.F", At: at, From: ana, Edit: &channels.Edit{Of: "wamid.A", Content: chat.Plain("Tres")}}}},
		"edit of a caption": {"messages", `{` + meta1 + `,"messages":[{"from":"5215512345678","id":"wamid.F","timestamp":"1760000000","type":"edit","edit":{"original_message_id":"wamid.A","message":{"type":"image","image":{"id":"9","caption":"Rojo"}}}}]}`,
			[]channels.Inbound{{ExternalID: "wamid.F", At: at, From: ana, Edit: &channels.Edit{Of: "wamid.A", Content: chat.Plain("Rojo")}}}},
		"revoke": {"messages", `{` + meta1 + `,"messages":[{"from":"5215512345678","id":"wamid.G","timestamp":"1760000000","type":"revoke","revoke":{"original_message_id":"wamid.A"}}]}`,
			[]channels.Inbound{{ExternalID: "wamid.G", At: at, From: ana, Deletion: &channels.Deletion{Of: "wamid.A"}}}},
		"written in the shop's own app": {"smb_message_echoes", `{` + meta1 + `,"message_echoes":[{"from":"15550783881","to":"5215512345678","id":"wamid.H","timestamp":"1760000000","type":"text","text":{"body":"Ya va"}}]}`,
			[]channels.Inbound{{ExternalID: "wamid.H", At: at, From: ana, Message: &channels.Message{Content: chat.Plain("Ya va"), Own: true}}}},
		"another number":       {"messages", `{"metadata":{"phone_number_id":"999"},"messages":[{"from":"34600000001","id":"wamid.I","type":"text","text":{"body":"Hola"}}]}`, nil},
		"an unknown field":     {"hologram_update", `{"event":"NEW"}`, nil},
		"a value that is none": {"messages", `7`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range x.want {
				x.want[i].Channel = ours
			}
			if got := receive(t, envelope(x.field, x.value)); len(got) != len(x.want) || len(got) > 0 && !reflect.DeepEqual(got, x.want) {
				t.Errorf("got %s\nwant %s", pretty(got), pretty(x.want))
			}
		})
	}
}

func TestReceiveNotices(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		field, value string
		want         *channels.Notice
	}{
		"approved": {"message_template_status_update", `{"event":"APPROVED","message_template_id":1689556908129832,"message_template_name":"pedido","message_template_language":"es_MX","message_template_category":"UTILITY","reason":"NONE"}`,
			&channels.Notice{Code: "template", Text: "pedido APPROVED", Template: &channels.Template{ID: "1689556908129832", Name: "pedido", Language: "es_MX", Category: "utility", Status: "approved"}}},
		"rejected": {"message_template_status_update", `{"event":"REJECTED","message_template_id":1,"message_template_name":"pedido","message_template_language":"es","reason":"INVALID_FORMAT","rejection_info":{"reason":"Empieza con una variable","recommendation":"Agrega texto"}}`,
			&channels.Notice{Code: "template", Text: "pedido REJECTED Empieza con una variable: Agrega texto",
				Template: &channels.Template{ID: "1", Name: "pedido", Language: "es", Status: "rejected", Reason: "Empieza con una variable: Agrega texto"}}},
		"template's quality": {"message_template_quality_update", `{"previous_quality_score":"GREEN","new_quality_score":"RED","message_template_id":1,"message_template_name":"pedido","message_template_language":"es"}`,
			&channels.Notice{Code: "template", Text: "pedido: GREEN → RED", Template: &channels.Template{ID: "1", Name: "pedido", Language: "es", Quality: "red"}}},
		"number's quality": {"phone_number_quality_update", `{"display_phone_number":"15550783881","event":"FLAGGED","current_limit":"TIER_1K"}`,
			&channels.Notice{Code: "quality", Text: "15550783881 FLAGGED TIER_1K"}},
		"ban": {"account_update", `{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":["DISABLE"],"waba_ban_date":"x"}}`,
			&channels.Notice{Code: "restricted", Text: "DISABLED_UPDATE DISABLE", Stop: true}},
		"reinstated": {"account_update", `{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"REINSTATE"}}`,
			&channels.Notice{Code: "restricted", Text: "DISABLED_UPDATE REINSTATE"}},
		"restriction": {"account_update", `{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"RESTRICTED_BIZ_INITIATED_MESSAGING"}]}`,
			&channels.Notice{Code: "restricted", Text: "ACCOUNT_RESTRICTION RESTRICTED_BIZ_INITIATED_MESSAGING"}},
		"of no concern": {"account_update", `{"event":"VERIFIED_ACCOUNT"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := envelope(x.field, x.value)
			got := receive(t, body)
			if x.want == nil {
				if len(got) > 0 {
					t.Errorf("got %s, want nothing", pretty(got))
				}
				return
			}
			if len(got) != 1 || !reflect.DeepEqual(got[0].Notice, x.want) || got[0].ExternalID == "" || got[0].Channel.ID != ours.ID {
				t.Errorf("got %s", pretty(got))
			}
			if got := receive(t, strings.Replace(body, waba, "55555", 1)); len(got) > 0 {
				t.Errorf("of another account: got %s, want nothing", pretty(got))
			}
		})
	}
}

// TestReceiveTrustsNoOther has one call carry events of two numbers: each counts only if its
// own secret signed the call.
func TestReceiveTrustsNoOther(t *testing.T) {
	t.Parallel()
	sibling, _ := number("", "106540352242944", waba, secret)
	foreign, _ := number("", "106540352242933", "1", "fedcba9876543210fedcba9876543210")
	both := strings.Replace(ana("text", `,"text":{"body":"Hola"}`), `{"id":"`+waba+`"`,
		`{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"REF"},"messages":[{"from":"34600000001","id":"wamid.Z","type":"text","text":{"body":"Otro"}}]}}]},{"id":"`+waba+`"`, 1)
	find := lookup(ours, sibling, foreign)
	for name, x := range map[string]struct {
		ref  string
		want []string
	}{
		"same app":  {sibling.Ref, []string{"wamid.Z", "wamid.A"}},
		"other app": {foreign.Ref, []string{"wamid.A"}},
	} {
		body := strings.Replace(both, "REF", x.ref, 1)
		got, _, err := New(Options{}).Receive(t.Context(), ours, find, signed(secret, body), []byte(body))
		var ids []string
		for _, e := range got {
			ids = append(ids, e.ExternalID)
		}
		if err != nil || !reflect.DeepEqual(ids, x.want) {
			t.Errorf("%s: got %v, %v, want %v", name, ids, err, x.want)
		}
	}
	failing := func(context.Context, channels.Kind, string) (channels.Channel, bool, error) {
		return channels.Channel{}, false, errors.New("the database is away")
	}
	if _, _, err := New(Options{}).Receive(t.Context(), ours, failing, signed(secret, both), []byte(both)); err == nil {
		t.Error("events are taken although their channel could not be looked up")
	}
}

func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		ana("text", `,"text":{"body":"Hola"}`), ana("image", `,"image":{"id":"900","mime_type":"image/jpeg"}`),
		ana("interactive", `,"interactive":{"type":"list_reply","list_reply":{"id":"r3","title":"Martes"}}`),
		ana("contacts", `,"contacts":[{"name":{}},{"phones":[{"wa_id":"1"}]}]`), ana("reaction", `,"reaction":{"message_id":"wamid.R"}`),
		ana("edit", `,"edit":{"original_message_id":"a","message":{"type":"text"}}`), ana("revoke", `,"revoke":{"original_message_id":"a"}`),
		ana("location", `,"location":{"latitude":1e300,"longitude":-0}`), ana("button", `,"button":{}`),
		envelope("messages", `{`+meta1+`,"statuses":[{"id":"w","status":"failed","timestamp":"-1","errors":[{}]}]}`),
		envelope("smb_message_echoes", `{`+meta1+`,"message_echoes":[{"to":"1","id":"w","type":"text","text":{"body":"x"}}]}`),
		envelope("account_update", `{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":[]}}`),
		envelope("message_template_status_update", `{"event":"APPROVED","message_template_id":"1"}`),
		`{"object":"whatsapp_business_account","entry":[{},7]}`, `{`, "\xff\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		out, _, err := New(Options{}).Receive(t.Context(), ours, lookup(ours), signed(secret, body), []byte(body))
		if err != nil && !errors.Is(err, channels.ErrMalformed) {
			t.Fatalf("a signed body gives %v", err)
		}
		for _, e := range out {
			if e.ExternalID == "" || e.Channel.ID != ours.ID {
				t.Errorf("an event nobody can tell from another: %s", pretty(out))
			}
			if b, err := json.Marshal(e); err != nil || !utf8.Valid(b) || strings.Contains(string(b), `\u0000`) {
				t.Errorf("the event cannot be stored: %v %s", err, b)
			}
			if m := e.Message; m != nil && m.Media == nil && m.Content.Type != chat.ReactionMsg {
				if err := m.Content.Check(); err != nil {
					t.Errorf("the content cannot be stored: %v", err)
				}
			}
			if e.Notice == nil && e.From.Identity == "" && e.Receipt == nil {
				t.Errorf("an event of nobody: %s", pretty(out))
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	body := ana("text", `,"text":{"body":"Hola, ¿tienen la talla 38?"}`)
	r, raw, a, find := signed(secret, body), []byte(body), New(Options{}), lookup(ours)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err := a.Receive(b.Context(), ours, find, r, raw); err != nil || len(out) != 1 {
			b.Fatal(err)
		}
	}
}
