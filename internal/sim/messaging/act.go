package messaging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"recado/internal/sim"
)

// Own is the act of the company itself: it writes Text to Customer in Meta's own inbox.
const Own sim.Act = "own"

// reactions are Meta's names of emojis; any other is "other".
var reactions = map[string]string{"❤️": "love", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry", "👍": "like", "👎": "dislike"}

// Do implements sim.Platform. Reactions have no id of their own on this platform, nor have
// edits: what Do returns for them names the event as "reaction:<mid>:<milliseconds>" and
// "edit:<mid>:<count>".
//
// It cannot do what the webhooks have no event for: places and contact cards (they come as
// a link), audio files apart from recordings, lists, on a page taking back a message, and
// on Instagram editing one.
func (s *Server) Do(_ context.Context, a sim.Action) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acc, err := s.account(a.Ref)
	if err != nil {
		return "", err
	}
	k := key(acc.Kind, acc.Ref, a.Customer.ID)
	t := s.threads[k]
	if t == nil {
		t = &thread{}
		s.threads[k] = t
	}
	t.customer = a.Customer
	if a.Act != Own && a.Act != sim.ReadAll {
		t.heard = time.Now()
	}
	switch a.Act {
	case sim.SayText, sim.SendImage, sim.SendVoice, sim.SendVideo, sim.SendFile, sim.SendSticker, sim.Opaque:
		return s.say(acc, t, a), nil
	case sim.Press:
		return s.press(acc, t, a)
	case sim.React:
		return s.react(acc, t, a)
	case sim.EditText:
		if !acc.instagram() {
			return s.edit(acc, t, a)
		}
	case sim.Delete:
		if acc.instagram() {
			return s.unsend(acc, t, a)
		}
	case sim.ReadAll:
		s.readAll(acc, t)
		return "", nil
	case Own:
		b := &bubble{Bubble: sim.Bubble{ID: newID("m_"), At: s.tick(), Type: "text", Text: a.Text}}
		t.bubbles = append(t.bubbles, b)
		s.echo(acc, t, b, message{Text: a.Text}, inboxApp)
		return b.ID, nil
	}
	return "", sim.ErrCannot{Act: a.Act}
}

func (s *Server) account(ref string) (*account, error) {
	for _, a := range s.accounts {
		if a.Ref == ref {
			return a, nil
		}
	}
	return nil, fmt.Errorf("messaging: no account %q", ref)
}

// say is a new message of the customer's. Files have no caption here: a.Text is left out.
func (s *Server) say(acc *account, t *thread, a sim.Action) string {
	b := &bubble{Bubble: sim.Bubble{ID: a.ID, Mine: true, At: s.tick(), Type: "text", Quote: a.Quote}}
	if b.ID == "" {
		b.ID = newID("m_")
	}
	m := map[string]any{"mid": b.ID}
	if a.Quote != "" {
		m["reply_to"] = map[string]any{"mid": a.Quote}
	}
	switch kind := attachments[a.Act]; {
	case a.Act == sim.SayText:
		b.Text, m["text"] = a.Text, a.Text
	case a.Act == sim.SendSticker && acc.instagram():
		b.Type, m["is_unsupported"] = "sticker", true
	default:
		b.Type, b.Media = string(a.Act), &sim.Media{MIME: a.MIME, Name: a.FileName, Bytes: a.File}
		payload := map[string]any{"url": s.host(file{kind: kind, mime: a.MIME, name: a.FileName, bytes: a.File})}
		if kind == "sticker" {
			payload["sticker_id"] = 369239263222822
		}
		m["attachments"] = []any{map[string]any{"type": kind, "payload": payload}}
	}
	if t.find(b.ID) == nil {
		t.bubbles = append(t.bubbles, b)
	}
	s.notify(acc, "messages", fromCustomer(t, acc, b.At, "message", m))
	if a.Act == sim.Opaque {
		s.notify(acc, "messages", fromCustomer(t, acc, s.tick(), "hologram_call", map[string]any{"length": 3}))
	}
	return b.ID
}

