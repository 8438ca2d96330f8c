// Package spool keeps inbound events on local disk while the database is away.
//
// Some platforms hand an event over once and never again, so it must be durable before it is
// acknowledged even when there is nowhere to put it. A Spool is an append-only queue of
// opaque records: Append returns when its records are flushed to disk, and Drain hands
// them out again in order, forgetting a batch only after it was taken.
//
// Delivery is at least once. A crash between a batch being taken and that being noted
// delivers it again; the taker must drop what it has seen, as ingest does by the events'
// own ids. Nothing acknowledged is lost by kill -9 or a power cut: a record that was being
// written then, and was therefore never acknowledged, is cut off at the next start.
//
// One process owns the folder. Each node has its own.
package spool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// Options bound a spool. Zero values mean the defaults.
type Options struct {
	MaxBytes     int64 // on disk, beyond which Append refuses; 1 GiB
	SegmentBytes int64 // size at which the next file is begun; 16 MiB
	Log          *slog.Logger
}

// MaxRecord is the largest record, in bytes.
const MaxRecord = 4 << 20

var (
	// ErrFull is wrapped by Append's error when the records do not fit under MaxBytes. They
	// are not kept, and the event must not be acknowledged.
	ErrFull = errors.New("spool is full")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("spool is closed")
)

// Spool is an open spool. Its methods are safe for concurrent use.
type Spool struct {
	dir  string
	lock *os.File
	opts Options

	appends chan *request
	quit    chan struct{}
	done    sync.WaitGroup
	drain   sync.Mutex // one Drain at a time

	// io is held for a whole commit, and while the drained active segment is put away.
	io     sync.Mutex
	active file  // the last segment; nil until something is appended
	broken error // why nothing can be written until the next start

	mu       sync.Mutex // guards what follows; never held during I/O
	segments []segment  // oldest first
	next     uint64     // number of the next segment
	head     int64      // where in the oldest segment the first record waiting begins
	records  int64      // waiting
	closed   bool
}

