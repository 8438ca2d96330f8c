package telegram

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
)

// Receive implements channels.Webhook. Telegram repeats in a header the secret given to
// setWebhook. A press is answered within our reply, as the Bot API offers ("making requests
// when getting updates"): the app takes the spinner off the button as soon as the event is
// stored, and no call of ours can fail or delay it.
func (a *Adapter) Receive(_ context.Context, c channels.Channel, _ channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	secret := c.Value("secret_token")
	given := r.Header.Get("X-Telegram-Bot-Api-Secret-Token")
	if secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(given)) != 1 {
		return nil, nil, channels.ErrSignature
	}
	var u update
	if err := json.Unmarshal(body, &u); err != nil || u.ID == 0 {
		return nil, nil, channels.ErrMalformed
	}
	var reply *channels.Reply
	if u.Pressed != nil {
		reply = answered(u.Pressed.ID)
	}
	in, ok := u.inbound()
	if !ok {
		return nil, reply, nil
	}
	in.Channel = c
	return []channels.Inbound{in}, reply, nil
}

// answered is the call of answerCallbackQuery as the reply to a webhook.
func answered(query string) *channels.Reply {
	body, err := json.Marshal(map[string]string{"method": "answerCallbackQuery", "callback_query_id": query})
	if err != nil {
		return nil // two strings always marshal
	}
	return &channels.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

func (u *update) inbound() (channels.Inbound, bool) {
	switch {
	case u.Message != nil:
		return u.Message.inbound()
	case u.Edited != nil:
		return u.Edited.edit(u.ID)
	case u.Pressed != nil:
		return u.Pressed.inbound()
	case u.Reaction != nil:
		return u.Reaction.inbound(u.ID)
	}
	return channels.Inbound{}, false // a person blocked the bot, and whatever is invented tomorrow
}

// ref names a message: its number counts within the chat only.
func ref(chat, message int64) string {
	return strconv.FormatInt(chat, 10) + ":" + strconv.FormatInt(message, 10)
}

// private reports whether it was a person, writing to the bot alone.
func private(r room, from *user) bool { return r.Type == "private" && from != nil && !from.Bot }

func sender(r room, from *user) channels.Sender {
	return channels.Sender{
		Identity: strconv.FormatInt(r.ID, 10), Verified: true,
		Name: clean(strings.TrimSpace(from.FirstName+" "+from.LastName), 200), Language: clean(from.Language, 35),
	}
}

func seconds(s int64) time.Time {
	if s <= 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func (m *message) inbound() (channels.Inbound, bool) {
	content, media := m.content()
	if !private(m.Chat, m.From) || content.Type == "" {
		return channels.Inbound{}, false
	}
	in := channels.Inbound{
		ExternalID: ref(m.Chat.ID, m.ID), At: seconds(m.Date), From: sender(m.Chat, m.From),
		Message: &channels.Message{Content: content, Media: media},
	}
	if m.ReplyTo != nil {
		in.Message.Refs.Quote = ref(m.Chat.ID, m.ReplyTo.ID)
	}
	if m.Contact != nil && m.Contact.UserID == m.From.ID { // their own number, which Telegram has checked
		in.From.Phone = e164(m.Contact.Phone)
	}
	return in, true
}

// edit is a changed text or caption. A moving live location is edited all the time and is
// no news.
func (m *message) edit(id int64) (channels.Inbound, bool) {
	text := clean(m.Text+m.Caption, chat.MaxText)
	if !private(m.Chat, m.From) || strings.TrimSpace(text) == "" {
		return channels.Inbound{}, false
	}
	return channels.Inbound{
		ExternalID: event(id), At: seconds(m.Edited), From: sender(m.Chat, m.From),
		Edit: &channels.Edit{Of: ref(m.Chat.ID, m.ID), Content: chat.Plain(text)},
	}, true
}

// event names what has no id of its own but the update's.
func event(id int64) string { return "update:" + strconv.FormatInt(id, 10) }

func (p *press) inbound() (channels.Inbound, bool) {
	if p.Message == nil || p.Data == "" || !private(p.Message.Chat, &p.From) {
		return channels.Inbound{}, false
	}
	data := clean(p.Data, maxChoice)
	label := data
	if k := p.Message.Markup; k != nil {
		for _, row := range k.Rows {
			for _, b := range row {
				if b.Data == p.Data {
					label = clean(b.Text, 120)
				}
			}
		}
	}
	return channels.Inbound{
		ExternalID: p.ID, From: sender(p.Message.Chat, &p.From),
		Message: &channels.Message{
			Content: chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: data, Label: label}},
			Refs:    channels.Refs{Answer: ref(p.Message.Chat.ID, p.Message.ID)},
		},
	}, p.ID != "" && data != ""
}

