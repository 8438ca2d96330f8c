// Package meta plays Meta's WhatsApp Cloud API: the Graph API's endpoints for numbers,
// messages, media, templates and subscriptions, and its signed webhooks.
//
// The wire format is that of Graph API v26.0 as Meta's pages of 2026 show it, below
// developers.facebook.com/documentation/business-messaging/whatsapp/: messages/*,
// webhooks/reference/*, webhooks/override, business-phone-numbers/media, typing-indicators,
// business-scoped-user-ids and support/error-codes (15 May 2026). As the real one does, a
// message outside the window or to somebody who cannot have it is accepted first and then
// reported as failed; a business-scoped user id in "to" is taken for a number and lost.
package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// Kind is the channel it serves.
const Kind = "cloudapi"

// oldest is the first version of the Graph API that is still answered.
const oldest = 23

// window is how long a business may write freely after the customer did.
const window = 24 * time.Hour

// Server is the platform. Make it with New.
type Server struct {
	faults sim.Faults
	hooks  sim.Hooks
	client *http.Client // for the challenge of a webhook address

	mu        sync.Mutex
	accounts  map[string]*account    // by phone number id
	templates map[string][]*template // by WABA
	media     map[string]*media      // by media id
	chats     map[chatKey]*thread
	people    map[string]string // business-scoped user id -> customer
	last      int64             // number of the last object made
}

// account is one phone number of a business.
type account struct {
	ref, name, waba, token, secret, verify string

	hook       string // the app's own callback address
	override   string // the WABA's, if one is set
	subscribed bool
}

type chatKey struct{ ref, customer string }

// thread is one customer's chat with one number.
type thread struct {
	bubbles []sim.Bubble
	heard   time.Time // when the customer last wrote
	person  sim.Person
}

var _ sim.Platform = (*Server)(nil)

// New makes a platform without accounts.
func New() *Server {
	return &Server{
		client:   &http.Client{Timeout: 5 * time.Second},
		accounts: map[string]*account{}, templates: map[string][]*template{}, media: map[string]*media{},
		chats: map[chatKey]*thread{}, people: map[string]string{}, last: 100000000000000,
	}
}

// Kinds implements sim.Platform.
func (*Server) Kinds() []string { return []string{Kind} }

// Faults implements sim.Platform.
func (s *Server) Faults() *sim.Faults { return &s.faults }

// Hooks implements sim.Platform.
func (s *Server) Hooks() *sim.Hooks { return &s.hooks }

// Connect implements sim.Platform. An account with a Hook has been set up in the app's
// dashboard and is subscribed.
func (s *Server) Connect(a sim.Account) error {
	f := a.Fields
	if a.Kind != Kind || a.Ref == "" || f["waba_id"] == "" || f["access_token"] == "" || f["app_secret"] == "" {
		return errors.New("meta: an account needs its kind, phone number id, waba_id, access_token and app_secret")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[a.Ref] = &account{
		ref: a.Ref, name: a.Name, waba: f["waba_id"], token: f["access_token"], secret: f["app_secret"], verify: f["verify_token"],
		hook: a.Hook, subscribed: a.Hook != "",
	}
	return nil
}

// Thread implements sim.Platform.
func (s *Server) Thread(ref, customer string) []sim.Bubble {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.chats[chatKey{ref, customer}]
	if t == nil {
		return nil
	}
	out := slices.Clone(t.bubbles)
	for i := range out {
		out[i].Reactions = slices.Clone(out[i].Reactions)
	}
	return out
}

// CloseWindow makes it long ago that a customer wrote to an account.
func (s *Server) CloseWindow(ref, customer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.thread(ref, sim.Person{ID: customer}).heard = time.Time{}
}

// thread finds or makes a chat; mu is held.
func (s *Server) thread(ref string, p sim.Person) *thread {
	key := chatKey{ref, p.ID}
	t := s.chats[key]
	if t == nil {
		t = &thread{person: p}
		s.chats[key] = t
		if a := s.accounts[ref]; a != nil {
			s.people[userID(a.waba, p.ID)] = p.ID
		}
	}
	if p.Name != "" {
		t.person = p
	}
	return t
}

// find is the bubble of an id; nil for none.
func (t *thread) find(id string) *sim.Bubble {
	i := slices.IndexFunc(t.bubbles, func(b sim.Bubble) bool { return b.ID == id })
	if id == "" || i < 0 {
		return nil
	}
	return &t.bubbles[i]
}

// number makes the id of a media file, a template or a trace; mu is held.
func (s *Server) number() string {
	s.last++
	return strconv.FormatInt(s.last, 10)
}

// userID is the business-scoped user id of a customer: the same for all numbers of a
// portfolio, which here is a WABA.
func userID(waba, customer string) string {
	if strings.Contains(customer, ".") { // known by nothing else
		return customer
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(waba + "/" + customer))
	return "MX." + strconv.FormatUint(h.Sum64(), 10)
}

var route = regexp.MustCompile(`^/v(\d+)\.0/([0-9]+)(?:/([a-z_]+))?$`)

// ServeHTTP implements the Graph API and the host that media are fetched from.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !s.knows(token) {
		answer(w, errToken)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/whatsapp_business/attachments/"); ok && r.Method == http.MethodGet {
		s.download(w, token, id)
		return
	}
	m := route.FindStringSubmatch(r.URL.Path)
	if m == nil {
		answer(w, unknown("path components: "+r.URL.Path))
		return
	}
	if v, _ := strconv.Atoi(m[1]); v < oldest {
		answer(w, problem{400, 2635, 0, "You are calling a deprecated version of the Ads API. Please update to the latest version.", ""})
		return
	}
	s.node(w, r, token, m[2], m[3])
}

