package telegram

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/internal/sim"
)

// Do implements sim.Platform. The first thing a person does opens the chat with the bot.
func (p *Platform) Do(_ context.Context, a sim.Action) (string, error) {
	id, err := strconv.ParseInt(a.Customer.ID, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%q is no Telegram user id", a.Customer.ID)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.byRef[a.Ref]
	if b == nil {
		return "", errNoBot
	}
	if b.chats[id] == nil {
		b.chats[id] = &thread{person: a.Customer}
	}
	switch a.Act {
	case sim.SayText, sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile, sim.SendPlace, sim.SendCard, sim.SendSticker:
		return p.write(b, id, a)
	case sim.Press:
		return p.press(b, id, a)
	case sim.React:
		return p.react(b, id, a)
	case sim.EditText:
		return p.edit(b, id, a)
	case sim.Opaque:
		return p.push(b, "telepathy", map[string]any{"from": person(id, a.Customer), "date": now(), "thought": "…"}), nil
	}
	return "", sim.ErrCannot{Act: a.Act}
}

// Block makes a person block the bot, or let it write again.
func (p *Platform) Block(ref, customer string, on bool) error {
	id, err := strconv.ParseInt(customer, 10, 64)
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.byRef[ref]
	if err != nil || b == nil || b.chats[id] == nil {
		return errNoBot
	}
	b.chats[id].blocked = on
	return nil
}

func now() int64 { return time.Now().Unix() }

func person(id int64, p sim.Person) map[string]any {
	first, last, _ := strings.Cut(p.Name, " ")
	if first == "" {
		first = "Persona"
	}
	out := map[string]any{"id": id, "is_bot": false, "first_name": first, "language_code": "es"}
	if last != "" {
		out["last_name"] = last
	}
	return out
}

func room(id int64, p sim.Person) map[string]any {
	out := person(id, p)
	delete(out, "is_bot")
	delete(out, "language_code")
	out["type"] = "private"
	return out
}

// write is a new message of the person's.
func (p *Platform) write(b *bot, id int64, a sim.Action) (string, error) {
	m := &bubble{}
	m.Mine, m.Type, m.Text = true, string(a.Act), a.Text
	if a.ID != "" {
		number, err := numberOf(a.ID)
		if err != nil {
			return "", err
		}
		m.number = number
		if b.chats[id].find(number) != nil { // a repeat: on the screen it is one message
			return a.ID, p.tell(b, id, m, a)
		}
	}
	if a.Quote != "" {
		number, err := numberOf(a.Quote)
		if err != nil || b.chats[id].find(number) == nil {
			return "", fmt.Errorf("there is no message %q to quote", a.Quote)
		}
		m.Quote = a.Quote
	}
	if a.File != nil {
		m.Media = &sim.Media{MIME: a.MIME, Name: a.FileName, Bytes: a.File}
	}
	b.add(id, m)
	return m.ID, p.tell(b, id, m, a)
}

// tell pushes the update of a new message.
func (p *Platform) tell(b *bot, id int64, m *bubble, a sim.Action) error {
	out := b.wire(id, m)
	switch a.Act {
	case sim.SendPlace:
		place := map[string]any{"latitude": a.Lat, "longitude": a.Lng}
		if out["location"] = place; a.Text != "" {
			out["venue"] = map[string]any{"location": place, "title": a.Text, "address": "México"}
		}
	case sim.SendCard:
		first, last, _ := strings.Cut(a.Text, " ")
		out["contact"] = map[string]any{"phone_number": "525512345678", "first_name": first, "last_name": last}
	case sim.SendSticker:
		out["sticker"] = map[string]any{"file_id": b.keep("stickers", "image/webp", a.File), "type": "regular", "width": 512, "height": 512, "emoji": "😀"}
	case sim.SayText:
		out["text"] = a.Text
	default:
		b.attachment(out, a)
	}
	p.push(b, "message", out)
	return nil
}

// attachment adds a file to a message. A photo comes in several sizes, small first.
func (b *bot) attachment(out map[string]any, a sim.Action) {
	if a.Text != "" {
		out["caption"] = a.Text
	}
	file := func(folder string) map[string]any {
		return map[string]any{"file_id": b.keep(folder, a.MIME, a.File), "file_size": len(a.File), "mime_type": a.MIME, "file_name": a.FileName}
	}
	switch a.Act {
	case sim.SendImage:
		small := map[string]any{"file_id": b.keep("thumbnails", a.MIME, []byte{0}), "width": 90, "height": 90, "file_size": 1}
		large := map[string]any{"file_id": b.keep("photos", a.MIME, a.File), "width": 1280, "height": 1280, "file_size": len(a.File)}
		out["photo"] = []any{small, large}
	case sim.SendAudio:
		f := file("music")
		f["duration"], f["title"] = 3, "Audio"
		out["audio"] = f
	case sim.SendVoice:
		f := file("voice")
		delete(f, "file_name")
		f["duration"] = 3
		out["voice"] = f
	case sim.SendVideo:
		f := file("videos")
		f["duration"], f["width"], f["height"] = 3, 640, 480
		out["video"] = f
	case sim.SendFile:
		out["document"] = file("documents")
	}
}

// wire is a message as the Bot API shows it; of a person's own, without what it holds.
func (b *bot) wire(id int64, m *bubble) map[string]any {
	t := b.chats[id]
	out := map[string]any{"message_id": m.number, "date": m.At.Unix(), "chat": room(id, t.person)}
	if m.At.IsZero() {
		out["date"] = now()
	}
	out["from"] = b.user()
	if m.Mine {
		out["from"] = person(id, t.person)
	} else if m.Type == "text" {
		out["text"] = m.Text
	}
	if m.keyboard != nil {
		out["reply_markup"] = m.keyboard
	}
	if number, err := numberOf(m.Quote); err == nil {
		if of := t.find(number); of != nil {
			original := b.wire(id, of)
			delete(original, "reply_to_message")
			out["reply_to_message"] = original
		}
	}
	return out
}

func (p *Platform) press(b *bot, id int64, a sim.Action) (string, error) {
	m, err := b.target(id, a.Target)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(m.Buttons, func(c sim.Choice) bool { return c.URL == "" && c.ID == a.Choice }) {
		return "", fmt.Errorf("message %s has no button %q", a.Target, a.Choice)
	}
	query := a.ID
	if query == "" {
		query = strconv.FormatInt(id, 10) + strconv.FormatInt(7000000000+b.news, 10)
	}
	b.queries[query] = true
	p.push(b, "callback_query", map[string]any{
		"id": query, "from": person(id, a.Customer), "message": b.wire(id, m), "chat_instance": "1", "data": a.Choice,
	})
	return query, nil
}

func (p *Platform) react(b *bot, id int64, a sim.Action) (string, error) {
	m, err := b.target(id, a.Target)
	if err != nil {
		return "", err
	}
	list := func(emojis []string) []map[string]string {
		out := []map[string]string{}
		for _, e := range emojis {
			out = append(out, map[string]string{"type": "emoji", "emoji": e})
		}
		return out
	}
	before := list(m.Reactions)
	if m.Reactions = nil; a.Text != "" {
		m.Reactions = []string{a.Text}
	}
	return p.push(b, "message_reaction", map[string]any{
		"chat": room(id, a.Customer), "message_id": m.number, "user": person(id, a.Customer), "date": now(),
		"old_reaction": before, "new_reaction": list(m.Reactions),
	}), nil
}

func (p *Platform) edit(b *bot, id int64, a sim.Action) (string, error) {
	m, err := b.target(id, a.Target)
	if err != nil {
		return "", err
	}
	if !m.Mine {
		return "", fmt.Errorf("message %s is not the person's own", a.Target)
	}
	m.Text, m.Edited = a.Text, true
	out := b.wire(id, m)
	out["text"], out["edit_date"] = a.Text, now()
	return p.push(b, "edited_message", out), nil
}

func (b *bot) target(id int64, target string) (*bubble, error) {
	number, err := numberOf(target)
	if err != nil {
		return nil, err
	}
	m := b.chats[id].find(number)
	if m == nil {
		return nil, fmt.Errorf("there is no message %q", target)
	}
	return m, nil
}

// push sends an update to the bot's webhook and returns its id. What the bot did not ask
// for does not come; reactions come only to those who asked by name.
func (p *Platform) push(b *bot, kind string, content map[string]any) string {
	b.news++
	id := "update:" + strconv.FormatInt(b.news, 10)
	asked := slices.Contains(b.allowed, kind) || kind == "telepathy" || len(b.allowed) == 0 && kind != "message_reaction"
	if b.hook == "" || !asked {
		return id
	}
	h := http.Header{}
	if b.secret != "" {
		h.Set("X-Telegram-Bot-Api-Secret-Token", b.secret)
	}
	p.hooks.Push(sim.Hook{
		URL: b.hook, ContentType: "application/json", Header: h,
		Body: encode(map[string]any{"update_id": b.news, kind: content}),
	})
	return id
}
