// Package widget serves the webchat script that shops put on their pages.
//
// The script and its chunks are built into dist by Vite and embedded; the package compiles
// without them, and then the script only says so on the console of the page.
package widget

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

const (
	script   = "widget.js" // the only name that outlives a build
	notBuilt = `console.warn("Recado: this server was built without its widget; run make build.");` + "\n"

	shortly = "public, max-age=300"
	forever = "public, max-age=31536000, immutable"
)

// hashed matches the names that Vite gives to chunks: another content has another name.
var hashed = regexp.MustCompile(`-[\w-]{8}\.js$`)

// asset is one script in the encodings it was built in; the key "" is the script itself.
type asset struct {
	bodies map[string][]byte
	tag    string // of the content, without quotes
	cache  string
}

// Handler serves /widget/*.js to any origin: widget.js for five minutes, chunks for good,
// each as brotli, gzip or plain as the browser accepts. Anything else is a 404.
func Handler() http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is a constant and embedded
	}
	return handler(built)
}

func handler(built fs.FS) http.Handler {
	assets := load(built)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		a, found := assets[strings.TrimPrefix(r.URL.Path, "/widget/")]
		switch {
		case !found:
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", a.cache)
		h.Set("Vary", "Accept-Encoding")
		a.serve(w, r)
	})
}

// load reads every script of a build with its .br and .gz, or the notice that there is none.
func load(built fs.FS) map[string]asset {
	assets := map[string]asset{}
	names, err := fs.Glob(built, "*.js")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		a := asset{bodies: map[string][]byte{}, cache: shortly}
		if hashed.MatchString(name) {
			a.cache = forever
		}
		for encoding, suffix := range map[string]string{"": "", "br": ".br", "gzip": ".gz"} {
			if body, err := fs.ReadFile(built, name+suffix); err == nil {
				a.bodies[encoding] = body
			}
		}
		sum := sha256.Sum256(a.bodies[""])
		a.tag = base64.RawURLEncoding.EncodeToString(sum[:12])
		assets[name] = a
	}
	if _, ok := assets[script]; !ok {
		assets[script] = asset{bodies: map[string][]byte{"": []byte(notBuilt)}, tag: "not-built", cache: "no-store"}
	}
	return assets
}

// serve answers with the smallest body the request accepts. Each encoding is a
// representation of its own, so each has its own ETag (RFC 9110, 8.8.3.3).
func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	encoding := ""
	for _, e := range []string{"br", "gzip"} {
		if a.bodies[e] != nil && accepts(r.Header.Get("Accept-Encoding"), e) {
			encoding = e
			break
		}
	}
	tag := a.tag
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		tag += "-" + encoding
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.bodies[encoding]))
}

// accepts reports whether an Accept-Encoding header names the encoding with a weight above 0.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64)
			return weight == "" || err != nil || q > 0
		}
	}
	return false
}
