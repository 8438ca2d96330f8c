package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
)

// Item is one product of the catalogue; Picture is its square JPEG.
type Item struct {
	Name, Detail, Price string
	Picture             []byte
}

// A4 in points, and the grid of products on a page.
const (
	pageWidth, pageHeight = 595, 842
	columns, rows         = 3, 4
	cellWidth, cellHeight = 172, 190
	thumb                 = 136 // points; drawn at thumbPixels
	thumbPixels           = 300
	left, top             = 40, 790
)

// Catalogue lays the products out as a PDF: a cover, then twelve to a page.
func Catalogue(title, subtitle string, items []Item) ([]byte, error) {
	doc := newPDF(title)
	if err := cover(doc, title, subtitle, items); err != nil {
		return nil, err
	}
	perPage := columns * rows
	for from := 0; from < len(items); from += perPage {
		page := doc.page()
		for i, it := range items[from:min(from+perPage, len(items))] {
			x := float64(left + i%columns*cellWidth)
			y := float64(top - i/columns*cellHeight)
			small, err := shrinkJPEG(it.Picture)
			if err != nil {
				return nil, fmt.Errorf("catalogue picture of %q: %w", it.Name, err)
			}
			page.image(doc.jpeg(small, thumbPixels), x, y-thumb, thumb, thumb)
			page.text(bold, 9, x, y-thumb-14, ink, it.Name)
			page.text(regular, 8, x, y-thumb-26, ink.tone(.3), it.Detail)
			page.text(bold, 9, x, y-thumb-38, brand, it.Price)
		}
		page.text(regular, 8, left, 24, ink.tone(.3), fmt.Sprintf("%s · página %d", title, len(doc.pages)+1))
		doc.add(page)
	}
	return doc.bytes(), nil
}

func cover(doc *pdf, title, subtitle string, items []Item) error {
	mark, err := Logo()
	if err != nil {
		return err
	}
	logo, err := png.Decode(bytes.NewReader(mark))
	if err != nil {
		return fmt.Errorf("catalogue logo: %w", err)
	}
	encoded, err := encodeJPEG(logo, 88)
	if err != nil {
		return err
	}
	page := doc.page()
	page.rect(0, 0, pageWidth, pageHeight, paper)
	page.image(doc.jpeg(encoded, logo.Bounds().Dx()), left, 660, 100, 100)
	page.text(bold, 34, left, 600, ink, title)
	page.text(regular, 16, left, 572, ink.tone(.2), subtitle)
	const shown = 6 // from all over the collection, three in a row
	for i := range min(shown, len(items)) {
		small, err := shrinkJPEG(items[i*len(items)/shown%len(items)].Picture)
		if err != nil {
			return fmt.Errorf("catalogue cover: %w", err)
		}
		page.image(doc.jpeg(small, thumbPixels), float64(left+i%columns*cellWidth), float64(350-i/columns*cellWidth), 160, 160)
	}
	doc.add(page)
	return nil
}

func shrinkJPEG(b []byte) ([]byte, error) {
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	small := image.NewRGBA(image.Rect(0, 0, thumbPixels, thumbPixels))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return encodeJPEG(small, 74)
}
