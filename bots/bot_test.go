package bots

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/bots/rules"
	"recado/internal/chat"
	"recado/internal/hours"
	"recado/internal/id"
)

// The shop of these tests is in Bogotá and opens Mondays from 9 to 18.
var (
	company    = hours.Hours{Zone: "America/Bogota", Days: map[string][]hours.Span{"mon": {{From: "09:00", To: "18:00"}}}}
	openHour   = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC) // Monday 10:00
	closedHour = time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC) // Sunday
)

// shelf is a knowledge base of fixed entries: a query that holds an entry's key with a
// "!" is sure of it, with the key alone half sure of all.
type shelf []Candidate

var faqs = shelf{
	{ID: id.FAQ{1}, ExternalID: "f1", Question: "¿Cuánto cuesta el envío?", Answer: "  El envío cuesta **$5.000**.\n\nGratis desde $100.000 \u00a0🚚 "},
	{ID: id.FAQ{2}, ExternalID: "f2", Question: "¿Puedo hablar con un asesor por teléfono?", Answer: "Sí, al 601 555 0101."},
	{ID: id.FAQ{3}, ExternalID: "f3", Question: "¿Hacen cambios?", Answer: "Tienes 30 días para cambios."},
}

func (s shelf) Answer(_ context.Context, q string, k int) Answers {
	a := Answers{Decision: DecideHandoff, AnswerAt: 0.8, OfferAt: 0.3, Candidates: slices.Clone(s[:min(k, len(s))])}
	score := 0.1
	switch {
	case strings.Contains(q, "costo!"):
		a.Decision, score = DecideAnswer, 0.9
	case strings.Contains(q, "costo"):
		a.Decision, score = DecideOffer, 0.5
	}
	for i := range a.Candidates {
		a.Candidates[i].Score = score / float64(i+1)
	}
	return a
}

func (s shelf) Find(_ context.Context, faq id.FAQ) (Candidate, bool) {
	i := slices.IndexFunc(s, func(c Candidate) bool { return c.ID == faq })
	if i < 0 {
		return Candidate{}, false
	}
	c := s[i]
	c.Score = 1
	return c, true
}

func rule(name string, m rules.Match, then rules.Then, answer string, patterns ...string) rules.Definition {
	d := rules.Definition{ID: id.New[id.Rule](), Name: name, Enabled: true, Match: m, Patterns: patterns, Then: then, Active: rules.Active{When: rules.Always}}
	if answer != "" {
		d.Answers = []chat.Content{chat.Plain(answer)}
	}
	return d
}

func testRules() []rules.Definition {
	menu := rule("menu", rules.Exact, rules.Stay, "x", "menú")
	menu.Answers = []chat.Content{{Type: chat.Buttons, Text: "¿Qué buscas?", Buttons: []chat.Button{
		{ID: "h", Label: "Horario"}, {ID: "web", Label: "Tienda", URL: "https://example.com"}, {ID: "r", Label: "Reclamo"}, {ID: HandoffID, Label: "Alguien del equipo"}}}}
	tagged := rule("reclamo", rules.Contains, rules.Handoff, "Lamentamos lo ocurrido.", "reclamo")
	tagged.Labels = []id.Label{{9}}
	return []rules.Definition{
		rule("saludo", rules.Exact, rules.Stay, "Hola, soy Lupe.", "hola"),
		rule("horario", rules.Contains, rules.Stay, "Lunes de 9 a 18.", "horario"),
		menu, tagged,
		rule("gerencia", rules.Contains, rules.Handoff, "Te comunico con gerencia.", "gerente"),
		rule("mudo", rules.Contains, rules.Handoff, "", "factura"),
		rule("adios", rules.Exact, rules.Close, "Hasta pronto.", "adiós"),
	}
}

func settings() Definition {
	return Definition{ID: id.Bot{7}, Name: "Lupe", Enabled: true, Language: Spanish, Tone: Neutral}
}

