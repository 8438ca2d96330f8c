package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
)

// Send implements channels.Adapter. Texts go without a parse mode: what an agent writes is
// shown as written.
func (a *Adapter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	q, err := compose(m)
	if err != nil {
		return channels.Sent{}, &errs.Send{Op: "telegram.send", Class: errs.Permanent, Code: "unfit", Err: err}
	}
	raw, err := a.do(ctx, c, q)
	if err != nil {
		return channels.Sent{}, err
	}
	var sent message
	if json.Unmarshal(raw, &sent) != nil || sent.ID == 0 { // a reaction is answered with true
		return channels.Sent{}, nil
	}
	return channels.Sent{ProviderID: ref(sent.Chat.ID, sent.ID), At: seconds(sent.Date), State: chat.Sent}, nil
}

// compose is the call for a message. Its error says why Telegram cannot carry it.
func compose(m channels.Outgoing) (call, error) {
	to, err := strconv.ParseInt(m.To, 10, 64)
	if err != nil {
		return call{}, fmt.Errorf("%q is no chat of Telegram's", m.To)
	}
	q, err := content(m)
	if err != nil {
		return call{}, err
	}
	q.params["chat_id"] = to
	if m.Refs.Quote != "" {
		_, number, err := parseRef(m.Refs.Quote)
		if err != nil {
			return call{}, err
		}
		// Without the second field, quoting what the person has deleted would fail the message.
		q.params["reply_parameters"] = map[string]any{"message_id": number, "allow_sending_without_reply": true}
	}
	return q, nil
}

func content(m channels.Outgoing) (call, error) {
	c := m.Content
	switch c.Type {
	case chat.Text:
		return text(c.Text)
	case chat.Buttons:
		q, err := text(c.Text)
		if err != nil {
			return q, err
		}
		q.params["reply_markup"], err = rows(c.Buttons)
		return q, err
	case chat.Image, chat.Audio, chat.Voice, chat.Video, chat.Document:
		return media(m)
	case chat.LocationMsg:
		return location(c)
	case chat.ContactCard:
		return card(c)
	case chat.Products:
		return product(c)
	case chat.ReactionMsg:
		return react(m)
	}
	return call{}, fmt.Errorf("a bot cannot send a message of type %s", c.Type)
}

func text(s string) (call, error) {
	if n := utf8.RuneCountInString(s); n == 0 || n > maxText {
		return call{}, fmt.Errorf("a text has 1 to %d characters, not %d", maxText, n)
	}
	return call{method: "sendMessage", params: map[string]any{"text": s}}, nil
}

// rows is a keyboard with one button a row: side by side, phones cut their labels. A
// choice's id travels as it is and comes back in the press, so it must fit: there is no
// memory here in which a short form could be looked up.
func rows(bs []chat.Button) (keyboard, error) {
	var k keyboard
	for _, b := range bs {
		switch {
		case b.Label == "":
			return k, errors.New("a button has no label")
		case b.URL != "":
			k.Rows = append(k.Rows, []button{{Text: b.Label, URL: b.URL}})
		case b.ID == "" || len(b.ID) > maxChoice:
			return k, fmt.Errorf("the id of a button has 1 to %d bytes, %q has %d", maxChoice, b.ID, len(b.ID))
		default:
			k.Rows = append(k.Rows, []button{{Text: b.Label, Data: b.ID}})
		}
	}
	if n := len(k.Rows); n == 0 || n > maxButtons {
		return k, fmt.Errorf("a message has 1 to %d buttons, not %d", maxButtons, n)
	}
	return k, nil
}

// media uploads a file. What a method does not play is sent as a document, which takes
// anything.
func media(m channels.Outgoing) (call, error) {
	f := m.Content.Media
	if f == nil || m.Open == nil {
		return call{}, errors.New("there is no file")
	}
	kind, _, err := mime.ParseMediaType(f.MIME)
	if err != nil {
		kind = "application/octet-stream"
	}
	method, param := uploadMethod(m.Content.Type, kind)
	most := int64(fileSize)
	if method == "sendPhoto" {
		most = photoSize
	}
	if f.Size > most {
		return call{}, fmt.Errorf("the file has %d bytes, %s takes %d", f.Size, method, most)
	}
	q := call{method: method, params: map[string]any{}, file: &upload{param: param, name: fileName(f.Name), mime: kind, open: m.Open}}
	if n := utf8.RuneCountInString(m.Content.Text); n > maxCaption {
		return call{}, fmt.Errorf("a caption has up to %d characters, not %d", maxCaption, n)
	}
	if m.Content.Text != "" {
		q.params["caption"] = m.Content.Text
	}
	if seconds := f.Duration / 1000; seconds > 0 && param != "photo" && param != "document" {
		q.params["duration"] = seconds
	}
	if param == "video" && f.Width > 0 && f.Height > 0 {
		q.params["width"], q.params["height"] = f.Width, f.Height
	}
	return q, nil
}

// uploadMethod is the method for a file and the parameter that carries it. sendVoice takes
// OGG with Opus, MP3 and M4A, sendAudio MP3 and M4A, sendVideo MP4 (manual, of each).
func uploadMethod(t chat.Type, kind string) (method, param string) {
	music := kind == "audio/mpeg" || kind == "audio/mp3" || kind == "audio/mp4" || kind == "audio/m4a" || kind == "audio/x-m4a"
	switch {
	case t == chat.Image && kind == "image/gif":
		return "sendAnimation", "animation"
	case t == chat.Image && (kind == "image/jpeg" || kind == "image/png" || kind == "image/webp"):
		return "sendPhoto", "photo"
	case t == chat.Voice && (kind == "audio/ogg" || kind == "audio/opus" || music):
		return "sendVoice", "voice"
	case t == chat.Audio && music:
		return "sendAudio", "audio"
	case t == chat.Video && kind == "video/mp4":
		return "sendVideo", "video"
	}
	return "sendDocument", "document"
}

