package shop

import (
	"fmt"

	"recado/internal/demo"
)

// words are the texts of the page around the products, which stay in Spanish.
type words struct {
	Skip, Demo, DemoTry, OtherLang              string
	HeroTitle, HeroText, HeroButton             string
	Perks                                       []perk
	TryTitle, TryText                           string
	Asks                                        []string
	All, Products, Sizes, Colors, Related, Back string
	Reference, Tax, AskHint, AskTitle           string
	Stores, Hours, HoursStores, HoursTeam       string
	Contact, DemoNote, Missing, MissingText     string
	Menu, Breadcrumb                            string
}

type perk struct{ Title, Text string }

var spanish = words{
	Skip:       "Saltar al contenido",
	Demo:       "Tienda de demostración: nada se vende de verdad.",
	DemoTry:    "Prueba en el chat: «¿Cuánto tarda el envío?»",
	OtherLang:  "English",
	HeroTitle:  "Ropa bonita, cómoda y hecha para durar",
	HeroText:   "Vestidos con vuelo, abrigos que abrigan y básicos de algodón orgánico. Si dudas con la talla, pregúntanos por el chat.",
	HeroButton: "Ver la colección",
	Perks: []perk{
		{"Envío gratis desde 50 €", "En 24 a 72 horas laborables"},
		{"30 días para devolver", "Gratis en tienda"},
		{"Primer cambio gratis", "De talla o de color"},
	},
	TryTitle: "Prueba el chat",
	TryText:  "El asistente responde con las preguntas frecuentes de la tienda. Si no sabe algo, te pasa con una persona.",
	Asks: []string{
		"¿Cuánto tarda el envío?",
		"Me queda chico, ¿cómo lo cambio?",
		"Quiero hablar con una persona",
	},
	All: "Todo", Products: "Colección", Sizes: "Tallas", Colors: "Colores",
	Related: "También te puede gustar", Back: "Volver a la colección",
	Reference: "Referencia", Tax: "IVA incluido",
	AskTitle: "Pregunta por esta prenda", AskHint: "Escríbelo en el chat de la esquina.",
	Stores: "Tiendas", Hours: "Horario", HoursStores: "Tiendas: lunes a sábado, de 10:00 a 20:30",
	HoursTeam: "Chat con el equipo: lunes a viernes, de 9:00 a 19:00; sábados, de 10:00 a 14:00",
	Contact:   "Contacto", DemoNote: "Tienda Aurora es una empresa inventada para mostrar Recado. Las imágenes son ilustraciones.",
	Missing: "No encontramos esa página", MissingText: "Puede que el producto ya no esté en la colección.",
	Menu: "Categorías", Breadcrumb: "Estás en",
}

var english = words{
	Skip:       "Skip to content",
	Demo:       "Demonstration shop: nothing is really for sale.",
	DemoTry:    "Try in the chat: “¿Cuánto tarda el envío?”",
	OtherLang:  "Español",
	HeroTitle:  "Lovely, comfortable clothes made to last",
	HeroText:   "Dresses that swing, coats that keep you warm and organic cotton basics. Not sure about a size? Ask us in the chat.",
	HeroButton: "See the collection",
	Perks: []perk{
		{"Free delivery from €50", "In 24 to 72 working hours"},
		{"30 days to return", "Free in our stores"},
		{"First exchange free", "For another size or colour"},
	},
	TryTitle: "Try the chat",
	TryText:  "The assistant answers from the shop’s FAQ, which is in Spanish. What it does not know goes to a person.",
	Asks: []string{
		"¿Cuánto tarda el envío?",
		"Me queda chico, ¿cómo lo cambio?",
		"I want to talk to a person",
	},
	All: "All", Products: "Collection", Sizes: "Sizes", Colors: "Colours",
	Related: "You may also like", Back: "Back to the collection",
	Reference: "Reference", Tax: "VAT included",
	AskTitle: "Ask about this item", AskHint: "Type it in the chat in the corner.",
	Stores: "Stores", Hours: "Opening hours", HoursStores: "Stores: Monday to Saturday, 10:00 to 20:30",
	HoursTeam: "Chat with the team: Monday to Friday, 9:00 to 19:00; Saturday, 10:00 to 14:00",
	Contact:   "Contact", DemoNote: "Tienda Aurora is a company made up to show Recado. The pictures are illustrations.",
	Missing: "We cannot find that page", MissingText: "The product may no longer be in the collection.",
	Menu: "Categories", Breadcrumb: "You are in",
}

// asksAbout are the questions to try on a product's page, in Spanish in both
// shells because the assistant speaks it.
func asksAbout(p demo.Product) []string {
	return []string{
		fmt.Sprintf("¿Hay talla %s de %s?", p.Sizes[len(p.Sizes)/2], p.Name),
		"¿Cómo sé cuál es mi talla?",
		"¿Cómo lavo las prendas?",
	}
}

var categoriesEN = map[string]string{
	"vestidos": "Dresses", "camisetas": "T-shirts", "camisas": "Shirts", "punto": "Knitwear",
	"pantalones": "Trousers", "faldas": "Skirts", "abrigos": "Coats", "calzado": "Shoes",
	"accesorios": "Accessories", "bebé": "Baby",
}