// attachments are the webhook's types; the last is one that nobody knows yet.
var attachments = map[sim.Act]string{
	sim.SendImage: "image", sim.SendVoice: "audio", sim.SendVideo: "video", sim.SendFile: "file",
	sim.SendSticker: "sticker", sim.Opaque: "hologram",
}

// host puts a customer's file where its address in a webhook points.
func (s *Server) host(f file) string {
	id := newID("")
	s.files[id] = f
	name := f.name
	if name == "" {
		name = "file"
	}
	return s.base + "/cdn/files/" + id + "/" + name + "?oh=" + newID("")
}

func (s *Server) press(acc *account, t *thread, a sim.Action) (string, error) {
	b := t.find(a.Target)
	if b == nil {
		return "", fmt.Errorf("messaging: no message %q", a.Target)
	}
	offered := slices.Clone(b.Buttons)
	for _, c := range b.Cards {
		offered = append(offered, c.Buttons...)
	}
	i := slices.IndexFunc(offered, func(c sim.Choice) bool { return c.ID == a.Choice && c.URL == "" })
	if i < 0 {
		return "", fmt.Errorf("messaging: message %q offers no %q", a.Target, a.Choice)
	}
	said := &bubble{Bubble: sim.Bubble{ID: newID("m_"), Mine: true, At: s.tick(), Type: "text", Text: offered[i].Label}}
	t.bubbles = append(t.bubbles, said)
	if b.template {
		s.notify(acc, "messaging_postbacks", fromCustomer(t, acc, said.At, "postback",
			map[string]any{"mid": said.ID, "title": offered[i].Label, "payload": a.Choice}))
		return said.ID, nil
	}
	b.Buttons = nil // quick replies go away once one is taken
	s.notify(acc, "messages", fromCustomer(t, acc, said.At, "message",
		map[string]any{"mid": said.ID, "text": said.Text, "quick_reply": map[string]any{"payload": a.Choice}}))
	return said.ID, nil
}

func (s *Server) react(acc *account, t *thread, a sim.Action) (string, error) {
	b := t.find(a.Target)
	if b == nil {
		return "", fmt.Errorf("messaging: no message %q", a.Target)
	}
	b.theirs = a.Text
	e := map[string]any{"mid": b.ID, "action": "unreact"}
	if a.Text != "" {
		name := reactions[a.Text]
		if name == "" {
			name = "other"
		}
		e["action"], e["emoji"], e["reaction"] = "react", a.Text, name
	}
	at := s.tick()
	s.notify(acc, "message_reactions", fromCustomer(t, acc, at, "reaction", e))
	return fmt.Sprintf("reaction:%s:%d", b.ID, at.UnixMilli()), nil
}

func (s *Server) edit(acc *account, t *thread, a sim.Action) (string, error) {
	b := t.find(a.Target)
	if b == nil || !b.Mine || b.Type != "text" || b.edits == 5 {
		return "", fmt.Errorf("messaging: %q cannot be edited", a.Target)
	}
	b.edits++
	b.Text, b.Edited = a.Text, true
	s.notify(acc, "message_edits", fromCustomer(t, acc, s.tick(), "message_edit", map[string]any{"mid": b.ID, "text": a.Text, "num_edit": b.edits}))
	return fmt.Sprintf("edit:%s:%d", b.ID, b.edits), nil
}

// unsend takes a message back, on Instagram.
func (s *Server) unsend(acc *account, t *thread, a sim.Action) (string, error) {
	b := t.find(a.Target)
	if b == nil || !b.Mine {
		return "", fmt.Errorf("messaging: %q cannot be taken back", a.Target)
	}
	b.Deleted, b.Text, b.Media = true, "", nil
	s.notify(acc, "messages", fromCustomer(t, acc, s.tick(), "message", map[string]any{"mid": b.ID, "is_deleted": true}))
	return "delete:" + b.ID, nil
}
