// Package pgchild runs a private PostgreSQL as a child of this process, so that trying, developing
// and testing Recado needs no database server. Production sets DATABASE_URL and never comes here.
//
// What it promises:
//   - It listens on a Unix socket in a folder that only its account may enter: no port, no password.
//   - One owner per data directory (a file lock). A second one is refused.
//   - The server ends with its owner, even after kill -9 (on Linux; elsewhere the next Start stops
//     the orphan).
//   - Data is never wiped: a directory made by another major version, or by something else, is refused.
//   - A Start that is cancelled or killed leaves no process and no half-made data directory.
package pgchild

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "postgres"
	database  = "recado"
	port      = "5432" // names the socket file; given explicitly so that PGPORT has no say
)

// Config says where a server keeps its data and how careful it is with it.
type Config struct {
	// Data is the data directory, created when absent; its lock is Data + ".lock". Under a root
	// process whose checkout the database's account cannot reach, another place is chosen and logged.
	Data string
	// Durable keeps PostgreSQL's own defaults. Without it everything that guards against a crash is
	// off, which suits only data that may be lost.
	Durable bool
	// Log receives what is worth knowing, the server's own lines among it. nil discards.
	Log *slog.Logger
}

// Server is a running PostgreSQL. Whoever started it owns it and must Stop it.
// Its methods may be called from several goroutines.
type Server struct {
	install Install
	account *account
	data    string
	socket  string
	scratch string // removed by Stop; set for throw-away clusters
	durable bool
	log     *slog.Logger
	lock    *os.File

	mu      sync.Mutex // guards what follows, and lets one of Restart, Kill and Stop run at a time
	child   *process
	stopped bool
}

// Start brings up the server for cfg.Data and returns once it accepts connections and the database
// "recado" exists. ctx bounds the start only.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	s := &Server{durable: cfg.Durable, log: cfg.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	err := s.claim(cfg.Data)
	if err == nil {
		err = s.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("private PostgreSQL: %w", err), s.Stop(context.WithoutCancel(ctx)))
	}
	return s, nil
}

// URL is the superuser's connection string for the database "recado". It stays valid over Restart.
func (s *Server) URL() string { return s.url(database) }

// Data is the data directory in use, which may differ from the one asked for (see Config.Data).
func (s *Server) Data() string { return s.data }

// Pid is the postmaster's process id, 0 when it is not running.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child.ended() {
		return 0
	}
	return s.child.Pid
}

// Done is closed when the present postmaster ends, wanted or not. Restart begins a new one.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child.done
}

// Kill ends the postmaster with SIGKILL, as a crash would, and returns when it is gone.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.child.Signal(syscall.SIGKILL) // an error says that it ended already
	<-s.child.done
}

// Restart starts the server again, on the same data and URL, after it ended by itself or by Kill.
// A server that still runs is stopped first.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("private PostgreSQL: Restart after Stop: the data directory was given up")
	}
	if err := s.child.stop(ctx); err != nil {
		return err
	}
	return s.run(ctx)
}

// Stop shuts the server down, disconnecting its clients, and gives up the data directory. If ctx
// ends first, the server is stopped without its final checkpoint (the next start recovers) and an
// error says so. Stopping twice, or after a crash, is fine.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped { // the folders may have a new owner
		return nil
	}
	s.stopped = true
	var err error
	if s.child != nil {
		err = s.child.stop(ctx)
	}
	if s.socket != "" {
		err = errors.Join(err, os.RemoveAll(s.socket))
	}
	if s.scratch != "" {
		err = errors.Join(err, os.RemoveAll(s.scratch))
	}
	if s.lock != nil {
		s.lock.Close() // releases it; the file stays, since removing it would race with the next owner
	}
	return err
}

// claim settles who runs the server and where, and takes the data directory's lock.
func (s *Server) claim(data string) error {
	data, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	if os.Geteuid() == 0 && !walkable(data) {
		asked := data
		data = filepath.Join("/var/lib/recado", fingerprint(asked))
		s.log.Info("the account that runs PostgreSQL for root cannot reach the folder; the database is kept elsewhere",
			"folder", asked, "kept in", data)
	}
	if s.account, err = accountFor(data); err != nil {
		return err
	}
	if err = os.MkdirAll(filepath.Dir(data), 0o755); err != nil {
		return err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(data)) // as the kernel will name it
	if err != nil {
		return err
	}
	s.data = filepath.Join(parent, filepath.Base(data))
	if s.lock, err = lock(s.data + ".lock"); err != nil {
		return err
	}
	s.socket = s.socketFolder()
	return nil
}