func testBot(t testing.TB, change func(*Definition)) *Bot {
	t.Helper()
	d := settings()
	if change != nil {
		change(&d)
	}
	b, err := Compile(d, company, Parts{Rules: testRules(), FAQ: faqs})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// line is an outcome in one line: the source, then what is done.
func line(o Outcome) string {
	parts := []string{o.Trace.Source + ":"}
	for _, e := range o.Effects {
		switch {
		case e.Say != nil:
			s := e.Say.Content.Text
			for _, b := range e.Say.Content.Buttons {
				s += " [" + b.Label + "]"
			}
			parts = append(parts, s)
		case e.Handoff != nil:
			parts = append(parts, "-> "+e.Handoff.Reason)
		case !e.Label.IsZero():
			parts = append(parts, fmt.Sprint("label ", e.Label[0]))
		case e.Close:
			parts = append(parts, "close")
		}
	}
	return strings.Join(parts, " | ")
}

func press(buttonID, label string) chat.Content {
	return chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: buttonID, Label: label}}
}

const (
	theFallback = "No entendí tu mensaje. ¿Me lo dices con otras palabras? [Hablar con una persona]"
	theHandoff  = "Te paso con una persona del equipo."
	theOffer    = "No estoy seguro de haber entendido. ¿Es alguna de estas? [¿Cuánto cuesta el envío?] [¿Puedo hablar con un asesor por teléfono?] [¿Hacen cambios?] [Ninguna: hablar con una persona]"
)

