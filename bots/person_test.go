package bots

import (
	"testing"

	"recado/bots/rules"
)

func TestAsksForPerson(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"quiero hablar con una persona", "Quiero hablar con un humano!!", "necesito hablar con un asesor",
		"Hola, buenas tardes. Quisiera hablar con alguien por favor", "puedo hablar con un agente?", "¿Podría hablar con una persona real?",
		"me gustaría hablar con un representante", "hablar con una persona", "hablar con asesor", "Hola, hablar con un agente", "necesito comunicarme con un asesor",
		"comunícame con un asesor", "comuníqueme con una persona por favor", "pásame con un humano", "páseme con alguien", "pasame a un asesor",
		"me puedes pasar con una persona", "me comunicas con un asesor?", "transfiéreme a un agente", "me pueden transferir con un representante",
		"quiero un asesor", "necesito una persona", "quiero una persona real, no un robot", "necesito un humano ya", "agente", "AGENTE", "asesor por favor",
		"un asesor", "humano", "persona real", "operadora", "que me atienda una persona", "quiero que me atienda una persona", "¿me puede atender una persona?",
		"¿hay alguien ahí?", "hay algún asesor disponible?", "no hay alguien que me atienda?", "no quiero hablar con un bot", "no quiero hablar con una máquina, quiero hablar con alguien",
		"no quiero un bot", "atención al cliente", "quiero hablar con soporte", "prefiero hablar con una persona", "esto no me sirve, quiero hablar con una persona",
		"cómo hago para hablar con un asesor", "necesito un asesor que me ayude con mi pedido", "quiero hablar con el encargado", "quiero hablar con una persona sobre mi pedido 1234",
		"quiero comunicarme con servicio al cliente", "quiero chatear con un agente", "quiero hablar con un ejecutivo", "ponme con un humano", "puede atenderme una persona?",
		"I want to talk to a human", "speak to an agent", "Can I speak to a real person please?", "talk to a person", "I need to speak with a representative",
		"connect me with an agent", "transfer me to a human", "get me a human", "agent", "human please", "live agent", "representative", "I'd like to chat with someone",
		"can i get a human", "is there a real person i can talk to", "customer service", "customer service please", "I don't want to talk to a bot", "let me talk to your manager",
		"no, quiero hablar con una persona", "¡No! Necesito un asesor", "no. un humano por favor", "No, I want to talk to a human",
		"con un asesor por favor", "quiero que me llame un asesor", "¿con quién puedo hablar?", "quiero hablar con ustedes", "pásame con ventas", "is anyone there?",
		"put me through to customer support", "I'd rather talk to a person", "give me a real person", "why can't I talk to a human",
	} {
		if !asksForPerson(s, rules.Words(s)) {
			t.Errorf("missed: %q", s)
		}
	}
	for _, s := range []string{
		"¿una persona puede recoger mi pedido?", "¿otra persona puede recibir el paquete?", "la persona que recibe debe firmar?", "cuántas personas caben en la mesa",
		"el agente de reparto no llegó", "un agente me dijo que llegaba ayer", "ayer hablé con un asesor y me dijo que sí", "ya hablé con una persona", "quiero un regalo para una persona mayor",
		"necesito una silla para una persona de 100 kilos", "peluca de cabello humano", "quiero una peluca de pelo humano", "tienen agente desengrasante?", "quiero un agente limpiador",
		"tienen un operador logístico?", "quiero un soporte para la tele", "necesito soporte de pared", "quiero un ejecutivo con jugo", "¿hay alguien en la tienda mañana?", "talla para persona alta",
		"no quiero hablar con una persona", "no necesito un asesor", "puedo comprar sin hablar con un asesor?", "tengo que hablar con un asesor para comprar?", "¿es obligatorio hablar con un vendedor?",
		"quiero un robot aspirador", "no quiero una máquina de afeitar", "no quiero robot de cocina", "es para uso personal", "cuidado personal", "tienen productos de higiene personal",
		"el vendedor no me dio factura", "a nombre de otra persona", "puede recogerlo alguien más?", "alguien me puede decir el precio?", "cuánto cuesta el envío por persona",
		"quiero cambiar la persona que recibe", "el libro se llama Humano", "derechos humanos", "busco trabajo de vendedora", "quiero ser vendedor de ustedes", "el dueño puso la foto",
		"la atención al cliente fue excelente", "mi asesor me recomendó este", "la bot que compré", "necesito botas de agua", "quiero botas", "regalo personalizado", "precio por persona",
		"a nombre de: otra persona", "otra persona", "la persona", "la encargada", "people", "quiero comprar para otra persona",
		"hola", "", "gracias", "cuándo llega mi pedido", "hablar", "con una persona pagamos a medias",
		"does a person need to be home to sign?", "can another person pick up my order?", "human hair wig", "do you sell cleaning agent", "I spoke with an agent yesterday",
		"do I have to talk to an agent to buy?", "I don't need an agent", "I don't want to talk to a person", "I need a person's size chart", "how many people fit",
		"is there someone at the store on Sunday", "an agent told me it was shipped", "send me a human anatomy book", "the customer service was great", "support leg for a table",
		"is the operator manual included", "do you have live plants", "I need support insoles", "someone stole my package", "can someone else collect it",
	} {
		if asksForPerson(s, rules.Words(s)) {
			t.Errorf("false alarm: %q", s)
		}
	}
}

func BenchmarkAsksForPerson(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"plain", "hola cuanto cuesta el envio a medellin y cuando llega"},
		{"about a person", "hola otra persona puede recoger mi pedido el viernes en la tienda"},
		{"asks", "hola quiero hablar con una persona por favor"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				asksForPerson(c.text, c.text)
			}
		})
	}
}
