// Package whatsapp plays the server that WhatsApp's linked devices talk to, and the phones
// behind it: Noise handshake, pairing by QR code and by code, login, key bundles, device
// lists, encrypted messages between devices, acknowledgements, receipts, encrypted media,
// history on demand, and the ways in which a session ends.
//
// WhatsApp documents none of this. The wire format is the one that the client library
// go.mau.fi/whatsmeow (commit 33cfac511629, 21 August 2026) speaks; stanzas follow its
// source. The server never sees a plaintext: it routes ciphertext between real clients,
// and the customers' phones here are such clients too.
//
// A business is one account with its own phone (device 0) and the companions paired to it
// with that phone.
// Ref in accounts and actions is the business's number in digits; a customer's Person.ID is
// theirs.
package whatsapp

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"

	"recado/internal/sim"
)

// Server is the platform. The zero value is of no use.
type Server struct {
	id     identity
	faults sim.Faults
	hooks  sim.Hooks // WhatsApp calls nobody; the queue stays empty
	inside *pipes    // how the phones reach the server
	local  *http.Server
	ctx    context.Context
	stop   context.CancelFunc

	mu       sync.Mutex
	accounts map[string]*account // by number and by LID
	pairing  map[string]*conn    // by the reference in a QR code
	codes    map[string]*codePairing
	media    map[string][]byte
	phones   map[string]*Phone // by number
	outdated bool
	serial   int
}

var _ sim.Platform = (*Server)(nil)

// account is one WhatsApp user.
type account struct {
	pn, lid  types.JID
	name     string
	business bool
	identity *keys.KeyPair // of the phone; companions are signed with it
	devices  map[uint16]*device
	watchers map[*device]bool // devices that know its device list
	trusts   map[*account]int // tokens given
	last     uint16           // device number given out
	banned   int              // reason of a temporary ban; 0: none
}

// New starts a server. Close it. The client library's pinned root becomes the simulator's
// for the whole process.
func New() (*Server, error) {
	id, err := newIdentity()
	if err != nil {
		return nil, err
	}
	s := &Server{
		id: id, inside: newPipes(),
		accounts: map[string]*account{}, pairing: map[string]*conn{}, codes: map[string]*codePairing{},
		media: map[string][]byte{}, phones: map[string]*Phone{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.local = &http.Server{Handler: s}
	go s.local.Serve(s.inside) //nolint:errcheck // ends with Close
	return s, nil
}

// Close disconnects everybody and ends the server.
func (s *Server) Close() {
	s.mu.Lock()
	phones := s.phones
	s.phones = map[string]*Phone{}
	s.mu.Unlock()
	for _, p := range phones {
		p.client.Disconnect()
	}
	s.stop()
	_ = s.local.Close()
}

// ServeHTTP implements http.Handler: the socket and the media hosts.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/ws/chat":
		s.serveSocket(w, r)
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/mms/"):
		s.upload(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, mediaPath):
		s.download(w, r)
	default:
		http.NotFound(w, r)
	}
}

// Rewrite leads a client's calls to WhatsApp's hosts to this server, without a network.
func (s *Server) Rewrite(c *http.Client) {
	c.Transport = &redirect{host: "whatsapp.invalid", to: &http.Transport{DialContext: s.inside.dial, DisableKeepAlives: true}}
}

// client reaches the server from within.
func (s *Server) client() *http.Client {
	h := &http.Client{}
	s.Rewrite(h)
	return h
}

// Rewrite leads a client's calls to WhatsApp's hosts to a server at base, "http://host:port/path".
func Rewrite(base string) (func(*http.Client), error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, err
	}
	to := &http.Transport{}
	return func(c *http.Client) {
		c.Transport = &redirect{host: u.Host, path: strings.TrimRight(u.Path, "/"), to: to}
	}, nil
}

type redirect struct {
	host string
	path string // before every path
	to   http.RoundTripper
}

func (d *redirect) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", d.host
	if d.path != "" {
		r.URL.Path = d.path + r.URL.Path
		if r.URL.RawPath != "" {
			r.URL.RawPath = d.path + r.URL.RawPath
		}
	}
	return d.to.RoundTrip(r)
}

// pipes is a listener within the process.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error { p.once.Do(func() { close(p.ended) }); return nil }

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "whatsapp.invalid", Net: "unix"} }

// Kinds implements sim.Platform.
func (*Server) Kinds() []string { return []string{"whatsapp_qr"} }

// Faults implements sim.Platform. They are drawn for each message of a business.
func (s *Server) Faults() *sim.Faults { return &s.faults }

// Hooks implements sim.Platform. WhatsApp's linked devices have no webhooks.
func (s *Server) Hooks() *sim.Hooks { return &s.hooks }

// Connect implements sim.Platform: a business with a number gets a name.
func (s *Server) Connect(a sim.Account) error {
	if digits(a.Ref) == "" {
		return fmt.Errorf("whatsapp: %q is no number", a.Ref)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	acc := s.account(a.Ref)
	acc.business = true
	if a.Name != "" {
		acc.name = a.Name
	}
	return nil
}

// digits is a number without plus, spaces and the like; "" when it is none.
func digits(number string) string {
	out := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
	if len(out) < 6 || len(out) > 15 {
		return ""
	}
	return out
}

// account finds or makes the account of a number. The lock is held.
func (s *Server) account(number string) *account {
	number = digits(number)
	if a := s.accounts[number]; a != nil {
		return a
	}
	a := &account{
		pn: types.NewJID(number, types.DefaultUserServer),
		// A LID tells nothing of the number; these are merely unlike one.
		lid:      types.NewJID("77"+reverse(number), types.HiddenUserServer),
		identity: keys.NewKeyPair(), devices: map[uint16]*device{}, watchers: map[*device]bool{}, trusts: map[*account]int{},
	}
	s.accounts[number], s.accounts[a.lid.User] = a, a
	return a
}

func reverse(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// next makes an id. The lock is held.
func (s *Server) next(prefix string) string {
	s.serial++
	return prefix + strconv.Itoa(s.serial)
}

// companions are a business's paired devices.
func (a *account) companions() []*device {
	var out []*device
	for n, d := range a.devices {
		if n != 0 {
			out = append(out, d)
		}
	}
	return out
}

// each does something with every companion of a number, under the lock.
func (s *Server) each(number string, do func(*account, *device)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[digits(number)]
	if a == nil {
		return
	}
	for _, d := range a.companions() {
		do(a, d)
	}
}
