package retrieval

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
)

var fruit = []Entry{
	{ID: "price", Question: "¿Cuánto cuestan las manzanas?", Variants: []string{"precio de las manzanas"}, Answer: "Dos euros el kilo."},
	{ID: "hours", Question: "¿A qué hora abren?", Variants: []string{"horario de apertura", "¿Cuándo cierran?"}, Answer: "De nueve a dos."},
	{ID: "return", Question: "¿Cómo devuelvo un pedido?", Variants: []string{"quiero una devolución"}, Answer: "Tráelo con el recibo."},
	{ID: "silent", Question: "¿Tienen aparcamiento?", Answer: " "},
}

func TestDecision(t *testing.T) {
	t.Parallel()
	ix := Build(fruit, Options{})
	for _, c := range []struct {
		query, id string
		want      Decision
	}{
		{"¿Cómo devuelvo un pedido?", "return", Answer},
		{"COMO DEVUELVO UN PEDIDO", "return", Answer},
		{"  horario\tde   apertura!! ", "hours", Answer},
		{"fotosíntesis", "", Handoff},
		{"¿tienen aparcamiento?", "", Handoff}, // its entry has no answer to give
	} {
		r := ix.Search(c.query, 3)
		if r.Decision != c.want {
			t.Errorf("%q: %v, want %v (%+v)", c.query, r.Decision, c.want, r.Hits)
		}
		if c.id != "" && r.Hits[0].ID != c.id {
			t.Errorf("%q: first is %s, want %s", c.query, r.Hits[0].ID, c.id)
		}
	}
}

// A company's own thresholds move the decision and nothing else.
func TestThresholds(t *testing.T) {
	t.Parallel()
	const query = "a qué hora cierran por la tarde"
	score := Build(fruit, Options{}).Search(query, 1).Hits[0].Score
	for _, c := range []struct {
		opts Options
		want Decision
	}{
		{Options{AnswerAt: score - .01, OfferAt: .01}, Answer},
		{Options{AnswerAt: score + .01, OfferAt: score - .01}, Offer},
		{Options{AnswerAt: .999, OfferAt: score + .01}, Handoff},
	} {
		r := Build(fruit, c.opts).Search(query, 1)
		if r.Decision != c.want || r.Hits[0].Score != score {
			t.Errorf("%+v: %v at %f, want %v at %f", c.opts, r.Decision, r.Hits[0].Score, c.want, score)
		}
	}
}

func TestSafeQueries(t *testing.T) {
	t.Parallel()
	indexes := map[string]*Index{
		"empty":      Build(nil, Options{}),
		"one":        Build(fruit[:1], Options{}),
		"unanswered": Build([]Entry{{ID: "a", Question: "hola"}}, Options{}),
		"blank":      Build([]Entry{{ID: "a", Question: "👋", Answer: "🙂"}, {}}, Options{}),
		"passage":    Build([]Entry{{ID: "a", Answer: "Abrimos a las nueve. Cerramos a las dos."}}, Options{}),
		"invalid":    Build([]Entry{{ID: "a", Question: "precio\xff\x00", Answer: "uno\xc3"}}, Options{}),
		"twice":      Build(append(fruit[:3:3], fruit[:3]...), Options{}),
		"fruit":      Build(fruit, Options{}),
	}
	queries := []string{"", "   \n\t", "👋🎉", "\x00", "\xff\xfe precio \xc3", "?!¿¡", strings.Repeat("manzanas y peras ", 6000),
		strings.Repeat("a", 100_000), strings.Repeat("ñ", 5000), "precio\x00de\x00las manzanas", "q x k", "1 2 3"}
	for name, ix := range indexes {
		for _, q := range queries {
			for _, k := range []int{-1, 0, 1, 1000} {
				check(t, name, ix.Search(q, k), k)
			}
		}
	}
}