func TestConversations(t *testing.T) {
	t.Parallel()
	faq1 := FAQPrefix + faqs[0].ID.String()
	photo := chat.Content{Type: chat.Image, Media: &chat.Media{File: id.File{1}}}
	captioned := photo
	captioned.Text = "horario"
	unclear := photo
	unclear.Text = "¿tienen este?"
	greeting := func(d *Definition) { d.Greeting = "Bienvenida a Lupe." }
	type turn struct {
		in   any // string or chat.Content
		want string
	}
	for _, c := range []struct {
		name   string
		change func(*Definition)
		now    time.Time
		turns  []turn
	}{
		{"rules answer first", nil, openHour, []turn{{"¿Qué HORARIO tienen?", "rule: | Lunes de 9 a 18."}, {"horario costo!", "rule: | Lunes de 9 a 18."}}},
		{"a rule labels and hands over in its own words", nil, openHour, []turn{{"tengo un reclamo", "rule: | Lamentamos lo ocurrido. | label 9 | -> rule"}}},
		{"a rule that hands over without words", nil, openHour, []turn{{"factura", "rule: | " + theHandoff + " | -> rule"}}},
		{"a rule closes", nil, openHour, []turn{{"¡Adiós!", "rule: | Hasta pronto. | close"}}},
		{"the FAQ, verbatim", nil, openHour, []turn{{"costo!", "faq: | " + faqs[0].Answer}}},
		{"a person before everything", nil, openHour, []turn{{"horario? no, quiero hablar con una persona. costo!", "handoff: | " + theHandoff + " | -> asked"}}},
		{"a rule may word the handing over", nil, openHour, []turn{{"quiero hablar con el gerente", "rule: | Te comunico con gerencia. | -> rule"}}},
		{"the company's words", func(d *Definition) { d.Handoff.Words = []string{"Doña Rosa"} }, openHour, []turn{{"está dona ROSA?", "handoff: | " + theHandoff + " | -> asked"}}},
		{"two misses", nil, openHour, []turn{{"zzz", "fallback: | " + theFallback}, {"yyy", "handoff: | " + theHandoff + " | -> unsure"}}},
		{"an answer between two misses", nil, openHour, []turn{{"zzz", "fallback: | " + theFallback}, {"horario", "rule: | Lunes de 9 a 18."}, {"yyy", "fallback: | " + theFallback}}},
		{"handing over at once", func(d *Definition) { d.Fallback.Handoff = true }, openHour, []turn{{"zzz", "handoff: | " + theHandoff + " | -> unsure"}}},
		{"the fallback's button", nil, openHour, []turn{{"zzz", "fallback: | " + theFallback}, {press(HandoffID, "x"), "handoff: | " + theHandoff + " | -> asked"}}},
		{"its own fallback", func(d *Definition) { d.Fallback.Text = "¿Cómo?" }, openHour, []turn{{"zzz", "fallback: | ¿Cómo? [Hablar con una persona]"}}},

		{"offer, by button", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {press(faq1, "forged"), "faq: | " + faqs[0].Answer}}},
		{"offer, by place", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"la tercera", "faq: | " + faqs[2].Answer}, {"y", "fallback: | " + theFallback}}},
		{"offer, one after the other", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"3", "faq: | " + faqs[2].Answer}, {"1️⃣", "faq: | " + faqs[0].Answer}}},
		{"offer, by label that asks for a person", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"puedo hablar con un asesor por telefono", "faq: | " + faqs[1].Answer}}},
		{"offer, none", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"ninguna de esas, gracias", "handoff: | " + theHandoff + " | -> asked"}}},
		{"offer, the last is the person", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"4", "handoff: | " + theHandoff + " | -> asked"}}},
		{"offer, beyond the list", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"5", "fallback: | " + theFallback}}},
		{"offer, ignored", nil, openHour, []turn{{"costo", "offer: | " + theOffer}, {"horario", "rule: | Lunes de 9 a 18."}, {"2", "fallback: | " + theFallback}}},
		{"an old button", nil, openHour, []turn{{press(faq1, ""), "faq: | " + faqs[0].Answer}}},
		{"an entry that is gone", nil, openHour, []turn{{press(FAQPrefix+id.FAQ{99}.String(), "horario"), "rule: | Lunes de 9 a 18."}}},
		{"a forged button", nil, openHour, []turn{{press(FAQPrefix+"x", "zzz"), "fallback: | " + theFallback}}},
		{"an unknown button", nil, openHour, []turn{{press("menu-3", "Horario"), "rule: | Lunes de 9 a 18."}}},
		{"a rule's buttons, typed", nil, openHour, []turn{{"menú", "rule: | ¿Qué buscas? [Horario] [Tienda] [Reclamo] [Alguien del equipo]"}, {"1", "rule: | Lunes de 9 a 18."}}},
		{"links are no choice", nil, openHour, []turn{{"menú", "rule: | ¿Qué buscas? [Horario] [Tienda] [Reclamo] [Alguien del equipo]"}, {"2", "rule: | Lamentamos lo ocurrido. | label 9 | -> rule"}}},
		{"a rule's button for a person", nil, openHour, []turn{{"menú", "rule: | ¿Qué buscas? [Horario] [Tienda] [Reclamo] [Alguien del equipo]"}, {press(HandoffID, ""), "handoff: | " + theHandoff + " | -> asked"}}},

		{"greets once, before the answer", greeting, openHour, []turn{{"horario", "rule: | Bienvenida a Lupe. | Lunes de 9 a 18."}, {"horario", "rule: | Lunes de 9 a 18."}}},
		{"greets before the FAQ's answer, apart", greeting, openHour, []turn{{"costo!", "faq: | Bienvenida a Lupe. | " + faqs[0].Answer}}},
		{"a greeting rule greets alone", greeting, openHour, []turn{{"¡Hola!", "rule: | Hola, soy Lupe."}, {"horario", "rule: | Lunes de 9 a 18."}}},
		{"a bare greeting", greeting, openHour, []turn{{"Buenas tardes", "greeting: | Bienvenida a Lupe."}, {"buenas", "greeting: | Hola. ¿En qué te ayudo?"}}},
		{"a bare greeting without one of our own", nil, openHour, []turn{{"buenos días, ¿cómo están?", "greeting: | Hola. ¿En qué te ayudo?"}}},
		{"no greeting before a person", greeting, openHour, []turn{{"agente", "handoff: | " + theHandoff + " | -> asked"}}},
		{"thanks are no miss", nil, openHour, []turn{{"zzz", "fallback: | " + theFallback}, {"ok, muchas gracias", "ack: | Con gusto."}, {"👍", "ack: | Con gusto."}}},
		{"blank texts are none", func(d *Definition) { d.Greeting, d.Fallback.Text = " ", "\n" }, openHour, []turn{{"zzz", "fallback: | " + theFallback}}},

		{"a picture", nil, openHour, []turn{{photo, "handoff: | Recibí lo que enviaste, pero yo no puedo verlo. | " + theHandoff + " | -> media"}}},
		{"a picture with words", nil, openHour, []turn{{captioned, "rule: | Lunes de 9 a 18."}}},
		{"a picture nobody has words for", nil, openHour, []turn{{unclear, "handoff: | " + theHandoff + " | -> media"}}},
		{"a place", nil, openHour, []turn{{chat.Content{Type: chat.LocationMsg, Location: &chat.Location{}}, "handoff: | Recibí lo que enviaste, pero yo no puedo verlo. | " + theHandoff + " | -> media"}}},
		{"our words for the unsupported are not the contact's", nil, openHour, []turn{{chat.Content{Type: chat.Unsupported, Text: "horario"}, "handoff: | Recibí lo que enviaste, pero yo no puedo verlo. | " + theHandoff + " | -> media"}}},
		{"a reaction", nil, openHour, []turn{{chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: "👍"}}, "silent:"}}},
		{"only signs", nil, openHour, []turn{{"???", "fallback: | " + theFallback}}},

		{"a promise", func(d *Definition) { d.Handoff.AckMinutes = 120 }, openHour, []turn{{"agente", "handoff: | " + theHandoff + " Te responde en 2 horas o menos. | -> asked"}}},
		{"a promise in own words", func(d *Definition) { d.Handoff.AckMinutes, d.Handoff.Text = 15, "En {minutes} min." }, openHour, []turn{{"agente", "handoff: | En 15 min. | -> asked"}}},
		{"nobody there", func(d *Definition) { d.Handoff.AckMinutes = 15 }, closedHour,
			[]turn{{"agente", "handoff: | Ahora no hay nadie que te atienda. Una persona del equipo te responderá por aquí. Volvemos mañana a las 09:00. | -> asked"}}},
		{"nobody there, in own words", func(d *Definition) { d.Handoff.AwayText = "Abrimos {opens}." }, closedHour.AddDate(0, 0, -3), []turn{{"agente", "handoff: | Abrimos el lunes a las 09:00. | -> asked"}}},
		{"before opening", func(d *Definition) { d.Handoff.AwayText = "Abrimos {opens}." }, openHour.Add(-2 * time.Hour), []turn{{"agente", "handoff: | Abrimos hoy a las 09:00. | -> asked"}}},
		{"never there", func(d *Definition) { d.Hours = &hours.Hours{} }, openHour, []turn{{"agente", "handoff: | Ahora no hay nadie que te atienda. Una persona del equipo te responderá por aquí. | -> asked"}}},
		{"its own hours", func(d *Definition) { d.Hours = &hours.Hours{Always: true} }, closedHour, []turn{{"agente", "handoff: | " + theHandoff + " | -> asked"}}},
		{"formal", func(d *Definition) { d.Tone = Formal }, openHour, []turn{{"agente", "handoff: | Le comunico con una persona de nuestro equipo. | -> asked"}}},
		{"English", func(d *Definition) { d.Language = English }, openHour, []turn{{"speak to an agent", "handoff: | I'm passing you to a person on the team. | -> asked"}}},
		{"switched off", func(d *Definition) { d.Enabled = false }, openHour, []turn{{"hola", "silent:"}}},
		{"a machine", nil, openHour, []turn{{"horario", "rule: | Lunes de 9 a 18."}, {"horario", "rule: | Lunes de 9 a 18."}, {"horario", "rule: | Lunes de 9 a 18."}, {"horario", "rule: | Lunes de 9 a 18."},
			{"horario", "handoff: | -> loop"}, {"horario", "silent:"}, {"horario ", "rule: | Lunes de 9 a 18."}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := testBot(t, c.change)
			var memory Memory
			for i, turn := range c.turns {
				content, ok := turn.in.(chat.Content)
				if !ok {
					content = chat.Plain(turn.in.(string))
				}
				o := b.Handle(t.Context(), Turn{Now: c.now, Conversation: Conversation{State: WithBot, Memory: memory}, Message: Message{Content: content}})
				if got := line(o); got != turn.want {
					t.Fatalf("turn %d, %v:\n got %s\nwant %s", i+1, turn.in, got, turn.want)
				}
				checkTrace(t, o)
				// What dispatch stores is what comes back.
				raw, err := json.Marshal(o.Memory)
				if err != nil {
					t.Fatal(err)
				}
				memory = Memory{}
				if err := json.Unmarshal(raw, &memory); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

var sources = []string{"silent", "handoff", "rule", "offer", "faq", "greeting", "fallback", "ack"}

// checkTrace holds for every outcome: it names its source, says what won, and everything
// said can be sent.
func checkTrace(t *testing.T, o Outcome) {
	t.Helper()
	tr := o.Trace
	if !slices.Contains(sources, tr.Source) || tr.Bot.IsZero() {
		t.Errorf("the trace names no source: %+v", tr)
	}
	if !slices.ContainsFunc(tr.Steps, func(s Step) bool { return s.Outcome == "won" }) {
		t.Errorf("nothing won: %+v", tr)
	}
	if (tr.Source == "rule") != (tr.Rule != nil) || (tr.Source == "faq") != (tr.FAQ != nil) {
		t.Errorf("source %s, rule %v, faq %v", tr.Source, tr.Rule, tr.FAQ)
	}
	if tr.Source == "silent" && len(o.Effects) > 0 {
		t.Errorf("silent, but %+v", o.Effects)
	}
	handoffs := 0
	for _, e := range o.Effects {
		if e.Say != nil {
			if err := e.Say.Content.Check(); err != nil {
				t.Errorf("says what cannot be sent: %v", err)
			}
			if handoffs > 0 {
				t.Error("speaks after handing over")
			}
		}
		if e.Handoff != nil {
			handoffs++
		}
	}
	if handoffs > 1 {
		t.Errorf("hands over %d times", handoffs)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	b := testBot(t, nil)
	used := Memory{Greeted: true, Misses: 1, Offered: []Offered{{ID: HandoffID, Label: "x"}}}
	for _, c := range []struct {
		name  string
		state State
		until time.Time
		text  string
		want  string
		kept  bool // the memory is as it was
	}{
		{"with bot", WithBot, time.Time{}, "horario", "rule: | Lunes de 9 a 18.", false},
		{"waiting", Waiting, time.Time{}, "quiero hablar con una persona", "silent:", true},
		{"human", Human, time.Time{}, "horario", "silent:", true},
		{"paused", Paused, openHour.Add(time.Second), "horario", "silent:", true},
		{"paused for good", Paused, time.Time{}, "horario", "silent:", true},
		{"pause over", Paused, openHour, "horario", "rule: | Lunes de 9 a 18.", false},
		{"closed", Closed, time.Time{}, "horario", "rule: | Lunes de 9 a 18.", false},
		{"closed starts anew", Closed, time.Time{}, "zzz", "fallback: | " + theFallback, false},
		{"unknown", State("new"), time.Time{}, "horario", "silent:", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: c.state, PausedUntil: c.until, Memory: used}, Message: Message{Content: chat.Plain(c.text)}})
			if got := line(o); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if kept := len(o.Memory.Offered) == 1 && o.Memory.Misses == 1 && o.Memory.LastHash == 0; kept != c.kept {
				t.Errorf("memory %+v, kept should be %v", o.Memory, c.kept)
			}
			checkTrace(t, o)
		})
	}
}

