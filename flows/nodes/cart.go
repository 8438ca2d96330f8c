package nodes

import (
	"strings"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/chat"
)

// cart shows what the contact means to buy.
type cart struct {
	Text  Line  `json:"text,omitzero"`  // above the items
	Empty Line  `json:"empty,omitzero"` // when there are none
	Say   *bool `json:"say,omitempty"`

	lines *expr.Template
}

const full = "full"

// cartLines are the items, a line each, and what they come to.
const cartLines = `{{join(map(cart.items, number(#.quantity) + " × " + #.title + ": " + money(#.quantity * #.price, cart.currency)), "\n")}}
Total: {{money(cart.total, cart.currency)}}`

func cartType() flows.Type {
	return flows.Type{
		Name: "cart", Group: "shop", Icon: "shopping-basket",
		Label: words("Ver carrito", "Show cart"),
		About: words("Muestra el carrito del cliente con su total.", "Shows the customer's cart with its total."),
		Fields: []flows.Field{
			{Key: "text", Kind: flows.FieldText, Label: words("Encabezado", "Heading")},
			{Key: "empty", Kind: flows.FieldText, Label: words("Si está vacío", "When it is empty")},
			sayField(),
		},
		Exits: []flows.Exit{
			{Name: full, Label: words("Con productos", "With products")},
			{Name: empty, Label: words("Vacío", "Empty")},
			exitFailed(),
		},
		New: func() flows.Node { return &cart{} },
	}
}

func (n *cart) Compile(c *flows.Compiler) {
	n.Text.or("Esto llevas en tu carrito:", "This is in your cart:")
	n.Text.Compile(c, "text", false, maxText)
	n.Empty.or("Tu carrito está vacío.", "Your cart is empty.")
	n.Empty.Compile(c, "empty", false, maxText)
	n.lines = c.Template("text", cartLines)
}

func (n *cart) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		return r.Call(flows.ShowCart{})
	}
	got, ok := r.Input().Result.Value.(flows.Cart)
	if !ok || r.Input().Result.Err != nil {
		return failed
	}
	r.SetCart(&got)
	exit, text := full, ""
	if got.Count == 0 {
		exit, text = empty, n.Empty.In(r)
	} else {
		text = strings.TrimSpace(n.Text.In(r) + "\n" + r.Render(n.lines))
	}
	if yes(n.Say) {
		speak(r, chat.Plain(text))
	}
	return exit
}

// Says implements flows.Speaker.
func (n *cart) Says(language string) []chat.Content {
	return plain(yes(n.Say), language, &n.Text, &n.Empty)
}
