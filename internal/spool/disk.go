package spool

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A segment is a file "<number, 16 hex digits>.seg" that begins with the header and goes on
// with frames:
//
//	length of the record, 4 bytes | CRC-32C of length and record, 4 bytes | record
//
// All numbers are little-endian. The checksum covers the length too, so that the zeros which
// some file systems leave behind a crash are no frame.
const (
	header     = "recspl1\n"
	headerSize = int64(len(header))
	frameHead  = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendFrame(b, record []byte) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(record)))
	sum := checksum(b[at:at+4], record)
	b = binary.LittleEndian.AppendUint32(b, sum)
	return append(b, record...)
}

func checksum(length, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(length, castagnoli), castagnoli, record)
}

var errFrame = errors.New("damaged record")

// readFrame reads one frame. It returns io.EOF where frames properly end and errFrame, or
// io.ErrUnexpectedEOF, where they do not.
func readFrame(r io.Reader) ([]byte, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[:4])
	if n > MaxRecord {
		return nil, errFrame
	}
	record := make([]byte, n)
	if _, err := io.ReadFull(r, record); err != nil {
		return nil, noEOF(err)
	}
	if checksum(head[:4], record) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, errFrame
	}
	return record, nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// readFrames returns a batch of the records between two offsets of a file, and how many
// bytes they take.
func readFrames(path string, from, to int64) (batch [][]byte, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	r := io.NewSectionReader(f, from, to-from)
	for len(batch) < batchRecords && n < batchBytes && n < to-from {
		record, err := readFrame(r)
		if err != nil {
			return nil, 0, fmt.Errorf("%s at %d: %w", filepath.Base(path), from+n, noEOF(err))
		}
		batch = append(batch, record)
		n += frameHead + int64(len(record))
	}
	return batch, n, nil
}

// scan counts the records of a segment from offset on, and finds where its good part ends.
func scan(r io.Reader, from int64) (good, records int64, err error) {
	start := make([]byte, headerSize)
	if _, err := io.ReadFull(r, start); err != nil || string(start) != header {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, 0, err
		}
		return 0, 0, nil
	}
	good = headerSize
	for {
		record, err := readFrame(r)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errFrame):
			return good, records, nil
		case err != nil:
			return 0, 0, err
		}
		if good >= from {
			records++
		}
		good += frameHead + int64(len(record))
	}
}

func (s *Spool) path(number uint64) string { return segmentPath(s.dir, number) }

func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x.seg", number))
}

func createSegment(dir string, number uint64) (*os.File, error) {
	f, err := os.OpenFile(segmentPath(dir, number), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(header)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// syncDir makes the names in a folder durable; flushing a file does not.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// loadSegments finds the segments, drops those taken before the checkpoint, and cuts the
// others behind their last good record.
func (s *Spool) loadSegments(at position) error {
	numbers, err := s.numbers()
	if err != nil {
		return err
	}
	s.next = at.segment + 1
	for _, n := range numbers {
		s.next = max(s.next, n+1)
		if n < at.segment {
			if err := os.Remove(s.path(n)); err != nil {
				return err
			}
			continue
		}
		from := headerSize
		if n == at.segment {
			from = max(at.offset, headerSize)
		}
		good, records, err := s.mend(n, from)
		if err != nil {
			return err
		}
		if len(s.segments) == 0 {
			s.head = min(from, good)
		}
		s.segments = append(s.segments, segment{n, good})
		s.records += records
	}
	return nil
}

func (s *Spool) numbers() (out []uint64, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".seg")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(name, 16, 64); err == nil && len(name) == 16 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// mend cuts a segment behind its last good record.
func (s *Spool) mend(number uint64, from int64) (good, records int64, err error) {
	f, err := os.OpenFile(s.path(number), os.O_RDWR, 0)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	good, records, err = scan(bufio.NewReader(f), from)
	if err != nil || (good == info.Size() && good > 0) {
		return good, records, err
	}
	s.opts.Log.Warn("cut the damaged or unfinished end off a spool file", "segment", filepath.Base(f.Name()), "at", good, "bytes", info.Size()-good)
	if good < headerSize { // not even the header was finished
		good = headerSize
		if _, err := f.WriteAt([]byte(header), 0); err != nil {
			return 0, 0, err
		}
	}
	if err := f.Truncate(good); err != nil {
		return 0, 0, err
	}
	return good, records, f.Sync()
}

// position is a place in the spool.
type position struct {
	segment uint64
	offset  int64
}

const checkpointFile = "taken"

// saveCheckpoint notes that everything before p is taken. The file is replaced as a whole,
// so after a crash it holds the old position or the new.
func (s *Spool) saveCheckpoint(p position) error {
	record := binary.LittleEndian.AppendUint64(nil, p.segment)
	record = binary.LittleEndian.AppendUint64(record, uint64(p.offset))
	path := filepath.Join(s.dir, checkpointFile)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(appendFrame(nil, record))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// loadCheckpoint reads the position back. Without one, or with a damaged one, everything
// there is comes again: rather twice than never.
func (s *Spool) loadCheckpoint() (position, error) {
	b, err := os.ReadFile(filepath.Join(s.dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return position{}, nil
	}
	if err != nil {
		return position{}, err
	}
	record, err := readFrame(bytes.NewReader(b))
	if err != nil || len(record) != 16 {
		s.opts.Log.Warn("the spool's checkpoint is damaged: everything in it will come again")
		return position{}, nil
	}
	return position{binary.LittleEndian.Uint64(record), int64(binary.LittleEndian.Uint64(record[8:]))}, nil
}
