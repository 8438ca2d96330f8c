package pictures

import (
	"image/color"
	"math"
)

// garment draws one product: pieces of cloth from back to front, each with a
// drop shadow and a rounded volume, and details on the piece drawn last.
type garment struct {
	*canvas
	base  rgb
	print pattern
	dx    float64 // moves everything drawn, in units
	dy    float64
	dim   float64 // darkens everything drawn, for what lies behind
	last  *mask
}

func (g *garment) place(p path) path {
	return p.mapped(func(q point) point { return point{q.x + g.dx, q.y + g.dy} })
}

// cloth is a piece of the product's own fabric. Tone lightens or darkens it,
// turn rotates the print (radians), as on a sleeve.
func (g *garment) cloth(p path, tone, turn float64) {
	base := g.base.tone(tone - g.dim)
	fabric := solid(base, 1)
	if g.print != nil {
		sin, cos := math.Sincos(turn)
		fabric = func(x, y int) (rgb, float64) {
			u, v := float64(x)/g.scale-50-g.dx, float64(y)/g.scale-50-g.dy
			c, a := g.print(u*cos+v*sin, v*cos-u*sin, base)
			return base.mix(c, a), 1
		}
	}
	g.piece(p, fabric)
}

// part is a piece of another material, in one colour.
func (g *garment) part(p path, c rgb) { g.piece(p, solid(c.tone(-g.dim), 1)) }

func (g *garment) piece(p path, fabric paint) {
	m := g.mask(g.place(p))
	s := m.blur(14)
	g.shadow(m, s)
	g.fill(m, nil, fabric)
	g.volume(m, s)
	g.last = m
}

// shadow darkens what lies under the piece m, towards the lower right.
func (g *garment) shadow(m *mask, s *soft) {
	const dx, dy, spread = 5, 11, 56
	b := m.Rect.Inset(-spread).Intersect(g.img.Bounds())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if m.at(x, y) == 1 {
				continue // the piece will cover it
			}
			if a := s.at(float64(x-dx), float64(y-dy)); a > .01 {
				g.blend(x, y, hex(0x2b1d33), a*.3)
			}
		}
	}
}

// volume rounds a piece: light from the upper left, shade along the far edge.
func (g *garment) volume(m *mask, s *soft) {
	const reach = 9
	for y := m.Rect.Min.Y; y < m.Rect.Max.Y; y++ {
		for x := m.Rect.Min.X; x < m.Rect.Max.X; x++ {
			cover := m.at(x, y)
			if cover == 0 {
				continue
			}
			fx, fy := float64(x), float64(y)
			far, near := s.at(fx+reach, fy+reach), s.at(fx-reach, fy-reach)
			g.blend(x, y, hex(0x2b1d33), cover*(1-far)*.3)
			g.blend(x, y, hex(0xfffdf5), cover*(1-near)*.2)
		}
	}
}

// inside is the lining seen through an opening: flat and dark.
func (g *garment) inside(p path) {
	g.last = g.mask(g.place(p))
	g.fill(g.last, nil, solid(g.base.tone(-.42-g.dim), 1))
}

// flat covers part of the last piece with one colour.
func (g *garment) flat(p path, c rgb, alpha float64) {
	g.fill(g.mask(g.place(p)), g.last, solid(c.tone(-g.dim), alpha))
}

// line draws on the last piece; a bare line goes over whatever is there.
func (g *garment) line(p path, width float64, c rgb, alpha float64) {
	g.fill(g.mask(g.place(p.stroke(width, width))), g.last, solid(c, alpha))
}

func (g *garment) bare(p path, width float64, c rgb) {
	g.fill(g.mask(g.place(p.stroke(width, width))), nil, solid(c.tone(-g.dim), 1))
}

// seam joins two pieces; trim is a wider band such as a neck rib or a hem.
func (g *garment) seam(p path) { g.line(p, .38, g.base.tone(-.5), .6) }

func (g *garment) trim(p path, width float64) {
	g.line(p, width, g.base.tone(-.16-g.dim), 1)
	g.line(p, .22, g.base.tone(-.5), .35)
}

// fold is a soft crease that dies out along its way.
func (g *garment) fold(p path) { g.glow(p.stroke(1.7, .2), 5, g.base.tone(-.7), .34) }

// glow is a blurred shape on the last piece.
func (g *garment) glow(p path, radius float64, c rgb, alpha float64) {
	m := g.mask(g.place(p))
	s := m.blur(radius)
	b := m.Rect.Inset(-int(3 * radius)).Intersect(g.last.Rect)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if cover := g.last.at(x, y); cover > 0 {
				g.blend(x, y, c, s.at(float64(x), float64(y))*cover*alpha)
			}
		}
	}
}

func (g *garment) stitch(p path, c rgb) {
	g.fill(g.mask(g.place(p.dashes(1.1, .8).stroke(.32, .32))), g.last, solid(c, .85))
}

func (g *garment) button(x, y, r float64, c rgb) {
	g.flat(oval(x+.15, y+.3, r*1.12, r*1.12), hex(0x231a2b), .35)
	g.flat(oval(x, y, r, r), c, 1)
	g.flat(oval(x-r*.25, y-r*.3, r*.45, r*.4), c.tone(.5), .7)
	for _, d := range []float64{-.3, .3} {
		g.flat(oval(x+d*r, y, r*.15, r*.15), c.tone(-.6), .9)
	}
}

func (g *garment) buttons(x, y0, step float64, n int, r float64, c rgb) {
	for i := range n {
		g.button(x, y0+step*float64(i), r, c)
	}
}

// both draws a right-hand path and its mirror image on the left.
func both(draw func(path), d string) {
	p := shape(d)
	draw(p)
	draw(p.mirror())
}

// sleeves are two pieces of cloth whose print follows the arm.
func (g *garment) sleeves(d string, turn float64) {
	p := shape(d)
	g.cloth(p, -.05, turn)
	g.cloth(p.mirror(), -.05, -turn)
}

// backdrop is the soft ground of a picture: a faint slope and one large shape.
func (c *canvas) backdrop(tint rgb, arch bool) {
	b := c.img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := tint.tone(.16 - .1*float64(y)/float64(b.Dy())).nrgba()
		for x := b.Min.X; x < b.Max.X; x++ {
			c.img.SetRGBA(x, y, color.RGBA(row))
		}
	}
	p := oval(50, 51, 39, 39)
	if arch {
		p = shape("M 15 100 L 15 45 C 15 25 30 10 50 10 C 70 10 85 25 85 45 L 85 100 Z")
	}
	c.fill(c.mask(p), nil, solid(tint.tone(.5), .75))
}
