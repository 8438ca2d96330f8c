package retrieval

import "math"

// bm25 ranks entries by the words they share with a question: Okapi BM25
// (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25
// and Beyond", section 3), with idf = ln(1 + (N-df+.5)/(df+.5)), which is never
// negative. All examples of an entry count as one document: a word seen in
// three of its examples is evidence, not repetition.
type bm25 struct {
	ids    map[uint64]int32
	posts  [][]posting
	idf    []float32
	length []float32 // per entry: k1 * (1 - b + b*length/average)
	rare   float32   // the idf of a word no entry has
}

// posting is one entry or example that has a feature, and how much.
type posting struct {
	doc    int32
	weight float32
}

const (
	bm25K1 = 0.9
	bm25B  = 0.75
)

// newBM25 indexes one bag of features per entry, each already merged.
func newBM25(docs [][]feature) *bm25 {
	x := &bm25{ids: make(map[uint64]int32), length: make([]float32, len(docs))}
	var total float64
	for d, bag := range docs {
		for _, f := range bag {
			id, ok := x.ids[f.key]
			if !ok {
				id = int32(len(x.posts))
				x.ids[f.key] = id
				x.posts = append(x.posts, nil)
			}
			x.posts[id] = append(x.posts[id], posting{int32(d), f.weight})
			x.length[d] += f.weight
		}
		total += float64(x.length[d])
	}
	average := math.Max(total/math.Max(float64(len(docs)), 1), 1)
	for d, l := range x.length {
		x.length[d] = float32(bm25K1 * (1 - bm25B + bm25B*float64(l)/average))
	}
	idf := func(df int) float32 {
		return float32(math.Log(1 + (float64(len(docs)-df)+.5)/(float64(df)+.5)))
	}
	x.idf = make([]float32, len(x.posts))
	for i, p := range x.posts {
		x.idf[i] = idf(len(p))
	}
	x.rare = idf(0)
	return x
}

// score returns each entry's BM25 and the most that any entry could get, which
// is the sum over all words of the question.
func (x *bm25) score(query []feature) (scores []float32, ceiling float32) {
	scores = make([]float32, len(x.length))
	for _, f := range query {
		id, ok := x.ids[f.key]
		if !ok {
			ceiling += f.weight * x.rare * (bm25K1 + 1)
			continue
		}
		w := f.weight * x.idf[id] * (bm25K1 + 1)
		ceiling += w
		for _, p := range x.posts[id] {
			scores[p.doc] += w * p.weight / (p.weight + x.length[p.doc])
		}
	}
	return scores, ceiling
}
