package bots

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"recado/bots/rules"
	"recado/internal/errs"
)

// A request for a person is told from talk about persons ("¿una persona puede recoger mi
// pedido?") by its shape, not by a word: a wish and a verb of talking, an order to put
// through, or the bare noun with nothing else but courtesy around it. All expressions
// read folded words (rules.Words), between spaces.

// alt is a choice of words or phrases.
func alt(words ...string) string { return "(?:" + strings.Join(words, "|") + ")" }

// some is each of parts any number of times, followed by a space.
func some(parts ...string) string { return "(?:" + alt(parts...) + " )*" }

// maybe is one of parts, or none, followed by a space.
func maybe(parts ...string) string { return "(?:" + alt(parts...) + " )?" }

var (
	// Nobody sells these, so they may stand alone.
	nounES = alt("persona(?: real| humana| de verdad)?", "(?:ser )?human[oa]", "agente", "asesora?", "operadora?",
		"representante", "vendedora?", "encargad[oa]", "gerente", "supervisora?", "alguien")
	// A TV mount is a soporte and a set lunch an ejecutivo: these only after "hablar con".
	talkNounES = alt(nounES, "ejecutiv[oa]", "soporte", "atencion al cliente", "servicio al cliente", "personal",
		"responsable", "emplead[oa]", "dependient[ea]", "tecnico", "duen[oa]", "ventas", "ustedes")
	articleES = maybe("un", "una", "uno", "el", "la", "los", "algun", "alguna", "otro", "otra", "tu", "su")
	openES    = some("hola", "buen", "buenas?", "buenos", "dias?", "tardes?", "noches?", "por", "favor", "porfa(?:vor)?", "si", "no",
		"ok", "bueno", "entonces", "y", "pero", "gracias", "mejor", "urgente", "ayuda", "oye", "disculpa", "solo", "que")
	tailES = "(?: " + alt("real", "human[oa]", "de verdad", "disponible", "en linea", "por favor", "porfa(?:vor)?", "pls",
		"ya", "ahora(?: mismo)?", "urgente(?:mente)?", "gracias", "ahi", "aqui", "hoy", "de ventas", "de soporte",
		"de servicio(?: al cliente)?", "de atencion(?: al cliente)?", "al otro lado", "del otro lado", "con quien hablar",
		"(?:y )?no (?:con )?(?:un |una )?(?:bot|robot|maquina)", "(?:para )?que (?:me|nos) .*", "para hablar.*") + ")*$"
	wishES = alt("quiero", "queremos", "quisiera", "queria", "quisieramos", "necesito", "necesitamos", "necesitaria", "deseo", "desearia",
		"puedo", "podria", "podemos", "prefiero", "preferiria", "requiero", "solicito", "exijo", "ocupo", "urge", "gustaria",
		"como hago para", "hay forma de", "es posible", "se puede", "dejame", "dejeme")
	talkES = alt("hablar(?:le)?", "chatear", "conversar", "charlar", "platicar", "comunicar(?:me|nos)", "contactar(?:me|nos)?", "ponerme en contacto")
	soonES = some("ya", "ahora", "mismo", "por favor", "porfa", "directamente", "directo", "mejor", "de una vez", "por aqui", "por chat")
	passES = alt("comunica(?:me|nos)", "comunique(?:n)?(?:me|nos)", "pasa(?:me|nos)", "pase(?:n)?(?:me|nos)", "transfiere(?:me|nos)", "transfiera(?:n)?(?:me|nos)",
		"conecta(?:me|nos)", "conecte(?:n)?(?:me|nos)", "deriva(?:me|nos)", "derive(?:n)?(?:me|nos)", "ponme", "ponga(?:n)?me", "contacta(?:me|nos)", "contacte(?:n)?me",
		"(?:me|nos) (?:puedes?|pueden|podrias?|podrian)? ?(?:comunica|pasa|transferi|conecta|deriva|pone|contacta)[rsn]?",
		"(?:me|nos) transfieren?s?",
		"(?:puedes?|pueden|podrias?|podrian) (?:comunicar|pasar|transferir|conectar|derivar|poner|contactar)(?:me|nos)")
	attend = alt("atienda", "atiende", "atender", "atendiera", "llame", "contacte", "conteste", "contesta", "contestar", "responda", "responde", "responder", "asesore", "ayude", "ayudar", "hable", "escriba")

	spanishAsk = []string{
		wishES + " " + soonES + talkES + " " + soonES + "con " + articleES + talkNounES,
		"^" + openES + talkES + " " + soonES + "con " + articleES + talkNounES,
		passES + " " + soonES + "(?:con|a) " + articleES + talkNounES,
		passES + " " + soonES + "al? ?" + nounES + tailES,
		passES + " " + articleES + nounES + tailES,
		"(?:me|nos) (?:puede |podria |pueda )?" + attend + " " + soonES + maybe("un", "una", "algun", "alguna") + nounES + tailES,
		"(?:puede|podria) (?:atender|responder|contestar|ayudar|asesorar)(?:me|nos) " + maybe("un", "una", "algun", "alguna") + nounES + tailES,
		"alguien (?:que )?(?:(?:me|nos) )?(?:puede |pueda |podria )?(?:me )?(?:atienda|atender|atenderme|atiende)",
		alt(wishES, "dame", "deme", "hay", "habra", "tienen", "tienes") + " " + soonES + maybe("a") + articleES + nounES + tailES,
		wishES + " al " + nounES + tailES,
		alt(wishES, "hay") + " (?:atencion|ayuda) (?:humana|de " + articleES + nounES + ")",
		"^" + openES + maybe("con") + maybe("un", "una", "algun", "alguna") + nounES + tailES,
		"con quien (?:puedo|podria|se puede) (?:hablar|comunicarme|chatear)",
		"^" + openES + alt("atencion al cliente", "servicio al cliente", "atencion humana", "atencion personal(?:izada)?") + tailES,
		"no " + wishES + " (?:seguir )?(?:hablar|hablando|chatear|chateando|conversar) con " + maybe("un", "una", "el", "la", "este", "esta") + alt("bots?", "robots?", "chatbots?", "maquinas?"),
		"no " + wishES + " (?:mas )?" + maybe("un", "el", "este", "los") + "(?:chat)?bots?$",
	}

	nounEN    = alt("(?:human )?person", "human(?: being)?", "agent", "representative", "rep", "operator", "advis[eo]r", "someone", "somebody")
	talkNoun  = alt(nounEN, "customer (?:service|support|care)", "support", "staff", "(?:sales)?person", "manager", "supervisor", "associate")
	articleEN = maybe("a", "an", "the", "your", "some", "any", "one of your") + some("real", "live", "actual", "human")
	openEN    = some("hi", "hello", "hey", "good", "morning", "afternoon", "evening", "please", "pls", "ok", "just", "no", "yes", "thanks", "so", "but", "sorry")
	tailEN    = "(?: " + alt("please", "pls", "now", "right now", "asap", "thanks", "thank you", "there", "here", "available", "instead", "online",
		"not a (?:bot|robot|machine)", "i can (?:talk|speak|chat).*", "to (?:talk|speak|chat|help|answer|assist).*", "who can .*", "that can .*") + ")*$"
	wishEN = alt("want", "wanna", "need", "like", "love", "can i", "can we", "cant i", "could i", "could we", "may i", "let me", "rather", "prefer", "how do i", "how can i",
		"is there a way", "possible", "trying")
	talkEN = alt("speak(?:ing)?", "talk(?:ing)?", "chat(?:ting)?", "get in touch", "get through")
	soonEN = some("to", "please", "just", "directly", "now", "actually", "maybe")

	englishAsk = []string{
		wishEN + " " + soonEN + talkEN + " " + soonEN + "(?:to |with )" + articleEN + talkNoun,
		"^" + openEN + talkEN + " " + soonEN + "(?:to |with )?" + articleEN + talkNoun,
		alt("connect", "transfer", "put", "pass", "get", "send", "forward", "switch", "direct") + " (?:me|us) " + soonEN + "(?:through |over )?(?:to|with) " + articleEN + talkNoun,
		alt("get", "give", "find", "bring") + " (?:me|us) " + articleEN + nounEN + tailEN,
		alt(wishEN, "is there", "are there", "can i get", "can i have") + " " + soonEN + maybe("get", "have") + articleEN + nounEN + tailEN,
		"^" + openEN + maybe("with", "to") + maybe("a", "an", "some") + some("real", "live", "actual", "human") + nounEN + tailEN,
		"^" + openEN + "is (?:any|some)(?:one|body) there",
		"^" + openEN + alt("customer (?:service|support|care)", "live (?:chat|support|help)", "human (?:help|support)") + tailEN,
		"(?:dont|do not) (?:want|wanna|like) " + soonEN + talkEN + " (?:to|with) " + maybe("a", "an", "the", "this", "your") + alt("bots?", "robots?", "chatbots?", "machines?", "computers?", "ai"),
		"(?:dont|do not) want (?:a |this |the )?(?:chat)?bots?$",
	}

	asksPerson = regexp.MustCompile(`\b(?:` + strings.Join(append(spanishAsk, englishAsk...), "|") + `)(?:\b|$)`)

	// Without one of these a message cannot ask for a person, and most messages stop here.
	personStems = []string{"person", "human", "agent", "asesor", "operador", "operator", "representa", "vendedor", "encargad", "gerente",
		"supervisor", "alguien", "ejecutiv", "soporte", "ventas", "ustedes", "con quien", "anyone", "anybody", "cliente", "responsable", "emplead", "dependient", "tecnico", "duen", "people", "rep",
		"advis", "someone", "somebody", "customer", "support", "staff", "manager", "associate", "live", "bot", "maquina", "machine", "computer", "ai"}
)

