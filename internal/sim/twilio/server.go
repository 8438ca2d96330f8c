// Package twilio plays Twilio's Programmable Messaging for WhatsApp and SMS: the REST API
// 2010-04-01 (Messages, Media, IncomingPhoneNumbers, Accounts), Content v1 and v2, Messaging
// v1 and v2 (Services, Senders, typing indicators), and the signed webhooks of messages and
// statuses. All hosts are one here; their paths do not overlap.
//
// Wire formats are those of the documentation of 2026:
// www.twilio.com/docs/messaging/api/message-resource, /docs/messaging/guides/webhook-request,
// /docs/messaging/guides/track-outbound-message-status, /docs/usage/webhooks/webhooks-security,
// /docs/content/content-api-resources, /docs/whatsapp/api/senders,
// /docs/whatsapp/api/typing-indicators-resource; errors are /docs/api/errors/<code>.
package twilio

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// The kinds of account, as channels name them.
const (
	WhatsApp = "twilio_whatsapp"
	SMS      = "twilio_sms"
)

// Server is the platform. Make it with New.
type Server struct {
	faults sim.Faults
	hooks  sim.Hooks
	mux    *http.ServeMux
	client *http.Client // fetches the media that messages name

	mu       sync.Mutex
	now      func() time.Time
	accounts map[string]*account // by address: "whatsapp:+34…", "+34…"
	threads  map[string]*thread  // by address of the business + " " + the customer's
	contents []*content
	files    map[string]file // by media SID
	typing   map[string]bool // by the SID of the message answered
}

var _ sim.Platform = (*Server)(nil)

// account is one sender of one Twilio account.
type account struct {
	sim.Account
	sid, token, service string
	sender              string // SID of the WhatsApp sender
}

// address is what stands in From and To.
func (a *account) address() string { return address(a.Kind, a.Ref) }

func address(kind, number string) string {
	if number != "" && number[0] >= '0' && number[0] <= '9' {
		number = "+" + number
	}
	if kind == WhatsApp {
		return "whatsapp:" + number
	}
	return number
}

// thread is one customer's chat with one sender.
type thread struct {
	bubbles []sim.Bubble
	heard   time.Time // when the customer last wrote
	stopped bool      // the customer has sent STOP by SMS
	sent    []*outbound
}

type file struct {
	account, mime string
	bytes         []byte
}

// New returns a platform without accounts.
func New() *Server {
	s := &Server{
		client: &http.Client{Timeout: 5 * time.Second}, now: time.Now,
		accounts: map[string]*account{}, threads: map[string]*thread{}, files: map[string]file{}, typing: map[string]bool{},
	}
	const acc = "/2010-04-01/Accounts/{account}"
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST "+acc+"/Messages.json", s.create)
	s.mux.HandleFunc("GET "+acc+"/Messages/{message}/Media/{media}", s.media)
	s.mux.HandleFunc("GET "+acc+"/IncomingPhoneNumbers.json", s.numbers)
	s.mux.HandleFunc("GET "+acc, s.fetchAccount)
	s.mux.HandleFunc("GET /cdn/{media}", s.cdn)
	s.mux.HandleFunc("POST /v1/Content", s.makeContent)
	s.mux.HandleFunc("DELETE /v1/Content/{content}", s.deleteContent)
	s.mux.HandleFunc("GET /v2/Content", s.searchContent)
	s.mux.HandleFunc("GET /v1/ContentAndApprovals", s.listContent)
	s.mux.HandleFunc("POST /v1/Content/{content}/ApprovalRequests/whatsapp", s.askApproval)
	s.mux.HandleFunc("POST /v2/Indicators/Typing.json", s.indicate)
	s.mux.HandleFunc("GET /v2/Channels/Senders", s.senders)
	s.mux.HandleFunc("GET /v2/Channels/Senders/{sender}", s.sender)
	s.mux.HandleFunc("GET /v1/Services/{service}", s.service)
	return s
}

// Kinds implements sim.Platform.
func (*Server) Kinds() []string { return []string{WhatsApp, SMS} }

// Faults implements sim.Platform.
func (s *Server) Faults() *sim.Faults { return &s.faults }

// Hooks implements sim.Platform.
func (s *Server) Hooks() *sim.Hooks { return &s.hooks }

