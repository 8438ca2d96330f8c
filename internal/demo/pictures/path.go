package pictures

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/vector"
)

// All drawing happens on a square of 100 by 100 units, y downwards.
const units = 100.0

type point struct{ x, y float64 }

// segment is one absolute SVG path command: M, L, Q, C or Z, with its points.
type segment struct {
	op  byte
	pts []point
}

type path []segment

var pointsOf = map[byte]int{'M': 1, 'L': 1, 'Q': 2, 'C': 3, 'Z': 0}

// shape reads SVG path data with absolute M, L, Q, C and Z commands and spaces
// between all tokens. The drawings are literals of this package, so a
// malformed one is a programming error and panics.
func shape(d string) path {
	var p path
	tokens := strings.Fields(d)
	for i := 0; i < len(tokens); {
		op := tokens[i][0]
		n, ok := pointsOf[op]
		if !ok || len(tokens[i]) != 1 || i+1+2*n > len(tokens) {
			panic(fmt.Sprintf("pictures: bad path near %q in %q", tokens[i], d))
		}
		s := segment{op: op}
		for k := range n {
			s.pts = append(s.pts, point{number(tokens[i+1+2*k]), number(tokens[i+2+2*k])})
		}
		p = append(p, s)
		i += 1 + 2*n
	}
	return p
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic("pictures: bad number " + strconv.Quote(s))
	}
	return v
}

// halves closes an open right half, drawn from its upper to its lower point on
// the axis x = 50, with its mirror image.
func halves(d string) path {
	p := shape(d)
	return append(append(p, p.mirror().reverse()[1:]...), segment{op: 'Z'})
}

func (p path) mapped(f func(point) point) path {
	out := make(path, len(p))
	for i, s := range p {
		out[i].op = s.op
		for _, q := range s.pts {
			out[i].pts = append(out[i].pts, f(q))
		}
	}
	return out
}

func (p path) mirror() path {
	return p.mapped(func(q point) point { return point{units - q.x, q.y} })
}

// reverse walks an open path from its end to its start.
func (p path) reverse() path {
	last := func(s segment) point { return s.pts[len(s.pts)-1] }
	out := path{{op: 'M', pts: []point{last(p[len(p)-1])}}}
	for i := len(p) - 1; i > 0; i-- {
		s := segment{op: p[i].op}
		for k := len(p[i].pts) - 2; k >= 0; k-- {
			s.pts = append(s.pts, p[i].pts[k])
		}
		s.pts = append(s.pts, last(p[i-1]))
		out = append(out, s)
	}
	return out
}

// oval is a closed ellipse of four cubic curves.
func oval(cx, cy, rx, ry float64) path {
	const k = 0.5523 // control length of a quarter circle
	at := func(x, y float64) point { return point{cx + x*rx, cy + y*ry} }
	return path{
		{'M', []point{at(1, 0)}},
		{'C', []point{at(1, k), at(k, 1), at(0, 1)}},
		{'C', []point{at(-k, 1), at(-1, k), at(-1, 0)}},
		{'C', []point{at(-1, -k), at(-k, -1), at(0, -1)}},
		{'C', []point{at(k, -1), at(1, -k), at(1, 0)}},
		{'Z', nil},
	}
}

// flatten turns a path into polylines, one for each M.
func (p path) flatten() [][]point {
	var lines [][]point
	var at point
	add := func(q point) {
		lines[len(lines)-1] = append(lines[len(lines)-1], q)
		at = q
	}
	for _, s := range p {
		switch s.op {
		case 'M':
			lines = append(lines, nil)
			add(s.pts[0])
		case 'L':
			add(s.pts[0])
		case 'Z':
			add(lines[len(lines)-1][0])
		default:
			from := at
			const steps = 18
			for i := 1; i <= steps; i++ {
				add(bezier(from, s.pts, float64(i)/steps))
			}
		}
	}
	return lines
}

func bezier(from point, pts []point, t float64) point {
	u := 1 - t
	if len(pts) == 2 {
		return blend([]point{from, pts[0], pts[1]}, []float64{u * u, 2 * u * t, t * t})
	}
	return blend([]point{from, pts[0], pts[1], pts[2]},
		[]float64{u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t})
}

func blend(pts []point, w []float64) point {
	var q point
	for i := range pts {
		q.x += pts[i].x * w[i]
		q.y += pts[i].y * w[i]
	}
	return q
}

// fill adds the path's inside to the rasteriser, scale pixels to the unit.
func (p path) fill(r *vector.Rasterizer, scale float64) {
	px := func(q point) (float32, float32) { return float32(q.x * scale), float32(q.y * scale) }
	for _, s := range p {
		switch s.op {
		case 'M':
			r.MoveTo(px(s.pts[0]))
		case 'L':
			r.LineTo(px(s.pts[0]))
		case 'Q':
			bx, by := px(s.pts[0])
			cx, cy := px(s.pts[1])
			r.QuadTo(bx, by, cx, cy)
		case 'C':
			bx, by := px(s.pts[0])
			cx, cy := px(s.pts[1])
			dx, dy := px(s.pts[2])
			r.CubeTo(bx, by, cx, cy, dx, dy)
		case 'Z':
			r.ClosePath()
		}
	}
}

// stroke outlines the path's lines as one fillable path. The rasteriser has no
// strokes: each piece becomes a quadrilateral and each joint a small disc, all
// turning the same way so that overlaps do not cancel. The width falls
// linearly from w to end.
func (p path) stroke(w, end float64) path {
	var out path
	for _, line := range p.flatten() {
		total := length(line)
		done := 0.0
		half := func(d float64) float64 { return (w + (end-w)*d/math.Max(total, 1e-9)) / 2 }
		for i, q := range line {
			if i > 0 {
				o := line[i-1]
				step := math.Hypot(q.x-o.x, q.y-o.y)
				out = append(out, quad(o, q, half(done), half(done+step))...)
				done += step
			}
			if h := half(done); h > 0.02 {
				out = append(out, oval(q.x, q.y, h, h)...)
			}
		}
	}
	return out
}

// dashes cuts the path into strokes of length on with gaps of length off.
func (p path) dashes(on, off float64) path {
	var out path
	for _, line := range p.flatten() {
		total := length(line)
		for d := 0.0; d < total; d += on + off {
			a, b := along(line, d), along(line, math.Min(d+on, total))
			out = append(out, segment{'M', []point{a}}, segment{'L', []point{b}})
		}
	}
	return out
}

func length(line []point) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += math.Hypot(line[i].x-line[i-1].x, line[i].y-line[i-1].y)
	}
	return sum
}

func along(line []point, d float64) point {
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		step := math.Hypot(b.x-a.x, b.y-a.y)
		if d <= step && step > 0 {
			return blend([]point{a, b}, []float64{1 - d/step, d / step})
		}
		d -= step
	}
	return line[len(line)-1]
}

func quad(a, b point, ha, hb float64) path {
	d := math.Hypot(b.x-a.x, b.y-a.y)
	if d == 0 {
		return nil
	}
	nx, ny := -(b.y-a.y)/d, (b.x-a.x)/d
	return path{
		{'M', []point{{a.x - nx*ha, a.y - ny*ha}}},
		{'L', []point{{b.x - nx*hb, b.y - ny*hb}}},
		{'L', []point{{b.x + nx*hb, b.y + ny*hb}}},
		{'L', []point{{a.x + nx*ha, a.y + ny*ha}}},
		{'Z', nil},
	}
}
