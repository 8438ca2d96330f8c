// Command pgdev is for those who work on Recado; no release contains it.
//
//	pgdev find                        print the folder of the PostgreSQL that Recado would run
//	pgdev exec [-durable] COMMAND     run COMMAND beside one throw-away cluster that all its tests
//	                                  share; -durable keeps PostgreSQL's own settings, for benchmarks
//
// It is a program of its own, not a part of cmd/recado, because scripts/setup-pg.sh and the tests
// need it before, and without, everything that the server is made of.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"recado/internal/db/pgchild"
)

// clusterEnv is dbtest.ClusterEnv; importing dbtest would pull package testing in.
const clusterEnv = "RECADO_TEST_DATABASE_URL"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgdev:", err)
	}
	os.Exit(code)
}

// run returns the exit status; that of COMMAND for exec.
func run(ctx context.Context, args []string) (int, error) {
	switch {
	case len(args) == 1 && args[0] == "find":
		install, err := pgchild.Find(0)
		if err != nil {
			return 1, err
		}
		fmt.Println(install.Bin)
		return 0, nil
	case len(args) > 2 && args[0] == "exec" && args[1] == "-durable":
		return execute(ctx, true, args[2:])
	case len(args) > 1 && args[0] == "exec":
		return execute(ctx, false, args[1:])
	}
	return 2, errors.New("usage: pgdev find | pgdev exec [-durable] COMMAND [ARGUMENT]")
}

// execute keeps the cluster that the environment names already, if it does.
func execute(ctx context.Context, durable bool, command []string) (code int, err error) {
	if os.Getenv(clusterEnv) == "" {
		log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
		server, startErr := pgchild.StartTemp(ctx, pgchild.Config{Durable: durable, Log: log})
		if startErr != nil {
			return 1, startErr
		}
		defer func() {
			patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
			defer cancel()
			if stopErr := server.Stop(patience); stopErr != nil {
				code, err = 1, errors.Join(err, stopErr)
			}
		}()
		if err := os.Setenv(clusterEnv, server.URL()); err != nil {
			return 1, err
		}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // a Ctrl-C has reached it already
	cmd.WaitDelay = 20 * time.Second
	err = cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.Exited() {
		return failed.ExitCode(), nil // it has said why
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
