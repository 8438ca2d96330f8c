package pgchild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one run of a child, from its start until it has been waited for.
type process struct {
	*os.Process
	done chan struct{}
	err  error // how it ended; valid once done is closed
}

// launch starts cmd on a thread of its own and keeps that thread until the child has ended: the
// kernel ties the parent-death signal (prctl(2), PR_SET_PDEATHSIG) to the thread that forked.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.Process = cmd.Process
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks for PostgreSQL's fast shutdown, and for the immediate one when ctx ends first.
// https://www.postgresql.org/docs/current/server-shutdown.html
func (p *process) stop(ctx context.Context) error {
	if p.ended() {
		return nil
	}
	_ = p.Signal(syscall.SIGINT) // an error says that it ended in between
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		_ = p.Signal(syscall.SIGQUIT)
		<-p.done
		return fmt.Errorf("stopped PostgreSQL without its final checkpoint: %w", ctx.Err())
	}
}

// command prepares one of PostgreSQL's programs: as the right account, with an environment that
// does not depend on the caller's, and in a process group of its own so that Ctrl-C reaches only us.
func (s *Server) command(name string, out io.Writer, whenOrphaned syscall.Signal, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.install.Bin, name), args...)
	cmd.Dir = "/"
	cmd.Env = append(s.install.env(), "PATH=/usr/bin:/bin", "LC_ALL="+locale, "TZ=UTC")
	cmd.Stderr = out
	cmd.WaitDelay = 5 * time.Second // backends inherit stderr and may outlive a killed postmaster a little
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.account.credential()}
	signalWhenOrphaned(cmd.SysProcAttr, whenOrphaned)
	return cmd
}

// stopOrphan ends a server that outlived its owner. We hold the lock, so nobody else owns it.
func (s *Server) stopOrphan(ctx context.Context) error {
	pidFile := filepath.Join(s.data, "postmaster.pid")
	content, err := os.ReadFile(pidFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid < 2 || !alive(pid) {
		return nil // PostgreSQL clears what a crash left
	}
	if !runsOn(pid, s.data) {
		// The number went to another program (likely in a container), which PostgreSQL, not holding
		// our lock, would take for a running server.
		return os.Remove(pidFile)
	}
	s.log.Warn("stopping a PostgreSQL that outlived its owner", "pid", pid)
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		return fmt.Errorf("a PostgreSQL of an earlier run (pid %d) cannot be stopped: %w", pid, err)
	}
	tick := time.NewTicker(20 * time.Millisecond) // not our child, so it cannot be waited for
	defer tick.Stop()
	for runsOn(pid, s.data) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// serverLog receives what PostgreSQL writes to standard error: it passes the lines on, keeps the
// last ones for error messages, and notices when the server is ready.
type serverLog struct {
	log   *slog.Logger
	ready chan struct{} // closed when the server accepts connections

	mu      sync.Mutex
	partial []byte
	last    []string
	level   slog.Level
	isReady bool
}

func newServerLog(log *slog.Logger) *serverLog {
	return &serverLog{log: log, ready: make(chan struct{})}
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, p...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.take(string(line))
		l.partial = rest
	}
}

func (l *serverLog) take(line string) {
	const kept = 20
	l.last = append(l.last, line)
	if len(l.last) > kept {
		l.last = l.last[1:]
	}
	if severity, _, found := strings.Cut(line, ":"); found {
		l.level = levelOf(severity, l.level)
	}
	l.log.Log(context.Background(), l.level, "postgres: "+line)
	if !l.isReady && strings.Contains(line, "database system is ready to accept connections") {
		l.isReady = true
		close(l.ready)
	}
}

// levelOf maps PostgreSQL's severities to ours. A statement's ERROR reaches whoever sent it, and a
// FATAL is mostly a connection cut on purpose, so neither is loud. DETAIL, HINT and continued lines
// go with the line before.
func levelOf(severity string, before slog.Level) slog.Level {
	switch severity {
	case "LOG", "INFO", "NOTICE", "ERROR":
		return slog.LevelDebug
	case "FATAL":
		return slog.LevelInfo
	case "WARNING":
		return slog.LevelWarn
	case "PANIC":
		return slog.LevelError
	}
	return before
}

func (l *serverLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}