func TestLanguageFollowsTheConversation(t *testing.T) {
	t.Parallel()
	b := testBot(t, func(d *Definition) { d.Language = Auto })
	for _, c := range []struct{ conversation, contact, want string }{
		{"", "", "Te paso"}, {"en-US", "es", "I'm passing"}, {"", "en", "I'm passing"}, {"pt-BR", "", "Te paso"}, {"de", "EN_gb", "I'm passing"}, {"es-CO", "en", "Te paso"},
	} {
		o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot, Language: c.conversation}, Contact: Contact{Language: c.contact}, Message: Message{Content: chat.Plain("agente")}})
		if got := line(o); !strings.Contains(got, c.want) {
			t.Errorf("conversation %q, contact %q: %s", c.conversation, c.contact, got)
		}
	}
}

// What is told of the FAQ is an entry's answer, alone in its message, byte for byte; and
// where the bot is unsure nothing of any answer gets out, not even to the trace.
func TestVerbatim(t *testing.T) {
	t.Parallel()
	odd := shelf{
		{ID: id.FAQ{1}, Question: "a", Answer: "\t{minutes} {opens} <b>**x**</b>\r\n  e\u0301 \u200b "},
		{ID: id.FAQ{2}, Question: "b", Answer: strings.Repeat("ñ", 4000)},
		{ID: id.FAQ{3}, Question: "c", Answer: "c"},
	}
	for i := range odd {
		one := shelf{odd[i]}
		b, err := Compile(settings(), company, Parts{FAQ: one})
		if err != nil {
			t.Fatal(err)
		}
		turn := Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: chat.Plain("costo!")}}
		offered := turn
		offered.Message.Content = press(FAQPrefix+odd[i].ID.String(), "")
		for _, in := range []Turn{turn, offered} {
			o := b.Handle(t.Context(), in)
			if len(o.Effects) != 1 || o.Effects[0].Say == nil || o.Effects[0].Say.Content.Text != odd[i].Answer {
				t.Errorf("answer %d is not verbatim: %s", i, line(o))
			}
		}
	}
	b := testBot(t, nil)
	for _, text := range []string{"zzz", "costo", "agente", "gracias", "hola", "horario"} {
		o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot, Memory: Memory{Misses: 1}}, Message: Message{Content: chat.Plain(text)}})
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range faqs {
			quoted, _ := json.Marshal(c.Answer)
			if strings.Contains(string(raw), strings.Trim(string(quoted), `"`)) {
				t.Errorf("%q tells the answer of %s: %s", text, c.ExternalID, raw)
			}
		}
	}
}

