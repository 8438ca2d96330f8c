package commerce

import (
	"context"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

const orderColumns = `id, number, status, total, currency, carrier, tracking, url, phone, email, contact_id, items, placed_at`

func orders(ctx context.Context, tx db.CompanyTx, rest string, args ...any) ([]Order, error) {
	rows, err := tx.Query(ctx, `select `+orderColumns+` from shop_order `+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (o Order, err error) {
		err = r.Scan(&o.ID, &o.Number, &o.Status, &o.Total, &o.Currency, &o.Carrier, &o.Tracking, &o.URL, &o.Phone, &o.Email, &o.Contact, &o.Items, &o.PlacedAt)
		return o, err
	})
}

// Orders returns up to limit orders, the newest first, behind the one given; with a number
// only that one.
func Orders(ctx context.Context, tx db.CompanyTx, written string, after id.Order, limit int) ([]Order, error) {
	if written != "" {
		n, ok := Number(written)
		if !ok {
			return nil, nil
		}
		return orders(ctx, tx, `where number = $1`, n)
	}
	return orders(ctx, tx, `where $1::uuid is null or (placed_at, id) < (select placed_at, id from shop_order where id = $1)
		order by placed_at desc, id desc limit $2`, after, limit)
}

// Record writes an order as the shop knows it: the same number again changes it.
func Record(ctx context.Context, tx db.CompanyTx, o Order) (Order, error) {
	n, ok := Number(o.Number)
	if !ok {
		return o, errs.New(errs.Invalid, "order.number").At("number")
	}
	o.Number = n
	if o.ID.IsZero() {
		o.ID = id.New[id.Order]()
	}
	if o.Items == nil {
		o.Items = []Item{}
	}
	err := tx.QueryRow(ctx, `insert into shop_order (id, company_id, number, status, total, currency, carrier, tracking, url, phone, email, contact_id, items, placed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		on conflict (company_id, number) do update set status = excluded.status, total = excluded.total, currency = excluded.currency, carrier = excluded.carrier,
			tracking = excluded.tracking, url = excluded.url, phone = excluded.phone, email = excluded.email, items = excluded.items, updated_at = now()
		returning id`,
		o.ID, tx.Company(), o.Number, o.Status, o.Total, o.Currency, o.Carrier, o.Tracking, o.URL, o.Phone, o.Email, o.Contact, o.Items, o.PlacedAt).Scan(&o.ID)
	return o, err
}

// OrderByNumber finds an order by its number as a person writes it; ok is false when there
// is none. Who may see it is the caller's to know: see Codes.
func OrderByNumber(ctx context.Context, tx db.CompanyTx, written string) (o Order, ok bool, err error) {
	n, fits := Number(written)
	if !fits {
		return Order{}, false, nil
	}
	list, err := orders(ctx, tx, `where number = $1`, n)
	if err != nil || len(list) == 0 {
		return Order{}, false, err
	}
	return list[0], true, nil
}
