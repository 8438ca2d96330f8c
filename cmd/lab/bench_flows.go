package main

import (
	"fmt"
	"os/exec"
	"path"
	"strconv"
	"strings"
)

// flows runs the Go benchmarks of the bot's engines. They need no server; what is held to
// its goal is processor time and allocations, which a busy machine leaves alone.
func (c *benchCommand) flows(b *bench) error {
	out, err := exec.CommandContext(b.lab, "go", "test", "-run", "^$", "-benchmem", "-count", "3",
		"-bench", "^(BenchmarkSession|BenchmarkCompile200|BenchmarkRules200)$", "recado/flows/nodes", "recado/bots/rules").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	found := benchmarks(string(out))
	for _, line := range []struct {
		name, benchmark, metric, unit string
		scale                         float64
		g                             goal
	}{
		{"flow_session_cpu_us", "nodes BenchmarkSession", "cpu-ns/op", "us", 1e-3, atMost(50).held()},
		{"flow_session_allocs", "nodes BenchmarkSession", "allocs/op", "", 1, atMost(250).held()},
		{"rules200_us", "rules BenchmarkRules200", "ns/op", "us", 1e-3, atMost(100)},
		{"flow_compile200_ms", "nodes BenchmarkCompile200", "cpu-ns/op", "ms", 1e-6, atMost(50).held()},
	} {
		v, ok := found[line.benchmark][line.metric]
		if !ok {
			return fmt.Errorf("%s printed no %s:\n%s", line.benchmark, line.metric, out)
		}
		b.tell(line.name, v*line.scale, line.unit, line.g)
	}
	return nil
}

// benchmarks reads what go test -bench prints, by package and benchmark and then by metric.
// Of several runs the least counts: what else the machine does can only add.
//
//	pkg: recado/flows/nodes
//	BenchmarkSession-2   150186   23104 ns/op   21901 cpu-ns/op   12673 B/op   171 allocs/op
//
// (https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md)
func benchmarks(out string) map[string]map[string]float64 {
	all, pkg := map[string]map[string]float64{}, ""
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) == 2 && f[0] == "pkg:" {
			pkg = path.Base(f[1])
		}
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		name, _, _ := strings.Cut(f[0], "-")
		name = pkg + " " + name
		if all[name] == nil {
			all[name] = map[string]float64{}
		}
		for i := 2; i+1 < len(f); i += 2 {
			v, err := strconv.ParseFloat(f[i], 64)
			if least, before := all[name][f[i+1]]; err == nil && (!before || v < least) {
				all[name][f[i+1]] = v
			}
		}
	}
	return all
}
