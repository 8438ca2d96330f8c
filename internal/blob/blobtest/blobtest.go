// Package blobtest is the suite that every blob.Store passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"recado/internal/blob"
)

// Run checks that the stores open makes keep the promises of blob.Store. Every call of open
// must give an empty store.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, check := range map[string]func(*testing.T, blob.Store){
		"round trip":     roundTrip,
		"seek":           seek,
		"replace":        replace,
		"missing":        missing,
		"delete":         remove,
		"list":           list,
		"wrong size":     wrongSize,
		"broken reader":  brokenReader,
		"cancelled":      cancelled,
		"bad keys":       badKeys,
		"many at once":   concurrent,
		"read while put": readWhilePut,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, open(t))
		})
	}
}

func put(t *testing.T, s blob.Store, key string, body []byte) {
	t.Helper()
	if err := s.Put(t.Context(), key, bytes.NewReader(body), int64(len(body))); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s blob.Store, key string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func absent(t *testing.T, s blob.Store, key string) {
	t.Helper()
	if r, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		if err == nil {
			r.Close()
		}
		t.Errorf("opening %s gives %v, want ErrNotFound", key, err)
	}
}

// pattern is size bytes that differ from place to place.
func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func roundTrip(t *testing.T, s blob.Store) {
	for _, size := range []int{0, 1, 4095, 70_000, 6 << 20} {
		key := fmt.Sprintf("tienda/size-%d", size)
		put(t, s, key, pattern(size))
		if got := get(t, s, key); !bytes.Equal(got, pattern(size)) {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
	}
	// A reader that cannot seek, and gives a byte at a time.
	if err := s.Put(t.Context(), "tienda/slow", iotest.OneByteReader(strings.NewReader("hola")), 4); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "tienda/slow"); string(got) != "hola" {
		t.Errorf("got %q", got)
	}
}

func seek(t *testing.T, s blob.Store) {
	body := pattern(100_000)
	put(t, s, "tienda/film", body)
	r, err := s.Open(t.Context(), "tienda/film")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := r.Seek(0, io.SeekEnd); n != int64(len(body)) || err != nil {
		t.Fatalf("the end is at %d, %v", n, err)
	}
	for _, at := range []int64{0, 99_990, 50_000, 1} {
		if _, err := r.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 10)
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, body[at:at+10]) {
			t.Errorf("at %d: %x, %v", at, got, err)
		}
	}
	if n, err := r.Read(make([]byte, 0)); n != 0 || err != nil {
		t.Errorf("reading nothing: %d, %v", n, err)
	}
}

func replace(t *testing.T, s blob.Store) {
	put(t, s, "tienda/a", []byte("the first, longer"))
	put(t, s, "tienda/a", []byte("the second"))
	if got := get(t, s, "tienda/a"); string(got) != "the second" {
		t.Errorf("got %q", got)
	}
}

func missing(t *testing.T, s blob.Store) {
	absent(t, s, "tienda/a")
	put(t, s, "tienda/a", []byte("x"))
	absent(t, s, "otra/a")
	absent(t, s, "tienda/b")
}

func remove(t *testing.T, s blob.Store) {
	put(t, s, "tienda/a", []byte("x"))
	put(t, s, "tienda/b", []byte("x"))
	for range 2 { // the second time it is not there
		if err := s.Delete(t.Context(), "tienda/a"); err != nil {
			t.Fatal(err)
		}
	}
	absent(t, s, "tienda/a")
	get(t, s, "tienda/b")
}

