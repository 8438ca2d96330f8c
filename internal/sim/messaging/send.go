package messaging

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"recado/internal/sim"
)

// call is the body of a sending call.
type call struct {
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Type    string   `json:"messaging_type"`
	Tag     string   `json:"tag"`
	Message *message `json:"message"`
	Action  string   `json:"sender_action"`
	Payload struct {
		Message  string `json:"message_id"`
		Reaction string `json:"reaction"`
	} `json:"payload"`
	ReplyTo struct {
		MID string `json:"mid"`
	} `json:"reply_to"`
}

type message struct {
	Text       string      `json:"text"`
	Metadata   string      `json:"metadata"`
	Replies    []button    `json:"quick_replies"`
	Attachment *attachment `json:"attachment"`
}

type attachment struct {
	Type    string `json:"type"`
	Payload struct {
		ID       string    `json:"attachment_id"`
		Template string    `json:"template_type"`
		Text     string    `json:"text"`
		Buttons  []button  `json:"buttons"`
		Elements []element `json:"elements"`
	} `json:"payload"`
}

// button is a quick reply (content_type) or a template's button (type).
type button struct {
	ContentType string `json:"content_type"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Payload     string `json:"payload"`
	URL         string `json:"url"`
}

type element struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle"`
	Image    string   `json:"image_url"`
	Default  *button  `json:"default_action"`
	Buttons  []button `json:"buttons"`
}

// faults are the platform's own errors for what Faults asks.
var faults = map[sim.Fault]*refusal{
	sim.Busy:     {400, 613, 0, "(#613) Calls to this api have exceeded the rate limit."},
	sim.Broken:   {500, 1, 99, "An unknown error occurred"},
	sim.Revoked:  {401, 190, 460, "Error validating access token: The session has been invalidated because the user changed their password."},
	sim.Rejected: {400, 100, 2018001, "(#100) No matching user found"},
	sim.OptedOut: {400, 551, 1545041, "(#551) This person isn't available right now."},
	sim.Closed:   outside,
}

var outside = &refusal{403, 10, 2018278, "(#10) This message is sent outside of allowed window."}

func (s *Server) messages(w http.ResponseWriter, r *http.Request, whose []*account) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var c call
	if err != nil || json.Unmarshal(body, &c) != nil {
		invalid("The body must be JSON").write(w)
		return
	}
	list := named(whose, r.PathValue("node"))
	if len(list) == 0 {
		noObject(r.PathValue("node")).write(w)
		return
	}
	take := func() (int, []byte) {
		out, e := s.take(list, c)
		if e != nil {
			return e.status, e.body()
		}
		return http.StatusOK, encode(out)
	}
	if slices.Contains([]string{"typing_on", "typing_off", "mark_seen"}, c.Action) {
		status, out := take()
		answer(w, status, out)
		return
	}
	s.faults.Serve(w, r, take, func(w http.ResponseWriter, f sim.Fault) { faults[f].write(w) })
}

// take does what a call asks for, or says why not.
func (s *Server) take(list []*account, c call) (map[string]any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var a *account
	var t *thread
	for _, a = range list {
		if t = s.threads[key(a.Kind, a.Ref, c.Recipient.ID)]; t != nil {
			break
		}
	}
	switch {
	case t == nil:
		return nil, faults[sim.Rejected]
	case (c.Message == nil) == (c.Action == ""):
		return nil, invalid("Cannot send both message and state at the same time.")
	case c.Action != "":
		return s.act(a, t, c)
	}
	if e := c.allowed(a, time.Since(t.heard)); e != nil {
		return nil, e
	}
	b, e := s.bubble(a, t, c)
	if e != nil {
		return nil, e
	}
	t.bubbles = append(t.bubbles, b)
	s.echo(a, t, b, *c.Message, ourApp)
	s.delivered(a, t, b)
	return map[string]any{"recipient_id": c.Recipient.ID, "message_id": b.ID}, nil
}

// act is a sender action.
func (s *Server) act(a *account, t *thread, c call) (map[string]any, *refusal) {
	switch c.Action {
	case "typing_on", "typing_off":
	case "mark_seen":
		for _, b := range t.bubbles {
			b.Read = b.Read || b.Mine
		}
	case "react", "unreact":
		b := t.find(c.Payload.Message)
		if b == nil {
			return nil, invalid("payload[message_id] is no message of this conversation")
		}
		if c.Action == "react" && (c.Payload.Reaction == "" || a.instagram() && c.Payload.Reaction != "love") {
			return nil, invalid("payload[reaction] cannot be used")
		}
		b.ours = c.Payload.Reaction
	default:
		return nil, invalid("sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN, REACT, UNREACT}")
	}
	return map[string]any{"recipient_id": c.Recipient.ID}, nil
}

