package twilio

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
	simtwilio "recado/internal/sim/twilio"
)

const hookAddress = "https://recado.example/hooks/1"

// posted is a webhook as Twilio makes it: a form, signed, with a query.
func posted(form url.Values, query string) (*http.Request, []byte) {
	address := hookAddress
	if query != "" {
		address += "?" + query
	}
	body := form.Encode()
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", simtwilio.Sign(authToken, address, form))
	return r, []byte(body)
}

// incoming is a WhatsApp message's form, as the sandbox sent one in 2026, with changes. A
// value "-" takes a field away.
func incoming(changes map[string]string) url.Values {
	v := url.Values{
		"SmsMessageSid": {"SM01"}, "MessageSid": {"SM01"}, "SmsSid": {"SM01"}, "AccountSid": {accountSID}, "ApiVersion": {"2010-04-01"},
		"NumMedia": {"0"}, "ReferralNumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
		"ProfileName": {"Ana  Pérez"}, "MessageType": {"text"}, "WaId": {"34600000001"}, "ExternalUserId": {"whatsapp:ES.4566546130240823"},
		"Forwarded": {"false"}, "FrequentlyForwarded": {"false"}, "From": {"whatsapp:+34600000001"}, "To": {"whatsapp:+34910000001"}, "Body": {"Hola"},
	}
	for k, x := range changes {
		if v.Set(k, x); x == "-" {
			v.Del(k)
		}
	}
	return v
}

func receive(t testing.TB, a channels.Webhook, c channels.Channel, form url.Values, query string) ([]channels.Inbound, error) {
	t.Helper()
	r, body := posted(form, query)
	evs, reply, err := a.Receive(t.Context(), c, nil, r, body)
	if err == nil && (reply == nil || reply.Status != http.StatusOK || !strings.HasPrefix(reply.Header.Get("Content-Type"), "text/xml") || !strings.Contains(string(reply.Body), "<Response/>")) {
		t.Errorf("the reply is %+v, want empty TwiML", reply)
	}
	return evs, err
}

