package meta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/internal/sim"
)

// writeOwn is the company writing in its own WhatsApp Business app (coexistence).
const writeOwn sim.Act = "own"

// Do implements sim.Platform.
func (s *Server) Do(_ context.Context, act sim.Action) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[act.Ref]
	if a == nil {
		return "", errors.New("meta: no such number: " + act.Ref)
	}
	if act.Customer.ID == "" {
		return "", errors.New("meta: a customer needs an id")
	}
	t := s.thread(a.ref, act.Customer)
	if act.Act == sim.ReadAll {
		for i := range t.bubbles {
			if b := &t.bubbles[i]; !b.Mine && !b.Read {
				b.Read = true
				s.status(a, t, *b, "read", nil)
			}
		}
		return "", nil
	}
	id := act.ID
	if id == "" {
		id = wamid(act.Customer.ID)
	}
	if act.Act == writeOwn {
		t.bubbles = append(t.bubbles, sim.Bubble{ID: id, At: time.Now(), Type: "text", Text: act.Text})
		s.echo(a, t, id, act.Text)
		return id, nil
	}
	m := map[string]any{"id": id, "timestamp": unix(time.Now())}
	b := sim.Bubble{ID: id, Mine: true, At: time.Now(), Text: act.Text}
	if err := s.compose(a, t, act, m, &b); err != nil {
		return "", err
	}
	if act.Quote != "" {
		if t.find(act.Quote) == nil {
			return "", errors.New("meta: there is no message to quote")
		}
		b.Quote = act.Quote
		m["context"] = map[string]string{"from": displayOf(a), "id": act.Quote}
	}
	if b.Type != "" && t.find(id) == nil {
		t.bubbles = append(t.bubbles, b)
	}
	t.heard = time.Now()
	s.receive(a, t, m)
	return id, nil
}

// compose fills a webhook's message and, if the act leaves something on the screen, b.Type
// and the rest of the bubble.
func (s *Server) compose(a *account, t *thread, act sim.Action, m map[string]any, b *sim.Bubble) error {
	switch act.Act {
	case sim.SayText:
		b.Type = "text"
		m["type"], m["text"] = "text", map[string]string{"body": act.Text}
	case sim.SendImage, sim.SendVideo, sim.SendFile, sim.SendAudio, sim.SendVoice, sim.SendSticker:
		s.composeFile(a, act, m, b)
	case sim.SendPlace:
		b.Type = "location"
		m["type"], m["location"] = "location", map[string]any{"latitude": act.Lat, "longitude": act.Lng, "name": act.Text}
	case sim.SendCard:
		b.Type = "contact"
		first, _, _ := strings.Cut(act.Text, " ")
		m["type"], m["contacts"] = "contacts", []any{map[string]any{
			"name":   map[string]string{"formatted_name": act.Text, "first_name": first},
			"phones": []any{map[string]string{"phone": "+52 55 1234 5678", "type": "CELL", "wa_id": "5215512345678"}},
		}}
	case sim.Press, sim.Pick:
		return composeChoice(a, t, act, m, b)
	case sim.React:
		on := t.find(act.Target)
		if on == nil {
			return errors.New("meta: there is no message to react to")
		}
		reaction := map[string]string{"message_id": act.Target}
		on.Reactions = nil
		if act.Text != "" { // absent when it is taken back
			on.Reactions, reaction["emoji"] = []string{act.Text}, act.Text
		}
		m["type"], m["reaction"] = "reaction", reaction
	case sim.EditText:
		of := t.find(act.Target)
		if of == nil || !of.Mine {
			return errors.New("meta: there is no message to edit")
		}
		of.Text, of.Edited = act.Text, true
		m["type"], m["edit"] = "edit", map[string]any{
			"original_message_id": act.Target, "message": map[string]any{"type": "text", "text": map[string]string{"body": act.Text}},
		}
	case sim.Delete:
		of := t.find(act.Target)
		if of == nil || !of.Mine {
			return errors.New("meta: there is no message to delete")
		}
		of.Text, of.Deleted = "", true
		m["type"], m["revoke"] = "revoke", map[string]string{"original_message_id": act.Target}
	case sim.Opaque:
		b.Type, b.Text = "unsupported", "hologram"
		m["type"], m["hologram"] = "hologram", map[string]any{"depth": 3, "id": 17}
	default:
		return sim.ErrCannot{Act: act.Act}
	}
	return nil
}

