package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func open(t *testing.T, dir string, o Options) *Spool {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func add(t *testing.T, s *Spool, records ...string) {
	t.Helper()
	for _, r := range records {
		if err := s.Append([]byte(r)); err != nil {
			t.Fatal(err)
		}
	}
}

// all drains s.
func all(t *testing.T, s *Spool) []string {
	t.Helper()
	var out []string
	err := s.Drain(t.Context(), func(batch [][]byte) error {
		for _, r := range batch {
			out = append(out, string(r))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func segments(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestRecordsComeOutInOrderAndOnce(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{})
	want(t, all(t, s))
	if err := s.Append([]byte("a"), []byte(""), []byte("c")); err != nil {
		t.Fatal(err)
	}
	add(t, s, "d")
	if got := s.Stats(); got.Records != 4 || got.Bytes == 0 {
		t.Errorf("stats %+v", got)
	}
	want(t, all(t, s), "a", "", "c", "d")
	want(t, all(t, s))
	add(t, s, "e")
	want(t, all(t, s), "e")
	if got := s.Stats(); got.Records != 0 || got.Bytes != 0 {
		t.Errorf("at rest it still has %+v", got)
	}
}

func TestRecordsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{SegmentBytes: 40})
	var sent []string
	for i := range 20 {
		sent = append(sent, fmt.Sprintf("record %d", i))
	}
	add(t, s, sent...)
	if n := len(segments(t, dir)); n < 5 {
		t.Fatalf("only %d segments", n)
	}
	s.Close()
	s = open(t, dir, Options{})
	if got := s.Stats().Records; got != 20 {
		t.Errorf("%d records waiting", got)
	}
	add(t, s, "more")
	want(t, all(t, s), append(sent, "more")...)
	if left := segments(t, dir); len(left) != 0 {
		t.Errorf("left %q", left)
	}
	s.Close()
	s = open(t, dir, Options{})
	want(t, all(t, s))
	add(t, s, "after")
	want(t, all(t, s), "after")
}

func TestWhatWasNotTakenComesAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{SegmentBytes: 4096})
	var sent []string
	for i := range 2*batchRecords + 10 {
		sent = append(sent, fmt.Sprintf("record %d", i))
	}
	add(t, s, sent...)
	down := errors.New("database is down")
	calls := 0
	err := s.Drain(t.Context(), func([][]byte) error {
		if calls++; calls == 2 {
			return down
		}
		return nil
	})
	if !errors.Is(err, down) {
		t.Fatalf("got %v", err)
	}
	left := s.Stats().Records
	s.Close()
	s = open(t, dir, Options{})
	if got := s.Stats().Records; got != left || got >= int64(len(sent)) {
		t.Errorf("%d records waiting, before the restart %d, sent %d", got, left, len(sent))
	}
	want(t, all(t, s), sent[len(sent)-int(left):]...)
}

// A crash after a batch was taken and before that was noted: the batch comes again, whole.
func TestCrashBeforeTheCheckpointDeliversAgain(t *testing.T) {
	t.Parallel()
	dir, image := t.TempDir(), t.TempDir()
	s := open(t, dir, Options{})
	add(t, s, "a", "b")
	err := s.Drain(t.Context(), func([][]byte) error {
		return os.CopyFS(filepath.Join(image, "crashed"), os.DirFS(dir)) // the disk as the crash leaves it
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, all(t, open(t, filepath.Join(image, "crashed"), Options{})), "a", "b")
}

// A crash after it was noted, while the file is still there: it does not.
func TestCrashBeforeTheFileIsRemovedDeliversOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	add(t, s, "a", "b")
	file := segments(t, dir)[0]
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want(t, all(t, s), "a", "b")
	s.Close()
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	if n := s.Stats().Records; n != 0 {
		t.Errorf("%d records wait", n)
	}
	want(t, all(t, s))
}

// torn writes three records, lets spoil change the file, and returns what a restart finds;
// the spool must go on working.
func torn(t *testing.T, spoil func(file string, body []byte, last int) []byte) []string {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, Options{})
	add(t, s, "first", "second", "the last one")
	s.Close()
	file := segments(t, dir)[0]
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	body = spoil(file, body, len(body)-frameHead-len("the last one"))
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	waiting := s.Stats().Records
	if info, err := os.Stat(file); err != nil || info.Size() != s.Stats().Bytes {
		t.Fatalf("the damaged end is still there: %d bytes of %d, %v", info.Size(), s.Stats().Bytes, err)
	}
	add(t, s, "next")
	got := all(t, s)
	if n := len(got); n == 0 || got[n-1] != "next" || int64(n-1) != waiting {
		t.Fatalf("%q after the restart, %d were said to wait", got, waiting)
	}
	return got[:len(got)-1]
}

