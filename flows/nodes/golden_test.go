package nodes_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/internal/id"
)

var update = flag.Bool("update", false, "write what the nodes do into testdata")

func golden(typ string) string { return filepath.Join("testdata", typ+".json") }

// Every kind of node has a golden, and does what it says there.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, typ := range slices.Sorted(maps.Keys(nodes.Table)) {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			g, err := nodetest.Load(golden(typ))
			if err != nil {
				t.Fatalf("no golden: %v", err)
			}
			for i := range g.Cases {
				play(t, typ, &g.Cases[i])
			}
			for i := range g.Faults {
				refuse(t, typ, &g.Faults[i])
			}
			if *update && !t.Failed() {
				if err := g.Write(golden(typ)); err != nil {
					t.Fatal(err)
				}
			}
			for _, gap := range coverage(typ, g).gaps {
				t.Error(gap)
			}
		})
	}
	files, err := filepath.Glob(golden("*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if typ := strings.TrimSuffix(filepath.Base(f), ".json"); nodes.Table[typ].New == nil {
			t.Errorf("%s is no node's golden", f)
		}
	}
}

func play(t *testing.T, typ string, c *nodetest.Case) {
	got, err := c.Play(typ, nodes.Table)
	if err != nil {
		t.Errorf("%s: %v", c.Name, err)
		return
	}
	if *update {
		c.Want = got
		return
	}
	if len(got) != len(c.Want) {
		t.Errorf("%s: %d steps, want %d", c.Name, len(got), len(c.Want))
	}
	for i := range min(len(got), len(c.Want)) {
		if g, w := asJSON(t, got[i]), asJSON(t, c.Want[i]); g != w {
			t.Errorf("%s, step %d:\n got %s\nwant %s", c.Name, i, g, w)
		}
	}
}

func refuse(t *testing.T, typ string, f *nodetest.FaultCase) {
	got := f.Problems(typ, nodes.Table)
	if *update {
		f.Want = got
		return
	}
	if !slices.Equal(got, f.Want) {
		t.Errorf("%s: refused for %q, want %q", f.Name, got, f.Want)
	}
}

// asJSON is how two steps are compared, with the keys of every object in order.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	var plain any
	if err == nil {
		err = json.Unmarshal(b, &plain)
	}
	if err == nil {
		b, err = json.Marshal(plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// covered is what a golden proves of a kind of node.
type covered struct {
	cases, faults, reached, exits int
	languages                     string
	gaps                          []string
}

// coverage holds a golden to its duties: every static exit taken, something refused, and
// of a node that speaks a case in Spanish, in English, and in a language in which the flow
// is not written.
func coverage(typ string, g *nodetest.Golden) covered {
	c := covered{cases: len(g.Cases), faults: len(g.Faults), exits: len(nodes.Table[typ].Exits), languages: "silent"}
	taken, said := map[string]bool{}, map[string]string{}
	_, speaker := nodes.Table[typ].New().(flows.Speaker)
	speaks := false
	for i := range g.Cases {
		x := &g.Cases[i]
		for _, e := range x.Taken(typ, x.Want) {
			taken[e] = true
		}
		if x.Flow != nil && !speaker {
			continue // what is said there, other nodes say
		}
		for _, s := range x.Want {
			for _, m := range s.Said {
				speaks = true
				lang := x.Language
				if lang == "" {
					lang = "es"
				}
				said[lang] += m.Text
			}
		}
	}
	for _, e := range nodes.Table[typ].Exits {
		if taken[e.Name] {
			c.reached++
		} else {
			c.gaps = append(c.gaps, fmt.Sprintf("no case leaves by %q", e.Name))
		}
	}
	if c.cases == 0 {
		c.gaps = append(c.gaps, "no case")
	}
	for _, f := range g.Faults {
		if len(f.Want) == 0 {
			c.gaps = append(c.gaps, fmt.Sprintf("%q is not refused", f.Name))
		}
	}
	if c.faults == 0 {
		c.gaps = append(c.gaps, "no faulty data")
	}
	if speaker && !speaks {
		c.gaps = append(c.gaps, "it is a Speaker and no case says anything")
	}
	if speaks {
		c.languages = strings.Join(slices.Sorted(maps.Keys(said)), " ")
		if said["es"] == "" && said["en"] == "" { // templates and cards without words
			return c
		}
		if said["es"] == said["en"] || len(said) < 3 {
			c.gaps = append(c.gaps, "it speaks: there must be a case in es, one in en that says something else, and one in a language that is not written")
		}
	}
	return c
}

// TestTable prints, with -v, what the goldens prove of each kind of node.
func TestTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-14s %-8s %-12s %-12s %s\n", "node", "golden", "validation", "languages", "exits")
	for _, typ := range slices.Sorted(maps.Keys(nodes.Table)) {
		g, err := nodetest.Load(golden(typ))
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		c := coverage(typ, g)
		mark := "ok"
		if len(c.gaps) > 0 {
			mark = strings.Join(c.gaps, "; ")
			t.Errorf("%s: %s", typ, mark)
		}
		fmt.Fprintf(&b, "%-14s %-8d %-12d %-12s %d/%d  %s\n", typ, c.cases, c.faults, c.languages, c.reached, c.exits, mark)
	}
	t.Log(b.String())
}

// Every reason that a golden gives has a sentence in the interface's languages.
func TestFaultsHaveSentences(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]string{}
	for _, lang := range []string{"es", "en"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "internal", "api", "problems", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var m map[string]string
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		known[lang] = m
	}
	for typ := range nodes.Table {
		g, err := nodetest.Load(golden(typ))
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range g.Faults {
			for _, w := range f.Want {
				code, _, _ := strings.Cut(w, " at ")
				for lang, m := range known {
					if m[code] == "" {
						t.Errorf("%s: %s has no sentence in %s", typ, code, lang)
					}
				}
			}
		}
	}
}

