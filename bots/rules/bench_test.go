package rules

import (
	"fmt"
	"strings"
	"testing"

	"recado/internal/chat"
)

const question = "Hola buenas tardes, ¿cuánto demora el envío a Medellín y si puedo pagar contra entrega? Mi pedido es el #48213. Gracias"

// shopRules is what a busy shop might have: every fifth an expression, several patterns each.
func shopRules(n int) []Definition {
	var ds []Definition
	for i := range n {
		name := fmt.Sprint("rule ", i)
		switch i % 5 {
		case 0:
			ds = append(ds, def(name, Exact, fmt.Sprint("opción ", i), fmt.Sprint("menú ", i)))
		case 1:
			ds = append(ds, def(name, Contains, fmt.Sprint("envío a ciudad ", i), fmt.Sprint("pago con tarjeta ", i), "pagar contra entrega"))
		case 2:
			ds = append(ds, def(name, Starts, fmt.Sprint("hola quiero producto ", i), "hola buenas"))
		case 3:
			ds = append(ds, def(name, AnyOf, fmt.Sprintf("talla %d, color %d, medida %d, demora", i, i, i)))
		case 4:
			ds = append(ds, def(name, Regex, fmt.Sprintf(`(?:pedido|orden|compra)\s*(?:n[uú]mero)?\s*#?%d\d+`, i), fmt.Sprintf(`cup[oó]n[a-z]*%d`, i)))
		}
	}
	return ds
}

// The goal is 100 us for one message against 200 rules.
func BenchmarkRules200(b *testing.B) {
	s := build(b, shopRules(200)...)
	b.ReportAllocs()
	for b.Loop() {
		s.Match(question, monday)
	}
}

func BenchmarkRulesNoMatch200(b *testing.B) {
	s := build(b, shopRules(200)...)
	b.ReportAllocs()
	for b.Loop() {
		s.Match("me gustaría saber algo sobre unos zapatos que vi ayer", monday)
	}
}

// The worst that a tenant and a contact may write between them.
func BenchmarkHostile(b *testing.B) {
	var ds []Definition
	for i := range 10 {
		ds = append(ds, def(fmt.Sprint("r", i), Regex, `(a|b|ab|[a-z ]){50}.*x?`+strings.Repeat("(.?b)*", 40)+"$"))
	}
	for i := range 500 {
		ds = append(ds, def(fmt.Sprint("c", i), Contains, strings.TrimSpace(strings.Repeat("a ", 1+i%500))))
	}
	s := build(b, ds...)
	text := strings.Repeat("a ", chat.MaxText/2)
	for b.Loop() {
		s.Match(text, monday)
	}
}

func BenchmarkWords(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Words(question)
	}
}

func BenchmarkCompile200(b *testing.B) {
	ds := shopRules(200)
	week := office(b)
	for b.Loop() {
		if _, err := Compile(ds, week); err != nil {
			b.Fatal(err)
		}
	}
}
