package flow

import (
	"context"
	_ "embed"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/nodes.sql
var nodesSQL string

//go:embed queries/runs.sql
var runsSQL string

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
	rows, err = tx.Query(ctx, nodesSQL, append(args, idle)...)
	if err != nil {
		return a, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[NodeFigures])
	a.Nodes = append(a.Nodes, list...)
	return a, err
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
