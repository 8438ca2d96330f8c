package pgchild

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const scratchPrefix = "recado-test-"

// StartTemp starts a cluster that Stop removes; cfg.Data is chosen here. One that need not be durable
// lives in memory where there is room. It may also be left to the end of the process: the server
// goes with it (on Linux), the files with a later StartTemp, which clears what has no owner.
func StartTemp(ctx context.Context, cfg Config) (*Server, error) {
	base := os.TempDir()
	if !cfg.Durable && roomInMemory("/dev/shm") {
		base = "/dev/shm"
	}
	sweep(ctx, base)
	scratch, err := os.MkdirTemp(base, scratchPrefix)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(scratch, 0o755); err != nil { // for the account that runs the server
		return nil, err
	}
	cfg.Data = filepath.Join(scratch, "pg")
	s, err := Start(ctx, cfg)
	if err != nil {
		os.RemoveAll(scratch)
		return nil, err
	}
	s.scratch = scratch
	return s, nil
}

// roomInMemory: a container's /dev/shm often holds only 64 MB.
func roomInMemory(folder string) bool {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return false
	}
	return uint64(fs.Bavail)*uint64(fs.Bsize) > 1<<30
}

// sweep removes scratch clusters that nobody owns any more. Those of other users stay: their lock
// cannot be opened.
func sweep(ctx context.Context, base string) {
	folders, _ := filepath.Glob(filepath.Join(base, scratchPrefix+"*"))
	for _, folder := range folders {
		if isNew(folder) { // its owner may not have the lock yet
			continue
		}
		s := &Server{log: slog.New(slog.DiscardHandler)}
		if s.claim(filepath.Join(folder, "pg")) != nil { // in use, or another user's
			continue
		}
		if s.stopOrphan(ctx) == nil {
			s.scratch = folder
		}
		_ = s.Stop(ctx) // at worst the next sweep finds it again
	}
}

func isNew(folder string) bool {
	info, err := os.Stat(folder)
	return err == nil && time.Since(info.ModTime()) < time.Minute
}
