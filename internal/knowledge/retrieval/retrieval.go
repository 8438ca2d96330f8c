// Package retrieval finds the stored answer to a customer's question, says how
// sure it is, and decides whether to answer, to offer a choice, or to call a
// person. It is pure: no database, no network, no model, no clock. An Index is
// built from one bot's entries and never changes; a change of the entries is a
// new Index.
//
// A question is scored four ways (words, a classifier over the examples, the
// nearest example, the nearest phrase), the scores are added with fixed weights,
// and a logistic model turns what was seen into the probability that the best
// entry is the right one. Spanish and English need no configuration, together or
// apart. internal/docs/adr/0005-faq-retrieval.md says why it is built this way.
//
// Cost, on one 2020s server core: Build about 20 µs and 1.7 KB an example; Search
// about 0.3 ms at 60 entries, 1.3 ms at 1,000 and 10 ms at 10,000 of six examples
// each, because it reads the postings of all letters of the question. Past that a
// bot should be split, or its passages searched by the database first.
package retrieval

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Entry is one thing the bot can answer: a FAQ, or a passage of a document when
// Question is empty. An entry without an Answer is never found: there is nothing
// to say. Texts are read up to 20 KB each.
type Entry struct {
	ID       string
	Question string
	Variants []string // other ways customers ask it; the more, the better
	Answer   string
}

// Options are a company's thresholds on Score, in 0..1. Zero means the default.
type Options struct {
	AnswerAt float64 // answer alone from here; default DefaultAnswerAt
	OfferAt  float64 // offer the best entries from here; default DefaultOfferAt
}

// Decision is what the bot should do with the hits.
type Decision uint8

const (
	Handoff Decision = iota // nothing fits: call a person
	Offer                   // show the best entries as buttons
	Answer                  // say the first entry's answer
)

func (d Decision) String() string { return [...]string{"handoff", "offer", "answer"}[d] }

// Result is what Search found, best first.
type Result struct {
	Hits     []Hit
	Decision Decision
	Repaired string // the question after its spelling was mended; "" if unchanged
	Exact    bool   // the question is, word for word, an example of the first hit alone
	Evidence Evidence
}

// Hit is one candidate answer. Score is the probability, 0..1, that it is the
// right one; it is given when refusing too, so that scores can be compared
// across questions. The scores of a result never add up to more than 1.
type Hit struct {
	ID      string
	Score   float64
	Matched string // the example closest to the question
	Signals Signals
}

// Signals are the separate opinions on one entry, for the trace.
type Signals struct {
	Words  float64 // BM25 over stems and word families, from 0 up
	Class  float64 // kernel ridge classifier, about 0..1
	Near   float64 // cosine of the nearest example, 0..1
	Phrase float64 // most similar stretch of an example, 0..1
	Extra  float64 // what the caller's own signals added to Fused
	Fused  float64 // the weighted sum that orders the hits, in log-odds
}

// Extra is a signal from outside, such as the cosine of embeddings: one score per
// entry in the order given to Build, and what one unit of it is worth in log-odds.
// A slice of the wrong length is ignored, and so is any score that is not a
// finite number, so that a broken provider leaves the lexical answer untouched.
type Extra struct {
	Scores []float64
	Weight float64
}

// Index is one bot's entries, ready to be searched. It is safe for concurrent use.
type Index struct {
	opts     Options
	entries  []entry
	all      int // entries given to Build, for the length of Extra
	main     language
	words    *bm25
	kernel   *kernel
	examples []example
	exact    map[string]int32 // folded example -> entry, or ambiguous
	speller  *speller
}

type entry struct {
	id       string
	position int   // in the slice given to Build
	first    int32 // its examples are examples[first:last]
	last     int32
	passage  bool // its examples are sentences of its answer
}

type example struct {
	text     string
	trigrams []uint32
}

const ambiguous = -1

// candidates is how many entries, best by the cheap signals, are compared by phrase.
const candidates = 30

// Search ranks the entries for a question and returns at most k hits. Any input
// is safe; the first 2,000 bytes and 64 words of the question are read.
func (ix *Index) Search(query string, k int, extra ...Extra) Result {
	asked := words(clip(query, maxQueryBytes))
	asked = asked[:min(len(asked), maxQueryWords)]
	if len(asked) == 0 || len(ix.entries) == 0 || k <= 0 {
		return Result{}
	}
	ws, repaired := ix.repair(asked)
	q := ix.read(ws)
	hits := ix.rank(q, extra)
	evidence := ix.gather(q, hits)
	result := Result{Repaired: repaired, Evidence: evidence}
	if e, ok := ix.exact[strings.Join(asked, " ")]; ok && e != ambiguous {
		hits = promote(hits, e)
		result.Exact = true
	}
	confidence := evidence.confidence()
	if len(hits) == 0 {
		confidence = 0
	}
	if result.Exact {
		confidence = max(confidence, exactConfidence)
	}
	result.Decision = ix.decide(confidence)
	result.Hits = ix.present(q, hits, k, confidence)
	return result
}

// exactConfidence is the least score of a question that is word for word an
// example of one entry only: what a customer gets who presses an offered button.
const exactConfidence = 0.99

