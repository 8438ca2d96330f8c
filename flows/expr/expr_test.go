package expr_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/flows/expr"
)

var (
	bogota = func() *time.Location { l, _ := time.LoadLocation("America/Bogota"); return l }()
	noon   = time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC) // 12:00 in Bogotá, a Saturday
	es     = expr.Style{Language: "es", Zone: bogota, Currency: "COP"}
	en     = expr.Style{Language: "en", Zone: bogota, Currency: "USD"}
)

func env() *expr.Env {
	return expr.NewEnv(
		expr.Field{Path: "vars.size", Type: expr.Text}, expr.Field{Path: "vars.age", Type: expr.Number},
		expr.Field{Path: "vars.when", Type: expr.Date}, expr.Field{Path: "vars.vip", Type: expr.Bool},
		expr.Field{Path: "vars.picks", Type: expr.List}, expr.Field{Path: "vars.data", Type: expr.Any},
		expr.Field{Path: "contact.fields.birthday", Type: expr.Date}, expr.Field{Path: "event.*", Type: expr.Any},
		expr.Field{Path: "secret.key", Type: expr.Text})
}

func values() expr.Values {
	return expr.Values{
		"now": noon,
		"contact": map[string]any{"name": "Ana María Ruiz", "first_name": "Ana", "phone": "+573001234567", "email": "",
			"tags": []any{"VIP", "mayorista"}, "fields": map[string]any{"birthday": "1990-11-25"}},
		"message": map[string]any{"text": "¿Qué PRECIO tiene la camisa?", "type": "text"},
		"company": map[string]any{"name": "La Tienda", "currency": "COP", "open": true},
		"cart": map[string]any{"count": 3.0, "total": 135700.0, "items": []any{
			map[string]any{"title": "Camisa", "quantity": 2.0, "price": 45900.0},
			map[string]any{"title": "Gorro", "quantity": 1.0, "price": 43900.0}}},
		"vars":  map[string]any{"size": "M", "age": "17", "when": "2026-12-24T10:00:00-05:00", "data": map[string]any{"id": 7.0, "list": []any{1.0, "dos"}}},
		"event": map[string]any{"total": 120.5, "note": "12"},
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 12, 24, 10, 0, 0, 0, bogota)
	tests := []struct {
		src  string
		want any
	}{
		// paths
		{`contact.name`, "Ana María Ruiz"}, {`contact["name"]`, "Ana María Ruiz"}, {`contact?.name`, "Ana María Ruiz"},
		{`cart.total`, 135700.0}, {`vars.age`, 17.0}, {`company.open`, true}, {`order.total`, nil}, {`vars.vip`, nil},
		{`cart.items[0].title`, "Camisa"}, {`cart.items[-1].price`, 43900.0}, {`cart.items[9].price`, nil}, {`cart.items[0.5].title`, "Camisa"},
		{`vars.data.id`, 7.0}, {`vars.data.list[1]`, "dos"}, {`vars.data.no.where`, nil}, {`event.total`, 120.5},
		// numbers
		{`2 + 3 * 4`, 14.0}, {`-2 ** 2`, -4.0}, {`7 % 4`, 3.0}, {`1 / 0`, 0.0}, {`9**9**9`, 0.0}, {`cart.total * 0.9`, 122130.0},
		{`event.total + 1`, 121.5}, {`event.note + 1`, "121"}, {`event.none + 1`, 1.0}, {`order.total + 1`, 1.0},
		// texts
		{`"Talla " + vars.size`, "Talla M"}, {`"Son " + cart.count`, "Son 3"}, {`order.number + "!"`, "!"}, {`"a" + 0.1 + 0.2`, "a0.10.2"}, {`0.1 + 0.2 == 0.3`, false},
		// comparing
		{`vars.age < 18`, true}, {`vars.size == "M"`, true}, {`vars.size != "L"`, true}, {`order.total > 100`, false},
		{`cart.count == 3`, true}, {`order.total == 0`, true}, {`order.total == nil`, true}, {`cart.total == nil`, false},
		{`contact.email == nil`, true}, {`contact.email == ""`, true}, {`event.total > 100`, true}, {`event.none > 100`, false}, {`event.none < 100`, false},
		{`event.note == 12`, true}, {`event.note == "12"`, true}, {`event.note > 3`, true}, {`event.total == "x"`, false}, {`vars.data == vars.data`, false},
		{`vars.when > now`, true}, {`vars.when > "2026-12-25"`, false}, {`order.at < now`, false}, {`order.at == nil`, true},
		{`10 < vars.age < 18`, true}, {`company.open == true`, true}, {`vars.vip == false`, true}, {`"b" > "a"`, true},
		// logic
		{`company.open && cart.count > 2`, true}, {`not company.open or vars.vip`, false}, {`!(vars.age >= 18)`, true},
		{`company.open ? "sí" : "no"`, "sí"}, {`event.none ? 1 : 2`, 2.0}, {`contact.email ?? "sin correo"`, "sin correo"}, {`contact.name ?: "x"`, "ERROR expr.needs"},
		// lists and texts searched
		{`"VIP" in contact.tags`, true}, {`"vip" not in contact.tags`, true}, {`vars.size in ["S", "M"]`, true}, {`contact.tags contains "VIP"`, true},
		{`hasTag("vip")`, true}, {`hasTag("moroso")`, false}, {`message.text contains "PRECIO"`, true}, {`message.text not contains "x"`, true}, {`contact.phone startsWith "+57"`, true},
		{`message.text matches "(?i)precio|costo"`, true}, {`matchesWords(message.text, "costo, que precio")`, true}, {`matchesWords("costoso", "costo")`, false},
		{`any(cart.items, .price > 45000)`, true}, {`all(cart.items, .price > 45000)`, false}, {`none(cart.items, .quantity > 5)`, true},
		{`count(cart.items, .quantity == 1)`, 1.0}, {`sum(cart.items, .price * .quantity)`, 135700.0}, {`join(map(cart.items, .title), " y ")`, "Camisa y Gorro"},
		{`first(filter(cart.items, .quantity > 1)).title`, "Camisa"}, {`len(contact.tags)`, 2.0}, {`len(filter(contact.tags, # startsWith "V"))`, 1.0},
		{`filter(["a", "b"], #index > 0)`, []any{"b"}}, {`contact.tags | join("-")`, "VIP-mayorista"}, {`vars.picks`, nil}, {`len(vars.picks)`, 0.0},
		// dates
		{`vars.when`, day}, {`daysBetween(now, vars.when)`, 33.0}, {`addDays("2026-12-21 10:00", 3) == vars.when`, true}, {`inDays(1e300) == nil`, false},
		{`daysBetween(order.at, now)`, 0.0}, {`date(order.at)`, ""}, {`ago(addHours(now, -1))`, "hace 1 hora"}, {`ago(addDays(now, 400))`, "en 1 año"}, {`ago(now)`, "hace un momento"},
		{`date(now, "weekday")`, "sábado"}, {`date(now, "time")`, "12:00"}, {`weekday(now)`, 6.0}, {`hour(now)`, 12.0}, {`date(contact.fields.birthday, "long")`, "25 de noviembre de 1990"},
		// reading what people write
		{`toNumber("12.500")`, 12500.0}, {`toNumber("3,5")`, 3.5}, {`toNumber("1.234.567")`, 1234567.0}, {`toNumber("1,234.56")`, 1234.56}, {`toNumber("0.500")`, 0.5}, {`toNumber("nada")`, 0.0},
		{`isEmail("a@b")`, false}, {`isPhone("12")`, false}, {`isPhone("no 3001234567")`, false}, {`words("uno dos tres", 2)`, "dos tres"}, {`replace("aaa", "a", "")`, ""}, {`len("ñandú")`, 5.0},
		{`json(vars.data)`, `{"id":7,"list":[1,"dos"]}`}, {`url("a b&c=ñ")`, "a%20b%26c%3D%C3%B1"}, {`split("a,b,,c", ",")`, []any{"a", "b", "c"}}, {`last("añ")`, "ñ"},
	}
	for _, tt := range tests {
		t.Run(tt.src, func(t *testing.T) {
			t.Parallel()
			p, err := expr.Compile(tt.src, env(), expr.Any)
			var fault *expr.Error
			if errors.As(err, &fault) {
				if tt.want != "ERROR "+fault.Code {
					t.Fatalf("compile: %v %+v", err, *fault)
				}
				return
			}
			got, err := p.Run(values(), es)
			if err != nil {
				t.Fatal(err)
			}
			if d, ok := got.(time.Time); ok {
				if w, ok := tt.want.(time.Time); !ok || !d.Equal(w) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				return
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

// Every example of the documentation compiles and gives what the documentation says.
func TestFunctionsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, fn := range expr.Functions() {
		t.Run(fn.Name, func(t *testing.T) {
			t.Parallel()
			if fn.About.ES == "" || fn.About.EN == "" {
				t.Error("is not documented in both languages")
			}
			if !strings.Contains(fn.Example, fn.Name+"(") {
				t.Errorf("example %q does not call it", fn.Example)
			}
			tpl, err := expr.CompileTemplate("{{"+fn.Example+"}}", expr.NewEnv())
			if err != nil {
				t.Fatal(err)
			}
			got, err := tpl.Render(expr.Values{"now": noon}, es)
			if got = strings.ReplaceAll(got, "\u00a0", " "); err != nil || got != fn.Gives {
				t.Errorf("%s gives %q (%v), documented %q", fn.Example, got, err, fn.Gives)
			}
		})
	}
}

func TestStandardFieldsAreReadable(t *testing.T) {
	t.Parallel()
	for _, f := range expr.Standard() {
		p, err := expr.Compile(f.Path, expr.NewEnv(), f.Type)
		if err != nil {
			t.Errorf("%s: %v", f.Path, err)
			continue
		}
		if p.Type() != f.Type || !reflect.DeepEqual(p.Paths(), []string{f.Path}) || f.About.ES == "" || f.About.EN == "" {
			t.Errorf("%s: type %s, paths %v", f.Path, p.Type(), p.Paths())
		}
		if _, err := p.Run(nil, expr.Style{}); err != nil {
			t.Errorf("%s without values: %v", f.Path, err)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	p, err := expr.Compile(`vars.size == "M" && event.order.total > 3 && hasTag("x") && vars.size != ""`, env(), expr.Bool)
	if want := []string{"contact.tags", "event.order.total", "vars.size"}; err != nil || !reflect.DeepEqual(p.Paths(), want) {
		t.Errorf("got %v, %v", p.Paths(), err)
	}
}
