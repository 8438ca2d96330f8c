package channeltest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
	"recado/internal/sim"
)

// kinds are the contents of the send cases, in the order of the table.
var kinds = []string{
	"text", "image", "audio", "voice", "video", "document", "location", "contact", "buttons",
	"list", "products", "template", "reaction", "quote", "long_text", "link_buttons",
}

func sendCases() []one {
	var out []one
	for _, k := range kinds {
		out = append(out, one{name: "send/" + k, run: func(s *stage) { s.sending(k) }})
	}
	return out
}

// contents are what the send cases send. Media are of a type the channel carries, if any.
func contents(caps channels.Capabilities) map[string]chat.Content {
	media := func(t chat.Type, text string, files ...sample) chat.Content {
		f := pick(caps, files...)
		return chat.Content{Type: t, Text: text, Media: &chat.Media{
			File: id.New[id.File](), Name: f.name, MIME: f.mime, Size: int64(len(f.bytes)), Width: 2, Height: 2, Duration: 1000}}
	}
	return map[string]chat.Content{
		"text":     chat.Plain("Hola, Ana & Co. <b>5 > 3</b> *oferta* _hoy_ 100% ñandú 👍🏽\nSegunda línea: https://tienda.example/p?x=1&y=2"),
		"image":    media(chat.Image, "Así se ve tu pedido", jpegFile, pngFile),
		"audio":    media(chat.Audio, "", mp3File, m4aFile, oggFile),
		"voice":    media(chat.Voice, "", oggFile, m4aFile, mp3File),
		"video":    media(chat.Video, "Cómo se arma", mp4File, webmFile),
		"document": media(chat.Document, "Tu factura", pdfFile, textFile),
		"location": {Type: chat.LocationMsg, Location: &chat.Location{Latitude: 19.4326, Longitude: -99.1332, Name: "Tienda Centro", Address: "Madero 1, Ciudad de México"}},
		"contact":  {Type: chat.ContactCard, Contact: &chat.Card{Name: "Luis Pérez", Phones: []string{"+525512345678"}, Emails: []string{"luis@tienda.example"}}},
		"buttons": {Type: chat.Buttons, Text: "¿Confirmas tu pedido?", Buttons: []chat.Button{
			{ID: "si", Label: "Sí, confirmo"}, {ID: "no", Label: "No, gracias"}}},
		"list": {Type: chat.ListMenu, Text: "¿Qué día te queda bien?", List: &chat.List{Open: "Ver días", Sections: []chat.Section{
			{Title: "Fin de semana", Rows: []chat.Row{{ID: "r1", Title: "Sábado", Description: "De 10 a 14 h"}, {ID: "r2", Title: "Domingo"}}},
			{Title: "Entre semana", Rows: []chat.Row{{ID: "r3", Title: "Martes", Description: "De 9 a 18 h"}}}}}},
		"products": {Type: chat.Products, Text: "Te pueden gustar:", Products: []chat.Product{
			{ID: "p1", Title: "Zapato azul", Text: "Piel, talla 38", Price: 129900, Currency: "MXN", URL: "https://tienda.example/zapato"},
			{ID: "p2", Title: "Bolsa roja", Price: 45050, Currency: "MXN", URL: "https://tienda.example/bolsa"}}},
		"template": {Type: chat.TemplateMsg, Template: &chat.Template{
			Name: SampleTemplate.Name, Language: SampleTemplate.Language, Params: SampleTemplate.Samples}},
		"reaction":  {Type: chat.ReactionMsg, Reaction: &chat.Reaction{Message: id.New[id.Message](), Emoji: "👍"}},
		"quote":     {Type: chat.Text, Text: "Sí, la tenemos", Quote: id.New[id.Message]()},
		"long_text": chat.Plain(longText()),
		"link_buttons": {Type: chat.Buttons, Text: "Mira la colección completa", Buttons: []chat.Button{
			{ID: "ver", Label: "Ver la tienda", URL: "https://tienda.example/coleccion?ref=chat&x=1"}}},
	}
}

