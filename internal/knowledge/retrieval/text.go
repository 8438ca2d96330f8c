package retrieval

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/spanish"
	"golang.org/x/text/unicode/norm"
)

// Bounds on what one text may cost. A customer's question is a sentence or two;
// what lies past these limits is noise or an attack, and is simply not read.
const (
	maxQueryBytes = 2_000
	maxQueryWords = 64
	maxTextBytes  = 20_000
	maxWordBytes  = 40
)

// clip cuts s to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// words splits a text into lower-case, unaccented words of letters and digits.
// Accents go because customers leave them out, and "ñ" becomes "n" for the same
// reason. Invalid UTF-8, controls, emoji and punctuation only separate words.
func words(s string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, clip(b.String(), maxWordBytes))
			b.Reset()
		}
	}
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
			// An accent, or the apostrophe that half the people leave out of "don't".
		default:
			flush()
		}
	}
	flush()
	return out
}

// sentences splits a passage where a sentence ends, so that one long document
// does not drown the line that answers the question.
func sentences(s string) []string {
	var out []string
	start := 0
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		stop := strings.ContainsRune(".;!?", r) && (end >= len(s) || s[end] == ' ') || r == '\n'
		if stop && end-start >= minSentence || r == ' ' && end-start >= maxSentence {
			out = append(out, strings.TrimSpace(s[start:end]))
			start = end
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// A piece shorter than minSentence bytes does not stand on its own ("p. ej.",
// "9 a. m."); one longer than maxSentence has lost its full stops.
const (
	minSentence = 40
	maxSentence = 400
)

// language says which stemmer and lexicon a text takes.
type language uint8

const (
	unknown language = iota
	es
	en
)

// guess names the language whose everyday words the text uses more: small words
// first, because they decide in most sentences, then the word families.
func guess(ws []string) language {
	var votes int
	for _, w := range ws {
		votes += vote(weak[es][w], weak[en][w])
	}
	if votes == 0 {
		for _, w := range ws {
			votes += vote(families[es][stem(w, es)] != nil, families[en][stem(w, en)] != nil)
		}
	}
	switch {
	case votes > 0:
		return es
	case votes < 0:
		return en
	}
	return unknown
}

func vote(spanish, english bool) int {
	switch {
	case spanish && !english:
		return 1
	case english && !spanish:
		return -1
	}
	return 0
}

var unaccent = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u")

// stem reduces an unaccented word to its root.
func stem(w string, l language) string {
	if len(w) < 3 {
		return w
	}
	if l == en {
		return english.Stem(w, true)
	}
	// The algorithm knows the singular of -ciones only by its accent, which was
	// taken away so that careful and careless typists are treated alike.
	if strings.HasSuffix(w, "cion") || strings.HasSuffix(w, "sion") {
		w = w[:len(w)-2] + "ón"
	}
	return unaccent.Replace(spanish.Stem(w, true))
}
