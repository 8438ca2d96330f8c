package commerce_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"recado/internal/commerce"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

// shop is a company with a few products and one customer.
type shop struct {
	*inboxtest.Kit
	ana id.Contact
}

func open(t testing.TB) shop {
	t.Helper()
	k := inboxtest.New(t)
	s := shop{Kit: k}
	s.ana = s.contact(t)
	n := func(i int) *int { return &i }
	for _, p := range []commerce.Product{
		{SKU: "CAL-001", Title: "Zapatillas Paso", Collection: "calzado", Keywords: "zapatos tenis rojo blanco 36 37 38 39", Description: "De lona, con suela de goma.", Price: 4995, Stock: n(3), Companions: []string{"ACC-001", "VES-001"}},
		{SKU: "CAL-002", Title: "Botines Adoquín", Collection: "calzado", Keywords: "zapatos botas negro 38 39 40", Description: "De piel.", Price: 7995, Stock: n(0)},
		{SKU: "CAL-003", Title: "Sandalias Arena", Collection: "calzado", Keywords: "zapatos arena 36 37", Description: "Con tiras.", Price: 3995},
		{SKU: "VES-001", Title: "Vestido midi Lirio", Collection: "vestidos", Keywords: "rojo azul S M L 38", Description: "Va bien con zapatos planos.", Price: 4995, Stock: n(10)},
		{SKU: "VES-002", Title: "Vestido largo Marea", Collection: "vestidos", Keywords: "azul cielo coral", Description: "De algodón orgánico.", Price: 5995, Stock: n(5)},
		{SKU: "CAM-001", Title: "Camiseta básica Alba", Collection: "camisetas", Keywords: "blanco negro S M", Description: "De algodón.", Price: 1495},
		{SKU: "ACC-001", Title: "Bufanda Niebla", Collection: "accesorios", Keywords: "gris lana", Description: "Suave.", Price: 1995},
		{SKU: "GOR-001", Title: "Gorro Pinar", Collection: "accesorios", Keywords: "verde lana", Description: "Abrigado.", Price: 1795},
	} {
		p.Currency, p.Enabled = "EUR", true
		k.Do(t, func(tx db.CompanyTx) error {
			_, err := commerce.Create(t.Context(), tx, company.System, p)
			return err
		})
	}
	return s
}

func (s shop) found(t testing.TB, q commerce.Search) []string {
	t.Helper()
	var out []string
	s.Do(t, func(tx db.CompanyTx) error {
		list, err := commerce.Find(t.Context(), tx, q)
		out = nil
		for _, p := range list {
			out = append(out, p.SKU)
		}
		return err
	})
	return out
}

func TestFind(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, tt := range map[string]struct {
		ask   commerce.Search
		first []string // in this order
		never []string
	}{
		"words":                 {commerce.Search{Words: "zapatos rojos talla 38"}, []string{"CAL-001"}, []string{"CAM-001", "ACC-001"}},
		"a sentence":            {commerce.Search{Words: "Hola, ¿tienen vestidos de algodón?"}, []string{"VES-002"}, []string{"ACC-001"}},
		"without accents":       {commerce.Search{Words: "camiseta basica"}, []string{"CAM-001"}, nil},
		"a typing mistake":      {commerce.Search{Words: "sapatillas"}, []string{"CAL-001"}, []string{"VES-001", "ACC-001"}},
		"another":               {commerce.Search{Words: "bestido largo"}, []string{"VES-002"}, []string{"CAL-001"}},
		"plural and gender":     {commerce.Search{Words: "bufandas grises"}, []string{"ACC-001"}, []string{"CAL-001"}},
		"the title first":       {commerce.Search{Words: "vestido zapatos"}, []string{"VES-001"}, []string{"ACC-001"}},
		"in stock":              {commerce.Search{Words: "botines negros", InStock: true}, nil, []string{"CAL-002"}},
		"a collection":          {commerce.Search{Collection: "VESTIDOS"}, nil, []string{"CAL-001"}},
		"words in a collection": {commerce.Search{Words: "rojo", Collection: "vestidos"}, []string{"VES-001"}, []string{"CAL-001"}},
		"companions in order":   {commerce.Search{RelatedTo: "CAL-001"}, []string{"ACC-001", "VES-001"}, []string{"CAL-001", "CAL-002"}},
		"without companions":    {commerce.Search{RelatedTo: "VES-002"}, []string{"VES-001"}, []string{"VES-002", "CAL-001"}},
	} {
		got := s.found(t, tt.ask)
		if len(got) < len(tt.first) || !slices.Equal(got[:len(tt.first)], tt.first) {
			t.Errorf("%s: %v, want first %v", name, got, tt.first)
		}
		for _, n := range tt.never {
			if slices.Contains(got, n) {
				t.Errorf("%s: %s is among %v", name, n, got)
			}
		}
	}
	for _, words := range []string{"paraguas", "¿¿??", "hola quiero", "' or 1=1 --", "\\ % _ & | ! <-> :*", "a&b", "'::tsquery"} {
		if got := s.found(t, commerce.Search{Words: words}); len(got) != 0 {
			t.Errorf("%q finds %v", words, got)
		}
	}
	if got := s.found(t, commerce.Search{}); len(got) != 8 {
		t.Errorf("without anything: %v", got)
	}
	if got := s.found(t, commerce.Search{Collection: "calzado", Limit: 2}); len(got) != 2 {
		t.Errorf("of three two: %v", got)
	}
}

