package checkout_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/internal/commerce"
	"recado/internal/commerce/checkout"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

type till struct {
	*inboxtest.Kit
	http.Handler
	links commerce.Links
	ana   id.Contact
	path  string
}

func open(t *testing.T) *till {
	t.Helper()
	s := &till{Kit: inboxtest.New(t), links: commerce.Links{Key: []byte("k")}}
	s.Handler = checkout.Handler(checkout.Config{DB: s.DB, Links: s.links})
	a := s.Write(t, "v1", "m1", "hola")
	stock := 2
	s.Do(t, func(tx db.CompanyTx) error {
		if err := tx.QueryRow(t.Context(), `select contact_id from conversation where id = $1`, a.Conversation).Scan(&s.ana); err != nil {
			return err
		}
		if _, err := commerce.Create(t.Context(), tx, company.System, commerce.Product{SKU: "A", Title: `Vestido <b>"Lirio"</b>`, Price: 4995, Currency: "EUR", Stock: &stock, Enabled: true}); err != nil {
			return err
		}
		c, err := commerce.Add(t.Context(), tx, s.ana, "A", 2)
		s.path = s.links.Cart(tx.Company(), c.ID)
		return err
	})
	return s
}

func (s *till) get(t *testing.T, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Header().Get("Referrer-Policy") != "no-referrer" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s lacks the security headers", path)
	}
	return w.Code, w.Body.String()
}

func (s *till) post(t *testing.T, path, phone string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"phone": {phone}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (s *till) demo(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `update company set demo = true where id = $1`, s.Company); err != nil {
		t.Fatal(err)
	}
}

func TestCartIsShownAndOrdered(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.demo(t)
	status, body := s.get(t, s.path)
	for _, want := range []string{"Vestido <b>\"Lirio\"</b>", "99,90 €", "pago es simulado", "× 2"} {
		if !strings.Contains(html.UnescapeString(strings.ReplaceAll(body, "\u00a0", " ")), want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if status != http.StatusOK || strings.Contains(body, "<b>") || regexp.MustCompile(`(?i)<script|<style|\son[a-z]+=|\sstyle=`).MatchString(body) {
		t.Errorf("%d: inline code, or a title that is not escaped: %s", status, body)
	}
	if status, body := s.post(t, s.path, "mañana"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "código del país") {
		t.Errorf("a phone that is none: %d", status)
	}
	for range 2 { // sent twice
		if status, _ := s.post(t, s.path, "+34 600 000 101"); status != http.StatusSeeOther {
			t.Errorf("ordered: %d", status)
		}
	}
	if n := s.Count(t, `select count(*) from shop_order where status = 'paid' and phone = '+34600000101' and total = 9990`); n != 1 {
		t.Errorf("%d orders", n)
	}
	if _, body := s.get(t, s.path); !strings.Contains(body, "R-100") || strings.Contains(body, "<form") {
		t.Errorf("after the order: %s", body)
	}
	if n := s.Count(t, `select stock from product`); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// A company that is no demo gets an order to collect the money for, and nothing is called paid.
func TestOrderOfARealShop(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update contact set language = 'en' where id = $1`, s.ana)
		return err
	})
	if _, body := s.get(t, s.path); !strings.Contains(body, "the shop writes to you") || strings.Contains(body, "simulated") {
		t.Errorf("shown %s", body)
	}
	if status, _ := s.post(t, s.path, "0034600000101"); status != http.StatusSeeOther {
		t.Errorf("ordered: %d", status)
	}
	if n := s.Count(t, `select count(*) from shop_order where status = 'pending'`); n != 1 {
		t.Errorf("%d pending orders", n)
	}
}

func TestSoldOutMeanwhile(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update product set stock = 1`)
		return err
	})
	if status, body := s.post(t, s.path, "+34600000101"); status != http.StatusConflict || !strings.Contains(body, "Se agotó") {
		t.Errorf("%d %s", status, body)
	}
	if n := s.Count(t, `select count(*) from shop_order`); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestNoSuchCart(t *testing.T) {
	t.Parallel()
	s := open(t)
	other, _, _, _, _ := s.AddCompany(t, "Otra")
	_, cart, _ := s.links.Read(strings.TrimPrefix(s.path, commerce.CartPath))
	for name, path := range map[string]string{
		"a guess": commerce.CartPath + "abc", "cut short": s.path[:len(s.path)-4], "of another company": s.links.Cart(other, cart), "gone": s.links.Cart(s.Company, id.New[id.Cart]()),
	} {
		if status, body := s.get(t, path); status != http.StatusNotFound || !strings.Contains(body, "no existe") {
			t.Errorf("%s: %d", name, status)
		}
		if status, _ := s.post(t, path, "+34600000101"); status != http.StatusNotFound {
			t.Errorf("%s: ordered %d", name, status)
		}
	}
	if status, body := s.get(t, commerce.CartPath+"cart.css"); status != http.StatusOK || !strings.Contains(body, "main") {
		t.Errorf("style: %d", status)
	}
}
