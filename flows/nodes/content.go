package nodes

import (
	"cmp"
	"fmt"
	"strings"

	"recado/flows"
	"recado/internal/chat"
	"recado/internal/errs"
)

// Lengths, in runes, that hold on every channel (chat.Content); a channel's own are narrower.
const (
	maxText    = 4000 // a template; chat.MaxText holds for what it becomes
	maxLabel   = 120
	maxOpen    = 60
	maxDetail  = 300
	maxButtons = 20
	maxRows    = 50
	maxCards   = 30
)

// Content is a message of any type that a bot may send, with its texts per language:
// chat.Content as people write it in a flow.
type Content struct {
	Type     chat.Type      `json:"type"`
	Text     Line           `json:"text,omitzero"`
	Media    *chat.Media    `json:"media,omitempty"`
	Location *chat.Location `json:"location,omitempty"`
	Contact  *chat.Card     `json:"contact,omitempty"`
	Buttons  []Button       `json:"buttons,omitempty"`
	List     *Menu          `json:"list,omitempty"`
	Products []Card         `json:"products,omitempty"`
	node     string
}

// Button is a choice (URL empty) or a link.
type Button struct {
	ID    string   `json:"id"`
	Label Line     `json:"label"`
	URL   Template `json:"url,omitzero"`
}

// Menu is a list that opens.
type Menu struct {
	Open  Line  `json:"open,omitzero"` // label of the control; empty says "Ver opciones"
	Items []Row `json:"items"`
}

// Row is one entry of a Menu. One with a Section begins a part of the list of that title.
type Row struct {
	ID          string `json:"id"`
	Label       Line   `json:"label"`
	Description Line   `json:"description,omitzero"`
	Section     Line   `json:"section,omitzero"`
}

// Card is a product as written by hand; those of the shop come from the node products.
// Price is in the currency's minor unit.
type Card struct {
	ID       string   `json:"id"`
	Title    Line     `json:"title"`
	Text     Line     `json:"text,omitzero"`
	Price    int64    `json:"price,omitempty"`
	Currency string   `json:"currency,omitempty"`
	Image    Template `json:"image,omitzero"`
	URL      Template `json:"url,omitzero"`
	Buttons  []Button `json:"buttons,omitempty"`
}

// Compile readies texts and checks that what the type needs is there. at is the content's
// place in the node's data, "" for the data itself.
func (c *Content) Compile(to *flows.Compiler, at string) {
	c.node = to.ID()
	if at != "" {
		at += "."
	}
	c.Text.Compile(to, at+"text", c.Type == chat.Text, maxText)
	compileButtons(to, at+"buttons", c.Buttons, maxButtons)
	if c.List != nil {
		c.List.compile(to, at+"list.")
	}
	if len(c.Products) > maxCards {
		to.Fault(at+"products", "node.too_many", "max", maxCards)
	}
	for i := range c.Products {
		c.Products[i].compile(to, fmt.Sprintf("%sproducts[%d]", at, i))
	}
	switch c.Type {
	case chat.Text, chat.Image, chat.Audio, chat.Voice, chat.Video, chat.Document, chat.LocationMsg, chat.ContactCard, chat.Buttons, chat.ListMenu, chat.Products:
		whole := c.As(to.Language())
		c.missing(to, at, whole.Check())
	default:
		to.Fault(at+"type", "node.content_type", "type", string(c.Type))
	}
}

// missing reports what chat.Content.Check found, unless the texts' own check has told it.
func (c *Content) missing(to *flows.Compiler, at string, err error) {
	if p, ok := err.(*errs.Problem); ok && p.Field != "text" && (p.Field != "buttons" || len(c.Buttons) == 0) {
		to.Fault(at+p.Field, p.Code, "type", string(c.Type))
	}
}

func compileButtons(to *flows.Compiler, at string, bs []Button, most int) {
	if len(bs) > most {
		to.Fault(at, "node.too_many", "max", most)
	}
	ids := make([]string, len(bs))
	for i := range bs {
		b := &bs[i]
		ids[i] = b.ID
		b.Label.Compile(to, fmt.Sprintf("%s[%d].label", at, i), true, maxLabel)
		b.URL.Compile(to, fmt.Sprintf("%s[%d].url", at, i), false)
	}
	itemIDs(to, at, ids, other, timeout)
}

