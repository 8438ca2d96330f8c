package retrieval

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// speller mends words that the bot has never seen into words that it has.
type speller struct {
	known map[string]int // word -> times seen; never repaired
	words []spelling     // what a word may be repaired into, shortest first
	start []int          // start[n]: the first word of n letters or more
}

type spelling struct {
	word    []rune
	letters uint32 // set of a-z in the word
	count   int
}

const (
	shortestRepair = 3 // letters; a shorter word has too many neighbours
	twoSlips       = 7 // letters from which two slips are forgiven
)

// newSpeller takes how often each word occurs in what customers may ask.
func newSpeller(counts map[string]int) *speller {
	s := &speller{known: counts}
	for w, n := range counts {
		if r := []rune(w); len(r) >= shortestRepair-1 && len(r) <= maxWordBytes/2 {
			s.words = append(s.words, spelling{r, letters(r), n})
		}
	}
	slices.SortFunc(s.words, func(a, b spelling) int {
		return cmp.Or(cmp.Compare(len(a.word), len(b.word)), slices.Compare(a.word, b.word))
	})
	s.start = make([]int, maxWordBytes+2)
	for n := range s.start {
		s.start[n], _ = slices.BinarySearchFunc(s.words, n, func(a spelling, n int) int { return cmp.Compare(len(a.word), n) })
	}
	return s
}

// repair returns the closest known word, or "" when none is close enough.
// Among equals a swap of letters or the sound-alikes of Spanish (b/v, z/s, y/ll,
// a silent h) win, then the commoner word.
func (s *speller) repair(word string) string {
	r := []rune(word)
	if len(r) < shortestRepair || len(r) > maxWordBytes/2 || hasDigit(word) {
		return ""
	}
	limit := 1
	if len(r) >= twoSlips {
		limit = 2
	}
	set, sound := letters(r), soundOf(word)
	best, bestCost, bestCount := "", float32(limit)+1, 0
	for _, w := range s.words[s.start[len(r)-limit]:s.start[min(len(r)+limit+1, len(s.start)-1)]] {
		// Each slip changes at most one letter on either side.
		if differ(set&^w.letters) > limit || differ(w.letters&^set) > limit {
			continue
		}
		d := damerau(r, w.word, limit)
		if d > limit {
			continue
		}
		cost := float32(d)
		if w.word[0] != r[0] {
			cost += .5
		}
		if candidate := string(w.word); cost < bestCost+.5 && soundOf(candidate) == sound {
			cost -= .5
		}
		if cost < bestCost || cost == bestCost && w.count > bestCount {
			best, bestCost, bestCount = string(w.word), cost, w.count
		}
	}
	return best
}

func hasDigit(w string) bool {
	return slices.ContainsFunc([]byte(w), func(c byte) bool { return c >= '0' && c <= '9' })
}

func letters(w []rune) (set uint32) {
	for _, r := range w {
		if r >= 'a' && r <= 'z' {
			set |= 1 << (r - 'a')
		}
	}
	return set
}

func differ(set uint32) int { return bits.OnesCount32(set) }

// soundOf writes a word as Latin American Spanish says it, so that "ola", "baca"
// and "sapato" are known for what they are.
func soundOf(w string) string { return sounds.Replace(w) }

var sounds = strings.NewReplacer("ch", "ch", "h", "", "v", "b", "ll", "y", "z", "s", "ce", "se", "ci", "si", "qu", "k",
	"c", "k", "ge", "je", "gi", "ji")

// damerau is the restricted Damerau-Levenshtein distance (insert, delete, replace, swap of
// neighbours; Boytsov 2011, section 2), or limit+1 as soon as it must be more.
func damerau(a, b []rune, limit int) int {
	var rows [3][maxWordBytes + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(last[j-1]+change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