// The table's rows are whole: labels in both languages, and the fields are those of the data.
func TestTypesAreDescribed(t *testing.T) {
	t.Parallel()
	groups := []string{"say", "ask", "logic", "data", "shop", "ai", "team"}
	for name, typ := range nodes.Table {
		if name != typ.Name || typ.Icon == "" || !slices.Contains(groups, typ.Group) || !whole(typ.Label) || !whole(typ.About) {
			t.Errorf("%s: its row lacks an icon, a group or words", name)
		}
		keys := jsonKeys(reflect.TypeOf(typ.New()).Elem())
		for _, f := range typ.Fields {
			if !slices.Contains(keys, f.Key) {
				t.Errorf("%s: field %q is not in its data %q", name, f.Key, keys)
			}
			if !whole(f.Label) || f.Help != (flows.Words{}) && !whole(f.Help) {
				t.Errorf("%s: field %q lacks words", name, f.Key)
			}
		}
		for _, k := range keys {
			if !slices.ContainsFunc(typ.Fields, func(f flows.Field) bool { return f.Key == k }) {
				t.Errorf("%s: nobody can edit %q", name, k)
			}
		}
		for _, e := range typ.Exits {
			if !whole(e.Label) {
				t.Errorf("%s: exit %q lacks words", name, e.Name)
			}
		}
	}
}

func whole(w flows.Words) bool { return w.ES != "" && w.EN != "" }

func jsonKeys(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			out = append(out, jsonKeys(f.Type)...)
		} else if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" {
			out = append(out, tag)
		}
	}
	return out
}

// Arms are drawn by their weights, and the same for a session each time.
func TestArmsFollowTheirWeights(t *testing.T) {
	t.Parallel()
	def := nodetest.Definition("ab_split", json.RawMessage(`{"arms":[{"id":"a","weight":1},{"id":"b","weight":3}]}`), nil)
	f, err := flows.Compile(id.Flow{15: 1}, 1, def, flows.World{Table: nodes.Table})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	drawn := map[string]int{}
	const sessions = 20000
	for range sessions {
		var run id.Run
		for i := range run {
			run[i] = byte(r.Uint32())
		}
		var arms []string
		for range 2 {
			s := flows.Begin(f, run, nodetest.Facts().Now, nil)
			flows.Step(library{f}, s, nodetest.Facts(), flows.Input{Kind: flows.Start})
			arms = append(arms, s.Arms["n"])
		}
		if arms[0] != arms[1] {
			t.Fatalf("a session is led to %s and then to %s", arms[0], arms[1])
		}
		drawn[arms[0]]++
	}
	// Four standard deviations of a fair draw: sqrt(20000 * 1/4 * 3/4) = 61.
	if d := drawn["a"] - sessions/4; max(d, -d) > 245 || drawn["a"]+drawn["b"] != sessions {
		t.Errorf("drawn %v", drawn)
	}
}
