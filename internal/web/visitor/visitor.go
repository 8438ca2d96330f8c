// Package visitor is the widget's door: it speaks the webchat channel's wire format to
// pages of shops. Every request names a site by its public key; everything behind a
// visitor's token belongs to one person on that site.
package visitor

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/realtime"
)

// Accepter stores inbound messages durably; inbox.Intake is one.
type Accepter interface {
	Accept(ctx context.Context, ev channels.Inbound) (inbox.Accepted, error)
	Meet(ctx context.Context, ev channels.Inbound) (id.Contact, id.Conversation, error)
}

// Config is what the door needs.
type Config struct {
	DB      *db.DB
	Intake  Accepter
	Hub     *realtime.Hub
	Files   *file.Files
	Tokens  webchat.Tokens
	Secret  func(ctx context.Context, c channels.Channel) ([]byte, error) // the site's identity secret; nil when it has none
	BaseURL func(*http.Request) string                                    // our own origin as visitors reach it
	Refuse  func(http.ResponseWriter, *http.Request, error)               // answers with a problem
	Log     *slog.Logger
}

// Door is the handler of everything under /webchat.
type Door struct {
	Config
	sites     *sites
	limits    *limits
	sightings sightings
	stop      chan struct{}
}

const (
	linkFor      = 24 * time.Hour // signed links to files, renewed whenever messages are read
	historyPage  = 50
	maxBody      = 64 << 10
	maxUploadHdr = 1000
)

// New makes the door.
func New(c Config) *Door {
	return &Door{Config: c, sites: newSites(c.DB), limits: newLimits(), stop: make(chan struct{})}
}

// Stop sends the open sockets away, so that their widgets go to another node.
func (d *Door) Stop() { close(d.stop) }

// Routes mounts the door on a router.
func (d *Door) Routes(r chi.Router) {
	r.Route("/webchat/{site}", func(r chi.Router) {
		r.Use(d.cors)
		r.Get("/config", d.handle(d.config))
		r.Post("/session", d.handle(d.session))
		r.Post("/messages", d.handle(d.post))
		r.Get("/messages", d.handle(d.history))
		r.Post("/files", d.handle(d.upload))
		r.Get("/socket", d.socket)
		r.Options("/*", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	})
}

// cors lets pages on the site's allowed origins call us. There are no cookies, so the
// browser's permission is all that an origin gets.
func (d *Door) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		h.Set("X-Content-Type-Options", "nosniff")
		if o := r.Header.Get("Origin"); o != "" {
			// Also for refused origins: the page must be able to read why. What is behind
			// it is refused by handle.
			h.Set("Access-Control-Allow-Origin", o)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept-Language, X-File-Name")
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Expose-Headers", "Retry-After")
			h.Set("Access-Control-Max-Age", "7200")
		}
		next.ServeHTTP(w, r)
	})
}

// handle runs one endpoint for a known site and an allowed origin.
func (d *Door) handle(fn func(w http.ResponseWriter, r *http.Request, s *site) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := d.site(r)
		if err == nil {
			err = fn(w, r, s)
		}
		if err != nil {
			d.Refuse(w, r, unavailable(err))
		}
	}
}

// unavailable makes a database that cannot be reached a "try again": the widget keeps what
// it wanted to send.
func unavailable(err error) error {
	if db.Down(err) {
		p := errs.New(errs.Unavailable, "unavailable")
		p.RetryAfter = 2 * time.Second
		return p
	}
	return err
}

func (d *Door) site(r *http.Request) (*site, error) {
	s, err := d.sites.get(r.Context(), chi.URLParam(r, "site"))
	if err != nil {
		return nil, err
	}
	if !s.settings.Allows(r.Header.Get("Origin")) && !d.own(r) {
		return nil, errs.New(errs.Forbidden, "webchat.origin", "origin", r.Header.Get("Origin"))
	}
	return s, nil
}

// own reports whether the page is one of ours: the demo shop, the panel's preview.
func (d *Door) own(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// visitor reads the caller's token.
func (d *Door) visitor(r *http.Request, s *site) (webchat.Visitor, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return d.read(token, s)
}

func (d *Door) read(token string, s *site) (webchat.Visitor, error) {
	v, err := d.Tokens.Read(token, time.Now())
	if err == nil && v.Channel != s.channel.ID {
		err = errs.New(errs.Unauthenticated, "webchat.token")
	}
	if err == nil && s.settings.RequireIdentity && !v.Verified {
		err = errs.New(errs.Unauthenticated, "webchat.identity_needed")
	}
	return v, err
}

// link gives every file of a content an address on our origin.
func (d *Door) link(base string, company id.Company, c *chat.Content) {
	if c.Media != nil {
		c.Media.URL = base + d.Files.Link(company, *c.Media, linkFor)
	}
	for i := range c.Products {
		if strings.HasPrefix(c.Products[i].Image, "/") {
			c.Products[i].Image = base + c.Products[i].Image
		}
	}
}

func (d *Door) lines(base string, company id.Company, ls []inbox.Line) []inbox.Line {
	for i := range ls {
		d.link(base, company, &ls[i].Content)
	}
	if ls == nil {
		ls = []inbox.Line{}
	}
	return ls
}

func reply(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client may be gone
	return nil
}

// body reads a small JSON body.
func body(w http.ResponseWriter, r *http.Request, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	if err := dec.Decode(v); err != nil {
		if strings.Contains(err.Error(), "request body too large") {
			return errs.New(errs.TooLarge, "body.too_large", "max", maxBody)
		}
		return errs.New(errs.Invalid, "body.malformed", "reason", err.Error()).At("body")
	}
	return nil
}
