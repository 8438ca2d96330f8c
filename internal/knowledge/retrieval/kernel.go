package retrieval

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// kernel compares a question with single examples: each example is a unit
// vector of features weighted by how few entries have them, and the kernel of
// two texts is their dot product (their cosine).
type kernel struct {
	ids   map[uint64]int32
	idf   []float32
	rare  float32     // the idf of a feature no entry has
	posts [][]posting // feature -> examples
	rows  [][]cell    // example -> features
	owner []int32     // example -> entry

	scratch sync.Pool // *[]float32, one slot a feature, all zero
}

type cell struct {
	id     int32
	weight float32
}

const (
	// idfPower softens idf: in a bot of fifty questions a word seen once is as
	// often chance as it is telling.
	idfPower = 0.7
	// lambda is the ridge, against a kernel whose diagonal is 1.
	lambda = 1.0
	// neighbours bounds the linear system solved per question. A bot with fewer
	// examples gets exact kernel ridge regression; a larger one gets it over the
	// examples nearest to the question, at a cost that no longer grows.
	neighbours = 512
	// steps of conjugate gradients. With lambda 1 the system's condition number
	// is small and the ranking stops changing after about six.
	steps = 8
)

// newKernel indexes examples (merged features each) and the entries they belong to.
func newKernel(examples [][]feature, owner []int32, entries int) *kernel {
	x := &kernel{ids: make(map[uint64]int32), owner: owner, rows: make([][]cell, len(examples))}
	var df, last []int32
	for e, fs := range examples {
		for _, f := range fs {
			id, ok := x.ids[f.key]
			if !ok {
				id = int32(len(df))
				x.ids[f.key] = id
				df, last = append(df, 0), append(last, -1)
			}
			if last[id] != owner[e] {
				df[id]++
				last[id] = owner[e]
			}
		}
	}
	idf := func(df int32) float32 {
		return float32(math.Pow(math.Log(1+float64(entries)/(float64(df)+.5)), idfPower))
	}
	x.idf = make([]float32, len(df))
	for i, n := range df {
		x.idf[i] = idf(n)
	}
	x.rare = idf(0)
	x.posts = make([][]posting, len(df))
	for e, fs := range examples {
		x.rows[e] = x.vector(fs)
		for _, c := range x.rows[e] {
			x.posts[c.id] = append(x.posts[c.id], posting{int32(e), c.weight})
		}
	}
	x.scratch.New = func() any { s := make([]float32, len(df)); return &s }
	return x
}

// vector weighs and normalises features. Those the index has never seen are
// left out but count in the length: a question that is mostly new is near nothing.
func (x *kernel) vector(fs []feature) []cell {
	row := make([]cell, 0, len(fs))
	var square float64
	for _, f := range fs {
		id, ok := x.ids[f.key]
		w := f.weight * x.rare
		if ok {
			w = f.weight * x.idf[id]
			row = append(row, cell{id, w})
		}
		square += float64(w) * float64(w)
	}
	if square == 0 {
		return nil
	}
	scale := float32(1 / math.Sqrt(square))
	for i := range row {
		row[i].weight *= scale
	}
	return row
}

// cosines returns the kernel of the question with every example.
func (x *kernel) cosines(query []cell) []float32 {
	out := make([]float32, len(x.rows))
	for _, q := range query {
		for _, p := range x.posts[q.id] {
			out[p.doc] += q.weight * p.weight
		}
	}
	return out
}

// nearest gives each entry the cosine of its closest example, and which one it is (-1: none).
func (x *kernel) nearest(cosines []float32, entries int) (best []float32, example []int32) {
	best, example = make([]float32, entries), make([]int32, entries)
	for i := range example {
		example[i] = -1
	}
	for e, c := range cosines {
		if o := x.owner[e]; c > best[o] {
			best[o], example[o] = c, int32(e)
		}
	}
	return best, example
}

// classify is kernel ridge regression, one class an entry, with the training
// put off until the question is known. The class scores k'(K+λI)⁻¹Y of the
// textbook (Murphy 2012, "Machine Learning", section 14.4.3) need one linear
// system per class when solved ahead, but only one in all when b = (K+λI)⁻¹k is
// solved for the question at hand: the score of an entry is then the sum of b
// over its examples. K = XX' is never formed, conjugate gradients need only its
// product with a vector.
func (x *kernel) classify(cosines []float32, entries int) []float32 {
	near := x.top(cosines)
	n := len(near)
	b, r, p, ap := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i, e := range near {
		r[i] = cosines[e]
	}
	copy(p, r)
	work := x.scratch.Get().(*[]float32)
	defer x.scratch.Put(work)
	for rr, step := dot(r, r), 0; step < steps && rr > 1e-8; step++ {
		x.multiply(near, p, ap, *work)
		alpha := rr / dot(p, ap)
		for i := range b {
			b[i] += alpha * p[i]
			r[i] -= alpha * ap[i]
		}
		next := dot(r, r)
		for i := range p {
			p[i] = r[i] + next/rr*p[i]
		}
		rr = next
	}
	out := make([]float32, entries)
	for i, e := range near {
		out[x.owner[e]] += b[i]
	}
	return out
}

// multiply sets out = (XX' + λI)p over the given examples. work is all zero
// before and after.
func (x *kernel) multiply(examples []int32, p, out, work []float32) {
	for i, e := range examples {
		for _, c := range x.rows[e] {
			work[c.id] += p[i] * c.weight
		}
	}
	for i, e := range examples {
		sum := lambda * p[i]
		for _, c := range x.rows[e] {
			sum += c.weight * work[c.id]
		}
		out[i] = sum
	}
	for _, e := range examples {
		for _, c := range x.rows[e] {
			work[c.id] = 0
		}
	}
}

// top returns the examples nearest to the question, at most neighbours of them.
func (x *kernel) top(cosines []float32) []int32 {
	near := make([]int32, 0, neighbours)
	for e, c := range cosines {
		if c > 0 {
			near = append(near, int32(e))
		}
	}
	if len(near) > neighbours {
		slices.SortFunc(near, func(a, b int32) int {
			return cmp.Or(cmp.Compare(cosines[b], cosines[a]), cmp.Compare(a, b))
		})
		near = near[:neighbours]
	}
	return near
}

func dot(a, b []float32) float32 {
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
