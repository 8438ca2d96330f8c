package nodes

import (
	"recado/flows"
	"recado/internal/chat"
)

// checkout gives the contact the link to pay their cart.
type checkout struct {
	Text   Line `json:"text,omitzero"`
	Button Line `json:"button,omitzero"`
	Empty  Line `json:"empty,omitzero"`

	node string
}

func checkoutType() flows.Type {
	return flows.Type{
		Name: "checkout", Group: "shop", Icon: "credit-card",
		Label: words("Pagar", "Checkout"),
		About: words("Da el enlace para pagar el carrito.", "Gives the link to pay the cart."),
		Fields: []flows.Field{
			{Key: "text", Kind: flows.FieldText, Label: words("Texto", "Text"), Multiline: true},
			{Key: "button", Kind: flows.FieldText, Label: words("Texto del botón", "Label of the button")},
			{Key: "empty", Kind: flows.FieldText, Label: words("Si el carrito está vacío", "When the cart is empty")},
		},
		Exits: []flows.Exit{
			exitNext(),
			{Name: empty, Label: words("Carrito vacío", "Empty cart")},
			exitFailed(),
		},
		New: func() flows.Node { return &checkout{} },
	}
}

func (n *checkout) Compile(c *flows.Compiler) {
	n.node = c.ID()
	n.Text.or("Tu compra suma {{money(cart.total, cart.currency)}}. Puedes pagarla aquí:", "Your purchase comes to {{money(cart.total, cart.currency)}}. You can pay it here:")
	n.Text.Compile(c, "text", false, maxText)
	n.Button.or("Pagar", "Pay")
	n.Button.Compile(c, "button", false, maxLabel)
	n.Empty.or("Tu carrito está vacío.", "Your cart is empty.")
	n.Empty.Compile(c, "empty", false, maxText)
}

func (n *checkout) Run(r *flows.Run) string {
	if r.Input().Kind != flows.Answer {
		return r.Call(flows.Checkout{})
	}
	res := r.Input().Result
	got, ok := res.Value.(flows.Cart)
	switch {
	case res.Err != nil && res.Err.Code == "refused", ok && got.Count == 0:
		r.SetCart(&flows.Cart{})
		speak(r, chat.Plain(n.Empty.In(r)))
		return empty
	case !ok || res.Err != nil || got.URL == "":
		return failed
	}
	r.SetCart(&got)
	r.Say(n.link(n.Text.In(r), n.Button.In(r), got.URL))
	return next
}

func (n *checkout) link(text, label, url string) chat.Content {
	return chat.Content{Type: chat.Buttons, Text: text, Buttons: []chat.Button{{ID: flows.PressID(n.node, "pay"), Label: clip(label, maxLabel), URL: url}}}
}

// Says implements flows.Speaker.
func (n *checkout) Says(language string) []chat.Content {
	link := n.link(n.Text.As(language), n.Button.As(language), "https://tienda.example/carrito")
	return append([]chat.Content{link}, plain(true, language, &n.Empty)...)
}