// check holds a result to what Result and Hit promise.
func check(t *testing.T, name string, r Result, k int) {
	t.Helper()
	if len(r.Hits) > max(k, 0) {
		t.Fatalf("%s: %d hits, asked for %d", name, len(r.Hits), k)
	}
	if r.Decision != Handoff && len(r.Hits) == 0 {
		t.Fatalf("%s: %v without a hit", name, r.Decision)
	}
	sum := 0.0
	for i, h := range r.Hits {
		if math.IsNaN(h.Score) || h.Score < 0 || h.Score > 1 || i > 0 && h.Score > r.Hits[i-1].Score {
			t.Fatalf("%s: hit %d scores %v after %v", name, i, h.Score, r.Hits[:i])
		}
		if h.ID == "" || h.Matched == "" {
			t.Fatalf("%s: hit %d is %+v", name, i, h)
		}
		sum += h.Score
	}
	if sum > 1.000001 {
		t.Fatalf("%s: scores add up to %f", name, sum)
	}
}

// Two entries with the same question cannot both be right: neither is answered.
func TestDuplicatesAreNotAnswered(t *testing.T) {
	t.Parallel()
	entries := append(fruit[:3:3], Entry{ID: "price-2", Question: fruit[0].Question, Answer: "Tres euros el kilo."})
	r := Build(entries, Options{}).Search("¿Cuánto cuestan las manzanas?", 3)
	if r.Exact || r.Decision == Answer {
		t.Errorf("%v, exact %v, at %.2f", r.Decision, r.Exact, r.Hits[0].Score)
	}
}

