package file

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"recado/internal/blob"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/errs"
	"recado/internal/id"
)

// bundle is a room with a database, an in-memory store, two companies and a settable clock.
type bundle struct {
	*Files
	store       *mem.Store
	mine, other id.Company
	clock       time.Time
}

func setup(t *testing.T) *bundle {
	t.Helper()
	d, err := db.Open(t.Context(), dbtest.New(t).URL, db.Options{AppConns: 2, PipelineConns: 1, DoorConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	b := &bundle{store: mem.New(), mine: id.New[id.Company](), other: id.New[id.Company](), clock: time.Now()}
	err = d.System(t.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(t.Context(), "insert into company (id, name) values ($1, 'Aurora'), ($2, 'Otra')", b.mine, b.other)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Files, err = New(d, b.store, bytes.Repeat([]byte("k"), 32), Limits{Bytes: 1 << 20, Pixels: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	b.now = func() time.Time { return b.clock }
	return b
}

func (b *bundle) upload(t *testing.T, name, declared string, body []byte) chat.Media {
	t.Helper()
	m, err := b.Upload(t.Context(), b.mine, ByContact, "visitor", name, declared, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUploadStoresBytesAndRow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := []byte("%PDF-1.7\nfactura")
	m := b.upload(t, `C:\docs\Factura ñ.pdf`, "text/html", body)
	if m.Name != "Factura ñ.pdf" || m.MIME != "application/pdf" || m.Size != int64(len(body)) || m.URL != "" {
		t.Errorf("got %+v", m)
	}
	r, err := b.store.Open(t.Context(), objectKey(b.mine, m.File))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(r); !bytes.Equal(got, body) {
		t.Errorf("stored %q", got)
	}
	err = b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error {
		got, err := b.Resolve(t.Context(), tx, m.File, id.New[id.File]())
		if len(got) != 1 || got[m.File] != m {
			t.Errorf("resolved %+v, want only %+v", got, m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = b.db.ForCompany(t.Context(), b.other, func(tx db.CompanyTx) error {
		got, err := b.Resolve(t.Context(), tx, m.File)
		if len(got) != 0 {
			t.Errorf("another company resolved %+v", got)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	broken := errors.New("connection cut")
	tests := map[string]struct {
		files *Files
		body  io.Reader
		code  string // of the Problem
		err   error  // or what the error wraps
	}{
		"empty":            {body: strings.NewReader(""), code: "file.empty"},
		"one byte over":    {body: io.LimitReader(zeros{}, 1<<20+1), code: "file.too_large"},
		"endless":          {body: zeros{}, code: "file.too_large"},
		"narrower channel": {files: b.Within(Limits{Bytes: 3}), body: strings.NewReader("1234"), code: "file.too_large"},
		"door's own limit": {body: http.MaxBytesReader(nil, io.NopCloser(zeros{}), 10), code: "file.too_large"},
		"type not taken":   {files: b.Within(Limits{Types: []string{"image/png"}}), body: strings.NewReader("%PDF-1.7"), code: "file.type"},
		"windows program":  {body: strings.NewReader("MZ" + strings.Repeat("\x00", 100)), code: "file.type"},
		"linux program":    {body: strings.NewReader("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00"), code: "file.type"},
		"too many pixels":  {body: bytes.NewReader(pngOf(t, 101, 100)), code: "file.picture"},
		"half a picture":   {body: bytes.NewReader(pngOf(t, 9, 9)[:20]), code: "file.type"},
		"headless picture": {body: strings.NewReader("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), code: "file.type"},
		"cut off":          {body: io.MultiReader(strings.NewReader("hola"), iotest.ErrReader(broken)), err: broken},
	}
	for name, tt := range tests {
		f := tt.files
		if f == nil {
			f = b.Files
		}
		_, err := f.Upload(t.Context(), b.mine, ByContact, "", "x", "", tt.body)
		if (tt.code != "" && !errs.Is(err, tt.code)) || (tt.err != nil && !errors.Is(err, tt.err)) {
			t.Errorf("%s: got %v, want %s %v", name, err, tt.code, tt.err)
		}
	}
	for key := range b.store.List(t.Context()) {
		t.Errorf("a refused upload left %s behind", key)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestUploadTakesExactlyTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.upload(t, "x.bin", "", make([]byte, 1<<20))
	if m.Size != 1<<20 || m.MIME != "application/octet-stream" {
		t.Errorf("got %+v", m)
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	b := setup(t)
	picture := b.upload(t, "foto.png", "", pngOf(t, 3, 2))
	doc := b.upload(t, "a.pdf", "", []byte("%PDF-1.7"))
	svg := b.upload(t, "a.svg", "", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	lie := func(f id.File) *chat.Media {
		return &chat.Media{File: f, Name: "lie.exe", MIME: "text/html", Size: 9, Width: 9, Duration: 1200, URL: "https://evil.example/"}
	}
	tests := map[string]struct {
		company id.Company
		owner   string
		typ     chat.Type
		file    id.File
		code    string
	}{
		"the visitor's own":  {b.mine, "visitor", chat.Image, picture.File, ""},
		"agent":              {b.mine, "", chat.Image, picture.File, ""},
		"picture as file":    {b.mine, "", chat.Document, picture.File, ""},
		"another visitor's":  {b.mine, "someone", chat.Image, picture.File, "file.missing"},
		"another company's":  {b.other, "", chat.Image, picture.File, "file.missing"},
		"no such file":       {b.mine, "", chat.Image, id.New[id.File](), "file.missing"},
		"no file at all":     {b.mine, "", chat.Image, id.File{}, "file.missing"},
		"document as image":  {b.mine, "", chat.Image, doc.File, "file.kind"},
		"document as voice":  {b.mine, "", chat.Voice, doc.File, "file.kind"},
		"script as an image": {b.mine, "", chat.Image, svg.File, "file.kind"},
	}
	for name, tt := range tests {
		c := &chat.Content{Type: tt.typ, Media: lie(tt.file)}
		err := b.db.ForCompany(t.Context(), tt.company, func(tx db.CompanyTx) error {
			return b.Complete(t.Context(), tx, tt.owner, &chat.Content{Type: chat.Text, Text: "hola"}, c)
		})
		if tt.code != "" {
			if !errs.Is(err, tt.code) {
				t.Errorf("%s: got %v, want %s", name, err, tt.code)
			}
			continue
		}
		want := picture
		want.Duration = 1200
		if err != nil || *c.Media != want {
			t.Errorf("%s: got %+v, %v; want %+v", name, *c.Media, err, want)
		}
	}
}

func TestSweepRemovesOnlyOldOrphans(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kept := b.upload(t, "a.txt", "", []byte("hola"))
	gone := id.New[id.Company]() // a company that was deleted
	put := func(key string) {
		t.Helper()
		if err := b.store.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
	}
	orphan, young := objectKey(b.mine, id.New[id.File]()), objectKey(b.mine, id.At[id.File](b.clock.Add(90*time.Minute)))
	for _, k := range []string{orphan, young, objectKey(gone, id.New[id.File]()), "backups/today"} {
		put(k)
	}
	if n, err := b.Sweep(t.Context()); n != 0 || err != nil {
		t.Fatalf("swept %d young objects, %v", n, err)
	}
	b.clock = b.clock.Add(2 * time.Hour)
	if n, err := b.Sweep(t.Context()); n != 2 || err != nil {
		t.Errorf("swept %d, %v; want 2", n, err)
	}
	for _, k := range []string{objectKey(b.mine, kept.File), young, "backups/today"} {
		if _, err := b.store.Open(t.Context(), k); err != nil {
			t.Errorf("swept %s too: %v", k, err)
		}
	}
	if _, err := b.store.Open(t.Context(), orphan); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("the orphan is still there: %v", err)
	}
}

// A sweep that cannot ask the database must not take silence for "no rows".
func TestSweepDeletesNothingWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	key := objectKey(b.mine, id.New[id.File]())
	if err := b.store.Put(t.Context(), key, strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(2 * time.Hour)
	b.db.Close()
	if n, err := b.Sweep(t.Context()); n != 0 || err == nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := b.store.Open(t.Context(), key); err != nil {
		t.Error(err)
	}
}

// The row must never come first: a store that fails leaves no row.
func TestUploadWithABrokenStoreLeavesNoRow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := *b.Files
	f.store = brokenStore{b.store}
	if _, err := f.Upload(t.Context(), b.mine, ByAgent, "", "a.txt", "", strings.NewReader("hola")); !errors.Is(err, errDisk) {
		t.Fatalf("got %v", err)
	}
	err := b.db.ForCompany(t.Context(), b.mine, func(tx db.CompanyTx) error {
		var n int
		err := tx.QueryRow(t.Context(), "select count(*) from file").Scan(&n)
		if n != 0 {
			t.Errorf("%d rows", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var errDisk = errors.New("disk full")

type brokenStore struct{ blob.Store }

func (brokenStore) Put(context.Context, string, io.Reader, int64) error { return errDisk }

func TestNewWantsARealKey(t *testing.T) {
	t.Parallel()
	if _, err := New(nil, mem.New(), []byte("short"), Limits{}); err == nil {
		t.Error("a short key was taken")
	}
}
