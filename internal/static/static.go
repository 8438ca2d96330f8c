// Package static serves files that a build wrote and the binary embeds, in the best of the
// encodings that lie beside them (name.br, name.gz).
package static

import (
	"bytes"
	"crypto/sha256"
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

// Forever is the Cache-Control of a file whose name holds a hash of its content.
const Forever = "public, max-age=31536000, immutable"

// File is one path in its encodings. Safe for concurrent use.
type File struct {
	mime     string
	variants []variant // best first; the last is the plain one
}

type variant struct {
	encoding string // "" for plain
	etag     string
	body     []byte
}

// Plain is a file made at run time.
func Plain(mime string, body []byte) *File {
	return &File{mime, []variant{newVariant("", body)}}
}

func newVariant(encoding string, body []byte) variant {
	sum := sha256.Sum256(body)
	return variant{encoding, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, body}
}

// Load reads a folder once, by slash-separated name. Dot files (.gitkeep, a build's manifest)
// are left out.
func Load(root fs.FS) (map[string]*File, error) {
	files := map[string]*File{}
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
		f := &File{mime: mimeOf(name)}
		for _, e := range [][2]string{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
			body, err := fs.ReadFile(root, name+e[1])
			if errors.Is(err, fs.ErrNotExist) && e[0] != "" {
				continue
			}
			if err != nil {
				return err
			}
			f.variants = append(f.variants, newVariant(e[0], body))
		}
		files[name] = f
		return nil
	})
	return files, err
}

// ServeHTTP answers with the best encoding the request accepts. Each is a representation of
// its own and has its own ETag (RFC 9110, 8.8.3.3). Caching is the caller's to say.
func (f *File) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := f.pick(r.Header.Get("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", v.etag)
	h.Set("Vary", "Accept-Encoding")
	// ServeContent answers If-None-Match and Range; with a Content-Encoding it leaves the length out.
	if v.encoding != "" {
		h.Set("Content-Encoding", v.encoding)
		h.Set("Content-Length", strconv.Itoa(len(v.body)))
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(v.body))
}

// pick returns the best variant that an Accept-Encoding header allows.
func (f *File) pick(accept string) *variant {
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

// types are those the standard table may lack on a machine without mime.types.
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
