package meta

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"recado/internal/sim"
)

// maxRequest bounds a body of JSON.
const maxRequest = 1 << 20

// request is the body of POST /{phone}/messages.
type request struct {
	Product       string `json:"messaging_product"`
	RecipientType string `json:"recipient_type"`
	To            string `json:"to"`
	Recipient     string `json:"recipient"`
	Type          string `json:"type"`
	Context       *struct {
		Message string `json:"message_id"`
	} `json:"context"`
	Opaque string `json:"biz_opaque_callback_data"`

	Status  string `json:"status"` // "read": marks a message
	Message string `json:"message_id"`
	Typing  *struct {
		Type string `json:"type"`
	} `json:"typing_indicator"`

	Text *struct {
		Body string `json:"body"`
	} `json:"text"`
	Image    *fileSent `json:"image"`
	Audio    *fileSent `json:"audio"`
	Video    *fileSent `json:"video"`
	Document *fileSent `json:"document"`
	Location *struct {
		Latitude  *float64 `json:"latitude"`
		Longitude *float64 `json:"longitude"`
		Name      string   `json:"name"`
		Address   string   `json:"address"`
	} `json:"location"`
	Contacts []struct {
		Name map[string]string `json:"name"`
	} `json:"contacts"`
	Interactive *interactive `json:"interactive"`
	Template    *struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []struct {
			Type       string `json:"type"`
			Parameters []struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"parameters"`
		} `json:"components"`
	} `json:"template"`
	Reaction *struct {
		Message string  `json:"message_id"`
		Emoji   *string `json:"emoji"`
	} `json:"reaction"`
}

type fileSent struct {
	ID       string  `json:"id"`
	Link     string  `json:"link"`
	Caption  *string `json:"caption"`
	FileName string  `json:"filename"`
	Voice    bool    `json:"voice"`
}

type interactive struct {
	Type   string `json:"type"`
	Header *struct {
		Type  string    `json:"type"`
		Text  string    `json:"text"`
		Image *fileSent `json:"image"`
	} `json:"header"`
	Body *struct {
		Text string `json:"text"`
	} `json:"body"`
	Footer *struct {
		Text string `json:"text"`
	} `json:"footer"`
	Action struct {
		Buttons []struct {
			Type  string   `json:"type"`
			Reply titledID `json:"reply"`
		} `json:"buttons"`
		Button   string `json:"button"`
		Sections []struct {
			Title string     `json:"title"`
			Rows  []titledID `json:"rows"`
		} `json:"sections"`
		Name       string `json:"name"`
		Parameters struct {
			Label string `json:"display_text"`
			URL   string `json:"url"`
		} `json:"parameters"`
	} `json:"action"`
}

type titledID struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"description"`
}

func (s *Server) messages(w http.ResponseWriter, r *http.Request, a *account) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var in request
	if err != nil || json.Unmarshal(b, &in) != nil {
		answer(w, problem{400, 100, 0, "(#100) The request body is not valid JSON", ""})
		return
	}
	if in.Status != "" {
		s.markRead(w, a, in)
		return
	}
	s.faults.Serve(w, r, func() (int, []byte) { return s.take(a, in) }, refuse)
}

// take is what becomes of a call that got through.
func (s *Server) take(a *account, in request) (int, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.check(a, in); p != nil {
		return p.status, jsonOf(*p)
	}
	customer, input, lost := s.addressee(in)
	contact := map[string]string{"input": input}
	if in.Recipient != "" && in.To == "" {
		contact["user_id"] = in.Recipient
	} else {
		contact["wa_id"] = customer
	}
	b := s.bubble(a, in)
	b.ID, b.At, b.ClientID = wamid(customer), time.Now(), in.Opaque
	if !lost {
		s.deliver(a, in, customer, b)
	}
	return http.StatusOK, jsonOf(map[string]any{
		"messaging_product": "whatsapp", "contacts": []any{contact},
		"messages": []any{map[string]string{"id": b.ID, "message_status": "accepted"}},
	})
}

