package whatsmeow

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"recado/channels"
	"recado/internal/chat"
)

var (
	anaPN  = types.NewJID("5215512345678", types.DefaultUserServer)
	anaLID = types.NewJID("98765432109876", types.HiddenUserServer)
	ourLID = types.JID{User: "11112222333344", Server: types.HiddenUserServer, Device: 0}
	at     = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

func unknownNumber(types.JID) types.JID { return types.EmptyJID }

func from(chat, alt types.JID) types.MessageInfo {
	return types.MessageInfo{ID: "ABC", Timestamp: at, PushName: "Ana", MessageSource: types.MessageSource{Chat: chat, Sender: chat, SenderAlt: alt}}
}

// received is a message as the library hands it over.
func received(m *waE2E.Message) *events.Message {
	return (&events.Message{Info: from(anaLID, anaPN), RawMessage: m}).UnwrapRaw()
}

func ptr[T any](v T) *T { return &v }

func b32(b byte) []byte { return []byte(strings.Repeat(string(b), 32)) }

func image() *waE2E.ImageMessage {
	return &waE2E.ImageMessage{DirectPath: ptr("/v/t62/abc?ccb=11"), MediaKey: b32('k'), FileEncSHA256: b32('e'), FileSHA256: b32('h'), FileLength: ptr(uint64(391)), Mimetype: ptr("image/jpeg; x=1"), Caption: ptr("Quiero este")}
}

// imageRef is the reference to image's file.
const imageRef = `{"kind":"WhatsApp Image Keys","path":"/v/t62/abc?ccb=11","key":"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=","sealed":"ZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWU=","hash":"aGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGg="}`

func TestInbound(t *testing.T) {
	t.Parallel()
	person := channels.Sender{Identity: anaPN.String(), Aliases: []string{anaLID.String()}, Verified: true, Name: "Ana", Phone: "+5215512345678"}
	quote := &waE2E.ContextInfo{StanzaID: ptr("QUOTED")}
	for name, x := range map[string]struct {
		in   *waE2E.Message
		want []channels.Inbound // Channel, ExternalID, At and From are filled in
	}{
		"text":             {&waE2E.Message{Conversation: ptr("Hola\x00 \xff")}, say(chat.Plain("Hola �"), channels.Refs{})},
		"a quoting text":   {&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: ptr("Sí"), ContextInfo: quote}}, say(chat.Plain("Sí"), channels.Refs{Quote: "QUOTED"})},
		"an empty text":    {&waE2E.Message{Conversation: ptr(" ")}, nil},
		"a button's label": {&waE2E.Message{ListResponseMessage: &waE2E.ListResponseMessage{Title: ptr("Martes")}}, say(chat.Plain("Martes"), channels.Refs{})},
		"an image": {&waE2E.Message{ImageMessage: image()}, []channels.Inbound{{Message: &channels.Message{
			Content: chat.Content{Type: chat.Image, Text: "Quiero este"}, Media: &channels.MediaRef{Ref: imageRef, MIME: "image/jpeg", Size: 391}}}}},
		"an image seen once": {&waE2E.Message{ViewOnceMessageV2: &waE2E.FutureProofMessage{Message: &waE2E.Message{ImageMessage: image()}}}, []channels.Inbound{{Message: &channels.Message{
			Content: chat.Content{Type: chat.Image, Text: "Quiero este"}, Media: &channels.MediaRef{Ref: imageRef, MIME: "image/jpeg", Size: 391}}}}},
		"an image without keys": {&waE2E.Message{ImageMessage: &waE2E.ImageMessage{DirectPath: ptr("/v?x")}}, say(chat.Content{Type: chat.Unsupported, Text: "image"}, channels.Refs{})},
		"a disappearing text":   {&waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{Conversation: ptr("Hola")}}}, say(chat.Plain("Hola"), channels.Refs{})},
		"a place": {&waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: ptr(19.4), DegreesLongitude: ptr(-99.1), Name: ptr("Zócalo")}},
			say(chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: 19.4, Longitude: -99.1, Name: "Zócalo"}}, channels.Refs{})},
		"a place nowhere": {&waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: ptr(math.NaN())}}, say(chat.Content{Type: chat.Unsupported, Text: "location"}, channels.Refs{})},
		"a contact": {&waE2E.Message{ContactMessage: &waE2E.ContactMessage{Vcard: ptr("BEGIN:VCARD\r\nFN:Luis\\, el de la tienda\r\nitem1.TEL;waid=52:+52 55\r\n  1234\r\nEMAIL;type=HOME:l@x.example\r\nEND:VCARD")}},
			say(chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis, el de la tienda", Phones: []string{"+52 55 1234"}, Emails: []string{"l@x.example"}}}, channels.Refs{})},
		"a reaction": {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Text: ptr("👍"), Key: &waCommon.MessageKey{ID: ptr("TARGET")}}},
			say(chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}, channels.Refs{React: "TARGET"})},
		"an edit": {&waE2E.Message{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{
			Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: &waCommon.MessageKey{ID: ptr("TARGET")}, EditedMessage: &waE2E.Message{Conversation: ptr("Tres")}}}}},
			[]channels.Inbound{{Edit: &channels.Edit{Of: "TARGET", Content: chat.Plain("Tres")}}}},
		"a deletion":         {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: &waCommon.MessageKey{ID: ptr("TARGET")}}}, []channels.Inbound{{Deletion: &channels.Deletion{Of: "TARGET"}}}},
		"a timer":            {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum()}}, nil},
		"a sticker":          {&waE2E.Message{StickerMessage: &waE2E.StickerMessage{}}, say(chat.Content{Type: chat.Unsupported, Text: "sticker"}, channels.Refs{})},
		"a poll":             {&waE2E.Message{PollCreationMessageV3: &waE2E.PollCreationMessage{Name: ptr("¿Qué día?")}}, say(chat.Content{Type: chat.Unsupported, Text: "pollCreationMessageV3"}, channels.Refs{})},
		"keys for a group":   {&waE2E.Message{SenderKeyDistributionMessage: &waE2E.SenderKeyDistributionMessage{}}, nil},
		"a vote":             {&waE2E.Message{PollUpdateMessage: &waE2E.PollUpdateMessage{}}, nil},
		"nothing":            {&waE2E.Message{}, nil},
		"a type of tomorrow": {unheardOf(), say(chat.Content{Type: chat.Unsupported, Text: "unknown"}, channels.Refs{})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChannel("34600111222")
			got := inbound(c, received(x.in), unknownNumber)
			for i := range x.want {
				x.want[i].Channel, x.want[i].ExternalID, x.want[i].At, x.want[i].From = c, "ABC", at, person
			}
			if len(got) != len(x.want) || len(got) > 0 && !reflect.DeepEqual(got, x.want) {
				a, _ := json.Marshal(got)
				b, _ := json.Marshal(x.want)
				t.Errorf("got  %s\nwant %s", a, b)
			}
		})
	}
}

