package channels

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/internal/chat"
)

// Effect is what a limit did to a message.
type Effect string

// From harmless to grave: Refused means that the channel cannot carry it at all.
const (
	Split    Effect = "split"    // becomes several messages
	AsList   Effect = "list"     // buttons become a list
	AsText   Effect = "text"     // becomes (numbered) text; the answer still counts
	AsLink   Effect = "link"     // the file or picture becomes an address
	Shorter  Effect = "shorter"  // a label or description is cut
	Dropped  Effect = "dropped"  // a part is left out
	AsAudio  Effect = "audio"    // a voice note becomes an audio file
	TooLarge Effect = "toolarge" // becomes an address: the file is too large
	Refused  Effect = "refused"
)

// Breach is one limit a message met. Limit is the JSON name of the capability.
type Breach struct {
	Limit  string `json:"limit" example:"max_buttons"`
	Effect Effect `json:"effect" enum:"split,list,text,link,shorter,dropped,audio,toolarge,refused"`
	Max    int    `json:"max,omitempty" doc:"What the channel allows"`
	Was    int    `json:"was,omitempty" doc:"What the message has"`
}

// FitOptions are what Fit cannot know of a message.
type FitOptions struct {
	Language string                  // of the words around numbered choices: "es" or "en"
	Link     func(chat.Media) string // an address for a file the channel cannot carry; may be nil
}

// Fit turns a message into those the channel can carry, in order, and says which limits it
// met. It is pure. The parts together say what the whole said: choices that cannot be
// buttons become a list, else numbered lines, whose answer the bot understands by number,
// ordinal or label. Nothing is returned when the channel cannot carry the message at all.
func Fit(c chat.Content, caps Capabilities, o FitOptions) ([]chat.Content, []Breach) {
	f := &fitter{caps: caps, o: o}
	if !c.Quote.IsZero() && !caps.Quotes {
		f.breach(Breach{Limit: "quotes", Effect: Dropped})
		c.Quote = [16]byte{}
	}
	f.fit(c)
	if f.refused {
		return nil, f.breaches
	}
	return f.out, f.breaches
}

type fitter struct {
	caps     Capabilities
	o        FitOptions
	out      []chat.Content
	breaches []Breach
	refused  bool
}

func (f *fitter) breach(b Breach) {
	f.breaches = append(f.breaches, b)
	f.refused = f.refused || b.Effect == Refused
}

func (f *fitter) fit(c chat.Content) {
	switch c.Type {
	case chat.Text:
		f.text(c)
	case chat.Image, chat.Audio, chat.Voice, chat.Video, chat.Document:
		f.media(c)
	case chat.Buttons:
		f.buttons(c)
	case chat.ListMenu:
		f.list(c)
	case chat.Products:
		f.products(c)
	case chat.LocationMsg:
		f.location(c)
	case chat.ContactCard:
		f.contact(c)
	case chat.TemplateMsg:
		f.need(f.caps.Templates, "templates", c)
	case chat.ReactionMsg:
		f.need(f.caps.Reactions, "reactions", c)
	default: // answers and the unsupported are what customers send
		f.breach(Breach{Limit: "type", Effect: Refused})
	}
}

func (f *fitter) need(can bool, limit string, c chat.Content) {
	if !can {
		f.breach(Breach{Limit: limit, Effect: Refused})
		return
	}
	f.out = append(f.out, c)
}

// text splits at paragraphs, then lines, sentences, words, and at last anywhere.
func (f *fitter) text(c chat.Content) {
	parts := SplitText(c.Text, f.caps.MaxText)
	if len(parts) > 1 {
		f.breach(Breach{Limit: "max_text", Effect: Split, Max: f.caps.MaxText, Was: length(c.Text)})
	}
	for i, p := range parts {
		part := chat.Content{Type: chat.Text, Text: p}
		if i == 0 {
			part.Quote = c.Quote
		}
		f.out = append(f.out, part)
	}
}

func (f *fitter) media(c chat.Content) {
	if c.Type == chat.Voice && !f.caps.Voice {
		f.breach(Breach{Limit: "voice", Effect: AsAudio})
		c.Type = chat.Audio
	}
	limit, ok := f.allowed(c.Media.MIME)
	switch {
	case !ok:
		f.link(c, Breach{Limit: "media", Effect: AsLink})
		return
	case c.Media.Size > limit:
		f.link(c, Breach{Limit: "media", Effect: TooLarge, Max: int(limit), Was: int(c.Media.Size)})
		return
	}
	c.Text = strings.TrimSpace(c.Text)
	caption, most := c.Text, f.caps.MaxCaption
	if c.Type == chat.Audio || c.Type == chat.Voice {
		most = 0 // nearly no platform shows words under a sound
	}
	if n := length(caption); n > most {
		f.breach(Breach{Limit: "max_caption", Effect: Split, Max: most, Was: n})
		c.Text = ""
		f.out = append(f.out, c)
		f.text(chat.Plain(caption))
		return
	}
	f.out = append(f.out, c)
}

