package pictures

import "math"

// pattern gives the opacity and colour of a cloth's print at a point in units.
type pattern func(u, v float64, base rgb) (rgb, float64)

// patterns by the name used in a picture key; a plain cloth has a nil pattern.
var patterns = map[string]pattern{
	"liso":    nil,
	"rayas":   stripes,
	"finas":   pinstripes,
	"lunares": dots,
	"flores":  flowers,
	"hojas":   leaves,
	"cuadros": checks,
	"punto":   knit,
	"canale":  ribs,
	"denim":   twill,
	"lino":    weave,
}

// edge goes from 1 to 0 as d passes zero, over about one pixel.
func edge(d float64) float64 {
	const px = 0.13
	return math.Min(1, math.Max(0, .5-d/px))
}

// wave is the distance from x to the nearest multiple of period.
func wave(x, period float64) float64 {
	return math.Abs(x - period*math.Round(x/period))
}

func stripes(_, v float64, base rgb) (rgb, float64) {
	return base.ink(), edge(wave(v, 5.2)-0.95) * .92
}

func pinstripes(u, _ float64, base rgb) (rgb, float64) {
	return base.ink(), edge(wave(u, 3.4)-0.34) * .6
}

func dots(u, v float64, base rgb) (rgb, float64) {
	row := math.Round(v / 4.4)
	if int(row)%2 != 0 {
		u += 2.6
	}
	return base.tone(.82), edge(math.Hypot(wave(u, 5.2), v-row*4.4)-0.82) * .92
}

func checks(u, v float64, base rgb) (rgb, float64) {
	wide := edge(wave(u, 9)-1.7) + edge(wave(v, 9)-1.7)
	thin := edge(wave(u+4.5, 9)-.22) + edge(wave(v+4.5, 9)-.22)
	if thin > 0 && wide < 2 {
		return base.tone(.8), math.Min(1, thin) * .55
	}
	return base.tone(-.5), math.Min(2, wide) * .33
}

func knit(u, v float64, base rgb) (rgb, float64) {
	const w, h = 2.3, 1.9
	x := u - w*math.Round(u/w)
	y := v - math.Abs(x)*1.15
	return base.tone(-.42), edge(wave(y, h)-.3)*.34 + edge(wave(u+w/2, w)-.13)*.3
}

func ribs(u, _ float64, base rgb) (rgb, float64) {
	d := wave(u, 1.9)
	return base.tone(-.4), .3 * (1 - d/.95) * (1 - d/.95)
}

func twill(u, v float64, base rgb) (rgb, float64) {
	return base.tone(.5), (.5 + .5*math.Sin((u*.9+v*1.5)*6.2)) * .13
}

func weave(u, v float64, base rgb) (rgb, float64) {
	n := noise(math.Floor(u*4.2), math.Floor(v/3)) + noise(math.Floor(u/3)+91, math.Floor(v*4.2))
	return base.tone(-.3), n * .06
}

func flowers(u, v float64, base rgb) (rgb, float64) {
	return scatter(u, v, 7.4, func(x, y, seed float64) (rgb, float64) {
		r, a := math.Hypot(x, y), math.Atan2(y, x)+seed*6
		size := 1.5 + seed*.9
		petal := size * (.74 + .26*math.Cos(5*a))
		switch {
		case r < size*.3:
			return hex(0xf0b54a), 1
		case seed > .72:
			return base.tone(.45), edge(r-petal) * .9
		default:
			return base.tone(.86), edge(r-petal) * .95
		}
	})
}

func leaves(u, v float64, base rgb) (rgb, float64) {
	return scatter(u, v, 6.2, func(x, y, seed float64) (rgb, float64) {
		sin, cos := math.Sincos(seed * 9)
		x, y = x*cos-y*sin, x*sin+y*cos
		body := math.Abs(y) - .95*math.Cos(math.Min(1.57, math.Abs(x)/1.6))
		if math.Abs(x) > 2.5 {
			body = 1
		}
		if math.Abs(y) < .1 && math.Abs(x) < 2.1 {
			return base, 1
		}
		return base.ink().mix(base, .25), edge(body) * .85
	})
}

// scatter draws one motif in each square cell, moved and turned by a hash of
// the cell; it looks at the neighbours too, because a motif may cross the edge.
func scatter(u, v, cell float64, motif func(x, y, seed float64) (rgb, float64)) (rgb, float64) {
	cx, cy := math.Floor(u/cell), math.Floor(v/cell)
	var col rgb
	best := 0.0
	for i := cx - 1; i <= cx+1; i++ {
		for j := cy - 1; j <= cy+1; j++ {
			ox := (i + .25 + .5*noise(i, j)) * cell
			oy := (j + .25 + .5*noise(i+37, j+11)) * cell
			if math.Abs(u-ox) > 3 || math.Abs(v-oy) > 3 {
				continue
			}
			if c, a := motif(u-ox, v-oy, noise(i+5, j+73)); a > best {
				col, best = c, a
			}
		}
	}
	return col, best
}

// noise is a fixed pseudo-random value in [0, 1) for a cell (an integer hash,
// so every machine draws the same).
func noise(i, j float64) float64 {
	h := uint32(int32(i))*0x9e3779b1 ^ uint32(int32(j))*0x85ebca6b
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h) / (1 << 32)
}
