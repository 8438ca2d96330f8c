package pictures

var thread = hex(0xd9a55b) // the golden thread of denim

// waist is the waistband with belt loops and a button, over the last piece.
func (g *garment) waist(d string, loops []float64, y float64) {
	p := halves(d)
	g.flat(p, g.base.tone(-.12), 1)
	g.line(p, .35, g.base.tone(-.5), .7)
	for _, x := range loops {
		for _, side := range []float64{x, units - x} {
			loop := path{
				{'M', []point{{side - .7, y - .6}}}, {'L', []point{{side + .7, y - .6}}},
				{'L', []point{{side + .7, y + 5}}}, {'L', []point{{side - .7, y + 5}}}, {'Z', nil},
			}
			g.flat(loop, g.base.tone(.06), 1)
			g.line(loop, .25, g.base.tone(-.5), .8)
		}
	}
}

func (g *garment) trousers(half string, denim bool) {
	g.cloth(halves(half), 0, 0)
	g.line(shape("M 50 20 L 50 40"), .35, g.base.tone(-.5), .7)
	both(g.seam, "M 63 19.6 C 62.4 25 64.6 28.4 68.6 29.6")
	if denim {
		both(func(p path) { g.stitch(p, thread) }, "M 62 19.8 C 61.4 26 64 29.6 68.4 30.8")
		g.stitch(shape("M 54.2 20 L 54 31 C 53.4 34.6 52 36 50 37"), thread)
		both(g.seam, "M 64.8 24.2 L 67.6 23.4")
	}
	both(g.fold, "M 51 41 C 55 42.6 58 45 61 48.4")
	both(g.fold, "M 50.6 40 C 54 40 57.6 39 60.6 37")
}

func straightJeans(g *garment) {
	g.trousers("M 50 14 C 55 14 60 13.6 65.4 13 C 67 20 68.6 28 69.4 36 C 69.6 54 68.8 72 68.4 89 C 64 90.4 59.6 90.6 55 90 C 54.6 72 53.4 54 50.4 40.6 L 50 40.6", true)
	g.fadedLegs()
	both(func(p path) { g.stitch(p, thread) }, "M 54 86.4 L 69 85.6")
	g.waist("M 50 14 C 55 14 60 13.6 65.6 13 L 66.6 18.2 C 60 19 55 19.4 50 19.4", []float64{57, 64}, 13.8)
	g.button(50, 16.8, 1.1, hex(0xc98f4a))
}

// fadedLegs is the worn, lighter front of washed denim.
func (g *garment) fadedLegs() {
	for _, x := range []float64{61, 39} {
		g.glow(oval(x, 52, 3.4, 20), 20, g.base.tone(.55), .4)
	}
}

func wideJeans(g *garment) {
	g.trousers("M 50 12.6 C 55 12.6 59 12.2 63.4 11.6 C 66 20 68.8 28 70 37 C 73 55 76.4 72 79 89 C 72 91.6 64 92 57.4 91 C 56.6 73 54 54 50.4 41 L 50 41", true)
	g.fadedLegs()
	both(g.fold, "M 68 88 C 66.6 74 64.6 62 62.6 52")
	both(func(p path) { g.stitch(p, thread) }, "M 57.4 88.6 C 64 89.6 72 89 78.4 86.8")
	g.waist("M 50 12.6 C 55 12.6 59 12.2 63.6 11.6 L 65 17.4 C 59 18.4 55 18.6 50 18.6", []float64{56.4, 62.4}, 12.6)
	g.button(50, 15.6, 1.1, hex(0xc98f4a))
}

func chinos(g *garment) {
	g.trousers("M 50 14 C 55 14 60 13.6 65 13 C 67 20 68.8 28 69 36 C 68.4 54 66 72 64.6 88 C 61 89 57.6 89.2 54.4 88.6 C 54 70 53.4 54 50.4 40.6 L 50 40.6", false)
	both(g.seam, "M 60 43 C 60.6 58 60.4 73 59.6 88")
	both(g.seam, "M 54.6 85.4 C 58 86 61.6 85.8 65 84.8")
	g.waist("M 50 14 C 55 14 60 13.6 65.2 13 L 66.2 18 C 60 18.8 55 19.2 50 19.2", []float64{57, 64}, 13.8)
	g.button(50, 16.8, .95, g.base.tone(.6))
}

