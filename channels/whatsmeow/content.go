package whatsmeow

import (
	"bytes"
	"encoding/json"
	"math"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	wa "go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/reflect/protoreflect"

	"recado/channels"
	"recado/internal/chat"
)

// Bounds of what strangers write, as chat.Content has them.
const (
	maxName    = 200
	maxFile    = 255
	maxEmoji   = 32
	maxAddress = 400
	maxCards   = 10
	maxRef     = 300 // of a message's id
	maxWire    = 16 << 10
)

// bodiesOf is what a message says to people, unwrapped already; nothing for what is between
// clients.
func bodiesOf(m *waE2E.Message) []channels.Message {
	switch {
	case m == nil:
		return nil
	case m.ReactionMessage != nil:
		return one(chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: clean(m.ReactionMessage.GetText(), maxEmoji)}}, nil,
			channels.Refs{React: clean(m.ReactionMessage.GetKey().GetID(), maxRef)})
	case m.LocationMessage != nil:
		l := m.LocationMessage
		return place(l.GetDegreesLatitude(), l.GetDegreesLongitude(), l.GetName(), l.GetAddress(), l.GetComment(), quoted(l))
	case m.LiveLocationMessage != nil:
		l := m.LiveLocationMessage
		return place(l.GetDegreesLatitude(), l.GetDegreesLongitude(), "", "", l.GetCaption(), quoted(l))
	case m.ContactMessage != nil:
		return one(chat.Content{Type: chat.ContactCard, Contact: card(m.ContactMessage)}, nil, quoted(m.ContactMessage))
	case m.ContactsArrayMessage != nil:
		var out []channels.Message
		for _, c := range m.ContactsArrayMessage.GetContacts() {
			if len(out) < maxCards && c != nil {
				out = append(out, one(chat.Content{Type: chat.ContactCard, Contact: card(c)}, nil, quoted(m.ContactsArrayMessage))...)
			}
		}
		return out
	}
	if b, ok := textOf(m); ok {
		return b
	}
	if b, ok := mediaOf(m); ok {
		return b
	}
	return unknown(m)
}

func one(c chat.Content, media *channels.MediaRef, refs channels.Refs) []channels.Message {
	return []channels.Message{{Content: c, Media: media, Refs: refs}}
}

func unsupported(kind string) []channels.Message {
	return one(chat.Content{Type: chat.Unsupported, Text: kind}, nil, channels.Refs{})
}

// textOf reads what is text, answers to other software's buttons among it.
func textOf(m *waE2E.Message) ([]channels.Message, bool) {
	var s string
	var refs channels.Refs
	switch {
	case m.Conversation != nil:
		s = m.GetConversation()
	case m.ExtendedTextMessage != nil:
		s, refs = m.ExtendedTextMessage.GetText(), quoted(m.ExtendedTextMessage)
	case m.ButtonsResponseMessage != nil:
		s = m.ButtonsResponseMessage.GetSelectedDisplayText()
	case m.TemplateButtonReplyMessage != nil:
		s = m.TemplateButtonReplyMessage.GetSelectedDisplayText()
	case m.ListResponseMessage != nil:
		s = m.ListResponseMessage.GetTitle()
	default:
		return nil, false
	}
	s = clean(s, chat.MaxText)
	if strings.TrimSpace(s) == "" {
		return nil, true
	}
	return one(chat.Plain(s), nil, refs), true
}

// file is what the library's messages with a file have in common.
type file interface {
	wa.DownloadableMessage
	quoting
	GetMimetype() string
	GetFileLength() uint64
}

