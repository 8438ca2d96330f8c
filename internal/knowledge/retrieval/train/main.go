// Command train scores the retrieval engine on labelled question sets and fits
// the numbers it ships with:
//
//	go run ./internal/knowledge/retrieval/train -data DIR            the table of figures
//	go run ./internal/knowledge/retrieval/train -data DIR -fit fusion       weights of Signals
//	go run ./internal/knowledge/retrieval/train -data DIR -fit confidence   coefficients of Evidence
//
// Fit the fusion first and put its weights in the code, for the evidence rests on
// them. DIR (or RECADO_EVAL_DATA) is not part of the repository: see data.go for
// its shape. Both fits also print what they score on each set when fitted on the
// others, which is the figure to believe.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"recado/internal/knowledge/retrieval"
)

func main() {
	data := flag.String("data", os.Getenv("RECADO_EVAL_DATA"), "folder of the question sets")
	fit := flag.String("fit", "", "fusion or confidence; empty prints the figures")
	out := flag.String("out", "", "folder for the predictions, one file a run")
	flag.Parse()
	if err := realMain(*data, *fit, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func realMain(data, fit, out string) error {
	rs, err := runs(data)
	if err != nil {
		return err
	}
	if len(rs) == 0 {
		return fmt.Errorf("no question set in %q", data)
	}
	answered := make([][]answer, len(rs))
	var wg sync.WaitGroup
	for i, r := range rs {
		wg.Go(func() { answered[i] = ask(r) })
	}
	wg.Wait()
	for i, r := range rs {
		if out == "" {
			break
		}
		if err := write(filepath.Join(out, r.set+"-"+r.condition+".jsonl"), answered[i]); err != nil {
			return err
		}
	}
	switch fit {
	case "fusion":
		fitFusion(rs, answered)
	case "confidence":
		fitConfidence(rs, answered)
	case "":
		report(rs, answered)
	default:
		return fmt.Errorf("cannot fit %q", fit)
	}
	return nil
}

// answer is what the engine made of one query.
type answer struct {
	query
	retrieval.Result
}

// depth is how many hits are asked for: all that the engine compares in full.
const depth = 30

func ask(r run) []answer {
	out := make([]answer, len(r.queries))
	for i, q := range r.queries {
		out[i] = answer{q, r.bots[q.bot].Search(q.Query, depth)}
	}
	return out
}

// rank is the place of the right entry among the hits, from 0; -1 when it is not there.
func (a answer) rank() int {
	for i, h := range a.Hits {
		if a.FAQ != nil && h.ID == *a.FAQ {
			return i
		}
	}
	return -1
}

func (a answer) score() float64 {
	if len(a.Hits) == 0 {
		return 0
	}
	return a.Hits[0].Score
}

func write(path string, as []answer) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	for _, a := range as {
		p := map[string]any{"id": a.ID, "faq_id": nil, "score": a.score(), "answered": a.Decision == retrieval.Answer}
		ranked := []string{}
		for _, h := range a.Hits[:min(len(a.Hits), 5)] {
			ranked = append(ranked, h.ID)
		}
		if p["ranked"] = ranked; len(ranked) > 0 {
			p["faq_id"] = ranked[0]
		}
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	return f.Close()
}
