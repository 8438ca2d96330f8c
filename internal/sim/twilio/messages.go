package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/internal/sim"
)

// outbound is a message of the business that was accepted.
type outbound struct {
	sid, callback, status string
	from                  *account
	to                    string
}

// rejection is why a Messages call is refused, by Twilio's code.
type rejection struct {
	status, code int
	message      string
}

func bad(code int, message string) *rejection {
	return &rejection{http.StatusBadRequest, code, message}
}

// create is POST Messages.json.
func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, 20001, "The form cannot be read")
		return
	}
	s.faults.Serve(w, r, func() (int, []byte) { return s.take(r) }, refuse)
}

// refuse writes the error of a fault.
func refuse(w http.ResponseWriter, f sim.Fault) {
	p := map[sim.Fault]rejection{
		sim.Busy:     {http.StatusTooManyRequests, 20429, "Too Many Requests"},
		sim.Broken:   {http.StatusInternalServerError, 20500, "An internal server error has occurred"},
		sim.Revoked:  {http.StatusUnauthorized, 20003, "Authenticate"},
		sim.Rejected: {http.StatusBadRequest, 21211, "The 'To' number is not a valid phone number."},
		sim.OptedOut: {http.StatusBadRequest, 21610, "Attempt to send to unsubscribed recipient"},
		sim.Closed:   {http.StatusBadRequest, 63016, "Failed to send freeform message because you are outside the allowed window."},
	}[f]
	fail(w, p.status, p.code, p.message)
}

func (s *Server) take(r *http.Request) (int, []byte) {
	b, free, no := s.compose(r)
	if no != nil {
		return no.status, encode(problem(no.status, no.code, no.message))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.accounts[r.PostForm.Get("From")]
	m := &outbound{sid: b.ID, callback: r.PostForm.Get("StatusCallback"), from: from, to: r.PostForm.Get("To")}
	t := s.thread(from.address(), m.to)
	s.tell(m, "queued", 0)
	switch {
	case from.Kind == WhatsApp && free && s.now().Sub(t.heard) > 24*time.Hour:
		// As on Twilio, the window is known only after the message was accepted.
		s.tell(m, "failed", 63016)
	case from.Kind == WhatsApp && b.Media != nil && b.Media.Bytes == nil:
		s.tell(m, "failed", 63019)
	default:
		b.At = s.now()
		t.bubbles = append(t.bubbles, b)
		t.sent = append(t.sent, m)
		s.tell(m, "sent", 0)
		s.tell(m, "delivered", 0)
	}
	return http.StatusCreated, encode(map[string]any{
		"sid": b.ID, "account_sid": from.sid, "from": from.address(), "to": m.to, "body": b.Text, "status": "queued",
		"direction": "outbound-api", "date_created": s.now().UTC().Format(time.RFC1123Z), "api_version": "2010-04-01",
		"error_code": nil, "error_message": nil, "uri": "/2010-04-01/Accounts/" + from.sid + "/Messages/" + b.ID + ".json",
	})
}

var e164 = regexp.MustCompile(`^(whatsapp:)?\+[1-9][0-9]{5,14}$`)

// compose checks a Messages call as Twilio does and makes the bubble it will be. free tells
// that the message needs an open window.
func (s *Server) compose(r *http.Request) (b sim.Bubble, free bool, no *rejection) {
	v := r.PostForm
	from, no := s.addressed(r)
	if no != nil {
		return b, false, no
	}
	b.ID = newSID("SM")
	body, link, sid := v.Get("Body"), v.Get("MediaUrl"), v.Get("ContentSid")
	switch {
	case body == "" && link == "" && sid == "":
		return b, false, bad(21619, "A text message body or media urls must be specified.")
	case utf8.RuneCountInString(body) > 1600:
		return b, false, bad(21617, "The concatenated message body exceeds the 1600 character limit")
	case sid != "" && (body != "" || link != ""):
		return b, false, bad(35127, "Body and ContentSid cannot be provided together")
	case sid == "" && v.Get("ContentVariables") != "":
		return b, false, bad(21654, "ContentSid Required")
	}
	if sid != "" {
		free, no = s.fill(&b, r, from, sid)
		return b, free, no
	}
	b.Type, b.Text = "text", body
	if link != "" {
		b.ID = "MM" + b.ID[2:]
		no = s.attach(&b, from.Kind, v["MediaUrl"])
	}
	return b, true, no
}

// addressed checks who writes to whom.
func (s *Server) addressed(r *http.Request) (*account, *rejection) {
	v := r.PostForm
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.accounts[v.Get("From")]
	whatsApp := strings.HasPrefix(v.Get("From"), "whatsapp:")
	switch to := v.Get("To"); {
	case to == "":
		return nil, bad(21604, "A 'To' phone number is required.")
	case !e164.MatchString(to):
		return nil, bad(21211, "The 'To' number "+to+" is not a valid phone number.")
	case v.Get("From") == "":
		return nil, bad(21603, "A 'From' phone number is required.")
	case (from == nil || from.sid != caller(r)) && whatsApp:
		return nil, bad(63007, "Twilio could not find a Channel with the specified From address")
	case from == nil || from.sid != caller(r):
		return nil, bad(21659, "'From' "+v.Get("From")+" is not a Twilio phone number or Short Code")
	case strings.HasPrefix(to, "whatsapp:") != whatsApp:
		return nil, bad(21910, "Invalid From and To pair. From and To should be of the same channel")
	case v.Get("MessagingServiceSid") != "" && v.Get("MessagingServiceSid") != from.service:
		return nil, bad(21701, "The Messaging Service does not exist")
	case s.thread(from.address(), to).stopped:
		return nil, bad(21610, "Attempt to send to unsubscribed recipient")
	}
	if c := v.Get("StatusCallback"); c != "" {
		if u, err := url.Parse(c); err != nil || u.Host == "" || strings.Contains(u.Hostname(), "_") {
			return nil, bad(21609, "The StatusCallback URL is not a valid URL.")
		}
	}
	return from, nil
}

// attach fetches the file a message names; what cannot be fetched fails after acceptance.
func (s *Server) attach(b *sim.Bubble, kind string, links []string) *rejection {
	if len(links) > 1 && kind == WhatsApp || len(links) > 10 {
		return bad(21623, "Number of media files exceeds allowed limit")
	}
	u, err := url.Parse(links[0])
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return bad(21620, "Invalid media URL(s)")
	}
	b.Media = &sim.Media{}
	resp, err := s.client.Get(u.String())
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	file, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20+1))
	if err != nil || resp.StatusCode != http.StatusOK || len(file) > 16<<20 {
		return nil
	}
	b.Media.Bytes = file
	b.Media.MIME, _, _ = mime.ParseMediaType(resp.Header.Get("Content-Type"))
	b.Type = typeOf(b.Media.MIME)
	if kind == WhatsApp && (b.Type == "document" || b.Type == "audio") {
		b.Text = "" // WhatsApp shows no caption there
	}
	return nil
}