func TestTornTailIsCutAtEveryByte(t *testing.T) {
	t.Parallel()
	for cut := range frameHead + len("the last one") {
		got := torn(t, func(_ string, body []byte, last int) []byte { return body[:last+cut] })
		want(t, got, "first", "second")
		got = torn(t, func(_ string, body []byte, last int) []byte { // the length was written, the bytes were not
			clear(body[last+cut:])
			return body
		})
		want(t, got, "first", "second")
		got = torn(t, func(_ string, body []byte, last int) []byte {
			body[last+cut] ^= 0x10
			return body
		})
		want(t, got, "first", "second")
	}
	for cut := range int(headerSize) {
		want(t, torn(t, func(_ string, body []byte, _ int) []byte { return body[:cut] }))
	}
	zeros := func(_ string, body []byte, _ int) []byte { return append(body, make([]byte, 4096)...) }
	want(t, torn(t, zeros), "first", "second", "the last one")
	huge := func(_ string, body []byte, _ int) []byte { return append(body, bytes.Repeat([]byte{0xff}, 100)...) }
	want(t, torn(t, huge), "first", "second", "the last one")
}

func TestDamagedCheckpointDeliversAllAgain(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"empty": "", "garbage": strings.Repeat("x", 40)} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		add(t, s, "a", "b")
		s.Close()
		if err := os.WriteFile(filepath.Join(dir, checkpointFile), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		want(t, all(t, open(t, dir, Options{})), "a", "b")
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{MaxBytes: 110})
	add(t, s, strings.Repeat("x", 60))
	if err := s.Append(make([]byte, 60)); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	add(t, s, "a small one still fits")
	if n := len(all(t, s)); n != 2 {
		t.Errorf("%d records", n)
	}
	add(t, s, strings.Repeat("y", 60)) // there is room again
	if err := s.Append(make([]byte, MaxRecord+1)); err == nil {
		t.Error("too large a record was taken")
	}
	if err := s.Append(); err != nil {
		t.Errorf("nothing: %v", err)
	}
}

func TestUnusableFolderStopsTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(dir, "blocked")
	if err := os.MkdirAll(filepath.Join(blocked, checkpointFile+".new"), 0o700); err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(dir, "held")
	open(t, held, Options{})
	for name, d := range map[string]string{"a file": file, "not writable": blocked, "another owner": held} {
		if s, err := Open(d, Options{}); err == nil {
			s.Close()
			t.Errorf("%s was opened", name)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{})
	add(t, s, "a")
	s.Close()
	if err := s.Append([]byte("b")); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if err := s.Drain(t.Context(), func([][]byte) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("drain: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestDrainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), Options{})
	add(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Drain(ctx, func([][]byte) error { t.Error("taken"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// faulty is a segment on a disk that fails: a write stops half-way, or a flush does nothing.
type faulty struct {
	file
	write, sync, truncate error
}

func (f faulty) WriteAt(p []byte, at int64) (int, error) {
	if f.write == nil {
		return f.file.WriteAt(p, at)
	}
	n, _ := f.file.WriteAt(p[:len(p)/2], at)
	return n, f.write
}

func (f faulty) Sync() error { return errors.Join(f.sync, f.file.Sync()) }

func (f faulty) Truncate(n int64) error {
	if f.truncate != nil {
		return f.truncate
	}
	return f.file.Truncate(n)
}

func TestFailedWriteIsToldAndOvercome(t *testing.T) {
	t.Parallel()
	disk := errors.New("input/output error")
	tests := map[string]struct {
		fault  faulty
		broken bool // nothing more is taken in this run
	}{
		"half a write":            {fault: faulty{write: disk}},
		"failed flush":            {fault: faulty{sync: disk}},
		"half a write, and stuck": {fault: faulty{write: disk, truncate: disk}, broken: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, Options{})
			add(t, s, "a")
			s.io.Lock()
			tt.fault.file = s.active
			s.active = tt.fault
			s.io.Unlock()
			if err := s.Append([]byte("lost")); !errors.Is(err, disk) {
				t.Fatalf("a failed write was answered %v", err)
			}
			expect := []string{"a", "b"}
			if err := s.Append([]byte("b")); (err != nil) != tt.broken {
				t.Fatalf("the next write: %v", err)
			} else if tt.broken {
				expect = expect[:1]
			}
			info, err := os.Stat(segments(t, dir)[0])
			if err != nil {
				t.Fatal(err)
			}
			if only := headerSize + frameHead + int64(len("a")); !tt.broken && info.Size() != only {
				t.Errorf("the failed write was not cut off: %d bytes, want %d", info.Size(), only)
			}
			s.Close()
			s = open(t, dir, Options{})
			add(t, s, "c")
			want(t, all(t, s), append(expect, "c")...)
		})
	}
}

func TestManyWritersAndAReader(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 200
	s := open(t, t.TempDir(), Options{SegmentBytes: 2048})
	got := map[int][]int{}
	take := func(batch [][]byte) error {
		for _, r := range batch {
			var w, i int
			if _, err := fmt.Sscanf(string(r), "%d %d", &w, &i); err != nil {
				return err
			}
			got[w] = append(got[w], i)
		}
		return nil
	}
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if err := s.Append(fmt.Appendf(nil, "%d %d", w, i)); err != nil {
					t.Error(err)
				}
				s.Stats()
			}
		})
	}
	ended := make(chan struct{})
	go func() { writing.Wait(); close(ended) }()
	for done := false; !done; {
		select {
		case <-ended:
			done = true
		default:
		}
		if err := s.Drain(t.Context(), take); err != nil {
			t.Fatal(err)
		}
	}
	for w := range writers {
		if len(got[w]) != each || !slices.IsSorted(got[w]) {
			t.Errorf("writer %d: %d records, in order: %v", w, len(got[w]), slices.IsSorted(got[w]))
		}
	}
}

func FuzzScan(f *testing.F) {
	good := []byte(header)
	for _, r := range []string{"a", "", "a longer record"} {
		good = appendFrame(good, []byte(r))
	}
	f.Add(good, int64(0))
	f.Add(good[:len(good)-3], int64(9))
	f.Add(append(bytes.Clone(good), make([]byte, 64)...), int64(-1))
	f.Add([]byte(header+"\xff\xff\xff\xff"), int64(1<<40))
	f.Fuzz(func(t *testing.T, b []byte, from int64) {
		end, records, err := scan(bytes.NewReader(b), from)
		if err != nil || end > int64(len(b)) || records < 0 {
			t.Fatalf("scan: %d, %d, %v", end, records, err)
		}
		if end == 0 {
			return
		}
		// What counts as good can be read back, and is exactly what frames of it would be.
		again := []byte(header)
		r := bytes.NewReader(b[headerSize:end])
		for {
			record, err := readFrame(r)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			again = appendFrame(again, record)
		}
		if !bytes.Equal(again, b[:end]) {
			t.Fatal("read something else than was written")
		}
	})
}

// BenchmarkAppend is the price of one durable record: alone, and with others at the same
// time, which share its flush.
func BenchmarkAppend(b *testing.B) {
	s, err := Open(b.TempDir(), Options{MaxBytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	record := make([]byte, 2048)
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			if err := s.Append(record); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("together", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := s.Append(record); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
