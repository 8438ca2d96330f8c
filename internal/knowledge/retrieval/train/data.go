package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"recado/internal/knowledge/retrieval"
)

// sets are the folders read below -data; one that is missing is left out. Each
// holds faqs.jsonl {id, question, answer, variants}, queries.jsonl {id, query,
// faq_id or null when out of scope}, noisy copies of the queries, and
// open_ids.json {keep: [ids]}, the entries of the open-set run.
var sets = []string{"banking77", "clinc150", "massive-es", "soporte-es", "xquad-es", "stackfaq"}

type query struct {
	ID    string
	Query string
	FAQ   *string `json:"faq_id"`
	bot   int     // which of the run's bots is asked
}

// run is one set under one condition: which entries are loaded, in one bot or
// several, and how the questions are spelled.
type run struct {
	set, condition string
	bots           []*retrieval.Index
	queries        []query // FAQ is nil when the entry is not loaded
}

func build(entries []retrieval.Entry) []*retrieval.Index {
	return []*retrieval.Index{retrieval.Build(entries, retrieval.Options{})}
}

// runs reads every condition of every set: clean, noise, open, small bots, ten examples.
func runs(dir string) ([]run, error) {
	var out []run
	for _, set := range sets {
		read := func(name string) string { return filepath.Join(dir, set, name) }
		entries, err := lines[retrieval.Entry](read("faqs.jsonl"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		full := build(entries)
		for _, c := range []struct{ name, file string }{
			{"clean", "queries.jsonl"}, {"typo", "queries_typo.jsonl"}, {"chat", "queries_chat.jsonl"},
		} {
			qs, err := lines[query](read(c.file))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			if len(qs) > 0 {
				out = append(out, run{set, c.name, full, qs})
			}
		}
		more, err := variations(set, read, entries)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// variations are the runs with other entries: a quarter removed, cut into bots of
// about 30 and of about 15, or ten examples each.
func variations(set string, read func(string) string, entries []retrieval.Entry) ([]run, error) {
	qs, err := lines[query](read("queries.jsonl"))
	if err != nil {
		return nil, err
	}
	var open struct{ Keep []string }
	b, err := os.ReadFile(read("open_ids.json"))
	if err == nil {
		err = json.Unmarshal(b, &open)
	}
	if err != nil {
		return nil, err
	}
	keep := make(map[string]bool)
	for _, id := range open.Keep {
		keep[id] = true
	}
	var kept []retrieval.Entry
	for _, e := range entries {
		if keep[e.ID] {
			kept = append(kept, e)
		}
	}
	asked := make([]query, len(qs))
	for i, q := range qs {
		asked[i] = q.to(0, keep)
	}
	out := []run{{set, "open", build(kept), asked}, cut(set, entries, qs, 30), cut(set, entries, qs, 15)}
	ten, err := lines[retrieval.Entry](read("faqs_k10.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	return append(out, run{set, "k10", build(ten), qs}), nil
}

// to is the question as put to a bot that has only the kept entries.
func (q query) to(bot int, keep map[string]bool) query {
	q.bot = bot
	if q.FAQ != nil && !keep[*q.FAQ] {
		q.FAQ = nil
	}
	return q
}

// cut deals the entries of a set out to bots of about size entries. Each bot is
// asked its own questions, and one in four of them over again from another bot.
func cut(set string, entries []retrieval.Entry, qs []query, size int) run {
	r := run{set: set, condition: fmt.Sprint("of ", size)}
	n := max((len(entries)+size/2)/size, 1)
	for bot := range n {
		var own []retrieval.Entry
		keep := make(map[string]bool)
		for i, e := range entries {
			if i%n == bot {
				own = append(own, e)
				keep[e.ID] = true
			}
		}
		r.bots = append(r.bots, retrieval.Build(own, retrieval.Options{}))
		for i, q := range qs {
			if put := q.to(bot, keep); put.FAQ != nil || i%(4*n) == 4*bot {
				r.queries = append(r.queries, put)
			}
		}
	}
	return r
}

// lines reads a file of one JSON value a line.
func lines[T any](path string) ([]T, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []T
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, s.Err()
}
