package nodes

import (
	"math"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// addToCart puts a product into the contact's cart.
type addToCart struct {
	Product  Template `json:"product"`            // SKU
	Quantity string   `json:"quantity,omitempty"` // expression; empty is 1, negative takes out
	Text     Line     `json:"text,omitzero"`
	Limit    Line     `json:"limit,omitzero"`
	Say      *bool    `json:"say,omitempty"`

	quantity *expr.Program
}

const (
	added = "added"
	limit = "limit"
)

func addToCartType() flows.Type {
	return flows.Type{
		Name: "add_to_cart", Group: "shop", Icon: "shopping-cart",
		Label: words("Agregar al carrito", "Add to cart"),
		About: words("Pone un producto en el carrito del cliente.", "Puts a product into the customer's cart."),
		Fields: []flows.Field{
			{Key: "product", Kind: flows.FieldTemplate, Label: words("Producto", "Product"), Required: true, Help: words("Su código (SKU), por ejemplo {{vars.producto}}.", "Its SKU, for example {{vars.product}}.")},
			{Key: "quantity", Kind: flows.FieldExpression, Label: words("Cantidad", "Quantity"), Help: words("Vacío es 1; negativa lo quita.", "Empty is 1; a negative one takes it out.")},
			{Key: "text", Kind: flows.FieldText, Label: words("Al agregar", "When it is added")},
			{Key: "limit", Kind: flows.FieldText, Label: words("Si no hay tantos", "When there are not so many")},
			sayField(),
		},
		Exits: []flows.Exit{
			{Name: added, Label: words("Agregado", "Added")},
			{Name: limit, Label: words("No hay tantos", "Not enough of it")},
			exitFailed(),
		},
		New: func() flows.Node { return &addToCart{} },
	}
}

func (n *addToCart) Compile(c *flows.Compiler) {
	n.Product.Compile(c, "product", true)
	if n.Quantity != "" {
		n.quantity = c.Expression("quantity", n.Quantity, expr.Number)
	}
	n.Text.or("Listo, está en tu carrito. Llevas {{cart.count}} en total: {{money(cart.total, cart.currency)}}.",
		"Done, it is in your cart. You have {{cart.count}} in all: {{money(cart.total, cart.currency)}}.")
	n.Text.Compile(c, "text", false, maxText)
	n.Limit.or("De ese producto no nos quedan tantos.", "We do not have that many left of it.")
	n.Limit.Compile(c, "limit", false, maxText)
}

func (n *addToCart) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		quantity := 1.0
		if n.quantity != nil {
			quantity, _ = r.Eval(n.quantity).(float64)
		}
		if quantity = math.Round(quantity); quantity == 0 || math.Abs(quantity) > 999 || math.IsNaN(quantity) {
			return failed
		}
		return r.Call(flows.AddToCart{Product: n.Product.In(r), Quantity: int(quantity)})
	}
	res := r.Input().Result
	got, ok := res.Value.(flows.Cart)
	switch {
	case res.Err != nil && res.Err.Code == "limit":
		if yes(n.Say) {
			speak(r, chat.Plain(n.Limit.In(r)))
		}
		return limit
	case !ok || res.Err != nil:
		return failed
	}
	r.SetCart(&got)
	if yes(n.Say) {
		speak(r, chat.Plain(n.Text.In(r)))
	}
	return added
}

// Says implements flows.Speaker.
func (n *addToCart) Says(language string) []chat.Content {
	return plain(yes(n.Say), language, &n.Text, &n.Limit)
}
