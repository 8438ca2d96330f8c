// Package mem keeps objects in memory, for tests and throw-away demos.
package mem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"sync"

	"recado/internal/blob"
)

// Store is an in-memory blob.Store.
type Store struct {
	mu      sync.RWMutex
	objects map[string][]byte
}

var _ blob.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{objects: map[string][]byte{}} }

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	b, err := io.ReadAll(blob.Exactly(r, size))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[key] = b
	return nil
}

// Open implements blob.Store.
func (s *Store) Open(_ context.Context, key string) (io.ReadSeekCloser, error) {
	if err := blob.CheckKey(key); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, ok := s.objects[key]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", key, blob.ErrNotFound)
	}
	return object{bytes.NewReader(b)}, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(_ context.Context, key string) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return nil
}

// List implements blob.Store.
func (s *Store) List(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		s.mu.RLock()
		keys := slices.Sorted(maps.Keys(s.objects))
		s.mu.RUnlock()
		for _, k := range keys {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(k, nil) {
				return
			}
		}
	}
}

type object struct{ *bytes.Reader }

func (object) Close() error { return nil }