// longText is 6,000 characters or so of sentences, longer than most channels carry at once.
func longText() string {
	var b strings.Builder
	for b.Len() < 6000 {
		b.WriteString("Gracias por tu compra en la tienda. El envío tarda tres días hábiles y te avisamos al salir. ")
		if b.Len()%7 == 0 {
			b.WriteString("\n\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// send fits a content and sends its parts, as the outbound queue would.
func (s *stage) send(c chat.Content, refs channels.Refs, to string) (parts []chat.Content, sent []channels.Sent) {
	s.Helper()
	parts, breaches := s.fit(c)
	if parts == nil {
		s.Fatalf("the channel does not carry %s: %v", c.Type, breaches)
	}
	for i, part := range parts {
		out, err := s.Adapter.Send(s.ctx, s.Channel, s.outgoing(part, refs, to))
		if err != nil {
			s.Fatalf("Send of part %d of %s: %v", i+1, c.Type, err)
		}
		sent = append(sent, out)
	}
	return parts, sent
}

func (s *stage) fit(c chat.Content) ([]chat.Content, []channels.Breach) {
	return channels.Fit(c, s.caps, channels.FitOptions{Language: "es", Link: func(m chat.Media) string { return s.files + m.Name }})
}

func (s *stage) outgoing(c chat.Content, refs channels.Refs, to string) channels.Outgoing {
	out := channels.Outgoing{
		ID: id.New[id.Message](), Conversation: id.New[id.Conversation](), To: to, Content: c,
		Author: chat.ByAgent, Attempt: 1, Since: time.Minute,
	}
	if !c.Quote.IsZero() {
		out.Refs.Quote = refs.Quote
	}
	if c.Reaction != nil {
		out.Refs.React = refs.React
	}
	if c.Media != nil {
		f, _ := bytesOf(c.Media.Name)
		out.Link = s.files + f.name
		out.Open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(f.bytes)), nil }
	}
	return out
}

// arrived is what the company has put on the customer's screen.
func (s *stage) arrived() []sim.Bubble {
	return slices.DeleteFunc(slices.Clone(s.Platform.Thread(s.Account.Ref, s.Customer.ID)), func(b sim.Bubble) bool { return b.Mine })
}

// sending fits one content, sends its parts and compares the customer's screen and the wire.
func (s *stage) sending(kind string) {
	s.Helper()
	if s.Platform == nil {
		s.sendingBlind(kind)
		return
	}
	first := s.say("Hola") // opens the window, and is what a quote and a reaction are about
	s.settle()
	c := s.content(kind)
	parts, breaches := s.fit(c)
	refs := channels.Refs{Quote: first.ExternalID, React: first.ExternalID}
	before := len(s.arrived())
	g := s.newGolden(breaches, first)
	for i, part := range parts {
		m := s.outgoing(part, refs, first.From.Identity)
		sent, err := s.Adapter.Send(g.recording(s.ctx, m), s.Channel, m)
		if err != nil {
			s.Fatalf("Send of part %d of %d: %v", i+1, len(parts), err)
		}
		shown := s.arrived()[before:]
		if sent.ProviderID == "" && part.Type != chat.ReactionMsg && len(shown) > 0 && shown[len(shown)-1].ID != "" {
			s.Errorf("part %d: the platform gave the message an id, Sent.ProviderID has none", i+1)
		}
		if sent.State != "" && sent.State != chat.Sent && sent.State != chat.Delivered && sent.State != chat.Read {
			s.Errorf("part %d: Sent.State is %s", i+1, sent.State)
		}
	}
	if parts != nil {
		s.shows(parts, s.arrived()[before:], first)
		g.calledOnce(len(parts))
	}
	g.compare(kind)
}

// sendingBlind is all there is to see of a channel without a platform: that it accepts.
func (s *stage) sendingBlind(kind string) {
	s.Helper()
	parts, breaches := s.fit(s.content(kind))
	g := s.newGolden(breaches, channels.Inbound{})
	g.fitted = parts
	for i, part := range parts {
		m := s.outgoing(part, channels.Refs{Quote: "q", React: "q"}, s.Customer.ID)
		if _, err := s.Adapter.Send(g.recording(s.ctx, m), s.Channel, m); err != nil {
			s.Errorf("Send of part %d of %d: %v", i+1, len(parts), err)
		}
	}
	g.compare(kind)
}

// content is what a case sends; a template is one the platform has approved.
func (s *stage) content(kind string) chat.Content {
	s.Helper()
	c := contents(s.caps)[kind]
	if c.Type == chat.TemplateMsg && s.Template != nil {
		c.Template = s.Template
	} else if c.Type == chat.TemplateMsg && s.caps.Templates {
		s.submit()
	}
	return c
}

// submit brings SampleTemplate among the approved ones.
func (s *stage) submit() {
	s.Helper()
	keeper, ok := s.Adapter.(channels.Templater)
	if !ok {
		s.Fatal("Capabilities.Templates, but the adapter is no Templater and the bench has no Template")
	}
	if _, err := keeper.SubmitTemplate(s.ctx, s.Channel, SampleTemplate); err != nil {
		s.Fatalf("SubmitTemplate: %v", err)
	}
	s.settle()
	known, err := keeper.Templates(s.ctx, s.Channel)
	if err != nil {
		s.Fatalf("Templates: %v", err)
	}
	i := slices.IndexFunc(known, func(t channels.Template) bool { return t.Name == SampleTemplate.Name })
	if i < 0 || known[i].Status != "approved" {
		s.Fatalf("the submitted template is not among the approved: %+v; set Bench.Template if the platform's people must look at it first", known)
	}
}

// shows compares what the parts say with what the customer sees.
func (s *stage) shows(parts []chat.Content, shown []sim.Bubble, first channels.Inbound) {
	s.Helper()
	var screen []string
	for _, b := range shown {
		screen = append(screen, words(b)...)
	}
	all := squeeze(strings.Join(screen, "\n"))
	for _, part := range parts {
		for _, w := range said(part) {
			if !strings.Contains(all, squeeze(w)) {
				s.Errorf("the customer's screen does not show %q; it shows %q", w, all)
			}
		}
		switch {
		case part.Reaction != nil:
			if b := s.bubble(first.ExternalID); !slices.Contains(b.Reactions, part.Reaction.Emoji) {
				s.Errorf("the customer's message has the reactions %q, want %q", b.Reactions, part.Reaction.Emoji)
			}
		case part.Media != nil:
			s.showsFile(part, shown)
		case part.Type == chat.LocationMsg || part.Type == chat.ContactCard:
			if !slices.ContainsFunc(shown, func(b sim.Bubble) bool { return b.Type == string(part.Type) }) {
				s.Errorf("no bubble is a %s", part.Type)
			}
		}
		if !part.Quote.IsZero() && !slices.ContainsFunc(shown, func(b sim.Bubble) bool { return b.Quote == first.ExternalID }) {
			s.Errorf("no bubble quotes the customer's %s", first.ExternalID)
		}
	}
}

func (s *stage) showsFile(part chat.Content, shown []sim.Bubble) {
	s.Helper()
	f, _ := bytesOf(part.Media.Name)
	i := slices.IndexFunc(shown, func(b sim.Bubble) bool { return b.Media != nil })
	if i < 0 {
		s.Errorf("no bubble has a file")
		return
	}
	got := shown[i].Media
	if want, _, _ := strings.Cut(f.mime, "/"); !strings.HasPrefix(got.MIME, want+"/") {
		s.Errorf("the bubble's file is %q, want %s", got.MIME, f.mime)
	}
	if got.Bytes != nil && !bytes.Equal(got.Bytes, f.bytes) {
		s.Errorf("the bubble's file has other bytes: %d, want %d", len(got.Bytes), len(f.bytes))
	}
}

// said are the words of a part that the customer must see.
func said(c chat.Content) []string {
	out := []string{c.Text}
	for _, b := range c.Buttons {
		out = append(out, b.Label, b.URL)
	}
	if c.List != nil {
		for _, sec := range c.List.Sections {
			for _, r := range sec.Rows {
				out = append(out, r.Title, r.Description)
			}
		}
	}
	for _, p := range c.Products {
		out = append(out, p.Title, p.Text)
	}
	if c.Location != nil {
		out = append(out, c.Location.Name)
	}
	if c.Contact != nil {
		out = append(out, c.Contact.Name)
	}
	if c.Template != nil {
		out = append(out, c.Template.Params...)
	}
	return slices.DeleteFunc(out, func(w string) bool { return w == "" })
}

// words is everything a bubble shows.
func words(b sim.Bubble) []string {
	out := []string{b.Header, b.Text, b.Footer, b.Open}
	choices := append(slices.Clone(b.Buttons), b.Rows...)
	for _, c := range b.Cards {
		out = append(out, c.Title, c.Text)
		choices = append(choices, c.Buttons...)
	}
	for _, c := range choices {
		out = append(out, c.Label, c.Text, c.URL)
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
