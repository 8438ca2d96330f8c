// Command suite runs the channels' conformance suites and prints their table, channel by
// case: ok, or why the platform has no such case. It exits with 1 when a case fails.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "recado-suite-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	test := exec.Command("go", "test", "./channels/...", "-run", "^TestSuite", "-count=1")
	test.Env = append(os.Environ(), "RECADO_SUITE_TABLE="+dir)
	test.Stderr = os.Stderr
	out, failed := test.Output()
	tables, kinds, cases, err := read(dir)
	if err != nil {
		return err
	}
	show(tables, kinds, cases)
	if failed != nil {
		fmt.Println(string(out))
		return fmt.Errorf("a case failed: %w", failed)
	}
	return nil
}

// read gathers what each channel's suite wrote: case to outcome.
func read(dir string) (tables map[string]map[string]string, kinds, cases []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, nil, nil, err
	}
	tables = map[string]map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, nil, nil, err
		}
		table := map[string]string{}
		if err := json.Unmarshal(b, &table); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", f, err)
		}
		kind := strings.TrimSuffix(filepath.Base(f), ".json")
		tables[kind] = table
		kinds = append(kinds, kind)
		for c := range table {
			if !slices.Contains(cases, c) {
				cases = append(cases, c)
			}
		}
	}
	slices.Sort(cases)
	return tables, kinds, cases, nil
}

func show(tables map[string]map[string]string, kinds, cases []string) {
	fmt.Printf("%-24s", "")
	for _, k := range kinds {
		fmt.Printf("%-16s", k)
	}
	fmt.Println()
	reasons := map[string][]string{}
	for _, c := range cases {
		fmt.Printf("%-24s", c)
		for _, k := range kinds {
			outcome := tables[k][c]
			if reason, lacks := strings.CutPrefix(outcome, "lacks: "); lacks {
				reasons[k] = append(reasons[k], c+": "+reason)
				outcome = "-"
			}
			fmt.Printf("%-16s", outcome)
		}
		fmt.Println()
	}
	for _, k := range kinds {
		if len(reasons[k]) > 0 {
			fmt.Printf("\n%s has no\n  %s\n", k, strings.Join(reasons[k], "\n  "))
		}
	}
}
