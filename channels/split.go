package channels

import (
	"strings"
	"unicode"
)

// SplitText cuts a text into parts of at most most characters, at the last paragraph, line,
// sentence or word that fits; no part is empty and nothing but white space is lost. Without
// a limit there is one part, of a blank text none.
func SplitText(s string, most int) []string {
	r := trim([]rune(s))
	var out []string
	for most > 0 && len(r) > most {
		at := cutAt(r[:most+1])
		out = append(out, string(trim(r[:at])))
		r = trim(r[at:])
	}
	if len(r) > 0 {
		out = append(out, string(r))
	}
	return out
}

func trim(r []rune) []rune {
	for len(r) > 0 && unicode.IsSpace(r[0]) {
		r = r[1:]
	}
	for len(r) > 0 && unicode.IsSpace(r[len(r)-1]) {
		r = r[:len(r)-1]
	}
	return r
}

// cutAt finds where to cut r, whose last rune is already beyond the limit. A cut in the
// first half would make crumbs, so a coarser boundary counts only in the second; but a
// crumb is better than a link in two pieces.
func cutAt(r []rune) int {
	n := len(r) - 1
	word := func(i int) bool { return unicode.IsSpace(r[i]) }
	for _, b := range []struct {
		ends  func(i int) bool
		after int
	}{
		{func(i int) bool { return r[i-1] == '\n' && i > 1 && r[i-2] == '\n' }, n / 2},
		{func(i int) bool { return r[i-1] == '\n' }, n / 2},
		{func(i int) bool { return word(i) && strings.ContainsRune(".!?…", r[i-1]) }, n / 2},
		{word, 0},
	} {
		for i := n; i > b.after; i-- {
			if b.ends(i) {
				return i
			}
		}
	}
	return wholeAt(r, n)
}

// wholeAt is the last place at or before n, and not far before it, where a cut parts no
// accent from its letter, no emoji into its pieces and no flag into its letters.
func wholeAt(r []rune, n int) int {
	for i := n; i > max(0, n-8); i-- {
		if i >= len(r) || !joined(r[i-1], r[i]) {
			return i
		}
	}
	return n
}

func joined(a, b rune) bool {
	const zwj = '\u200d'
	skin := b >= 0x1f3fb && b <= 0x1f3ff
	flag := isFlagLetter(a) && isFlagLetter(b)
	return unicode.Is(unicode.M, b) || a == zwj || b == zwj || skin || flag
}

func isFlagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
