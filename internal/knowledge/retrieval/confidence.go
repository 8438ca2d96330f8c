package retrieval

import "math"

// Default thresholds on Score, chosen on the development sets as the highest
// coverage that keeps answers right about 96 times in 100 where the entries are
// plainly different questions. Among near-duplicates it is 84 to 92: no threshold
// serves both kinds of bot, see the decision record. An offer costs a shopper one glance,
// so it is made far below: the right entry is often third.
const (
	DefaultAnswerAt = 0.880
	DefaultOfferAt  = 0.150
)

// fuse adds the signals. The weights are those of a softmax regression of "which
// entry is right" on the development sets, so that Fused is in log-odds:
//
//	go run ./internal/knowledge/retrieval/train -data DIR -fit fusion
func (s Signals) fuse() float64 {
	return 0.45*s.Words + 5.0*s.Class + 3.0*s.Near + 4.4*s.Phrase + s.Extra
}

// Evidence is what the confidence is computed from, about the best entry. Nothing
// in it grows with the length of a question or the number of entries: bots differ
// in both, and the coefficients serve all of them.
type Evidence struct {
	Share  float64 // of the softmax of Fused over the candidates, 0..1
	Fit    float64 // its Fused, without Extra, as a share of what a perfect match would score
	Class  float64 // as in Signals
	Phrase float64 // as in Signals
	Lone   float64 // 1 over its number of examples; 1 for a passage
	Margin float64 // lead in Fused over the second entry, in log-odds
}

// Vector lists the evidence in the order of the coefficients. Margin has none: it
// bounds the confidence instead.
func (e Evidence) Vector() []float64 {
	return []float64{e.Share, e.Fit, e.Class, e.Phrase, e.Lone}
}

// gather reads the evidence off the ranked candidates.
func (ix *Index) gather(q *question, ranked []candidate) Evidence {
	if len(ranked) == 0 {
		return Evidence{}
	}
	best := ranked[0]
	perfect := Signals{Words: float64(q.ceiling), Class: 1, Near: 1, Phrase: 1}.fuse()
	e := Evidence{
		Share:  share(ranked),
		Fit:    (best.Fused - best.Extra) / perfect,
		Class:  best.Class,
		Phrase: best.Phrase,
		Lone:   1,
		Margin: best.Fused,
	}
	if n := ix.entries[best.entry]; !n.passage {
		e.Lone = 1 / float64(n.last-n.first)
	}
	if len(ranked) > 1 {
		e.Margin -= ranked[1].Fused
	}
	return e
}

// share is the first candidate's part of the softmax of Fused.
func share(ranked []candidate) float64 {
	var sum float64
	for _, c := range ranked {
		sum += math.Exp(c.Fused - ranked[0].Fused)
	}
	return 1 / sum
}

// confidence is the probability that the best entry is right. It cannot be more
// than the best entry's chance against the second alone, which is what keeps a bot
// with two copies of a question from answering with either.
func (e Evidence) confidence() float64 {
	z := float64(bias)
	for i, v := range e.Vector() {
		z += coefficients[i] * v
	}
	return min(sigmoid(z), sigmoid(e.Margin))
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// bias and coefficients are those of a logistic regression on the development
// sets, clean, misspelled, with a quarter of the entries removed, cut into small
// bots, and with ten examples an entry:
//
//	go run ./internal/knowledge/retrieval/train -data DIR -fit confidence
const bias = -4.8741

var coefficients = [...]float64{3.0186, 3.6646, 3.4376, 1.0241, 1.9245}
