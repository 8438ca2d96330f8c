// Package messaging plays the Messenger Platform for Facebook pages ("messenger") and for
// Instagram professional accounts ("instagram"): the Graph API's messages,
// message_attachments, subscribed_apps and profiles, and the signed webhooks.
//
// Wire formats are those of the Graph API v25.0 and v26.0 as documented in 2026 below
// developers.facebook.com/documentation/business-messaging: messenger-platform/send-messages
// (22 Apr 2026), messenger-platform/webhooks/webhook-events, instagram-messaging/webhooks,
// instagram-messaging/features/send-message (2 Jul 2026) and .../attachment-upload (1 Apr
// 2026); the parameters of a sending call are /docs/graph-api/reference/page/messages, the
// errors /docs/messenger-platform/error-codes.
//
// As on the platform, a webhook is sent only for an account whose page is subscribed.
package messaging

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// The kinds of account, as channels name them.
const (
	Messenger = "messenger"
	Instagram = "instagram"
)

// ourApp is the id of the app that calls; inboxApp that of Meta's own inbox, in which the
// company writes by hand.
const (
	ourApp   = "1517776481860111"
	inboxApp = "263902037430900"
)

// Server is the platform. Make it with New.
type Server struct {
	faults sim.Faults
	hooks  sim.Hooks
	mux    *http.ServeMux

	mu       sync.Mutex
	base     string
	last     time.Time
	accounts map[string]*account // by kind and Ref
	threads  map[string]*thread  // by kind, Ref and the customer's id
	files    map[string]file     // by id, of attachments both ways
}

var _ sim.Platform = (*Server)(nil)

// account is a page or an Instagram account with its page.
type account struct {
	sim.Account
	page       string
	subscribed []string
}

func (a *account) instagram() bool { return a.Kind == Instagram }

// thread is one customer's chat with one account.
type thread struct {
	customer sim.Person
	bubbles  []*bubble
	heard    time.Time // when the customer last did something
}

// bubble is a message with what the screen does not tell apart.
type bubble struct {
	sim.Bubble
	template     bool   // its buttons are postbacks, not quick replies
	theirs, ours string // reactions of the customer and of the company
	edits        int
}

type file struct {
	owner, kind, mime, name string
	bytes                   []byte
}

// New returns a platform without accounts.
func New() *Server {
	s := &Server{accounts: map[string]*account{}, threads: map[string]*thread{}, files: map[string]file{}}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST /{version}/{node}/messages", s.authorized(s.messages))
	s.mux.HandleFunc("POST /{version}/{node}/message_attachments", s.authorized(s.upload))
	s.mux.HandleFunc("GET /{version}/{node}/subscribed_apps", s.authorized(s.subscriptions))
	s.mux.HandleFunc("POST /{version}/{node}/subscribed_apps", s.authorized(s.subscribe))
	s.mux.HandleFunc("GET /{version}/{node}", s.authorized(s.node))
	s.mux.HandleFunc("GET /cdn/files/{file}/{name}", s.cdn)
	return s
}

// Served tells the platform its own address, "http://host": media are offered below it.
func (s *Server) Served(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimSuffix(base, "/")
}

// Kinds implements sim.Platform.
func (*Server) Kinds() []string { return []string{Messenger, Instagram} }

// Faults implements sim.Platform.
func (s *Server) Faults() *sim.Faults { return &s.faults }

// Hooks implements sim.Platform.
func (s *Server) Hooks() *sim.Hooks { return &s.hooks }

// ServeHTTP implements http.Handler: the Graph API and the CDN.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Connect implements sim.Platform. Fields are access_token and app_secret.
func (s *Server) Connect(a sim.Account) error {
	if a.Kind != Messenger && a.Kind != Instagram {
		return fmt.Errorf("messaging: no accounts of kind %q", a.Kind)
	}
	if a.Ref == "" || a.Fields["access_token"] == "" || a.Fields["app_secret"] == "" {
		return fmt.Errorf("messaging: an account has a Ref, an access_token and an app_secret")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key(a.Kind, a.Ref)
	known := s.accounts[k]
	if known == nil {
		known = &account{page: a.Ref}
		if a.Kind == Instagram {
			known.page = "1" + a.Ref // the page that the Instagram account is linked to
		}
		s.accounts[k] = known
	}
	known.Account = a
	return nil
}

// Thread implements sim.Platform.
func (s *Server) Thread(ref, customer string) []sim.Bubble {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []sim.Bubble
	for _, kind := range s.Kinds() {
		t := s.threads[key(kind, ref, customer)]
		if t == nil {
			continue
		}
		for _, b := range t.bubbles {
			shown := b.Bubble
			for _, emoji := range []string{b.theirs, b.ours} {
				if emoji != "" {
					shown.Reactions = append(shown.Reactions, emoji)
				}
			}
			out = append(out, shown)
		}
	}
	return out
}

// Silent makes the customer's last sign be d ago, for the windows of 24 hours and 7 days.
func (s *Server) Silent(ref, customer string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range s.Kinds() {
		if t := s.threads[key(kind, ref, customer)]; t != nil {
			t.heard = time.Now().Add(-d)
		}
	}
}

func key(parts ...string) string { return strings.Join(parts, "\x00") }

// tick is the time; no two are the same millisecond. The caller holds the lock.
func (s *Server) tick() time.Time {
	now := time.Now().Truncate(time.Millisecond)
	if !now.After(s.last) {
		now = s.last.Add(time.Millisecond)
	}
	s.last = now
	return now
}

func newID(prefix string) string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return prefix + hex.EncodeToString(b)
}

