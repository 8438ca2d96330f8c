package channels

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"recado/internal/chat"
	"recado/internal/id"
)

// narrow is a channel with small limits, so that a short message meets them.
var narrow = Capabilities{
	MaxText: 40, MaxCaption: 10, MaxButtons: 3, MaxButtonLabel: 12, MaxButtonText: 30, MaxLinkButtons: 1,
	MaxListRows: 4, MaxRowTitle: 10, MaxRowText: 12, MaxListOpen: 8, MaxProducts: 2,
	Media: map[string]int64{"image/jpeg": 100, "audio/*": 100, "image/webp": 0}, Voice: true,
	Locations: true, Contacts: true, Reactions: true, Quotes: true, Templates: true,
}

// bare is a channel that carries text alone.
var bare = Capabilities{MaxText: 1000}

func file(t chat.Type, mime string, size int64, caption string) chat.Content {
	return chat.Content{Type: t, Text: caption, Media: &chat.Media{File: id.New[id.File](), MIME: mime, Size: size, Name: "x.bin"}}
}

func choices(labels ...string) chat.Content {
	c := chat.Content{Type: chat.Buttons, Text: "¿Cuál?"}
	for _, l := range labels {
		b := chat.Button{ID: l, Label: l}
		if url, ok := strings.CutPrefix(l, "->"); ok {
			b.Label, b.URL = url, "https://t.example/"+url
		}
		c.Buttons = append(c.Buttons, b)
	}
	return c
}

func menu(titles ...string) chat.Content {
	s := chat.Section{Title: "Todo"}
	for _, t := range titles {
		title, about, _ := strings.Cut(t, "|")
		s.Rows = append(s.Rows, chat.Row{ID: title, Title: title, Description: about})
	}
	return chat.Content{Type: chat.ListMenu, Text: "Elige", List: &chat.List{Open: "Ver", Sections: []chat.Section{s}}}
}

// show is a part in a line: its type, its words and what it offers.
func show(c chat.Content) string {
	out := []string{string(c.Type)}
	if c.Text != "" {
		out = append(out, c.Text)
	}
	for _, b := range c.Buttons {
		out = append(out, "["+b.Label+"]")
	}
	if c.List != nil {
		out = append(out, "{"+c.List.Open+"}")
		for _, s := range c.List.Sections {
			for _, r := range s.Rows {
				out = append(out, "("+join(" ", r.Title, r.Description)+")")
			}
		}
	}
	for _, p := range c.Products {
		out = append(out, "<"+p.Title+">")
		for _, b := range p.Buttons {
			out = append(out, "["+b.Label+"]")
		}
	}
	if !c.Quote.IsZero() {
		out = append(out, "+quote")
	}
	return strings.Join(out, " ")
}

