package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"recado/internal/db/pgchild"
)

// lab is one experiment's surroundings: a folder, a binary, a database, and the processes
// that close ends. The embedded context is over when the experiment must be.
type lab struct {
	context.Context
	stop   context.CancelFunc
	out    io.Writer
	keep   bool
	dir    string
	binary string
	secret string          // the nodes' master key, base64
	pg     *pgchild.Server // logs to postgresql.log in dir
	db     *pgxpool.Pool   // as superuser: the independent count

	mu    sync.Mutex // of out and nodes
	nodes []*node
}

// open builds recado and starts PostgreSQL. close what it returns.
func open(ctx context.Context, o options, out io.Writer) (*lab, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	l := &lab{out: out, keep: o.Keep, binary: o.Recado, secret: base64.StdEncoding.EncodeToString(key)}
	l.Context, l.stop = context.WithTimeoutCause(ctx, o.Within, fmt.Errorf("not done within %v", o.Within))
	err := l.prepare(o)
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) prepare(o options) (err error) {
	if l.dir, err = os.MkdirTemp(o.Dir, "recado-lab-"); err != nil {
		return err
	}
	if err := os.Chmod(l.dir, 0o755); err != nil { // for the account that runs PostgreSQL
		return err
	}
	if l.binary == "" {
		l.binary = filepath.Join(l.dir, "recado")
		build := exec.CommandContext(l, "go", "build", "-o", l.binary, "recado/cmd/recado")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build recado: %w\n%s", err, text)
		}
	} else if l.binary, err = filepath.Abs(l.binary); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(l.dir, "postgresql.log")) // open as long as the server writes
	if err != nil {
		return err
	}
	l.pg, err = pgchild.Start(l, pgchild.Config{Data: filepath.Join(l.dir, "pg"), Durable: true, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		return err
	}
	config, err := pgxpool.ParseConfig(l.pg.URL())
	if err != nil {
		return err
	}
	config.MaxConns = 4
	config.ConnConfig.RuntimeParams["application_name"] = "lab"
	l.db, err = pgxpool.NewWithConfig(l, config)
	return err
}

// close ends every process and removes the folder. It does not heed the context, which may
// be over already.
func (l *lab) close() {
	l.stop()
	for _, n := range l.nodes {
		n.kill()
	}
	if l.db != nil {
		l.db.Close()
	}
	if l.pg != nil {
		patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := l.pg.Stop(patience); err != nil {
			l.say("stopping PostgreSQL: %v", err)
		}
	}
	switch {
	case l.dir == "":
	case l.keep:
		l.say("files kept in %s", l.dir)
	default:
		if err := os.RemoveAll(l.dir); err != nil {
			l.say("%v", err)
		}
	}
}

// say prints one line.
func (l *lab) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, format+"\n", args...)
}

// sleep waits, or reports why the experiment is over.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// until asks a question every so often until the answer is yes. It fails when the patience
// or the experiment is over.
func until(ctx context.Context, patience, every time.Duration, what string, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s: not within %v", what, patience))
	defer cancel()
	for {
		ok, err := ask(ctx)
		switch {
		case ctx.Err() != nil:
			return errors.Join(context.Cause(ctx), err)
		case err != nil:
			return fmt.Errorf("%s: %w", what, err)
		case ok:
			return nil
		}
		if err := sleep(ctx, every); err != nil {
			return err
		}
	}
}
