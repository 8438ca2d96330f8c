package seed

import (
	"slices"
	"testing"
	"time"

	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		k.Do(t, func(tx db.CompanyTx) error { return Catalogue(t.Context(), tx, content, time.Now()) })
	}
	k.Do(t, func(tx db.CompanyTx) error {
		list, err := commerce.List(t.Context(), tx, id.Product{}, 1000)
		if err != nil || len(list) != len(content.Products) || len(list) < 24 {
			t.Errorf("%d products, %v", len(list), err)
		}
		soldOut := 0
		for _, p := range list {
			if _, there := content.Product(p.SKU); !there || p.Left() < 0 || p.Image == "" || p.URL == "" || len(p.Companions) == 0 {
				t.Errorf("%+v", p)
			}
			if p.Left() == 0 {
				soldOut++
			}
		}
		if soldOut == 0 || soldOut > len(list)/4 {
			t.Errorf("%d of %d are sold out", soldOut, len(list))
		}
		placed, err := commerce.Orders(t.Context(), tx, "", id.Order{}, 100)
		if err != nil || len(placed) != 6 {
			t.Errorf("%d orders, %v", len(placed), err)
		}
		for _, o := range placed {
			if o.Total == 0 || slices.ContainsFunc(o.Items, func(i commerce.Item) bool { return i.Title == "" || i.Price == 0 }) {
				t.Errorf("%+v", o)
			}
		}
		return nil
	})
	find := func(words string) (skus []string) {
		k.Do(t, func(tx db.CompanyTx) error {
			list, err := commerce.Find(t.Context(), tx, commerce.Search{Words: words, Limit: 5})
			skus = nil
			for _, p := range list {
				skus = append(skus, p.SKU)
			}
			return err
		})
		return skus
	}
	// What a shopper would expect to see first.
	for words, want := range map[string]string{
		"zapatos talla 38": "CAL", "vestido de flores": "VES-001", "abrigo calentito": "ABR", "sapatillas blancas": "CAL-001", "camiseta marinera": "CAM-002", "algo para bebé": "BEB",
		"bufanda": "ACC", "falda plisada": "FAL", "chompa": "PUN", "playeras": "CAM", "jeans": "PAN",
	} {
		if got := find(words); len(got) == 0 || len(got[0]) < len(want) || got[0][:len(want)] != want {
			t.Errorf("%q finds %v, want %s first", words, got, want)
		}
	}
}
