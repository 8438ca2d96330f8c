package pictures

import "math"

var leather = hex(0x8b5a38)

func tote(g *garment) {
	g.bare(shape("M 38 42 C 38 22 62 22 62 42"), 2.6, leather.tone(-.3))
	g.cloth(shape("M 24 40 L 76 40 L 80.6 80 C 80.8 84 78.6 86 75 86.4 C 58 87.8 42 87.8 25 86.4 C 21.4 86 19.2 84 19.4 80 Z"), 0, 0)
	g.fold(shape("M 26 82 C 28 72 29 62 28.6 52"))
	g.fold(shape("M 74 82 C 72 72 71 62 71.4 52"))
	g.flat(shape("M 24 40 L 76 40 L 76.7 46 L 23.3 46 Z"), g.base.tone(-.12), 1)
	g.stitch(shape("M 23.4 45 L 76.6 45"), g.base.tone(-.5))
	g.bare(shape("M 36 50 L 36 42 C 36 18 64 18 64 42 L 64 50"), 3, leather)
	both(func(p path) { g.part(p, leather) }, "M 61.6 44 L 66.4 44 L 66.4 54 L 64 56.6 L 61.6 54 Z")
	for _, x := range []float64{36, 64} {
		g.part(oval(x, 51, .9, .9), hex(0xd8b06a))
	}
	g.part(shape("M 44 62 L 56 62 L 56 70 L 44 70 Z"), leather.tone(.1))
	g.flat(oval(50, 66, 2, 2), hex(0xe8c58e), .9)
}

func crossbody(g *garment) {
	g.bare(shape("M 25 52 C 12 20 40 6 58 12 C 76 18 84 34 76 52"), 1.7, g.base.tone(-.3))
	g.cloth(shape("M 22 50 C 22 44 26 41 32 41 L 68 41 C 74 41 78 44 78 50 L 79 72 C 79 79 74 83 67 83 L 33 83 C 26 83 21 79 21 72 Z"), 0, 0)
	g.cloth(shape("M 22 48 C 22 43 26 40 32 40 L 68 40 C 74 40 78 43 78 48 C 78 58 66 67 50 67 C 34 67 22 58 22 48 Z"), .05, 0)
	g.stitch(shape("M 24 49 C 25 57 36 65 50 65 C 64 65 75 57 76 49"), g.base.tone(-.5))
	g.part(shape("M 46 60 L 54 60 L 54 70 C 54 72.6 46 72.6 46 70 Z"), hex(0xd8b06a))
	g.flat(oval(50, 67, 1.3, 1.7), hex(0x7a5a2a), .9)
	for _, x := range []float64{24, 76} {
		g.part(oval(x, 47, 2.6, 2.6), hex(0xd8b06a))
		g.part(oval(x, 47, 1.3, 1.3), g.base.tone(-.2))
	}
}

func scarf(g *garment) {
	g.cloth(shape("M 54 46 C 60 56 64 70 65 86 L 52 88 C 51 74 47 60 43 50 Z"), -.08, .12)
	g.fringe(52, 65, 87.6, -.15)
	g.cloth(shape("M 44 48 C 40 58 37 70 35.6 82 L 48.6 84 C 49.6 72 52 60 56 50 Z"), 0, -.14)
	g.fringe(35.6, 48.6, 83, .16)
	g.cloth(shape("M 25 30 C 24 20 36 14 50 14 C 64 14 76 20 75 30 C 76 40 66 46.6 50 46.6 C 34 46.6 24 40 25 30 Z"), -.12, 1.2)
	g.shaft(oval(50, 27, 14, 6.4))
	g.cloth(shape("M 25 29 C 30 38 40 42 51 41 C 62 40 71 36 75 29 C 78 38 73 49 62 53 C 50 57 32 54 27 46 C 23 41 23 35 25 29 Z"), .03, 1.35)
	g.fold(shape("M 30 44 C 40 49 54 50 68 42"))
	g.fold(shape("M 29 38 C 38 44 54 46 70 37"))
}

func (g *garment) fringe(x0, x1, y, slope float64) {
	for x := x0 + .6; x < x1; x += 1.5 {
		dy := (x - x0) * slope * .8
		g.bare(shape(line(x, y+dy-1, x-slope*8, y+dy+4.6)), .7, g.base.tone(-.1))
	}
}

func beanie(g *garment) {
	g.cloth(shape("M 22 66 C 20 40 32 24 50 24 C 68 24 80 40 78 66 Z"), 0, 0)
	for i := -4; i <= 4; i++ {
		x := float64(i)
		g.fold(shape("M " + f(50+x*6.4) + " 64 C " + f(50+x*6.2) + " 48 " + f(50+x*4) + " 34 " + f(50+x*1.2) + " 26"))
	}
	g.rib(shape("M 19 62 C 38 66 62 66 81 62 C 83 66 83 74 81.4 78 C 62 82.4 38 82.4 18.6 78 C 17 74 17 66 19 62 Z"))
	g.pompon(50, 19, 9.5)
}

func (g *garment) pompon(x, y, r float64) {
	var p path
	const n = 22
	for i := range n {
		a := float64(i) / n * 2 * math.Pi
		p = append(p, oval(x+math.Cos(a)*r*.8, y+math.Sin(a)*r*.8, r*.27, r*.27)...)
	}
	g.part(append(p, oval(x, y, r*.86, r*.86)...), g.base.tone(.55))
	for i := range 46 {
		a, d := noise(float64(i), 3)*2*math.Pi, math.Sqrt(noise(float64(i), 8))*r*.9
		cx, cy := x+math.Cos(a)*d, y+math.Sin(a)*d
		g.line(shape(line(cx, cy, cx+math.Cos(a)*1.7, cy+math.Sin(a)*1.7)), .45, g.base.tone(.1), .4)
	}
}

func sunglasses(g *garment) {
	both(func(p path) { g.bare(p, 1.9, g.base.tone(-.25)) }, "M 84.4 46 C 84 38 81.4 31 74 26.6")
	frame := "M 53.4 47 C 55 43.6 60 42 68 42 C 77 42 84 43.4 87 45 L 86.4 49 C 86 60 80 66.6 70.6 66.6 C 61 66.6 55.6 60 54.4 51.6 C 53 50.6 51.6 50.4 50 50.4 C 50 48.8 50 47.8 50 46.6 C 51.4 46.4 52.4 46.6 53.4 47 Z"
	p := shape(frame)
	g.piece(append(p, reversedLoop(p.mirror())...), solid(g.base, 1))
	both(func(p path) {
		g.part(p, hex(0x4b4a55))
		g.flat(p, g.base.tone(-.3), .35)
		g.flat(shape("M 0 66 L 60 40 L 66 40 L 6 70 Z"), hex(0xffffff), .16)
		g.flat(shape("M 36 70 L 84 42 L 92 42 L 44 72 Z"), hex(0xffffff), .16)
	}, "M 57.6 49 C 60 46 64 45 69 45 C 76 45 81 46 83.4 47.4 C 83.4 58 78.6 63.6 70.6 63.6 C 62.6 63.6 58 58 57.6 49 Z")
	for _, x := range []float64{84.6, 15.4} {
		g.bare(oval(x, 46.4, .5, .5), .5, hex(0xd8b06a))
	}
}

// reversedLoop turns a closed loop the other way, so that it adds to another.
func reversedLoop(p path) path {
	return append(p[:len(p)-1].reverse(), segment{op: 'Z'})
}