// node serves one node and its edge to whoever holds a token of its account.
func (s *Server) node(w http.ResponseWriter, r *http.Request, token, node, edge string) {
	s.mu.Lock()
	number := s.accounts[node]
	var members []*account // numbers of the WABA
	for _, ref := range slices.Sorted(maps.Keys(s.accounts)) {
		if a := s.accounts[ref]; a.waba == node && a.token == token {
			members = append(members, a)
		}
	}
	file := s.media[node]
	s.mu.Unlock()
	switch {
	case number != nil && number.token == token:
		s.phone(w, r, number, edge)
	case len(members) > 0:
		s.business(w, r, members, edge)
	case file != nil && file.owner.token == token && edge == "" && r.Method == http.MethodGet:
		s.describe(w, r, file)
	default:
		answer(w, problem{400, 100, 33, fmt.Sprintf("Unsupported %s request. Object with ID '%s' does not exist, cannot be loaded due to missing permissions, or does not support this operation.", strings.ToLower(r.Method), node), ""})
	}
}

func (s *Server) phone(w http.ResponseWriter, r *http.Request, a *account, edge string) {
	switch r.Method + " " + edge {
	case "GET ":
		if proof := r.URL.Query().Get("appsecret_proof"); proof != "" && proof != proofOf(a) {
			answer(w, problem{400, 100, 0, "Invalid appsecret_proof provided in the API argument", ""})
			return
		}
		answer(w, map[string]any{
			"id": a.ref, "display_phone_number": "+" + displayOf(a), "verified_name": a.name, "quality_rating": "GREEN",
		})
	case "POST messages":
		s.messages(w, r, a)
	case "POST media":
		s.upload(w, r, a)
	default:
		answer(w, unknown("edge "+edge))
	}
}

// displayOf is the number that customers see; an account here is known by its id alone.
func displayOf(a *account) string { return a.ref }

func proofOf(a *account) string { return mac(a.secret, []byte(a.token)) }

func mac(secret string, b []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

func (s *Server) knows(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.token == token {
			return true
		}
	}
	return false
}

// problem is an error of the Graph API (graph-api/guides/error-handling).
type problem struct {
	status, code, subcode int
	message, details      string
}

var errToken = problem{401, 190, 463, "Error validating access token: Session has expired.", ""}

func unknown(what string) problem { return problem{400, 2500, 0, "Unknown " + what, ""} }

// invalid is a parameter that does not fit.
func invalid(code int, details string) *problem {
	return &problem{400, code, 0, fmt.Sprintf("(#%d) %s", code, titles[code]), details}
}

var titles = map[int]string{
	100: "Invalid parameter", 130429: "Rate limit hit", 131000: "Something went wrong", 131008: "Required parameter is missing",
	131009: "Parameter value is not valid", 131047: "Re-engagement message", 131050: "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business",
	131053: "Media upload error", 132000: "Number of parameters does not match the expected number of params", 132001: "Template name does not exist in the translation",
	132005: "Translated text too long", 132015: "Template is paused", 132018: "Template parameters are not valid",
}

// MarshalJSON writes the error as Meta does.
func (p problem) MarshalJSON() ([]byte, error) {
	e := map[string]any{"message": p.message, "type": "OAuthException", "code": p.code, "fbtrace_id": fmt.Sprintf("A%06dSim", p.code)}
	if p.subcode != 0 {
		e["error_subcode"] = p.subcode
	}
	if p.details != "" {
		e["error_data"] = map[string]string{"messaging_product": "whatsapp", "details": p.details}
	}
	return json.Marshal(map[string]any{"error": e})
}

// answer writes a body as JSON; a problem brings its own status.
func answer(w http.ResponseWriter, v any) {
	status := http.StatusOK
	if p, bad := v.(problem); bad {
		status = p.status
	}
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}
