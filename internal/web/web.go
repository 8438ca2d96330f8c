// Package web is the outermost door: one router for the panel, the API, the widget's door,
// files, the demo shop and what operators ask.
package web

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"recado/internal/commerce"
	"recado/internal/panel"
	"recado/internal/web/hooks"
	"recado/internal/web/visitor"
	"recado/widget"
)

// Root joins the handlers. Demo may be nil.
type Root struct {
	API     http.Handler // everything under /api
	Visitor *visitor.Door
	Hooks   hooks.Config                    // platforms that call us, under /hooks
	Scope   func(http.Handler) http.Handler // names the request and its language
	Media   http.Handler                    // signed links to files, under /media
	Cart    http.Handler                    // the pages behind carts' links, under /cart
	Demo    http.Handler
	Ready   func(context.Context) error
	Metrics http.Handler
}

// Handler is the router.
func (r Root) Handler() http.Handler {
	mux := chi.NewRouter()
	mux.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.Get("/readyz", func(w http.ResponseWriter, req *http.Request) {
		if err := r.Ready(req.Context()); err != nil {
			say(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Method(http.MethodGet, "/metrics", r.Metrics)
	mux.Handle("/api", r.API)
	mux.Handle("/api/*", r.API)
	mux.Handle("/media/*", r.Media)
	mux.Handle(commerce.CartPath+"*", r.Cart)
	mux.Handle("/widget/*", widget.Handler())
	hooks.Routes(mux, r.Hooks)
	mux.Group(func(g chi.Router) {
		g.Use(r.Scope)
		r.Visitor.Routes(g)
	})
	if r.Demo != nil {
		mux.Handle("/demo", r.Demo)
		mux.Handle("/demo/*", r.Demo)
	}
	mux.Handle("/*", panel.Handler())
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}