// allowed checks the message's type against the time since the customer last did something.
func (c call) allowed(a *account, silence time.Duration) *refusal {
	if !slices.Contains([]string{"RESPONSE", "UPDATE", "MESSAGE_TAG"}, c.Type) && !(a.instagram() && c.Type == "") {
		return invalid("messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
	}
	switch {
	case c.Type != "MESSAGE_TAG" && c.Tag != "":
		return invalid("tag goes with messaging_type MESSAGE_TAG")
	case c.Type == "MESSAGE_TAG" && c.Tag != "HUMAN_AGENT":
		return invalid("tag must be HUMAN_AGENT")
	case c.Type == "MESSAGE_TAG" && silence > 7*24*time.Hour, c.Type != "MESSAGE_TAG" && silence > 24*time.Hour:
		return outside
	}
	return nil
}

// bubble checks a message and makes what the customer sees of it.
func (s *Server) bubble(a *account, t *thread, c call) (*bubble, *refusal) {
	m := c.Message
	b := &bubble{Bubble: sim.Bubble{ID: newID("m_"), At: s.tick(), Type: "text", Text: m.Text, Quote: c.ReplyTo.MID, ClientID: m.Metadata}}
	if c.ReplyTo.MID != "" && t.find(c.ReplyTo.MID) == nil {
		return nil, invalid("reply_to[mid] is no message of this conversation")
	}
	if len(m.Metadata) >= 1000 {
		return nil, invalid("metadata must be less than 1000 characters")
	}
	if e := m.fits(a); e != nil {
		return nil, e
	}
	if len(m.Replies) > 0 {
		b.Type, b.Buttons = "buttons", choices(m.Replies)
	}
	if m.Attachment == nil {
		return b, nil
	}
	if m.Attachment.Type == "template" {
		return b, m.Attachment.show(b)
	}
	f, ok := s.files[m.Attachment.Payload.ID]
	if !ok || f.owner != key(a.Kind, a.Ref) || f.kind != m.Attachment.Type {
		return nil, &refusal{400, 100, 2018074, "(#100) Invalid attachment ID."}
	}
	b.Type, b.Media = typeOf[f.kind], &sim.Media{MIME: f.mime, Name: f.name, Bytes: f.bytes}
	return b, nil
}

var typeOf = map[string]string{"image": "image", "audio": "audio", "video": "video", "file": "document"}

// fits checks the parts that every message may have.
func (m message) fits(a *account) *refusal {
	tooLong := utf8.RuneCountInString(m.Text) > 2000
	if a.instagram() {
		tooLong = len(m.Text) > 1000
	}
	switch {
	case m.Text == "" && m.Attachment == nil:
		return invalid("Message cannot be empty, must provide valid attachment or text")
	case m.Text != "" && m.Attachment != nil:
		return invalid("message must have exactly one of text and attachment")
	case tooLong:
		return invalid("Length of param message[text] must be less than or equal to 2000 (Instagram: 1000 bytes)")
	case len(m.Replies) > 13:
		return invalid("Param message[quick_replies] has too many elements.")
	}
	for _, q := range m.Replies {
		if q.ContentType != "text" || q.Title == "" || utf8.RuneCountInString(q.Title) > 20 || len(q.Payload) > 1000 {
			return invalid("Param message[quick_replies] is not valid: title 1-20, payload up to 1000 characters")
		}
	}
	return nil
}

// show checks a template and shows it.
func (x attachment) show(b *bubble) *refusal {
	b.template = true
	p := x.Payload
	switch p.Template {
	case "button":
		if p.Text == "" || utf8.RuneCountInString(p.Text) > 640 || len(p.Buttons) == 0 {
			return invalid("A button template has a text of up to 640 characters and 1-3 buttons")
		}
		b.Type, b.Text, b.Buttons = "buttons", p.Text, choices(p.Buttons)
		return buttonsFit(p.Buttons)
	case "generic":
		if len(p.Elements) == 0 || len(p.Elements) > 10 {
			return invalid("A generic template has 1-10 elements")
		}
		b.Type = "products"
		for _, e := range p.Elements {
			if e.Title == "" || utf8.RuneCountInString(e.Title) > 80 || utf8.RuneCountInString(e.Subtitle) > 80 {
				return invalid("An element has a title of 1-80 characters and a subtitle of up to 80")
			}
			if e.Subtitle == "" && e.Image == "" && e.Default == nil && len(e.Buttons) == 0 {
				return invalid("At least one property must be set in addition to title")
			}
			if e := buttonsFit(e.Buttons); e != nil {
				return e
			}
			b.Cards = append(b.Cards, sim.Card{Title: e.Title, Text: e.Subtitle, Image: e.Image, Buttons: choices(e.Buttons)})
		}
		return nil
	}
	return invalid("template_type must be one of button, generic")
}

func buttonsFit(list []button) *refusal {
	if len(list) > 3 {
		return invalid("A template has up to 3 buttons")
	}
	for _, b := range list {
		ok := b.Type == "web_url" && b.URL != "" || b.Type == "postback" && b.Payload != "" && len(b.Payload) <= 1000
		if !ok || b.Title == "" || utf8.RuneCountInString(b.Title) > 20 {
			return invalid("A button is a web_url or a postback with a title of 1-20 characters")
		}
	}
	return nil
}

func choices(list []button) (out []sim.Choice) {
	for _, b := range list {
		out = append(out, sim.Choice{ID: b.Payload, Label: b.Title, URL: b.URL})
	}
	return out
}

func (t *thread) find(id string) *bubble {
	for _, b := range t.bubbles {
		if b.ID == id {
			return b
		}
	}
	return nil
}
