package knowledge

import (
	"context"
	"slices"

	"recado/bots"
	"recado/internal/id"
	"recado/internal/knowledge/retrieval"
)

// Answerer answers from one bot's enabled entries. It never changes; it is safe for
// concurrent use, and what it returns is its own: read only.
type Answerer struct {
	faqs       []FAQ
	byID       map[string]int // place in faqs
	index      *retrieval.Index
	thresholds bots.Thresholds // as effective
}

var _ bots.Answerer = (*Answerer)(nil)

// NewAnswerer indexes the entries that are enabled; a threshold of 0 means the shipped one.
// Building is what costs (see retrieval): when before, which may be nil, was made of the
// same entries and thresholds, it is returned instead.
func NewAnswerer(faqs []FAQ, t bots.Thresholds, before *Answerer) *Answerer {
	faqs = slices.DeleteFunc(faqs, func(f FAQ) bool { return !f.Enabled })
	if t.Answer == 0 {
		t.Answer = retrieval.DefaultAnswerAt
	}
	if t.Offer == 0 {
		t.Offer = min(retrieval.DefaultOfferAt, t.Answer)
	}
	if before != nil && before.thresholds == t && slices.EqualFunc(before.faqs, faqs, func(a, b FAQ) bool { return a.same(&b) }) {
		return before
	}
	a := &Answerer{faqs: faqs, byID: make(map[string]int, len(faqs)), thresholds: t}
	entries := make([]retrieval.Entry, len(faqs))
	for i, f := range faqs {
		entries[i] = retrieval.Entry{ID: f.ID.String(), Question: f.Question, Variants: f.Variants, Answer: f.Answer}
		a.byID[entries[i].ID] = i
	}
	a.index = retrieval.Build(entries, retrieval.Options{AnswerAt: t.Answer, OfferAt: t.Offer})
	return a
}

// Answer implements bots.Answerer.
func (a *Answerer) Answer(_ context.Context, query string, k int) bots.Answers {
	r := a.index.Search(query, k)
	out := bots.Answers{Decision: bots.DecideHandoff, Repaired: r.Repaired, AnswerAt: a.thresholds.Answer, OfferAt: a.thresholds.Offer}
	for _, h := range r.Hits {
		out.Candidates = append(out.Candidates, a.candidate(a.byID[h.ID], h.Score))
	}
	switch {
	case len(out.Candidates) == 0:
	case r.Decision == retrieval.Answer:
		out.Decision = bots.DecideAnswer
	case r.Decision == retrieval.Offer:
		out.Decision = bots.DecideOffer
	}
	return out
}

// Find implements bots.Answerer.
func (a *Answerer) Find(_ context.Context, faq id.FAQ) (bots.Candidate, bool) {
	i, ok := a.byID[faq.String()]
	if !ok {
		return bots.Candidate{}, false
	}
	return a.candidate(i, 1), true
}

func (a *Answerer) candidate(i int, score float64) bots.Candidate {
	f := a.faqs[i]
	return bots.Candidate{ID: f.ID, ExternalID: f.ExternalID, Question: f.Question, Answer: f.Answer, Score: score}
}

// Size is about how many bytes of memory it takes.
func (a *Answerer) Size() int {
	const perEntry, perExample = 400, 1600 // measured; see BenchmarkAnswerer
	n := 0
	for _, f := range a.faqs {
		n += perEntry + len(f.Question) + len(f.Answer) + perExample*(1+len(f.Variants))
		for _, v := range f.Variants {
			n += len(v)
		}
	}
	return n
}
