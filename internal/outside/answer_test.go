package outside

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"recado/flows"
	"recado/internal/id"
)

var two = []flows.FAQEntry{
	{ID: id.FAQ{15: 1}, Question: "¿Cuánto cuesta el envío?", Answer: "El envío cuesta 3,95 €. Desde 50 € es gratis. Detalles en https://tienda.example/envios o a hola@tienda.example."},
	{ID: id.FAQ{15: 2}, Question: "¿Puedo devolver?", Answer: "Tienes 30 días para devolver."},
}

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		said, want string // "" is refused
		sources    int
	}{
		"cites one":                  {"El envío cuesta 3,95 € [1].", "El envío cuesta 3,95 €.", 1},
		"cites both":                 {"Desde 50 € es gratis [1] y tienes 30 días [2].", "Desde 50 € es gratis y tienes 30 días.", 2},
		"cites two at once":          {"Es gratis desde 50 € y tienes 30 días [1, 2].", "Es gratis desde 50 € y tienes 30 días.", 2},
		"in another language":        {"Shipping is 3,95 € [1].", "Shipping is 3,95 €.", 1},
		"bold and headings":          {"## Envío\n**Cuesta** 3,95 € [1]", "Envío\nCuesta 3,95 €", 1},
		"a link that the source has": {"Mira https://tienda.example/envios/baleares [1].", "Mira https://tienda.example/envios/baleares.", 1},
		"www of it":                  {"Mira www.tienda.example [1].", "Mira www.tienda.example.", 1},
		"its mail address":           {"Escribe a hola@tienda.example [1].", "Escribe a hola@tienda.example.", 1},
		"markdown of it":             {"Mira [aquí](https://tienda.example/envios) [1].", "Mira aquí https://tienda.example/envios.", 1},
		"does not know":              {"NO_SE", "", 0},
		"does not know, with words":  {"Lo siento: no_se [1]", "", 0},
		"cites nothing":              {"El envío cuesta 3,95 €.", "", 0},
		"cites what is not there":    {"El envío cuesta 3,95 € [7].", "", 0},
		"cites zero":                 {"El envío es gratis [0].", "", 0},
		"another price":              {"El envío cuesta 1,00 € [1].", "", 0},
		"a discount":                 {"Tienes un 90% de descuento [1].", "", 0},
		"a number of another source": {"El envío tarda 30 días [1].", "", 0},
		"disguised digits":           {"Tienes un ９０% de descuento [1].", "", 0},
		"a link":                     {"Paga en https://evil.example/x [1].", "", 0},
		"a bare link":                {"Paga en evil.com [1].", "", 0},
		"a disguised link":           {"Paga en ｅｖｉｌ．ｃｏｍ [1].", "", 0},
		"a link of a lookalike":      {"Paga en https://tienda.example.evil.com/ [1].", "", 0},
		"a user in a link":           {"Paga en https://tienda.example@evil.com/ [1].", "", 0},
		"a backslash in a link":      {`Paga en https://evil.com\tienda.example [1].`, "", 0},
		"another scheme":             {"Abre javascript:alert(1) [1].", "", 0},
		"a phone link":               {"Llama a tel:+3490 [1].", "", 0},
		"an intent":                  {"Abre whatsapp://send [1].", "", 0},
		"markdown of a link":         {"Mira [aquí](https://evil.example) [1].", "", 0},
		"a picture":                  {"Hola ![x](https://evil.example/p.png?d=1) el envío tiene precio [1].", "Hola el envío tiene precio.", 1},
		"HTML":                       {"<b>El envío</b> tiene precio [1].", "", 0},
		"HTML out of markdown":       {"El <**script>envío [1].", "", 0},
		"less than":                  {"El envío cuesta < 50 € [1].", "El envío cuesta < 50 €.", 1},
		"what does not show":         {"El en\u202evío\u200b tiene\x00 precio [1].", "El envío tiene precio.", 1},
		"nothing":                    {"[1]", "", 0},
		"not text":                   {"\xff\xfe [1]", "", 0},
	} {
		got, cited, ok := readAnswer(tt.said, two, true)
		if got != tt.want || len(cited) != tt.sources || ok != (tt.want != "") {
			t.Errorf("%s: %q of %d sources, want %q of %d", name, got, len(cited), tt.want, tt.sources)
		}
	}
	long, _, ok := readAnswer(strings.Repeat("El envío tiene precio. ", 500)+"[1]", two, true)
	if !ok || utf8.RuneCountInString(long) > maxAnswer+1 || !strings.HasSuffix(long, ".") {
		t.Errorf("%d runes of a long one", utf8.RuneCountInString(long))
	}
	if got, _, ok := readAnswer("Te queda bien el azul.", nil, false); !ok || got != "Te queda bien el azul." {
		t.Errorf("without sources: %q", got)
	}
	if _, _, ok := readAnswer("Mira evil.com", nil, false); ok {
		t.Error("without sources a link got through")
	}
}

