// Package pretend is a small shop that exists only while a flow is tried: it answers the
// calls of a flow's nodes from a catalogue in memory, so that a flow can be talked to
// without a company, a database or a network.
package pretend

import (
	"context"
	"slices"
	"strings"
	"time"

	"recado/flows"
	"recado/flows/nodes/reading"
	"recado/internal/chat"
	"recado/internal/id"
)

// Shop is one customer's view of it; not safe for concurrent use. Language chooses the words
// of products and answers, "es" or "en".
type Shop struct {
	language string
	now      time.Time
	cart     flows.Cart
}

// New is a shop whose orders were made before now.
func New(language string, now time.Time) *Shop {
	return &Shop{language: language, now: now, cart: flows.Cart{Currency: currency}}
}

const (
	currency = "COP"
	// Code proves any order here.
	Code = "482915"
	// Order is the number of the one order there is.
	Order   = "A-1042"
	address = "https://tienda-aurora.example"
)

type product struct {
	sku        string
	title      [2]string // es, en
	text       [2]string
	collection [2]string
	price      int64 // minor units
	stock      int   // -1: not counted
	goesWith   []string
}

var catalogue = []product{
	{"BOT-AND", [2]string{"Botas Andina", "Andina boots"}, [2]string{"Cuero, suela de caucho", "Leather, rubber sole"}, [2]string{"Calzado", "Shoes"}, 28990000, 6, []string{"MED-LAN", "CRE-CUE"}},
	{"TEN-RUT", [2]string{"Tenis Ruta", "Ruta sneakers"}, [2]string{"Livianos, para todos los días", "Light, for every day"}, [2]string{"Calzado", "Shoes"}, 18990000, 14, []string{"MED-LAN"}},
	{"SAN-PLA", [2]string{"Sandalias Playa", "Playa sandals"}, [2]string{"Cierre ajustable", "Adjustable strap"}, [2]string{"Calzado", "Shoes"}, 9990000, 0, nil},
	{"BOL-MIN", [2]string{"Bolso Mini", "Mini bag"}, [2]string{"Cruzado, tres bolsillos", "Crossbody, three pockets"}, [2]string{"Bolsos", "Bags"}, 14990000, 4, []string{"BIL-DOB"}},
	{"BIL-DOB", [2]string{"Billetera Doble", "Double wallet"}, [2]string{"Ocho tarjetas", "Eight cards"}, [2]string{"Bolsos", "Bags"}, 7990000, 20, nil},
	{"MED-LAN", [2]string{"Medias de lana", "Wool socks"}, [2]string{"Dos pares", "Two pairs"}, [2]string{"Accesorios", "Accessories"}, 2990000, -1, nil},
	{"CRE-CUE", [2]string{"Crema para cuero", "Leather cream"}, [2]string{"100 ml", "100 ml"}, [2]string{"Accesorios", "Accessories"}, 1990000, 30, nil},
}

var questions = []struct {
	question, answer [2]string
	words            string // telling words, folded
}{
	{[2]string{"¿Cuánto demora el envío?", "How long does delivery take?"}, [2]string{"El envío demora de 2 a 4 días hábiles.", "Delivery takes 2 to 4 working days."}, "envio demora llega entrega delivery shipping long"},
	{[2]string{"¿Puedo cambiar la talla?", "Can I change the size?"}, [2]string{"Puedes cambiarla en los primeros 30 días, sin uso y con su caja.", "You can change it within 30 days, unworn and in its box."}, "cambiar cambio talla devolver change size return"},
	{[2]string{"¿Cómo puedo pagar?", "How can I pay?"}, [2]string{"Con tarjeta, PSE, Nequi o contra entrega.", "By card, PSE, Nequi or cash on delivery."}, "pagar pago tarjeta pay card payment"},
}

func (s *Shop) in(words [2]string) string {
	if s.language == "en" {
		return words[1]
	}
	return words[0]
}

// Do implements flows.Host. What needs a network or a model is not configured here.
func (s *Shop) Do(_ context.Context, c flows.Call) flows.Result {
	switch c := c.(type) {
	case flows.FindProducts:
		return s.find(c)
	case flows.AskStock:
		return s.ask(c)
	case flows.AddToCart:
		return s.add(c)
	case flows.ShowCart:
		return flows.Result{Value: s.cart}
	case flows.Checkout:
		if s.cart.Count == 0 {
			return fail("refused")
		}
		s.cart.URL = address + "/pagar/7f3a"
		return flows.Result{Value: s.cart}
	case flows.FindOrder:
		return flows.Result{Value: flows.OrderFound{SentTo: "••• 67"}}
	case flows.ProveOrder:
		return s.prove(c)
	case flows.FAQAsk:
		return s.answer(c)
	}
	return fail("not_configured")
}

