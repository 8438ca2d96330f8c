package messenger

import (
	"encoding/json"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
)

// received is a message of a webhook; an echo of one that the company sent is marked.
type received struct {
	MID         string `json:"mid"`
	Text        string `json:"text"`
	Echo        bool   `json:"is_echo"`
	Deleted     bool   `json:"is_deleted"`
	Unsupported bool   `json:"is_unsupported"`
	Metadata    string `json:"metadata"`
	QuickReply  struct {
		Payload string `json:"payload"`
	} `json:"quick_reply"`
	ReplyTo struct {
		MID string `json:"mid"` // absent when it is a story that is replied to
	} `json:"reply_to"`
	Attachments []json.RawMessage `json:"attachments"`
}

// attached is one file, link or share of a message.
type attached struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	URL     string `json:"url"`
	Payload struct {
		URL   string `json:"url"`
		Title string `json:"title"`
		Text  string `json:"text"`
	} `json:"payload"`
}

func (x attached) address() string {
	for _, u := range []string{x.Payload.URL, x.URL} {
		if u != "" && len(u) <= 4000 {
			return u
		}
	}
	return ""
}

// message is what a message is in our words: one event for its text and first attachment,
// and one for each further attachment, whose id is the message's with a number.
func (a *Adapter) message(ev event) []channels.Inbound {
	m := ev.Message
	if m.MID == "" {
		return nil
	}
	person := channels.Sender{Identity: ev.Sender.ID, Verified: true}
	if m.Echo {
		person.Identity = ev.Recipient.ID
		if ours, ok := ourID(m.Metadata); ok {
			return []channels.Inbound{{ExternalID: "echo:" + m.MID, From: person,
				Receipt: &chat.Receipt{ProviderID: m.MID, Message: ours, State: chat.Sent, At: moment(ev.Timestamp)}}}
		}
	}
	if m.Deleted {
		return []channels.Inbound{{ExternalID: "delete:" + m.MID, From: person, Deletion: &channels.Deletion{Of: m.MID}}}
	}
	var out []channels.Inbound
	for i, part := range a.parts(m) {
		part.Own = m.Echo
		in := channels.Inbound{ExternalID: m.MID, From: person, Message: &part}
		if i == 0 {
			part.Refs.Quote = m.ReplyTo.MID
		} else {
			in.ExternalID += "/" + strconv.Itoa(i+1)
		}
		out = append(out, in)
	}
	return out
}

// parts are the contents of a message; never none, so that the agent sees that something came.
func (a *Adapter) parts(m *received) []channels.Message {
	text := clip(m.Text, chat.MaxText)
	plain := channels.Message{Content: chat.Plain(text)}
	if m.QuickReply.Payload != "" {
		return []channels.Message{{Content: answer(m.QuickReply.Payload, text)}}
	}
	var out []channels.Message
	for _, raw := range m.Attachments {
		var x attached
		if json.Unmarshal(raw, &x) != nil {
			continue
		}
		if x.Type == "fallback" && text != "" { // the preview of a link in the text
			continue
		}
		out = append(out, a.part(x))
	}
	switch {
	case len(out) > 0 && text != "" && out[0].Media != nil:
		out[0].Content.Text = text
		return out
	case strings.TrimSpace(text) != "":
		return append([]channels.Message{plain}, out...)
	case len(out) > 0:
		return out
	}
	return []channels.Message{a.unsupported("message", "")}
}

// part is one attachment. A recording and an audio file are both "audio"; customers record.
func (a *Adapter) part(x attached) channels.Message {
	at := x.address()
	kinds := map[string]chat.Type{"image": chat.Image, "sticker": chat.Image, "audio": chat.Voice, "video": chat.Video, "file": chat.Document}
	if kind, ok := kinds[x.Type]; ok && at != "" {
		mime, name := guess(kind, at)
		return channels.Message{
			Content: chat.Content{Type: kind, Media: &chat.Media{Name: name, MIME: mime}},
			Media:   &channels.MediaRef{Ref: at, MIME: mime, Name: name},
		}
	}
	title := x.Title
	if title == "" {
		title = x.Payload.Title
	}
	if x.Type == "fallback" && (at != "" || title != "") { // a link, or a place as one
		return channels.Message{Content: chat.Plain(strings.TrimSpace(clip(title, 1000) + "\n" + at))}
	}
	if x.Type == "template" && x.Payload.Text != "" {
		return channels.Message{Content: chat.Plain(clip(x.Payload.Text, chat.MaxText))}
	}
	return a.unsupported(x.Type, at)
}

// unsupported says what came in the words of the catalogue, or by the platform's own name.
func (a *Adapter) unsupported(kind, at string) channels.Message {
	said := a.product.About.Texts["es"]["type."+kind]
	if said == "" {
		said = "[" + clip(kind, 60) + "]"
	}
	return channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: strings.TrimSpace(said + "\n" + at)}}
}

// types are MIME types by the ending of a file's name, as customers' files have them.
var types = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".wav": "audio/wav",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".zip": "application/zip",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// guess reads type and name off an address: the platform tells neither. A recording ends in
// ".mp4" as a film does, so the kind has the last word.
func guess(kind chat.Type, address string) (mime, name string) {
	usual := map[chat.Type]string{chat.Image: "image/jpeg", chat.Voice: "audio/mp4", chat.Video: "video/mp4"}[kind]
	if u, err := url.Parse(address); err == nil && u.Path != "" {
		name = path.Base(u.Path)
	}
	mime = types[strings.ToLower(path.Ext(name))]
	group, _, _ := strings.Cut(usual, "/")
	switch {
	case usual != "" && !strings.HasPrefix(mime, group+"/"):
		mime = usual
	case mime == "":
		mime = "application/octet-stream"
	}
	if kind != chat.Document { // of other files the platform makes up a name
		return mime, ""
	}
	return mime, clip(name, 255)
}

// mark begins what we put into metadata and payloads.
const mark = "recado:"

// offer is the payload of a choice: it comes back when the choice is taken, and nothing
// else tells which message offered it.
func offer(m id.Message, choice string) string { return mark + m.String() + ":" + choice }

func ourID(metadata string) (id.Message, bool) {
	s, ok := strings.CutPrefix(metadata, mark)
	if !ok {
		return id.Message{}, false
	}
	m, err := id.Parse[id.Message](s)
	return m, err == nil
}

// answer is a choice taken. A payload that is not ours (a menu, a start button) is the
// choice's id itself; without any, what was pressed is what was said.
func answer(payload, label string) chat.Content {
	out := &chat.Answer{ID: payload, Label: label}
	if rest, ok := strings.CutPrefix(payload, mark); ok {
		offered, choice, _ := strings.Cut(rest, ":")
		if m, err := id.Parse[id.Message](offered); err == nil && choice != "" {
			out.To, out.ID = m, choice
		}
	}
	if out.ID == "" {
		return chat.Plain(clip(label, chat.MaxText))
	}
	out.ID = shorten(out.ID, 200)
	out.Label = shorten(out.Label, 120)
	return chat.Content{Type: chat.AnswerMsg, Answer: out}
}

// shorten keeps a text within most characters.
func shorten(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return string([]rune(s)[:most-1]) + "…"
}
