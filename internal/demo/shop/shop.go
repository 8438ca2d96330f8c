// Package shop serves the demo company's online shop, the page on which the
// webchat widget can be tried: a home with every product, a page for each of
// them and their pictures, all under /demo.
package shop

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"recado/internal/demo"
)

//go:embed page static
var assets embed.FS

// Config says where the shop stands.
type Config struct {
	SiteKey string // of the webchat channel; required
	BaseURL string // "https://host", for the canonical address; may be empty
	Content *demo.Content
	Files   *demo.Files
}

// policy lets the page and the widget reach this origin only, and forbids
// inline code and styles.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"media-src 'self' blob:; font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

type shop struct {
	Config
	pages  *template.Template
	static map[string]file
}

type file struct {
	body []byte
	mime string
	tag  string
}

// Handler serves GET /demo, /demo/p/{sku}, /demo/img/{name} and the page's own
// style and script.
func Handler(cfg Config) (http.Handler, error) {
	if cfg.SiteKey == "" || cfg.Content == nil || cfg.Files == nil {
		return nil, errors.New("demo shop: a site key, content and files are required")
	}
	s := &shop{Config: cfg, static: map[string]file{}}
	s.BaseURL = strings.TrimSuffix(s.BaseURL, "/")
	var err error
	s.pages, err = template.New("").Funcs(template.FuncMap{"price": demo.Price, "img": imageName}).
		ParseFS(assets, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("demo shop pages: %w", err)
	}
	if err := s.readStatic(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo", s.home)
	mux.HandleFunc("GET /demo/{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/demo", http.StatusPermanentRedirect)
	})
	mux.HandleFunc("GET /demo/p/{sku}", s.product)
	mux.HandleFunc("GET /demo/img/{name}", s.picture)
	mux.HandleFunc("GET /demo/static/{name}", s.asset)
	mux.HandleFunc("GET /demo/", s.missing)
	return guarded(mux), nil
}

func (s *shop) readStatic() error {
	names, err := fs.Glob(assets, "static/*")
	if err != nil {
		return fmt.Errorf("demo shop files: %w", err)
	}
	for _, name := range names {
		b, err := assets.ReadFile(name)
		if err != nil {
			return fmt.Errorf("demo shop files: %w", err)
		}
		s.static[path.Base(name)] = file{b, mime.TypeByExtension(path.Ext(name)), tag(b)}
	}
	return nil
}

// tag is a strong ETag.
func tag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:8]) + `"`
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

// view is what every page knows.
type view struct {
	T          words // the shell's texts
	Lang       string
	Query      string // "?lang=en" or empty, for links that keep the language
	Shop       demo.Shop
	SiteKey    string
	Canonical  string
	Title      string
	Asks       []string // questions to try in the chat
	Categories []category
	Category   string // chosen, empty for all
	Products   []demo.Product
	Hero       []demo.Product
	Product    demo.Product
	Style      string
	Script     string
}

type category struct {
	Name string // as in the products
	Href string
}

func (s *shop) view(r *http.Request) view {
	v := view{T: spanish, Lang: "es", Shop: s.Content.Shop, SiteKey: s.SiteKey}
	if r.URL.Query().Get("lang") == "en" {
		v.T, v.Lang, v.Query = english, "en", "?lang=en"
	}
	v.Canonical = s.BaseURL + r.URL.Path + v.Query
	v.Title = v.Shop.Name
	v.Asks = v.T.Asks
	// The address changes with the file, so browsers may keep it for ever.
	v.Style = "/demo/static/shop.css?v=" + strings.Trim(s.static["shop.css"].tag, `"`)
	v.Script = "/demo/static/shop.js?v=" + strings.Trim(s.static["shop.js"].tag, `"`)
	for _, p := range s.Content.Products {
		if !slices.ContainsFunc(v.Categories, func(c category) bool { return c.Name == p.Category }) {
			v.Categories = append(v.Categories, category{p.Category, v.home(p.Category)})
		}
	}
	return v
}

