package pictures

// Shoes, seen from the side, a pair with the second one behind.

// pair draws a shoe twice, the one behind smaller and darker.
func (g *garment) pair(shoe func()) {
	g.dx, g.dy, g.dim = 3.5, -8.5, .1
	shoe()
	g.dx, g.dy, g.dim = -5, 12.5, 0
	shoe()
	g.dx, g.dy = 0, 0
}

var (
	cream  = hex(0xf6efe2)
	rubber = hex(0xb98d5f)
)

func sneakers(g *garment) {
	g.pair(func() {
		g.part(shape("M 13 58 C 12 63 13 66 17 66.4 C 38 68 64 68 84 66.4 C 89 66 91 62 89.6 58 C 64 60 38 60 13 58 Z"), cream)
		g.line(shape("M 13 62.6 C 38 64.6 64 64.6 90 62.6"), .5, hex(0xc9bda8), 1)
		g.cloth(shape("M 14 58.6 C 12.6 50 14 41 18 37 C 22 36 27 36.6 31 38.4 C 34 40.6 38 40.6 42 38.6 L 46 36.4 C 52 42 60 47 69 49 C 80 50.6 88 52.4 89.4 58.4 C 64 60.8 38 60.8 14 58.6 Z"), 0, 0)
		g.flat(shape("M 68 48 C 80 50 89 52 90 60 C 82 61 74 61 68 60 C 71 56 71 52 68 48 Z"), cream, .95)
		g.flat(shape("M 12 60 C 12 50 13 41 18 36 C 22 36 24 37 25 38 C 22 44 22 52 24 60 Z"), g.base.tone(-.3), .8)
		g.flat(shape("M 34 60 C 38 52 44 47 52 44 L 57 47 C 49 50 44 54 41 60 Z"), cream, .95)
		g.seam(shape("M 44 38 C 50 46 58 52 66 54"))
		g.stitch(shape("M 69.6 50 C 72 53 72 57 70 60"), g.base.tone(-.5))
		g.shaft(shape("M 18 37 C 22 35 28 35.6 31 38.4 C 34 40.6 38 40.6 42 38.6 L 43 39.4 C 38 42.4 32 42.6 28.6 40.4 C 25 38.6 21 38 18 38.6 Z"))
		for i := range 4 {
			x, y := 46+float64(i)*4.6, 38.4+float64(i)*3
			g.bare(shape(line(x-1.8, y+3.6, x+3, y-1)), 1.15, cream)
			g.bare(shape(line(x+1.4, y+4, x+1, y-1.4)), .9, cream.tone(-.12))
		}
		g.bare(shape("M 18 38 C 16.4 35.6 16.6 33.4 18.4 32.6 C 20.4 32.6 21.4 34.6 21.4 36.6"), 1.2, g.base.tone(-.25))
	})
}

// shaft is the dark opening of a shoe, over the piece around it.
func (g *garment) shaft(p path) {
	g.fill(g.mask(g.place(p)), nil, solid(g.base.tone(-.5), 1))
}

func ankleBoots(g *garment) {
	g.pair(func() {
		g.part(shape("M 17 57 L 33 60 L 32 73 L 19.4 73 Z"), hex(0x3a2a22))
		g.part(shape("M 17 60 C 30 64 46 65 58 66 C 68 67 80 67 87.6 66 C 89 69 88 72 85 72.6 C 70 73.6 54 72 42 69 C 34 67 26 66 18 66 Z"), hex(0x3a2a22))
		g.cloth(shape("M 19 24 C 27 22.6 36 22.6 44 24 C 44.6 33 46 41 50 46.6 C 60 50 72 51 81 56 C 86 59 88.6 62 88 67 C 70 69.6 50 67.6 36 64 C 30 62.6 23 62.6 17 62.6 C 16 50 18.6 37 19 24 Z"), 0, 0)
		g.flat(shape("M 29 22 L 38 22 C 38 34 39 44 42 52 C 38 55 33 55 29 52 C 28 42 28.4 32 29 22 Z"), g.base.tone(-.4), .75)
		for y := 26.0; y < 52; y += 3 {
			g.line(shape(line(28, y, 42, y-.4)), .35, g.base.tone(-.7), .5)
		}
		g.fold(shape("M 46 44 C 44 48 42 51 38 54"))
		g.fold(shape("M 58 50 C 56 54 53 57 49 58"))
		g.seam(shape("M 66 51 C 63 57 63 62 64 67"))
		g.bare(shape("M 19.4 26 C 17.4 24 17.4 20.6 19.6 19.6 C 22 19.6 23 22 22.6 24.6"), 1.3, g.base.tone(-.2))
	})
}

