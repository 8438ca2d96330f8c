package pictures

// Coats and jackets, closed, seen from the front.

// front is a coat's body with its closing edge, overlap units off the middle.
func (g *garment) front(half string, overlap float64) {
	g.cloth(halves(half), 0, 0)
	g.line(shape(line(50-overlap, 20, 50-overlap, 95)), .4, g.base.tone(-.55), .7)
}

// lapels are a notched collar that closes depth units from the top.
func (g *garment) lapels(depth float64) {
	p := shape("M 58.6 16 C 61 17 63.4 19.4 64.6 23.4 L 69 29 L 62.6 32 L 64 35.4 C 60 " +
		f(depth-8) + " 53 " + f(depth) + " 50 " + f(depth+1) +
		" L 50 " + f(depth-3) + " C 55 36 58 26 58.6 16 Z")
	g.cloth(p.mirror(), .05, -.4)
	g.seam(p.mirror())
	g.cloth(p, .05, .4)
	g.seam(p)
	both(g.seam, "M 62.6 32 L 57.6 26.4")
}

func woolCoat(g *garment) {
	g.inside(halves("M 50 14.8 Q 56 15 61 17.6 C 59.6 28 56 38 50 44"))
	g.sleeves("M 64 18.6 C 72 20 75.4 27 77.6 37 C 80.4 49 82 60 83 71 L 73.4 73 C 72 61 69.6 49 65 40 Z", -.22)
	g.front("M 50 40 C 55 35 59 26 60 16.6 C 62 17.4 64.6 18.4 67 19.4 C 66.2 27 66.4 35 67 41 C 66.6 58 69.6 76 71.4 92 C 64 94 57 94.4 50 94.4", 7.4)
	both(g.seam, "M 66.6 20 C 66 27 66 34 66.8 40")
	both(g.fold, "M 66.6 43 C 63 48 60 50 57.4 50.6")
	both(g.fold, "M 68.6 90 C 67 80 65.6 70 64.6 60")
	both(func(p path) { g.flat(p, g.base.tone(-.14), 1); g.seam(p) }, "M 59 62.4 L 67 61 L 67.4 64 L 59.4 65.4 Z")
	for _, x := range []float64{44.6, 55.4} {
		g.buttons(x, 48.4, 11, 3, 1.4, hex(0x5b3a2a))
	}
	g.lapels(46)
}

func trench(g *garment) {
	g.inside(halves("M 50 13.8 Q 56 14 61 16.6 C 59.6 26 56 35 50 40"))
	g.sleeves("M 64 17.6 C 72 19 75.4 26 77.6 36 C 80.4 48 82.4 59 83.4 70 L 74 72 C 72 60 69.6 48 65 39 Z", -.22)
	both(g.strap, "M 73 61.6 L 82.6 59.8 L 83 63 L 73.4 64.8 Z")
	g.front("M 50 36 C 55 32 59 24 60 15.6 C 62 16.4 64.6 17.4 67 18.4 C 66.2 26 66 34 66.4 40 C 65 45 64 50 64.4 54 C 67.6 66 71.4 80 73.4 91 C 66 94 58 94.6 50 94.6", 7)
	both(func(p path) { g.flat(p, g.base.tone(.06), 1); g.seam(p) }, "M 66.8 19 C 60 22 56 30 55.4 36 C 59 38 63 38.4 66.6 37 Z")
	both(g.seam, "M 66.6 19 C 66 27 66 34 66.6 39")
	both(g.fold, "M 70 89 C 67.4 78 65 68 62.4 60")
	both(func(p path) { g.flat(p, g.base.tone(-.12), 1); g.seam(p) }, "M 58 64.6 L 66.6 61.4 L 67.6 64.6 L 59 67.8 Z")
	for _, x := range []float64{44.8, 55.2} {
		g.buttons(x, 42.4, 22, 3, 1.25, hex(0x6b4a33))
	}
	belt := halves("M 50 51 C 56 51 61 50.4 66 49.4 L 66 54 C 61 55 56 55.6 50 55.6")
	g.flat(belt, g.base.tone(-.16), 1)
	g.line(belt, .35, g.base.tone(-.55), .7)
	g.part(shape("M 46.6 49.8 L 54.8 49.8 L 54.8 56.8 L 46.6 56.8 Z"), hex(0x6b4a33))
	g.part(shape("M 48.4 51.4 L 53 51.4 L 53 55.2 L 48.4 55.2 Z"), g.base.tone(-.16))
	g.part(shape("M 55 52 L 61 53.4 L 63.6 68 L 60 69 L 57 55.8 Z"), g.base.tone(-.1))
	g.lapels(39)
}

func (g *garment) strap(p path) {
	g.flat(p, g.base.tone(-.2), 1)
	g.part(p, g.base.tone(-.14))
}

