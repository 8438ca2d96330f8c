package bots

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"recado/internal/chat"
)

// phrases are what a bot says in one language and tone where the company wrote nothing.
type phrases struct {
	greeting string // answers a bare greeting
	ack      string // answers thanks and goodbyes
	fallback string // asks to rephrase
	offer    string // above the nearest questions
	media    string // something came that the bot cannot read
	handoff  string
	promise  string // follows handoff when an answer time is promised; {time}
	away     string
	opens    string // follows away when the next opening is known; {opens}
}

var catalogue = map[Language]map[Tone]phrases{
	Spanish: {
		Neutral: {
			greeting: "Hola. ¿En qué te ayudo?",
			ack:      "Con gusto.",
			fallback: "No entendí tu mensaje. ¿Me lo dices con otras palabras?",
			offer:    "No estoy seguro de haber entendido. ¿Es alguna de estas?",
			media:    "Recibí lo que enviaste, pero yo no puedo verlo.",
			handoff:  "Te paso con una persona del equipo.",
			promise:  "Te responde en {time} o menos.",
			away:     "Ahora no hay nadie que te atienda. Una persona del equipo te responderá por aquí.",
			opens:    "Volvemos {opens}.",
		},
		Warm: {
			greeting: "Hola, qué gusto saludarte. ¿En qué te ayudo?",
			ack:      "Con mucho gusto. Aquí estoy si necesitas algo más.",
			fallback: "Perdona, no te entendí bien. ¿Me lo cuentas con otras palabras?",
			offer:    "Creo que puedo ayudarte con una de estas. ¿Cuál es?",
			media:    "Gracias por enviarlo. Yo no puedo verlo, pero el equipo sí.",
			handoff:  "Claro que sí, te paso con una persona del equipo.",
			promise:  "Te responde en {time} o menos.",
			away:     "En este momento el equipo está descansando, pero ya tiene tu mensaje y te responderá por aquí.",
			opens:    "Volvemos {opens}.",
		},
		Formal: {
			greeting: "Buen día. ¿En qué puedo ayudarle?",
			ack:      "Es un placer atenderle.",
			fallback: "Disculpe, no comprendí su mensaje. ¿Podría decirlo con otras palabras?",
			offer:    "¿Su consulta es alguna de las siguientes?",
			media:    "Recibimos lo que envió, pero este asistente no puede verlo.",
			handoff:  "Le comunico con una persona de nuestro equipo.",
			promise:  "Le responderá en {time} o menos.",
			away:     "En este momento no hay personas disponibles. Le responderemos por este medio.",
			opens:    "Atendemos de nuevo {opens}.",
		},
	},
	English: {
		Neutral: {
			greeting: "Hello. How can I help?",
			ack:      "You're welcome.",
			fallback: "I didn't understand your message. Could you put it another way?",
			offer:    "I'm not sure I understood. Is it one of these?",
			media:    "I got what you sent, but I can't see it myself.",
			handoff:  "I'm passing you to a person on the team.",
			promise:  "They answer within {time}.",
			away:     "Nobody is available right now. A person on the team will answer you here.",
			opens:    "We are back {opens}.",
		},
		Warm: {
			greeting: "Hello, good to see you. How can I help?",
			ack:      "My pleasure. I'm here if you need anything else.",
			fallback: "Sorry, I didn't quite get that. Could you put it another way?",
			offer:    "I think I can help with one of these. Which one is it?",
			media:    "Thanks for sending that. I can't see it myself, but the team can.",
			handoff:  "Of course, I'm passing you to a person on the team.",
			promise:  "They answer within {time}.",
			away:     "The team is resting right now, but they have your message and will answer you here.",
			opens:    "We are back {opens}.",
		},
		Formal: {
			greeting: "Good day. How may I help you?",
			ack:      "It is a pleasure to assist you.",
			fallback: "I apologise, I did not understand your message. Could you rephrase it?",
			offer:    "Is your question one of the following?",
			media:    "We received what you sent, but this assistant cannot view it.",
			handoff:  "I am transferring you to a member of our team.",
			promise:  "They will reply within {time}.",
			away:     "No one is available at the moment. We will reply to you here.",
			opens:    "We are available again {opens}.",
		},
	},
}