func TestEmptyAnswersAreNotSaid(t *testing.T) {
	t.Parallel()
	b, err := Compile(settings(), company, Parts{FAQ: shelf{{ID: id.FAQ{1}, Question: "a", Answer: " "}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []chat.Content{chat.Plain("costo!"), press(FAQPrefix+id.FAQ{1}.String(), "zz")} {
		o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: c}})
		if o.Trace.Source == "faq" {
			t.Errorf("says %s", line(o))
		}
		checkTrace(t, o)
	}
}

// listener notes what it is asked.
type listener struct {
	shelf
	heard *[]string
}

func (l listener) Answer(ctx context.Context, q string, k int) Answers {
	*l.heard = append(*l.heard, q)
	return l.shelf.Answer(ctx, q, k)
}

func TestOnlyTheContactsWordsAreRead(t *testing.T) {
	t.Parallel()
	var heard []string
	b, err := Compile(settings(), company, Parts{FAQ: listener{faqs, &heard}})
	if err != nil {
		t.Fatal(err)
	}
	var memory Memory
	in := []chat.Content{chat.Plain("zzz"), chat.Plain("  ¿Y el COSTO?"), chat.Plain("9"), {Type: chat.Image, Text: "pie de foto", Media: &chat.Media{File: id.File{1}}}, {Type: chat.Unsupported, Text: "encuesta"}}
	for _, c := range in {
		memory = b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot, Memory: memory}, Message: Message{Content: c}}).Memory
	}
	if want := []string{"zzz", "  ¿Y el COSTO?", "9", "pie de foto"}; !slices.Equal(heard, want) {
		t.Errorf("the FAQ was asked %q, want %q", heard, want)
	}
}

