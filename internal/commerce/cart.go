package commerce

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Add puts a quantity of a product into a person's cart, or takes it out when it is negative,
// and returns the cart. Of two at once one waits for the other. Problems: not_found,
// product.stock (with left), cart.currency.
func Add(ctx context.Context, tx db.CompanyTx, contact id.Contact, sku string, quantity int) (Cart, error) {
	p, err := BySKU(ctx, tx, sku)
	if err != nil {
		return Cart{}, err
	}
	var cart id.Cart
	err = tx.QueryRow(ctx, `insert into cart (id, company_id, contact_id) values ($1, $2, $3)
		on conflict (contact_id) where state = 'open' do update set updated_at = now(), abandoned_at = null returning id`,
		id.New[id.Cart](), tx.Company(), contact).Scan(&cart) // which locks it
	if err != nil {
		return Cart{}, err
	}
	have, err := load(ctx, tx, cart)
	if err != nil {
		return Cart{}, err
	}
	if have.Count > 0 && have.Currency != p.Currency {
		return have, errs.New(errs.Conflict, "cart.currency", "currency", have.Currency)
	}
	// A product that was taken off sale stands in the cart unseen: the row counts, not what is shown.
	var held int
	err = tx.QueryRow(ctx, `select quantity from cart_item where cart_id = $1 and product_id = $2`, cart, p.ID).Scan(&held)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return Cart{}, err
	}
	want := held + quantity
	if quantity > 0 && (want > maxQuantity || p.Stock != nil && want > *p.Stock) {
		return have, errs.New(errs.Conflict, "product.stock", "left", p.Left(), "title", p.Title)
	}
	if want <= 0 {
		_, err = tx.Exec(ctx, `delete from cart_item where cart_id = $1 and product_id = $2`, cart, p.ID)
	} else {
		_, err = tx.Exec(ctx, `insert into cart_item (cart_id, product_id, company_id, quantity) values ($1, $2, $3, $4)
			on conflict (cart_id, product_id) do update set quantity = excluded.quantity`, cart, p.ID, tx.Company(), want)
	}
	if err != nil {
		return Cart{}, err
	}
	return load(ctx, tx, cart)
}

// CartOf is a person's open cart; the zero Cart when there is none.
func CartOf(ctx context.Context, tx db.CompanyTx, contact id.Contact) (Cart, error) {
	var cart id.Cart
	err := tx.QueryRow(ctx, `select id from cart where contact_id = $1 and state = 'open'`, contact).Scan(&cart)
	if errors.Is(err, pgx.ErrNoRows) {
		return Cart{}, nil
	}
	if err != nil {
		return Cart{}, err
	}
	return load(ctx, tx, cart)
}

// Opened is a cart by its id, for whoever has its link; once it was ordered, the order is
// there and the cart is empty.
func Opened(ctx context.Context, tx db.CompanyTx, cart id.Cart) (Cart, *Order, error) {
	var ordered id.Order
	err := tx.QueryRow(ctx, `select order_id from cart where id = $1`, cart).Scan(&ordered)
	if errors.Is(err, pgx.ErrNoRows) {
		return Cart{}, nil, errs.Missing("cart")
	}
	if err != nil || ordered.IsZero() {
		if err != nil {
			return Cart{}, nil, err
		}
		c, err := load(ctx, tx, cart)
		return c, nil, err
	}
	list, err := orders(ctx, tx, `where id = $1`, ordered)
	if err == nil && len(list) == 0 {
		err = errs.Missing("cart")
	}
	if err != nil {
		return Cart{}, nil, err
	}
	return Cart{ID: cart}, &list[0], nil
}

func load(ctx context.Context, tx db.CompanyTx, cart id.Cart) (Cart, error) {
	c := Cart{ID: cart}
	rows, err := tx.Query(ctx, `select p.sku, p.title, i.quantity, p.price, p.image, p.currency from cart_item i join product p on p.id = i.product_id
		where i.cart_id = $1 and p.enabled order by i.added_at, p.sku`, cart)
	if err != nil {
		return c, err
	}
	var it Item
	_, err = pgx.ForEachRow(rows, []any{&it.SKU, &it.Title, &it.Quantity, &it.Price, &it.Image, &c.Currency}, func() error {
		c.Items = append(c.Items, it)
		c.Count += it.Quantity
		c.Total += int64(it.Quantity) * it.Price
		return nil
	})
	return c, err
}

// Buyer is where whoever buys can be reached, and whether they have paid.
type Buyer struct {
	Phone, Email string // the phone as E.164
	Paid         bool
}

// Place makes an order of a cart: it takes the items from the stock, all of them or none, and
// closes the cart. Problems: not_found (also when it was ordered), cart.empty, product.stock.
func Place(ctx context.Context, tx db.CompanyTx, cart id.Cart, b Buyer) (Order, error) {
	var contact id.Contact
	err := tx.QueryRow(ctx, `select contact_id from cart where id = $1 and state = 'open' for update`, cart).Scan(&contact)
	if errors.Is(err, pgx.ErrNoRows) {
		return Order{}, errs.Missing("cart")
	}
	if err != nil {
		return Order{}, err
	}
	c, err := load(ctx, tx, cart)
	if err != nil {
		return Order{}, err
	}
	if c.Count == 0 {
		return Order{}, errs.New(errs.Conflict, "cart.empty")
	}
	if err := sell(ctx, tx, c); err != nil {
		return Order{}, err
	}
	o := Order{ID: id.New[id.Order](), Status: "pending", Total: c.Total, Currency: c.Currency, Phone: b.Phone, Email: strings.TrimSpace(b.Email), Contact: contact, Items: c.Items}
	if b.Paid {
		o.Status = "paid"
	}
	err = tx.QueryRow(ctx, `insert into shop_order (id, company_id, number, status, total, currency, phone, email, contact_id, items)
		values ($1, $2, 'R-' || nextval('shop_order_number'), $3, $4, $5, $6, $7, $8, $9) returning number, placed_at`,
		o.ID, tx.Company(), o.Status, o.Total, o.Currency, o.Phone, o.Email, o.Contact, o.Items).Scan(&o.Number, &o.PlacedAt)
	if err != nil {
		return o, err
	}
	_, err = tx.Exec(ctx, `update cart set state = 'ordered', order_id = $2, updated_at = now() where id = $1`, cart, o.ID)
	return o, err
}

// sell takes a cart's items from the stock. The database refuses to go below zero.
func sell(ctx context.Context, tx db.CompanyTx, c Cart) error {
	_, err := tx.Exec(ctx, `select 1 from product where id in (select product_id from cart_item where cart_id = $1) order by id for update`, c.ID)
	if err != nil { // in one order, so that two orders of the same things do not wait for each other
		return err
	}
	_, err = tx.Exec(ctx, `update product p set stock = p.stock - i.quantity, updated_at = now()
		from cart_item i where i.cart_id = $1 and p.id = i.product_id and p.enabled and p.stock is not null`, c.ID)
	if db.Violates(err, "product_stock_check") {
		return errs.New(errs.Conflict, "product.stock", "left", 0, "title", "")
	}
	return err
}
