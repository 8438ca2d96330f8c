package reading

import "strings"

// ordinals are the ways to name a place in a list, folded; -1 is the last.
var ordinals = func() map[string]int {
	m := map[string]int{"ultimo": -1, "ultima": -1, "last": -1}
	for i, names := range []string{
		"1 uno una primero primera primer 1o 1a 1ro 1ra one first 1st", "2 dos segundo segunda 2o 2a 2do 2da two second 2nd",
		"3 tres tercero tercera tercer 3o 3a 3ro 3ra three third 3rd", "4 cuatro cuarto cuarta 4o 4a 4to 4ta four fourth 4th",
		"5 cinco quinto quinta 5o 5a 5to 5ta five fifth 5th", "6 seis sexto sexta 6o 6a six sixth 6th", "7 siete septimo septima 7o 7a seven seventh 7th",
		"8 ocho octavo octava 8o 8a eight eighth 8th", "9 nueve noveno novena 9o 9a nine ninth 9th", "10 diez decimo decima ten tenth 10th",
		"11 once eleven", "12 doce twelve", "13 trece thirteen", "14 catorce fourteen", "15 quince fifteen", "16 dieciseis sixteen",
		"17 diecisiete seventeen", "18 dieciocho eighteen", "19 diecinueve nineteen", "20 veinte twenty",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = i + 1
		}
	}
	return m
}()

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// What may stand beside a telling word without changing what it tells.
var (
	besidePlace = set("la el lo opcion numero num nro quiero prefiero dame the option number want por favor porfa please")
	yes         = set("si sip claro ok okay oka dale vale bueno listo correcto exacto perfecto yes yeah yep sure right")
	besideYes   = set("asi es que por favor porfa please gracias thanks thats it")
	no          = set("no nop nope nada ninguna ninguno none neither")
	besideNo    = set("de estas estos esas esos ellas ellos las los la el gracias of these those them thanks thank you")
)

// Place reads folded words such as "2", "la segunda", "opción dos" or "the last one" as a
// place from 1 to n; 0 when they say anything else or name a place beyond the list.
func Place(words string, n int) int {
	at, one := 0, false
	for w := range strings.SplitSeq(words, " ") {
		k := ordinals[w]
		switch {
		case w == "uno" || w == "una" || w == "one": // a number, or a mere "the second one"
			one = true
		case k != 0 && (at == 0 || at == k):
			at = k
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

// Yes reports whether folded words are no more than an assent.
func Yes(words string) bool { return only(words, yes, besideYes) }

// No reports whether folded words are no more than a refusal.
func No(words string) bool { return only(words, no, besideNo) }

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

// Choose is which of the offered labels an answer takes: by its words, by its place in the
// list ("2", "la segunda", "2. Ver catálogo"), or, where one label is a yes or a no, by an
// assent or refusal in other words. -1 is none of them.
func Choose(labels []string, answer string) int {
	said := Words(answer)
	if said == "" {
		return -1
	}
	folded := make([]string, len(labels))
	for i, l := range labels {
		folded[i] = Words(l)
		if folded[i] == said {
			return i
		}
	}
	if n := Place(said, len(labels)); n > 0 {
		return n - 1
	}
	if number, label, ok := strings.Cut(said, " "); ok {
		if n := Place(number, len(labels)); n > 0 && folded[n-1] == label {
			return n - 1
		}
	}
	for _, kind := range []func(string) bool{Yes, No} {
		if kind(said) {
			return lone(folded, kind)
		}
	}
	return -1
}

// lone is the one label of a kind; -1 when there are none or several.
func lone(folded []string, kind func(string) bool) int {
	at := -1
	for i, l := range folded {
		if first, _, _ := strings.Cut(l, " "); kind(first) {
			if at >= 0 {
				return -1
			}
			at = i
		}
	}
	return at
}