func mediaOf(m *waE2E.Message) ([]channels.Message, bool) {
	var f file
	var kind chat.Type
	var caption, name string
	var ref reference
	switch {
	case m.ImageMessage != nil:
		f, kind, caption, ref.Kind = m.ImageMessage, chat.Image, m.ImageMessage.GetCaption(), wa.MediaImage
	case m.VideoMessage != nil:
		f, kind, caption, ref.Kind = m.VideoMessage, chat.Video, m.VideoMessage.GetCaption(), wa.MediaVideo
	case m.PtvMessage != nil: // a round video, recorded in the chat
		f, kind, ref.Kind = m.PtvMessage, chat.Video, wa.MediaVideo
	case m.AudioMessage != nil:
		f, kind, ref.Kind = m.AudioMessage, chat.Audio, wa.MediaAudio
		if m.AudioMessage.GetPTT() {
			kind = chat.Voice
		}
	case m.DocumentMessage != nil:
		d := m.DocumentMessage
		f, kind, caption, name, ref.Kind = d, chat.Document, d.GetCaption(), d.GetFileName(), wa.MediaDocument
		if caption == name {
			caption = "" // phones put the name there
		}
	default:
		return nil, false
	}
	ref.Path, ref.Key, ref.Sealed, ref.Hash = f.GetDirectPath(), f.GetMediaKey(), f.GetFileEncSHA256(), f.GetFileSHA256()
	packed, err := json.Marshal(ref)
	if err != nil || !ref.valid() {
		return unsupported(string(kind)), true
	}
	media := &channels.MediaRef{Ref: string(packed), MIME: mimeOf(f.GetMimetype()), Name: clean(name, maxFile)}
	if n := f.GetFileLength(); n <= math.MaxInt64 {
		media.Size = int64(n)
	}
	return one(chat.Content{Type: kind, Text: clean(caption, chat.MaxText)}, media, quoted(f)), true
}

// mimeOf is a MIME type without parameters, "" when it is none.
func mimeOf(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil || len(t) > 127 || !strings.Contains(t, "/") {
		return ""
	}
	return t
}

func place(lat, lng float64, name, address, caption string, refs channels.Refs) []channels.Message {
	if !(math.Abs(lat) <= 90 && math.Abs(lng) <= 180) { // not so for NaN either
		return unsupported("location")
	}
	return one(chat.Content{Type: chat.LocationMsg, Text: clean(caption, chat.MaxText), Location: &chat.Location{
		Latitude: lat, Longitude: lng, Name: clean(name, maxName), Address: clean(address, maxAddress),
	}}, nil, refs)
}

// card reads a vCard as phones write them (RFC 2426): a name, numbers, addresses.
func card(c *waE2E.ContactMessage) *chat.Card {
	out := &chat.Card{Name: clean(c.GetDisplayName(), maxName)}
	unfolded := strings.NewReplacer("\r\n ", "", "\n ", "", "\r\n\t", "", "\n\t", "").Replace(clean(c.GetVcard(), chat.MaxText))
	for line := range strings.Lines(unfolded) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		key, _, _ = strings.Cut(key, ";")
		if _, plain, grouped := strings.Cut(key, "."); grouped { // "item1.TEL"
			key = plain
		}
		value = clean(strings.TrimSpace(strings.ReplaceAll(value, `\,`, ",")), maxName)
		switch {
		case value == "":
		case strings.EqualFold(key, "FN") && out.Name == "":
			out.Name = value
		case strings.EqualFold(key, "TEL") && len(out.Phones) < maxCards:
			out.Phones = append(out.Phones, value)
		case strings.EqualFold(key, "EMAIL") && len(out.Emails) < maxCards:
			out.Emails = append(out.Emails, value)
		}
	}
	if out.Name == "" {
		out.Name = "?"
		if len(out.Phones) > 0 {
			out.Name = out.Phones[0]
		}
	}
	return out
}

type quoting interface{ GetContextInfo() *waE2E.ContextInfo }

func quoted(m quoting) channels.Refs {
	return channels.Refs{Quote: clean(m.GetContextInfo().GetStanzaID(), maxRef)}
}

// silent are parts of messages that clients exchange about others and that say nothing by
// themselves.
var silent = []protoreflect.Name{
	"messageContextInfo", "senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage", "protocolMessage",
	"deviceSentMessage", "keepInChatMessage", "pinInChatMessage", "pollUpdateMessage", "encReactionMessage", "encEventResponseMessage",
	"messageHistoryNotice", "placeholderMessage", "stickerSyncRmrMessage",
}

// unknown names a type we have no shape for, so that the agent sees that something came.
func unknown(m *waE2E.Message) []channels.Message {
	kind := ""
	said := false
	m.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		said = true
		if !slices.Contains(silent, f.Name()) {
			kind = strings.TrimSuffix(string(f.Name()), "Message")
		}
		return kind == ""
	})
	if kind == "" && (said || len(m.ProtoReflect().GetUnknown()) == 0) {
		return nil
	}
	if kind == "" {
		kind = "unknown"
	}
	return unsupported(clean(kind, maxName))
}

// clean is a text that can be stored: valid UTF-8 without NUL, of at most so many bytes.
func clean(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// compact takes out the white space that the library for protobuf varies from build to build.
func compact(b []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, b) != nil {
		return b
	}
	return out.Bytes()
}

func cut(b []byte) []byte { return b[:min(len(b), maxWire)] }