func TestFit(t *testing.T) {
	t.Parallel()
	link := func(m chat.Media) string { return "https://f.example/" + m.Name }
	quoting := func(c chat.Content) chat.Content { c.Quote = id.New[id.Message](); return c }
	cards := func(n int, buttons ...chat.Button) chat.Content {
		c := chat.Content{Type: chat.Products, Text: "Mira"}
		for i := range n {
			c.Products = append(c.Products, chat.Product{Title: "P" + string(rune('1'+i)), Price: 1050, Currency: "EUR", URL: "https://t.example/p", Buttons: buttons})
		}
		return c
	}
	mixing := narrow
	mixing.MixButtons = true
	silent := narrow
	silent.Voice = false
	place := chat.Content{Type: chat.LocationMsg, Text: "Aquí", Location: &chat.Location{Latitude: 19.5, Longitude: -99.25, Name: "Centro", Address: "Madero 1"}}
	card := chat.Content{Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis", Phones: []string{"+5255"}, Emails: []string{"l@t.example"}}}

	for name, x := range map[string]struct {
		caps     Capabilities
		in       chat.Content
		parts    []string
		breaches []string // "limit effect"
	}{
		"text":           {narrow, chat.Plain("Hola"), []string{"text Hola"}, nil},
		"long text":      {narrow, quoting(chat.Plain("Uno dos tres cuatro cinco. Seis siete ocho nueve.")), []string{"text Uno dos tres cuatro cinco. +quote", "text Seis siete ocho nueve."}, []string{"max_text split"}},
		"no quotes":      {bare, quoting(chat.Plain("Hola")), []string{"text Hola"}, []string{"quotes dropped"}},
		"image":          {narrow, file(chat.Image, "image/jpeg", 100, "Mira"), []string{"image Mira"}, nil},
		"MIME at length": {narrow, file(chat.Voice, "Audio/OGG ; codecs=opus", 9, ""), []string{"voice"}, nil},
		"long caption":   {narrow, quoting(file(chat.Image, "image/jpeg", 1, "Mira esto que llegó")), []string{"image +quote", "text Mira esto que llegó"}, []string{"max_caption split"}},
		"blank caption":  {narrow, file(chat.Image, "image/jpeg", 1, strings.Repeat(" ", 20)), []string{"image"}, nil},
		"sound caption":  {narrow, file(chat.Audio, "audio/mpeg", 1, "Oye"), []string{"audio", "text Oye"}, []string{"max_caption split"}},
		"no voice":       {silent, file(chat.Voice, "audio/ogg", 1, ""), []string{"audio"}, []string{"voice audio"}},
		"too large":      {narrow, file(chat.Image, "image/jpeg", 101, "Mira"), []string{"text Mira\nx.bin: https://f.example/x.bin"}, []string{"media toolarge"}},
		"unknown kind":   {narrow, file(chat.Document, "application/pdf", 1, ""), []string{"text x.bin: https://f.example/x.bin"}, []string{"media link"}},
		"excluded kind":  {narrow, file(chat.Image, "image/webp", 1, ""), []string{"text x.bin: https://f.example/x.bin"}, []string{"media link"}},

		"buttons":          {narrow, choices("a", "b", "c"), []string{"buttons ¿Cuál? [a] [b] [c]"}, nil},
		"too many":         {narrow, choices("a", "b", "c", "d"), []string{"list ¿Cuál? {Ver opc…} (a) (b) (c) (d)"}, []string{"max_buttons list", "max_list_open shorter"}},
		"far too many":     {narrow, choices("a", "b", "c", "d", "e"), []string{"text ¿Cuál?\n\n1. a\n2. b\n3. c\n4. d\n5. e", "text Responde con el número de tu opción."}, []string{"max_buttons text", "max_text split"}},
		"none at all":      {bare, quoting(choices("a", "b")), []string{"text ¿Cuál?\n\n1. a\n2. b\n\nResponde con el número de tu opción."}, []string{"quotes dropped", "max_buttons text"}},
		"long label":       {narrow, choices("Sí, lo quiero ya", "No"), []string{"buttons ¿Cuál? [Sí, lo quie…] [No]"}, []string{"max_button_label shorter"}},
		"labels cut alike": {narrow, choices("Camiseta azul talla M", "Camiseta azul talla L"), []string{"text ¿Cuál?\n\n1. Camiseta azul talla M", "text 2. Camiseta azul talla L", "text Responde con el número de tu opción."}, []string{"max_button_label text", "max_text split"}},
		"long body": {narrow, func() chat.Content {
			c := quoting(choices("a"))
			c.Text = "Primero lo que hay que saber. ¿Cuál?"
			return c
		}(), []string{"text Primero lo que hay que saber. +quote", "buttons ¿Cuál? [a]"}, []string{"max_button_text split"}},
		"no body":         {narrow, chat.Content{Type: chat.Buttons, Buttons: choices("a").Buttons}, []string{"buttons Elige una opción: [a]"}, nil},
		"link":            {narrow, choices("->ver"), []string{"buttons ¿Cuál? [ver]"}, nil},
		"two links":       {narrow, choices("->ver", "->ir"), []string{"text ¿Cuál?\nver: https://t.example/ver", "text ir: https://t.example/ir"}, []string{"max_link_buttons text", "max_text split"}},
		"link and choice": {narrow, choices("a", "->v"), []string{"buttons ¿Cuál?\nv: https://t.example/v [a]"}, []string{"max_link_buttons text"}},
		"mixed":           {mixing, choices("a", "->v", "b"), []string{"buttons ¿Cuál? [a] [v] [b]"}, nil},
		"mixed, too many": {mixing, choices("a", "->v", "b", "c"), []string{"buttons ¿Cuál?\nv: https://t.example/v [a] [b] [c]"}, []string{"max_link_buttons text"}},

		"list":            {narrow, menu("uno|el primero de todos", "dos"), []string{"list Elige {Ver} (uno el primero…) (dos)"}, []string{"max_row_text shorter"}},
		"long list":       {narrow, menu("1", "2", "3", "4", "5"), []string{"text Elige\n\nTodo\n1. 1\n2. 2\n3. 3\n4. 4\n5. 5", "text Responde con el número de tu opción."}, []string{"max_list_rows text", "max_text split"}},
		"rows cut alike":  {narrow, menu("Camiseta roja", "Camiseta rosa"), []string{"text Elige\n\nTodo\n1. Camiseta roja", "text 2. Camiseta rosa\n\nResponde con el número", "text de tu opción."}, []string{"max_row_title text", "max_text split"}},
		"list as text":    {bare, menu("uno|el primero", "dos"), []string{"text Elige\n\nTodo\n1. uno – el primero\n2. dos\n\nResponde con el número de tu opción."}, []string{"max_list_rows text"}},
		"cards":           {narrow, quoting(cards(3)), []string{"products Mira <P1> <P2> +quote", "products <P3>"}, []string{"max_products split"}},
		"cards' labels":   {narrow, cards(1, chat.Button{ID: "a", Label: "Comprar ahora mismo"}), []string{"products Mira <P1> [Comprar aho…]"}, []string{"max_button_label shorter"}},
		"cards as text":   {bare, cards(2), []string{"text Mira\n\n1. P1 – 10,50 €\nhttps://t.example/p\n\n2. P2 – 10,50 €\nhttps://t.example/p"}, []string{"max_products text"}},
		"cards' buttons":  {bare, cards(1, chat.Button{ID: "a", Label: "Quiero"}, chat.Button{ID: "b", Label: "Ver", URL: "https://t.example/v"}), []string{"text Mira\n\nP1 – 10,50 €\nhttps://t.example/p\nVer: https://t.example/v"}, []string{"max_products text", "max_buttons dropped"}},
		"place":           {narrow, place, []string{"text Aquí", "location"}, []string{"max_caption split"}},
		"place as link":   {bare, place, []string{"text Aquí\nCentro\nMadero 1\nhttps://maps.google.com/?q=19.5,-99.25"}, []string{"locations link"}},
		"card":            {narrow, card, []string{"contact"}, nil},
		"card as text":    {bare, card, []string{"text Luis\n+5255\nl@t.example"}, []string{"contacts text"}},
		"template":        {narrow, chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "a"}}, []string{"template"}, nil},
		"no templates":    {bare, chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: "a"}}, nil, []string{"templates refused"}},
		"no reactions":    {bare, chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}, nil, []string{"reactions refused"}},
		"customers' type": {narrow, chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: "a"}}, nil, []string{"type refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := show(x.in)
			parts, breaches := Fit(x.in, x.caps, FitOptions{Language: "es", Link: link})
			var got, met []string
			for _, p := range parts {
				got = append(got, show(p))
			}
			for _, b := range breaches {
				met = append(met, b.Limit+" "+string(b.Effect))
			}
			if !slices.Equal(got, x.parts) {
				t.Errorf("parts\n%q, want\n%q", got, x.parts)
			}
			if !slices.Equal(met, x.breaches) {
				t.Errorf("breaches %q, want %q", met, x.breaches)
			}
			if after := show(x.in); after != before {
				t.Errorf("Fit changed its argument: %q, was %q", after, before)
			}
		})
	}
}