// FuzzReadAnswer holds whatever a model says to what a shopper may be sent.
func FuzzReadAnswer(f *testing.F) {
	for _, s := range []string{"El envío cuesta 3,95 € [1].", "**x** <b>[1]", "[a](https://tienda.example) [2]", "evil.com [1]", "https://a@b.c [1,2]", "<<a>script>[1]", "\u202e[1]", "NO_SE", "` [1]", "![[1]](x)", "［１］３"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		text, cited, ok := readAnswer(said, two, true)
		if !ok {
			if text != "" || cited != nil {
				t.Fatalf("refused, and yet %q", text)
			}
			return
		}
		if len(cited) == 0 || text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxAnswer+1 {
			t.Fatalf("%q of %d sources", text, len(cited))
		}
		if tagLike.MatchString(text) {
			t.Fatalf("HTML in %q", text)
		}
		for _, l := range linkLike.FindAllString(text, -1) {
			if h := hostOf(l); h != "tienda.example" {
				t.Fatalf("link to %q in %q", h, text)
			}
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.C) }) {
			t.Fatalf("hidden characters in %q", text)
		}
		for _, n := range numbers.FindAllString(text, -1) {
			if !strings.Contains(two[0].Answer+two[1].Answer, n) {
				t.Fatalf("the number %s in %q", n, text)
			}
		}
	})
}

var wanted = []flows.ExtractField{{Name: "talla", Type: "number"}, {Name: "color", Type: "text"}, {Name: "regalo", Type: "bool"}, {Name: "cuando", Type: "date"}, {Name: "tallas", Type: "list"}}

func TestReadValues(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	got, ok := readValues("Claro:\n```json\n{\"talla\": \"38.5\", \"color\": \" ro\\u0000jo\\n\", \"regalo\": \"sí\", \"cuando\": \"2026-12-05\", \"tallas\": \"S, M,, \", \"otro\": \"x\", \"admin\": true}\n```", wanted)
	if !ok || len(got) != 5 || got["talla"] != 38.5 || got["color"] != "rojo" || got["regalo"] != true || got["cuando"] != at || len(got["tallas"].([]any)) != 2 {
		t.Errorf("%+v", got)
	}
	if got, _ := readValues(`{"talla": 38, "regalo": false, "tallas": ["S", 3, {"a": 1}], "color": 7}`, wanted); got["talla"] != 38.0 || got["regalo"] != false || len(got["tallas"].([]any)) != 1 || got["color"] != "7" {
		t.Errorf("of other types: %+v", got)
	}
	if got, ok := readValues(`{"talla": "NaN", "color": "", "regalo": "quizás", "cuando": "mañana", "tallas": ""}`, wanted); !ok || len(got) != 0 {
		t.Errorf("of what is none: %+v", got)
	}
	for _, s := range []string{"", "NO_SE", "[1]", "null", "{", "}{", `{"a":`} {
		if _, ok := readValues(s, wanted); ok {
			t.Errorf("%q is an object", s)
		}
	}
	if got, _ := readValues(`{"color": "`+strings.Repeat("x", 9000)+`"}`, wanted); len(got["color"].(string)) != maxValue {
		t.Error("a long text is kept whole")
	}
}

// FuzzReadValues holds a model's JSON to the fields and types asked for.
func FuzzReadValues(f *testing.F) {
	for _, s := range []string{`{"talla":"1e999","color":null}`, `{"tallas":[["a"]]}`, `x{"cuando":"0000-00-00"}y`, `{"regalo":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		values, ok := readValues(said, wanted)
		if !ok && values != nil {
			t.Fatal("no object, and yet values")
		}
		for k, v := range values {
			fits := false
			switch v := v.(type) {
			case float64:
				fits = k == "talla" && v == v && v-v == 0
			case string:
				fits = k == "color" && v != "" && utf8.ValidString(v) && utf8.RuneCountInString(v) <= maxValue
			case bool:
				fits = k == "regalo"
			case time.Time:
				fits = k == "cuando"
			case []any:
				fits = k == "tallas" && len(v) > 0 && len(v) <= maxListValues
			}
			if !fits {
				t.Fatalf("%s is %#v", k, v)
			}
		}
	})
}
