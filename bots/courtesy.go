package bots

import "strings"

// A greeting or a thank-you asks nothing: the bot answers in kind and does not count it
// as a miss.
var (
	hello = set("hola holis ola alo buenas buenos buen saludos hi hello hey morning afternoon evening greetings")
	// What people add to a greeting.
	besideHello = set("dia dias tarde tardes noche noches muy que tal como estas esta estan va todo bien amigo amigos gente a todos good there how are you doing")

	thanks       = set("gracias ok okay okey vale listo perfecto genial excelente entendido dale adios chao chau bye thanks thank thx great perfect cool goodbye")
	besideThanks = set("muchas mil muy amable amables por todo la ayuda tu su bien hasta luego pronto manana que tengas tengan buen buena dia tarde noche you so much very for the your help have a nice day got it see")
)

// thanked also takes a message of nothing but these for thanks.
const kindEmoji = "👍👌🙏❤😊🤗😍🥰💪"

type courtesy string

const (
	noCourtesy courtesy = ""
	greets     courtesy = "greeting"
	thanked    courtesy = "thanks"
)

// courtesyOf says whether a message is nothing but courtesy; words are text folded.
func courtesyOf(text, words string) courtesy {
	switch {
	case words == "":
		if strings.ContainsAny(text, kindEmoji) {
			return thanked
		}
		return noCourtesy
	case only(words, hello, besideHello):
		return greets
	case only(words, thanks, besideThanks):
		return thanked
	}
	return noCourtesy
}
