package nodes

import (
	"cmp"
	"slices"

	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes/reading"
	"recado/internal/chat"
)

// products looks for products and shows them as cards. The one chosen goes into a variable.
type products struct {
	Search     string   `json:"search,omitempty"`    // words, collection, related
	Query      Template `json:"query,omitzero"`      // words; empty: what the contact wrote
	Collection Template `json:"collection,omitzero"` // its name
	Related    Template `json:"related,omitzero"`    // SKU
	InStock    bool     `json:"in_stock,omitempty"`
	Limit      int      `json:"limit,omitempty"` // 0 is defaultCards
	Text       Line     `json:"text,omitzero"`
	Choose     Line     `json:"choose,omitzero"` // label of the button that chooses
	View       Line     `json:"view,omitzero"`   // of the one that opens the page
	Variable   string   `json:"variable,omitempty"`
	Timeout    int      `json:"timeout_minutes,omitempty"`
}

const (
	chosen       = "chosen"
	defaultCards = 5
	maxFound     = 10
)

func productsType() flows.Type {
	if_ := func(v string) *flows.Condition { return &flows.Condition{Key: "search", In: []string{v}} }
	return flows.Type{
		Name: "products", Group: "shop", Icon: "shirt",
		Label: words("Productos", "Products"),
		About: words("Busca productos, los muestra y espera a que se elija uno.", "Looks for products, shows them and waits for one to be chosen."),
		Fields: []flows.Field{
			{Key: "search", Kind: flows.FieldChoice, Label: words("Buscar por", "Search by"), Options: []flows.Option{
				{Value: "words", Label: words("Palabras", "Words")},
				{Value: "collection", Label: words("Colección", "Collection")},
				{Value: "related", Label: words("Lo que combina con otro", "What goes well with another")},
			}},
			{Key: "query", Kind: flows.FieldTemplate, Label: words("Palabras", "Words"), If: if_("words"), Help: words("Vacío toma el último mensaje del cliente.", "Empty takes the customer's last message.")},
			{Key: "collection", Kind: flows.FieldTemplate, Label: words("Colección", "Collection"), Required: true, If: if_("collection")},
			{Key: "related", Kind: flows.FieldTemplate, Label: words("Producto", "Product"), Required: true, If: if_("related"), Help: words("Su código (SKU).", "Its SKU.")},
			{Key: "in_stock", Kind: flows.FieldBool, Label: words("Solo los que quedan", "Only those in stock")},
			{Key: "limit", Kind: flows.FieldNumber, Label: words("Cuántos", "How many"), Min: 1, Max: maxFound, Help: words("Vacío son 5.", "Empty is 5.")},
			{Key: "text", Kind: flows.FieldText, Label: words("Texto", "Text")},
			{Key: "choose", Kind: flows.FieldText, Label: words("Botón para elegir", "Button to choose")},
			{Key: "view", Kind: flows.FieldText, Label: words("Botón para ver", "Button to view")},
			{Key: "variable", Kind: flows.FieldVariable, Label: words("Guardar el código en", "Keep the SKU in")},
			{Key: "timeout_minutes", Kind: flows.FieldMinutes, Label: words("Espera la respuesta", "Waits for the answer"), Max: yearMinutes},
		},
		Exits: []flows.Exit{
			{Name: chosen, Label: words("Eligió uno", "One was chosen")},
			{Name: none, Label: words("No hay", "None found")},
			exitOther(), exitTimeout(), exitFailed(),
		},
		New: func() flows.Node { return &products{Search: "words"} },
	}
}

// shelf is what the node keeps while it waits.
type shelf struct {
	SKUs   []string `json:"skus,omitempty"`
	Titles []string `json:"titles,omitempty"`
}

// Offers implements flows.Offerer: a card's button counts whenever it is pressed.
func (*products) Offers(item string) bool { return item != "" && len(item) <= 64 }

func (n *products) Compile(c *flows.Compiler) {
	oneOf(c, "search", n.Search, "words", "collection", "related")
	n.Query.Compile(c, "query", false)
	n.Collection.Compile(c, "collection", n.Search == "collection")
	n.Related.Compile(c, "related", n.Search == "related")
	between(c, "limit", n.Limit, 0, maxFound)
	between(c, "timeout_minutes", n.Timeout, 0, yearMinutes)
	n.Text.or("Esto es lo que encontré:", "This is what I found:")
	n.Text.Compile(c, "text", false, maxText)
	n.Choose.or("Agregar", "Add")
	n.Choose.Compile(c, "choose", false, maxLabel)
	n.View.or("Ver", "View")
	n.View.Compile(c, "view", false, maxLabel)
	optional(c, "variable", n.Variable, expr.Text)
}

func (n *products) Run(r *flows.Run) string {
	switch in := r.Input(); in.Kind {
	case flows.Timer:
		return timeout
	case flows.Message:
		return n.choose(r, in.Message)
	case flows.Answer:
		got, ok := in.Result.Value.(flows.Products)
		if !ok || in.Result.Err != nil {
			return failed
		}
		return n.show(r, got)
	}
	ask := flows.FindProducts{InStock: n.InStock, Limit: cmp.Or(n.Limit, defaultCards)}
	switch n.Search {
	case "collection":
		ask.Collection = n.Collection.In(r)
	case "related":
		ask.RelatedTo = n.Related.In(r)
	default:
		if ask.Query = clip(n.Query.orMessage(r), maxDetail); ask.Query == "" {
			return none
		}
	}
	return r.Call(ask)
}

func (n *products) show(r *flows.Run, got flows.Products) string {
	if len(got.Cards) == 0 {
		return none
	}
	var s shelf
	out := chat.Content{Type: chat.Products, Text: n.Text.In(r)}
	for _, p := range got.Cards {
		s.SKUs, s.Titles = append(s.SKUs, p.ID), append(s.Titles, clip(p.Title, maxLabel))
		p.Buttons = []chat.Button{{ID: flows.PressID(r.Node(), p.ID), Label: clip(n.Choose.In(r), maxLabel)}}
		if p.URL != "" {
			p.Buttons = append(p.Buttons, chat.Button{ID: flows.PressID(r.Node(), "view"), Label: clip(n.View.In(r), maxLabel), URL: p.URL})
		}
		out.Products = append(out.Products, p)
	}
	r.Keep(s)
	r.Say(out)
	w := flows.Wait{For: flows.ForMessage}
	if n.Timeout > 0 {
		w.Until = r.Now().Add(minutes(n.Timeout))
	}
	return r.Wait(w)
}

// choose takes a card by its button, its place or its name. A press may come when the
// session has long gone on: then nothing is kept, and the button itself names the product.
func (n *products) choose(r *flows.Run, m chat.Content) string {
	var s shelf
	r.Kept(&s)
	sku, stale := pressed(m, r.Node())
	if sku == "" && !stale {
		i := reading.Choose(s.Titles, m.Words())
		if i >= 0 {
			sku = s.SKUs[i]
		} else if i = slices.Index(s.SKUs, m.Words()); i >= 0 {
			sku = s.SKUs[i]
		}
	}
	if sku == "" {
		return other
	}
	if n.Variable != "" {
		r.Set(n.Variable, sku)
	}
	return chosen
}
