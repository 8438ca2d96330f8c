package main

import (
	"cmp"
	"fmt"
	"slices"

	"recado/internal/knowledge/retrieval"
)

// report prints one line a run. at95 is the share of all questions that could be
// answered at 95 % precision with the best threshold for that very run, a
// ceiling; the columns after it are what the shipped thresholds do.
func report(rs []run, answered [][]answer) {
	fmt.Println("set        run    in  out  | top1 rec3 rec5 | auroc: scope right | at95 | answered precision oos-answered offered oos-offered")
	macro := map[string][]float64{}
	for i, r := range rs {
		f := figuresOf(answered[i])
		macro[r.condition] = append(macro[r.condition], f.top1)
		fmt.Printf("%-10s %-5s %4d %4d | %.3f %.3f %.3f | %.3f %.3f | %.3f | %.3f %.3f %.3f %.3f %.3f\n", r.set, r.condition, f.in, f.out,
			f.top1, f.recall3, f.recall5, f.scope, f.right, f.at95, f.answered, f.precision, f.oosAnswered, f.offered, f.oosOffered)
	}
	for _, c := range []string{"clean", "open", "of 30", "of 15", "k10", "typo", "chat"} {
		fmt.Printf("macro top1 %-5s %.4f\n", c, mean(macro[c]))
	}
}

type figures struct {
	in, out                                               int
	top1, recall3, recall5, scope, right, at95            float64
	answered, precision, oosAnswered, offered, oosOffered float64
}

func figuresOf(as []answer) figures {
	var f figures
	var inScope, outScope, right, wrong []float64
	var answered, ok, bad, offered, badOffered float64
	for _, a := range as {
		rank := a.rank()
		if a.FAQ == nil {
			f.out++
			outScope = append(outScope, a.score())
		} else {
			f.in++
			inScope = append(inScope, a.score())
			f.top1 += truth(rank == 0)
			f.recall3 += truth(rank >= 0 && rank < 3)
			f.recall5 += truth(rank >= 0 && rank < 5)
		}
		if rank == 0 {
			right = append(right, a.score())
		} else {
			wrong = append(wrong, a.score())
		}
		switch a.Decision {
		case retrieval.Answer:
			answered++
			ok += truth(rank == 0)
			bad += truth(a.FAQ == nil)
		case retrieval.Offer:
			offered++
			badOffered += truth(a.FAQ == nil)
		}
	}
	in, out, all := float64(max(f.in, 1)), float64(max(f.out, 1)), float64(max(len(as), 1))
	f.top1, f.recall3, f.recall5 = f.top1/in, f.recall3/in, f.recall5/in
	f.scope, f.right = auroc(inScope, outScope), auroc(right, wrong)
	f.at95 = coverage(right, wrong, .95)
	f.answered, f.precision, f.oosAnswered = answered/all, ok/max(answered, 1), bad/out
	f.offered, f.oosOffered = offered/all, badOffered/out
	return f
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(max(len(xs), 1))
}

// scored is a score and whether it belongs to the positives.
type scored struct {
	score float64
	yes   bool
}

// descending mixes two lists of scores, highest first.
func descending(yes, no []float64) []scored {
	all := make([]scored, 0, len(yes)+len(no))
	for _, s := range yes {
		all = append(all, scored{s, true})
	}
	for _, s := range no {
		all = append(all, scored{s, false})
	}
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	return all
}

// auroc is the chance that a positive scores above a negative, ties half.
func auroc(yes, no []float64) float64 {
	if len(yes) == 0 || len(no) == 0 {
		return 0
	}
	var above, sum float64 // positives seen so far; pairs won
	all := descending(yes, no)
	for i := 0; i < len(all); {
		var y, n float64
		for j := i; i < len(all) && all[i].score == all[j].score; i++ {
			y += truth(all[i].yes)
			n += truth(!all[i].yes)
		}
		sum += n * (above + y/2)
		above += y
	}
	return sum / (float64(len(yes)) * float64(len(no)))
}

// coverage is the greatest share of all that can be answered with the wanted precision.
func coverage(right, wrong []float64, precision float64) float64 {
	all := descending(right, wrong)
	var ok float64
	best := 0
	for i, s := range all {
		ok += truth(s.yes)
		last := i+1 == len(all) || all[i+1].score != s.score
		if last && ok/float64(i+1) >= precision {
			best = i + 1
		}
	}
	return float64(best) / float64(max(len(all), 1))
}
