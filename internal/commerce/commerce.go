// Package commerce is what a shop sells and what becomes of it: products, the cart each
// person fills in their chat, orders, and the one-time codes by which somebody proves that
// an order is theirs.
//
// Amounts are in the currency's minor unit, ISO 4217. A product goes by its SKU wherever
// people or flows name it. Everything is one company's: stores take a db.CompanyTx.
package commerce

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"recado/internal/errs"
	"recado/internal/id"
)

// Product is one thing to buy.
type Product struct {
	ID          id.Product `json:"id" format:"uuid"`
	SKU         string     `json:"sku" doc:"The shop's own name of it; flows name it so too"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Collection  string     `json:"collection"`
	Keywords    string     `json:"keywords" doc:"What people also call it, colours, sizes: searched, not shown"`
	Price       int64      `json:"price" doc:"In the currency's minor unit"`
	Currency    string     `json:"currency" doc:"ISO 4217"`
	Stock       *int       `json:"stock,omitempty" doc:"How many are left; absent: not counted"`
	Image       string     `json:"image,omitempty"`
	URL         string     `json:"url,omitempty"`
	Companions  []string   `json:"companions" nullable:"false" doc:"SKUs of products that go well with it"`
	Enabled     bool       `json:"enabled"`
	UpdatedAt   time.Time  `json:"updated_at"`
}

// Left is how many can be bought; -1 when nobody counts.
func (p Product) Left() int {
	if p.Stock == nil {
		return -1
	}
	return *p.Stock
}

// Cart is what one person means to buy. Total is of all items at today's prices.
type Cart struct {
	ID       id.Cart
	Currency string
	Total    int64
	Count    int // pieces
	Items    []Item
}

// Item is one line of a cart or an order. Price is that of one piece.
type Item struct {
	SKU      string `json:"sku"`
	Title    string `json:"title"`
	Quantity int    `json:"quantity"`
	Price    int64  `json:"price"`
	Image    string `json:"-"`
}

// Order is what somebody bought.
type Order struct {
	ID       id.Order   `json:"id" format:"uuid"`
	Number   string     `json:"number"`
	Status   string     `json:"status" enum:"pending,paid,packed,shipped,delivered,cancelled"`
	Total    int64      `json:"total" doc:"In the currency's minor unit"`
	Currency string     `json:"currency" doc:"ISO 4217"`
	Carrier  string     `json:"carrier,omitempty"`
	Tracking string     `json:"tracking,omitempty"`
	URL      string     `json:"url,omitempty" doc:"Where the parcel can be followed"`
	Phone    string     `json:"phone,omitempty" doc:"E.164"`
	Email    string     `json:"email,omitempty"`
	Contact  id.Contact `json:"contact_id,omitzero" format:"uuid"`
	Items    []Item     `json:"items" nullable:"false"`
	PlacedAt time.Time  `json:"placed_at"`
}

// Limits of a company's catalogue.
const (
	maxProducts   = 20_000
	maxCompanions = 20
	maxQuantity   = 999 // of one product in a cart
)

var (
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
	number   = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,39}$`)
)

// check refuses a product that cannot be shown or sold. Fields are the JSON's.
func (p *Product) check() error {
	p.SKU, p.Title, p.Collection = strings.TrimSpace(p.SKU), strings.TrimSpace(p.Title), strings.TrimSpace(p.Collection)
	var faults []error
	bad := func(field, code string, kv ...any) {
		faults = append(faults, errs.New(errs.Invalid, code, kv...).At(field))
	}
	for _, t := range []struct {
		field, text string
		min, max    int
	}{
		{"sku", p.SKU, 1, 64}, {"title", p.Title, 1, 200}, {"description", p.Description, 0, 4000}, {"collection", p.Collection, 0, 120},
		{"keywords", p.Keywords, 0, 1000}, {"image", p.Image, 0, 2000}, {"url", p.URL, 0, 2000},
	} {
		n := utf8.RuneCountInString(t.text)
		if n < t.min || n > t.max || !utf8.ValidString(t.text) || strings.ContainsRune(t.text, 0) {
			bad(t.field, "product.text", "min", t.min, "max", t.max)
		}
	}
	if p.Price < 0 || p.Price > 1e11 {
		bad("price", "product.price")
	}
	if !currency.MatchString(p.Currency) {
		bad("currency", "product.currency")
	}
	if p.Stock != nil && (*p.Stock < 0 || *p.Stock > 1e9) {
		bad("stock", "product.stock_number")
	}
	if !address(p.Image) {
		bad("image", "product.address")
	}
	if !address(p.URL) {
		bad("url", "product.address")
	}
	if len(p.Companions) > maxCompanions || slices.Contains(p.Companions, p.SKU) {
		bad("companions", "product.companions", "max", maxCompanions)
	}
	if p.Companions == nil {
		p.Companions = []string{}
	}
	return errors.Join(faults...)
}

// address reports whether s is a link that people may be given: a web address, or a path on
// this installation.
func address(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return false
	}
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" ||
		u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
}

// Number is an order's number as it is stored, whatever a person writes around it: "#a-1001 ".
func Number(written string) (string, bool) {
	s := strings.ToUpper(strings.Trim(strings.TrimSpace(written), "#.,"))
	s = strings.ReplaceAll(strings.TrimPrefix(s, "Nº"), " ", "")
	return s, number.MatchString(s)
}
