package expr_test

import (
	"strings"
	"testing"

	"recado/flows/expr"
)

func benchmark(b *testing.B, src string, v expr.Values) {
	b.Helper()
	p, err := expr.Compile(src, hostileEnv(), expr.Any)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Run(v, es); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	for name, src := range map[string]string{"path": `contact.name`, "compare": `cart.total > 100000 && company.open`, "tag": `"VIP" in contact.tags`,
		"words": `matchesWords(message.text, "precio, costo")`, "loop": `any(cart.items, .price > 50000)`, "date": `daysBetween(now, order.at) < 3`} {
		b.Run(name, func(b *testing.B) { benchmark(b, src, values()) })
	}
}

func BenchmarkRender(b *testing.B) {
	t, err := expr.CompileTemplate("Hola {nombre}, tu pedido suma {{money(cart.total)}}", env())
	if err != nil {
		b.Fatal(err)
	}
	v := values()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := t.Render(v, es); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	e := env()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Compile(`cart.total > 100000 && any(contact.tags, # == "VIP")`, e, expr.Bool); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRates measures what the costs of cost.go and functions.go stand for, on the texts
// that are worst for each: ns/op over the 4096 bytes read is the rate of a byte.
func BenchmarkRates(b *testing.B) {
	v := hostileValues()
	for _, text := range []struct{ name, s string }{{"ascii", strings.Repeat("Ab c", 1024)}, {"wide", strings.Repeat("ﷺ", 1365)}, {"long s", strings.Repeat("ſİ", 1024)}, {"marks", strings.Repeat("é̂", 819)}, {"commas", strings.Repeat("a,", 2048)}, {"torn", strings.Repeat("\xff", 4096)}} {
		v["event"].(map[string]any)["t"] = text.s
		for _, src := range []string{`event.t`, `upper(event.t)`, `lower(event.t)`, `title(event.t)`, `trim(event.t)`, `len(event.t)`, `digits(event.t)`, `isPhone(event.t)`, `json(event.t)`, `url(event.t)`, `words(event.t, 1)`, `split(event.t, "c")`,
			`matchesWords(event.t, "x")`, `matchesWords("x", event.t)`, `event.t contains "bb"`, `event.t matches "(a|b|c)*x"`, `event.t + event.t`, `replace(event.t, "a", "bb")`} {
			b.Run(text.name+"/"+src, func(b *testing.B) { benchmark(b, src, v) })
		}
	}
	for _, src := range []string{`join(event.list)`, `event.x in event.list`, `hasTag("x")`, `sum(event.list, 1)`, `json(event.cycle)`, `date(now, "long")`, `event.t < now`, `2 ** 0.3`, `toNumber(event.t)`, `isEmail("a@bbbbbbbbbbbbbbb.bbbbbbbbbbbbb.co")`} {
		b.Run(src, func(b *testing.B) { benchmark(b, src, v) })
	}
}
