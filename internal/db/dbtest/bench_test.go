package dbtest

import (
	"crypto/rand"
	"testing"
)

// BenchmarkDatabase is what a test pays for a database of its own: clone and drop.
func BenchmarkDatabase(b *testing.B) {
	c, err := theCluster()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		name := "bench_" + rand.Text()
		if err := c.clone(b.Context(), name); err != nil {
			b.Fatal(err)
		}
		if err := c.drop(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}
