package api

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/errs"
)

// scope is what belongs to one request.
type scope struct {
	id   string
	lang string // of the sentences, "es" or "en"
	ip   string
	base string // our origin as the caller reaches it
	log  *slog.Logger
}

type scopeKey struct{}

func scopeOf(ctx context.Context) scope {
	s, ok := ctx.Value(scopeKey{}).(scope)
	if !ok {
		return scope{lang: languages[0], log: slog.New(slog.DiscardHandler)}
	}
	return s
}

// actor is the caller as the audit record names them.
func actor(ctx context.Context) company.Actor { return auth.From(ctx).Actor(scopeOf(ctx).ip) }

func (a *API) base(r *http.Request) string {
	switch {
	case a.BaseURL != "":
		return strings.TrimRight(a.BaseURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

var sentID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// Scope gives a handler outside /api what Refuse needs: the request's id and language.
func (a *API) Scope(next http.Handler) http.Handler { return a.scope(next) }

// scope names the request, by the caller's own X-Request-Id when it is a sane one.
func (a *API) scope(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := scope{id: r.Header.Get("X-Request-Id"), lang: language(r.Header.Get("Accept-Language")), ip: r.RemoteAddr}
		if !sentID.MatchString(s.id) {
			s.id = rand.Text()
		}
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
			s.ip = host
		}
		s.base = a.base(r)
		s.log = a.Log.With("request_id", s.id)
		w.Header().Set("X-Request-Id", s.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), scopeKey{}, s)))
	})
}

// recoverPanic turns a panic into a 500, or cuts the connection when an answer has begun.
func (a *API) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // net/http itself compares it so
				panic(v)
			}
			scopeOf(r.Context()).log.Error("panic", "method", r.Method, "path", r.URL.Path, "value", v, "stack", string(debug.Stack()))
			if ww.Status() != 0 {
				panic(http.ErrAbortHandler)
			}
			Refuse(ww, r, errInternal)
		}()
		next.ServeHTTP(ww, r)
	})
}

// headers are for every answer: nothing here may be cached, guessed at or framed.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// plainQuery refuses addresses that carry what the database cannot store as text.
func plainQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || !plain(query) || !plain(r.URL.Path) {
			Refuse(w, r, errs.New(errs.Invalid, "route.bad_text").At("query"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// plain reports whether s is UTF-8 without NUL.
func plain(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	Refuse(w, r, errs.New(errs.NotFound, "route.not_found"))
}

func (a *API) noMethod(w http.ResponseWriter, r *http.Request) {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if a.mux.Match(chi.NewRouteContext(), m, r.URL.Path) {
			w.Header().Add("Allow", m)
		}
	}
	Refuse(w, r, errs.New(errs.Invalid, "route.method"))
}
