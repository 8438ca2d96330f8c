package fs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/internal/blob"
	"recado/internal/blob/blobtest"
	"recado/internal/blob/fs"
)

func open(t *testing.T, dir string) *fs.Store {
	t.Helper()
	s, err := fs.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, filepath.Join(t.TempDir(), "new", "media")) })
}

func TestObjectsOutliveTheStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	if err := first.Put(t.Context(), "tienda/a", strings.NewReader("hola"), 4); err != nil {
		t.Fatal(err)
	}
	first.Close()
	r, err := open(t, dir).Open(t.Context(), "tienda/a")
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
}

func TestFailedPutLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Put(t.Context(), "tienda/a", strings.NewReader("short"), 9); !errors.Is(err, blob.ErrSize) {
		t.Fatalf("got %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestStartClearsWhatTheDeadLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir).Close()
	old, young := filepath.Join(dir, ".tmp", "old"), filepath.Join(dir, ".tmp", "young")
	for _, f := range []string{old, young} {
		if err := os.WriteFile(f, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("the young one may be another node's: %v", err)
	}
}

func TestSymbolicLinksDoNotLeadOut(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	s := open(t, dir)
	if err := os.Symlink(outside, filepath.Join(dir, "tienda")); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "tienda/a", strings.NewReader("x"), 1); err == nil {
		t.Error("wrote through a link")
	}
	if left, _ := os.ReadDir(outside); len(left) != 0 {
		t.Errorf("outside now holds %v", left)
	}
}

func TestNewRefusesAnUnusableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := fs.New(file); err == nil {
		s.Close()
		t.Error("took a file for a folder")
	}
}
