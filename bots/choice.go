package bots

import (
	"strings"

	"recado/bots/rules"
	"recado/internal/chat"
)

// ordinals are the ways to name a place in a list, folded; -1 is the last.
var ordinals = func() map[string]int {
	m := map[string]int{"ultimo": -1, "ultima": -1, "last": -1}
	for i, names := range []string{
		"1 primero primera primer 1o 1a 1ro 1ra first 1st",
		"2 dos segundo segunda 2o 2a 2do 2da two second 2nd",
		"3 tres tercero tercera tercer 3o 3a 3ro 3ra three third 3rd",
		"4 cuatro cuarto cuarta 4o 4a 4to 4ta four fourth 4th",
		"5 cinco quinto quinta 5o 5a 5to 5ta five fifth 5th",
		"6 seis sexto sexta six sixth 6th", "7 siete septimo septima seven seventh 7th",
		"8 ocho octavo octava eight eighth 8th", "9 nueve noveno novena nine ninth 9th", "10 diez decimo decima ten tenth 10th",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = i + 1
		}
	}
	return m
}()

// Answers to a choice are a few telling words with nothing but fillers around them.
var (
	besidePlace = set("la el lo opcion numero num nro the option number por favor porfa please")
	yes         = set("si claro ok okay dale vale esa ese eso correcto exacto yes yeah yep sure right")
	besideYes   = set("asi es por favor porfa please thats that it")
	none        = set("no nope nada ninguna ninguno none neither")
	besideNone  = set("de estas estos esas esos ellas ellos las los la el es anteriores gracias of these those them thanks")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// only reports whether words has at least one telling word and, besides, only fillers.
func only(words string, telling, fillers map[string]bool) bool {
	told := false
	for w := range strings.SplitSeq(words, " ") {
		if !telling[w] && !fillers[w] {
			return false
		}
		told = told || telling[w]
	}
	return told
}

// chosen is which of the last offer's choices a message takes: by its button, its label,
// its place in the list or a plain yes or no. A button of an older offer counts too, when
// its id says by itself what to do.
func chosen(offered []Offered, c chat.Content, words string) (o Offered, how string) {
	if c.Type == chat.AnswerMsg && c.Answer != nil {
		for _, o := range offered {
			if o.ID == c.Answer.ID {
				return o, "button"
			}
		}
		if c.Answer.ID == HandoffID || strings.HasPrefix(c.Answer.ID, FAQPrefix) {
			return Offered{ID: c.Answer.ID, Label: c.Answer.Label}, "older_button"
		}
		return Offered{}, ""
	}
	if words == "" || len(offered) == 0 {
		return Offered{}, ""
	}
	for _, o := range offered {
		if rules.Words(o.Label) == words {
			return o, "label"
		}
	}
	if n := place(words, len(offered)); n > 0 {
		return offered[n-1], "place"
	}
	last := offered[len(offered)-1]
	if last.ID != HandoffID || len(offered) < 2 {
		return Offered{}, ""
	}
	switch {
	case only(words, none, besideNone):
		return last, "none"
	case len(offered) == 2 && only(words, yes, besideYes):
		return offered[0], "yes"
	}
	return Offered{}, ""
}

// place reads "2", "la segunda", "opción dos" or "the last one" as a place from 1 to n;
// 0 when words say anything else or name a place beyond the list.
func place(words string, n int) int {
	at, one := 0, false
	for w := range strings.SplitSeq(words, " ") {
		k := ordinals[w]
		switch {
		case k != 0 && (at == 0 || at == k):
			at = k
		case w == "uno" || w == "one": // a number, or a mere "the second one"
			one = true
		case !besidePlace[w]:
			return 0
		}
	}
	switch {
	case at == 0 && one:
		at = 1
	case at < 0:
		at = n
	}
	if at > n {
		return 0
	}
	return at
}

// choices lists what a message lets the contact choose, in the order shown.
func choices(c chat.Content) []Offered {
	var out []Offered
	for _, b := range c.Buttons {
		if b.URL == "" {
			out = append(out, Offered{b.ID, b.Label})
		}
	}
	if c.List != nil {
		for _, s := range c.List.Sections {
			for _, r := range s.Rows {
				out = append(out, Offered{r.ID, r.Title})
			}
		}
	}
	return out
}