func puffer(g *garment) {
	arm := []string{
		"M 64 22 C 72 22 78 27 80 35 C 78 40 72 43 66 42 Z",
		"M 66.6 38.4 C 72 40 78 38 80.6 34 C 83.4 38 84.8 43 85.2 48 C 81 53 75 54.6 70.4 53 Z",
		"M 70 50 C 75 52 81 50.6 85 46.6 C 87 51 88 56 88 61 C 84 65.6 78 67 73 65 Z",
		"M 73 62.6 C 78 64.6 84 63.4 87.8 59.8 C 88.8 64 89 69 88.2 73 C 84.4 76.4 78.6 77.2 74.6 75.6 Z",
	}
	for i := len(arm) - 1; i >= 0; i-- {
		both(func(p path) { g.cloth(p, -.04, 0) }, arm[i])
	}
	for i, y := range []float64{70.6, 60, 49.4, 38.8, 28.2} {
		w := []float64{19.6, 19.8, 19.4, 18.8, 18}[i]
		g.cloth(halves("M 50 "+f(y-6)+" C 56 "+f(y-6.4)+" 62 "+f(y-6)+" "+f(50+w-1.4)+" "+f(y-5.2)+
			" C "+f(50+w+1.4)+" "+f(y)+" "+f(50+w+1.2)+" "+f(y+5)+" "+f(50+w-.6)+" "+f(y+7.4)+
			" C 62 "+f(y+9)+" 56 "+f(y+9)+" 50 "+f(y+9)), 0, 0)
		both(g.fold, line(50+w-1, y+4, 50+w-8, y+1))
		both(g.fold, line(51.6, y+5, 56, y+1.4))
	}
	g.cloth(halves("M 50 12.6 C 56 12.6 60 13.6 62 15.6 C 63 19 64 22.6 65.4 25.6 C 61 29.6 55 31.4 50 31.4"), .04, 0)
	both(g.fold, "M 62 27 C 60 24 57 22 54 21.6")
	g.bare(shape("M 50 14 L 50 78"), 1.5, g.base.tone(-.5))
	g.bare(shape("M 50 14 L 50 78").dashes(.5, .5), .8, hex(0xcfc8bd))
	g.part(shape("M 48.9 29 L 51.1 29 L 51.5 34 L 48.5 34 Z"), hex(0xcfc8bd))
}

func denimJacket(g *garment) {
	g.inside(shape("M 41 19 Q 50 16 59 19 C 57 25 54 28 50 28.6 C 46 28 43 25 41 19 Z"))
	g.sleeves("M 64 20 C 73 22 76.6 29 79 39.6 C 81.6 51 83.4 61 84.6 71 L 75 73 C 73 61.6 70.4 51 65 41.6 Z", -.22)
	both(func(p path) { g.cloth(p, -.12, -.22) }, "M 74.2 67.6 L 84 65.6 L 85.2 72.2 L 75.2 74.2 Z")
	g.cloth(halves("M 50 26 C 55 25 58.5 23 59.6 18.4 C 62 19.2 64.6 20.2 67 21.2 C 66.4 28 66.4 35 67.4 42 C 67.2 52 66.6 62 66 70 C 61 71 55 71.4 50 71.4"), 0, 0)
	both(g.seam, "M 66.6 21.4 C 66 28 66 35 67 42")
	yoke := "M 50 34 C 56 35 61 36 66.8 35.6"
	both(g.seam, yoke)
	both(func(p path) { g.stitch(p, thread) }, "M 50 35.2 C 56 36.2 61 37.2 66.8 36.8")
	for _, d := range []string{"M 54.6 47 C 55.4 56 55.4 63 54.6 71", "M 64 47 C 63 56 61.6 63 60 71"} {
		both(g.seam, d)
		both(func(p path) { g.stitch(p.mapped(func(q point) point { return point{q.x + .9, q.y} }), thread) }, d)
	}
	both(func(p path) { g.flat(p, g.base.tone(.1), 1); g.seam(p) }, "M 54.6 36.2 L 64.6 36.8 L 64.4 41 L 59.4 45 L 54.6 41 Z")
	both(func(p path) { g.stitch(p, thread) }, "M 55.2 40.4 L 59.4 43.8 L 63.8 40.4")
	for _, x := range []float64{59.4, 40.6} {
		g.button(x, 41.4, .95, hex(0xc98f4a))
	}
	g.placket(25, 76)
	g.buttons(50, 31.6, 8.4, 5, 1.05, hex(0xc98f4a))
	body := g.last
	g.cloth(halves("M 50 69.6 C 55 69.6 61 69.2 66.4 68.2 L 66.6 75.4 C 61 76.6 55 77 50 77"), -.08, 0)
	both(func(p path) { g.stitch(p, thread) }, "M 50 71 C 55 71 61 70.6 66 69.8")
	g.button(50, 73.4, 1.05, hex(0xc98f4a))
	g.last = body
	both(func(p path) { g.cloth(p, .06, .5) },
		"M 58.8 15.4 C 61.6 16.6 63.8 19 65 22.8 C 62.6 26.6 59.6 29.4 56 31.6 C 53.8 29.6 51.6 28.4 50 28 C 54 26 57.6 21.4 58.8 15.4 Z")
}

func blazer(g *garment) {
	g.inside(halves("M 50 14.8 Q 56 15 61 17.6 C 59.6 30 56 42 50 54"))
	g.flat(shape("M 43 15 L 57 15 L 51 52 L 49 52 Z"), hex(0xf7f1e6), .95)
	g.sleeves("M 64 18.6 C 72 20 75.4 27 77.6 37 C 80.4 49 82 60 83 71 L 74 73 C 72 61 69.6 49 65 40 Z", -.22)
	g.front("M 50 52 C 55 40 59 28 60 16.6 C 62 17.4 64.6 18.4 67 19.4 C 66.2 27 66 34 66.6 41 C 65 47 64.4 51 64.8 55 C 66.6 64 68 72 68.8 80 C 64 83.4 57 83.6 50 80.6", 0)
	both(g.seam, "M 66.6 20 C 66 27 66 34 66.4 40")
	both(g.seam, "M 59 44 C 59.6 52 59 60 59.6 66")
	both(func(p path) { g.flat(p, g.base.tone(-.14), 1); g.seam(p) }, "M 56.4 63.6 L 66 62.4 L 66.4 65.6 L 56.8 66.8 Z")
	g.buttons(50, 57.4, 9, 2, 1.25, hex(0x4a3325))
	g.lapels(53)
	g.flat(shape("M 58 40 L 64 39 L 64.2 41 L 58.2 42 Z"), g.base.tone(-.2), 1)
}
