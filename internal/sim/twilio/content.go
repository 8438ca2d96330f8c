package twilio

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"recado/internal/sim"
)

// content is a Content resource.
type content struct {
	SID          string                     `json:"sid"`
	AccountSID   string                     `json:"account_sid"`
	FriendlyName string                     `json:"friendly_name"`
	Language     string                     `json:"language"`
	Variables    map[string]string          `json:"variables"`
	Types        map[string]json.RawMessage `json:"types"`
	Approval     *approval                  `json:"approval_requests,omitempty"`
}

type approval struct {
	Name            string `json:"name"`
	Category        string `json:"category"`
	Status          string `json:"status"`
	RejectionReason string `json:"rejection_reason"`
}

func (c *content) approved() bool { return c.Approval != nil && c.Approval.Status == "approved" }

// shape is every type of content at once; each uses its part.
type shape struct {
	Body    string `json:"body"`
	Header  string `json:"header_text"`
	Footer  string `json:"footer"`
	Button  string `json:"button"`
	Actions []struct {
		Type  string `json:"type"`
		Title string `json:"title"`
		ID    string `json:"id"`
	} `json:"actions"`
	Items []struct {
		ID          string `json:"id"`
		Item        string `json:"item"`
		Description string `json:"description"`
	} `json:"items"`
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
	Label     string   `json:"label"`
	Address   string   `json:"address"`
}

func (c *content) shape(kind string) (sh shape, ok bool) {
	raw, ok := c.Types[kind]
	return sh, ok && json.Unmarshal(raw, &sh) == nil
}

// content finds one of an account. Callers hold the lock.
func (s *Server) content(account, sid string) *content {
	for _, c := range s.contents {
		if c.AccountSID == account && c.SID == sid {
			return c
		}
	}
	return nil
}

func (s *Server) makeContent(w http.ResponseWriter, r *http.Request) {
	c := &content{}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(c); err != nil {
		fail(w, http.StatusBadRequest, 20001, "The body cannot be read")
		return
	}
	if why := c.wrong(); why != "" {
		fail(w, http.StatusBadRequest, 20422, why)
		return
	}
	c.SID, c.AccountSID, c.Approval = newSID("HX"), caller(r), nil
	s.mu.Lock()
	s.contents = append(s.contents, c)
	s.mu.Unlock()
	reply(w, http.StatusCreated, c)
}

// wrong says what is wrong with a new Content, "" for nothing: the limits of
// www.twilio.com/docs/content/twilio-quick-reply, /twiliolist-picker and /twilio-location.
func (c *content) wrong() string {
	if c.Language == "" || len(c.Types) == 0 {
		return "language and types are required"
	}
	for kind := range c.Types {
		sh, ok := c.shape(kind)
		if !ok {
			return kind + " cannot be read"
		}
		var why string
		switch kind {
		case "twilio/text":
			why = sh.text(1600)
		case "twilio/quick-reply":
			why = sh.text(1024) + sh.actions(1)
		case "whatsapp/card":
			why = sh.text(1600) + sh.actions(0)
			if long(sh.Header, 60) || long(sh.Footer, 60) {
				why += "header and footer have up to 60 characters; "
			}
		case "twilio/list-picker":
			why = sh.text(1024) + sh.items()
		case "twilio/location":
			if sh.Latitude == nil || sh.Longitude == nil || *sh.Latitude < -90 || *sh.Latitude > 90 || *sh.Longitude < -180 || *sh.Longitude > 180 {
				why = "latitude and longitude are required"
			}
		default:
			why = "there is no type " + kind
		}
		if why != "" {
			return kind + ": " + why
		}
	}
	return ""
}

func long(s string, most int) bool { return utf8.RuneCountInString(s) > most }

func (sh shape) text(most int) string {
	if sh.Body == "" || long(sh.Body, most) {
		return "body is missing or too long; "
	}
	return ""
}

func (sh shape) actions(least int) string {
	if len(sh.Actions) < least || len(sh.Actions) > 10 {
		return "there are up to 10 actions; "
	}
	for _, a := range sh.Actions {
		if a.Type != "QUICK_REPLY" || a.Title == "" || long(a.Title, 20) || long(a.ID, 200) {
			return "a quick reply's title has up to 20 characters and its id up to 200; "
		}
	}
	return ""
}

func (sh shape) items() string {
	if sh.Button == "" || long(sh.Button, 20) || len(sh.Items) == 0 || len(sh.Items) > 10 {
		return "a list has a button of up to 20 characters and 1 to 10 items; "
	}
	for _, i := range sh.Items {
		if i.Item == "" || long(i.Item, 24) || i.ID == "" || long(i.ID, 200) || long(i.Description, 72) {
			return "an item has an id of up to 200 characters, up to 24 and a description of up to 72; "
		}
	}
	return ""
}