func TestFitWithoutAddressRefusesFiles(t *testing.T) {
	t.Parallel()
	parts, breaches := Fit(file(chat.Document, "application/pdf", 1, "Factura"), bare, FitOptions{})
	if parts != nil || len(breaches) != 1 || breaches[0].Effect != Refused {
		t.Errorf("parts %v, breaches %v, want a refusal", parts, breaches)
	}
}

func TestFitSpeaksEnglish(t *testing.T) {
	t.Parallel()
	parts, _ := Fit(choices("a"), bare, FitOptions{Language: "en-GB"})
	if want := "Reply with the number of your choice."; !strings.HasSuffix(parts[0].Text, want) {
		t.Errorf("text is %q, want it to end in %q", parts[0].Text, want)
	}
}

// FuzzFit holds every part of a fitted message to the limits.
func FuzzFit(f *testing.F) {
	f.Add("Hola, ¿cuál?", "Camiseta azul talla M", "Camiseta azul talla L", 40, 12, 3)
	f.Add("", "🇲🇽🇲🇽🇲🇽", "👩‍👩‍👧‍👦", 3, 2, 1)
	f.Add("https://t.example/"+strings.Repeat("x", 90), "a\nb", " ", 20, 1, 0)
	f.Fuzz(func(t *testing.T, text, one, two string, most, label, buttons int) {
		if !utf8.ValidString(text+one+two) || most < 1 || most > 5000 || label < 1 || label > 500 || buttons < 0 || buttons > 20 || len(text) > 20000 {
			t.Skip("not a message")
		}
		caps := Capabilities{MaxText: most, MaxButtons: buttons, MaxButtonLabel: label}
		c := chat.Content{Type: chat.Buttons, Text: text, Buttons: []chat.Button{{ID: "1", Label: one}, {ID: "2", Label: two}}}
		parts, _ := Fit(c, caps, FitOptions{Language: "es"})
		for _, p := range parts {
			// The words for a missing body are ours; a limit shorter than them is no platform's.
			if n := length(p.Text); n > most && p.Text != "Elige una opción:" {
				t.Errorf("a text of %d characters, limit %d: %q", n, most, p.Text)
			}
			if p.Type == chat.Text && strings.TrimSpace(p.Text) == "" {
				t.Error("an empty text")
			}
			for _, b := range p.Buttons {
				if length(b.Label) > label {
					t.Errorf("a label of %d characters, limit %d", length(b.Label), label)
				}
			}
		}
	})
}
