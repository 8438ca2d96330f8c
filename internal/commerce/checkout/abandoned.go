package checkout

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/flows"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
)

// idleFor is after how long without a change a cart counts as abandoned. How much longer a
// reminder waits is the flow's to say.
const idleFor = time.Hour

// Abandoned tells flows of carts that were left, each once until it changes: the mark and the
// event are one transaction. It is to be called every minute, and may run on many nodes.
func Abandoned(ctx context.Context, d *db.DB) error {
	rows, err := d.Direct(db.Pipeline).Query(ctx, `select distinct company_id from cart
		where state = 'open' and abandoned_at is null and updated_at < now() - $1::interval`, idleFor)
	if err != nil {
		return err
	}
	companies, err := pgx.CollectRows(rows, pgx.RowTo[id.Company])
	if err != nil {
		return err
	}
	for _, c := range companies {
		if err := d.ForCompany(ctx, c, func(tx db.CompanyTx) error { return tellLeft(ctx, tx) }); err != nil {
			return err
		}
	}
	return nil
}

// left is a cart that was left, and by whom.
type left struct {
	cart    id.Cart
	contact id.Contact
}

// markLeft takes a batch of a company's carts; the rest comes with the next minute.
func markLeft(ctx context.Context, tx db.CompanyTx) ([]left, error) {
	rows, err := tx.Query(ctx, `update cart set abandoned_at = now() where id in (
			select id from cart where state = 'open' and abandoned_at is null and updated_at < now() - $1::interval
			order by updated_at limit 200 for update skip locked
		) returning id, contact_id`, idleFor)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (l left, err error) {
		err = r.Scan(&l.cart, &l.contact)
		return l, err
	})
}

func tellLeft(ctx context.Context, tx db.CompanyTx) error {
	list, err := markLeft(ctx, tx)
	if err != nil {
		return err
	}
	for _, l := range list {
		cart, _, err := commerce.Opened(ctx, tx, l.cart)
		if err != nil {
			return err
		}
		if cart.Count == 0 {
			continue
		}
		ev := flows.Event{Name: "cart.abandoned", Data: map[string]any{"count": cart.Count, "total": flows.Major(cart.Total, cart.Currency), "currency": cart.Currency}}
		if _, err := inbox.TellContact(ctx, tx, l.contact, bots.Happening{Event: ev}); err != nil {
			return err
		}
	}
	return nil
}