// SetClock makes the platform tell the time by now, for its reply window.
func (s *Server) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// Connect implements sim.Platform. Fields are those of the channel: account_sid, auth_token,
// from and, if any, messaging_service_sid. The owner has told Twilio to call Hook.
func (s *Server) Connect(a sim.Account) error {
	sid, token := a.Fields["account_sid"], a.Fields["auth_token"]
	if a.Kind != WhatsApp && a.Kind != SMS {
		return errors.New("twilio: no such kind: " + a.Kind)
	}
	if a.Ref == "" || len(sid) != 34 || token == "" {
		return errors.New("twilio: an account has a number, a SID and a token")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := &account{Account: a, sid: sid, token: token, service: a.Fields["messaging_service_sid"], sender: newSID("XE")}
	if before := s.accounts[got.address()]; before != nil {
		got.sender = before.sender
	}
	s.accounts[got.address()] = got
	return nil
}

// Thread implements sim.Platform. ref is the number; a number may be both a WhatsApp sender
// and an SMS one, whose chats with a customer are then shown one after the other.
func (s *Server) Thread(ref, customer string) []sim.Bubble {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sim.Bubble
	for _, kind := range s.Kinds() {
		if t := s.threads[address(kind, ref)+" "+address(kind, customer)]; t != nil {
			for _, b := range t.bubbles {
				b.Reactions = append([]string(nil), b.Reactions...)
				out = append(out, b)
			}
		}
	}
	return out
}

// thread is made when it is first asked for. Callers hold the lock.
func (s *Server) thread(business, customer string) *thread {
	key := business + " " + customer
	t := s.threads[key]
	if t == nil {
		t = &thread{}
		s.threads[key] = t
	}
	return t
}

// ServeHTTP implements http.Handler. Every call but a CDN's carries the SID and the token
// of its account.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/cdn/") {
		s.mux.ServeHTTP(w, r)
		return
	}
	user, password, _ := r.BasicAuth()
	if !s.knows(user, password) {
		fail(w, http.StatusUnauthorized, 20003, "Authenticate")
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/2010-04-01/Accounts/"); ok {
		if named, _, _ := strings.Cut(strings.TrimSuffix(rest, ".json"), "/"); named != user {
			fail(w, http.StatusNotFound, 20404, "The requested resource "+r.URL.Path+" was not found")
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) knows(sid, token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.sid == sid && a.token == token {
			return true
		}
	}
	return false
}

func caller(r *http.Request) string { user, _, _ := r.BasicAuth(); return user }

// fail writes Twilio's error.
func fail(w http.ResponseWriter, status, code int, message string) {
	reply(w, status, problem(status, code, message))
}

func problem(status, code int, message string) any {
	return map[string]any{
		"code": code, "message": message, "status": status,
		"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code),
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v))
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("twilio: %v", err)) // the shapes are all our own
	}
	return b
}

// newSID makes an id: a prefix of two letters and 32 hexadecimal digits.
func newSID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return prefix + hex.EncodeToString(b[:])
}

func (s *Server) fetchAccount(w http.ResponseWriter, r *http.Request) {
	reply(w, http.StatusOK, map[string]any{"sid": caller(r), "friendly_name": "Cuenta de " + caller(r)[:6], "status": "active", "type": "Full"})
}

func (s *Server) numbers(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []any{}
	for _, a := range s.accounts {
		if a.Kind == SMS && a.sid == caller(r) && (r.FormValue("PhoneNumber") == "" || r.FormValue("PhoneNumber") == a.address()) {
			out = append(out, map[string]any{
				"phone_number": a.address(), "friendly_name": a.Name, "sms_url": a.Hook, "sms_method": "POST",
				"capabilities": map[string]bool{"sms": true, "mms": true, "voice": true},
			})
		}
	}
	reply(w, http.StatusOK, map[string]any{"incoming_phone_numbers": out})
}

func (s *Server) senders(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("Channel") != "whatsapp" {
		fail(w, http.StatusBadRequest, 20001, "Channel is required")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []any{}
	for _, a := range s.accounts {
		if a.Kind == WhatsApp && a.sid == caller(r) {
			out = append(out, map[string]any{"sid": a.sender, "status": "ONLINE", "sender_id": a.address()})
		}
	}
	reply(w, http.StatusOK, map[string]any{"senders": out, "meta": map[string]any{"next_page_url": nil}})
}

func (s *Server) sender(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.Kind == WhatsApp && a.sid == caller(r) && a.sender == r.PathValue("sender") {
			reply(w, http.StatusOK, map[string]any{
				"sid": a.sender, "status": "ONLINE", "sender_id": a.address(),
				"webhook":    map[string]any{"callback_url": a.Hook, "callback_method": "POST"},
				"properties": map[string]any{"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"},
			})
			return
		}
	}
	fail(w, http.StatusNotFound, 20404, "The sender was not found")
}

func (s *Server) service(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.sid == caller(r) && a.service != "" && a.service == r.PathValue("service") {
			reply(w, http.StatusOK, map[string]any{
				"sid": a.service, "inbound_request_url": a.Hook, "inbound_method": "POST", "use_inbound_webhook_on_number": false,
			})
			return
		}
	}
	fail(w, http.StatusNotFound, 20404, "The service was not found")
}

// indicate shows "typing" and marks the message as read, as the documentation has it.
func (s *Server) indicate(w http.ResponseWriter, r *http.Request) {
	sid := r.PostFormValue("messageId")
	if r.PostFormValue("channel") != "whatsapp" || sid == "" {
		fail(w, http.StatusBadRequest, 20001, "channel and messageId are required")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.threads {
		for i := range t.bubbles {
			if b := &t.bubbles[i]; b.ID == sid && b.Mine {
				b.Read, s.typing[sid] = true, true
				reply(w, http.StatusOK, map[string]bool{"success": true})
				return
			}
		}
	}
	fail(w, http.StatusNotFound, 20404, "The message was not found")
}

// Typing reports whether "typing" was shown below a customer's message.
func (s *Server) Typing(message string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typing[message]
}

// media hands out a file as Twilio does: the API knows who asks and sends them on.
func (s *Server) media(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.PathValue("media")]
	s.mu.Unlock()
	if !ok || f.account != caller(r) {
		fail(w, http.StatusNotFound, 20404, "The media was not found")
		return
	}
	http.Redirect(w, r, "/cdn/"+r.PathValue("media"), http.StatusTemporaryRedirect)
}

func (s *Server) cdn(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.PathValue("media")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mime)
	_, _ = w.Write(f.bytes)
}
