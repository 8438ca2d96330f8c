package nodes

import (
	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// stock tells whether there is any left of a product.
type stock struct {
	Product   Template `json:"product"` // SKU
	Available Line     `json:"available,omitzero"`
	Out       Line     `json:"out,omitzero"`
	Say       *bool    `json:"say,omitempty"`
	Variable  string   `json:"variable,omitempty"` // takes how many, empty when nobody counts
}

const (
	available = "available"
	soldOut   = "out"
	missing   = "missing"
)

func stockType() flows.Type {
	return flows.Type{
		Name: "stock", Group: "shop", Icon: "package-search",
		Label: words("Existencias", "Stock"),
		About: words("Mira si queda un producto.", "Looks whether a product is left."),
		Fields: []flows.Field{
			{Key: "product", Kind: flows.FieldTemplate, Label: words("Producto", "Product"), Required: true, Help: words("Su código (SKU), por ejemplo {{vars.producto}}.", "Its SKU, for example {{vars.product}}.")},
			{Key: "available", Kind: flows.FieldText, Label: words("Si queda", "When there is some")},
			{Key: "out", Kind: flows.FieldText, Label: words("Si se agotó", "When there is none")},
			sayField(),
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar cuántos en", "Keep how many in")},
		},
		Exits: []flows.Exit{
			{Name: available, Label: words("Queda", "Available")},
			{Name: soldOut, Label: words("Agotado", "Sold out")},
			{Name: missing, Label: words("No existe", "No such product")},
			exitFailed(),
		},
		New: func() flows.Node { return &stock{} },
	}
}

func (n *stock) Compile(c *flows.Compiler) {
	n.Product.Compile(c, "product", true)
	n.Available.or("Sí, lo tenemos disponible.", "Yes, we have it in stock.")
	n.Available.Compile(c, "available", false, maxText)
	n.Out.or("Se nos agotó por ahora.", "It is sold out for now.")
	n.Out.Compile(c, "out", false, maxText)
	optional(c, "variable", n.Variable, expr.Number)
}

func (n *stock) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		return r.Call(flows.AskStock{Product: n.Product.In(r)})
	}
	got, ok := r.Input().Result.Value.(flows.Stock)
	switch {
	case !ok || r.Input().Result.Err != nil:
		return failed
	case !got.Found:
		return missing
	}
	if n.Variable != "" {
		r.Set(n.Variable, nil)
		if got.Quantity >= 0 {
			r.Set(n.Variable, float64(got.Quantity))
		}
	}
	exit, line := available, &n.Available
	if got.Quantity == 0 {
		exit, line = soldOut, &n.Out
	}
	if yes(n.Say) {
		speak(r, chat.Plain(line.In(r)))
	}
	return exit
}

// Says implements flows.Speaker.
func (n *stock) Says(language string) []chat.Content {
	return plain(yes(n.Say), language, &n.Available, &n.Out)
}
