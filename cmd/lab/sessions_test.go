package main

import (
	"testing"
	"time"
)

func TestBusiest(t *testing.T) {
	t.Parallel()
	at := func(ms ...int) (out []time.Time) {
		for _, m := range ms {
			out = append(out, time.UnixMilli(int64(m)))
		}
		return out
	}
	for name, tt := range map[string]struct {
		at   []time.Time
		want int
	}{
		"none":              {nil, 0},
		"one":               {at(5), 1},
		"a second apart":    {at(0, 1000, 2000), 1},
		"just within":       {at(0, 999), 2},
		"the last are most": {at(0, 900, 1800, 1900, 2000), 3},
	} {
		if got := busiest(tt.at, time.Second); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}