// allowed is the largest size of a MIME type; "image/*" and "*/*" stand for many.
func (f *fitter) allowed(mime string) (int64, bool) {
	mime, _, _ = strings.Cut(mime, ";")
	mime = strings.ToLower(strings.TrimSpace(mime))
	group, _, _ := strings.Cut(mime, "/")
	for _, k := range []string{mime, group + "/*", "*/*"} {
		if n, ok := f.caps.Media[k]; ok {
			return n, n > 0
		}
	}
	return 0, false
}

func (f *fitter) link(c chat.Content, b Breach) {
	var address string
	if f.o.Link != nil {
		address = f.o.Link(*c.Media)
	}
	if address == "" {
		b.Effect = Refused
	}
	f.breach(b)
	f.text(chat.Content{Type: chat.Text, Text: join("\n", c.Text, join(": ", c.Media.Name, address)), Quote: c.Quote})
}

func (f *fitter) products(c chat.Content) {
	if f.caps.MaxProducts == 0 {
		f.productLines(c)
		return
	}
	if len(c.Products) > f.caps.MaxProducts {
		f.breach(Breach{Limit: "max_products", Effect: Split, Max: f.caps.MaxProducts, Was: len(c.Products)})
	}
	if length(c.Text) > f.caps.MaxText && f.caps.MaxText > 0 {
		c = f.ahead(c)
	}
	cards := slices.Clone(c.Products)
	for i, p := range cards {
		cards[i].Buttons, _ = f.shortButtons(p.Buttons)
	}
	for part := range slices.Chunk(cards, f.caps.MaxProducts) {
		c.Products = part
		f.out = append(f.out, c)
		c.Text, c.Quote = "", [16]byte{}
	}
}

// productLines writes cards as text: all but their pictures and choices.
func (f *fitter) productLines(c chat.Content) {
	f.breach(Breach{Limit: "max_products", Effect: AsText, Was: len(c.Products)})
	blocks, dropped := []string{c.Text}, 0
	for i, p := range c.Products {
		head := join(" – ", p.Title, Price(p.Price, p.Currency, f.o.Language))
		if len(c.Products) > 1 {
			head = strconv.Itoa(i+1) + ". " + head
		}
		links := slices.DeleteFunc(slices.Clone(p.Buttons), func(b chat.Button) bool { return b.URL == "" })
		dropped += len(p.Buttons) - len(links)
		blocks = append(blocks, join("\n", head, p.Text, p.URL, linkLines(links)))
	}
	if dropped > 0 {
		f.breach(Breach{Limit: "max_buttons", Effect: Dropped, Was: dropped})
	}
	f.text(chat.Content{Type: chat.Text, Text: join("\n\n", blocks...), Quote: c.Quote})
}

// ahead sends a content's words as a text of their own, and what it quotes with them.
func (f *fitter) ahead(c chat.Content) chat.Content {
	f.text(chat.Content{Type: chat.Text, Text: c.Text, Quote: c.Quote})
	c.Text, c.Quote = "", [16]byte{}
	return c
}

func (f *fitter) location(c chat.Content) {
	if f.caps.Locations {
		f.out = append(f.out, f.bare(c))
		return
	}
	f.breach(Breach{Limit: "locations", Effect: AsLink})
	l := c.Location
	at := strconv.FormatFloat(l.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	f.text(chat.Content{Type: chat.Text, Text: join("\n", c.Text, l.Name, l.Address, "https://maps.google.com/?q="+at), Quote: c.Quote})
}

func (f *fitter) contact(c chat.Content) {
	if f.caps.Contacts {
		f.out = append(f.out, f.bare(c))
		return
	}
	f.breach(Breach{Limit: "contacts", Effect: AsText})
	lines := append([]string{c.Text, c.Contact.Name}, c.Contact.Phones...)
	f.text(chat.Content{Type: chat.Text, Text: join("\n", append(lines, c.Contact.Emails...)...), Quote: c.Quote})
}

// bare takes the words off what has no caption anywhere, and sends them ahead.
func (f *fitter) bare(c chat.Content) chat.Content {
	if strings.TrimSpace(c.Text) == "" {
		return c
	}
	f.breach(Breach{Limit: "max_caption", Effect: Split, Was: length(c.Text)})
	return f.ahead(c)
}

func (f *fitter) say(es, en string) string {
	if strings.HasPrefix(f.o.Language, "en") {
		return en
	}
	return es
}

func length(s string) int { return utf8.RuneCountInString(s) }

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}
