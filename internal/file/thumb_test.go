package file

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"recado/internal/chat"
)

func coloured(w, h int, c color.Color) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, c)
		}
	}
	return m
}

func TestThumbnail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	f := b.Within(Limits{Pixels: 10_000_000})
	var red, glass, wide bytes.Buffer
	for _, err := range []error{
		jpeg.Encode(&red, coloured(900, 300, color.RGBA{200, 0, 0, 255}), nil),
		png.Encode(&glass, coloured(300, 900, color.Transparent)),
		jpeg.Encode(&wide, coloured(3000, 20, color.RGBA{0, 200, 0, 255}), nil),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	plain := red.String()
	turned := []byte(plain[:2] + exif(binary.BigEndian, 6) + plain[2:])
	for name, tt := range map[string]struct {
		name string
		body []byte
		w, h int // as shown
		at   color.RGBA
	}{
		"picture":     {"Foto.de.jpg", red.Bytes(), 100, 33, color.RGBA{200, 0, 0, 255}},
		"on its side": {"Foto.de.jpg", turned, 33, 100, color.RGBA{200, 0, 0, 255}},
		"transparent": {"Foto.de.png", glass.Bytes(), 33, 100, color.RGBA{255, 255, 255, 255}},
		"very wide":   {"Foto.de.jpeg", wide.Bytes(), 100, 1, color.RGBA{0, 200, 0, 255}},
	} {
		m, err := f.Upload(t.Context(), b.mine, ByContact, "", tt.name, "", bytes.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		thumb, ok, err := f.Thumbnail(t.Context(), b.mine, m, 100)
		if !ok || err != nil || thumb.MIME != "image/jpeg" || thumb.Name != "Foto.de.jpg" || thumb.Width != tt.w || thumb.Height != tt.h || thumb.File == m.File {
			t.Errorf("%s: %+v, %v, %v; want %d x %d", name, thumb, ok, err, tt.w, tt.h)
			continue
		}
		r, err := f.Open(t.Context(), b.mine, thumb.File)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		got := color.RGBAModel.Convert(img.At(0, 0)).(color.RGBA)
		if near(got.R, tt.at.R) && near(got.G, tt.at.G) && near(got.B, tt.at.B) {
			continue
		}
		t.Errorf("%s: colour %v, want %v", name, got, tt.at)
	}
}

func near(a, b uint8) bool { return a-b < 12 || b-a < 12 }

func TestNoThumbnail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	small := b.upload(t, "a.png", "", pngOf(t, 90, 90))
	whole := pngOf(t, 100, 90)
	whole[len(whole)-20] ^= 0xFF // within the pixels
	broken := b.upload(t, "b.png", "", whole)
	pdf := b.upload(t, "a.pdf", "", []byte("%PDF-1.7"))
	huge := small
	huge.Width, huge.Height = 5001, 5000
	before := objects(t, b)
	for name, m := range map[string]chat.Media{"small": small, "broken": broken, "no picture": pdf, "huge": huge} {
		if thumb, ok, err := b.Thumbnail(t.Context(), b.mine, m, 95); ok || err != nil {
			t.Errorf("%s: %+v, %v, %v", name, thumb, ok, err)
		}
	}
	gone := small
	gone.Width, gone.File = 100, [16]byte{1}
	if _, ok, err := b.Thumbnail(t.Context(), b.mine, gone, 95); ok || err == nil {
		t.Errorf("of a file that is not there: %v, %v", ok, err)
	}
	if n := objects(t, b); n != before {
		t.Errorf("%d objects, want %d", n, before)
	}
}

func objects(t *testing.T, b *bundle) (n int) {
	t.Helper()
	for _, err := range b.store.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func BenchmarkShrink(b *testing.B) {
	var body bytes.Buffer
	if err := jpeg.Encode(&body, coloured(4000, 3000, color.RGBA{200, 100, 0, 255}), nil); err != nil {
		b.Fatal(err)
	}
	r := bytes.NewReader(body.Bytes())
	for b.Loop() {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		if _, err := shrink(r, "image/jpeg", 640); err != nil {
			b.Fatal(err)
		}
	}
}
