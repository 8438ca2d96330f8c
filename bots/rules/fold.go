package rules

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"recado/internal/chat"
)

// Words folds a text to the words that rules compare: lower-case letters and digits
// between single spaces, "" when there are none.
//
// Accents go, and "ñ" becomes "n": customers write "manana". Compatibility forms (full
// width, ligatures) become plain letters. Punctuation, emoji and controls only separate
// words, except the apostrophe, so that "don't" is "dont". Three or more of a, e, o or u
// in a row are one ("holaaa"); i and consonants are left alone for the sake of III and
// XXXL. Text beyond chat.MaxText is not read.
func Words(s string) string {
	b := make([]byte, 0, min(len(s), chat.MaxText))
	var last rune // of the word being written; 0 between words
	run := 0      // how often it came in a row
	for r := range folded(s) {
		switch {
		case r == '\'' || r == '’':
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			last = 0
			continue
		case last == 0 && len(b) > 0:
			b = append(b, ' ')
		}
		if r != last {
			last, run = r, 0
		}
		run++
		if run >= 3 && (r == 'a' || r == 'e' || r == 'o' || r == 'u') {
			if run == 3 {
				b = b[:len(b)-1]
			}
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// Line folds a text to the single line that regex rules see: as Words, but punctuation
// and emoji stay, letters are never dropped, and only white space is squeezed.
func Line(s string) string {
	b := make([]byte, 0, min(len(s), chat.MaxText))
	gap := false
	for r := range folded(s) {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			gap = true
			continue
		}
		if gap && len(b) > 0 {
			b = append(b, ' ')
		}
		gap = false
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// folded yields the lower-case letters of s without accents or invisible marks.
func folded(s string) iter.Seq[rune] {
	s = norm.NFKD.String(strings.ToValidUTF8(clip(s, chat.MaxText), " "))
	return func(yield func(rune) bool) {
		for _, r := range s {
			if r < utf8.RuneSelf {
				if 'A' <= r && r <= 'Z' {
					r += 'a' - 'A'
				}
			} else if unicode.In(r, unicode.Mn, unicode.Cf) {
				continue
			} else {
				r = unicode.ToLower(r)
			}
			if !yield(r) {
				return
			}
		}
	}
}

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
