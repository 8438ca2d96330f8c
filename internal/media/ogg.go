package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"time"
)

// capture begins every page of an OGG stream (RFC 3533 section 6).
const capture = "OggS"

// longest is what a granule position may claim.
const longest = 24 * time.Hour

// oggOpus reports whether r is Opus in OGG, and how long it plays: the granule position of
// its last page less the pre-skip of its first, in samples of 48 kHz (RFC 7845 section 4).
// The length is zero where it cannot be told.
func oggOpus(r io.Reader) (long time.Duration, ok bool) {
	in := bufio.NewReader(r)
	var serial, skip uint32
	var last int64
	for n := 0; ; n++ {
		var head [27]byte
		if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != capture || head[4] != 0 {
			break
		}
		segments := make([]byte, head[26])
		if _, err := io.ReadFull(in, segments); err != nil {
			break
		}
		size := 0
		for _, s := range segments {
			size += int(s)
		}
		of := binary.LittleEndian.Uint32(head[14:])
		if n == 0 {
			first, err := in.Peek(min(size, 19))
			if err != nil || len(first) < 19 || !bytes.HasPrefix(first, []byte("OpusHead")) {
				return 0, false
			}
			serial, skip = of, uint32(binary.LittleEndian.Uint16(first[10:]))
		}
		if _, err := in.Discard(size); err != nil {
			break // cut short: the pages before it count
		}
		// -1 says that no packet ends on the page.
		if at := int64(binary.LittleEndian.Uint64(head[6:])); of == serial && at > 0 {
			last = at
		}
		ok = true
	}
	samples := last - int64(skip)
	if samples <= 0 || samples > int64(longest/time.Second)*48_000 {
		return 0, ok
	}
	return time.Duration(samples) * time.Second / 48_000, ok
}