func list(t *testing.T, s blob.Store) {
	if got := keys(t, s); len(got) != 0 {
		t.Errorf("an empty store has %q", got)
	}
	want := []string{"b/1", "b/2", "a-b/1", "a/1", "a/2"}
	for _, k := range want {
		put(t, s, k, []byte(k))
	}
	got := keys(t, s)
	for i := range got { // all of one prefix together
		first := slices.IndexFunc(got, func(k string) bool { return prefix(k) == prefix(got[i]) })
		if slices.ContainsFunc(got[first:i], func(k string) bool { return prefix(k) != prefix(got[i]) }) {
			t.Errorf("prefixes are mixed: %q", got)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	for range s.List(t.Context()) {
		break // must not go on, nor panic
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := collect(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled list ends with %v", err)
	}
}

func prefix(key string) string { p, _, _ := strings.Cut(key, "/"); return p }

func keys(t *testing.T, s blob.Store) []string {
	t.Helper()
	all, err := collect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func collect(ctx context.Context, s blob.Store) (all []string, err error) {
	for k, err := range s.List(ctx) {
		if err != nil {
			return all, err
		}
		all = append(all, k)
	}
	return all, nil
}

func wrongSize(t *testing.T, s blob.Store) {
	put(t, s, "tienda/a", []byte("old"))
	for _, size := range []int64{0, 3, 5} {
		if err := s.Put(t.Context(), "tienda/a", strings.NewReader("four"), size); !errors.Is(err, blob.ErrSize) {
			t.Errorf("4 bytes stated as %d: %v, want ErrSize", size, err)
		}
		if err := s.Put(t.Context(), "tienda/b", strings.NewReader("four"), size); err == nil {
			t.Errorf("4 bytes stated as %d were taken", size)
		}
	}
	if got := get(t, s, "tienda/a"); string(got) != "old" {
		t.Errorf("a failed put left %q", got)
	}
	absent(t, s, "tienda/b")
}

func brokenReader(t *testing.T, s blob.Store) {
	broken := errors.New("cable cut")
	r := io.MultiReader(strings.NewReader("ho"), iotest.ErrReader(broken))
	if err := s.Put(t.Context(), "tienda/a", r, 4); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	absent(t, s, "tienda/a")
	if got := keys(t, s); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "tienda/a", strings.NewReader("hola"), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	absent(t, s, "tienda/a")
}

func badKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"", "a", "/a", "a/", "a/b/c", "../a", "a/..", "./a", ".tmp/a", "a/.b", "A/b", "a/b\x00", "a\\b/c", "a/b c", "a/ñ",
		"a/" + strings.Repeat("b", 65),
	} {
		if err := s.Put(t.Context(), key, strings.NewReader("x"), 1); err == nil {
			t.Errorf("put took key %q", key)
		}
		if r, err := s.Open(t.Context(), key); err == nil {
			r.Close()
			t.Errorf("open took key %q", key)
		} else if errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open looked for key %q", key)
		}
		if err := s.Delete(t.Context(), key); err == nil {
			t.Errorf("delete took key %q", key)
		}
	}
}

func concurrent(t *testing.T, s blob.Store) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			key, body := fmt.Sprintf("c-%d/f-%d", i%4, i), fmt.Appendf(nil, "body of %d", i)
			if err := s.Put(t.Context(), key, bytes.NewReader(body), int64(len(body))); err != nil {
				t.Error(err)
				return
			}
			r, err := s.Open(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s: %q, %v", key, got, err)
			}
		})
	}
	wg.Wait()
	if n := len(keys(t, s)); n != 16 {
		t.Errorf("%d objects, want 16", n)
	}
}

// readWhilePut opens the object in the middle of a Put: it must not be there yet.
func readWhilePut(t *testing.T, s blob.Store) {
	looked := false
	r := io.MultiReader(strings.NewReader("ho"), readerFunc(func([]byte) (int, error) {
		looked = true
		absent(t, s, "tienda/a")
		return 0, io.EOF
	}), strings.NewReader("la"))
	if err := s.Put(t.Context(), "tienda/a", r, 4); err != nil || !looked {
		t.Fatalf("%v, looked %v", err, looked)
	}
	if got := get(t, s, "tienda/a"); string(got) != "hola" {
		t.Errorf("got %q", got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
