package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is one serving recado process, started and ended as often as an experiment likes on
// the same address and data folder.
type node struct {
	name string
	base string // http://127.0.0.1:port
	lab  *lab
	env  []string
	args []string
	log  string // file that gets its standard error, run after run

	mu   sync.Mutex
	proc *os.Process // nil when not running
	done chan struct{}
}

// newNode prepares a node; start runs it. args follow `recado serve`.
func (l *lab) newNode(name string, args ...string) (*node, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	n := &node{name: name, base: "http://" + addr, lab: l, args: args, log: filepath.Join(l.dir, name+".log"),
		env: append(l.environ(name), "RECADO_ADDR="+addr, "RECADO_DATA="+filepath.Join(l.dir, name))}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nodes = append(l.nodes, n)
	return n, nil
}

// environ points recado at the lab's PostgreSQL. Each connection carries the node's name in
// the setting lab.node, by which a trigger can tell who writes.
func (l *lab) environ(name string) []string {
	u, _ := url.Parse(l.pg.URL()) // pgchild wrote it
	q := u.Query()
	q.Set("lab.node", name)
	u.RawQuery = q.Encode()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.dir, "DATABASE_URL=" + u.String(), "RECADO_SECRET=" + l.secret}
}

// freePort avoids the ports that the system gives to outgoing connections: a client that
// knocks at a dead server's port there may be connected to itself.
func freePort() (int, error) {
	for range 200 {
		port := 20_000 + rand.IntN(10_000)
		if ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, ln.Close()
		}
	}
	return 0, errors.New("no free port between 20000 and 30000")
}

// start runs the node and returns how long it took from exec to the line "ready".
func (n *node) start(ctx context.Context) (time.Duration, error) {
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	cmd := exec.Command(n.lab.binary, append([]string{"serve"}, n.args...)...)
	cmd.Env, cmd.Stderr = n.env, log
	// Its own group, so that Ctrl-C reaches only the lab; and it dies with the lab.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	ready, begun := make(chan struct{}), time.Now()
	done, err := spawn(cmd, func() { watch(bufio.NewScanner(stdout), ready) })
	if err != nil {
		return 0, err
	}
	n.mu.Lock()
	n.proc, n.done = cmd.Process, done
	n.mu.Unlock()
	select {
	case <-ready:
		return time.Since(begun), nil
	case <-done:
		return 0, fmt.Errorf("node %s ended before it was ready:\n%s", n.name, n.tail(12))
	case <-ctx.Done():
		n.kill()
		return 0, context.Cause(ctx)
	}
}

// spawn starts cmd on a thread that stays until cmd has ended, since the kernel ties the
// parent-death signal to the thread that forked (prctl(2)).
func spawn(cmd *exec.Cmd, read func()) (done chan struct{}, err error) {
	done = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			read() // to the end of its output, before Wait closes the pipe
			_ = cmd.Wait()
			close(done)
		}
	}()
	return done, <-started
}

func watch(lines *bufio.Scanner, ready chan struct{}) {
	for told := false; lines.Scan(); {
		if !told && strings.HasPrefix(lines.Text(), "ready") {
			close(ready)
			told = true
		}
	}
}

// supervise is start as a service manager does it: again and again until it is ready.
func (n *node) supervise(ctx context.Context) (took time.Duration, err error) {
	begun := time.Now()
	err = until(ctx, time.Minute, 200*time.Millisecond, "node "+n.name+" comes up", func(ctx context.Context) (bool, error) {
		_, err := n.start(ctx)
		return err == nil, nil //nolint:nilerr // the last failure stands in its log
	})
	return time.Since(begun), err
}

// kill ends the node with SIGKILL and waits for it. A node that is not running is fine.
func (n *node) kill() { n.end(syscall.SIGKILL) }

// terminate asks the node to stop, as a service manager does, and waits for it.
func (n *node) terminate() { n.end(syscall.SIGTERM) }

func (n *node) end(sig syscall.Signal) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return
	}
	_ = n.proc.Signal(sig) // an error says that it has ended already
	select {
	case <-n.done:
	case <-time.After(30 * time.Second):
		_ = n.proc.Kill()
		<-n.done
	}
	n.proc = nil
}

func (n *node) signal(sig syscall.Signal) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return fmt.Errorf("node %s is not running", n.name)
	}
	return n.proc.Signal(sig)
}

// pid is 0 when the node is not running.
func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil {
		return 0
	}
	return n.proc.Pid
}

// tail is the end of the node's log.
func (n *node) tail(lines int) string {
	b, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	all := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(bytes.Join(all[max(0, len(all)-lines):], []byte("\n")))
}

// logged counts the lines of the node's log that contain text.
func (n *node) logged(text string) int {
	b, _ := os.ReadFile(n.log) // no log: nothing was logged
	return bytes.Count(b, []byte(text))
}

// recado runs another command of the binary against the lab's database.
func (l *lab) recado(extra []string, args ...string) error {
	cmd := exec.CommandContext(l, l.binary, args...)
	cmd.Env = append(append(l.environ("command"), "RECADO_DATA="+filepath.Join(l.dir, "command")), extra...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("recado %s: %w\n%s", args[0], err, out)
	}
	return nil
}
