// Package fs keeps objects as files in one local folder, the default for a single node.
//
// The object "<prefix>/<name>" is the file <prefix>/<two hex digits>/<name>, where the
// digits are a hash of the name: with ids that share their leading (time) digits a folder
// would otherwise grow without end. A file is written under .tmp, flushed, and renamed into
// place, so a kill at any moment leaves the old object, the new one, or a temporary file
// that a later start removes.
package fs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"iter"
	"os"
	"path"
	"strings"
	"time"

	"recado/internal/blob"
)

// Store is a blob.Store in a folder. It reaches files only through an os.Root, so not even
// a symbolic link planted in the folder leads out of it.
type Store struct{ root *os.Root }

var _ blob.Store = (*Store)(nil)

const (
	tempDir = ".tmp"
	tempAge = 24 * time.Hour // no upload takes longer: an older temporary file belongs to the dead
)

// New opens the store in dir, which is made if missing. It fails when dir is not writable.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	s := &Store{root}
	if err := s.prepare(); err != nil {
		root.Close()
		return nil, fmt.Errorf("media folder %s: %w", dir, err)
	}
	return s, nil
}

// prepare makes the folder for temporary files, proves that it can be written to, and
// clears what earlier runs left behind.
func (s *Store) prepare() error {
	if err := s.mkdir(tempDir); err != nil {
		return err
	}
	probe := path.Join(tempDir, rand.Text())
	if err := s.root.WriteFile(probe, nil, 0o600); err != nil {
		return err
	}
	if err := s.root.Remove(probe); err != nil {
		return err
	}
	old, err := iofs.ReadDir(s.root.FS(), tempDir)
	if err != nil {
		return err
	}
	for _, e := range old {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > tempAge {
			_ = s.root.Remove(path.Join(tempDir, e.Name())) // another node may have been first
		}
	}
	return nil
}

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	file, err := place(key)
	if err != nil {
		return err
	}
	temp := path.Join(tempDir, rand.Text())
	err = s.write(temp, blob.Exactly(r, size))
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = s.install(temp, file)
	}
	if err != nil {
		_ = s.root.Remove(temp)
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

func (s *Store) write(temp string, r io.Reader) error {
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (s *Store) install(temp, file string) error {
	shard := path.Dir(file)
	if err := s.mkdir(path.Dir(shard)); err != nil {
		return err
	}
	if err := s.mkdir(shard); err != nil {
		return err
	}
	if err := s.root.Rename(temp, file); err != nil {
		return err
	}
	return s.sync(shard)
}

// mkdir makes one folder and flushes its parent, without which a power cut could forget
// the folder together with flushed files in it. A folder that is already there may have been
// made by a Put that has not flushed the parent yet, so the flush is not skipped then.
func (s *Store) mkdir(dir string) error {
	err := s.root.Mkdir(dir, 0o700)
	if err != nil && !errors.Is(err, iofs.ErrExist) {
		return err
	}
	return s.sync(path.Dir(dir))
}

func (s *Store) sync(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	file, err := place(key)
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(file)
	if errors.Is(err, iofs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", key, blob.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return f, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, key string) error {
	file, err := place(key)
	if err != nil {
		return err
	}
	if err := s.root.Remove(file); err != nil && !errors.Is(err, iofs.ErrNotExist) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := iofs.WalkDir(s.root.FS(), ".", func(p string, d iofs.DirEntry, err error) error {
			switch {
			case errors.Is(err, iofs.ErrNotExist): // deleted since its folder was read
				return nil
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case d.IsDir() && p == tempDir:
				return iofs.SkipDir
			}
			key, ok := keyAt(p)
			if ok && !d.IsDir() && !yield(key, nil) {
				return iofs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield("", fmt.Errorf("list: %w", err))
		}
	}
}

func place(key string) (string, error) {
	if err := blob.CheckKey(key); err != nil {
		return "", err
	}
	prefix, name, _ := strings.Cut(key, "/")
	h := sha256.Sum256([]byte(name))
	return path.Join(prefix, hex.EncodeToString(h[:1]), name), nil
}

// keyAt is the inverse of place; files that place would not have made are not objects.
func keyAt(p string) (string, bool) {
	parts := strings.Split(p, "/")
	if len(parts) != 3 {
		return "", false
	}
	key := parts[0] + "/" + parts[2]
	where, err := place(key)
	return key, err == nil && where == p
}
