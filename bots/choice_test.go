package bots

import (
	"testing"

	"recado/bots/rules"
	"recado/internal/chat"
)

func TestChosenPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"2": 2, "dos": 2, "la segunda": 2, "la segunda por favor": 2, "opción 2": 2, "2.": 2, "#2": 2, "la 2": 2, "2do": 2, "the second one": 2, "option two": 2, "second": 2,
		"uno": 1, "el primero": 1, "one": 1, "number one": 1, "la última": 4, "the last one": 4, "2, 2": 2, "4": 4,
		"5": 0, "0": 0, "2 camisas": 0, "quiero 2": 0, "1 o 2": 0, "la": 0, "22": 0, "-": 0, "segunda mano": 0, "the": 0, "primera comunión": 0,
	} {
		if got := place(rules.Words(text), 4); got != want {
			t.Errorf("place(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestYesAndNoToAnOffer(t *testing.T) {
	t.Parallel()
	one := []Offered{{ID: FAQPrefix + "a", Label: "A"}, {ID: HandoffID, Label: "N"}}
	two := []Offered{one[0], {ID: FAQPrefix + "b", Label: "B"}, one[1]}
	for _, c := range []struct {
		offered []Offered
		text    string
		want    string
	}{
		{one, "sí, esa es", one[0].ID}, {one, "yes please", one[0].ID}, {one, "no", HandoffID}, {one, "no gracias", HandoffID}, {one, "es", ""}, {one, "no es eso lo que pregunto", ""},
		{two, "sí", ""}, {two, "none of these", HandoffID}, {two, "ninguna", HandoffID}, {two, "la", ""}, {two, "b", two[1].ID}, {two, "no tengo la factura", ""},
		{one[1:], "sí", ""}, {one[1:], "no", ""}, {nil, "1", ""}, {one, "", ""},
	} {
		o, _ := chosen(c.offered, chat.Plain(c.text), rules.Words(c.text))
		if o.ID != c.want {
			t.Errorf("%q of %d: %q, want %q", c.text, len(c.offered), o.ID, c.want)
		}
	}
}

func TestCourtesy(t *testing.T) {
	t.Parallel()
	for want, texts := range map[courtesy][]string{
		greets:     {"hola", "Hola, buenas tardes!", "buenos días", "Holaaa", "hi there", "good morning", "hola, ¿qué tal?", "Hello!! how are you"},
		thanked:    {"gracias", "muchas gracias por todo", "ok", "vale, perfecto", "Thank you so much", "🙏", "listo gracias", "great, thanks"},
		noCourtesy: {"", "hola tienen envío", "gracias pero no me llegó", "que tal", "por todo", "buen precio?", "dia", "?", "ok pero cuánto cuesta", "the", "good shoes"},
	} {
		for _, s := range texts {
			if got := courtesyOf(s, rules.Words(s)); got != want {
				t.Errorf("%q is %q, want %q", s, got, want)
			}
		}
	}
}
