package expr

import (
	"slices"
	"strings"
)

// Env is what expressions may read: the standard fields and a company's own. It is
// immutable.
type Env struct {
	fields []Field
	at     map[string]Type // by path; of an open map, "event.*", by "event."
	groups map[string]bool // the paths that only lead to others: "contact"
}

// standard is every path that exists in each company.
var standard = []Field{
	{"contact.name", Text, Words{"Nombre completo del cliente", "The customer's full name"}},
	{"contact.first_name", Text, Words{"Primer nombre del cliente", "The customer's first name"}},
	{"contact.phone", Text, Words{"Teléfono del cliente, con + y el código del país", "The customer's phone, with + and the country code"}},
	{"contact.email", Text, Words{"Correo del cliente", "The customer's email"}},
	{"contact.language", Text, Words{"Idioma del cliente: es, en…", "The customer's language: es, en…"}},
	{"contact.tags", List, Words{"Etiquetas del cliente", "The customer's tags"}},
	{"conversation.channel", Text, Words{"Canal de la conversación: whatsapp, telegram…", "The conversation's channel: whatsapp, telegram…"}},
	{"conversation.language", Text, Words{"Idioma de la conversación", "The conversation's language"}},
	{"conversation.labels", List, Words{"Etiquetas de la conversación", "The conversation's labels"}},
	{"message.text", Text, Words{"Lo último que escribió el cliente", "What the customer wrote last"}},
	{"message.type", Text, Words{"Tipo del último mensaje: text, image, audio…", "The last message's type: text, image, audio…"}},
	{"message.choice", Text, Words{"El botón o la opción que eligió", "The button or option they chose"}},
	{"company.name", Text, Words{"Nombre de tu empresa", "Your company's name"}},
	{"company.currency", Text, Words{"Moneda de tu empresa: COP, MXN…", "Your company's currency: COP, MXN…"}},
	{"company.open", Bool, Words{"Si estás dentro de tu horario", "Whether you are within your opening hours"}},
	{"company.opens_at", Date, Words{"Cuándo abres de nuevo", "When you open again"}},
	{"cart.count", Number, Words{"Cuántos productos hay en el carrito", "How many products the cart holds"}},
	{"cart.total", Number, Words{"Total del carrito", "The cart's total"}},
	{"cart.currency", Text, Words{"Moneda del carrito", "The cart's currency"}},
	{"cart.items", List, Words{"Productos del carrito; cada uno con title, quantity y price", "The cart's products, each with title, quantity and price"}},
	{"cart.url", Text, Words{"Enlace para pagar el carrito", "Link to pay the cart"}},
	{"order.number", Text, Words{"Número del pedido", "The order's number"}},
	{"order.status", Text, Words{"Estado del pedido", "The order's status"}},
	{"order.total", Number, Words{"Total del pedido", "The order's total"}},
	{"order.currency", Text, Words{"Moneda del pedido", "The order's currency"}},
	{"order.carrier", Text, Words{"Transportadora del pedido", "The order's carrier"}},
	{"order.tracking", Text, Words{"Número de guía del pedido", "The order's tracking number"}},
	{"order.url", Text, Words{"Enlace para seguir el pedido", "Link to follow the order"}},
	{"order.at", Date, Words{"Cuándo se hizo el pedido", "When the order was placed"}},
	{"now", Date, Words{"La fecha y la hora de ahora, en la zona de tu empresa", "The date and time now, in your company's time zone"}},
}

// elements are what the standard lists hold: fields of each element, or plain texts.
var elements = map[string]element{
	"contact.tags":        {typ: Text},
	"conversation.labels": {typ: Text},
	"cart.items":          {typ: Any, fields: map[string]Type{"title": Text, "quantity": Number, "price": Number}},
}

// element is what each item of a list is; fields, when known, are all it has.
type element struct {
	typ    Type
	fields map[string]Type
}

// Standard is the documented table of the paths that exist in each company.
func Standard() []Field { return slices.Clone(standard) }

// NewEnv is the standard fields plus these. The last part of a path may be "*", an open map
// whose names are not known ("event.*"). "secret." paths may only stand in templates.
func NewEnv(fields ...Field) *Env {
	e := &Env{fields: append(Standard(), fields...), at: map[string]Type{}, groups: map[string]bool{}}
	for _, f := range e.fields {
		if f.Type == "" {
			f.Type = Any
		}
		e.at[strings.TrimSuffix(f.Path, "*")] = f.Type
		for p := parent(f.Path); p != ""; p = parent(p) {
			e.groups[p] = true
		}
	}
	return e
}

// Fields are all fields of the environment, the standard ones first.
func (e *Env) Fields() []Field { return slices.Clone(e.fields) }

func parent(path string) string {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)]
}

// lookup finds what a path is. Paths into a value of type Any go on as far as they like.
func (e *Env) lookup(path string) (Type, bool) {
	if t, ok := e.at[path]; ok {
		return t, true
	}
	for p := parent(path); p != ""; p = parent(p) {
		if t, ok := e.at[p]; ok {
			return Any, t == Any
		}
		if t, ok := e.at[p+"."]; ok {
			return t, t == Any || parent(path) == p
		}
	}
	return Any, false
}

// near is the known path most like a wrong one, "" when none is.
func (e *Env) near(path string) string {
	if p, ok := shortForms[fold(path)]; ok {
		return p
	}
	known := make([]string, 0, len(e.fields))
	for _, f := range e.fields {
		if !strings.HasSuffix(f.Path, "*") && !strings.HasPrefix(f.Path, "secret.") {
			known = append(known, f.Path)
		}
	}
	if n := nearest(path, known); n != "" {
		return n
	}
	for _, k := range known { // "phone" or "customer.phone" for "contact.phone"
		if k[strings.LastIndexByte(k, '.')+1:] == path[strings.LastIndexByte(path, '.')+1:] {
			return k
		}
	}
	return ""
}

// nearest is the known word with the fewest changes from word, at most a third of its
// letters.
func nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k), least); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is Levenshtein's in bytes, or limit when it is no less.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 200 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return min(row[len(b)], limit)
}
