package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"recado/internal/knowledge/retrieval"
)

// fitFusion is a softmax regression: the weights that make the right entry the
// likeliest of the candidates. Every set counts the same, whatever its size.
func fitFusion(rs []run, answered [][]answer) {
	problems := map[string][]choice{}
	for i, r := range rs {
		if r.condition != "clean" && r.condition != "typo" && r.condition != "k10" {
			continue
		}
		for _, a := range answered[i] {
			if right := a.rank(); right >= 0 {
				problems[r.set] = append(problems[r.set], choiceOf(a, right))
			}
		}
	}
	show := func(label string, w []float64) {
		fmt.Printf("%-12s words %.3f class %.3f near %.3f phrase %.3f |", label, w[0], w[1], w[2], w[3])
		for i, r := range rs {
			if r.condition == "clean" {
				fmt.Printf(" %s %.3f", r.set, top1(answered[i], w))
			}
		}
		fmt.Println()
	}
	for _, set := range sets {
		show("without "+set, softmax(problems, set))
	}
	show("all", softmax(problems, ""))
}

type choice struct {
	options [][]float64
	right   int
}

func choiceOf(a answer, right int) choice {
	c := choice{right: right}
	for _, h := range a.Hits {
		c.options = append(c.options, []float64{h.Signals.Words, h.Signals.Class, h.Signals.Near, h.Signals.Phrase})
	}
	return c
}

func top1(as []answer, w []float64) float64 {
	var ok, n float64
	for _, a := range as {
		if a.FAQ == nil {
			continue
		}
		n++
		best, top := -1, math.Inf(-1)
		for i, x := range choiceOf(a, 0).options {
			if z := product(w, x); z > top {
				best, top = i, z
			}
		}
		ok += truth(best >= 0 && best == a.rank())
	}
	return ok / n
}

func product(w, x []float64) (z float64) {
	for i := range w {
		z += w[i] * x[i]
	}
	return z
}

// softmax maximises the likelihood over all sets but one by gradient ascent
// with a step per weight (Adam).
func softmax(problems map[string][]choice, without string) []float64 {
	w := []float64{.5, 5, 5, 5}
	opt := newAdam(len(w), .1)
	for range 300 {
		g := make([]float64, len(w))
		for set, cs := range problems {
			if set == without {
				continue
			}
			for _, c := range cs {
				gradient(c, w, g, 1/float64(len(cs)))
			}
		}
		opt.step(w, g)
		for i := range w {
			w[i] = max(w[i], 0)
		}
	}
	return w
}

// gradient adds the gradient of the log-likelihood of one choice, times scale.
func gradient(c choice, w, g []float64, scale float64) {
	p := make([]float64, len(c.options))
	top := math.Inf(-1)
	for i, x := range c.options {
		p[i] = product(w, x)
		top = max(top, p[i])
	}
	var sum float64
	for i := range p {
		p[i] = math.Exp(p[i] - top)
		sum += p[i]
	}
	for i, x := range c.options {
		d := truth(i == c.right) - p[i]/sum
		for j := range g {
			g[j] += scale * d * x[j]
		}
	}
}

type adam struct {
	rate float64
	t    float64
	m, v []float64
}

func newAdam(n int, rate float64) *adam {
	return &adam{rate: rate, m: make([]float64, n), v: make([]float64, n)}
}

// step climbs along g (Kingma and Ba 2015, algorithm 1).
func (a *adam) step(w, g []float64) {
	a.t++
	for i := range w {
		a.m[i] = .9*a.m[i] + .1*g[i]
		a.v[i] = .99*a.v[i] + .01*g[i]*g[i]
		m, v := a.m[i]/(1-math.Pow(.9, a.t)), a.v[i]/(1-math.Pow(.99, a.t))
		w[i] += a.rate * m / (math.Sqrt(v) + 1e-8) / math.Sqrt(1+a.t/50)
	}
}

// example is one query's evidence and whether the best hit was right.
type example struct {
	x      []float64
	right  float64
	weight float64
}

// outOfScope is the weight of a question nobody wrote an answer for, against one
// that has one: a wrong answer to it is the worst thing the bot can say.
const outOfScope = 2

