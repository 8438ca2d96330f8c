package retrieval

import (
	"encoding/json"
	"os"
	"testing"
)

// shop is a small question set of a clothes shop, written for this test by hand.
// No weight was fitted on it, but its figures were in view when the confidence was
// chosen among variants: a picture of a first day in a Spanish shop, not a blind test.
type shop struct {
	FAQs []struct {
		Entry
		Asked []string
	}
	OutOfScope []string
}

func loadShop(t testing.TB) (shop, *Index) {
	t.Helper()
	b, err := os.ReadFile("testdata/tienda.json")
	if err != nil {
		t.Fatal(err)
	}
	var s shop
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	var entries []Entry
	for _, f := range s.FAQs {
		entries = append(entries, f.Entry)
	}
	return s, Build(entries, Options{})
}

// The floors stand a few points under what was measured when they were set, so
// that they catch a loss and not a rounding.
func TestShop(t *testing.T) {
	t.Parallel()
	s, ix := loadShop(t)
	var asked, top1, top3, answered, right, wrongAnswers float64
	for _, f := range s.FAQs {
		for _, q := range f.Asked {
			r := ix.Search(q, 3)
			asked++
			for i, h := range r.Hits {
				if h.ID == f.ID {
					top3++
					if i == 0 {
						top1++
					}
				}
			}
			if r.Decision == Answer {
				answered++
				if r.Hits[0].ID == f.ID {
					right++
				} else {
					t.Logf("wrong answer: %q got %s at %.2f, wants %s", q, r.Hits[0].ID, r.Hits[0].Score, f.ID)
				}
			}
		}
	}
	for _, q := range s.OutOfScope {
		if r := ix.Search(q, 3); r.Decision == Answer {
			wrongAnswers++
			t.Logf("false answer: %q got %s at %.2f", q, r.Hits[0].ID, r.Hits[0].Score)
		}
	}
	floor := func(name string, got, want float64) {
		t.Logf("%s %.3f (floor %.3f)", name, got, want)
		if got < want {
			t.Errorf("%s fell to %.3f, floor %.3f", name, got, want)
		}
	}
	floor("top 1", top1/asked, .76)
	floor("top 3", top3/asked, .90)
	floor("answered alone", answered/asked, .15)
	floor("right when answering", right/answered, .90)
	floor("out of scope not answered", 1-wrongAnswers/float64(len(s.OutOfScope)), .97)
}