func (ix *Index) decide(confidence float64) Decision {
	switch {
	case confidence >= ix.opts.AnswerAt:
		return Answer
	case confidence >= ix.opts.OfferAt:
		return Offer
	}
	return Handoff
}

// question is a query in the forms the signals need.
type question struct {
	terms    []term
	cosines  []float32
	ceiling  float32 // the most BM25 any entry could have
	trigrams []uint32

	words, class, near []float32 // per entry
	example            []int32   // per entry: its nearest example
}

// read computes the signals that come for all entries at once.
func (ix *Index) read(ws []string) *question {
	q := &question{terms: analyse(ws, cmp.Or(guess(ws), ix.main)), trigrams: trigrams(ws)}
	q.words, q.ceiling = ix.words.score(merge(wordFeatures(q.terms, 1)))
	q.cosines = ix.kernel.cosines(ix.kernel.vector(kernelFeatures(q.terms)))
	q.class = ix.kernel.classify(q.cosines, len(ix.entries))
	q.near, q.example = ix.kernel.nearest(q.cosines, len(ix.entries))
	return q
}

// candidate is an entry on its way to being a Hit.
type candidate struct {
	entry int32
	Signals
}

// rank orders all entries by the cheap signals, then the best of them by all.
func (ix *Index) rank(q *question, extra []Extra) []candidate {
	hits := make([]candidate, 0, 4*candidates)
	for e := range ix.entries {
		c := candidate{int32(e), Signals{Words: float64(q.words[e]), Class: float64(q.class[e]), Near: float64(q.near[e])}}
		c.Extra = ix.extra(e, extra)
		if c.Words > 0 || c.Near > 0 || c.Extra != 0 {
			c.Fused = c.fuse()
			hits = append(hits, c)
		}
	}
	order(hits)
	hits = hits[:min(len(hits), candidates)]
	m := newPhraseMatcher(q.trigrams)
	for i := range hits {
		c := &hits[i]
		e := ix.entries[c.entry]
		for _, x := range ix.examples[e.first:e.last] {
			c.Phrase = max(c.Phrase, float64(m.similarity(x.trigrams)))
		}
		c.Fused = c.fuse()
	}
	order(hits)
	return hits
}

func order(hits []candidate) {
	slices.SortFunc(hits, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Fused, a.Fused), cmp.Compare(a.entry, b.entry))
	})
}

func (ix *Index) extra(e int, extra []Extra) (sum float64) {
	for _, x := range extra {
		if len(x.Scores) != ix.all {
			continue
		}
		if s := x.Weight * x.Scores[ix.entries[e].position]; !math.IsNaN(s) && !math.IsInf(s, 0) {
			sum += s
		}
	}
	return sum
}

// promote moves an entry to the front.
func promote(hits []candidate, e int32) []candidate {
	i := slices.IndexFunc(hits, func(c candidate) bool { return c.entry == e })
	if i < 0 {
		return append([]candidate{{entry: e}}, hits...)
	}
	first := hits[i]
	copy(hits[1:i+1], hits[:i])
	hits[0] = first
	return hits
}

// present gives the first hit the confidence and shares what is left among the
// others, each by its odds against the first.
func (ix *Index) present(q *question, ranked []candidate, k int, confidence float64) []Hit {
	if len(ranked) == 0 {
		return nil
	}
	var hits []Hit
	var odds float64
	for _, c := range ranked[1:] {
		odds += math.Exp(min(c.Fused-ranked[0].Fused, 0))
	}
	for i, c := range ranked[:min(len(ranked), k)] {
		h := Hit{ID: ix.entries[c.entry].id, Score: confidence, Matched: ix.matched(q, c.entry), Signals: c.Signals}
		if i > 0 {
			odd := math.Exp(min(c.Fused-ranked[0].Fused, 0))
			h.Score = min(confidence*odd, (1-confidence)*odd/max(odds, math.SmallestNonzeroFloat64))
		}
		hits = append(hits, h)
	}
	return hits
}

func (ix *Index) matched(q *question, e int32) string {
	if x := q.example[e]; x >= 0 {
		return ix.examples[x].text
	}
	return ix.examples[ix.entries[e].first].text
}

// repair mends the words of a question that neither the bot nor the language
// knows; the text is "" when there was nothing to mend.
func (ix *Index) repair(asked []string) (ws []string, text string) {
	ws = slices.Clone(asked)
	l := cmp.Or(guess(asked), ix.main)
	for i, w := range ws {
		if full, ok := chatWords[w]; ok {
			ws[i] = full
			continue
		}
		if ix.knows(w, l) {
			continue
		}
		if better := ix.speller.repair(w); better != "" {
			ws[i] = better
		}
	}
	if slices.Equal(ws, asked) {
		return ws, ""
	}
	return ws, strings.Join(ws, " ")
}

func (ix *Index) knows(w string, l language) bool {
	if ix.speller.known[w] > 0 || weak[es][w] || weak[en][w] {
		return true
	}
	s := stem(w, l)
	_, ok := ix.words.ids[hash(kindStem, s)]
	return ok || families[l][s] != nil
}