// refusal is one of the platform's errors.
type refusal struct {
	status, code, subcode int
	message               string
}

func invalid(message string) *refusal { return &refusal{400, 100, 0, "(#100) " + message} }

func (e *refusal) body() []byte {
	said := map[string]any{"message": e.message, "type": "OAuthException", "code": e.code, "fbtrace_id": newID("")}
	if e.subcode != 0 {
		said["error_subcode"] = e.subcode
	}
	return encode(map[string]any{"error": said})
}

func (e *refusal) write(w http.ResponseWriter) { answer(w, e.status, e.body()) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of plain values are encoded
	}
	return b
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

var version = regexp.MustCompile(`^v\d+\.\d+$`)

// authorized finds the accounts of a call's token. A page that is both a page and an
// Instagram account's has one token for both.
func (s *Server) authorized(next func(http.ResponseWriter, *http.Request, []*account)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !version.MatchString(r.PathValue("version")) {
			(&refusal{400, 2500, 0, "Unknown path components"}).write(w)
			return
		}
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			token = r.URL.Query().Get("access_token")
		}
		s.mu.Lock()
		var whose []*account
		for _, a := range s.accounts {
			if token != "" && a.Fields["access_token"] == token {
				whose = append(whose, a)
			}
		}
		s.mu.Unlock()
		if len(whose) == 0 {
			(&refusal{401, 190, 0, "Invalid OAuth access token."}).write(w)
			return
		}
		slices.SortFunc(whose, func(a, b *account) int { return strings.Compare(a.Kind+a.Ref, b.Kind+b.Ref) })
		next(w, r, whose)
	}
}

// named are those of the accounts that a path's node means.
func named(whose []*account, node string) []*account {
	if node == "me" {
		return whose
	}
	return slices.DeleteFunc(slices.Clone(whose), func(a *account) bool { return a.Ref != node && a.page != node })
}

func noObject(node string) *refusal {
	return &refusal{400, 100, 33, "Unsupported request. Object with ID '" + node + "' does not exist, cannot be loaded due to missing permissions, or does not support this operation."}
}

// node answers for "me", an account and a customer's profile.
func (s *Server) node(w http.ResponseWriter, r *http.Request, whose []*account) {
	id := r.PathValue("node")
	if list := named(whose, id); len(list) > 0 {
		a := list[0]
		out := map[string]any{"id": a.page, "name": a.Name}
		if i := slices.IndexFunc(list, (*account).instagram); i >= 0 && strings.Contains(r.URL.Query().Get("fields"), "instagram_business_account") {
			out["instagram_business_account"] = map[string]any{"id": list[i].Ref, "username": list[i].Name}
		}
		answer(w, http.StatusOK, encode(out))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range whose {
		t := s.threads[key(a.Kind, a.Ref, id)]
		if t == nil {
			continue
		}
		out := map[string]any{"id": id}
		if a.instagram() {
			out["name"], out["username"] = t.customer.Name, "user_"+id
		} else {
			first, rest, _ := strings.Cut(t.customer.Name, " ")
			out["first_name"], out["last_name"] = first, rest
		}
		answer(w, http.StatusOK, encode(out))
		return
	}
	noObject(id).write(w)
}

// fields are those of a page's webhooks that concern messages
// (/docs/graph-api/reference/page/subscribed_apps).
var fields = []string{
	"messages", "message_echoes", "message_deliveries", "message_reads", "message_reactions", "message_edits",
	"messaging_postbacks", "messaging_referrals", "messaging_optins", "messaging_handovers", "standby", "feed",
}

func (s *Server) subscribe(w http.ResponseWriter, r *http.Request, whose []*account) {
	list := named(whose, r.PathValue("node"))
	if len(list) == 0 {
		noObject(r.PathValue("node")).write(w)
		return
	}
	wanted := strings.Split(r.FormValue("subscribed_fields"), ",")
	for _, f := range wanted {
		if !slices.Contains(fields, f) {
			invalid("Param subscribed_fields must be one of {" + strings.Join(fields, ", ") + "}").write(w)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range list {
		a.subscribed = wanted // the call replaces what was
	}
	answer(w, http.StatusOK, encode(map[string]any{"success": true}))
}

func (s *Server) subscriptions(w http.ResponseWriter, r *http.Request, whose []*account) {
	list := named(whose, r.PathValue("node"))
	if len(list) == 0 {
		noObject(r.PathValue("node")).write(w)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	data := []any{}
	if list[0].subscribed != nil {
		data = append(data, map[string]any{"id": ourApp, "name": "Recado", "subscribed_fields": list[0].subscribed})
	}
	answer(w, http.StatusOK, encode(map[string]any{"data": data}))
}
