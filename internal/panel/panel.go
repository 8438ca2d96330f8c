// Package panel serves the built admin panel, which is embedded in the binary. Built with
// Node it answers every page of the panel; without, 503 and a page that says how to build it.
package panel

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
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
	files, err := load(root)
	if err != nil {
		panic(err) // embedded files cannot fail to read
	}
	if _, built := files[index]; !built {
		return http.HandlerFunc(unbuilt)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
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
		f.serve(w, r, name)
	})
}

// file is one path of the panel in the encodings the build wrote.
type file struct {
	mime     string
	variants []variant // best first; the last is the plain one
}

type variant struct {
	encoding string // "" for plain
	etag     string
	body     []byte
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, name string) {
	v := f.pick(r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", v.etag)
	if len(f.variants) > 1 {
		h.Set("Vary", "Accept-Encoding")
	}
	if v.encoding != "" {
		h.Set("Content-Encoding", v.encoding)
	}
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
	}
	if name == index {
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "same-origin")
	}
	// ServeContent answers If-None-Match and Range; with a Content-Encoding it leaves the length out.
	if v.encoding != "" {
		h.Set("Content-Length", strconv.Itoa(len(v.body)))
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(v.body))
}

// pick returns the best variant that an Accept-Encoding header allows.
func (f *file) pick(accept string) *variant {
	allowed := map[string]bool{"": true}
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		q, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q="), 64)
		allowed[strings.ToLower(strings.TrimSpace(name))] = err != nil || q > 0
	}
	for i := range f.variants {
		if v := &f.variants[i]; allowed[v.encoding] {
			return v
		}
	}
	return &f.variants[len(f.variants)-1]
}

// Types the standard table may lack on a machine without mime.types.
var types = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".json":  "application/json",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".txt":   "text/plain; charset=utf-8",
}

func mimeOf(name string) string {
	ext := path.Ext(name)
	if t, ok := types[ext]; ok {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

// load reads the built files once. Dot files (.gitkeep, the build's manifest) are not served.
func load(root fs.FS) (map[string]*file, error) {
	files := map[string]*file{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != "." && strings.HasPrefix(d.Name(), ".")
		switch {
		case hidden && d.IsDir():
			return fs.SkipDir
		case hidden || d.IsDir() || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz"):
			return nil
		}
		f := &file{mime: mimeOf(name)}
		for _, e := range [][2]string{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
			body, err := fs.ReadFile(root, name+e[1])
			if errors.Is(err, fs.ErrNotExist) && e[0] != "" {
				continue
			}
			if err != nil {
				return err
			}
			sum := sha256.Sum256(body)
			f.variants = append(f.variants, variant{e[0], `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, body})
		}
		files[name] = f
		return nil
	})
	return files, err
}

func unbuilt(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(placeholder) // the client may be gone
}
