package api

import (
	"embed"
	"net/http"
)

//go:embed docs
var docFiles embed.FS

// introduction opens the document; the page shows it first.
const introduction = `Recado's REST interface. Everything the panel does, it does through these operations.

**Who asks.** Sign in with ` + "`POST /api/v1/auth/login`" + `. A browser gets the cookie ` + "`recado_session`" + `; a program asks with ` + "`token: true`" + ` and sends ` + "`Authorization: Bearer <token>`" + `. Writes that carry the cookie are refused when they come from another site. ` + "`x-permission`" + ` names what an operation needs: ` + "`public`" + `, ` + "`signed_in`" + `, or a module and a level such as ` + "`inbox:write`" + `; levels are read, write and manage, each including the lower ones.

**Refusals** are ` + "`application/problem+json`" + ` with a stable ` + "`code`" + ` for programs and a sentence in the language of ` + "`Accept-Language`" + ` (es or en). 400 could not be read, 401 who are you, 403 your role may not, 404 no such thing or not yours, 409 somebody else was first, 422 read but not acceptable (` + "`errors`" + ` says where), 429 and 503 try again after ` + "`Retry-After`" + ` seconds.

**Lists** take ` + "`limit`" + ` (at most 200) and ` + "`cursor`" + `, and answer ` + "`next`" + ` while there is more. Times are RFC 3339 in UTC, ids are UUIDs. Sends need an ` + "`Idempotency-Key`" + `; the same key again returns the first result.`

// docs serves the document and a page of our own that renders it: no third-party host is
// asked for anything, and the page's policy would not let it.
func (a *API) docs() {
	a.mux.Get("/api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(a.document)
	})
	page := func(w http.ResponseWriter, r *http.Request, name, mime string) {
		h := w.Header()
		h.Set("Content-Type", mime)
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		http.ServeFileFS(w, r, docFiles, "docs/"+name)
	}
	for path, file := range map[string][2]string{
		"/api/docs":          {"page.html", "text/html; charset=utf-8"},
		"/api/docs/page.js":  {"page.js", "text/javascript; charset=utf-8"},
		"/api/docs/page.css": {"page.css", "text/css; charset=utf-8"},
	} {
		a.mux.Get(path, func(w http.ResponseWriter, r *http.Request) { page(w, r, file[0], file[1]) })
	}
	for _, lang := range languages {
		a.mux.Get("/api/docs/"+lang+".json", func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, problemFiles, "problems/"+lang+".json")
		})
	}
}