func TestTraceSaysWhyTheOthersLost(t *testing.T) {
	t.Parallel()
	list := testRules()
	late := rule("noche", rules.Contains, rules.Stay, "x", "horario")
	late.Active.When = rules.Closed
	list = append(list, late, rule("otro", rules.AnyOf, rules.Stay, "x", "horario"))
	b, err := Compile(settings(), company, Parts{Rules: list, FAQ: faqs})
	if err != nil {
		t.Fatal(err)
	}
	steps := func(text string) (out []string) {
		for _, s := range b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: chat.Plain(text)}}).Trace.Steps {
			out = append(out, strings.TrimSpace(fmt.Sprint(s.What, " ", s.Outcome, " ", s.Detail, " ", s.Name)))
		}
		return out
	}
	for text, want := range map[string][]string{
		"horario": {"state lost bot", "asked_for_person lost", "rule won horario horario", "rule lost hours:open noche", "rule lost less_specific otro", "rule lost no_match:6"},
		"costo": {"state lost bot", "asked_for_person lost", "rule lost no_match:9", "faq won offered ¿Cuánto cuesta el envío?",
			"faq won offered ¿Puedo hablar con un asesor por teléfono?", "faq won offered ¿Hacen cambios?"},
		"costo!": {"state lost bot", "asked_for_person lost", "rule lost no_match:9", "faq won  ¿Cuánto cuesta el envío?",
			"faq lost behind ¿Puedo hablar con un asesor por teléfono?", "faq lost behind ¿Hacen cambios?"},
		"zzz": {"state lost bot", "asked_for_person lost", "rule lost no_match:9", "faq lost below_offer_at ¿Cuánto cuesta el envío?",
			"faq lost below_offer_at ¿Puedo hablar con un asesor por teléfono?", "faq lost below_offer_at ¿Hacen cambios?", "fallback won miss:1"},
	} {
		if got := steps(text); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	b := testBot(t, nil)
	voice := chat.Content{Type: chat.Voice, Media: &chat.Media{File: id.File{1}}}
	for _, c := range []struct {
		in   chat.Content
		want string
	}{
		{chat.Plain("quiero un\nasesor"), "Pidió hablar con una persona: “quiero un asesor”"},
		{chat.Plain("zzz"), "El bot no tuvo respuesta para “zzz”. Lo más parecido: “¿Cuánto cuesta el envío?”"},
		{chat.Plain("un reclamo"), "La regla “reclamo” lo pasó con una persona: “un reclamo”"},
		{voice, "Envió una nota de voz"},
	} {
		o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot, Memory: Memory{Misses: 1}}, Message: Message{Content: c.in}})
		if got := o.Effects[len(o.Effects)-1].Handoff; got == nil || got.Summary != c.want {
			t.Errorf("%v: %+v, want %q", c.in, got, c.want)
		}
	}
}

