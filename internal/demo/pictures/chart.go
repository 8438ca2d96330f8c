package pictures

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// table is one block of the size chart; the first row holds its headings.
type table struct {
	title string
	rows  [][]string
}

// sizes are body measures, not garment measures, in centimetres.
var sizes = []table{
	{"Ropa", [][]string{
		{"Talla", "EU", "Pecho", "Cintura", "Cadera"},
		{"XS", "34", "78–82", "60–64", "86–90"},
		{"S", "36", "82–86", "64–68", "90–94"},
		{"M", "38", "86–90", "68–72", "94–98"},
		{"L", "40", "90–95", "72–77", "98–103"},
		{"XL", "42", "95–100", "77–82", "103–108"},
		{"XXL", "44–46", "100–110", "82–92", "108–118"},
	}},
	{"Calzado: largo del pie", [][]string{
		{"36", "37", "38", "39", "40", "41", "42", "43", "44", "45"},
		{"23,0", "23,7", "24,3", "25,0", "25,7", "26,3", "27,0", "27,7", "28,3", "29,0"},
	}},
	{"Bebé", [][]string{
		{"Talla", "Altura", "Peso"},
		{"0-3 m", "56–62 cm", "3–6 kg"},
		{"3-6 m", "62–68 cm", "6–8 kg"},
		{"6-12 m", "68–80 cm", "8–10 kg"},
		{"12-18 m", "80–86 cm", "10–12 kg"},
	}},
}

const (
	chartWidth = 1080
	margin     = 64
	rowHeight  = 58
)

// SizeChart draws the shop's size guide as a PNG that reads on a phone.
func SizeChart() ([]byte, error) {
	height := 300
	for _, t := range sizes {
		height += 110 + rowHeight*len(t.rows)
	}
	w, err := newWriter(newCanvas(chartWidth, height, 1))
	if err != nil {
		return nil, err
	}
	w.box(0, 0, chartWidth, height, paper)
	w.box(0, 0, chartWidth, 170, brand.tone(-.05))
	w.text(w.title, "Guía de tallas", margin, 92, paper)
	w.text(w.body, "Tienda Aurora · medidas del cuerpo en centímetros", margin, 138, paper.tone(.2))
	y := 170
	for _, t := range sizes {
		y = w.table(t, y)
	}
	w.text(w.body, "Si estás entre dos tallas, elige la mayor.", margin, y+66, ink)
	w.text(w.body, "En punto y sudaderas, elige la menor.", margin, y+104, ink)
	return encodePNG(w.img)
}

// writer puts text on a canvas.
type writer struct {
	*canvas
	title, heading, body, strong font.Face
}

func newWriter(c *canvas) (*writer, error) {
	w := &writer{canvas: c}
	for _, f := range []struct {
		face *font.Face
		ttf  []byte
		size float64
	}{
		{&w.title, gobold.TTF, 60}, {&w.heading, gobold.TTF, 34},
		{&w.body, goregular.TTF, 28}, {&w.strong, gobold.TTF, 28},
	} {
		parsed, err := opentype.Parse(f.ttf)
		if err != nil {
			return nil, fmt.Errorf("parse font: %w", err)
		}
		*f.face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: f.size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return nil, fmt.Errorf("size font: %w", err)
		}
	}
	return w, nil
}

func (w *writer) box(x, y, width, height int, c rgb) {
	l, t, r, b := float64(x), float64(y), float64(x+width), float64(y+height)
	w.fill(w.mask(path{
		{'M', []point{{l, t}}}, {'L', []point{{r, t}}}, {'L', []point{{r, b}}}, {'L', []point{{l, b}}}, {'Z', nil},
	}), nil, solid(c, 1))
}

// text starts at x, on the baseline y.
func (w *writer) text(face font.Face, s string, x, y int, c rgb) {
	d := font.Drawer{Dst: w.img, Src: image.NewUniform(c.nrgba()), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// table draws t below y and returns where it ends.
func (w *writer) table(t table, y int) int {
	w.text(w.heading, t.title, margin, y+76, brand.tone(-.1))
	y += 104
	columns := len(t.rows[0])
	width := (chartWidth - 2*margin) / columns
	for i, row := range t.rows {
		ground, colour := paper, ink
		switch {
		case i == 0:
			ground, colour = hex(0xefdccb), ink
		case i%2 == 0:
			ground = hex(0xf6ebde)
		}
		w.box(margin, y, width*columns, rowHeight, ground)
		for k, cell := range row {
			face := w.body
			if i == 0 || k == 0 && columns < 10 {
				face = w.strong
			}
			x := margin + k*width + (width-font.MeasureString(face, cell).Ceil())/2
			w.text(face, cell, x, y+39, colour)
		}
		y += rowHeight
	}
	return y
}
