package pictures

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// rgb is an sRGB colour, each part 0 to 255.
type rgb struct{ r, g, b float64 }

func hex(v uint32) rgb {
	return rgb{float64(v >> 16 & 255), float64(v >> 8 & 255), float64(v & 255)}
}

func (c rgb) mix(o rgb, t float64) rgb {
	return rgb{c.r + (o.r-c.r)*t, c.g + (o.g-c.g)*t, c.b + (o.b-c.b)*t}
}

// tone darkens (t < 0, towards a warm ink) or lightens (t > 0) a colour.
func (c rgb) tone(t float64) rgb {
	if t < 0 {
		return c.mix(hex(0x231a2b), -t)
	}
	return c.mix(hex(0xfffdf8), t)
}

func (c rgb) luma() float64 { return (0.299*c.r + 0.587*c.g + 0.114*c.b) / 255 }

// ink is what stands out on c: navy on pale cloth, darker on light cloth,
// lighter on dark cloth.
func (c rgb) ink() rgb {
	if c.luma() > 0.86 {
		return c.mix(hex(0x22304f), .86)
	}
	if c.luma() > 0.42 {
		return c.tone(-0.45)
	}
	return c.tone(0.5)
}

func (c rgb) nrgba() color.NRGBA {
	return color.NRGBA{R: uint8(c.r + .5), G: uint8(c.g + .5), B: uint8(c.b + .5), A: 255}
}

// canvas is an opaque square picture drawn in units.
type canvas struct {
	img   *image.RGBA
	ras   *vector.Rasterizer
	scale float64 // pixels in a unit
}

func newCanvas(width, height int, scale float64) *canvas {
	return &canvas{
		img:   image.NewRGBA(image.Rect(0, 0, width, height)),
		ras:   vector.NewRasterizer(width, height),
		scale: scale,
	}
}

// mask is the coverage of a path; its bounds are the smallest that hold it.
type mask struct{ *image.Alpha }

func (c *canvas) mask(p path) *mask {
	var box image.Rectangle
	for _, line := range p.flatten() {
		for _, q := range line {
			x, y := int(q.x*c.scale), int(q.y*c.scale)
			box = box.Union(image.Rect(x-1, y-1, x+2, y+2))
		}
	}
	box = box.Intersect(c.img.Bounds())
	m := &mask{image.NewAlpha(box)}
	if box.Empty() {
		return m
	}
	c.ras.Reset(box.Dx(), box.Dy())
	c.ras.DrawOp = draw.Src
	origin := point{float64(box.Min.X) / c.scale, float64(box.Min.Y) / c.scale}
	p.mapped(func(q point) point { return point{q.x - origin.x, q.y - origin.y} }).fill(c.ras, c.scale)
	c.ras.Draw(m.Alpha, box, image.Opaque, image.Point{})
	return m
}

// at is the coverage of a pixel, 0 to 1.
func (m *mask) at(x, y int) float64 {
	if !(image.Point{X: x, Y: y}).In(m.Rect) {
		return 0
	}
	return float64(m.Pix[m.PixOffset(x, y)]) / 255
}

// paint gives the colour and the opacity (0 to 1) of a pixel.
type paint func(x, y int) (rgb, float64)

func solid(c rgb, alpha float64) paint {
	return func(int, int) (rgb, float64) { return c, alpha }
}

// fill lays paint over the pixels of m, inside clip when there is one.
func (c *canvas) fill(m, clip *mask, p paint) {
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			cover := m.at(x, y)
			if cover == 0 {
				continue
			}
			if clip != nil {
				cover *= clip.at(x, y)
			}
			col, alpha := p(x, y)
			c.blend(x, y, col, cover*alpha)
		}
	}
}

func (c *canvas) blend(x, y int, col rgb, alpha float64) {
	if alpha <= 0 {
		return
	}
	px := c.img.Pix[y*c.img.Stride+4*x:][:4]
	px[0] = mix8(px[0], col.r, alpha)
	px[1] = mix8(px[1], col.g, alpha)
	px[2] = mix8(px[2], col.b, alpha)
	px[3] = 255
}

func mix8(under uint8, over, alpha float64) uint8 {
	u := float64(under)
	return uint8(u + (over-u)*alpha + .5)
}

// soft is a blurred mask at a quarter of the resolution, which no eye can tell
// from a full blur and costs a sixteenth. It covers the mask's bounds and as
// much around them as the blur reaches.
type soft struct {
	x0, y0 int // canvas pixels of the first cell
	w, h   int // cells
	v      []float64
}

const shrink = 4

func (m *mask) blur(radius float64) *soft {
	r := max(1, int(math.Round(radius/shrink)))
	pad := 3*r + 1
	s := &soft{x0: m.Rect.Min.X - pad*shrink, y0: m.Rect.Min.Y - pad*shrink}
	s.w, s.h = m.Rect.Dx()/shrink+2*pad+2, m.Rect.Dy()/shrink+2*pad+2
	s.v = make([]float64, s.w*s.h)
	for y := pad; y < s.h-pad; y++ {
		for x := pad; x < s.w-pad; x++ {
			s.v[y*s.w+x] = m.block(s.x0+x*shrink, s.y0+y*shrink)
		}
	}
	// Three box blurs come close to a Gaussian one.
	for range 3 {
		boxBlur(s.v, s.h, s.w, s.w, 1, r)
		boxBlur(s.v, s.w, s.h, 1, s.w, r)
	}
	return s
}

// block is the mean coverage of one shrink by shrink square.
func (m *mask) block(x0, y0 int) float64 {
	sum := 0
	for y := max(y0, m.Rect.Min.Y); y < min(y0+shrink, m.Rect.Max.Y); y++ {
		for x := max(x0, m.Rect.Min.X); x < min(x0+shrink, m.Rect.Max.X); x++ {
			sum += int(m.Pix[m.PixOffset(x, y)])
		}
	}
	return float64(sum) / (255 * shrink * shrink)
}

// boxBlur averages over 2r+1 values along each of lines runs of n values; next
// line and next value are lineStep and step apart.
func boxBlur(v []float64, lines, n, lineStep, step, r int) {
	row := make([]float64, n)
	for l := range lines {
		at := func(i int) *float64 { return &v[l*lineStep+i*step] }
		for i := range n {
			row[i] = *at(i)
		}
		sum := 0.0
		for i := -r; i < n; i++ {
			if i+r < n {
				sum += row[i+r]
			}
			if i-r-1 >= 0 {
				sum -= row[i-r-1]
			}
			if i >= 0 {
				*at(i) = sum / float64(2*r+1)
			}
		}
	}
}

// at samples the blur at a canvas pixel, bilinearly; outside it is zero.
func (s *soft) at(x, y float64) float64 {
	x, y = (x-float64(s.x0))/shrink-.5, (y-float64(s.y0))/shrink-.5
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= s.w || y0+1 >= s.h {
		return 0
	}
	fx, fy := x-float64(x0), y-float64(y0)
	i := y0*s.w + x0
	top := s.v[i]*(1-fx) + s.v[i+1]*fx
	low := s.v[i+s.w]*(1-fx) + s.v[i+s.w+1]*fx
	return math.Max(0, top*(1-fy)+low*fy)
}
