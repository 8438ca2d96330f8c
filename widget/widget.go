// Package widget serves the webchat script that shops put on their pages.
//
// The script and its chunks are built into dist by Vite and embedded; the package compiles
// without them, and then the script only says so on the console of the page.
package widget

import (
	"embed"
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"recado/internal/static"
)

//go:embed all:dist
var dist embed.FS

const (
	script   = "widget.js" // the only name that outlives a build
	notBuilt = `console.warn("Recado: this server was built without its widget; run make build.");` + "\n"

	shortly = "public, max-age=300"
)

// hashed matches the names that Vite gives to chunks: another content has another name.
var hashed = regexp.MustCompile(`-[\w-]{8}\.js$`)

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
	files, err := static.Load(built)
	if err != nil {
		panic(err) // embedded files cannot fail to read
	}
	_, ready := files[script]
	if !ready {
		files[script] = static.Plain("text/javascript; charset=utf-8", []byte(notBuilt))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		name := strings.TrimPrefix(r.URL.Path, "/widget/")
		f, found := files[name]
		switch {
		case !found || !strings.HasSuffix(name, ".js"):
			http.NotFound(w, r)
			return
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		case !ready:
			h.Set("Cache-Control", "no-store")
		case hashed.MatchString(name):
			h.Set("Cache-Control", static.Forever)
		default:
			h.Set("Cache-Control", shortly)
		}
		f.ServeHTTP(w, r)
	})
}
