package knowledge

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"recado/bots"
	"recado/internal/id"
	"recado/internal/knowledge/retrieval"
)

func shelf() []FAQ {
	var list []FAQ
	for i, q := range []string{"¿Cuánto cuesta el envío?", "¿Hacen cambios de talla?", "¿Qué medios de pago aceptan?", "¿Dónde queda la tienda?", "¿A qué hora abren?"} {
		list = append(list, FAQ{ID: id.New[id.FAQ](), ExternalID: fmt.Sprint("f", i), Question: q, Answer: fmt.Sprintf(" Respuesta %d.\n", i), Variants: []string{}, Enabled: true})
	}
	return list
}

func TestAnswerer(t *testing.T) {
	t.Parallel()
	list := shelf()
	list[4].Enabled = false
	off := list[4]
	a := NewAnswerer(append([]FAQ(nil), list...), bots.Thresholds{}, nil)
	for _, f := range list[:4] {
		got := a.Answer(t.Context(), f.Question, 3)
		if got.Decision != bots.DecideAnswer || got.Candidates[0].ID != f.ID || got.Candidates[0].Answer != f.Answer || got.Candidates[0].ExternalID != f.ExternalID {
			t.Errorf("%q: %+v", f.Question, got)
		}
		if got.AnswerAt != retrieval.DefaultAnswerAt || got.OfferAt != retrieval.DefaultOfferAt || len(got.Candidates) > 3 {
			t.Errorf("%q: %+v", f.Question, got)
		}
		if c, ok := a.Find(t.Context(), f.ID); !ok || c.Answer != f.Answer || c.Score != 1 {
			t.Errorf("Find: %+v %v", c, ok)
		}
	}
	if _, ok := a.Find(t.Context(), off.ID); ok {
		t.Error("what is switched off was found")
	}
	for _, c := range a.Answer(t.Context(), off.Question, 10).Candidates {
		if c.ID == off.ID {
			t.Error("what is switched off was offered")
		}
	}
	for _, q := range []string{"", "???", "mañana lloverá en Marte", strings.Repeat("envío ", 10_000), "\xff\x00"} {
		if got := a.Answer(t.Context(), q, 3); got.Decision == bots.DecideAnswer && !strings.Contains(q, "envío") {
			t.Errorf("%.20q is answered: %+v", q, got)
		}
	}
	empty := NewAnswerer(nil, bots.Thresholds{}, nil)
	if got := empty.Answer(t.Context(), "hola", 3); got.Decision != bots.DecideHandoff || len(got.Candidates) != 0 {
		t.Errorf("nothing known, and yet %+v", got)
	}
}

// The bot's own thresholds decide, and decide alone.
func TestThresholds(t *testing.T) {
	t.Parallel()
	const query = "quiero saber del envío y la tienda"
	score := NewAnswerer(shelf(), bots.Thresholds{}, nil).Answer(t.Context(), query, 1).Candidates[0].Score
	if score <= 0.01 || score >= 0.98 {
		t.Fatalf("a score of %v tells nothing", score)
	}
	for _, c := range []struct {
		t    bots.Thresholds
		want bots.Decision
	}{
		{bots.Thresholds{Answer: score * 0.9, Offer: score * 0.5}, bots.DecideAnswer},
		{bots.Thresholds{Answer: score * 0.1}, bots.DecideAnswer}, // below the shipped offer threshold
		{bots.Thresholds{Answer: 1, Offer: score * 0.9}, bots.DecideOffer},
		{bots.Thresholds{Answer: 1, Offer: 1}, bots.DecideHandoff},
	} {
		if got := NewAnswerer(shelf(), c.t, nil).Answer(t.Context(), query, 1); got.Decision != c.want || got.Candidates[0].Score != score {
			t.Errorf("%+v: %+v, want %s with score %v", c.t, got, c.want, score)
		}
	}
}

// Building is spared exactly when nothing that matters changed.
func TestAnswererIsKept(t *testing.T) {
	t.Parallel()
	list := shelf()
	fresh := func() []FAQ { return append([]FAQ(nil), list...) }
	a := NewAnswerer(fresh(), bots.Thresholds{}, nil)
	other := fresh()
	other[0].Hits = 7
	off := FAQ{ID: id.New[id.FAQ](), Question: "x", Answer: "x"}
	for name, same := range map[string][]FAQ{"equal": fresh(), "hits": other, "an entry that is off": append(fresh(), off)} {
		if NewAnswerer(same, bots.Thresholds{}, a) != a {
			t.Errorf("%s: built again", name)
		}
	}
	for name, change := range map[string]func(*FAQ){
		"answer": func(f *FAQ) { f.Answer += "." }, "question": func(f *FAQ) { f.Question += "?" }, "variants": func(f *FAQ) { f.Variants = []string{"v"} },
		"external id": func(f *FAQ) { f.ExternalID = "z" }, "off": func(f *FAQ) { f.Enabled = false }, "id": func(f *FAQ) { f.ID = id.New[id.FAQ]() },
	} {
		changed := fresh()
		change(&changed[2])
		if NewAnswerer(changed, bots.Thresholds{}, a) == a {
			t.Errorf("%s changed, and the index stayed", name)
		}
	}
	if NewAnswerer(fresh(), bots.Thresholds{Answer: 0.5}, a) == a {
		t.Error("a threshold changed, and the index stayed")
	}
}

// What a bot's questions cost: to build, to hold, to ask.
func BenchmarkAnswerer(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		f, err := Read(strings.NewReader(shop(n)), JSONL)
		if err != nil {
			b.Fatal(err)
		}
		list := make([]FAQ, n)
		for i, r := range f.rows {
			r.ID, r.Enabled = id.New[id.FAQ](), true
			list[i] = r.FAQ
		}
		var a *Answerer
		b.Run(fmt.Sprint("build/", n), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			for b.Loop() {
				a = NewAnswerer(append([]FAQ(nil), list...), bots.Thresholds{}, nil)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
			b.ReportMetric(float64(a.Size())/1e6, "MB-told")
		})
		b.Run(fmt.Sprint("ask/", n), func(b *testing.B) {
			for b.Loop() {
				a.Answer(b.Context(), "cuándo me llega el pedido 512 que compré ayer", 5)
			}
		})
	}
}