func (s *Server) composeFile(a *account, act sim.Action, m map[string]any, b *sim.Bubble) {
	kind := map[sim.Act]string{
		sim.SendImage: "image", sim.SendVideo: "video", sim.SendFile: "document", sim.SendAudio: "audio", sim.SendVoice: "audio", sim.SendSticker: "sticker",
	}[act.Act]
	stored := s.keep(a, act.MIME, act.File)
	part := map[string]any{"id": stored.id, "mime_type": act.MIME, "sha256": stored.sum()}
	b.Type, b.Media = kind, &sim.Media{MIME: act.MIME, Name: act.FileName, Bytes: act.File}
	switch kind {
	case "audio":
		part["voice"], b.Text = act.Act == sim.SendVoice, ""
		if act.Act == sim.SendVoice {
			b.Type, part["mime_type"] = "voice", act.MIME+"; codecs=opus"
		}
	case "sticker":
		part["animated"], b.Text = false, ""
	default:
		if act.Text != "" {
			part["caption"] = act.Text
		}
	}
	if kind == "document" {
		part["filename"] = act.FileName
	}
	m["type"], m[kind] = kind, part
}

// composeChoice is the tap on a button, a template's button or a row of a bubble.
func composeChoice(a *account, t *thread, act sim.Action, m map[string]any, b *sim.Bubble) error {
	on := t.find(act.Target)
	if on == nil {
		return errors.New("meta: there is no message with choices")
	}
	choices := on.Buttons
	if act.Act == sim.Pick {
		choices = on.Rows
	}
	i := slices.IndexFunc(choices, func(c sim.Choice) bool { return c.ID == act.Choice && c.URL == "" })
	if i < 0 {
		return fmt.Errorf("meta: the message has no choice %q", act.Choice)
	}
	c := choices[i]
	b.Type, b.Text, b.Quote = "answer", c.Label, act.Target
	m["context"] = map[string]string{"from": displayOf(a), "id": act.Target}
	switch {
	case on.Type == "template":
		m["type"], m["button"] = "button", map[string]string{"payload": c.ID, "text": c.Label}
	case act.Act == sim.Pick:
		reply := map[string]string{"id": c.ID, "title": c.Label}
		if c.Text != "" {
			reply["description"] = c.Text
		}
		m["type"], m["interactive"] = "interactive", map[string]any{"type": "list_reply", "list_reply": reply}
	default:
		m["type"], m["interactive"] = "interactive", map[string]any{"type": "button_reply", "button_reply": map[string]string{"id": c.ID, "title": c.Label}}
	}
	return nil
}

// receive sends the webhook of a customer's message. Whoever is known by a business-scoped
// id alone hides their number.
func (s *Server) receive(a *account, t *thread, m map[string]any) {
	user := userID(a.waba, t.person.ID)
	contact := map[string]any{"profile": map[string]string{"name": t.person.Name}, "user_id": user}
	m["from_user_id"] = user
	if user != t.person.ID {
		contact["wa_id"], m["from"] = t.person.ID, t.person.ID
	}
	s.change(a, "messages", map[string]any{"contacts": []any{contact}, "messages": []any{m}})
}

func (s *Server) echo(a *account, t *thread, id, text string) {
	s.change(a, "smb_message_echoes", map[string]any{"message_echoes": []any{map[string]any{
		"from": displayOf(a), "to": t.person.ID, "id": id, "timestamp": unix(time.Now()), "type": "text", "text": map[string]string{"body": text},
	}}})
}

// status reports on a message of the company.
func (s *Server) status(a *account, t *thread, b sim.Bubble, state string, p *problem) {
	user := userID(a.waba, t.person.ID)
	st := map[string]any{"id": b.ID, "status": state, "timestamp": unix(time.Now()), "recipient_user_id": user}
	if user != t.person.ID {
		st["recipient_id"] = t.person.ID
	}
	if b.ClientID != "" {
		st["biz_opaque_callback_data"] = b.ClientID
	}
	if p != nil {
		st["errors"] = []any{map[string]any{
			"code": p.code, "title": titles[p.code], "message": titles[p.code], "error_data": map[string]string{"details": p.details},
			"href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes",
		}}
	}
	s.change(a, "messages", map[string]any{"statuses": []any{st}})
}

// change sends a webhook of one number, to the WABA's own address if there is one.
func (s *Server) change(a *account, field string, value map[string]any) {
	hook := a.override
	if hook == "" {
		hook = a.hook
	}
	if hook == "" || !a.subscribed {
		return
	}
	value["messaging_product"] = "whatsapp"
	value["metadata"] = map[string]string{"display_phone_number": displayOf(a), "phone_number_id": a.ref}
	s.push(a, hook, map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
		"id": a.waba, "changes": []any{map[string]any{"field": field, "value": value}},
	}}})
}

func (s *Server) push(a *account, hook string, body map[string]any) {
	b := jsonOf(body)
	s.hooks.Push(sim.Hook{
		URL: hook, ContentType: "application/json", Body: b,
		Header: http.Header{"X-Hub-Signature-256": {"sha256=" + mac(a.secret, b)}, "User-Agent": {"facebookexternalua"}},
	})
}