// file is what writing asks of an *os.File; tests put a failing disk in its place.
type file interface {
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// segment is one file; size is how much of it is flushed.
type segment struct {
	number uint64
	size   int64
}

type request struct {
	frames  []byte
	records int64
	done    chan error
}

// Open opens the spool in dir, which is made if missing, and mends what a crash left. It
// fails when the folder cannot be written to or belongs to a running process: a spool that
// is found unusable only when it is needed is none.
func Open(dir string, o Options) (*Spool, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 16 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Spool{dir: dir, opts: o, appends: make(chan *request), quit: make(chan struct{})}
	if err := s.open(); err != nil {
		if s.lock != nil {
			s.lock.Close()
		}
		return nil, fmt.Errorf("spool folder %s: %w", dir, err)
	}
	s.done.Go(s.run)
	return s, nil
}

func (s *Spool) open() (err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.lock, err = os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := own(s.lock); err != nil {
		return fmt.Errorf("in use by another process: %w", err)
	}
	at, err := s.loadCheckpoint()
	if err != nil {
		return err
	}
	if err := s.loadSegments(at); err != nil {
		return err
	}
	// Writing the checkpoint proves that the folder takes files, bytes and flushes.
	return s.saveCheckpoint(at)
}

// Append keeps records, in their order, and returns when they are on disk. Calls at the
// same time share one flush. On an error the records may or may not come out of Drain; the
// event must not be acknowledged.
func (s *Spool) Append(records ...[]byte) error {
	r := &request{done: make(chan error, 1), records: int64(len(records))}
	for _, b := range records {
		if len(b) > MaxRecord {
			return fmt.Errorf("spool: a record of %d bytes, at most %d fit", len(b), MaxRecord)
		}
		r.frames = appendFrame(r.frames, b)
	}
	if len(records) == 0 {
		return nil
	}
	select {
	case s.appends <- r:
		return <-r.done
	case <-s.quit:
		return ErrClosed
	}
}

// groupBytes is how much is gathered for one flush; a single Append may be larger.
const groupBytes = 1 << 20

// run commits what is appended: whatever has come while the last flush went on goes into
// the next.
func (s *Spool) run() {
	for {
		select {
		case <-s.quit:
			return
		case first := <-s.appends:
			s.commit(s.gather(first))
		}
	}
}

func (s *Spool) gather(first *request) []*request {
	group, size := []*request{first}, len(first.frames)
	for size < groupBytes {
		select {
		case r := <-s.appends:
			group, size = append(group, r), size+len(r.frames)
		default:
			return group
		}
	}
	return group
}

// commit writes and flushes a group and answers each of its members.
func (s *Spool) commit(group []*request) {
	s.io.Lock()
	defer s.io.Unlock()
	var frames []byte
	var taken []*request
	var records int64
	room := s.opts.MaxBytes - s.onDisk()
	for _, r := range group {
		if int64(len(frames)+len(r.frames)) > room {
			r.done <- fmt.Errorf("%w: %d bytes would exceed the limit of %d", ErrFull, len(r.frames), s.opts.MaxBytes)
			continue
		}
		frames, taken, records = append(frames, r.frames...), append(taken, r), records+r.records
	}
	if len(taken) == 0 {
		return
	}
	err := s.write(frames, records)
	for _, r := range taken {
		r.done <- err
	}
}

// write appends frames to the active segment. io is held.
func (s *Spool) write(frames []byte, records int64) error {
	if s.broken != nil {
		return s.broken
	}
	if err := s.roll(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	s.mu.Lock()
	last := &s.segments[len(s.segments)-1]
	at := last.size
	s.mu.Unlock()
	_, err := s.active.WriteAt(frames, at)
	if err == nil {
		err = s.active.Sync()
	}
	if err != nil {
		s.abandon(at)
		return fmt.Errorf("spool: %w", err)
	}
	s.mu.Lock()
	s.segments[len(s.segments)-1].size = at + int64(len(frames))
	s.records += records
	s.mu.Unlock()
	return nil
}

// abandon gives the active segment up after a failed write. After a failed flush nobody
// knows which of its pages are on disk, and a second flush would claim success, so the good
// part is kept and the next write begins a new file. io is held.
func (s *Spool) abandon(good int64) {
	err := s.active.Truncate(good)
	if cerr := s.active.Close(); err == nil {
		err = cerr
	}
	s.active = nil
	if err != nil {
		s.broken = fmt.Errorf("spool: cannot be written until the next start: %w", err)
	}
}

// roll makes sure of an active segment with room. io is held.
func (s *Spool) roll() error {
	if s.active != nil {
		s.mu.Lock()
		full := s.segments[len(s.segments)-1].size >= s.opts.SegmentBytes
		s.mu.Unlock()
		if !full {
			return nil
		}
		s.active.Close() // all of it is flushed: closing has nothing left to fail at
		s.active = nil
	}
	f, err := createSegment(s.dir, s.next)
	if err != nil {
		return err
	}
	s.active = f
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = append(s.segments, segment{s.next, headerSize})
	if len(s.segments) == 1 {
		s.head = headerSize
	}
	s.next++
	return nil
}

// A batch ends at whichever comes first.
const (
	batchRecords = 256
	batchBytes   = 1 << 20
)

// Drain hands out the records waiting, oldest first, in batches, until none is left, take
// fails or ctx ends; then it returns nil, that error, or ctx's. A batch whose take returned
// nil does not come again, unless the process dies before that is noted. Slices are take's
// to keep.
func (s *Spool) Drain(ctx context.Context, take func(batch [][]byte) error) error {
	s.drain.Lock()
	defer s.drain.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		batch, end, err := s.read()
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		if len(batch) == 0 {
			return s.tidy()
		}
		if err := take(batch); err != nil {
			return err
		}
		if err := s.advance(end, int64(len(batch))); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
}

// read returns the next records and the position behind them, stepping over the ends of
// segments.
func (s *Spool) read() (batch [][]byte, end position, err error) {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return nil, end, ErrClosed
		}
		if len(s.segments) == 0 {
			s.mu.Unlock()
			return nil, end, nil
		}
		first, head, more := s.segments[0], s.head, len(s.segments) > 1
		s.mu.Unlock()
		if head < first.size {
			batch, n, err := readFrames(s.path(first.number), head, first.size)
			return batch, position{first.number, head + n}, err
		}
		if !more {
			return nil, end, nil
		}
		if err := s.dropFirst(); err != nil {
			return nil, end, err
		}
	}
}

// advance notes that everything before p is taken.
func (s *Spool) advance(p position, records int64) error {
	if err := s.saveCheckpoint(p); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = p.offset
	s.records -= records
	return nil
}

// dropFirst removes the oldest segment, all of which is taken and noted.
func (s *Spool) dropFirst() error {
	s.mu.Lock()
	number := s.segments[0].number
	s.segments = s.segments[1:]
	s.head = headerSize
	s.mu.Unlock()
	return os.Remove(s.path(number))
}

// tidy puts the active segment away once all of it is taken, so that a spool at rest takes
// no room.
func (s *Spool) tidy() error {
	s.io.Lock()
	defer s.io.Unlock()
	s.mu.Lock()
	idle := len(s.segments) == 1 && s.head == s.segments[0].size
	s.mu.Unlock()
	if !idle {
		return nil // more has come; the next Drain takes it
	}
	if s.active != nil {
		s.active.Close() // as in roll
		s.active = nil
	}
	if err := s.dropFirst(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// Stats is how much is waiting.
type Stats struct {
	Records int64
	Bytes   int64 // on disk
	Limit   int64 // of Bytes
}

// Stats returns the figures for metrics and readiness: a spool with records means that
// events wait for the database.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	records := s.records
	s.mu.Unlock()
	return Stats{records, s.onDisk(), s.opts.MaxBytes}
}

func (s *Spool) onDisk() (n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range s.segments {
		n += seg.size
	}
	return n
}

// Close waits for what is being written and releases the folder. What waits stays.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	close(s.quit)
	s.done.Wait()
	s.drain.Lock() // a Drain under way ends at its next batch
	defer s.drain.Unlock()
	var err error
	if s.active != nil {
		err = s.active.Close()
	}
	return errors.Join(err, disown(s.lock), s.lock.Close())
}