// maxAsk bounds what is read for a request; nobody asks for a person after a page of text.
const maxAsk = 2 << 10

// negations turn what follows them round: "no quiero hablar con un asesor".
var negations = map[string]bool{"no": true, "sin": true, "dont": true, "not": true, "without": true, "never": true, "nunca": true, "ni": true}

// interjection is a "no" that says no to what went before: "no, quiero hablar con alguien".
var interjection = regexp.MustCompile(`(?i)\b(?:no|nope)\s*[,.;:!?…\n]+`)

// asksForPerson reports whether a text asks to talk to a person; words are text folded.
func asksForPerson(text, words string) bool {
	words = words[:min(len(words), maxAsk)]
	if !slices.ContainsFunc(personStems, func(stem string) bool { return strings.Contains(words, stem) }) {
		return false
	}
	if interjection.MatchString(text) {
		words = rules.Words(interjection.ReplaceAllString(text, " "))
		words = words[:min(len(words), maxAsk)]
	}
	for _, at := range asksPerson.FindAllStringIndex(words, 4) {
		before := strings.Fields(words[:at[0]])
		// "no hay alguien que me atienda" and "no can i talk to a human" do ask.
		negated := len(before) > 0 && negations[before[len(before)-1]]
		if !negated || strings.HasPrefix(words[at[0]:], "hay ") || strings.HasPrefix(words[at[0]:], "can") {
			return true
		}
	}
	return false
}

// companyWords folds the company's own words for a person; each counts wherever it stands.
func companyWords(list []string) ([]string, error) {
	var out []string
	for i, w := range list {
		words := rules.Words(w)
		if words == "" || len(w) > 200 {
			return nil, errs.New(errs.Invalid, "bot.handoff_word", "word", w).At(fmt.Sprintf("handoff.words[%d]", i))
		}
		out = append(out, words)
	}
	return out, nil
}