// fileName is a name as it may stand in a form; Telegram shows it.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r == '/' {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "file"
	}
	return s
}

// location is a point, or with anything to read beside it a venue, whose title and address
// are both required.
func location(c chat.Content) (call, error) {
	l := c.Location
	if l == nil {
		return call{}, errors.New("there is no location")
	}
	q := call{method: "sendLocation", params: map[string]any{"latitude": l.Latitude, "longitude": l.Longitude}}
	var words []string
	for _, w := range []string{l.Name, c.Text, l.Address} {
		if w != "" {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return q, nil
	}
	q.method, q.params["title"] = "sendVenue", words[0]
	q.params["address"] = strings.Join(words[1:], ", ")
	if len(words) == 1 {
		q.params["address"] = fmt.Sprintf("%.5f, %.5f", l.Latitude, l.Longitude)
	}
	return q, nil
}

// card is a contact. One that says more than a name and a number carries a vCard, and one
// without a number, or with a text beside it, which Telegram has no place for, is a text.
func card(c chat.Content) (call, error) {
	k := c.Contact
	if k == nil || k.Name == "" {
		return call{}, errors.New("there is no contact")
	}
	if len(k.Phones) == 0 || c.Text != "" {
		lines := append([]string{c.Text, k.Name}, k.Phones...)
		return text(strings.TrimSpace(strings.Join(append(lines, k.Emails...), "\n")))
	}
	q := call{method: "sendContact", params: map[string]any{"phone_number": k.Phones[0], "first_name": k.Name}}
	if v := vcard(k); len(k.Phones)+len(k.Emails) > 1 && len(v) <= 2048 { // the manual's limit, in bytes
		q.params["vcard"] = v
	}
	return q, nil
}

// vcard is RFC 6350's predecessor 3.0 (RFC 2426), which phones read best.
func vcard(k *chat.Card) string {
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r", "", "\n", `\n`).Replace
	lines := []string{"BEGIN:VCARD", "VERSION:3.0", "FN:" + escape(k.Name), "N:" + escape(k.Name) + ";;;;"}
	for _, p := range k.Phones {
		lines = append(lines, "TEL:"+escape(p))
	}
	for _, e := range k.Emails {
		lines = append(lines, "EMAIL:"+escape(e))
	}
	return strings.Join(append(lines, "END:VCARD", ""), "\r\n")
}

// product is one card: its picture with a caption or, where there is none or the caption
// would not hold the words, a text with the picture as its preview.
func product(c chat.Content) (call, error) {
	if len(c.Products) != 1 {
		return call{}, fmt.Errorf("a message has one product, not %d", len(c.Products))
	}
	p := c.Products[0]
	head := p.Title
	if price := channels.Price(p.Price, p.Currency, "es"); price != "" {
		head += " – " + price
	}
	var lines []string
	for _, l := range []string{c.Text, head, p.Text} {
		if l != "" {
			lines = append(lines, l)
		}
	}
	words := strings.Join(lines, "\n")
	var q call
	switch {
	case p.Image != "" && utf8.RuneCountInString(words) <= maxCaption:
		q = call{method: "sendPhoto", params: map[string]any{"photo": p.Image, "caption": words}}
	default:
		var err error
		if q, err = text(words); err != nil {
			return q, err
		}
		if p.Image != "" {
			q.params["link_preview_options"] = map[string]any{"url": p.Image, "prefer_large_media": true, "show_above_text": true}
		}
	}
	buttons := p.Buttons
	if p.URL != "" {
		buttons = append([]chat.Button{{ID: "url", Label: p.Title, URL: p.URL}}, buttons...)
	}
	if len(buttons) == 0 {
		return q, nil
	}
	k, err := rows(buttons)
	q.params["reply_markup"] = k
	return q, err
}

// react puts an emoji on a message or takes it away. Telegram's own list writes hearts and
// the like without the variation selector that keyboards add.
func react(m channels.Outgoing) (call, error) {
	if m.Content.Reaction == nil {
		return call{}, errors.New("there is no reaction")
	}
	_, number, err := parseRef(m.Refs.React)
	if err != nil {
		return call{}, err
	}
	list := []emoji{}
	if e := strings.ReplaceAll(m.Content.Reaction.Emoji, "\ufe0f", ""); e != "" {
		list = append(list, emoji{Type: "emoji", Emoji: e})
	}
	return call{method: "setMessageReaction", params: map[string]any{"message_id": number, "reaction": list}}, nil
}

func parseRef(s string) (chat, message int64, err error) {
	a, b, ok := strings.Cut(s, ":")
	chat, err = strconv.ParseInt(a, 10, 64)
	if err == nil {
		message, err = strconv.ParseInt(b, 10, 64)
	}
	if !ok || err != nil {
		return 0, 0, fmt.Errorf("%q is no message of Telegram's", s)
	}
	return chat, message, nil
}

// Typing implements channels.Typer: "typing" stands for five seconds or until a message comes.
func (a *Adapter) Typing(ctx context.Context, c channels.Channel, to, _ string) error {
	_, err := a.do(ctx, c, call{method: "sendChatAction", params: map[string]any{"chat_id": to, "action": "typing"}})
	return err
}

// Seen implements channels.Typer. A bot cannot say that it has read.
func (*Adapter) Seen(context.Context, channels.Channel, string, string) error { return nil }
