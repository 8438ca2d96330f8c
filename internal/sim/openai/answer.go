package openai

import (
	"encoding/json"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// answer is what a modest model would say: the sentence of the prompt's sources that shares
// most words with the question, with its number, in a JSON object where one is asked for; or
// the word that the prompt gives for not knowing.
func answer(q Request) string {
	system, user := "", ""
	for _, m := range q.Messages {
		switch m.Role {
		case "system", "developer":
			system += string(m.Content) + "\n"
		case "user":
			user = string(m.Content)
		}
	}
	switch q.ResponseFormat.Type {
	case "json_schema":
		b, _ := json.Marshal(read(user, q.ResponseFormat.JSONSchema.Schema))
		return string(b)
	case "json_object":
		return "{}"
	}
	number, sentence := nearest(system, user)
	switch unknown := giveUp.FindStringSubmatch(system); {
	case sentence != "" && number != "":
		return sentence + " [" + number + "]"
	case sentence != "":
		return sentence
	case unknown != nil:
		return unknown[1]
	}
	return "No lo sé."
}

var (
	giveUp  = regexp.MustCompile(`(?i)write only ([A-Z_]+)`)
	source  = regexp.MustCompile(`(?m)^\[(\d+)\] (.*)$`)
	endings = regexp.MustCompile(`([.!?…])\s+|\n+`)
)

// nearest is the sentence that answers best, and the number of its source; without numbered
// sources the rest of the prompt is read. Sharing one word of a question with several is
// no answer.
func nearest(system, question string) (number, sentence string) {
	asked := words(question)
	if len(asked) == 0 {
		return "", ""
	}
	heads := source.FindAllStringSubmatchIndex(system, -1)
	if heads == nil {
		_, after, _ := strings.Cut(system, "Instructions of the shop:")
		s, score := best(after, nil, asked)
		if score < enough(asked) {
			return "", ""
		}
		return "", s
	}
	top := 0
	for i, h := range heads {
		end := len(system)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		title, body := system[h[4]:h[5]], system[h[5]:end]
		s, score := best(body, words(title), asked)
		if score > top {
			top, number, sentence = score, system[h[2]:h[3]], s
		}
	}
	if top < enough(asked) {
		return "", ""
	}
	return number, sentence
}

// enough is the score of two words shared, or of one where no more is asked.
func enough(asked []string) int { return 2 * min(2, len(asked)) }

// best is the sentence of a text that shares most words with the question; those of its
// title count for each, and so most of all what the title does not say already.
func best(text string, title, asked []string) (sentence string, score int) {
	for _, s := range strings.Split(endings.ReplaceAllString(text, "$1\n"), "\n") {
		have, n := words(s), 0
		for _, w := range asked {
			inTitle, inSentence := slices.Contains(title, w), slices.Contains(have, w)
			switch {
			case inTitle && inSentence:
				n += 3
			case inTitle, inSentence:
				n += 2
			}
		}
		if s = strings.TrimSpace(s); s != "" && n > score {
			sentence, score = s, n
		}
	}
	return sentence, score
}

// common words say nothing of what is asked.
var common = set("a al algo como con cual cuando cuanto de del donde el en es esta este hay hola la las lo los me mi mis no o para pero por puedo que quiero se si sin son su sus tengo tiene tienen tu un una y ya " +
	"an and are at can do does for from have how i in is it my of on or the there to what when where with you your")

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// words are a text's words, folded, without endings that only tell number and gender.
func words(s string) []string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(s))
	var out []string
	for _, w := range strings.Fields(s) {
		if common[w] {
			continue
		}
		if len(w) > 4 {
			w = strings.TrimRight(w, "aeos")
		}
		out = append(out, w)
	}
	return out
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}