// home is the address of the product grid, of one category or of all ("").
func (v view) home(category string) string {
	q := v.Query
	if category != "" {
		sep := "?"
		if q != "" {
			sep = "&"
		}
		q += sep + "cat=" + template.URLQueryEscaper(category)
	}
	return "/demo" + q + "#productos"
}

// Home is the address of the shop's front.
func (v view) Home() string { return "/demo" + v.Query }

// All is the address of the whole grid.
func (v view) All() string { return v.home("") }

// Link is the address of a product's page.
func (v view) Link(p demo.Product) string { return "/demo/p/" + p.SKU + v.Query }

// Other is this page in the other language.
func (v view) Other() string {
	at := "/demo"
	if v.Product.SKU != "" {
		at = "/demo/p/" + v.Product.SKU
	}
	if v.Lang == "en" {
		return at
	}
	return at + "?lang=en"
}

// CategoryName is a category in the page's language.
func (v view) CategoryName(name string) string {
	if v.Lang == "en" && categoriesEN[name] != "" {
		return categoriesEN[name]
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func (s *shop) home(w http.ResponseWriter, r *http.Request) {
	v := s.view(r)
	v.Hero = s.pick("VES-001", "ABR-003", "CAL-001")
	v.Products = s.Content.Products
	if c := r.URL.Query().Get("cat"); slices.ContainsFunc(v.Categories, func(k category) bool { return k.Name == c }) {
		v.Category = c
		v.Products = s.inCategory(c, "")
	}
	s.render(w, http.StatusOK, "home.html", v)
}

func (s *shop) pick(skus ...string) []demo.Product {
	var out []demo.Product
	for _, sku := range skus {
		if p, ok := s.Content.Product(sku); ok {
			out = append(out, p)
		}
	}
	return out
}

func (s *shop) inCategory(name, except string) []demo.Product {
	var out []demo.Product
	for _, p := range s.Content.Products {
		if p.Category == name && p.SKU != except {
			out = append(out, p)
		}
	}
	return out
}

func (s *shop) product(w http.ResponseWriter, r *http.Request) {
	p, ok := s.Content.Product(r.PathValue("sku"))
	if !ok {
		s.missing(w, r)
		return
	}
	v := s.view(r)
	v.Product, v.Category = p, p.Category
	v.Title = p.Name + " · " + v.Shop.Name
	v.Asks = asksAbout(p)
	for _, other := range append(s.inCategory(p.Category, p.SKU), s.Content.Products...) {
		if len(v.Products) < 4 && other.SKU != p.SKU && !slices.ContainsFunc(v.Products, func(q demo.Product) bool { return q.SKU == other.SKU }) {
			v.Products = append(v.Products, other)
		}
	}
	s.render(w, http.StatusOK, "product.html", v)
}

func (s *shop) missing(w http.ResponseWriter, r *http.Request) {
	v := s.view(r)
	v.Title = v.T.Missing + " · " + v.Shop.Name
	v.Canonical = ""
	s.render(w, http.StatusNotFound, "missing.html", v)
}

func (s *shop) render(w http.ResponseWriter, status int, page string, v view) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, page, v); err != nil {
		http.Error(w, "No se pudo mostrar la página.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", v.Lang)
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the visitor is gone; there is nobody to tell
}

// imageName is the last part of a product picture's address.
func imageName(p demo.Product) string { return p.SKU + ".jpg" }

// picture serves a file of demo.Files; products go by "<sku>.jpg".
func (s *shop) picture(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if strings.HasSuffix(name, ".jpg") {
		name = "productos/" + name
	}
	b, kind, err := s.Files.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		http.Error(w, "No se pudo dibujar la imagen.", http.StatusInternalServerError)
	default:
		w.Header().Set("Cache-Control", "public, max-age=3600")
		serve(w, r, file{b, kind, tag(b)})
	}
}

func (s *shop) asset(w http.ResponseWriter, r *http.Request) {
	f, ok := s.static[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	serve(w, r, f)
}

func serve(w http.ResponseWriter, r *http.Request, f file) {
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("ETag", f.tag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}