// own are the Contents of the caller. Callers hold the lock.
func (s *Server) own(r *http.Request) []*content {
	out := []*content{}
	for _, c := range s.contents {
		if c.AccountSID == caller(r) {
			out = append(out, c)
		}
	}
	return out
}

func (s *Server) searchContent(w http.ResponseWriter, r *http.Request) {
	name, err := regexp.Compile(r.FormValue("ContentName"))
	if err != nil {
		fail(w, http.StatusBadRequest, 20001, "ContentName is no pattern")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []*content{}
	for _, c := range s.own(r) {
		if name.MatchString(c.FriendlyName) {
			out = append(out, c)
		}
	}
	reply(w, http.StatusOK, map[string]any{"contents": out, "meta": map[string]any{"next_page_url": nil}})
}

// listContent shows the Contents with what WhatsApp says of them. WhatsApp looks at a new
// one when it is first asked for, and rejects what holds the word "rechazar".
func (s *Server) listContent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.own(r)
	for _, c := range all {
		if c.Approval == nil {
			c.Approval = &approval{Status: "unsubmitted"}
		}
		if c.Approval.Status != "received" {
			continue
		}
		c.Approval.Status = "approved"
		for _, raw := range c.Types {
			if strings.Contains(string(raw), "rechazar") {
				c.Approval.Status, c.Approval.RejectionReason = "rejected", "INVALID_FORMAT"
			}
		}
	}
	reply(w, http.StatusOK, map[string]any{"contents": all, "meta": map[string]any{"next_page_url": nil, "key": "contents"}})
}

func (s *Server) deleteContent(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.contents {
		if c.AccountSID == caller(r) && c.SID == r.PathValue("content") {
			s.contents = append(s.contents[:i:i], s.contents[i+1:]...)
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	fail(w, http.StatusNotFound, 20404, "The Content was not found")
}

var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

func (s *Server) askApproval(w http.ResponseWriter, r *http.Request) {
	var a approval
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&a); err != nil || !templateName.MatchString(a.Name) ||
		a.Category != "UTILITY" && a.Category != "MARKETING" && a.Category != "AUTHENTICATION" {
		fail(w, http.StatusBadRequest, 20422, "name or category is not valid")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.content(caller(r), r.PathValue("content"))
	switch {
	case c == nil:
		fail(w, http.StatusNotFound, 20404, "The Content was not found")
		return
	case c.Types["twilio/list-picker"] != nil || c.Types["twilio/location"] != nil:
		fail(w, http.StatusBadRequest, 20422, "Lists and locations cannot be submitted for approval")
		return
	}
	for _, other := range s.own(r) {
		if other != c && other.Approval != nil && other.Approval.Name == a.Name && other.Language == c.Language {
			fail(w, http.StatusConflict, 20409, "There is a template of this name and language")
			return
		}
	}
	c.Approval = &approval{Name: a.Name, Category: a.Category, Status: "received"}
	reply(w, http.StatusCreated, c.Approval)
}

var slot = regexp.MustCompile(`\{\{\s*([0-9A-Za-z_]+)\s*\}\}`)

// render makes the bubble; ok is false for a type a phone cannot show.
func (c *content) render(b *sim.Bubble, variables map[string]string) (ok bool) {
	say := func(text string) string {
		return slot.ReplaceAllStringFunc(text, func(m string) string {
			name := slot.FindStringSubmatch(m)[1]
			if v, ok := variables[name]; ok {
				return v
			}
			return c.Variables[name]
		})
	}
	for kind := range c.Types {
		sh, _ := c.shape(kind)
		b.Type = map[string]string{"twilio/text": "text", "whatsapp/card": "text", "twilio/quick-reply": "buttons",
			"twilio/list-picker": "list", "twilio/location": "location"}[kind]
		if c.approved() {
			b.Type = "template"
		}
		b.Header, b.Text, b.Footer, b.Open = say(sh.Header), say(sh.Body), say(sh.Footer), say(sh.Button)
		if b.Type == "location" {
			b.Text = strings.TrimSpace(say(sh.Label) + "\n" + say(sh.Address))
		}
		for _, a := range sh.Actions {
			b.Buttons = append(b.Buttons, sim.Choice{ID: say(a.ID), Label: say(a.Title)})
		}
		for _, i := range sh.Items {
			b.Rows = append(b.Rows, sim.Choice{ID: say(i.ID), Label: say(i.Item), Text: say(i.Description)})
		}
	}
	return b.Type != ""
}
