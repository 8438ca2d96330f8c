package nodes

import (
	"fmt"
	"strings"

	"recado/channels"
	"recado/flows"
	"recado/internal/chat"
)

// cart shows what the contact means to buy.
type cart struct {
	Text  Line  `json:"text,omitzero"`  // above the items
	Empty Line  `json:"empty,omitzero"` // when there are none
	Say   *bool `json:"say,omitempty"`
}

const full = "full"

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
}

func (n *cart) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		return r.Call(flows.ShowCart{})
	}
	got, ok := r.Input().Result.Value.(flows.Cart)
	if !ok || r.Input().Result.Err != nil {
		return failed
	}
	r.Session().Cart = &got
	exit, text := full, ""
	if got.Count == 0 {
		exit, text = empty, n.Empty.In(r)
	} else {
		text = strings.TrimSpace(n.Text.In(r) + "\n" + summary(got, r.Language()))
	}
	if yes(n.Say) {
		speak(r, chat.Plain(text))
	}
	return exit
}

// summary is a cart line by line, with its total.
func summary(c flows.Cart, language string) string {
	var b strings.Builder
	for _, it := range c.Items {
		fmt.Fprintf(&b, "%d × %s: %s\n", it.Quantity, it.Title, channels.Price(int64(it.Quantity)*it.Price, c.Currency, language))
	}
	return b.String() + "Total: " + channels.Price(c.Total, c.Currency, language)
}
