// Package phones is the page /demo/phones, on which one plays the customers: a phone for each
// of the demo company's accounts on the simulated platforms, with people who write, press,
// quote, react, edit and delete, and the troubles that those platforms can have.
//
// The page asks a small API below /demo/phones/api; whatever changes comes by one stream of
// server-sent events per page, for browsers allow few connections to a host.
package phones

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"recado/internal/demo"
	"recado/internal/sim"
	"recado/internal/sim/whatsapp"
)

//go:embed page static texts
var assets embed.FS

// Account is one of the demo company's channels. Ref is the platform's reference of it, empty
// for one that is not linked yet.
type Account struct{ Kind, Ref, Name string }

// Config is what the page plays with.
type Config struct {
	Platforms []sim.Platform
	// Accounts lists the demo company's channels; those of no platform here are left out. It is
	// called every two seconds while a page is open.
	Accounts func(context.Context) ([]Account, error)
	Files    *demo.Files // where the pictures and the document to send come from
	// WhatsApp is the one of Platforms that is linked by QR code, if any, and Pending the texts
	// of the codes being shown now.
	WhatsApp *whatsapp.Server
	Pending  func() []string
	// Done ends the open streams when it is closed, for a server that stops; nil: never.
	Done <-chan struct{}
	Log  *slog.Logger // nil: nothing is logged
}

// policy lets the page reach this origin only and forbids inline code and styles. Pictures of
// products may stand elsewhere, and on a machine of one's own they come without TLS.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; " +
	"img-src 'self' data: https: http://localhost:* http://127.0.0.1:*; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const home = "/demo/phones"

type phones struct {
	Config
	page    *template.Template
	words   map[string]map[string]string // by language
	static  map[string][]byte
	people  people
	moods   moods
	streams chan struct{} // a place for each open stream
}

// Handler serves /demo/phones and everything below it.
func Handler(cfg Config) (http.Handler, error) {
	if cfg.Accounts == nil || cfg.Files == nil || len(cfg.Platforms) == 0 {
		return nil, errors.New("demo phones: platforms, accounts and files are required")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &phones{Config: cfg, words: map[string]map[string]string{}, static: map[string][]byte{}, streams: make(chan struct{}, maxStreams)}
	if err := p.load(); err != nil {
		return nil, fmt.Errorf("demo phones: %w", err)
	}
	const api = home + "/api"
	const account, person = api + "/{kind}/{ref}", api + "/{kind}/{ref}/{person}"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+home, p.show)
	mux.HandleFunc("GET "+home+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, home, http.StatusPermanentRedirect)
	})
	mux.HandleFunc("GET "+home+"/static/{name}", p.asset)
	mux.HandleFunc("GET "+api+"/phones", p.list)
	mux.HandleFunc("GET "+api+"/live", p.live)
	mux.HandleFunc("POST "+api+"/scan", p.scan)
	mux.HandleFunc("POST "+account+"/people", p.meet)
	mux.HandleFunc("POST "+account+"/trouble", p.trouble)
	mux.HandleFunc("GET "+person+"/thread", p.thread)
	mux.HandleFunc("POST "+person+"/act", p.act)
	mux.HandleFunc("GET "+person+"/media/{id}", p.media)
	return guarded(http.NewCrossOriginProtection().Handler(mux)), nil
}

func (p *phones) load() error {
	var err error
	if p.page, err = template.ParseFS(assets, "page/phones.html"); err != nil {
		return err
	}
	for _, lang := range []string{"es", "en"} {
		b, err := assets.ReadFile("texts/" + lang + ".json")
		if err != nil {
			return err
		}
		var words map[string]string
		if err := json.Unmarshal(b, &words); err != nil {
			return fmt.Errorf("texts %s: %w", lang, err)
		}
		p.words[lang] = words
	}
	names, err := fs.Glob(assets, "static/*")
	if err != nil {
		return err
	}
	for _, name := range names {
		if p.static[path.Base(name)], err = assets.ReadFile(name); err != nil {
			return err
		}
	}
	return nil
}

func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// language is the one asked for in the address, else the browser's first that we have.
func language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == "es" || l == "en" {
		return l
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		base, _, _ := strings.Cut(strings.TrimSpace(tag), ";")
		base, _, _ = strings.Cut(base, "-")
		if base == "es" || base == "en" {
			return base
		}
	}
	return "es"
}

func (p *phones) show(w http.ResponseWriter, r *http.Request) {
	lang := language(r)
	other := "en"
	if lang == "en" {
		other = "es"
	}
	words, err := json.Marshal(p.words[lang])
	var b bytes.Buffer
	if err == nil {
		err = p.page.Execute(&b, map[string]any{"T": p.words[lang], "Lang": lang, "Other": other, "Words": string(words)})
	}
	if err != nil {
		p.Log.ErrorContext(r.Context(), "the page of the phones cannot be drawn", "err", err)
		http.Error(w, p.words[lang]["error.failed"], http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Language", lang)
	w.Header().Add("Vary", "Accept-Language")
	serve(w, r, "text/html; charset=utf-8", b.Bytes())
}

func (p *phones) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b, ok := p.static[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	serve(w, r, mime.TypeByExtension(path.Ext(name)), b)
}

// serve answers with something that may be another next time, so browsers ask again and are
// told when it is the same.
func serve(w http.ResponseWriter, r *http.Request, kind string, b []byte) {
	sum := sha256.Sum256(b)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

// problem is why something was not done; the page has a sentence for each, "error.<problem>".
type problem string

const (
	none        problem = ""
	failed      problem = "failed"
	missing     problem = "missing"
	bad         problem = "bad"
	large       problem = "large"
	cannot      problem = "cannot"  // the platform has no such thing
	refused     problem = "refused" // by the platform
	full        problem = "full"    // no more people
	busy        problem = "busy"
	wrongCode   problem = "code"
	wrongNumber problem = "number"
)

// refuse answers with a problem; detail is the platform's own word, in English.
func refuse(w http.ResponseWriter, status int, why problem, detail string) {
	answer(w, status, map[string]string{"error": string(why), "detail": detail})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // the page is gone; there is nobody to tell
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // the shapes are all our own
	}
	return b
}

// platform is the one that serves a kind of account, nil for none.
func (p *phones) platform(kind string) sim.Platform {
	i := slices.IndexFunc(p.Platforms, func(s sim.Platform) bool { return slices.Contains(s.Kinds(), kind) })
	if i < 0 {
		return nil
	}
	return p.Platforms[i]
}
