package outside

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/errs"
)

func (h *host) inCompany(ctx context.Context, fn func(db.CompanyTx) error) error {
	return h.DB.ForCompany(ctx, h.Company, fn)
}

func (h *host) findProducts(ctx context.Context, c flows.FindProducts) (any, error) {
	var found []commerce.Product
	base := ""
	err := h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		if base, err = h.pathBase(ctx, tx); err != nil {
			return err
		}
		found, err = commerce.Find(ctx, tx, commerce.Search{Words: c.Query, Collection: c.Collection, RelatedTo: c.RelatedTo, InStock: c.InStock, Limit: min(max(c.Limit, 1), 10)})
		return err
	})
	out := flows.Products{}
	for _, p := range found {
		out.Cards = append(out.Cards, chat.Product{ID: p.SKU, Title: p.Title, Text: p.Description, Price: p.Price, Currency: p.Currency, Image: under(base, p.Image), URL: under(base, p.URL)})
		out.Stock = append(out.Stock, p.Left())
	}
	return out, err
}

// pathBase is what a path must begin with to mean something in this conversation: nothing in
// a chat on our own pages, our public address on a platform of others.
func (h *host) pathBase(ctx context.Context, tx db.CompanyTx) (string, error) {
	var kind channels.Kind
	err := tx.QueryRow(ctx, `select ch.kind from conversation c join channel ch on ch.id = c.channel_id where c.id = $1`, h.Conversation).Scan((*string)(&kind))
	if errors.Is(err, pgx.ErrNoRows) { // tried out: there is none
		return "", nil
	}
	a := h.Adapter(kind)
	_, calls := a.(channels.Webhook)
	_, holds := a.(channels.Session)
	if err != nil || !calls && !holds {
		return "", err
	}
	return h.Base, nil
}

func under(base, address string) string {
	if strings.HasPrefix(address, "/") {
		return base + address
	}
	return address
}

func (h *host) product(ctx context.Context, sku string) (p commerce.Product, err error) {
	err = h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		p, err = commerce.BySKU(ctx, tx, sku)
		return err
	})
	return p, err
}

func (h *host) stock(ctx context.Context, c flows.AskStock) (any, error) {
	p, err := h.product(ctx, c.Product)
	if errs.Is(err, "not_found") {
		return flows.Stock{}, nil
	}
	return flows.Stock{Found: err == nil, Title: p.Title, Quantity: p.Left()}, err
}

func (h *host) addToCart(ctx context.Context, c flows.AddToCart) (any, error) {
	if c.Quantity == 0 || c.Quantity > 999 || c.Quantity < -999 {
		return nil, refused("the quantity")
	}
	if h.Pretend {
		return h.pretendToAdd(ctx, c)
	}
	var cart commerce.Cart
	err := h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		cart, err = commerce.Add(ctx, tx, h.Contact, c.Product, c.Quantity)
		return err
	})
	if err != nil {
		return nil, problem(err)
	}
	return h.shown(cart), nil
}

func (h *host) cart(ctx context.Context, toBuy bool) (any, error) {
	if h.Pretend {
		return h.pretended, nil
	}
	var cart commerce.Cart
	err := h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		cart, err = commerce.CartOf(ctx, tx, h.Contact)
		return err
	})
	if err == nil && toBuy && cart.Count == 0 {
		return nil, refused("cart.empty")
	}
	return h.shown(cart), err
}

func (h *host) shown(c commerce.Cart) flows.Cart {
	out := flows.Cart{Count: c.Count, Total: c.Total, Currency: c.Currency}
	if c.Count > 0 {
		out.URL = h.links.Cart(h.Company, c.ID)
	}
	for _, it := range c.Items {
		out.Items = append(out.Items, flows.CartItem{Product: it.SKU, Title: it.Title, Quantity: it.Quantity, Price: it.Price})
	}
	return out
}

// pretendToAdd is addToCart on the Host's own cart, by the same rules.
func (h *host) pretendToAdd(ctx context.Context, c flows.AddToCart) (any, error) {
	p, err := h.product(ctx, c.Product)
	if err != nil {
		return nil, problem(err)
	}
	items := slices.Clone(h.pretended.Items)
	at := slices.IndexFunc(items, func(i flows.CartItem) bool { return i.Product == p.SKU })
	if at < 0 {
		at = len(items)
		items = append(items, flows.CartItem{Product: p.SKU, Title: p.Title, Price: p.Price})
	}
	items[at].Quantity += c.Quantity
	if left := p.Left(); c.Quantity > 0 && left >= 0 && items[at].Quantity > left {
		return nil, &callError{"limit", "product.stock"}
	}
	if items[at].Quantity <= 0 {
		items = slices.Delete(items, at, at+1)
	}
	out := flows.Cart{Currency: p.Currency, Items: items, URL: h.Base + commerce.CartPath + "demo"}
	for _, it := range items {
		out.Count += it.Quantity
		out.Total += int64(it.Quantity) * it.Price
	}
	h.pretended = out
	return out, nil
}
