package twilio

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
)

// twiml is the answer that says nothing more to the customer.
var twiml = channels.Reply{
	Status: http.StatusOK,
	Header: http.Header{"Content-Type": {"text/xml; charset=utf-8"}},
	Body:   []byte(`<?xml version="1.0" encoding="UTF-8"?><Response/>`),
}

// Receive implements channels.Webhook: messages and statuses come to the same address. The
// account is known by its address and its token; a body that names another is refused.
func (l *line) Receive(_ context.Context, c channels.Channel, _ channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	form, err := verify(c, r, body)
	if err != nil {
		return nil, nil, err
	}
	if form == nil { // signed, but no messaging event: those are forms
		return nil, &twiml, nil
	}
	if form.Get("AccountSid") != c.Value("account_sid") {
		return nil, nil, channels.ErrSignature
	}
	if clean(form.Get("MessageSid"), maxRef) == "" {
		return nil, nil, channels.ErrMalformed
	}
	if status := form.Get("MessageStatus"); status != "" {
		return l.receipt(c, form, status, r.URL.Query().Get("message")), &twiml, nil
	}
	return l.messages(c, form), &twiml, nil
}

// states are Twilio's, in ours. All before "delivered" mean that Twilio has the message.
var states = map[string]chat.State{
	"accepted": chat.Sent, "scheduled": chat.Sent, "queued": chat.Sent, "sending": chat.Sent, "sent": chat.Sent,
	"delivered": chat.Delivered, "read": chat.Read,
	"undelivered": chat.Failed, "failed": chat.Failed, "canceled": chat.Failed,
}

func (l *line) receipt(c channels.Channel, form url.Values, status, ours string) []channels.Inbound {
	state, known := states[status]
	to, mine := l.person(form.Get("To"))
	if !known || !mine {
		return nil
	}
	sid := clean(form.Get("MessageSid"), maxRef)
	rc := chat.Receipt{ProviderID: sid, State: state}
	if m, err := id.Parse[id.Message](ours); err == nil {
		rc.Message = m
	}
	if state == chat.Failed {
		rc.Code = clean(form.Get("ErrorCode"), 20)
		if rc.Code == "" {
			rc.Code = status
		}
		rc.Text = clean(form.Get("ErrorMessage"), 500)
		if rc.Text == "" {
			rc.Text = clean(form.Get("ChannelStatusMessage"), 500)
		}
	}
	return []channels.Inbound{{
		Channel: c, ExternalID: "status:" + sid + ":" + status,
		From: channels.Sender{Identity: to}, Receipt: &rc,
	}}
}

// messages are the events of one incoming message: one, or one for each file of an MMS.
func (l *line) messages(c channels.Channel, form url.Values) []channels.Inbound {
	from, mine := l.person(form.Get("From"))
	if !mine {
		return nil
	}
	sid := clean(form.Get("MessageSid"), maxRef)
	sender := l.sender(form, from)
	var out []channels.Inbound
	for i, m := range l.parts(form) {
		ext := sid
		if i > 0 {
			ext += "/" + strconv.Itoa(i)
		}
		out = append(out, channels.Inbound{Channel: c, ExternalID: ext, From: sender, Message: &m})
	}
	return out
}

