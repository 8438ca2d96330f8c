// Package blob is the seam between Recado and wherever the bytes of files are kept.
//
// A Store keeps opaque, immutable objects under generated keys. It knows nothing of names,
// types or owners: those are rows in the database (room internal/file), and it never makes
// links for the public, because every byte a browser sees must pass through the one handler
// that sandboxes it.
//
// To add one: make blob/<name>/ with a type that satisfies Store, a test that runs
// blobtest.Run, and one case in internal/app's choice of stores.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
)

// Store keeps objects. Its methods are safe for concurrent use, may block until ctx ends,
// and refuse a key that CheckKey refuses.
type Store interface {
	// Put keeps the size bytes of r under key; when it returns nil they are durable.
	// Nobody ever sees part of an object: a Put that fails, or whose reader yields more or
	// fewer bytes than size, leaves what was there before. An existing object is replaced.
	// r is not closed.
	Put(ctx context.Context, key string, r io.Reader, size int64) error
	// Open returns the object, positioned at its start; the caller closes it. ctx governs
	// reading too. The error for a key that is not there wraps ErrNotFound.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Delete removes the object. Deleting what is not there is no error.
	Delete(ctx context.Context, key string) error
	// List yields every key, all those with one prefix together, in no promised order
	// otherwise. Objects put or deleted meanwhile may or may not appear. An error ends it.
	List(ctx context.Context) iter.Seq2[string, error]
}

// ErrNotFound is wrapped by Open's error when there is no such object.
var ErrNotFound = errors.New("no such object")

var keyForm = regexp.MustCompile(`^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$`)

// CheckKey refuses every key but "<prefix>/<name>", both of lower-case letters, digits and
// hyphens. Nothing of that form can climb out of a folder, hide, or mean two things to two
// file systems.
func CheckKey(key string) error {
	if !keyForm.MatchString(key) {
		return fmt.Errorf("blob: bad key %q", key)
	}
	return nil
}

// ErrSize is wrapped by Put's error when the reader and the stated size disagree.
var ErrSize = errors.New("length differs from the stated size")

// Exactly returns a reader of r that fails with ErrSize unless r yields size bytes and then
// ends. It looks past the last byte before it gives it out, so that even a store that stops
// at size bytes never takes a longer body for the whole.
func Exactly(r io.Reader, size int64) io.Reader { return &exact{r: r, left: size} }

type exact struct {
	r     io.Reader
	left  int64
	ended bool
}

func (e *exact) Read(p []byte) (int, error) {
	if e.ended {
		return 0, io.EOF
	}
	n := 0
	var err error
	if e.left > 0 {
		n, err = e.r.Read(p[:min(int64(len(p)), e.left)])
		e.left -= int64(n)
	}
	switch {
	case e.left > 0 && err == io.EOF:
		return n, ErrSize
	case e.left > 0 || (err != nil && err != io.EOF):
		return n, err
	}
	var one [1]byte
	switch _, err := io.ReadFull(e.r, one[:]); err {
	case io.EOF:
		e.ended = true
		return n, nil
	case nil:
		return 0, ErrSize
	default:
		return 0, err
	}
}