func fail(code string) flows.Result { return flows.Result{Err: &flows.CallError{Code: code}} }

func (s *Shop) find(c flows.FindProducts) flows.Result {
	out := flows.Products{}
	for _, p := range catalogue {
		if len(out.Cards) == c.Limit || c.InStock && p.stock == 0 || !s.wanted(p, c) {
			continue
		}
		out.Cards = append(out.Cards, chat.Product{ID: p.sku, Title: s.in(p.title), Text: s.in(p.text), Price: p.price, Currency: currency,
			URL: address + "/p/" + strings.ToLower(p.sku)})
		out.Stock = append(out.Stock, p.stock)
	}
	return flows.Result{Value: out}
}

func (s *Shop) wanted(p product, c flows.FindProducts) bool {
	switch {
	case c.RelatedTo != "":
		of := bySKU(c.RelatedTo)
		return of != nil && slices.Contains(of.goesWith, p.sku)
	case c.Collection != "":
		return reading.Words(s.in(p.collection)) == reading.Words(c.Collection)
	}
	text := " " + reading.Words(s.in(p.title)+" "+s.in(p.text)+" "+s.in(p.collection))
	for w := range strings.FieldsSeq(reading.Words(c.Query)) {
		if len(w) > 3 && strings.Contains(text, " "+strings.TrimSuffix(w, "s")) {
			return true
		}
	}
	return false
}

func bySKU(sku string) *product {
	i := slices.IndexFunc(catalogue, func(p product) bool { return strings.EqualFold(p.sku, sku) })
	if i < 0 {
		return nil
	}
	return &catalogue[i]
}

func (s *Shop) ask(c flows.AskStock) flows.Result {
	p := bySKU(c.Product)
	if p == nil {
		return flows.Result{Value: flows.Stock{}}
	}
	return flows.Result{Value: flows.Stock{Found: true, Title: s.in(p.title), Quantity: p.stock}}
}

func (s *Shop) add(c flows.AddToCart) flows.Result {
	p := bySKU(c.Product)
	if p == nil {
		return fail("refused")
	}
	items := slices.Clone(s.cart.Items)
	i := slices.IndexFunc(items, func(x flows.CartItem) bool { return x.Product == p.sku })
	if i < 0 {
		i, items = len(items), append(items, flows.CartItem{Product: p.sku, Title: s.in(p.title), Price: p.price})
	}
	items[i].Quantity += c.Quantity
	if p.stock >= 0 && items[i].Quantity > p.stock {
		return fail("limit")
	}
	items = slices.DeleteFunc(items, func(x flows.CartItem) bool { return x.Quantity <= 0 })
	s.cart = flows.Cart{Currency: currency, Items: items}
	for _, x := range items {
		s.cart.Count += x.Quantity
		s.cart.Total += int64(x.Quantity) * x.Price
	}
	return flows.Result{Value: s.cart}
}

func (s *Shop) prove(c flows.ProveOrder) flows.Result {
	if reading.Words(c.Number) != reading.Words(Order) || c.Code != Code {
		return flows.Result{Value: flows.OrderFound{SentTo: "••• 67", Wrong: true}}
	}
	return flows.Result{Value: flows.OrderFound{Order: &flows.Order{Number: Order, Status: "shipped", Total: 28990000, Currency: currency,
		Carrier: "Servientrega", Tracking: "2047781", URL: address + "/pedido/" + Order, At: s.now.AddDate(0, 0, -2)}}}
}

// answer finds the question with the most telling words: two or more of them answer, one
// only offers.
func (s *Shop) answer(c flows.FAQAsk) flows.Result {
	out := flows.FAQAnswers{Decision: "handoff"}
	best := 0
	for i, q := range questions {
		n := 0
		for w := range strings.FieldsSeq(reading.Words(c.Query)) {
			if slices.Contains(strings.Fields(q.words), w) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		e := flows.FAQEntry{ID: id.FAQ{15: byte(i + 1)}, Question: s.in(q.question), Answer: s.in(q.answer), Score: float64(n)}
		if n > best {
			best, out.Candidates = n, append([]flows.FAQEntry{e}, out.Candidates...)
		} else {
			out.Candidates = append(out.Candidates, e)
		}
	}
	switch {
	case best > 1:
		out.Decision = "answer"
	case best == 1:
		out.Decision = "offer"
	}
	return flows.Result{Value: out}
}
