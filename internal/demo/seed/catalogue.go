package seed

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/demo"
)

// alsoCalled are what shoppers call the things of a category besides its name.
var alsoCalled = map[string]string{
	"calzado": "zapatos zapato tenis", "punto": "jersey suéter chompa buzo", "camisetas": "remera playera franela polera", "camisas": "blusa",
	"pantalones": "jeans vaqueros pantalón", "abrigos": "chaqueta casaca campera saco", "vestidos": "vestido", "faldas": "falda pollera",
	"accesorios": "complementos", "bebé": "niño niña ropa infantil",
}

// companions are what goes well with the things of a category.
var companions = map[string][]string{
	"vestidos": {"CAL-003", "ACC-002"}, "camisetas": {"PAN-001", "CAL-001"}, "camisas": {"PAN-003", "CAL-004"}, "punto": {"PAN-002", "ACC-003"},
	"pantalones": {"CAM-001", "CAL-001"}, "faldas": {"CAM-006", "CAL-002"}, "abrigos": {"ACC-003", "CAL-002"}, "calzado": {"ACC-001", "ACC-002"},
	"accesorios": {"VES-001", "ABR-003"}, "bebé": {"BEB-001", "BEB-002", "BEB-003"},
}

// Catalogue gives the demo company its products and a few orders, unless it has products.
func Catalogue(ctx context.Context, tx db.CompanyTx, content *demo.Content, now time.Time) error {
	have, err := commerce.List(ctx, tx, [16]byte{}, 1)
	if err != nil || len(have) > 0 {
		return err
	}
	list := make([]commerce.Product, len(content.Products))
	for i, p := range content.Products {
		list[i] = product(content, p)
	}
	if err := commerce.Fill(ctx, tx, list); err != nil {
		return err
	}
	for _, o := range orders(content, now) {
		if _, err := commerce.Record(ctx, tx, o); err != nil {
			return fmt.Errorf("order %s: %w", o.Number, err)
		}
	}
	return nil
}

func product(content *demo.Content, p demo.Product) commerce.Product {
	words := []string{alsoCalled[p.Category], "talla", strings.Join(p.Sizes, " ")}
	for _, c := range p.Colors {
		words = append(words, c.Name)
	}
	left := left(p.SKU)
	out := commerce.Product{
		SKU: p.SKU, Title: p.Name, Description: p.Description, Collection: p.Category, Keywords: strings.Join(words, " "), Price: int64(p.Price), Currency: p.Currency,
		Stock: &left, Image: "/demo/img/" + p.SKU + ".jpg", URL: "/demo/p/" + p.SKU, Enabled: true,
	}
	for _, sku := range companions[p.Category] {
		if _, there := content.Product(sku); there && sku != p.SKU {
			out.Companions = append(out.Companions, sku)
		}
	}
	return out
}

// left is how many there are of a product: always the same, and of some none.
func left(sku string) int {
	h := fnv.New32a()
	h.Write([]byte(sku))
	return int(h.Sum32()%13) * 2
}

// orders are those of the people whose phones the demo shows, by numbers that no network
// gives out.
func orders(content *demo.Content, now time.Time) []commerce.Order {
	day := 24 * time.Hour
	var out []commerce.Order
	for _, o := range []struct {
		number, status, carrier, tracking, phone string
		ago                                      time.Duration
		skus                                     []string
	}{
		{"A-1001", "shipped", "SEUR", "SE2048817731", "+34600000101", 2 * day, []string{"VES-001", "CAL-003"}},
		{"A-1002", "delivered", "Correos Express", "CX990134552", "+34600000102", 9 * day, []string{"ABR-003"}},
		{"A-1003", "paid", "", "", "+34600000101", 5 * time.Hour, []string{"CAM-001", "PAN-001"}},
		{"A-1004", "packed", "SEUR", "", "+34600000103", day, []string{"CAL-001"}},
		{"A-1005", "cancelled", "", "", "+34600000104", 12 * day, []string{"FAL-001"}},
		{"A-1006", "pending", "", "", "+34600000105", 2 * time.Hour, []string{"PUN-003", "ACC-002"}},
	} {
		v := commerce.Order{Number: o.number, Status: o.status, Currency: content.Shop.Currency, Carrier: o.carrier, Tracking: o.tracking, Phone: o.phone, PlacedAt: now.Add(-o.ago)}
		for _, sku := range o.skus {
			p, _ := content.Product(sku) // a test checks that they are there
			v.Items = append(v.Items, commerce.Item{SKU: sku, Title: p.Name, Quantity: 1, Price: int64(p.Price)})
			v.Total += int64(p.Price)
		}
		out = append(out, v)
	}
	return out
}
