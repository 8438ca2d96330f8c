package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

func TestEverySilhouette(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(patterns))
	bare := newCanvas(side, side, side/units)
	for i, name := range slices.Sorted(maps.Keys(silhouettes)) {
		key := fmt.Sprintf("%s:2c2a30:%s:salvia", name, names[i%len(names)])
		t.Run(key, func(t *testing.T) {
			img, err := drawProduct(key, side)
			if err != nil {
				t.Fatal(err)
			}
			bare.backdrop(grounds["salvia"], len(name)%2 == 0)
			if share := changed(img, bare.img, img.Bounds()); share < .04 || share > .6 {
				t.Errorf("covers %.2f of the picture", share)
			}
			for _, edge := range []image.Rectangle{
				image.Rect(0, 0, side, 2), image.Rect(0, 0, 2, side), image.Rect(side-2, 0, side, side),
			} {
				if share := changed(img, bare.img, edge); share > 0 {
					t.Errorf("reaches the edge %v", edge)
				}
			}
			b, err := Picture(key)
			if err != nil || len(b) > maxBytes {
				t.Fatalf("%d bytes, %v", len(b), err)
			}
			decoded, err := jpeg.Decode(bytes.NewReader(b))
			if err != nil || decoded.Bounds() != image.Rect(0, 0, side, side) {
				t.Errorf("%v, %v", decoded.Bounds(), err)
			}
		})
	}
}

// changed is the share of the pixels of r in which two pictures clearly differ.
func changed(a, b *image.RGBA, r image.Rectangle) float64 {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p, q := a.RGBAAt(x, y), b.RGBAAt(x, y)
			if d := int(p.R) + int(p.G) + int(p.B) - int(q.R) - int(q.G) - int(q.B); d > 90 || d < -90 {
				n++
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

func TestSameKeySameBytes(t *testing.T) {
	t.Parallel()
	for pattern := range patterns {
		key := "vestido-midi:b5523b:" + pattern + ":rosa"
		a, err := Picture(key)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := Picture(key); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not drawn the same twice: %v", key, err)
		}
	}
}

func TestBadKeys(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"", "camiseta", "camiseta:fff:liso:miel", "camiseta:gggggg:liso:miel", "nada:ffffff:liso:miel",
		"camiseta:ffffff:nada:miel", "camiseta:ffffff:liso:nada", "camiseta:ffffff:liso:miel:mas", "camiseta:+fffff:liso:miel",
	} {
		if _, err := Picture(key); err == nil {
			t.Errorf("%q: no error", key)
		}
	}
}

func TestLogoAndChart(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func() ([]byte, error){"logo": Logo, "size chart": SizeChart} {
		b, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil || img.Bounds().Dx() < 500 {
			t.Errorf("%s: %v, %v", name, img.Bounds(), err)
		}
		again, err := draw()
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s is not drawn the same twice", name)
		}
	}
}

func TestChartRowsAreFull(t *testing.T) {
	t.Parallel()
	for _, tb := range sizes {
		for _, row := range tb.rows {
			if len(row) != len(tb.rows[0]) {
				t.Errorf("%s: row %v has %d cells", tb.title, row, len(row))
			}
		}
	}
}

var xrefLine = regexp.MustCompile(`(\d{10}) 00000 n \n`)

// Every entry of the cross-reference table points at its object, and every
// stream is as long as it says.
func TestCatalogueIsAValidPDF(t *testing.T) {
	t.Parallel()
	b := catalogue(t, 14)
	if !bytes.HasPrefix(b, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(b, []byte("%%EOF\n")) {
		t.Fatal("no header or no end")
	}
	start := regexp.MustCompile(`startxref\n(\d+)\n`).FindSubmatch(b)
	at, err := strconv.Atoi(string(start[1]))
	if err != nil || !bytes.HasPrefix(b[at:], []byte("xref\n")) {
		t.Fatalf("startxref points at %q", b[at:at+8])
	}
	for i, m := range xrefLine.FindAllSubmatch(b[at:], -1) {
		offset, err := strconv.Atoi(string(m[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); err != nil || !bytes.HasPrefix(b[offset:], []byte(want)) {
			t.Errorf("object %d is not at %d", i+1, offset)
		}
	}
	for _, m := range regexp.MustCompile(`/Length (\d+) >>\nstream\n`).FindAllSubmatchIndex(b, -1) {
		n, err := strconv.Atoi(string(b[m[2]:m[3]]))
		if err != nil || !bytes.HasPrefix(b[m[1]+n:], []byte("\nendstream\n")) {
			t.Errorf("the stream at %d is not %d bytes long", m[1], n)
		}
	}
	if n := len(regexp.MustCompile(`/Type /Page `).FindAll(b, -1)); n != 3 {
		t.Errorf("%d pages for 14 items, want a cover and two", n)
	}
	if !bytes.Contains(b, []byte("Gabardina \\(n\xba 3\\) 12,50 \x80")) {
		t.Error("text is not escaped in Windows-1252")
	}
	if !bytes.Equal(b, catalogue(t, 14)) {
		t.Error("the same catalogue twice is not the same")
	}
}

func catalogue(t *testing.T, n int) []byte {
	t.Helper()
	pic, err := Picture("gabardina:e6d9c3:liso:salvia")
	if err != nil {
		t.Fatal(err)
	}
	var items []Item
	for i := range n {
		items = append(items, Item{fmt.Sprintf("Gabardina (nº %d) 12,50 €", i), "Ref. X", "12,50 €", pic})
	}
	b, err := Catalogue("Catálogo", "Prueba", items)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCatalogueRefusesABrokenPicture(t *testing.T) {
	t.Parallel()
	if _, err := Catalogue("Catálogo", "", []Item{{Name: "Gorro", Picture: []byte("no")}}); err == nil {
		t.Error("no error")
	}
}

func TestPathDataIsChecked(t *testing.T) {
	t.Parallel()
	for _, d := range []string{"M 1", "X 1 2", "M 1 2 L 3", "M a b"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q: no panic", d)
				}
			}()
			shape(d)
		}()
	}
}

func BenchmarkPicture(b *testing.B) {
	for b.Loop() {
		if _, err := Picture("vestido-midi:b5523b:flores:salvia"); err != nil {
			b.Fatal(err)
		}
	}
}
