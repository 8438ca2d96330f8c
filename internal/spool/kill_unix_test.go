//go:build unix

package spool

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
)

const childDir = "SPOOL_TEST_CHILD_DIR"

// TestMain turns the test binary into the process to be killed when told to.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child appends numbered records from several goroutines for ever, and prints the number of
// each once it is acknowledged.
func child(dir string) {
	s, err := Open(dir, Options{SegmentBytes: 4096})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; ; i += 4 {
				if err := s.Append([]byte(strconv.Itoa(i))); err != nil {
					panic(err)
				}
				fmt.Println(i)
			}
		})
	}
	wg.Wait()
}

func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := map[string]bool{}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			acknowledged[lines.Text()] = true
			if len(acknowledged) == 500+round*37 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || len(acknowledged) < 500 {
			t.Fatalf("the child was not killed: %v, %d acknowledged", err, len(acknowledged))
		}
		s := open(t, dir, Options{})
		got := map[string]bool{}
		for _, r := range all(t, s) {
			got[r] = true
		}
		s.Close()
		for n := range acknowledged {
			if !got[n] {
				t.Errorf("round %d: %s was acknowledged and is lost", round, n)
			}
		}
	}
}
