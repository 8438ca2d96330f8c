package reading

import (
	"math"
	"strconv"
	"strings"
)

// Number reads the one number in an answer: digits as Spanish or English speakers group
// them ("1.234,5", "1,234.5", "$ 1 200", "50%") or words ("dos mil", "twenty-five",
// "docena y media"). language decides what "1.234" is: a thousand and more in Spanish. False when
// there is no number in it, or several.
func Number(s, language string) (float64, bool) {
	if len(s) > longest {
		return 0, false
	}
	if strings.ContainsAny(s, "0123456789") {
		return digits(s, language)
	}
	return spelled(strings.Fields(Words(s)))
}

// digits finds the number's characters and reads their separators.
func digits(s, language string) (float64, bool) {
	from := strings.IndexAny(s, "0123456789")
	end := from
	for i := from; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			end = i + 1
		case c == '.' || c == ',' || c == '\'':
		case c == ' ' && i+3 < len(s) && isDigit(s[i+1]) && isDigit(s[i+2]) && isDigit(s[i+3]) && (i+4 == len(s) || !isDigit(s[i+4])):
		default:
			i = len(s)
		}
	}
	rest := s[end:]
	if strings.ContainsAny(rest, "0123456789") {
		return 0, false // two numbers: which one?
	}
	n, ok := grouped(s[from:end], language)
	if !ok {
		return 0, false
	}
	if before := strings.TrimRight(s[:from], " $€£"); strings.HasSuffix(before, "-") || strings.HasSuffix(before, "−") {
		n = -n
	}
	after := strings.Fields(Words(rest))
	if len(after) > 0 { // "2 mil", "3k"
		n *= scaleOf(after[0])
	}
	return n, !math.IsInf(n, 0)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func scaleOf(word string) float64 {
	switch word {
	case "mil", "k", "thousand":
		return 1e3
	case "millon", "millones", "million", "millions":
		return 1e6
	}
	return 1
}

// grouped reads digits with dots and commas; spaces and apostrophes only group. With both, the last is the decimal one. With
// one kind alone, several of them, or the language's own before three digits, group.
func grouped(s, language string) (float64, bool) {
	dot, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	decimal := byte(0)
	switch {
	case dot >= 0 && comma >= 0:
		decimal = s[max(dot, comma)]
		if strings.Count(s, string(decimal)) > 1 {
			return 0, false
		}
	case dot < 0 && comma < 0:
	default:
		mark := s[max(dot, comma)]
		groups := byte('.')
		if strings.HasPrefix(language, "en") {
			groups = ','
		}
		three := len(s)-1-max(dot, comma) == 3 && s[0] != '0'
		if strings.Count(s, string(mark)) == 1 && !(three && mark == groups) {
			decimal = mark
		}
	}
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == decimal:
			b.WriteByte('.')
		case isDigit(c):
			b.WriteByte(c)
		}
	}
	n, err := strconv.ParseFloat(b.String(), 64)
	return n, err == nil
}

// cardinals are the words for numbers below a thousand, folded.
var cardinals = func() map[string]float64 {
	m := map[string]float64{"cero": 0, "zero": 0, "un": 1, "una": 1, "uno": 1, "one": 1, "a": 1, "veintiuna": 21, "veintiun": 21,
		"cien": 100, "ciento": 100, "quinientos": 500, "quinientas": 500, "setecientos": 700, "setecientas": 700, "novecientos": 900, "novecientas": 900}
	for i, pair := range strings.Fields("dos/two tres/three cuatro/four cinco/five seis/six siete/seven ocho/eight nueve/nine diez/ten once/eleven doce/twelve " +
		"trece/thirteen catorce/fourteen quince/fifteen dieciseis/sixteen diecisiete/seventeen dieciocho/eighteen diecinueve/nineteen veinte/twenty") {
		es, en, _ := strings.Cut(pair, "/")
		m[es], m[en] = float64(i+2), float64(i+2)
	}
	for i, w := range strings.Fields("veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve") {
		m[w] = float64(21 + i)
	}
	for i, pair := range strings.Fields("treinta/thirty cuarenta/forty cincuenta/fifty sesenta/sixty setenta/seventy ochenta/eighty noventa/ninety") {
		es, en, _ := strings.Cut(pair, "/")
		m[es], m[en] = float64(30+10*i), float64(30+10*i)
	}
	for i, w := range strings.Fields("doscient trescient cuatrocient - seiscient - ochocient") {
		m[w+"os"], m[w+"as"] = float64(200+100*i), float64(200+100*i)
	}
	return m
}()

// beside are words that may stand around a number without being one.
var beside = set("y and de of son es serian unos unas como casi about solo only just pesos dolares euros dollars anos years unidades units por favor please gracias thanks quiero want")

// spelled reads number words.
func spelled(words []string) (float64, bool) {
	total, part, told := 0.0, 0.0, false
	for i, w := range words {
		n, known := cardinals[w]
		switch {
		case w == "a" && i+1 < len(words) && !told && scaleOf(words[i+1]) == 1 && words[i+1] != "hundred" && words[i+1] != "dozen":
		case known:
			part, told = part+n, true
		case w == "hundred" && part > 0 && part < 100:
			part *= 100
		case scaleOf(w) > 1:
			total, part, told = total+max(part, 1)*scaleOf(w), 0, true
		case w == "docena" || w == "docenas" || w == "dozen" || w == "dozens":
			total, part, told = total+max(part, 1)*12, 0, true
		case w == "par" || w == "pair" || w == "couple":
			total, part, told = total+2, 0, true
		case (w == "media" || w == "medio" || w == "half") && i == len(words)-1:
			if i > 1 && (words[i-2] == "docena" || words[i-2] == "dozen") {
				total += 6
			} else {
				total += 0.5
			}
			told = true
		case !beside[w]:
			return 0, false
		}
	}
	return total + part, told
}