// compile readies the menu; at is what its places begin with.
func (m *Menu) compile(to *flows.Compiler, at string) {
	m.Open.Compile(to, at+"open", false, maxOpen)
	at += "items"
	switch n := len(m.Items); {
	case n == 0:
		to.Fault(at, "flow.required")
	case n > maxRows:
		to.Fault(at, "node.too_many", "max", maxRows)
	}
	ids := make([]string, len(m.Items))
	for i := range m.Items {
		r := &m.Items[i]
		ids[i] = r.ID
		r.Label.Compile(to, fmt.Sprintf("%s[%d].label", at, i), true, maxLabel)
		r.Description.Compile(to, fmt.Sprintf("%s[%d].description", at, i), false, maxDetail)
		r.Section.Compile(to, fmt.Sprintf("%s[%d].section", at, i), false, maxOpen)
	}
	itemIDs(to, at, ids, other, timeout)
	if n := len(m.build(pen{language: to.Language()}, "").Sections); n > maxSections {
		to.Fault(at, "node.too_many_sections", "max", maxSections)
	}
}

func (p *Card) compile(to *flows.Compiler, at string) {
	p.Title.Compile(to, at+".title", true, 200)
	p.Text.Compile(to, at+".text", false, 1000)
	p.Image.Compile(to, at+".image", false)
	p.URL.Compile(to, at+".url", false)
	compileButtons(to, at+".buttons", p.Buttons, 3)
}

// In is the content as the session's contact reads it.
func (c *Content) In(r *flows.Run) chat.Content {
	return c.build(pen{r: r})
}

// As is the content in one language with its places as written.
func (c *Content) As(language string) chat.Content {
	return c.build(pen{language: language})
}

// pen writes a content out: filled for a run, or as it stands in a language.
type pen struct {
	r        *flows.Run
	language string
}

func (p pen) line(l *Line) string {
	if p.r != nil {
		return l.In(p.r)
	}
	return l.As(p.language)
}

func (p pen) place(t *Template) string {
	if p.r != nil {
		return t.In(p.r)
	}
	return t.source
}

// english reports the language of the few words that a content brings itself.
func (p pen) english() bool {
	lang := p.language
	if p.r != nil {
		lang = p.r.Language()
	}
	return len(lang) >= 2 && lang[:2] == "en"
}

func (c *Content) build(p pen) chat.Content {
	out := chat.Content{Type: c.Type, Text: p.line(&c.Text), Media: c.Media, Location: c.Location, Contact: c.Contact}
	if len(out.Text) > chat.MaxText {
		out.Text = strings.ToValidUTF8(out.Text[:chat.MaxText], "")
	}
	out.Buttons = p.buttons(c.node, c.Buttons)
	if c.List != nil {
		out.List = c.List.build(p, c.node)
	}
	for i := range c.Products {
		x := &c.Products[i]
		out.Products = append(out.Products, chat.Product{ID: x.ID, Title: clip(cmp.Or(p.line(&x.Title), x.ID), 200), Text: clip(p.line(&x.Text), 1000),
			Price: x.Price, Currency: x.Currency, Image: p.place(&x.Image), URL: p.place(&x.URL), Buttons: p.buttons(c.node, x.Buttons)})
	}
	return out
}

func (p pen) buttons(node string, bs []Button) []chat.Button {
	var out []chat.Button
	for i := range bs {
		b := &bs[i]
		url := p.place(&b.URL)
		if url == "" && !b.URL.Empty() {
			continue // without its address a link would look like a choice
		}
		// A label whose places came to nothing still needs words to be pressed on.
		out = append(out, chat.Button{ID: flows.PressID(node, b.ID), Label: clip(cmp.Or(p.line(&b.Label), b.ID), maxLabel), URL: url})
	}
	return out
}

func (m *Menu) build(p pen, node string) *chat.List {
	out := &chat.List{Open: clip(p.line(&m.Open), maxOpen)}
	if out.Open == "" {
		out.Open = "Ver opciones"
		if p.english() {
			out.Open = "See options"
		}
	}
	for i := range m.Items {
		r := &m.Items[i]
		title := clip(p.line(&r.Section), maxOpen)
		last := len(out.Sections) - 1
		if last < 0 || title != "" || len(out.Sections[last].Rows) == maxSection {
			out.Sections = append(out.Sections, chat.Section{Title: title})
			last++
		}
		out.Sections[last].Rows = append(out.Sections[last].Rows, chat.Row{ID: flows.PressID(node, r.ID),
			Title: clip(cmp.Or(p.line(&r.Label), r.ID), maxLabel), Description: clip(p.line(&r.Description), maxDetail)})
	}
	return out
}

// What a chat.List may have: sections, and rows in each.
const maxSections, maxSection = 10, 10
