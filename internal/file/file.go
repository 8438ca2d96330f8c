// Package file keeps what people attach to messages: it decides what a file is, cleans it,
// stores it, and hands it out again by signed link.
//
// Nothing the sender says about a file is believed. Its type comes from its bytes, its size
// from counting, its dimensions from its header, its place on disk from a generated id; only
// the name survives, cleaned, and never as a path. What was written about a picture (where
// it was taken, with which camera, by whom) is removed before it is stored.
//
// Bytes go to the blob store before the row goes to the database, so a row always has its
// bytes; a crash in between leaves an object without a row, which Sweep removes.
package file

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"recado/internal/blob"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Origin is who brought a file in.
type Origin string

const (
	ByAgent   Origin = "agent"
	ByContact Origin = "contact"
	ByBot     Origin = "bot"
)

// Limits bound one upload. Zero values mean the defaults.
type Limits struct {
	Bytes  int64    // largest size; 25 MiB
	Pixels int64    // largest width times height of a picture; 50 million
	Types  []string // MIME types taken; nil means any but programs
}

const (
	defaultBytes  = 25 << 20
	defaultPixels = 50_000_000
)

// Files is the room. Its methods are safe for concurrent use.
type Files struct {
	db     *db.DB
	store  blob.Store
	key    []byte // signs links
	limits Limits
	now    func() time.Time
}

// New returns the room. key is a secret of 32 bytes or more, the same on every node; links
// signed with another key are refused.
func New(d *db.DB, store blob.Store, key []byte, l Limits) (*Files, error) {
	if len(key) < 32 {
		return nil, fmt.Errorf("file: the signing key has %d bytes, want at least 32", len(key))
	}
	// The secret may sign other things elsewhere; a key derived for links alone keeps one
	// kind of signature from passing for the other.
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("recado media link"))
	f := &Files{db: d, store: store, key: mac.Sum(nil), now: time.Now}
	return f.Within(Limits{or(l.Bytes, defaultBytes), or(l.Pixels, defaultPixels), l.Types}), nil
}

// Within returns the same room with other limits, for a channel whose own are narrower or
// wider. Zero values keep what the room has.
func (f *Files) Within(l Limits) *Files {
	g := *f
	g.limits.Bytes, g.limits.Pixels = or(l.Bytes, f.limits.Bytes), or(l.Pixels, f.limits.Pixels)
	if l.Types != nil {
		g.limits.Types = l.Types
	}
	return &g
}

func or(v, def int64) int64 {
	if v > 0 {
		return v
	}
	return def
}

// Upload reads a file from r to its end and stores it. owner names the visitor who sent it,
// empty for anyone of the company; name and declared are the sender's words for its name and
// type. declared only tells apart what the bytes leave open: sound from film in containers
// that hold either.
//
// The Media it returns has no URL; Link makes one. Problems: file.empty, file.too_large
// (args max, in bytes), file.type (args type), file.picture (args max, in pixels).
func (f *Files) Upload(ctx context.Context, company id.Company, origin Origin, owner, name, declared string, r io.Reader) (chat.Media, error) {
	raw, err := receive(ctx, r, f.limits.Bytes)
	if err != nil {
		return chat.Media{}, err
	}
	defer raw.discard()
	k, err := sniff(raw, declared)
	if err != nil {
		return chat.Media{}, err
	}
	if k.program || (f.limits.Types != nil && !slices.Contains(f.limits.Types, k.mime)) {
		return chat.Media{}, errs.New(errs.Invalid, "file.type", "type", k.mime)
	}
	m := chat.Media{File: id.New[id.File](), Name: cleanName(name, k), MIME: k.mime}
	if k.picture {
		clean, err := f.cleanPicture(raw, k, &m)
		if err != nil {
			return chat.Media{}, err
		}
		defer clean.discard()
		raw = clean
	}
	m.Size = raw.size
	return m, f.keep(ctx, company, origin, owner, m, raw)
}

// keep stores the bytes, then the row.
func (f *Files) keep(ctx context.Context, company id.Company, origin Origin, owner string, m chat.Media, t *temp) error {
	h := sha256.New()
	if _, err := io.Copy(h, t.reader()); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	key := objectKey(company, m.File)
	if err := f.store.Put(ctx, key, t.reader(), t.size); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	// When this fails the bytes stay: after a lost connection nobody can say whether the
	// row was committed. Sweep can.
	return f.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		return insert(ctx, tx, row{Media: m, Origin: origin, Owner: owner, sum: h.Sum(nil)})
	})
}

// cleanPicture measures a picture and rewrites it without its metadata.
func (f *Files) cleanPicture(raw *temp, k kind, m *chat.Media) (*temp, error) {
	w, h, err := dimensions(raw.reader())
	if err != nil {
		return nil, errs.New(errs.Invalid, "file.type", "type", k.mime)
	}
	if int64(w)*int64(h) > f.limits.Pixels {
		return nil, errs.New(errs.TooLarge, "file.picture", "max", f.limits.Pixels)
	}
	out, err := newTemp()
	if err != nil {
		return nil, err
	}
	turned, err := strip(out, raw.reader(), k.mime)
	if err != nil {
		out.discard()
		if errors.Is(err, errMalformed) {
			return nil, errs.New(errs.Invalid, "file.type", "type", k.mime)
		}
		return nil, fmt.Errorf("clean picture: %w", err)
	}
	m.Width, m.Height = w, h
	if turned {
		m.Width, m.Height = h, w
	}
	return out, nil
}

func objectKey(c id.Company, f id.File) string { return c.String() + "/" + f.String() }

// temp is a file of our own that nobody else sees: uploads rest there until they are known
// to be good. It is buffered by the operating system's page cache, not by our heap.
type temp struct {
	file *os.File
	size int64
}

func newTemp() (*temp, error) {
	f, err := os.CreateTemp("", "recado-upload-*")
	if err != nil {
		return nil, fmt.Errorf("receive file: %w", err)
	}
	return &temp{file: f}, nil
}

func (t *temp) Write(p []byte) (int, error) {
	n, err := t.file.WriteAt(p, t.size)
	t.size += int64(n)
	return n, err
}

func (t *temp) reader() *io.SectionReader { return io.NewSectionReader(t.file, 0, t.size) }

func (t *temp) discard() {
	t.file.Close()
	os.Remove(t.file.Name()) //nolint:errcheck // the system clears its temporary folder
}

// receive reads r to its end into a temporary file.
func receive(ctx context.Context, r io.Reader, limit int64) (*temp, error) {
	t, err := newTemp()
	if err != nil {
		return nil, err
	}
	n, err := io.Copy(t, io.LimitReader(r, limit+1))
	if err == nil {
		err = ctx.Err()
	}
	var body *http.MaxBytesError // the door's own limit, when it is the narrower one
	switch {
	case errors.As(err, &body):
		err = errs.New(errs.TooLarge, "file.too_large", "max", body.Limit)
	case err != nil:
		err = fmt.Errorf("receive file: %w", err)
	case n > limit:
		err = errs.New(errs.TooLarge, "file.too_large", "max", limit)
	case n == 0:
		err = errs.New(errs.Invalid, "file.empty")
	}
	if err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}
