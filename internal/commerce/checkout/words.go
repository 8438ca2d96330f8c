package checkout

// words are the page's texts.
type words struct {
	Title, Simulated, ToCome        string
	Quantity, Total, Phone, Hint    string
	Pay, Send, Done, DonePaid, Back string
	Empty, BadPhone, SoldOut        string
	Missing                         string
}

var spanish = words{
	Title: "Tu carrito", Simulated: "Tienda de demostración: el pago es simulado y no se cobra nada.", ToCome: "Al confirmar, la tienda te escribe para acordar el pago y la entrega.",
	Quantity: "Cantidad", Total: "Total", Phone: "Teléfono", Hint: "Con el código del país, como +34 600 111 222. Ahí recibes los códigos para consultar tu pedido.",
	Pay: "Pagar (simulado)", Send: "Confirmar el pedido", Done: "Recibimos tu pedido", DonePaid: "Pago simulado, pedido confirmado",
	Back: "Guarda el número: con él puedes preguntar por tu pedido en el chat.", Empty: "El carrito está vacío. Vuelve al chat y agrega algo.",
	BadPhone: "Escribe un teléfono con el código del país.", SoldOut: "Se agotó algo de lo que llevas. Vuelve al chat y cámbialo.",
	Missing: "Este carrito no existe o el enlace está incompleto.",
}

var english = words{
	Title: "Your cart", Simulated: "Demonstration shop: payment is simulated and nothing is charged.", ToCome: "Once you confirm, the shop writes to you to agree on payment and delivery.",
	Quantity: "Quantity", Total: "Total", Phone: "Phone", Hint: "With its country code, such as +34 600 111 222. It receives the codes to look up your order.",
	Pay: "Pay (simulated)", Send: "Confirm the order", Done: "We have your order", DonePaid: "Payment simulated, order confirmed",
	Back: "Keep the number: with it you can ask for your order in the chat.", Empty: "The cart is empty. Go back to the chat and add something.",
	BadPhone: "Write a phone number with its country code.", SoldOut: "Something in your cart has sold out. Go back to the chat and change it.",
	Missing: "There is no such cart, or the link is incomplete.",
}