// socketFolder puts the socket in the temporary folder: the data directory's path may be longer
// than the 103 bytes that a socket's name may have.
func (s *Server) socketFolder() string {
	base := os.TempDir()
	if len(base) > 60 || s.account != nil && !walkable(filepath.Join(base, "socket")) {
		base = "/tmp"
	}
	return filepath.Join(base, "recado-pg-"+fingerprint(s.data))
}

// start prepares the data directory and runs the server on it. The lock is held.
func (s *Server) start(ctx context.Context) error {
	major, err := majorOf(s.data)
	if err != nil {
		return err
	}
	if s.install, err = Find(major); err != nil {
		return err
	}
	if major == 0 {
		err = s.initialise(ctx)
	} else {
		err = s.stopOrphan(ctx)
	}
	if err != nil {
		return err
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	return s.createDatabase(ctx)
}

// majorOf tells which major version made a data directory; 0 when there is none yet.
func majorOf(data string) (int, error) {
	version, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err == nil {
		return parseMajor(string(version))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	entries, err := os.ReadDir(data)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if len(entries) > 0 {
		return 0, fmt.Errorf("%s holds something that is not a PostgreSQL data directory; it is left alone", data)
	}
	return 0, nil
}

// initialise makes the data directory beside its place and renames it, so that a run which is
// killed half way is not taken for a database.
func (s *Server) initialise(ctx context.Context) error {
	s.log.Info("creating the database files", "folder", s.data, "postgresql", s.install.Major)
	making := s.data + ".making"
	if err := os.RemoveAll(making); err != nil {
		return err
	}
	if err := s.account.ownFolder(making); err != nil {
		return err
	}
	args := []string{"-D", making, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=" + locale, "--no-instructions"}
	if !s.durable {
		args = append(args, "--no-sync")
	}
	if err := s.initdb(ctx, args); err != nil {
		return errors.Join(err, os.RemoveAll(making))
	}
	if err := os.Remove(s.data); err != nil && !errors.Is(err, os.ErrNotExist) { // an empty folder made beforehand
		return err
	}
	return os.Rename(making, s.data)
}

// initdb runs to its end even when ctx ends first: it takes a second or two, and cut short it
// leaves shared memory behind.
func (s *Server) initdb(ctx context.Context, args []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	out := newServerLog(s.log)
	child, err := launch(s.command("initdb", out, syscall.SIGKILL, args...))
	if err != nil {
		return err
	}
	<-child.done
	if child.err != nil {
		return fmt.Errorf("initdb: %w\n%s", child.err, out.tail())
	}
	return nil
}

// run starts the postmaster and waits until it accepts connections. None is running on the data.
func (s *Server) run(ctx context.Context) error {
	// A socket's lock file that is here was left by a crash. PostgreSQL would believe it if its
	// number went to another process, or to one that is dead but not yet reaped.
	if err := os.RemoveAll(s.socket); err != nil {
		return err
	}
	if err := s.account.ownFolder(s.socket); err != nil {
		return err
	}
	args := []string{"-D", s.data, "-k", s.socket, "-p", port,
		"-c", "listen_addresses=",
		"-c", "unix_socket_permissions=0700",
		"-c", "max_connections=200",
		"-c", "jit=off", // the private copy comes without LLVM
		"-c", "logging_collector=off", "-c", "log_destination=stderr", "-c", "log_line_prefix=",
		"-c", "log_min_messages=warning", "-c", "log_checkpoints=off",
		"-c", "log_min_error_statement=panic", // statements carry people's messages
	}
	if !s.durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "max_wal_size=4GB", "-c", "autovacuum=off")
	}
	// After the kill -9 of a postmaster its backends hold on to shared memory for a moment, and
	// PostgreSQL rightly refuses to start beside them.
	deadline := time.Now().Add(30 * time.Second)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		out := newServerLog(s.log)
		child, err := launch(s.command("postgres", out, syscall.SIGINT, args...))
		if err != nil {
			return err
		}
		s.child = child
		select {
		case <-out.ready:
			return nil
		case <-ctx.Done():
			patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return errors.Join(ctx.Err(), child.stop(patience))
		case <-child.done:
		}
		if !strings.Contains(out.tail(), "shared memory block") || time.Now().After(deadline) {
			return fmt.Errorf("postgres ended early (%v)\n%s", child.err, out.tail())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	err = conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize())
	return err
}

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database,
		RawQuery: url.Values{"host": {s.socket}, "port": {port}}.Encode()}
	return u.String()
}