func (r *reaction) inbound(id int64) (channels.Inbound, bool) {
	if !private(r.Chat, r.From) {
		return channels.Inbound{}, false
	}
	content := chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{}}
	if n := len(r.New); n > 0 {
		last := r.New[n-1]
		content.Reaction.Emoji = clean(last.Emoji, 32)
		if last.Type != "emoji" || content.Reaction.Emoji == "" { // a sticker's picture, which we cannot show
			content = chat.Content{Type: chat.Unsupported, Text: "reaction " + clean(last.Type, 32)}
		}
	}
	return channels.Inbound{
		ExternalID: event(id), At: seconds(r.Date), From: sender(r.Chat, r.From),
		Message: &channels.Message{Content: content, Refs: channels.Refs{React: ref(r.Chat.ID, r.Message)}},
	}, true
}

// content is what a message says; its Type is "" for what the app notes by itself.
func (m *message) content() (chat.Content, *channels.MediaRef) {
	text := clean(m.Text, chat.MaxText)
	switch f := m.media(); {
	case f != nil:
		return m.file(f)
	case strings.TrimSpace(text) != "":
		return chat.Plain(text), nil
	case m.Venue != nil:
		v := m.Venue
		l := chat.Location{Latitude: v.Location.Latitude, Longitude: v.Location.Longitude, Name: clean(v.Title, 200), Address: clean(v.Address, 400)}
		return chat.Content{Type: chat.LocationMsg, Location: &l}, nil
	case m.Place != nil:
		return chat.Content{Type: chat.LocationMsg, Location: &chat.Location{Latitude: m.Place.Latitude, Longitude: m.Place.Longitude}}, nil
	case m.Contact != nil:
		return m.Contact.content(), nil
	}
	if other := strings.TrimSpace(clean(m.other, 64)); other != "" {
		return chat.Content{Type: chat.Unsupported, Text: other}, nil
	}
	return chat.Content{}, nil
}

func (m *message) file(f *file) (chat.Content, *channels.MediaRef) {
	kind, mime := chat.Document, f.MIME
	assume := func(t string) {
		if mime == "" {
			mime = t
		}
	}
	switch {
	case len(m.Photo) > 0:
		kind = chat.Image
	case m.Voice != nil:
		kind = chat.Voice
		assume("audio/ogg")
	case m.Audio != nil:
		kind = chat.Audio
		assume("audio/mpeg")
	case m.Video != nil, m.Round != nil, m.Animated != nil:
		kind = chat.Video
		assume("video/mp4")
	}
	media := &chat.Media{
		Name: clean(f.Name, 255), MIME: clean(mime, 127), Size: max(f.Size, 0),
		Width: max(f.Width, f.Length), Height: max(f.Height, f.Length), Duration: f.Duration * 1000,
	}
	return chat.Content{Type: kind, Text: clean(m.Caption, chat.MaxText), Media: media},
		&channels.MediaRef{Ref: f.ID, MIME: media.MIME, Name: media.Name, Size: media.Size}
}

func (c *contact) content() chat.Content {
	card := &chat.Card{Name: clean(strings.TrimSpace(c.FirstName+" "+c.LastName), 200)}
	if p := clean(c.Phone, 32); p != "" {
		card.Phones = []string{p}
	}
	if card.Name == "" {
		card.Name = strings.Join(card.Phones, "")
	}
	if card.Name == "" {
		return chat.Content{Type: chat.Unsupported, Text: "contact"}
	}
	return chat.Content{Type: chat.ContactCard, Contact: card}
}

// e164 is a number as Telegram writes it, with the plus it sometimes leaves out; "" if it
// is none.
func e164(s string) string {
	digits := strings.TrimPrefix(s, "+")
	if len(digits) < 6 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return "+" + digits
}

// clean takes out of a text what the database refuses and cuts it to so many bytes.
func clean(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
