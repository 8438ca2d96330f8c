package blob_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"recado/internal/blob"
)

func TestExactly(t *testing.T) {
	t.Parallel()
	readers := map[string]func(io.Reader) io.Reader{
		"plain": func(r io.Reader) io.Reader { return r }, "one byte": iotest.OneByteReader, "end with data": iotest.DataErrReader,
	}
	for name, wrap := range readers {
		for size := range int64(8) {
			b, err := io.ReadAll(blob.Exactly(wrap(strings.NewReader("four")), size))
			if size == 4 && (err != nil || string(b) != "four") {
				t.Errorf("%s: got %q, %v", name, b, err)
			}
			if size != 4 && !errors.Is(err, blob.ErrSize) {
				t.Errorf("%s: 4 bytes as %d give %v", name, size, err)
			}
			if size < 4 && int64(len(b)) >= max(size, 1) {
				t.Errorf("%s: all %d bytes were given out before the excess showed", name, size)
			}
		}
	}
}
