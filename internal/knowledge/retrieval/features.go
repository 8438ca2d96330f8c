package retrieval

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// A feature is something two texts can have in common (a stem, a word family, a
// pair of stems, a run of letters), named by a hash, with its weight in one text.
type feature struct {
	key    uint64
	weight float32
}

// Weights of the kinds of feature, chosen on the development sets.
const (
	weakWeight   = 0.6  // a weak word against a telling one
	familyWeight = 0.55 // a word family against the word itself, when ranking words
	answerWeight = 0.2  // a word of the answer against one of the question

	stemMix   = 3.0 // in the kernel, against one run of letters
	familyMix = 1.5
	pairMix   = 2.0
)

const (
	kindStem byte = iota
	kindFamily
	kindPair
	kindLetters
)

// term is one word of a text, ready to be compared.
type term struct {
	word     string
	stem     string
	families []int
	weight   float32
}

// analyse reads the words of a text in the given language.
func analyse(ws []string, l language) []term {
	ts := make([]term, len(ws))
	for i, w := range ws {
		s := stem(w, l)
		ts[i] = term{w, s, families[l][s], 1}
		if weak[l][w] {
			ts[i].weight = weakWeight
		}
	}
	return ts
}

// wordFeatures lists stems and families: what the word ranker compares.
func wordFeatures(ts []term, weight float32) []feature {
	fs := make([]feature, 0, 2*len(ts))
	for _, t := range ts {
		fs = append(fs, feature{hash(kindStem, t.stem), weight * t.weight})
		for _, f := range t.families {
			fs = append(fs, feature{hashFamily(f), weight * t.weight * familyWeight})
		}
	}
	return fs
}

// kernelFeatures adds pairs of neighbouring stems, which hold word order, and
// runs of 3 and 4 letters, which survive typing slips and unknown inflections.
func kernelFeatures(ts []term) []feature {
	fs := make([]feature, 0, 12*len(ts))
	previous, weight := "^", float32(1)
	pair := func(s string, w float32) {
		fs = append(fs, feature{hash(kindPair, previous+" "+s), pairMix * float32(math.Sqrt(float64(weight*w)))})
		previous, weight = s, w
	}
	for _, t := range ts {
		fs = append(fs, feature{hash(kindStem, t.stem), stemMix * t.weight})
		for _, f := range t.families {
			fs = append(fs, feature{hashFamily(f), familyMix * t.weight})
		}
		pair(t.stem, t.weight)
		eachRun(t.word, 3, func(s string) { fs = append(fs, feature{hash(kindLetters, s), t.weight}) })
		eachRun(t.word, 4, func(s string) { fs = append(fs, feature{hash(kindLetters, s), t.weight}) })
	}
	if len(ts) > 0 {
		pair("$", 1)
	}
	return merge(fs)
}

// eachRun calls f with every run of n characters of " word ".
func eachRun(word string, n int, f func(string)) {
	s := " " + word + " "
	end, count := 0, 0
	for start := range s {
		for ; end < len(s) && count < n; count++ {
			_, size := utf8.DecodeRuneInString(s[end:])
			end += size
		}
		if count < n {
			return
		}
		f(s[start:end])
		count--
	}
}

// merge sums the weights of equal features. The result is sorted, which keeps
// every later sum, and so every score and tie, the same from run to run.
func merge(fs []feature) []feature {
	slices.SortFunc(fs, func(a, b feature) int { return cmp.Compare(a.key, b.key) })
	out := fs[:0]
	for _, f := range fs {
		if n := len(out); n > 0 && out[n-1].key == f.key {
			out[n-1].weight += f.weight
		} else {
			out = append(out, f)
		}
	}
	return out
}

// hash is FNV-1a over the kind and the text.
func hash(kind byte, s string) uint64 {
	h := (uint64(14695981039346656037) ^ uint64(kind)) * 1099511628211
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func hashFamily(n int) uint64 { return hash(kindFamily, string([]byte{byte(n), byte(n >> 8)})) }
