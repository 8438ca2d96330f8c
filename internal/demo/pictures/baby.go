package pictures

// Baby clothes.

func babyBody(g *garment) {
	g.inside(shape("M 38 26 Q 50 21.6 62 26 C 60 34 55 37.4 50 37.4 C 45 37.4 40 34 38 26 Z"))
	g.sleeves("M 66 25 C 74 27 80 32 86 41.6 L 77 50.6 C 73 46.4 70 44.4 67 43.6 Z", -.8)
	g.cloth(halves("M 50 37 C 56 37 61 33 62.6 24 L 69 25.8 C 68 32 68 38 69.4 44 C 70.6 53 71.4 60 71.6 66 C 66 68.6 61 74 58.6 83.4 C 56 84.6 53 85 50 85"), 0, 0)
	g.trim(shape("M 37 23.6 C 39 33 44 37.2 50 37.2 C 56 37.2 61 33 63 23.6"), 2)
	both(func(p path) { g.trim(p, 1.9) }, "M 71.8 66 C 66 68.6 61 74 58.8 83.6")
	both(g.seam, "M 68.4 26 C 67.6 32 67.6 38 69 43.6")
	both(g.fold, "M 69.6 46 C 66 50 63 51 60 51.4")
	for _, x := range []float64{45.4, 50, 54.6} {
		g.button(x, 82.2, 1, cream)
	}
	g.heart(50, 54, g.base.tone(-.3))
}

func (g *garment) heart(x, y float64, c rgb) {
	p := shape("M 50 57 C 44 52.6 42.4 49 44.6 46.8 C 46.6 45 49 45.6 50 48 C 51 45.6 53.4 45 55.4 46.8 C 57.6 49 56 52.6 50 57 Z")
	g.flat(p.mapped(func(q point) point { return point{q.x - 50 + x, q.y - 50 + y} }), c, .9)
}

func romper(g *garment) {
	g.neckHoleAt(-6)
	g.sleeves("M 63 16 C 72 18 77 25 81 36 C 83 41 84.6 46 85.6 50 L 77 53.6 C 75 47 71 40 65 35.6 Z", -.4)
	both(g.rib, "M 76 48.6 L 84.4 45.2 L 86 50.4 L 77.6 54 Z")
	g.cloth(halves("M 50 24.6 C 55 24.6 58 21 59 14.6 C 61.6 15.4 64 16.2 66.4 17 C 66 24 66 30 67.4 37 C 69 46 70.4 54 70.6 62 C 70.8 70 69.6 78 67.4 86.6 C 63 88 59 88 55.4 87 C 55 80 53.6 74 50.4 69.6 L 50 69.6"), 0, 0)
	both(g.seam, "M 66.2 17.4 C 65.8 24 65.8 30 67 36.6")
	both(g.fold, "M 51 70 C 55 71 58 73 60.6 76")
	g.placket(24.6, 66)
	g.buttons(50, 29.6, 7, 6, 1, cream)
	body := g.last
	both(g.foot, "M 55 84 C 59 85.6 63.6 85.4 68 83.6 C 71 86 73 89.4 72.6 92 C 67 94 60 94 55.4 92.4 Z")
	g.last = body
	g.trim(shape("M 41 14.6 C 41.5 21.2 45 24.8 50 24.8 C 55 24.8 58.5 21.2 59 14.6"), 2.2)
	g.flat(shape("M 57.6 44 L 64.6 44 L 64.6 49.6 C 64.6 52.4 57.6 52.4 57.6 49.6 Z"), g.base.tone(.4), .9)
}

func (g *garment) foot(p path) { g.part(p, g.base.tone(.3)) }

func booties(g *garment) {
	g.pair(func() {
		g.cloth(shape("M 28 34 C 36 32.4 46 32.4 53 34 C 53.4 41 56 46 62 48.6 C 72 51 79 55.6 79 63 C 78.6 68.6 74 70.6 66 70.6 L 36 70.6 C 28.6 70.6 25 67 25.6 60 C 26.6 51 28 42 28 34 Z"), 0, 0)
		g.flat(shape("M 20 65.4 L 84 65.4 L 84 74 L 20 74 Z"), g.base.tone(.55), .9)
		g.fold(shape("M 54 42 C 52 47 48 50 43 52"))
		g.rib(shape("M 26.4 28 C 36 25.8 46 25.8 54.6 28 C 55.4 31.6 55.2 35 54.4 38 C 46 36 36 36 27 38 C 25.8 35 25.6 31.6 26.4 28 Z"))
		g.bow(55.6, 45, cream)
	})
}
