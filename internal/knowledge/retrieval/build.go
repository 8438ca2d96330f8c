package retrieval

import "strings"

// Build indexes the entries. Only examples are copied; answers are read for
// their words and let go, unless the entry is a passage.
func Build(entries []Entry, opts Options) *Index {
	if opts.AnswerAt == 0 {
		opts.AnswerAt = DefaultAnswerAt
	}
	if opts.OfferAt == 0 {
		opts.OfferAt = DefaultOfferAt
	}
	ix := &Index{opts: opts, all: len(entries), exact: make(map[string]int32)}
	b := builder{Index: ix, counts: make(map[string]int)}
	for position, e := range entries {
		b.read(position, e)
	}
	ix.main = b.majority()
	b.index()
	return ix
}

// builder holds what is needed only while building.
type builder struct {
	*Index
	examples [][]string     // the words of each example
	answers  [][]string     // the words of each entry's answer; nil for a passage
	owner    []int32        // example -> entry
	counts   map[string]int // how often each word of the examples occurs
}

// read takes in one entry's texts, before the language of the bot is known.
func (b *builder) read(position int, e Entry) {
	answer := words(clip(e.Answer, maxTextBytes))
	if len(answer) == 0 {
		return
	}
	n := int32(len(b.entries))
	first := int32(len(b.examples))
	for _, text := range append([]string{e.Question}, e.Variants...) {
		b.example(n, clip(text, maxTextBytes))
	}
	if first == int32(len(b.examples)) {
		answer = nil
		for _, s := range sentences(clip(e.Answer, maxTextBytes)) {
			b.example(n, s)
		}
	}
	b.answers = append(b.answers, answer)
	b.entries = append(b.entries, entry{e.ID, position, first, int32(len(b.examples)), answer == nil})
}

// example takes in one text that belongs to entry n, unless it has no words.
func (b *builder) example(n int32, text string) {
	ws := words(text)
	if len(ws) == 0 {
		return
	}
	b.examples = append(b.examples, ws)
	b.owner = append(b.owner, n)
	b.Index.examples = append(b.Index.examples, example{text, trigrams(ws)})
	for _, w := range ws {
		b.counts[w]++
	}
	folded := strings.Join(ws, " ")
	if e, ok := b.exact[folded]; ok && e != n {
		n = ambiguous
	}
	b.exact[folded] = n
}

// majority names the language of most examples, Spanish if there is no telling.
func (b *builder) majority() language {
	votes := 0
	for _, ws := range b.examples {
		switch guess(ws) {
		case es:
			votes++
		case en:
			votes--
		}
	}
	if votes < 0 {
		return en
	}
	return es
}

// index fills in the rankers. Each text is read in its own language.
func (b *builder) index() {
	read := reader{b.main, make(map[word]term)}
	bags := make([][]feature, len(b.entries))
	vectors := make([][]feature, len(b.examples))
	for i, ws := range b.examples {
		ts := read.terms(ws)
		vectors[i] = kernelFeatures(ts)
		bags[b.owner[i]] = append(bags[b.owner[i]], wordFeatures(ts, 1)...)
	}
	for i, ws := range b.answers {
		bags[i] = merge(append(bags[i], wordFeatures(read.terms(ws), answerWeight)...))
	}
	b.words = newBM25(bags)
	b.kernel = newKernel(vectors, b.owner, len(b.entries))
	b.speller = newSpeller(b.counts)
}

// reader is analyse with a memory: a bot's texts use the same words over and over.
type reader struct {
	main language
	memo map[word]term
}

type word struct {
	text string
	in   language
}

func (r reader) terms(ws []string) []term {
	l := guess(ws)
	if l == unknown {
		l = r.main
	}
	ts := make([]term, len(ws))
	for i, w := range ws {
		t, ok := r.memo[word{w, l}]
		if !ok {
			t = analyse([]string{w}, l)[0]
			r.memo[word{w, l}] = t
		}
		ts[i] = t
	}
	return ts
}
