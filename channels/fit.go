package channels

import (
	"strconv"
	"strings"
	"unicode"
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
	caption := c.Text
	if n := length(caption); n > f.caps.MaxCaption {
		f.breach(Breach{Limit: "max_caption", Effect: Split, Max: f.caps.MaxCaption, Was: n})
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
	group, _, _ := strings.Cut(mime, "/")
	for _, k := range []string{mime, group + "/*", "*/*"} {
		if n, ok := f.caps.Media[k]; ok {
			return n, true
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

func (f *fitter) buttons(c chat.Content) {
	var choices, links []chat.Button
	for _, b := range c.Buttons {
		if b.URL == "" {
			choices = append(choices, b)
		} else {
			links = append(links, b)
		}
	}
	mixed := len(choices) > 0 && len(links) > 0 && !f.caps.MixButtons
	if len(links) > 0 && (mixed || len(links) > f.caps.MaxLinkButtons) {
		f.breach(Breach{Limit: "max_link_buttons", Effect: AsText, Max: f.caps.MaxLinkButtons, Was: len(links)})
		c.Text = join("\n", c.Text, linkLines(links))
		links = nil
	}
	if len(choices) == 0 {
		if len(links) == 0 {
			f.text(chat.Content{Type: chat.Text, Text: c.Text, Quote: c.Quote})
			return
		}
		f.offer(chat.Content{Type: chat.Buttons, Text: c.Text, Buttons: links, Quote: c.Quote})
		return
	}
	if f.fitsButtons(len(choices) + len(links)) {
		f.offer(chat.Content{Type: chat.Buttons, Text: c.Text, Buttons: append(choices, links...), Quote: c.Quote})
		return
	}
	if len(links) > 0 { // kept beside buttons only
		c.Text = join("\n", c.Text, linkLines(links))
	}
	rows := make([]chat.Row, len(choices))
	for i, b := range choices {
		rows[i] = chat.Row{ID: b.ID, Title: b.Label}
	}
	if f.fitsList(len(choices)) {
		f.breach(Breach{Limit: "max_buttons", Effect: AsList, Max: f.caps.MaxButtons, Was: len(choices)})
		f.offer(chat.Content{Type: chat.ListMenu, Text: c.Text, Quote: c.Quote,
			List: &chat.List{Open: f.say("Ver opciones", "See options"), Sections: []chat.Section{{Rows: rows}}}})
		return
	}
	f.breach(Breach{Limit: "max_buttons", Effect: AsText, Max: f.caps.MaxButtons, Was: len(choices)})
	f.numbered(c, []chat.Section{{Rows: rows}})
}

func (f *fitter) fitsButtons(n int) bool { return f.caps.MaxButtons > 0 && n <= f.caps.MaxButtons }

func (f *fitter) fitsList(n int) bool { return f.caps.MaxListRows > 0 && n <= f.caps.MaxListRows }

func (f *fitter) list(c chat.Content) {
	n := 0
	for _, s := range c.List.Sections {
		n += len(s.Rows)
	}
	if f.fitsList(n) {
		f.offer(c)
		return
	}
	f.breach(Breach{Limit: "max_list_rows", Effect: AsText, Max: f.caps.MaxListRows, Was: n})
	f.numbered(c, c.List.Sections)
}

// offer sends buttons or a list as such: labels are cut to fit and a body that is too long
// goes ahead of them as text.
func (f *fitter) offer(c chat.Content) {
	most := f.caps.MaxButtonText
	if most == 0 {
		most = f.caps.MaxText
	}
	if n := length(c.Text); n > most {
		f.breach(Breach{Limit: "max_button_text", Effect: Split, Max: most, Was: n})
		parts := SplitText(c.Text, most)
		f.text(chat.Content{Type: chat.Text, Text: strings.Join(parts[:len(parts)-1], "\n"), Quote: c.Quote})
		c.Text, c.Quote = parts[len(parts)-1], [16]byte{}
	}
	if c.Text == "" {
		c.Text = f.say("Elige una opción:", "Choose an option:")
	}
	if c.Type == chat.Buttons {
		bs := make([]chat.Button, len(c.Buttons))
		for i, b := range c.Buttons {
			b.Label = f.cut("max_button_label", b.Label, f.caps.MaxButtonLabel)
			bs[i] = b
		}
		c.Buttons = bs
	} else {
		c.List = f.shortList(*c.List)
	}
	f.out = append(f.out, c)
}

func (f *fitter) shortList(l chat.List) *chat.List {
	l.Open = f.cut("max_list_open", l.Open, f.caps.MaxListOpen)
	sections := make([]chat.Section, len(l.Sections))
	for i, s := range l.Sections {
		s.Title = f.cut("max_row_title", s.Title, f.caps.MaxRowTitle)
		rows := make([]chat.Row, len(s.Rows))
		for j, r := range s.Rows {
			r.Title = f.cut("max_row_title", r.Title, f.caps.MaxRowTitle)
			r.Description = f.cut("max_row_text", r.Description, f.caps.MaxRowText)
			rows[j] = r
		}
		s.Rows = rows
		sections[i] = s
	}
	l.Sections = sections
	return &l
}

func (f *fitter) cut(limit, s string, most int) string {
	n := length(s)
	if most == 0 || n <= most {
		return s
	}
	f.breach(Breach{Limit: limit, Effect: Shorter, Max: most, Was: n})
	return string([]rune(s)[:most-1]) + "…"
}

// numbered writes choices as lines. The numbers count through all sections.
func (f *fitter) numbered(c chat.Content, sections []chat.Section) {
	var b strings.Builder
	b.WriteString(c.Text)
	n := 0
	for _, s := range sections {
		b.WriteString("\n")
		if s.Title != "" {
			b.WriteString("\n" + s.Title)
		}
		for _, r := range s.Rows {
			n++
			b.WriteString("\n" + strconv.Itoa(n) + ". " + join(" – ", r.Title, r.Description))
		}
	}
	b.WriteString("\n\n" + f.say("Responde con el número de tu opción.", "Reply with the number of your choice."))
	f.text(chat.Content{Type: chat.Text, Text: strings.TrimLeft(b.String(), "\n"), Quote: c.Quote})
}

func (f *fitter) products(c chat.Content) {
	if f.caps.MaxProducts > 0 {
		if len(c.Products) > f.caps.MaxProducts {
			f.breach(Breach{Limit: "max_products", Effect: Split, Max: f.caps.MaxProducts, Was: len(c.Products)})
		}
		for i := 0; i < len(c.Products); i += f.caps.MaxProducts {
			part := c
			part.Products = c.Products[i:min(i+f.caps.MaxProducts, len(c.Products))]
			if i > 0 {
				part.Text, part.Quote = "", [16]byte{}
			}
			f.out = append(f.out, part)
		}
		return
	}
	f.breach(Breach{Limit: "max_products", Effect: AsText, Was: len(c.Products)})
	lines := []string{c.Text}
	for i, p := range c.Products {
		head := join(" – ", p.Title, Price(p.Price, p.Currency, f.o.Language))
		if len(c.Products) > 1 {
			head = strconv.Itoa(i+1) + ". " + head
		}
		lines = append(lines, "", head, p.Text, p.URL)
	}
	f.text(chat.Content{Type: chat.Text, Text: strings.TrimSpace(joinLines(lines)), Quote: c.Quote})
}

func (f *fitter) location(c chat.Content) {
	if f.caps.Locations {
		f.out = append(f.out, c)
		return
	}
	f.breach(Breach{Limit: "locations", Effect: AsLink})
	l := c.Location
	at := strconv.FormatFloat(l.Latitude, 'f', -1, 64) + "," + strconv.FormatFloat(l.Longitude, 'f', -1, 64)
	f.text(chat.Content{Type: chat.Text, Text: join("\n", c.Text, l.Name, l.Address, "https://maps.google.com/?q="+at), Quote: c.Quote})
}

func (f *fitter) contact(c chat.Content) {
	if f.caps.Contacts {
		f.out = append(f.out, c)
		return
	}
	f.breach(Breach{Limit: "contacts", Effect: AsText})
	lines := append([]string{c.Text, c.Contact.Name}, c.Contact.Phones...)
	f.text(chat.Content{Type: chat.Text, Text: join("\n", append(lines, c.Contact.Emails...)...), Quote: c.Quote})
}

func (f *fitter) say(es, en string) string {
	if strings.HasPrefix(f.o.Language, "en") {
		return en
	}
	return es
}

func linkLines(bs []chat.Button) string {
	lines := make([]string, len(bs))
	for i, b := range bs {
		lines[i] = b.Label + ": " + b.URL
	}
	return strings.Join(lines, "\n")
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

// joinLines joins lines and leaves out empty ones but the one before each block.
func joinLines(lines []string) string {
	var out []string
	for i, l := range lines {
		if l != "" || i+1 < len(lines) && lines[i+1] != "" && len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// SplitText cuts a text into parts of at most most characters, at the last paragraph, line,
// sentence or word that fits; no part is empty and nothing but white space is lost.
func SplitText(s string, most int) []string {
	s = strings.TrimSpace(s)
	if most <= 0 || length(s) <= most {
		return []string{s}
	}
	var out []string
	for length(s) > most {
		r := []rune(s)
		at := cutAt(r[:most+1])
		out = append(out, strings.TrimSpace(string(r[:at])))
		s = strings.TrimSpace(string(r[at:]))
	}
	if s != "" {
		out = append(out, s)
	}
	return out
}

// cutAt finds where to cut r, whose last rune is already beyond the limit. A cut in the
// first half would make crumbs, so a coarser boundary counts only in the second.
func cutAt(r []rune) int {
	n := len(r) - 1
	for _, ends := range []func(i int) bool{
		func(i int) bool { return r[i-1] == '\n' && i > 1 && r[i-2] == '\n' },
		func(i int) bool { return r[i-1] == '\n' },
		func(i int) bool { return unicode.IsSpace(r[i]) && strings.ContainsRune(".!?…", r[i-1]) },
		func(i int) bool { return unicode.IsSpace(r[i]) },
	} {
		for i := n; i > n/2; i-- {
			if ends(i) {
				return i
			}
		}
	}
	for i := n; i > max(0, n-8); i-- { // do not part an accent or an emoji's pieces
		if !unicode.Is(unicode.M, r[i]) && r[i] != '\u200d' && r[i-1] != '\u200d' && (r[i] < 0x1f3fb || r[i] > 0x1f3ff) {
			return i
		}
	}
	return n
}
