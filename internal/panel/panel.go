// Package panel serves the built admin panel, which is embedded in the binary. Built with
// Node it answers every page of the panel; without, 503 and a page that says how to build it.
package panel

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"recado/internal/static"
)

//go:embed all:dist
var dist embed.FS

//go:embed placeholder.html
var placeholder []byte

// policy lets the panel load only what this origin serves, and pictures of shops from
// anywhere. No inline script or style element runs; React sets style attributes through
// the DOM, which the policy does not concern.
const policy = "default-src 'self'; img-src 'self' data: blob: https:; media-src 'self' blob:; " +
	"style-src 'self'; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"

// Handler serves the panel at the root of a site. Paths that are no file get the page
// itself, because the browser routes; a missing asset or an /api path is a 404.
func Handler() http.Handler {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded folder is always there
	}
	return handler(root)
}

const index = "index.html"

func handler(root fs.FS) http.Handler {
	files, err := static.Load(root)
	if err != nil {
		panic(err) // embedded files cannot fail to read
	}
	if _, built := files[index]; !built {
		return http.HandlerFunc(unbuilt)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		f, ok := files[name]
		if !ok {
			if name == "api" || strings.HasPrefix(name, "api/") || strings.HasPrefix(name, "assets/") {
				http.NotFound(w, r)
				return
			}
			name, f = index, files[index]
		}
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", static.Forever)
		}
		if name == index {
			h.Set("Content-Security-Policy", policy)
			h.Set("Referrer-Policy", "same-origin")
		}
		f.ServeHTTP(w, r)
	})
}

func unbuilt(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(placeholder) // the client may be gone
}