func linenTrousers(g *garment) {
	g.trousers("M 50 13 C 55 13 59 12.8 63.6 12 C 67 20 70 29 71.4 38 C 74.6 56 77 72 78.6 88 C 71.6 90.4 64 90.8 57 90 C 56.4 72 54 54 50.4 41.6 L 50 41.6", false)
	for _, d := range []string{"M 62 88 C 61.6 74 60 60 58 47", "M 71 87 C 69.6 74 67.4 60 64.6 48"} {
		both(g.fold, d)
	}
	for x := 51.5; x < 64; x += 2 {
		both(g.fold, line(x, 18, x+1.2, 25))
	}
	g.waist("M 50 13 C 55 13 59 12.8 63.8 12 L 65 17.4 C 59 18.4 55 18.6 50 18.6", nil, 0)
	g.bow(50, 19, g.base.tone(-.14))
}

func shorts(g *garment) {
	g.cloth(halves("M 50 26 C 56 26 61 25.6 67 24.6 C 70 32 73 44 76.6 66 C 69 69.6 62 70.8 55.4 70.4 C 55 63 53 58 50.4 54.6 L 50 54.6"), 0, 0)
	g.fadedLegs()
	g.line(shape("M 50 32 L 50 54"), .35, g.base.tone(-.5), .7)
	g.stitch(shape("M 54.6 32 L 54.4 44 C 53.8 48.6 52.4 50 50 51"), thread)
	both(g.seam, "M 64 31.6 C 63.4 37 66 40.6 71 42")
	both(func(p path) { g.stitch(p, thread) }, "M 63 31.8 C 62.4 38.2 65.4 41.8 71 43.3")
	both(g.fold, "M 51 55 C 56 56 60 58 63 61")
	both(func(p path) { g.part(p, g.base.tone(.12)) }, "M 55 66 C 62 66.6 69 65.4 76 61.8 L 77 66.6 C 70 70.4 62 71.6 55.2 71 Z")
	both(func(p path) { g.bare(p, .3, g.base.tone(-.2)) }, "M 55.4 67.2 C 62 67.8 69 66.4 76 63")
	g.last = g.mask(shape("M 0 0 L 100 0 L 100 60 L 0 60 Z"))
	g.waist("M 50 26 C 56 26 61 25.6 67.2 24.6 L 69 30.6 C 61 31.8 56 32.2 50 32.2", []float64{58, 65.4}, 25.6)
	g.button(50, 29.2, 1.15, hex(0xc98f4a))
}

func pleatedSkirt(g *garment) {
	g.cloth(halves("M 50 18 C 55 18 60 17.6 63.6 17 C 68 36 76 62 82 82 C 72 87 61 88.6 50 88.6"), 0, 0)
	for i := 1; i <= 6; i++ {
		x := float64(i)
		top, low := 50+x*2.1, 50+x*5
		if i%2 == 1 {
			both(func(p path) { g.flat(p, g.base.tone(-.35), .28) },
				line(top, 20, top+2.1, 20)+" L "+f(low+5)+" 92 L "+f(low)+" 92 Z")
		}
		both(g.seam, line(top, 20, low, 92))
	}
	g.flat(shape("M 47.9 20 L 52.1 20 L 55 92 L 45 92 Z"), g.base.tone(.5), .12)
	g.waist("M 50 17 C 55 17 60 16.6 63.6 16 L 64.8 22 C 60 22.8 55 23.2 50 23.2", nil, 0)
}

func denimSkirt(g *garment) {
	g.cloth(halves("M 50 24 C 56 24 61 23.6 66 22.8 C 70 34 74 54 76.6 74 C 68 77.4 59 78.4 50 78.4"), 0, 0)
	g.fadedLegs()
	g.placket(30, 80)
	g.buttons(50, 36, 9, 5, 1.15, hex(0xc98f4a))
	both(g.seam, "M 63.6 29.8 C 63 37 66 41 71.4 42.6")
	both(func(p path) { g.stitch(p, thread) }, "M 62.4 30 C 61.8 38 65.4 42.4 71.4 44")
	g.stitch(shape("M 24 71.6 C 34 75 42 75.6 50 75.6 C 58 75.6 66 75 76 71.6"), thread)
	g.waist("M 50 24 C 56 24 61 23.6 66.2 22.8 L 68 29.2 C 61 30.4 56 30.8 50 30.8", []float64{57.6, 64.4}, 24)
	g.button(50, 27.4, 1.2, hex(0xc98f4a))
}
