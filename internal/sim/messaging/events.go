package messaging

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"recado/internal/sim"
)

// notify queues a webhook with one event. A page must be subscribed to the event's field;
// for Instagram any field of its page will do, its own are chosen in the app's dashboard.
func (s *Server) notify(a *account, field string, event map[string]any) {
	if a.Hook == "" || len(a.subscribed) == 0 || !a.instagram() && !slices.Contains(a.subscribed, field) {
		return
	}
	object := "page"
	if a.instagram() {
		object = "instagram"
	}
	body := encode(map[string]any{"object": object, "entry": []any{
		map[string]any{"id": a.Ref, "time": event["timestamp"], "messaging": []any{event}},
	}})
	s.hooks.Push(sim.Hook{
		URL: a.Hook, ContentType: "application/json", Body: body,
		Header: http.Header{"X-Hub-Signature-256": {Sign(a.Fields["app_secret"], body)}, "User-Agent": {"facebookexternalua"}},
	})
}

// Sign is the X-Hub-Signature-256 of a webhook's body.
func Sign(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

func fromCustomer(t *thread, a *account, at time.Time, what string, body map[string]any) map[string]any {
	return map[string]any{
		"sender": map[string]any{"id": t.customer.ID}, "recipient": map[string]any{"id": a.Ref},
		"timestamp": at.UnixMilli(), what: body,
	}
}

// echo tells of a message that the company's side sent, by app.
func (s *Server) echo(a *account, t *thread, b *bubble, m message, app string) {
	said := map[string]any{"mid": b.ID, "is_echo": true, "app_id": app}
	if m.Text != "" {
		said["text"] = m.Text
	}
	if m.Metadata != "" {
		said["metadata"] = m.Metadata
	}
	if b.Quote != "" {
		said["reply_to"] = map[string]any{"mid": b.Quote}
	}
	if x := m.Attachment; x != nil {
		payload := map[string]any{"template_type": x.Payload.Template, "text": x.Payload.Text}
		if f, ok := s.files[x.Payload.ID]; ok {
			payload = map[string]any{"url": s.base + "/cdn/files/" + x.Payload.ID + "/" + f.name}
		}
		said["attachments"] = []any{map[string]any{"type": x.Type, "payload": payload}}
	}
	s.notify(a, "message_echoes", map[string]any{
		"sender": map[string]any{"id": a.Ref}, "recipient": map[string]any{"id": t.customer.ID},
		"timestamp": b.At.UnixMilli(), "message": said,
	})
}

// delivered tells that a message has reached the phone. Instagram has no such event.
func (s *Server) delivered(a *account, t *thread, b *bubble) {
	if a.instagram() {
		return
	}
	at := s.tick()
	s.notify(a, "message_deliveries", fromCustomer(t, a, at, "delivery", map[string]any{"mids": []string{b.ID}, "watermark": at.UnixMilli()}))
}

// readAll tells what the customer has seen: a page gets the time up to which, Instagram the
// message.
func (s *Server) readAll(a *account, t *thread) {
	var last *bubble
	for _, b := range t.bubbles {
		if b.Mine || b.Read {
			continue
		}
		b.Read, last = true, b
		if a.instagram() {
			s.notify(a, "messaging_seen", fromCustomer(t, a, s.tick(), "read", map[string]any{"mid": b.ID}))
		}
	}
	if last != nil && !a.instagram() {
		at := s.tick()
		s.notify(a, "message_reads", fromCustomer(t, a, at, "read", map[string]any{"watermark": at.UnixMilli()}))
	}
}