func TestProductsAreChecked(t *testing.T) {
	t.Parallel()
	s := open(t)
	minus := -1
	for name, tt := range map[string]struct {
		p    commerce.Product
		code string
	}{
		"no sku":            {commerce.Product{Title: "x", Currency: "EUR"}, "product.text"},
		"no title":          {commerce.Product{SKU: "x", Currency: "EUR"}, "product.text"},
		"currency":          {commerce.Product{SKU: "x", Title: "x", Currency: "euro"}, "product.currency"},
		"price":             {commerce.Product{SKU: "x", Title: "x", Currency: "EUR", Price: -1}, "product.price"},
		"stock":             {commerce.Product{SKU: "x", Title: "x", Currency: "EUR", Stock: &minus}, "product.stock_number"},
		"script":            {commerce.Product{SKU: "x", Title: "x", Currency: "EUR", URL: "javascript:alert(1)"}, "product.address"},
		"other host's path": {commerce.Product{SKU: "x", Title: "x", Currency: "EUR", Image: "//evil.example/x.jpg"}, "product.address"},
		"itself":            {commerce.Product{SKU: "x", Title: "x", Currency: "EUR", Companions: []string{"x"}}, "product.companions"},
		"twice":             {commerce.Product{SKU: "CAL-001", Title: "x", Currency: "EUR"}, "product.sku_taken"},
	} {
		err := s.DB.ForCompany(t.Context(), s.Company, func(tx db.CompanyTx) error {
			_, err := commerce.Create(t.Context(), tx, company.System, tt.p)
			return err
		})
		if !errs.Is(err, tt.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (s shop) add(t testing.TB, who id.Contact, sku string, n int) (c commerce.Cart, err error) {
	t.Helper()
	err = s.DB.ForCompany(t.Context(), s.Company, func(tx db.CompanyTx) (err error) {
		c, err = commerce.Add(t.Context(), tx, who, sku, n)
		return err
	})
	return c, err
}

func TestCart(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, step := range []struct {
		sku          string
		n            int
		code         string
		count, lines int
		total        int64
	}{
		{"CAL-001", 2, "", 2, 1, 9990},
		{"CAL-001", 2, "product.stock", 2, 1, 9990}, // there are three
		{"CAL-001", 1, "", 3, 1, 14985},
		{"CAM-001", 5, "", 8, 2, 22460}, // nobody counts these
		{"CAL-002", 1, "product.stock", 8, 2, 22460},
		{"NADA", 1, "not_found", 8, 2, 22460},
		{"CAM-001", -4, "", 4, 2, 16480},
		{"CAM-001", -4, "", 3, 1, 14985},
		{"CAM-001", -4, "", 3, 1, 14985},
	} {
		_, err := s.add(t, s.ana, step.sku, step.n)
		if step.code == "" && err != nil || step.code != "" && !errs.Is(err, step.code) {
			t.Errorf("%d of %s: %v, want %q", step.n, step.sku, err, step.code)
		}
		s.Do(t, func(tx db.CompanyTx) error {
			c, err := commerce.CartOf(t.Context(), tx, s.ana)
			if c.Count != step.count || len(c.Items) != step.lines || c.Total != step.total {
				t.Errorf("after %d of %s: %+v", step.n, step.sku, c)
			}
			return err
		})
	}
}

// Many at once put the same scarce thing into one cart: no more than there is gets in.
func TestAddingIsAtomic(t *testing.T) {
	t.Parallel()
	s := open(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.add(t, s.ana, "CAL-001", 1); err != nil && !errs.Is(err, "product.stock") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.Do(t, func(tx db.CompanyTx) error {
		c, err := commerce.CartOf(t.Context(), tx, s.ana)
		if c.Count != 3 {
			t.Errorf("%d of three are in the cart", c.Count)
		}
		return err
	})
	if n := s.Count(t, `select count(*) from cart`); n != 1 {
		t.Errorf("%d carts", n)
	}
}

func (s shop) place(t testing.TB, cart id.Cart) (o commerce.Order, err error) {
	t.Helper()
	err = s.DB.ForCompany(t.Context(), s.Company, func(tx db.CompanyTx) (err error) {
		o, err = commerce.Place(t.Context(), tx, cart, commerce.Buyer{Phone: "+34600000101", Paid: true})
		return err
	})
	return o, err
}

// Several people buy the last ones at the same moment: the stock ends at zero, never below.
func TestStockNeverBelowZero(t *testing.T) {
	t.Parallel()
	s := open(t)
	var carts []id.Cart
	for range 6 {
		who := s.contact(t)
		if _, err := s.add(t, who, "VES-001", 1); err != nil {
			t.Fatal(err)
		}
		c, err := s.add(t, who, "CAL-001", 1)
		if err != nil {
			t.Fatal(err)
		}
		carts = append(carts, c.ID)
	}
	var wg sync.WaitGroup
	sold := make(chan commerce.Order, 6)
	for _, c := range carts {
		wg.Go(func() {
			o, err := s.place(t, c)
			if err == nil {
				sold <- o
			} else if !errs.Is(err, "product.stock") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(sold)
	numbers := map[string]bool{}
	for o := range sold {
		numbers[o.Number] = true
		if o.Total != 9990 || len(o.Items) != 2 || o.Status != "paid" {
			t.Errorf("sold %+v", o)
		}
	}
	if len(numbers) != 3 {
		t.Errorf("%d orders of three pairs", len(numbers))
	}
	if n := s.Count(t, `select stock from product where sku = 'CAL-001'`); n != 0 {
		t.Errorf("%d are left", n)
	}
	if n := s.Count(t, `select stock from product where sku = 'VES-001'`); n != 7 {
		t.Errorf("%d dresses are left: an order that failed took one", n)
	}
	if _, err := s.place(t, carts[0]); err == nil {
		_, err = s.place(t, carts[0])
		if !errs.Is(err, "not_found") {
			t.Errorf("a cart was ordered twice: %v", err)
		}
	}
}

// One company neither sees nor changes anything of another's.
func TestCompaniesAreApart(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, err := s.add(t, s.ana, "CAL-001", 1); err != nil {
		t.Fatal(err)
	}
	other, _, _, _, _ := s.AddCompany(t, "Otra")
	err := s.DB.ForCompany(t.Context(), other, func(tx db.CompanyTx) error {
		list, err := commerce.Find(t.Context(), tx, commerce.Search{})
		if len(list) > 0 {
			t.Errorf("sees %d products", len(list))
		}
		cart, err2 := commerce.CartOf(t.Context(), tx, s.ana)
		if cart.Count > 0 {
			t.Errorf("sees a cart: %+v", cart)
		}
		orders, err3 := commerce.Orders(t.Context(), tx, "", id.Order{}, 10)
		if len(orders) > 0 {
			t.Errorf("sees %d orders", len(orders))
		}
		_, err4 := commerce.Add(t.Context(), tx, s.ana, "CAL-001", 1)
		if !errs.Is(err4, "not_found") {
			t.Errorf("adds: %v", err4)
		}
		return errors.Join(err, err2, err3)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	l := commerce.Links{Key: []byte("k"), Base: "https://x.example"}
	company, cart := id.New[id.Company](), id.New[id.Cart]()
	token := l.Cart(company, cart)[len("https://x.example/cart/"):]
	if c, k, ok := l.Read(token); !ok || c != company || k != cart {
		t.Error("cannot read its own")
	}
	for i := range token {
		flipped := []byte(token)
		flipped[i] ^= 1
		if _, _, ok := l.Read(string(flipped)); ok {
			t.Errorf("byte %d may be changed", i)
		}
	}
	if _, _, ok := (commerce.Links{Key: []byte("other")}).Read(token); ok {
		t.Error("another key reads it")
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{" #a-1001 ": "A-1001", "1001.": "1001", "A 1001": "A1001", "": "", "¿?": "", "x' or '1'='1": "", "A-1001; drop": ""} {
		if got, ok := commerce.Number(in); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", in, got, ok)
		}
	}
}

// BenchmarkFind is a search among a big shop's products.
func BenchmarkFind(b *testing.B) {
	s := open(b)
	s.Do(b, func(tx db.CompanyTx) error {
		_, err := tx.Exec(b.Context(), `insert into product (id, company_id, sku, title, collection, keywords, description, price, currency)
			select gen_random_uuid(), $1, 'SKU-' || n, (array['Camisa','Vestido','Zapato','Bolso','Abrigo'])[1 + n % 5] || ' modelo ' || n, 'col' || n % 40,
				'rojo azul verde ' || n % 50, 'Texto largo de un producto cualquiera con muchas palabras ' || md5(n::text), 1000, 'EUR' from generate_series(1, 5000) n`, tx.Company())
		return err
	})
	for _, words := range []string{"zapato rojo 38", "sapatillas rojas"} {
		b.Run(fmt.Sprint(words), func(b *testing.B) {
			for b.Loop() {
				s.found(b, commerce.Search{Words: words})
			}
		})
	}
}

// contact is one more customer.
func (s shop) contact(t testing.TB) id.Contact {
	t.Helper()
	c := id.New[id.Contact]()
	s.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `insert into contact (id, company_id, name) values ($1, $2, 'Ana')`, c, tx.Company())
		return err
	})
	return c
}
