package retrieval

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

// made writes n entries of five variants each out of the shop's own sentences,
// one word in three swapped for one of n others, so that words, lengths and the
// share of common letters stay those of real questions.
func made(b *testing.B, n int) ([]Entry, []string) {
	b.Helper()
	s, _ := loadShop(b)
	var pool, queries []string
	for _, f := range s.FAQs {
		pool = append(append(pool, f.Question), f.Variants...)
		queries = append(queries, f.Asked...)
	}
	syllables := []string{"ca", "ro", "mi", "ten", "sal", "pu", "dor", "li", "gue", "nas", "fo", "tri"}
	text := func(seed int) string {
		out := ""
		for i, w := range words(pool[seed%len(pool)]) {
			if (i+seed)%3 == 0 {
				x := (seed*31 + i*17) % n
				w = syllables[x%12] + syllables[x/12%12] + syllables[x/144%12] + syllables[x/1728%12]
			}
			out += w + " "
		}
		return out
	}
	entries := make([]Entry, n)
	for i := range entries {
		entries[i] = Entry{ID: fmt.Sprint(i), Question: text(i * 7), Answer: text(i * 11)}
		for v := range 5 {
			entries[i].Variants = append(entries[i].Variants, text(i*7+v*13+1))
		}
	}
	return entries, queries
}

func BenchmarkSearch60(b *testing.B)  { benchmarkSearch(b, 60) }
func BenchmarkSearch1k(b *testing.B)  { benchmarkSearch(b, 1_000) }
func BenchmarkSearch10k(b *testing.B) { benchmarkSearch(b, 10_000) }

func benchmarkSearch(b *testing.B, n int) {
	entries, queries := made(b, n)
	ix := Build(entries, Options{})
	var took []time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		start := time.Now()
		ix.Search(queries[i%len(queries)], 5)
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}

func BenchmarkBuild1k(b *testing.B)  { benchmarkBuild(b, 1_000) }
func BenchmarkBuild10k(b *testing.B) { benchmarkBuild(b, 10_000) }

func benchmarkBuild(b *testing.B, n int) {
	entries, _ := made(b, n)
	var before, after runtime.MemStats
	var ix *Index
	for range b.N {
		ix = nil
		runtime.GC()
		runtime.ReadMemStats(&before)
		ix = Build(entries, Options{})
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(ix.examples)), "B/example")
}