// A Bot is shared by every conversation: the race detector watches.
func TestBotIsShared(t *testing.T) {
	t.Parallel()
	b := testBot(t, func(d *Definition) { d.Greeting = "Hola." })
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			for _, text := range []string{"horario", "costo", "menú", "agente", "zzz"} {
				checkTrace(t, b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: chat.Plain(text)}}))
			}
		})
	}
}

func FuzzHandle(f *testing.F) {
	f.Add("hola", "", false, uint8(0))
	f.Add("costo", "faq:01000000-0000-0000-0000-000000000000", true, uint8(1))
	f.Add("quiero hablar con \xff una persona", "handoff", false, uint8(2))
	b := testBot(f, func(d *Definition) { d.Greeting = "Hola." })
	f.Fuzz(func(t *testing.T, text, button string, pressed bool, kind uint8) {
		types := []chat.Type{chat.Text, chat.Image, chat.LocationMsg, chat.Unsupported, chat.ReactionMsg, chat.Products}
		c := chat.Content{Type: types[int(kind)%len(types)], Text: text}
		if pressed {
			c = press(button, text)
		}
		memory := Memory{Offered: []Offered{{ID: button, Label: text}}}
		state := WithBot
		for range 3 {
			o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: state, Memory: memory}, Message: Message{Content: c}})
			checkTrace(t, o)
			if len(o.Effects) > 6 || len(o.Trace.Steps) > 30 || len(o.Trace.Query) > 4*maxQuery {
				t.Fatalf("unbounded: %+v", o)
			}
			memory = o.Memory
		}
	})
}

// A whole turn over 100 rules, down to the FAQ.
func BenchmarkHandle(b *testing.B) {
	list := testRules()
	for i := range 100 {
		list = append(list, rule(fmt.Sprint("r", i), []rules.Match{rules.Contains, rules.Exact, rules.Regex}[i%3], rules.Stay, "x", fmt.Sprintf("producto %d talla", i)))
	}
	d := settings()
	bot, err := Compile(d, company, Parts{Rules: list, FAQ: faqs})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, text string }{
		{"rule", "hola, me dices el horario por favor"},
		{"faq", "hola buenas tardes, quisiera saber el costo! del envío a Medellín"},
		{"person", "hola, quiero hablar con una persona"},
		{"long", strings.Repeat("quiero saber si otra persona puede recoger ", 380)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bot.Handle(context.Background(), Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: chat.Plain(c.text)}})
			}
		})
	}
}

// A passage has no question: it is offered by its first words, for a button needs a label.
func TestOfferOfPassages(t *testing.T) {
	t.Parallel()
	passages := shelf{{ID: id.FAQ{4}, Answer: "El costo del envío\ndepende " + strings.Repeat("de la ciudad ", 20)}, {ID: id.FAQ{5}, Question: "¿Y el retiro?", Answer: "No cuesta."}}
	b, err := Compile(settings(), company, Parts{FAQ: passages})
	if err != nil {
		t.Fatal(err)
	}
	out := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: WithBot}, Message: Message{Content: chat.Plain("costo")}})
	if len(out.Effects) != 1 || out.Effects[0].Say == nil {
		t.Fatalf("%+v", out)
	}
	c := out.Effects[0].Say.Content
	if err := c.Check(); err != nil || len(c.Buttons) != 3 || !strings.HasPrefix(c.Buttons[0].Label, "El costo del envío depende de") || c.Buttons[1].Label != "¿Y el retiro?" {
		t.Errorf("%+v, %v", c, err)
	}
}