// person takes the channel's prefix off an address; ok is false for one of another channel,
// which a messaging service may send to the same webhook.
func (l *line) person(address string) (identity string, ok bool) {
	identity, ok = strings.CutPrefix(address, l.prefix)
	identity = clean(identity, maxRef)
	return identity, ok && identity != "" && !strings.Contains(identity, ":")
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// sender is who wrote. WhatsApp vouches for its numbers; the number on an SMS is only what
// the network passed on. WaId and ExternalUserId are WhatsApp's own names of the person: the
// first differs from the number in Mexico, Argentina and Brazil, the second stands for those
// who show no number.
func (l *line) sender(form url.Values, from string) channels.Sender {
	s := channels.Sender{Identity: from, Verified: l.kind == KindWhatsApp, Name: oneLine(form.Get("ProfileName"), 120)}
	if e164.MatchString(from) {
		s.Phone = from
	}
	if w := "+" + clean(form.Get("WaId"), maxRef); w != "+" && w != from {
		s.Aliases = append(s.Aliases, w)
	}
	if x, ok := l.person(form.Get("ExternalUserId")); ok && x != from {
		s.Aliases = append(s.Aliases, x)
	}
	return s
}

// most is how many files are read of one message; an MMS has ten at most.
const most = 10

// parts are what an incoming message says: one thing, or a file each.
func (l *line) parts(form url.Values) []channels.Message {
	n, _ := strconv.Atoi(form.Get("NumMedia"))
	if n > 0 {
		var out []channels.Message
		for i := range min(n, most) {
			m := l.file(form, i)
			if i == 0 {
				m.Content.Text = strings.TrimSpace(m.Content.Text + "\n" + clean(form.Get("Body"), chat.MaxText/2))
				m.Refs.Quote = clean(form.Get("OriginalRepliedMessageSid"), maxRef)
			}
			out = append(out, m)
		}
		return out
	}
	return []channels.Message{single(form)}
}

// file is the i-th file. WhatsApp plays recordings as OGG and nothing else, so such a file is
// one; stickers are the only WebP it has.
func (l *line) file(form url.Values, i int) channels.Message {
	n := strconv.Itoa(i)
	ref, mime := clean(form.Get("MediaUrl"+n), 2000), clean(form.Get("MediaContentType"+n), 127)
	kind, _, _ := strings.Cut(mime, ";")
	group, _, _ := strings.Cut(kind, "/")
	t := map[string]chat.Type{"image": chat.Image, "audio": chat.Audio, "video": chat.Video}[group]
	switch {
	case ref == "":
		return unsupported("media")
	case l.kind == KindWhatsApp && (kind == "image/webp" || form.Get("MessageType") == "sticker"):
		return unsupported("sticker")
	case l.kind == KindWhatsApp && kind == "audio/ogg":
		t = chat.Voice
	case t == "":
		t = chat.Document
	}
	return channels.Message{Content: chat.Content{Type: t}, Media: &channels.MediaRef{Ref: ref, MIME: mime}}
}

// single is a message without files.
func single(form url.Values) channels.Message {
	text := clean(form.Get("Body"), chat.MaxText)
	about := clean(form.Get("OriginalRepliedMessageSid"), maxRef)
	if a := answer(form, text); a != nil {
		return channels.Message{Content: chat.Content{Type: chat.AnswerMsg, Answer: a}, Refs: channels.Refs{Answer: about}}
	}
	lat, err1 := strconv.ParseFloat(form.Get("Latitude"), 64)
	lng, err2 := strconv.ParseFloat(form.Get("Longitude"), 64)
	switch {
	case err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180:
		place := &chat.Location{Latitude: lat, Longitude: lng, Name: oneLine(form.Get("Label"), 200), Address: oneLine(form.Get("Address"), 400)}
		return channels.Message{Content: chat.Content{Type: chat.LocationMsg, Location: place}, Refs: channels.Refs{Quote: about}}
	case strings.TrimSpace(text) != "":
		return channels.Message{Content: chat.Plain(text), Refs: channels.Refs{Quote: about}}
	}
	return unsupported(form.Get("MessageType"))
}

// answer is the button pressed or the row picked, nil for none. Buttons of templates may
// have no payload: their label is their id then.
func answer(form url.Values, text string) *chat.Answer {
	for _, f := range [][2]string{{"ButtonPayload", "ButtonText"}, {"ListId", "ListTitle"}} {
		given, label := clean(form.Get(f[0]), 200), oneLine(form.Get(f[1]), 120)
		if given == "" && label == "" {
			continue
		}
		if label == "" {
			label = oneLine(text, 120)
		}
		if given == "" {
			given = label
		}
		return &chat.Answer{ID: given, Label: label}
	}
	return nil
}

func unsupported(what string) channels.Message {
	if what = oneLine(what, 60); what == "" {
		what = "unknown"
	}
	return channels.Message{Content: chat.Content{Type: chat.Unsupported, Text: what}}
}

// maxRef is the longest id of the platform that is kept, in bytes; Twilio's have 34.
const maxRef = 200

// clean is s as it can be stored: UTF-8 without NUL, at most n bytes.
func clean(s string, n int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// oneLine is s as a name: one line, at most n characters.
func oneLine(s string, n int) string {
	r := []rune(strings.Join(strings.Fields(clean(s, chat.MaxText)), " "))
	return string(r[:min(len(r), n)])
}