func TestReceiveMessages(t *testing.T) {
	t.Parallel()
	const media = "https://api.twilio.com/2010-04-01/Accounts/" + accountSID + "/Messages/MM01/Media/ME01"
	for name, x := range map[string]struct {
		changes map[string]string
		want    channels.Message
	}{
		"text": {nil, channels.Message{Content: chat.Plain("Hola")}},
		"text with NUL and bad UTF-8": {map[string]string{"Body": "Ho\x00l\xffa"},
			channels.Message{Content: chat.Plain("Hola")}},
		"quote": {map[string]string{"OriginalRepliedMessageSid": "SM99", "OriginalRepliedMessageSender": "whatsapp:+34910000001"},
			channels.Message{Content: chat.Plain("Hola"), Refs: channels.Refs{Quote: "SM99"}}},
		"button": {map[string]string{"MessageType": "interactive", "ButtonPayload": "si", "ButtonText": "Sí", "Body": "Sí", "OriginalRepliedMessageSid": "MM5c"},
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "si", Label: "Sí"}}, Refs: channels.Refs{Answer: "MM5c"}}},
		"template's button without payload": {map[string]string{"MessageType": "button", "ButtonText": "Confirmar", "Body": "Confirmar"},
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "Confirmar", Label: "Confirmar"}}}},
		"row": {map[string]string{"MessageType": "interactive", "ListId": "r3", "ListTitle": "Martes", "Body": "Martes", "OriginalRepliedMessageSid": "MM5c"},
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "r3", Label: "Martes"}}, Refs: channels.Refs{Answer: "MM5c"}}},
		"row without a title": {map[string]string{"ListId": "r3", "Body": "Martes"},
			channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "r3", Label: "Martes"}}}},
		"image": {map[string]string{"MessageType": "image", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "image/jpeg", "Body": "¿Tienen este?"},
			channels.Message{Content: chat.Content{Type: chat.Image, Text: "¿Tienen este?"}, Media: &channels.MediaRef{Ref: media, MIME: "image/jpeg"}}},
		"voice": {map[string]string{"MessageType": "audio", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "audio/ogg", "Body": ""},
			channels.Message{Content: chat.Content{Type: chat.Voice}, Media: &channels.MediaRef{Ref: media, MIME: "audio/ogg"}}},
		"document": {map[string]string{"MessageType": "document", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "application/pdf", "Body": ""},
			channels.Message{Content: chat.Content{Type: chat.Document}, Media: &channels.MediaRef{Ref: media, MIME: "application/pdf"}}},
		"contact is a document": {map[string]string{"MessageType": "contacts", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "text/vcard", "Body": ""},
			channels.Message{Content: chat.Content{Type: chat.Document}, Media: &channels.MediaRef{Ref: media, MIME: "text/vcard"}}},
		"sticker": {map[string]string{"MessageType": "sticker", "NumMedia": "1", "MediaUrl0": media, "MediaContentType0": "image/webp", "Body": ""},
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "sticker"}}},
		"media without address": {map[string]string{"MessageType": "image", "NumMedia": "1", "Body": "¿Y este?"},
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "media\n¿Y este?"}}},
		"location": {map[string]string{"MessageType": "location", "Latitude": "19.4326", "Longitude": "-99.1332", "Label": "Zócalo", "Address": "Centro", "Body": "-"},
			channels.Message{Content: chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 19.4326, Longitude: -99.1332, Name: "Zócalo", Address: "Centro"}}}},
		"location off the globe": {map[string]string{"MessageType": "location", "Latitude": "91", "Longitude": "NaN", "Body": "-"},
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "location"}}},
		"a type invented tomorrow": {map[string]string{"MessageType": "hologram", "Body": "-"},
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "hologram"}}},
		"nothing at all": {map[string]string{"MessageType": "-", "Body": "-"},
			channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: "unknown"}}},
		"advertisement": {map[string]string{"ReferralHeadline": "Rebajas", "ReferralNumMedia": "1", "ReferralMediaUrl0": "https://x.example"},
			channels.Message{Content: chat.Plain("Hola")}},
	} {
		c := channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress)
		evs, err := receive(t, NewWhatsApp(Options{}), c, incoming(x.changes), "")
		if err != nil || len(evs) != 1 || evs[0].Message == nil {
			t.Errorf("%s: %d events, %v", name, len(evs), err)
			continue
		}
		if got := *evs[0].Message; !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, x.want)
		}
		if evs[0].ExternalID != "SM01" || evs[0].Channel.ID != c.ID {
			t.Errorf("%s: ExternalID %q", name, evs[0].ExternalID)
		}
		wantFrom := channels.Sender{Identity: "+34600000001", Phone: "+34600000001", Verified: true, Name: "Ana Pérez", Aliases: []string{"ES.4566546130240823"}}
		if !reflect.DeepEqual(evs[0].From, wantFrom) {
			t.Errorf("%s: from %+v", name, evs[0].From)
		}
	}
}