func typeOf(mime string) string {
	group, _, _ := strings.Cut(mime, "/")
	if group == "image" || group == "audio" || group == "video" {
		return group
	}
	return "document"
}

// fill makes the bubble of a Content.
func (s *Server) fill(b *sim.Bubble, r *http.Request, from *account, sid string) (free bool, no *rejection) {
	variables := map[string]string{}
	if raw := r.PostForm.Get("ContentVariables"); raw != "" {
		if err := json.Unmarshal([]byte(raw), &variables); err != nil {
			return false, bad(21656, "The ContentVariables Parameter is invalid")
		}
	}
	for _, value := range variables {
		if value == "" || strings.ContainsAny(value, "\n\r\t") || strings.Contains(value, "     ") {
			return false, bad(21656, "The ContentVariables Parameter is invalid")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.content(from.sid, sid)
	if c == nil {
		return false, &rejection{http.StatusNotFound, 20404, "The Content " + sid + " was not found"}
	}
	if !c.render(b, variables) || from.Kind != WhatsApp {
		return false, bad(21656, "The Content cannot be sent on this channel")
	}
	if !c.approved() && len(b.Buttons) > 3 {
		return true, bad(63013, "Up to 3 buttons without approval")
	}
	return !c.approved(), nil
}

// tell calls back with a message's new status. Callers hold the lock.
func (s *Server) tell(m *outbound, status string, code int) {
	m.status = status
	if m.callback == "" {
		return
	}
	v := url.Values{
		"ApiVersion": {"2010-04-01"}, "AccountSid": {m.from.sid}, "From": {m.from.address()}, "To": {m.to},
		"MessageSid": {m.sid}, "SmsSid": {m.sid}, "MessageStatus": {status}, "SmsStatus": {status},
	}
	if m.from.Kind == WhatsApp {
		v.Set("ChannelPrefix", "whatsapp")
		v.Set("ChannelInstallSid", m.from.sender)
		v.Set("StructuredMessage", "false")
		if status == "delivered" || status == "read" {
			v.Set("EventType", strings.ToUpper(status))
		}
	}
	if code != 0 {
		v.Set("ErrorCode", strconv.Itoa(code))
		v.Set("ChannelStatusMessage", "See https://www.twilio.com/docs/api/errors/"+strconv.Itoa(code))
	}
	s.push(m.from, m.callback, v)
}

// push signs a webhook and queues it.
func (s *Server) push(a *account, address string, form url.Values) {
	if address == "" {
		return
	}
	s.hooks.Push(sim.Hook{
		URL: address, ContentType: "application/x-www-form-urlencoded", Body: []byte(form.Encode()),
		Header: http.Header{
			"X-Twilio-Signature":         {Sign(a.token, address, form)},
			"I-Twilio-Idempotency-Token": {newSID("IT")},
			"User-Agent":                 {"TwilioProxy/1.1"},
		},
	})
}

// Sign is the value of X-Twilio-Signature for a form posted to an address. Values of one name
// are sorted and each counts once, as in Twilio's libraries.
func Sign(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(mac, address)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(form[name]))) {
			_, _ = io.WriteString(mac, name+v)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