func sandals(g *garment) {
	g.pair(func() {
		sole := "M 11 58 C 14 55 20 55 27 57.4 C 40 61 60 62 86 60.6 C 90 60.6 91.4 63 89.6 65.6 C 84 69 66 69.6 48 68.4 C 33 67.4 18 66.6 13 64.6 C 10.4 63 10 60.4 11 58 Z"
		g.part(shape(sole), rubber)
		g.flat(shape("M 10 57 C 14 54 20 54 27 56.4 C 40 60 60 61 92 59.4 L 92 62.4 C 60 64 40 63 26 60 C 19 58 14 58.6 10 60.6 Z"), hex(0xe6c9a0), 1)
		g.line(shape("M 11 64 C 30 67 64 68.6 90 65"), .35, rubber.tone(-.4), .6)
		g.cloth(shape("M 63 62 C 64 52 68 46.6 74 46 C 80 46.6 85 52 87 61 C 84 62.6 80 62.6 77 62 C 76 57 75 54 73.4 53 C 71.6 54 71 58 71.4 62.4 Z"), 0, .8)
		g.cloth(shape("M 48 61.4 C 51 51 57 46 65 46 L 68 49.4 C 61 50.4 57 55 56 62 Z"), .05, .8)
		g.cloth(shape("M 17 56 C 15 46 17 38.6 20.6 36 L 25 37 C 22 42 21.6 48 24.6 57 Z"), 0, .8)
		g.cloth(shape("M 18.4 41.6 C 26 38.6 36 38.6 44 42.6 C 48 45 51 47.6 53.6 50.6 L 50 54 C 46 49.6 42 46.6 37 45 C 31 43.4 25 44 19.4 46.4 Z"), .05, .8)
		g.part(shape("M 40.6 41.6 L 45.6 44 L 43.6 48.8 L 38.6 46.4 Z"), hex(0xd8b06a))
		g.part(shape("M 41.7 43.6 L 44 44.7 L 43 47 L 40.6 45.9 Z"), g.base.tone(-.1))
	})
}

func loafers(g *garment) {
	g.pair(func() {
		g.part(shape("M 13 57 L 31 59 L 30.6 66 L 14.6 66 Z"), hex(0x2f2320))
		g.part(shape("M 13 58 C 34 61 60 63 88 61.6 C 90.4 63.6 89.6 66 86 66.4 C 66 67 46 66 30 63.4 L 13.6 61 Z"), hex(0x2f2320))
		g.cloth(shape("M 13.4 59 C 12 50 13.6 42 17.4 38 C 22 37.6 27 39 31 42.6 C 36 46.4 42 46.6 48.6 43 C 58 43.6 68 46 76 49.4 C 84 52.6 89.4 56 89 62 C 66 64 38 62.6 13.4 59 Z"), 0, 0)
		g.flat(shape("M 52 43 C 60 44 70 46.6 77 50 C 79 52 78 54 75 54.4 C 66 54.6 58 52.6 52.4 49.4 C 50.6 47.4 50.6 45 52 43 Z"), g.base.tone(.14), .9)
		g.stitch(shape("M 50.6 43.6 C 49.6 47 51.6 50 56 52 C 63 55 70 55.8 76 55.4 C 79.6 54.6 80 52 78 50"), g.base.tone(.45))
		g.flat(shape("M 43 45 C 46 43.6 50 42.6 53.6 43 L 51 60.8 C 47 61 43 60.8 40 60.2 Z"), g.base.tone(-.22), .9)
		g.line(shape("M 44 50.4 C 47 49.4 50 49.2 52.4 49.8"), 1.3, hex(0xd8b06a), 1)
		g.shaft(shape("M 17.4 38.6 C 22 38.2 27 39.6 31 43.2 C 36 47 42 47.2 48 43.6 C 44 41.6 38 42.6 34 40.6 C 29 37.6 22 35.6 17.4 38.6 Z"))
		g.seam(shape("M 24 40 C 21.6 46 21.6 53 24 60"))
	})
}