func TestReceiveFrom(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		adapter channels.Webhook
		changes map[string]string
		want    *channels.Sender // nil: no event
	}{
		"Mexico's other number": {NewWhatsApp(Options{}), map[string]string{"From": "whatsapp:+525512345678", "WaId": "5215512345678", "ExternalUserId": "-", "ProfileName": "-"},
			&channels.Sender{Identity: "+525512345678", Phone: "+525512345678", Verified: true, Aliases: []string{"+5215512345678"}}},
		"somebody without a number": {NewWhatsApp(Options{}), map[string]string{"From": "whatsapp:ES.4566546130240823", "WaId": "-", "ProfileName": "-"},
			&channels.Sender{Identity: "ES.4566546130240823", Verified: true}},
		"SMS": {NewSMS(Options{}), map[string]string{"From": "+34600000001", "WaId": "-", "ExternalUserId": "-", "ProfileName": "-"},
			&channels.Sender{Identity: "+34600000001", Phone: "+34600000001"}},
		"a name instead of a number": {NewSMS(Options{}), map[string]string{"From": "BANCO", "WaId": "-", "ExternalUserId": "-", "ProfileName": "-"},
			&channels.Sender{Identity: "BANCO"}},
		"WhatsApp at the SMS channel": {NewSMS(Options{}), nil, nil},
		"SMS at the WhatsApp channel": {NewWhatsApp(Options{}), map[string]string{"From": "+34600000001"}, nil},
		"another channel of Twilio":   {NewSMS(Options{}), map[string]string{"From": "messenger:123"}, nil},
		"nobody":                      {NewWhatsApp(Options{}), map[string]string{"From": "whatsapp:"}, nil},
	} {
		c := channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress)
		evs, err := receive(t, x.adapter, c, incoming(x.changes), "")
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case x.want == nil && len(evs) != 0:
			t.Errorf("%s: %d events, want none", name, len(evs))
		case x.want != nil && (len(evs) != 1 || !reflect.DeepEqual(evs[0].From, *x.want)):
			t.Errorf("%s: %+v, want %+v", name, evs, *x.want)
		}
	}
}

func TestReceiveFilesOfAnMMS(t *testing.T) {
	t.Parallel()
	form := incoming(map[string]string{"From": theirs, "To": ourNumber, "MessageSid": "MM01", "NumMedia": "3", "Body": "Las tres",
		"MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "image/jpeg", "MediaContentType1": "image/png",
		"MediaUrl2": "https://api.twilio.com/c", "MediaContentType2": "audio/ogg"})
	evs, err := receive(t, NewSMS(Options{}), channel(KindSMS, accountSID, authToken, ourNumber, hookAddress), form, "")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		ext, text string
		kind      chat.Type
	}
	var got []row
	for _, e := range evs {
		got = append(got, row{e.ExternalID, e.Message.Content.Text, e.Message.Content.Type})
	}
	want := []row{{"MM01", "Las tres", chat.Image}, {"MM01/1", "media", chat.Unsupported}, {"MM01/2", "", chat.Audio}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReceiveStatuses(t *testing.T) {
	t.Parallel()
	ours := id.New[id.Message]()
	for name, x := range map[string]struct {
		query, status string
		changes       map[string]string
		want          *chat.Receipt
	}{
		"queued":            {"message=" + ours.String(), "queued", nil, &chat.Receipt{ProviderID: "SM01", Message: ours, State: chat.Sent}},
		"sent":              {"message=" + ours.String(), "sent", nil, &chat.Receipt{ProviderID: "SM01", Message: ours, State: chat.Sent}},
		"delivered":         {"message=" + ours.String(), "delivered", map[string]string{"EventType": "DELIVERED"}, &chat.Receipt{ProviderID: "SM01", Message: ours, State: chat.Delivered}},
		"read":              {"message=" + ours.String(), "read", map[string]string{"EventType": "READ"}, &chat.Receipt{ProviderID: "SM01", Message: ours, State: chat.Read}},
		"no id of ours":     {"", "delivered", nil, &chat.Receipt{ProviderID: "SM01", State: chat.Delivered}},
		"an id that is not": {"message=1%20OR%201", "delivered", nil, &chat.Receipt{ProviderID: "SM01", State: chat.Delivered}},
		"failed": {"", "failed", map[string]string{"ErrorCode": "63016", "ChannelStatusMessage": "outside the window"},
			&chat.Receipt{ProviderID: "SM01", State: chat.Failed, Code: "63016", Text: "outside the window"}},
		"undelivered, no code": {"", "undelivered", nil, &chat.Receipt{ProviderID: "SM01", State: chat.Failed, Code: "undelivered"}},
		"invented tomorrow":    {"", "teleported", nil, nil},
	} {
		form := url.Values{"AccountSid": {accountSID}, "MessageSid": {"SM01"}, "SmsSid": {"SM01"}, "MessageStatus": {x.status}, "SmsStatus": {x.status},
			"From": {"whatsapp:" + ourNumber}, "To": {"whatsapp:" + theirs}, "ApiVersion": {"2010-04-01"}}
		for k, v := range x.changes {
			form.Set(k, v)
		}
		evs, err := receive(t, NewWhatsApp(Options{}), channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress), form, x.query)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case x.want == nil && len(evs) != 0:
			t.Errorf("%s: %d events, want none", name, len(evs))
		case x.want != nil && (len(evs) != 1 || !reflect.DeepEqual(evs[0].Receipt, x.want)):
			t.Errorf("%s: %+v, want %+v", name, evs, x.want)
		case x.want != nil && (evs[0].ExternalID != "status:SM01:"+x.status || evs[0].From.Identity != theirs):
			t.Errorf("%s: %q from %q", name, evs[0].ExternalID, evs[0].From.Identity)
		}
	}
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	c := channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress)
	for name, x := range map[string]struct {
		changes map[string]string
		want    error
	}{
		"another account": {map[string]string{"AccountSid": "AC" + strings.Repeat("9", 32)}, channels.ErrSignature},
		"no account":      {map[string]string{"AccountSid": "-"}, channels.ErrSignature},
		"no message":      {map[string]string{"MessageSid": "-"}, channels.ErrMalformed},
	} {
		if evs, err := receive(t, NewWhatsApp(Options{}), c, incoming(x.changes), ""); !errors.Is(err, x.want) || len(evs) > 0 {
			t.Errorf("%s: %d events, %v, want %v", name, len(evs), err, x.want)
		}
	}
}