// labels are on buttons and in notes for agents; they have no tone.
type labels struct {
	person, none           string // buttons
	asked, unsure, nearest string // summaries, "%s" quotes
	rule, sent, loop       string
	flow                   string // its name, the node, what went wrong
	kinds                  map[chat.Type]string
}

var labelsIn = map[Language]labels{
	Spanish: {
		person: "Hablar con una persona", none: "Ninguna: hablar con una persona",
		asked: "Pidió hablar con una persona: “%s”", unsure: "El bot no tuvo respuesta para “%s”", nearest: ". Lo más parecido: “%s”",
		rule: "La regla “%s” lo pasó con una persona: “%s”", sent: "Envió %s", flow: "El flujo “%s” se detuvo en el bloque “%s” (%s)", loop: "Repite el mismo mensaje: “%s”. Puede ser otro bot",
		kinds: map[chat.Type]string{chat.Image: "una imagen", chat.Audio: "un audio", chat.Voice: "una nota de voz", chat.Video: "un video",
			chat.Document: "un documento", chat.LocationMsg: "una ubicación", chat.ContactCard: "un contacto", chat.Unsupported: "algo que no se puede mostrar"},
	},
	English: {
		person: "Talk to a person", none: "None: talk to a person",
		asked: "Asked to talk to a person: “%s”", unsure: "The bot had no answer to “%s”", nearest: ". Nearest: “%s”",
		rule: "The rule “%s” passed them to a person: “%s”", flow: "The flow “%s” stopped at the block “%s” (%s)", sent: "Sent %s", loop: "Repeats the same message: “%s”. It may be another bot",
		kinds: map[chat.Type]string{chat.Image: "an image", chat.Audio: "an audio file", chat.Voice: "a voice note", chat.Video: "a video",
			chat.Document: "a document", chat.LocationMsg: "a location", chat.ContactCard: "a contact", chat.Unsupported: "something that cannot be shown"},
	},
}

// speaks is the first language of the given ones that the bot has, and Spanish for none.
func (l Language) speaks(tags ...string) Language {
	if l != Auto {
		return l
	}
	for _, tag := range tags {
		base, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
		if l := Language(base); l == Spanish || l == English {
			return l
		}
	}
	return Spanish
}

// span says a promised time: "1 minuto", "2 horas".
func span(l Language, minutes int) string {
	units := [][2]string{{"minuto", "minutos"}, {"hora", "horas"}, {"día", "días"}}
	if l == English {
		units = [][2]string{{"minute", "minutes"}, {"hour", "hours"}, {"day", "days"}}
	}
	n, unit := minutes, units[0]
	switch {
	case minutes%(24*60) == 0:
		n, unit = minutes/(24*60), units[2]
	case minutes%60 == 0:
		n, unit = minutes/60, units[1]
	}
	if n == 1 {
		return "1 " + unit[0]
	}
	return strconv.Itoa(n) + " " + unit[1]
}

var daysES = [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}

// moment says when the shop opens, seen from now: "mañana a las 09:00". Both are in the
// shop's zone.
func moment(l Language, now, t time.Time) string {
	clock := t.Format("15:04")
	same := func(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }
	y, m, d := now.Date()
	tomorrow := time.Date(y, m, d+1, 12, 0, 0, 0, now.Location())
	if l == English {
		switch {
		case same(now, t):
			return "today at " + clock
		case same(tomorrow, t):
			return "tomorrow at " + clock
		}
		return fmt.Sprintf("on %s at %s", t.Weekday(), clock)
	}
	at := "a las " + clock
	if t.Hour() == 1 {
		at = "a la " + clock
	}
	switch {
	case same(now, t):
		return "hoy " + at
	case same(tomorrow, t):
		return "mañana " + at
	}
	return "el " + daysES[t.Weekday()] + " " + at
}
