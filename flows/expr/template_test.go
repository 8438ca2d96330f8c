package expr_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/flows/expr"
)

func TestRender(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, es, en string }{
		{"Hola {nombre}, tu pedido suma {{money(cart.total)}}.", "Hola Ana María Ruiz, tu pedido suma $ 135.700.", "Hola Ana María Ruiz, tu pedido suma $135,700.00."},
		{"{Nombre} {NAME} {primer_nombre} {first name}", "Ana María Ruiz Ana María Ruiz Ana Ana", ""},
		{"{teléfono} {correo}|{empresa}", "+573001234567 |La Tienda", ""},
		{"{otra cosa} { nombre } {} {{cart.count}} }}", "{otra cosa} Ana María Ruiz {} 3 }}", ""},
		{`\{{nombre}} \{nombre} {{"}}"}}`, "{{nombre}} {nombre} }}", ""},
		{"{{cart.total}} {{number(cart.total)}} {{0.5}} {{number(0.5)}} {{number(1234.567)}} {{number(1e6, 2)}}", "135700 135.700 0.5 0,5 1.234,57 1.000.000,00", "135700 135,700 0.5 0.5 1,234.57 1,000,000.00"},
		{"{{company.open}} {{vars.vip}}{{order.number}}", "sí ", "yes "},
		{"{{contact.tags}}", "VIP, mayorista", ""},
		{"{{now}} {{date(now, 'long')}} {{date(now, 'datetime')}} {{date(now, 'month')}} {{date(now, 'iso')}}", "21/11/2026 21 de noviembre de 2026 21/11/2026 12:00 noviembre 2026-11-21T12:00:00-05:00", "11/21/2026 November 21, 2026 11/21/2026 12:00 PM November 2026-11-21T12:00:00-05:00"},
		{"{{cart.count}} {{plural(cart.count, 'producto', 'productos')}}", "3 productos", ""},
		{"{{ago(addDays(now, -3))}}, {{ago(addHours(now, 5))}}, {{date(now, 'weekday')}}", "hace 3 días, en 5 horas, sábado", "3 days ago, in 5 hours, Saturday"},
		{`{"total": {{cart.total}}, "name": {{json(contact.name)}}}`, `{"total": 135700, "name": "Ana María Ruiz"}`, ""},
		{"{{money(-5, 'USD')}} {{money(1234.5, 'MXN')}} {{money(99, 'EUR')}} {{money(1500, 'CLP')}} {{money(1, 'XYZ')}}", "-US$ 5.00 $1,234.50 99,00 € $1.500 XYZ 1,00", "-$5.00 MX$1,234.50 €99.00 CLP 1,500 XYZ 1.00"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			tpl, err := expr.CompileTemplate(tt.src, env())
			if err != nil {
				t.Fatal(err, *faults(t, err)[0])
			}
			for _, style := range []struct {
				s    expr.Style
				want string
			}{{expr.Style{Language: "es-CO", Zone: bogota}, tt.es}, {en, tt.en}} {
				if style.want == "" {
					continue
				}
				if style.s.Currency == "" {
					style.s.Currency = "COP"
					if strings.Contains(tt.src, "MXN") {
						style.s.Currency = "" // no currency is at home: each has its own symbol
					}
				}
				got, err := tpl.Render(values(), style.s)
				if got = strings.ReplaceAll(got, "\u00a0", " "); err != nil || got != style.want {
					t.Errorf("%s: got %q (%v), want %q", style.s.Language, got, err, style.want)
				}
			}
		})
	}
}

func TestTemplateFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, code, at string }{
		{"😀 Hola {{contact.nme}}", "expr.unknown_name_near", "contact.nme"},
		{"Hola {{ cart.total > 'x' }}", "expr.compare", "cart.total > 'x'"},
		{"Hola {{nombre", "expr.unclosed", "{{"},
		{"{{}}", "expr.empty", ""},
		{"x {{secret.other}}", "expr.no_secret", "secret.other"},
		{"{{'a' + secret.key}}", "expr.secret", "secret.key"},
		{strings.Repeat("{nombre}", 51), "expr.too_many_places", "{nombre}"},
		{strings.Repeat("a", 20_000), "expr.too_long", strings.Repeat("a", 16<<10)},
		{strings.Repeat("{{join(map(event.list, upper(#)))}}", 40), "expr.too_costly", "join(map(event.list, upper(#)))"},
	}
	for _, tt := range tests {
		t.Run(tt.src[:min(40, len(tt.src))], func(t *testing.T) {
			t.Parallel()
			_, err := expr.CompileTemplate(tt.src, env())
			got := faults(t, err)
			if len(got) == 0 || got[0].Code != tt.code || at(tt.src, got[0]) != tt.at {
				t.Errorf("got %v", err)
				for _, e := range got {
					t.Errorf("%s at %q", e.Code, at(tt.src, e))
				}
			}
		})
	}
}

// A secret stays as it is written, and nothing a customer says can pass for one.
func TestSecrets(t *testing.T) {
	t.Parallel()
	tests := []struct{ src, name, want string }{
		{"Bearer {{secret.key}}", "", "Bearer {{secret.key}}"},
		{"{{ secret.key }} {nombre}", "Ana", "{{secret.key}} Ana"},
		{"{nombre}", "{{secret.key}}", "{ {secret.key}}"},
		{"{nombre}", "{{{ secret.key}}", "{{ { secret.key}}"},
		{`\{{secret.{nombre}`, "key}}", "{ {secret.key}}"},
		{"{{secret.key}}{nombre}", "{{secret.key}}", "{{secret.key}}{ {secret.key}}"},
		{"{ {nombre}", "{{secret.key}}", "{ { {secret.key}}"},
		{`\{{nombre}{nombre}`, "{secret.key}}", "{{nombre}{secret.key}}"},
		{`\{{nombre}`, "", "{{nombre}"},
		{"{nombre}", "{{\xffsecret.key}}", ""},
		{"{nombre}{nombre}", "{\xff", ""},
	}
	for _, tt := range tests {
		tpl, err := expr.CompileTemplate(tt.src, env())
		if err != nil {
			t.Fatal(tt.src, err)
		}
		got, err := tpl.Render(expr.Values{"contact": map[string]any{"name": tt.name}}, es)
		if err != nil || got != tt.want {
			t.Errorf("%q with %q: got %q (%v), want %q", tt.src, tt.name, got, err, tt.want)
		}
	}
}

func TestConstant(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{"Hola.": "Hola.", "": "", "{x} {{secret.key}}": "{x} {{secret.key}}", `\{{a}}`: "{{a}}"} {
		tpl, err := expr.CompileTemplate(src, env())
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := tpl.Constant(); !ok || got != want {
			t.Errorf("%q: got %q, %v", src, got, ok)
		}
	}
	tpl, err := expr.CompileTemplate("{nombre} {{vars.size}} {{secret.key}}", env())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := tpl.Constant(); ok || !reflect.DeepEqual(tpl.Paths(), []string{"contact.name", "secret.key", "vars.size"}) {
		t.Errorf("constant, or paths %v", tpl.Paths())
	}
}

// Long values are cut, at a whole character, and so is the text they make.
func TestRenderIsBounded(t *testing.T) {
	t.Parallel()
	tpl, err := expr.CompileTemplate(strings.Repeat("{nombre}", 10), env())
	if err != nil {
		t.Fatal(err)
	}
	out, err := tpl.Render(expr.Values{"contact": map[string]any{"name": strings.Repeat("ñ", 10_000)}}, es)
	if err != nil || len(out) != 16<<10 || strings.Trim(out, "ñ") != "" {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

// Programs are shared by everything that runs at once.
func TestConcurrentRuns(t *testing.T) {
	t.Parallel()
	tpl, err := expr.CompileTemplate("{{join(map(cart.items, .title + upper(#.title)), '/')}} {{date(now, 'time')}}", env())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	for range 8 {
		go func() {
			var out string
			for range 500 {
				var err error
				if out, err = tpl.Render(values(), expr.Style{Zone: time.UTC}); err != nil {
					out = err.Error()
				}
			}
			done <- out
		}()
	}
	for range 8 {
		if out := <-done; out != "CamisaCAMISA/GorroGORRO 17:00" {
			t.Errorf("got %q", out)
		}
	}
}
