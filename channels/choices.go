package channels

import (
	"strconv"
	"strings"

	"recado/internal/chat"
)

func (f *fitter) buttons(c chat.Content) {
	var choices, links []chat.Button
	for _, b := range c.Buttons {
		if b.URL == "" {
			choices = append(choices, b)
		} else {
			links = append(links, b)
		}
	}
	n := len(links)
	if n > f.caps.MaxLinkButtons || n > 0 && len(choices) > 0 && !(f.caps.MixButtons && f.fitsButtons(len(c.Buttons))) {
		f.breach(Breach{Limit: "max_link_buttons", Effect: AsText, Max: f.caps.MaxLinkButtons, Was: n})
		c.Text = join("\n", c.Text, linkLines(links))
		c.Buttons = choices
	}
	switch {
	case len(c.Buttons) == 0:
		f.text(c)
	case len(choices) == 0 || f.fitsButtons(len(c.Buttons)):
		f.offer(c)
	default:
		f.choices(c)
	}
}

// choices offers buttons that are too many for buttons.
func (f *fitter) choices(c chat.Content) {
	rows := make([]chat.Row, len(c.Buttons))
	for i, b := range c.Buttons {
		rows[i] = chat.Row{ID: b.ID, Title: b.Label}
	}
	sections := []chat.Section{{Rows: rows}}
	b := Breach{Limit: "max_buttons", Effect: AsList, Max: f.caps.MaxButtons, Was: len(rows)}
	if f.fitsList(len(rows)) {
		f.breach(b)
		f.offer(chat.Content{Type: chat.ListMenu, Text: c.Text, Quote: c.Quote,
			List: &chat.List{Open: f.say("Ver opciones", "See options"), Sections: sections}})
		return
	}
	b.Effect = AsText
	f.breach(b)
	f.numbered(c, sections)
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
// goes ahead of them as text. Labels that a cut would make the same are numbered instead.
func (f *fitter) offer(c chat.Content) {
	whole, met := c, len(f.breaches)
	var same bool
	if c.Type == chat.Buttons {
		c.Buttons, same = f.shortButtons(c.Buttons)
	} else {
		c.List, same = f.shortList(*c.List)
	}
	if same {
		f.breaches = f.breaches[:met]
		f.spelled(whole)
		return
	}
	most := f.caps.MaxButtonText
	if most == 0 {
		most = f.caps.MaxText
	}
	c.Text = strings.TrimSpace(c.Text)
	if n := length(c.Text); most > 0 && n > most {
		f.breach(Breach{Limit: "max_button_text", Effect: Split, Max: most, Was: n})
		parts := SplitText(c.Text, most)
		f.text(chat.Content{Type: chat.Text, Text: strings.Join(parts[:len(parts)-1], "\n"), Quote: c.Quote})
		c.Text, c.Quote = parts[len(parts)-1], [16]byte{}
	}
	if c.Text == "" {
		c.Text = f.say("Elige una opción:", "Choose an option:")
	}
	f.out = append(f.out, c)
}

// spelled writes an offer as text because its labels would be cut to the same.
func (f *fitter) spelled(c chat.Content) {
	if c.Type == chat.ListMenu {
		f.breach(Breach{Limit: "max_row_title", Effect: AsText, Max: f.caps.MaxRowTitle})
		f.numbered(c, c.List.Sections)
		return
	}
	f.breach(Breach{Limit: "max_button_label", Effect: AsText, Max: f.caps.MaxButtonLabel})
	var rows []chat.Row
	var links []chat.Button
	for _, b := range c.Buttons {
		if b.URL == "" {
			rows = append(rows, chat.Row{ID: b.ID, Title: b.Label})
		} else {
			links = append(links, b)
		}
	}
	c.Text = join("\n", c.Text, linkLines(links))
	if len(rows) == 0 {
		f.text(c)
		return
	}
	f.numbered(c, []chat.Section{{Rows: rows}})
}

// shortButtons cuts labels and tells whether that made two of them the same.
func (f *fitter) shortButtons(bs []chat.Button) (out []chat.Button, same bool) {
	seen := map[string]string{}
	for _, b := range bs {
		whole := b.Label
		b.Label = f.cut("max_button_label", whole, f.caps.MaxButtonLabel)
		same = same || seen[b.Label] != "" && seen[b.Label] != whole
		seen[b.Label] = whole
		out = append(out, b)
	}
	return out, same
}

func (f *fitter) shortList(l chat.List) (_ *chat.List, same bool) {
	l.Open = f.cut("max_list_open", l.Open, f.caps.MaxListOpen)
	seen := map[string]string{}
	sections := make([]chat.Section, len(l.Sections))
	for i, s := range l.Sections {
		s.Title = f.cut("max_row_title", s.Title, f.caps.MaxRowTitle)
		rows := make([]chat.Row, len(s.Rows))
		for j, r := range s.Rows {
			whole := r.Title
			r.Title = f.cut("max_row_title", whole, f.caps.MaxRowTitle)
			same = same || seen[r.Title] != "" && seen[r.Title] != whole
			seen[r.Title] = whole
			r.Description = f.cut("max_row_text", r.Description, f.caps.MaxRowText)
			rows[j] = r
		}
		s.Rows = rows
		sections[i] = s
	}
	l.Sections = sections
	return &l, same
}

func (f *fitter) cut(limit, s string, most int) string {
	n := length(s)
	if most == 0 || n <= most {
		return s
	}
	f.breach(Breach{Limit: limit, Effect: Shorter, Max: most, Was: n})
	r := []rune(s)
	return strings.TrimSpace(string(r[:wholeAt(r, most-1)])) + "…"
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

func linkLines(bs []chat.Button) string {
	lines := make([]string, len(bs))
	for i, b := range bs {
		lines[i] = b.Label + ": " + b.URL
	}
	return strings.Join(lines, "\n")
}