func TestSpellingIsRepaired(t *testing.T) {
	t.Parallel()
	ix := Build(fruit, Options{})
	for query, want := range map[string]string{
		"presio de las mansanas":    "precio de las manzanas", // z, c and s sound alike
		"quiero una debolucion":     "quiero una devolucion",
		"hroario de apertura":       "horario de apertura",
		"orario":                    "horario",
		"xq no abren":               "porque no abren",
		"precio de las manzanas":    "",
		"precios de las zanahorias": "", // a known stem; too far from anything
	} {
		if r := ix.Search(query, 1); r.Repaired != want {
			t.Errorf("%q: repaired %q, want %q", query, r.Repaired, want)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	english := []Entry{
		{ID: "refund", Question: "How do I get my money back?", Variants: []string{"I want a refund"}, Answer: "Within 30 days."},
		{ID: "delivery", Question: "How long does delivery take?", Variants: []string{"When will my parcel arrive?"}, Answer: "Two days."},
	}
	mixed := append(append([]Entry{}, fruit...), english...)
	for _, c := range []struct {
		entries   []Entry
		query, id string
	}{
		{english, "when are you delivering my parcels", "delivery"},
		{english, "refunds?", "refund"},
		{mixed, "when will it be delivered", "delivery"},
		{mixed, "cuándo abrís", "hours"},
		{english, "¿cuándo recibiré el paquete?", "delivery"}, // word families cross languages
	} {
		r := Build(c.entries, Options{}).Search(c.query, 1)
		if len(r.Hits) == 0 || r.Hits[0].ID != c.id {
			t.Errorf("%q: %+v, want %s", c.query, r.Hits, c.id)
		}
	}
}

func TestExtraSignal(t *testing.T) {
	t.Parallel()
	ix := Build(fruit, Options{})
	const query = "cuánto cuesta devolver un pedido"
	plain := ix.Search(query, 3)
	if plain.Hits[0].ID != "return" {
		t.Fatalf("without: %+v", plain.Hits)
	}
	led := ix.Search(query, 3, Extra{Scores: []float64{0, 1, 0, 0}, Weight: 50})
	if led.Hits[0].ID != "hours" || led.Hits[0].Signals.Extra != 50 {
		t.Errorf("an extra signal does not lead: %+v", led.Hits)
	}
	check(t, "an overwhelming signal", ix.Search(query, 3, Extra{Scores: []float64{0, 1, 0, 0}, Weight: 1e6}), 3)
	for name, x := range map[string]Extra{
		"wrong length": {Scores: []float64{0, 1}, Weight: 50},
		"none":         {Weight: 50},
		"not a number": {Scores: []float64{math.NaN(), math.NaN(), math.Inf(1), 0}, Weight: 50},
		"constant 0":   {Scores: make([]float64, 4), Weight: 50},
	} {
		if got := ix.Search(query, 3, x); fmt.Sprint(got) != fmt.Sprint(plain) {
			t.Errorf("%s changed the result: %+v", name, got)
		}
	}
}

// The same question gives the same result, also when asked by many at once.
func TestSearchIsDeterministicAndConcurrent(t *testing.T) {
	t.Parallel()
	s, ix := loadShop(t)
	want := fmt.Sprint(ix.Search(s.FAQs[0].Asked[0], 5))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				_, again := s, ix.Search(s.FAQs[0].Asked[0], 5)
				if got := fmt.Sprint(again); got != want {
					t.Errorf("got %s\nwant %s", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
	if _, rebuilt := loadShop(t); fmt.Sprint(rebuilt.Search(s.FAQs[0].Asked[0], 5)) != want {
		t.Error("a rebuilt index answers differently")
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	const first = "Abrimos de lunes a sábado a las 9.30 de la mañana."
	got := sentences(first + " Los domingos y festivos la tienda está cerrada.\nNo.")
	if len(got) != 3 || got[0] != first || got[2] != "No." {
		t.Errorf("%q", got)
	}
}

func TestDamerau(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"precio", "precio", 0}, {"precio", "percio", 1}, {"precio", "preci", 1}, {"precio", "prexio", 1},
		{"precio", "pprecio", 1}, {"devolucion", "debolusion", 2}, {"precio", "manzana", 3},
	} {
		if got := damerau([]rune(c.a), []rune(c.b), 2); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// The ridge classifier solved per question must be the one of the textbook,
// solved ahead: checked against Gaussian elimination on the whole kernel.
func TestClassifyIsKernelRidge(t *testing.T) {
	t.Parallel()
	_, ix := loadShop(t)
	x := ix.kernel
	query := x.vector(kernelFeatures(analyse(words("quiero devolver la compra, cuánto tarda el reembolso"), es)))
	k := x.cosines(query)
	got := x.classify(k, len(ix.entries))
	n := len(x.rows)
	system := make([][]float64, n)
	for i := range system {
		system[i] = make([]float64, n+1)
		for j, c := range x.cosines(x.rows[i]) {
			system[i][j] = float64(c)
		}
		system[i][i] += lambda
		system[i][n] = float64(k[i])
	}
	want := make([]float64, len(ix.entries))
	for e, b := range eliminate(system) {
		want[x.owner[e]] += b
	}
	for e := range want {
		if math.Abs(want[e]-float64(got[e])) > .02 {
			t.Errorf("%s: %f, want %f", ix.entries[e].id, got[e], want[e])
		}
	}
}

// eliminate solves a positive definite system given as rows with the right side last.
func eliminate(m [][]float64) []float64 {
	n := len(m)
	for c := range n {
		for r := c + 1; r < n; r++ {
			f := m[r][c] / m[c][c]
			for j := c; j <= n; j++ {
				m[r][j] -= f * m[c][j]
			}
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		x[r] = m[r][n]
		for j := r + 1; j < n; j++ {
			x[r] -= m[r][j] * x[j]
		}
		x[r] /= m[r][r]
	}
	return x
}

func FuzzSearch(f *testing.F) {
	_, ix := loadShop(f)
	for _, q := range []string{"", "cuanto tarda el envio", "\xff\x00", "👋 hola", "ﬁn ½ ǅ", "don't", "ßﷺ", "qu", "yyyyyyyy"} {
		f.Add(q, "pregunta")
	}
	f.Fuzz(func(t *testing.T, query, question string) {
		check(t, "shop", ix.Search(query, 3), 3)
		own := Build([]Entry{{ID: "a", Question: question, Answer: "sí"}, {ID: "b", Answer: question}}, Options{})
		check(t, "own", own.Search(query, 2), 2)
	})
}
