package pgchild_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"recado/internal/db/pgchild"
)

// ownerEnv makes the test binary an owner of the data directory it names, to be killed by a test.
const ownerEnv = "PGCHILD_TEST_OWNER_OF"

func TestMain(m *testing.M) {
	if data := os.Getenv(ownerEnv); data != "" {
		own(data)
	}
	os.Exit(m.Run())
}

// own starts the server, says so with its URL, and holds it until killed.
func own(data string) {
	s, err := pgchild.Start(context.Background(), pgchild.Config{Data: data, Durable: true})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready", s.Pid(), s.URL())
	select {}
}

// ownerProcess starts another process that owns data, and returns once its server is ready.
func ownerProcess(t *testing.T, data string) (owner *exec.Cmd, postmaster int, url string) {
	t.Helper()
	owner = exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), ownerEnv+"="+data)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Process.Kill(); _ = owner.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the owner said %q: %v", line, err)
	}
	if _, err := fmt.Sscanf(line, "ready %d %s", &postmaster, &url); err != nil {
		t.Fatalf("the owner said %q: %v", line, err)
	}
	return owner, postmaster, url
}

func TestOwnerKilled(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	owner, _, url := ownerProcess(t, data)
	ask(t, url, makeNote, readNote)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	if got := ask(t, start(t, data).URL(), readNote); got != "kept" {
		t.Errorf("after kill -9 of the owner: %q", got)
	}
}

func TestOwnerAndPostmasterKilled(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	owner, postmaster, url := ownerProcess(t, data)
	ask(t, url, makeNote, readNote)
	if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	if got := ask(t, start(t, data).URL(), readNote); got != "kept" {
		t.Errorf("after kill -9 of both: %q", got)
	}
}

// An orphan is what is left where the kernel does not end the child with its parent. Here the
// test plays that system by starting a postmaster on the data directory that has no owner.
func TestOrphanIsStopped(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	s := start(t, data)
	ask(t, s.URL(), makeNote, readNote)
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	orphan := startOrphan(t, data)
	again := start(t, data)
	if again.Pid() == orphan {
		t.Fatal("the orphan was taken over")
	}
	if got := ask(t, again.URL(), readNote); got != "kept" {
		t.Errorf("beside an orphan: %q", got)
	}
}

// startOrphan starts a postmaster on an existing data directory and returns its pid once it is ready.
func startOrphan(t *testing.T, data string) int {
	t.Helper()
	cmd, err := pgchild.OrphanCommand(data)
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() { // read on, so that it can write, and reap it
				for lines.Scan() {
				}
				_ = cmd.Wait()
			}()
			return cmd.Process.Pid
		}
	}
	t.Fatal("the orphan did not start")
	return 0
}

// Whenever a start is cancelled, nothing of it remains and the next one works.
func TestCancelledStart(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	for _, patience := range []time.Duration{0, 50 * time.Millisecond, 400 * time.Millisecond, 900 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		s, err := pgchild.Start(ctx, pgchild.Config{Data: data})
		cancel()
		if err == nil { // a quick machine: it was up in time
			err = s.Stop(t.Context())
		} else if errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		if err != nil {
			t.Errorf("cancelled after %v: %v", patience, err)
		}
		if left := pgchild.ProcessesUnder(filepath.Dir(data)); len(left) > 0 {
			t.Errorf("cancelled after %v: processes %v are left", patience, left)
		}
	}
	start(t, data)
}
