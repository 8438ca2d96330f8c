// Package checkout is the page behind a cart's link: what is in it, what it comes to, and the
// order that comes of it. Nothing is charged here. In a demo company payment is simulated, and
// the page says so; elsewhere the order waits for the shop to collect the money.
package checkout

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"recado/bots"
	"recado/channels"
	"recado/flows"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
)

//go:embed page
var files embed.FS

// Config is what the page works with.
type Config struct {
	DB    *db.DB
	Links commerce.Links
	Told  func() // flows may have something to do; called after the commit. May be nil
	Log   *slog.Logger
}

// policy lets the page show pictures of shops and post to itself. The address is a key: it
// must not go out as a referrer.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const maxForm = 4 << 10

type page struct {
	Config
	html  *template.Template
	style []byte
}

// Handler serves GET and POST below commerce.CartPath.
func Handler(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	style, err := files.ReadFile("page/cart.css")
	if err != nil {
		panic(err) // it is embedded
	}
	p := &page{Config: c, html: template.Must(template.ParseFS(files, "page/cart.html")), style: style}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+commerce.CartPath+"cart.css", p.css)
	mux.HandleFunc("GET "+commerce.CartPath+"{token}", p.show)
	mux.HandleFunc("POST "+commerce.CartPath+"{token}", p.order)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

func (p *page) css(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(p.style) // the visitor is gone; there is nobody to tell
}

// view is what the page shows.
type view struct {
	T        words
	Lang     string
	Shop     string
	Demo     bool
	Lines    []line
	Total    string
	Order    *commerce.Order // once it was ordered
	Problem  string
	Phone    string
	contact  id.Contact
	language string
}

type line struct {
	Title, Image, Price string
	Quantity            int
}

func (p *page) show(w http.ResponseWriter, r *http.Request) {
	company, cart, ok := p.Links.Read(r.PathValue("token"))
	if !ok {
		p.missing(w, r)
		return
	}
	v, err := p.load(r.Context(), company, cart)
	p.answer(w, r, v, err, http.StatusOK)
}

func (p *page) load(ctx context.Context, company id.Company, cart id.Cart) (v view, err error) {
	err = p.DB.ForCompany(ctx, company, func(tx db.CompanyTx) (err error) {
		v, err = read(ctx, tx, cart)
		return err
	})
	return v, err
}

func read(ctx context.Context, tx db.CompanyTx, cart id.Cart) (view, error) {
	v := view{}
	c, ordered, err := commerce.Opened(ctx, tx, cart)
	if err != nil {
		return v, err
	}
	var theirs, ours string
	err = tx.QueryRow(ctx, `select co.name, co.demo, co.language, ct.language, ct.id, ct.phone from cart join contact ct on ct.id = cart.contact_id
		join company co on co.id = cart.company_id where cart.id = $1`, cart).Scan(&v.Shop, &v.Demo, &ours, &theirs, &v.contact, &v.Phone)
	if err != nil {
		return v, err
	}
	if v.language = ours; theirs != "" {
		v.language = theirs
	}
	v.speak()
	items, currency, total := c.Items, c.Currency, c.Total
	if v.Order = ordered; ordered != nil {
		items, currency, total = ordered.Items, ordered.Currency, ordered.Total
	}
	for _, it := range items {
		v.Lines = append(v.Lines, line{it.Title, it.Image, channels.Price(int64(it.Quantity)*it.Price, currency, v.Lang), it.Quantity})
	}
	v.Total = channels.Price(total, currency, v.Lang)
	return v, nil
}

func (v *view) speak() {
	v.Lang, v.T = "es", spanish
	if strings.HasPrefix(v.language, "en") {
		v.Lang, v.T = "en", english
	}
}

// order places the order. Sent twice it shows the one order that came of it.
func (p *page) order(w http.ResponseWriter, r *http.Request) {
	company, cart, ok := p.Links.Read(r.PathValue("token"))
	if !ok {
		p.missing(w, r)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	written := r.PostFormValue("phone")
	v, err := p.load(r.Context(), company, cart)
	if err != nil || v.Order != nil {
		p.back(w, r, v, err)
		return
	}
	phone, ok := channels.Phone(written)
	if !ok {
		v.Problem, v.Phone = v.T.BadPhone, written
		p.answer(w, r, v, nil, http.StatusUnprocessableEntity)
		return
	}
	err = p.DB.ForCompany(r.Context(), company, func(tx db.CompanyTx) error {
		o, err := commerce.Place(r.Context(), tx, cart, commerce.Buyer{Phone: phone, Paid: v.Demo})
		if err != nil {
			return err
		}
		return tell(r.Context(), tx, o)
	})
	switch {
	case errs.Is(err, "product.stock"):
		v.Problem = v.T.SoldOut
		p.answer(w, r, v, nil, http.StatusConflict)
		return
	case errs.Is(err, "cart.empty"), errs.Is(err, "not_found"): // changed or ordered in between
		err = nil
	case err == nil && p.Told != nil:
		p.Told()
	}
	p.back(w, r, v, err)
}

// tell lets the buyer's flows know.
func tell(ctx context.Context, tx db.CompanyTx, o commerce.Order) error {
	names := []string{"order.created"}
	if o.Status == "paid" {
		names = append(names, "order.paid")
	}
	for _, name := range names {
		data := map[string]any{"number": o.Number, "status": o.Status, "currency": o.Currency}
		if _, err := inbox.TellContact(ctx, tx, o.Contact, bots.Happening{Event: flows.Event{Name: name, Data: data}}); err != nil {
			return err
		}
	}
	return nil
}

// back shows the cart by a fresh request, so that reloading sends nothing again.
func (p *page) back(w http.ResponseWriter, r *http.Request, v view, err error) {
	if err != nil {
		p.answer(w, r, v, err, 0)
		return
	}
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
}

func (p *page) missing(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, view{}, errs.Missing("cart"), 0)
}

func (p *page) answer(w http.ResponseWriter, r *http.Request, v view, err error, status int) {
	var known *errs.Problem
	switch {
	case errors.As(err, &known):
		v, status = view{language: r.Header.Get("Accept-Language")}, http.StatusNotFound
		v.speak()
		v.Problem = v.T.Missing
	case err != nil:
		p.Log.Error("the page of a cart", "err", err)
		http.Error(w, "No se pudo mostrar la página. Inténtalo de nuevo.", http.StatusInternalServerError)
		return
	}
	var b bytes.Buffer
	if err := p.html.ExecuteTemplate(&b, "cart.html", v); err != nil {
		p.Log.Error("the page of a cart", "err", err)
		http.Error(w, "No se pudo mostrar la página. Inténtalo de nuevo.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Lang)
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the visitor is gone; there is nobody to tell
}
