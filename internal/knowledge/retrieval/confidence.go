package retrieval

import "math"

// Default thresholds on Score, chosen on the development sets: out-of-scope
// questions are answered at most 4 times in 100 on each, and answers are right at
// least 95 times in 100 on those whose entries are not near-duplicates.
const (
	DefaultAnswerAt = 0.885
	DefaultOfferAt  = 0.300
)

// fuse adds the signals. The weights are those of a softmax regression of "which
// entry is right" on the development sets, so that Fused is in log-odds:
//
//	go run ./internal/knowledge/retrieval/train -data DIR -fit fusion
func (s Signals) fuse() float64 {
	return 0.45*s.Words + 5.0*s.Class + 3.0*s.Near + 4.4*s.Phrase + s.Extra
}

// Evidence is what the confidence is computed from, about the best entry unless
// said otherwise. Nothing in it grows with the length of a question or the number
// of entries: bots differ in both, and the coefficients serve all of them.
type Evidence struct {
	Share     float64 // of the softmax of Fused over the candidates, 0..1
	Entropy   float64 // of that softmax, in nats
	Margin    float64 // lead in Fused over the second entry, in log-odds
	Coverage  float64 // its Words as a share of the most any entry could have
	Class     float64
	Near      float64
	Phrase    float64
	Agreement float64 // share of the four signals whose best entry it is
	Known     float64 // share of the question's words, by weight, that the bot knows
	Lone      float64 // 1 over its number of examples; 1 for a passage
}

// Vector lists the evidence in the order of the coefficients. Margin has none: it
// bounds the confidence instead.
func (e Evidence) Vector() []float64 {
	return []float64{e.Share, e.Entropy, e.Coverage, e.Class, e.Near, e.Phrase, e.Agreement, e.Known, e.Lone}
}

// gather reads the evidence off the ranked candidates.
func (ix *Index) gather(q *question, ranked []candidate) Evidence {
	e := Evidence{Known: float64(q.known)}
	if len(ranked) == 0 {
		return e
	}
	best := ranked[0]
	e.Class, e.Near, e.Phrase = best.Class, best.Near, best.Phrase
	e.Margin = best.Fused
	if len(ranked) > 1 {
		e.Margin -= ranked[1].Fused
	}
	if q.ceiling > 0 {
		e.Coverage = best.Words / float64(q.ceiling)
	}
	e.Share, e.Entropy = spread(ranked)
	e.Agreement = agreement(ranked)
	e.Lone = 1
	if n := ix.entries[best.entry]; !n.passage {
		e.Lone = 1 / float64(n.last-n.first)
	}
	return e
}

// spread returns the first candidate's share of the softmax and its entropy.
func spread(ranked []candidate) (share, entropy float64) {
	var sum, weighted float64
	for _, c := range ranked {
		z := c.Fused - ranked[0].Fused
		sum += math.Exp(z)
		weighted += math.Exp(z) * z
	}
	return 1 / sum, math.Log(sum) - weighted/sum
}

// agreement is the share of the signals that no candidate beats the first in.
func agreement(ranked []candidate) float64 {
	var beaten [4]bool
	for _, c := range ranked[1:] {
		for i, by := range [4]bool{
			c.Words > ranked[0].Words, c.Class > ranked[0].Class, c.Near > ranked[0].Near, c.Phrase > ranked[0].Phrase,
		} {
			beaten[i] = beaten[i] || by
		}
	}
	agree := 0.0
	for _, b := range beaten {
		if !b {
			agree += .25
		}
	}
	return agree
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
// sets, clean, misspelled, with a quarter of the entries removed, and with ten
// examples an entry:
//
//	go run ./internal/knowledge/retrieval/train -data DIR -fit confidence
const bias = -4.2942

var coefficients = [...]float64{2.2140, -0.1457, 1.4357, 4.3067, -0.0372, 1.7780, 0.2413, 0.1447, 2.1188}