// deliver puts an accepted message on the customer's screen and reports on it; outside the
// window it only reports that it failed.
func (s *Server) deliver(a *account, in request, customer string, b sim.Bubble) {
	t := s.thread(a.ref, sim.Person{ID: customer})
	if in.Type != "template" && time.Since(t.heard) > window {
		p := invalid(131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number.")
		s.status(a, t, b, "failed", p)
		return
	}
	if in.Reaction != nil {
		on := t.find(in.Reaction.Message)
		on.Reactions = nil
		if *in.Reaction.Emoji != "" {
			on.Reactions = []string{*in.Reaction.Emoji}
		}
		s.status(a, t, b, "sent", nil) // a reaction has no further status
		return
	}
	t.bubbles = append(t.bubbles, b)
	s.status(a, t, b, "sent", nil)
	s.status(a, t, b, "delivered", nil)
}

// addressee is the customer a message is for; "to" wins over "recipient". lost is a
// business-scoped id in "to", which the real platform takes for a number, too.
func (s *Server) addressee(in request) (customer, input string, lost bool) {
	if in.To == "" {
		return s.people[in.Recipient], in.Recipient, false
	}
	customer = strings.NewReplacer("+", "", " ", "", "-", "").Replace(in.To)
	if _, rest, scoped := strings.Cut(customer, "."); scoped {
		return rest, in.To, true
	}
	return customer, in.To, false
}

func (s *Server) markRead(w http.ResponseWriter, a *account, in request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Product != "whatsapp" || in.Status != "read" || in.Typing != nil && in.Typing.Type != "text" {
		answer(w, *invalid(100, "status must be read, typing_indicator.type must be text"))
		return
	}
	for key, t := range s.chats {
		b := t.find(in.Message)
		if key.ref != a.ref || b == nil || !b.Mine {
			continue
		}
		for i := range t.bubbles { // earlier ones count as read, too
			if t.bubbles[i].Mine {
				t.bubbles[i].Read = true
			}
			if t.bubbles[i].ID == in.Message {
				break
			}
		}
		answer(w, map[string]bool{"success": true})
		return
	}
	answer(w, *invalid(131009, "message_id is not the id of a message received by this number"))
}

// bubble is a checked message as the customer sees it.
func (s *Server) bubble(a *account, in request) sim.Bubble {
	b := sim.Bubble{Type: in.Type}
	if in.Context != nil {
		b.Quote = in.Context.Message
	}
	switch in.Type {
	case "text":
		b.Text = in.Text.Body
	case "image", "audio", "video", "document":
		f := in.file()
		b.Media = s.shown(f, in.Type)
		if f.Caption != nil {
			b.Text = *f.Caption
		}
		if f.Voice {
			b.Type = "voice"
		}
	case "location":
		b.Text = strings.TrimSpace(in.Location.Name + "\n" + in.Location.Address)
	case "contacts":
		b.Type, b.Text = "contact", in.Contacts[0].Name["formatted_name"]
	case "interactive":
		s.tappable(&b, in.Interactive)
	case "template":
		s.fill(&b, a, in)
	}
	return b
}

func (s *Server) tappable(b *sim.Bubble, in *interactive) {
	b.Text = in.Body.Text
	if h := in.Header; h != nil {
		b.Header = h.Text
		if h.Image != nil {
			b.Media = s.shown(h.Image, "image")
		}
	}
	if in.Footer != nil {
		b.Footer = in.Footer.Text
	}
	b.Type = "buttons"
	switch in.Type {
	case "button":
		for _, x := range in.Action.Buttons {
			b.Buttons = append(b.Buttons, sim.Choice{ID: x.Reply.ID, Label: x.Reply.Title})
		}
	case "cta_url":
		b.Buttons = []sim.Choice{{Label: in.Action.Parameters.Label, URL: in.Action.Parameters.URL}}
	case "list":
		b.Type, b.Open = "list", in.Action.Button
		for _, sec := range in.Action.Sections {
			for _, x := range sec.Rows {
				b.Rows = append(b.Rows, sim.Choice{ID: x.ID, Label: x.Title, Text: x.Text})
			}
		}
	}
}

// shown is a file as the customer sees it; one sent by its address is not looked at.
func (s *Server) shown(f *fileSent, kind string) *sim.Media {
	if m := s.media[f.ID]; m != nil {
		return &sim.Media{MIME: m.mime, Name: f.FileName, Bytes: m.bytes}
	}
	return &sim.Media{MIME: kind + "/*", Name: f.FileName}
}

func (in request) file() *fileSent {
	return map[string]*fileSent{"image": in.Image, "audio": in.Audio, "video": in.Video, "document": in.Document}[in.Type]
}

// wamid makes a message's id: the prefix of the real ones, the person, and chance.
func wamid(customer string) string {
	b := append([]byte("\x1c\x18"), customer...)
	chance := make([]byte, 12)
	_, _ = rand.Read(chance)
	return "wamid." + base64.StdEncoding.EncodeToString(append(b, chance...))
}

func jsonOf(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // of our own maps
	}
	return b
}

// refuse writes the platform's own error for a fault.
func refuse(w http.ResponseWriter, f sim.Fault) {
	switch f {
	case sim.Busy:
		answer(w, problem{429, 130429, 0, "(#130429) Rate limit hit", "Message failed to send because there were too many messages sent from this phone number in a short period of time."})
	case sim.Revoked:
		answer(w, errToken)
	case sim.Rejected:
		answer(w, *invalid(131009, "The message cannot be sent as it is"))
	case sim.OptedOut:
		answer(w, *invalid(131050, "The recipient has stopped marketing messages"))
	case sim.Closed:
		answer(w, *invalid(131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number."))
	default:
		answer(w, problem{500, 131000, 0, "(#131000) Something went wrong", "Message failed to send due to an unknown error."})
	}
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
