package checkout_test

import (
	"testing"

	"recado/internal/commerce"
	"recado/internal/commerce/checkout"
	"recado/internal/db"
	"recado/internal/id"
)

// A cart that was left is told to the flows once, and again only after it changed.
func TestAbandonedIsToldOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Do(t, func(tx db.CompanyTx) error { // a flow, so that there is somebody to tell
		f := id.New[id.Flow]()
		if _, err := tx.Exec(t.Context(), `insert into flow (id, company_id, bot_id, name, draft) select $1, $2, bot_id, 'Carrito', '{}' from channel where id = $3`, f, tx.Company(), s.Channel.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), `insert into flow_version (flow_id, version, company_id, definition) values ($1, 1, $2, '{}')`, f, tx.Company()); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `update flow set published_version = 1, published_revision = 1 where id = $1`, f)
		return err
	})
	leave := func() {
		s.Do(t, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), `update cart set updated_at = now() - interval '61 minutes'`)
			return err
		})
	}
	told := func(want int) {
		t.Helper()
		for range 2 {
			if err := checkout.Abandoned(t.Context(), s.DB); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.Count(t, `select count(*) from flow_event where name = 'cart.abandoned' and data @> '{"count": 2, "total": 99.9}'`); n != want {
			t.Errorf("told %d times, want %d", n, want)
		}
	}
	told(0) // too early
	leave()
	told(1)
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := commerce.Add(t.Context(), tx, s.ana, "A", -1)
		if err == nil {
			_, err = commerce.Add(t.Context(), tx, s.ana, "A", 1)
		}
		return err
	})
	told(1)
	leave()
	told(2)
}