func say(c chat.Content, refs channels.Refs) []channels.Inbound {
	return []channels.Inbound{{Message: &channels.Message{Content: c, Refs: refs}}}
}

func unheardOf() *waE2E.Message {
	m := &waE2E.Message{}
	if err := proto.Unmarshal([]byte{0x82, 0xa6, 0x1d, 0x01, 'x'}, m); err != nil {
		panic(err)
	}
	return m
}

func TestSeveralContactsAreSeveralMessages(t *testing.T) {
	t.Parallel()
	m := &waE2E.Message{ContactsArrayMessage: &waE2E.ContactsArrayMessage{Contacts: []*waE2E.ContactMessage{{DisplayName: ptr("Luis")}, nil, {DisplayName: ptr("Eva")}}}}
	got := inbound(newChannel("1"), received(m), unknownNumber)
	if len(got) != 2 || got[0].ExternalID != "ABC" || got[1].ExternalID == "ABC" || got[1].Message.Content.Contact.Name != "Eva" {
		t.Errorf("got %+v", got)
	}
}

func TestSender(t *testing.T) {
	t.Parallel()
	knows := func(j types.JID) types.JID { return map[types.JID]types.JID{anaLID: anaPN, anaPN: anaLID}[j] }
	device := anaPN
	device.Device = 7
	for name, x := range map[string]struct {
		source                types.MessageSource
		find                  lookup
		identity, phone, also string
	}{
		"a LID with its number":         {types.MessageSource{Chat: anaLID, SenderAlt: device}, unknownNumber, anaPN.String(), "+" + anaPN.User, anaLID.String()},
		"a LID whose number is known":   {types.MessageSource{Chat: anaLID}, knows, anaPN.String(), "+" + anaPN.User, anaLID.String()},
		"a LID and nothing else":        {types.MessageSource{Chat: anaLID}, unknownNumber, anaLID.String(), "", ""},
		"a number with its LID":         {types.MessageSource{Chat: anaPN, SenderAlt: anaLID}, unknownNumber, anaPN.String(), "+" + anaPN.User, anaLID.String()},
		"a number and nothing else":     {types.MessageSource{Chat: anaPN}, unknownNumber, anaPN.String(), "+" + anaPN.User, ""},
		"the owner, writing to the LID": {types.MessageSource{Chat: anaLID, IsFromMe: true, Sender: ourLID, SenderAlt: ourLID, RecipientAlt: anaPN}, unknownNumber, anaPN.String(), "+" + anaPN.User, anaLID.String()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := sender(x.source, x.find)
			if got.Identity != x.identity || got.Phone != x.phone || strings.Join(got.Aliases, " ") != x.also {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestWhatIsNoPersonsChatIsIgnored(t *testing.T) {
	t.Parallel()
	for _, j := range []types.JID{types.NewJID("120363", types.GroupServer), types.StatusBroadcastJID, types.NewJID("1", types.NewsletterServer), types.NewJID("1", types.BotServer), types.PSAJID, types.ServerJID, types.EmptyJID} {
		e := received(&waE2E.Message{Conversation: ptr("Hola")})
		e.Info.Chat = j
		if got := inbound(newChannel("1"), e, unknownNumber); got != nil {
			t.Errorf("a message of %s became %+v", j, got)
		}
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	for kind, state := range map[types.ReceiptType]chat.State{
		"": chat.Delivered, "inactive": chat.Delivered, "read": chat.Read, "played": chat.Read,
		"read-self": "", "sender": "", "retry": "", "server-error": "", "hist_sync": "",
	} {
		e := &events.Receipt{MessageSource: types.MessageSource{Chat: anaLID, SenderAlt: anaPN}, MessageIDs: []types.MessageID{"A", "B", ""}, Timestamp: at, Type: kind}
		got := receipts(newChannel("1"), e, unknownNumber)
		if state == "" {
			if len(got) > 0 {
				t.Errorf("%q gives %+v", kind, got)
			}
			continue
		}
		if len(got) != 2 || got[0].ExternalID == got[1].ExternalID || got[1].Receipt.ProviderID != "B" || got[1].Receipt.State != state || !got[1].At.Equal(at) {
			t.Errorf("%q gives %+v", kind, got)
		}
	}
}

// FuzzReceive feeds what a stranger's client may put into a message.
func FuzzReceive(f *testing.F) {
	for _, m := range []*waE2E.Message{
		{Conversation: ptr("Hola")}, {ImageMessage: image()}, {ReactionMessage: &waE2E.ReactionMessage{Text: ptr("👍"), Key: &waCommon.MessageKey{ID: ptr("T")}}},
		{ContactMessage: &waE2E.ContactMessage{Vcard: ptr("BEGIN:VCARD\nTEL:1\n")}}, {LocationMessage: &waE2E.LocationMessage{DegreesLatitude: ptr(math.Inf(1))}},
		{EditedMessage: &waE2E.FutureProofMessage{Message: &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: &waCommon.MessageKey{ID: ptr("T")}, EditedMessage: &waE2E.Message{Conversation: ptr("x")}}}}},
		unheardOf(),
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	c := newChannel("1")
	f.Fuzz(func(t *testing.T, b []byte) {
		m := &waE2E.Message{}
		if proto.Unmarshal(b, m) != nil {
			return
		}
		for _, in := range inbound(c, received(m), unknownNumber) {
			stored, err := json.Marshal(in)
			if err != nil {
				t.Fatalf("cannot be stored: %v", err)
			}
			if !utf8.Valid(stored) || strings.Contains(string(stored), `\u0000`) {
				t.Fatalf("PostgreSQL would refuse %s", stored)
			}
			if msg := in.Message; msg != nil && msg.Media == nil && msg.Content.Type != chat.ReactionMsg {
				if err := msg.Content.Check(); err != nil {
					t.Fatalf("no such content may be: %v %s", err, stored)
				}
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	c := newChannel("1")
	raw, err := proto.Marshal(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: ptr("¿Tienen la talla 38?"), ContextInfo: &waE2E.ContextInfo{StanzaID: ptr("Q")}}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m := &waE2E.Message{}
		if err := proto.Unmarshal(raw, m); err != nil {
			b.Fatal(err)
		}
		if len(inbound(c, received(m), unknownNumber)) != 1 {
			b.Fatal("lost")
		}
	}
}
