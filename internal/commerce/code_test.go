package commerce_test

import (
	"strings"
	"testing"
	"time"

	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/id"
)

func (k shop) order(t testing.TB, number, phone string) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) error {
		_, err := commerce.Record(t.Context(), tx, commerce.Order{Number: number, Status: "shipped", Total: 100, Currency: "EUR", Phone: phone, PlacedAt: time.Now()})
		return err
	})
}

var codes = commerce.Codes{Key: []byte("a key of tests")}

func (k shop) ask(t testing.TB, who id.Contact, number string) (a commerce.Asked) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) (err error) {
		a, err = codes.Ask(t.Context(), tx, who, number)
		return err
	})
	return a
}

func (k shop) prove(t testing.TB, who id.Contact, number, code string) (p commerce.Proof) {
	t.Helper()
	k.Do(t, func(tx db.CompanyTx) (err error) {
		p, err = codes.Prove(t.Context(), tx, who, number, code)
		return err
	})
	return p
}

// wrongly is a code that is not this one.
func wrongly(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

func TestCodeProvesAnOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.order(t, "A-1001", "+34600000167")
	a := s.ask(t, s.ana, " #a-1001")
	if a.Order == nil || len(a.Code) != 6 || a.SentTo != "••• 67" {
		t.Fatalf("asked: %+v", a)
	}
	if n := s.Count(t, `select count(*) from order_code where position($1 in encode(hash, 'escape')) > 0 or encode(hash, 'hex') like '%' || $1 || '%'`, a.Code); n != 0 {
		t.Error("the code lies in the table")
	}
	if again := s.ask(t, s.ana, "A-1001"); again.Order != nil || again.Code != "" || again.SentTo != a.SentTo || again.Limited {
		t.Errorf("a repeat sends again: %+v", again)
	}
	other := s.contact(t)
	if p := s.prove(t, other, "A-1001", a.Code); p.Order != nil || !p.Wrong {
		t.Errorf("somebody else's code served: %+v", p)
	}
	if p := s.prove(t, s.ana, "A-1001", wrongly(a.Code)); p.Order != nil || !p.Wrong || p.Locked {
		t.Errorf("a wrong code: %+v", p)
	}
	spoken := a.Code[:3] + " " + a.Code[3:]
	if p := s.prove(t, s.ana, "a-1001", spoken); p.Order == nil || p.Order.Number != "A-1001" {
		t.Errorf("the right code: %+v", p)
	}
	if p := s.prove(t, s.ana, "A-1001", a.Code); p.Order == nil {
		t.Errorf("a turn done twice: %+v", p)
	}
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update order_code set proved_at = now() - interval '2 minutes' where used`)
		return err
	})
	if p := s.prove(t, s.ana, "A-1001", a.Code); p.Order != nil || !p.Wrong {
		t.Errorf("a code served twice: %+v", p)
	}
}

func TestCodesExpireAndLock(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.order(t, "A-1", "+34600000101")
	a := s.ask(t, s.ana, "A-1")
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update order_code set expires_at = now() - interval '1 second'`)
		return err
	})
	if p := s.prove(t, s.ana, "A-1", a.Code); p.Order != nil || !p.Wrong {
		t.Errorf("an old code: %+v", p)
	}
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update order_code set created_at = created_at - interval '2 minutes'`)
		return err
	})
	b := s.ask(t, s.ana, "A-1")
	if b.Order == nil {
		t.Fatalf("no new code: %+v", b)
	}
	for i := range 5 {
		if p := s.prove(t, s.ana, "A-1", wrongly(b.Code)); p.Locked != (i == 4) || !p.Wrong {
			t.Errorf("try %d: %+v", i+1, p)
		}
	}
	if p := s.prove(t, s.ana, "A-1", b.Code); p.Order != nil || !p.Locked {
		t.Errorf("the right code after five wrong ones: %+v", p)
	}
}

func TestCodesAreLimited(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.order(t, "A-1", "+34600000101")
	old := func() {
		s.Do(t, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), `update order_code set created_at = created_at - interval '2 minutes'`)
			return err
		})
	}
	for i := range 5 {
		if a := s.ask(t, s.ana, "A-1"); a.Limited || a.Order == nil {
			t.Fatalf("code %d: %+v", i+1, a)
		}
		old()
	}
	for name, a := range map[string]commerce.Asked{"the person": s.ask(t, s.ana, "B-9"), "the order": s.ask(t, s.contact(t), "A-1")} {
		if !a.Limited || a.Code != "" || a.Order != nil {
			t.Errorf("%s may ask a sixth time: %+v", name, a)
		}
	}
	if a := s.ask(t, s.contact(t), "B-9"); a.Limited {
		t.Error("somebody else is limited too")
	}
}

// A number that is no order cannot be told from one that is, by anything that is shown.
func TestAbsentOrdersLookTheSame(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.order(t, "A-1", "+34600000101")
	for _, number := range []string{"A-2", "ZZZ", "'; drop table shop_order", "\x00\xff", strings.Repeat("9", 300), ""} {
		who, there := s.contact(t), s.contact(t)
		a, real := s.ask(t, who, number), s.ask(t, there, "A-1")
		if a.Order != nil || a.Code != "" || !strings.HasPrefix(a.SentTo, "••• ") || len(a.SentTo) != len(real.SentTo) {
			t.Errorf("%q: %+v beside %+v", number, a, real)
		}
		if again := s.ask(t, who, number); again.SentTo != a.SentTo {
			t.Errorf("%q: another phone the second time", number)
		}
		for i := range 6 {
			p, q := s.prove(t, who, number, "000000"), s.prove(t, there, "A-1", wrongly(real.Code))
			if p != q {
				t.Errorf("%q, try %d: %+v beside %+v", number, i+1, p, q)
			}
		}
		s.Do(t, func(tx db.CompanyTx) error { _, err := tx.Exec(t.Context(), `delete from order_code`); return err })
	}
}

func TestCodeMessage(t *testing.T) {
	t.Parallel()
	es, en := commerce.CodeMessage("es", "Aurora", "A-1", "012345"), commerce.CodeMessage("en-GB", "Aurora", "A-1", "012345")
	for _, s := range []string{es, en} {
		if !strings.Contains(s, "012345") || !strings.Contains(s, "A-1") || len(s) > 160 {
			t.Errorf("%d bytes: %s", len(s), s)
		}
	}
	if es == en {
		t.Error("one language")
	}
}
