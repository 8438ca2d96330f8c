package assistant

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"recado/bots"
	"recado/internal/company"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// Of twenty that ask at once for a bot that is not compiled, one compiles.
func TestOneCompiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	b.faq(t, bot, "¿Cuánto cuesta el envío?", "5.000")
	var wg sync.WaitGroup
	got := make([]*bots.Bot, 20)
	revision := b.revision(t, bot)
	for i := range got {
		wg.Go(func() {
			var err error
			if got[i], err = b.Bot(t.Context(), b.mine, bot, revision); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, g := range got {
		if g != got[0] {
			t.Error("compiled more than once")
			break
		}
	}
	// A turn that was claimed before the change gets what is newer, not what is gone.
	if old, err := b.Bot(t.Context(), b.mine, bot, revision-1); err != nil || old != got[0] {
		t.Errorf("an older revision: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Bot(gone, b.mine, bot, revision+1); err == nil {
		t.Error("who gave up waiting got a bot")
	}
}

// Rules do not make the index be built again.
func TestIndexOutlivesARule(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bot := b.create(t, Change{}).ID
	b.faq(t, bot, "q", "x")
	index := func() *knowledge.Answerer {
		c, err := b.compiled(t.Context(), b.mine, bot, b.revision(t, bot))
		if err != nil {
			t.Fatal(err)
		}
		return c.faq
	}
	before := index()
	if _, err := b.rule(t, bot, contains("r", "hola", "x")); err != nil {
		t.Fatal(err)
	}
	if index() != before {
		t.Error("built again")
	}
	b.faq(t, bot, "q2", "y")
	if index() == before {
		t.Error("not built again")
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(100)
	ids := make([]id.Bot, 5)
	for i := range ids {
		ids[i] = id.New[id.Bot]()
		c.put(ids[i], &compiled{revision: 1, size: 40})
		c.get(ids[0], 1) // in use all the time
	}
	for i, want := range []bool{true, false, false, false, true} {
		if got := c.get(ids[i], 1) != nil; got != want {
			t.Errorf("bot %d is kept: %v, want %v", i, got, want)
		}
	}
	c.put(ids[4], &compiled{revision: 3, size: 50})
	c.put(ids[4], &compiled{revision: 2, size: 1}) // finished later, but older
	if got := c.get(ids[4], 0); got == nil || got.revision != 3 || c.size != 90 {
		t.Errorf("%+v, %d bytes", got, c.size)
	}
	huge := id.New[id.Bot]()
	c.put(huge, &compiled{revision: 1, size: 1000})
	if c.get(huge, 1) == nil || len(c.bots) != 1 || c.size != 1000 {
		t.Errorf("%d bots of %d bytes, want the one in use", len(c.bots), c.size)
	}
}

// A question put to a bot of 1,000 entries, with the check that it is the current one.
func BenchmarkAsk1000(b *testing.B) {
	d := setup(b)
	bot := d.create(b, Change{}).ID
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, `{"id":"%d","question":"¿Cuánto tarda el envío del pedido %d a la ciudad %d?","answer":"El pedido %d tarda dos días.","variants":["cuándo llega el pedido %d"]}`+"\n", i, i, i%97, i, i)
	}
	if _, err := d.ImportFAQs(b.Context(), d.mine, company.System, bot, knowledge.JSONL, strings.NewReader(text.String())); err != nil {
		b.Fatal(err)
	}
	ask := func() {
		if a, err := d.Ask(b.Context(), d.mine, bot, "cuándo me llega el pedido 512", 5); err != nil || len(a.Candidates) == 0 {
			b.Fatal(a, err)
		}
	}
	ask()
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			ask()
		}
	})
	b.Run("twenty", func(b *testing.B) {
		b.SetParallelism(10) // times GOMAXPROCS
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ask()
			}
		})
	})
}
