package file

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"path"
	"strings"

	"golang.org/x/image/draw"

	"recado/internal/chat"
	"recado/internal/id"
)

// MaxBytes is the largest upload, in bytes.
func (f *Files) MaxBytes() int64 { return f.limits.Bytes }

// maxDecoded is the largest picture of which a thumbnail is made, in pixels. A decoder may
// take eight bytes for each; the room's own limit is about looking at headers only.
const maxDecoded = 25_000_000

// decoding keeps the memory of decoders to that of one picture.
var decoding = make(chan struct{}, 1)

// Thumbnail stores a JPEG of the picture m whose longer side is side pixels, as a file of
// its own. ok is false when there is nothing to make: m is no picture, small enough, too
// large to be decoded, or its data are broken.
func (f *Files) Thumbnail(ctx context.Context, company id.Company, m chat.Media, side int) (thumb chat.Media, ok bool, err error) {
	if !kinds[m.MIME].picture || max(m.Width, m.Height) <= side || int64(m.Width)*int64(m.Height) > maxDecoded {
		return chat.Media{}, false, nil
	}
	select {
	case decoding <- struct{}{}:
		defer func() { <-decoding }()
	case <-ctx.Done():
		return chat.Media{}, false, ctx.Err()
	}
	r, err := f.store.Open(ctx, objectKey(company, m.File))
	if err != nil {
		return chat.Media{}, false, fmt.Errorf("make thumbnail: %w", err)
	}
	defer r.Close()
	small, err := shrink(r, m.MIME, side)
	if err != nil || small == nil {
		return chat.Media{}, false, err
	}
	name := strings.TrimSuffix(m.Name, path.Ext(m.Name)) + ".jpg"
	thumb, err = f.Upload(ctx, company, ByContact, "", name, "", bytes.NewReader(small))
	return thumb, err == nil, err
}

// shrink returns a small JPEG, or nil for what does not decode.
func shrink(r io.ReadSeeker, mime string, side int) ([]byte, error) {
	turn := 0
	if mime == "image/jpeg" {
		turn = turnOf(bufio.NewReader(r))
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("make thumbnail: %w", err)
		}
	}
	src, _, err := image.Decode(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return nil, nil // its header was good, the rest is not; browsers may still show half of it
	}
	// The fine scaler keeps 32 bytes for each row and column it passes: it only ever sees a
	// picture that a rough one has brought near the size.
	if b := src.Bounds(); max(b.Dx(), b.Dy()) > 4*side {
		src = scale(draw.ApproxBiLinear, src, 2*side)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, scale(draw.BiLinear, src, side), &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("make thumbnail: %w", err)
	}
	if turn == 0 {
		return out.Bytes(), nil
	}
	var turned bytes.Buffer
	w := bufio.NewWriter(&turned)
	w.Write(out.Bytes()[:2]) //nolint:errcheck // into memory
	writeSegment(w, markerAPP1, exifOrientation(turn))
	w.Write(out.Bytes()[2:]) //nolint:errcheck // as above
	err = w.Flush()
	return turned.Bytes(), err
}

// scale draws src on white, for a JPEG has no holes.
func scale(by draw.Scaler, src image.Image, side int) image.Image {
	b := src.Bounds()
	w, h := side, max(1, b.Dy()*side/max(1, b.Dx()))
	if b.Dy() > b.Dx() {
		w, h = max(1, b.Dx()*side/b.Dy()), side
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	by.Scale(dst, dst.Bounds(), src, b, draw.Over, nil)
	return dst
}

// turnOf is the orientation that a JPEG's EXIF asks for; 0 for none.
func turnOf(r *bufio.Reader) int {
	if m, err := nextMarker(r); err != nil || m != markerSOI {
		return 0
	}
	for {
		m, err := nextMarker(r)
		if err != nil || m == markerSOS || m == markerEOI {
			return 0
		}
		body, err := segment(r, m)
		if err != nil {
			return 0
		}
		if m == markerAPP1 {
			if o := orientation(body); o > 0 {
				return o
			}
		}
	}
}