// fitConfidence is a logistic regression of "the best hit is right" on the
// evidence, over all conditions; every run counts the same.
func fitConfidence(rs []run, answered [][]answer) {
	problems := map[string][]example{}
	for i, r := range rs {
		for _, a := range answered[i] {
			if len(a.Hits) == 0 {
				continue
			}
			e := example{a.Evidence.Vector(), truth(a.rank() == 0), 1 / float64(len(answered[i]))}
			if a.FAQ == nil {
				e.weight *= outOfScope
			}
			problems[r.set] = append(problems[r.set], e)
		}
	}
	fmt.Println("fitted, and threshold chosen, on the other sets:")
	var held [][]answer
	for _, set := range sets {
		w := logistic(problems, set)
		t := threshold(rs, answered, w, set)
		fmt.Printf("%s %.3f, ", set, t)
		for i, r := range rs {
			if r.set == set {
				held = append(held, rescored(answered[i], w, t))
			}
		}
	}
	fmt.Println()
	report(rs, held)
	w := logistic(problems, "")
	n := len(w) - 1
	fmt.Printf("threshold %.3f\nbias = %.4f\ncoefficients = %.4f\n", threshold(rs, answered, w, ""), w[n], w[:n])
}

// logistic fits all sets but one; the last weight is the bias. Features are
// standardised while fitting and a little ridge keeps collinear ones tame.
func logistic(problems map[string][]example, without string) []float64 {
	var xs []example
	for _, set := range sets {
		if set != without {
			xs = append(xs, problems[set]...)
		}
	}
	n := len(xs[0].x)
	mu, sd, total := make([]float64, n), make([]float64, n), 0.0
	for _, e := range xs {
		total += e.weight
		for i, v := range e.x {
			mu[i] += e.weight * v
		}
	}
	for i := range mu {
		mu[i] /= total
	}
	for _, e := range xs {
		for i, v := range e.x {
			sd[i] += e.weight * (v - mu[i]) * (v - mu[i])
		}
	}
	for i := range sd {
		sd[i] = math.Sqrt(sd[i]/total) + 1e-9
	}
	w := make([]float64, n+1)
	opt := newAdam(n+1, .1)
	z := make([]float64, n)
	for range 250 {
		g := make([]float64, n+1)
		for _, e := range xs {
			for i, v := range e.x {
				z[i] = (v - mu[i]) / sd[i]
			}
			d := e.weight / total * (e.right - sigmoid(product(w[:n], z)+w[n]))
			for i := range z {
				g[i] += d * z[i]
			}
			g[n] += d
		}
		for i := range n {
			g[i] -= .001 * w[i]
		}
		opt.step(w, g)
	}
	for i := range n {
		w[i] /= sd[i]
		w[n] -= w[i] * mu[i]
	}
	return w
}

// rescored copies the answers of a run with the confidence that other
// coefficients give, answering from t.
func rescored(as []answer, w []float64, t float64) []answer {
	out := make([]answer, len(as))
	for i, a := range as {
		out[i] = a
		out[i].Decision = retrieval.Handoff
		if len(a.Hits) == 0 {
			continue
		}
		n := len(w) - 1
		s := min(sigmoid(product(w[:n], a.Evidence.Vector())+w[n]), sigmoid(a.Evidence.Margin))
		out[i].Hits = append([]retrieval.Hit{}, a.Hits...)
		out[i].Hits[0].Score = s
		if s >= t {
			out[i].Decision = retrieval.Answer
		}
	}
	return out
}

// threshold is the lowest score from which the answers of all sets but one, each
// run counting the same, are right 19 times in 20.
func threshold(rs []run, answered [][]answer, w []float64, without string) float64 {
	var all []example
	for i, r := range rs {
		if r.set == without {
			continue
		}
		for _, a := range rescored(answered[i], w, 1) {
			all = append(all, example{[]float64{a.score()}, truth(a.rank() == 0), 1 / float64(len(answered[i]))})
		}
	}
	slices.SortFunc(all, func(a, b example) int { return cmp.Compare(b.x[0], a.x[0]) })
	best := 1.0
	var ok, n float64
	for _, e := range all {
		ok += e.weight * e.right
		if n += e.weight; ok/n >= .95 {
			best = e.x[0]
		}
	}
	return best
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
