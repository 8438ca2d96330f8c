package retrieval

import (
	_ "embed"
	"strings"
)

// familiesText lists words that customers use for one another, Spanish and
// English side by side; its head explains the format.
//
//go:embed families.txt
var familiesText string

// families maps a language and a stem to the word families it belongs to. A
// family has one number for both languages, which is what lets a question in
// Spanish find an answer written in English.
var families = parseFamilies(familiesText)

func parseFamilies(text string) map[language]map[string][]int {
	m := map[language]map[string][]int{es: {}, en: {}}
	for n, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		spanish, english, _ := strings.Cut(line, "/")
		for l, side := range map[language]string{es: spanish, en: english} {
			for _, w := range strings.Fields(side) {
				s := stem(w, l)
				if fs := m[l][s]; len(fs) == 0 || fs[len(fs)-1] != n {
					m[l][s] = append(fs, n)
				}
			}
		}
	}
	return m
}

// weak holds the words that say little about which answer is wanted: function
// words, and the small talk around a question ("quería saber si", "can you
// tell me"). They are weighed down, not dropped: "how" against "when" still
// tells two short questions apart. Unaccented, as words gives them.
var weak = map[language]map[string]bool{
	es: set(`a al algo algun alguna algunas alguno algunos ante antes aqui asi aun aunque bajo bien cada como con contra cosa
		cosas cual cuales cualquier cuando cuanta cuanto de del desde donde dos e el ella ellas ellos en entre era eran
		eres es esa esas ese eso esos esta estaba estan estar estas este esto estos estoy fue fueron ha haber habia hace
		hacia han hasta hay he hemos la las le les lo los mas me mi mis mia mio mucho muy nada ni no nos nosotros
		nuestra nuestro o os otra otro otros para pero poco por porque pues que quien quienes se sea ser si sido sin
		sobre son soy su sus suya suyo tal tambien tan tanto te tengo ti tiene tienen todo todos tu tus un una unas uno
		unos usted ustedes va voy vosotros y ya yo quiero quisiera queria necesito necesita gustaria puedo puede puedes
		pueden podria podrias podeis vas vamos van vaya ir iba siendo estado sera seria seran esten estuvo haya hubo
		podemos podriamos puedas pueda querria quieren queremos haga haciendo hizo dime digame decir saber hola gracias
		favor hacer hago haces dame ayuda ayudame ayudar quieres tener tienes ver mirar poner pon hoy manana ahora
		buenas buenos dias tardes noches persona vez veces tipo forma manera parte`),
	en: set(`a about am an and any are as at be because been being but by can cant could did didnt do does doesnt doing dont
		for from had has have having he her here hers him his how i id if ill im in into is isnt it its itself ive just let
		lets me more most my myself no not of off on once only or other our ours out over own please she should so some such
		than that thats the their them then there these they this those through to too up us very was wasnt we were what
		whats when where which while who whom why will with would you your yours want need like know tell help get got make
		find give show see look hi hello thanks thank much many long use used using think going go able possible way
		something anything someone say take thing trying try new today now time`),
}

func set(list string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// chatWords spells out what people shorten when they type on a phone.
var chatWords = map[string]string{
	"q": "que", "k": "que", "x": "por", "xq": "porque", "pq": "porque", "xk": "porque", "d": "de", "tb": "tambien",
	"tmb": "tambien", "dnd": "donde", "cdo": "cuando", "bn": "bien", "grax": "gracias", "pls": "please", "plz": "please",
	"u": "you", "ur": "your", "thx": "thanks",
}
