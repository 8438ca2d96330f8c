package flow

import (
	"context"
	_ "embed"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/runs.sql
var runsSQL string

//go:embed queries/paths.sql
var pathsSQL string

// Analytics is what came of a flow's runs.
type Analytics struct {
	Runs     int            `json:"runs"`
	Ended    map[string]int `json:"ended" doc:"How they ended; those under way are \"waiting\""`
	Nodes    []NodeFigures  `json:"nodes"`
	Versions []VersionRate  `json:"versions"`
	Arms     []ArmRate      `json:"arms"`
}

// NodeFigures are of one node.
type NodeFigures struct {
	Node    string         `json:"node"`
	Entered int            `json:"entered"`
	Left    map[string]int `json:"left" doc:"By exit"`
	Dropped int            `json:"dropped" doc:"Runs that ended here without an answer, or wait longer than the flow's idle limit"`
	Median  *float64       `json:"median_seconds" nullable:"true" doc:"From coming to leaving; null when nobody left"`
}

// Rate is how many runs reached a goal. Low and High are the bounds of its 95 % interval.
type Rate struct {
	Runs        int     `json:"runs"`
	Conversions int     `json:"conversions"`
	Rate        float64 `json:"rate"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
}

// VersionRate is of a version.
type VersionRate struct {
	Version int `json:"version"`
	Rate
}

// ArmRate is of one arm of an experiment, a node.
type ArmRate struct {
	Node string `json:"node"`
	Arm  string `json:"arm"`
	Rate
}

// Period narrows what is counted: runs begun within, of one version or of all (0). Zero
// times are the ends of the last 90 days; nothing older is counted.
type Period struct {
	Version  int
	From, To time.Time
}

// maxRuns bounds what is counted: the newest.
const maxRuns = 50_000

// Analyse counts a flow's runs.
func (s *Service) Analyse(ctx context.Context, tx db.CompanyTx, which id.Flow, p Period) (Analytics, error) {
	a := Analytics{Ended: map[string]int{}, Nodes: []NodeFigures{}, Versions: []VersionRate{}, Arms: []ArmRate{}}
	f, err := s.Get(ctx, tx, which)
	if err != nil {
		return a, err
	}
	idle := f.Draft.Idle
	if idle <= 0 {
		idle = defaultIdle
	}
	var from, to *time.Time
	if !p.From.IsZero() {
		from = &p.From
	}
	if !p.To.IsZero() {
		to = &p.To
	}
	args := []any{which, p.Version, from, to, maxRuns}
	rows, err := tx.Query(ctx, runsSQL, args...)
	if err != nil {
		return a, err
	}
	var what, name, arm string
	var runs, conversions int
	_, err = pgx.ForEachRow(rows, []any{&what, &name, &arm, &runs, &conversions}, func() error {
		a.count(what, name, arm, runs, conversions)
		return nil
	})
	if err != nil {
		return a, err
	}
	// Counting ways here takes half of what window functions over half a million steps do.
	rows, err = tx.Query(ctx, pathsSQL, args...)
	if err != nil {
		return a, err
	}
	w := ways{idle: float64(idle * 60), nodes: map[string]*NodeFigures{}, took: map[string][]float64{}}
	var ending string
	var age float64
	var path []byte
	_, err = pgx.ForEachRow(rows, []any{&ending, &age, &path}, func() error { return w.count(ending, age, path) })
	a.Nodes = append(a.Nodes, w.figures()...)
	return a, err
}

// ways counts what happened at each node.
type ways struct {
	idle  float64 // seconds
	nodes map[string]*NodeFigures
	took  map[string][]float64 // seconds from coming to leaving, by node
}

// step is one row of a run's path: [node, exit, seconds since it began].
type step struct {
	node, exit string
	at         float64
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *step) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&s.node, &s.exit, &s.at})
}

// count adds one run. A node at which it waits stands in its path once for the coming,
// without an exit, and again for each time it went on there: rows of one node that follow
// a row without an exit are one visit.
func (w *ways) count(ending string, age float64, path []byte) error {
	var steps []step
	if err := json.Unmarshal(path, &steps); err != nil {
		return err
	}
	var came float64
	for i, s := range steps {
		n := w.nodes[s.node]
		if n == nil {
			n = &NodeFigures{Node: s.node, Left: map[string]int{}}
			w.nodes[s.node] = n
		}
		if i == 0 || steps[i-1].node != s.node || steps[i-1].exit != "" {
			n.Entered++
			came = s.at
		}
		switch {
		case s.exit != "":
			n.Left[s.exit]++
			w.took[s.node] = append(w.took[s.node], s.at-came)
		case i == len(steps)-1 && (ending == "expired" || ending == "interrupted" || ending == "" && age > s.at+w.idle):
			n.Dropped++
		}
	}
	return nil
}

// figures are those of all nodes, by name.
func (w *ways) figures() []NodeFigures {
	var out []NodeFigures
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		n := w.nodes[name]
		if took := w.took[name]; len(took) > 0 {
			slices.Sort(took)
			middle := (took[(len(took)-1)/2] + took[len(took)/2]) / 2
			n.Median = &middle
		}
		out = append(out, *n)
	}
	return out
}

// defaultIdle is the engine's, in minutes.
const defaultIdle = 24 * 60

func (a *Analytics) count(what, name, arm string, runs, conversions int) {
	switch what {
	case "ended":
		a.Ended[name] = runs
		a.Runs += runs
	case "version":
		a.Versions = append(a.Versions, VersionRate{atoi(name), rate(runs, conversions)})
	case "arm":
		a.Arms = append(a.Arms, ArmRate{name, arm, rate(runs, conversions)})
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// rate is a share with Wilson's score interval, which unlike the usual one stays true for
// few runs and for shares near 0 and 1: E. B. Wilson, "Probable Inference, the Law of
// Succession, and Statistical Inference", JASA 22 (1927), 209-212. With p the share of n and
// z the normal quantile: (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).
func rate(n, hits int) Rate {
	if n == 0 {
		return Rate{High: 1}
	}
	const z = 1.959963984540054 // of 0.975
	p, m := float64(hits)/float64(n), float64(n)
	mid, half, scale := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m)), 1+z*z/m
	return Rate{Runs: n, Conversions: hits, Rate: p, Low: max(0, (mid-half)/scale), High: min(1, (mid+half)/scale)}
}