func FuzzReceive(f *testing.F) {
	for _, changes := range []map[string]string{
		nil,
		{"MessageType": "interactive", "ButtonPayload": "si", "ButtonText": "Sí", "OriginalRepliedMessageSid": "MM5c"},
		{"ListId": "r3", "ListTitle": "Martes"},
		{"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "image/webp", "MediaContentType1": "audio/ogg"},
		{"Latitude": "19.4", "Longitude": "-99.1", "Label": "Zócalo"},
		{"MessageStatus": "failed", "ErrorCode": "63016"},
	} {
		f.Add(incoming(changes).Encode())
	}
	c := channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress)
	f.Fuzz(func(t *testing.T, body string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		form.Set("AccountSid", accountSID)
		for _, a := range []channels.Webhook{NewWhatsApp(Options{}), NewSMS(Options{})} {
			r, signed := posted(form, "message=x")
			evs, _, err := a.Receive(t.Context(), c, nil, r, signed)
			if err != nil && !errors.Is(err, channels.ErrMalformed) {
				t.Fatalf("refused with %v", err)
			}
			seen := map[string]bool{}
			for _, e := range evs {
				if seen[e.ExternalID] || e.ExternalID == "" || e.From.Identity == "" {
					t.Fatalf("a bad event: %+v", e)
				}
				seen[e.ExternalID] = true
				sound(t, e)
			}
		}
	})
}

// sound fails when an event could not be stored.
func sound(t *testing.T, e channels.Inbound) {
	t.Helper()
	texts := append([]string{e.ExternalID, e.From.Identity, e.From.Name}, e.From.Aliases...)
	if m := e.Message; m != nil {
		texts = append(texts, m.Refs.Quote, m.Refs.Answer)
		if m.Media != nil {
			texts = append(texts, m.Media.Ref, m.Media.MIME)
		} else if err := m.Content.Check(); err != nil {
			t.Fatalf("the content cannot be stored: %v", err)
		}
	}
	if r := e.Receipt; r != nil {
		texts = append(texts, r.ProviderID, r.Code, r.Text)
	}
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Fatalf("%q cannot be stored", s)
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	c := channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress)
	a := NewWhatsApp(Options{})
	r, body := posted(incoming(nil), "")
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if evs, _, err := a.Receive(b.Context(), c, nil, r, body); err != nil || len(evs) != 1 {
			b.Fatal(err)
		}
	}
}
