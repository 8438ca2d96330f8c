package pictures

// Upper-body garments, laid flat and seen from the front.

const (
	shirtSleeve = "M 64 22 C 71 24 75.5 29 86 44 L 76 51.5 C 71.5 46.5 68 43 65 41 Z"
	longSleeve  = "M 64 22 C 72 24 75 30 78 40 C 81 51 84 64 86 75.5 L 77 77.5 C 74 66 71 52 65 42 Z"
)

func (g *garment) neckHole() {
	g.inside(shape("M 41 21 Q 50 18.6 59 21 C 58.5 27.5 55 31.5 50 31.5 C 45 31.5 41.5 27.5 41 21 Z"))
	g.flat(shape("M 46.8 20.9 L 53.2 20.9 L 53.2 23.4 L 46.8 23.4 Z"), hex(0xf7f1e6), .9)
}

const roundNeck = "M 41 20.6 C 41.5 27.2 45 30.8 50 30.8 C 55 30.8 58.5 27.2 59 20.6"

func (g *garment) torso() {
	g.cloth(halves("M 50 30.5 C 55 30.5 58.5 27 59 20.5 C 61 21.3 64 22 66.5 23 C 66.2 30 66 36 67.2 43 C 67.4 56 67.8 70 68.5 82 C 62 83.6 56 84 50 84"), 0, 0)
	both(g.fold, "M 66.5 43 C 63 47 60 49 57 50")
	both(g.fold, "M 68 80 C 65 74 64 68 64.5 61")
}

func tee(g *garment) {
	g.neckHole()
	g.sleeves(shirtSleeve, -.8)
	both(func(p path) { g.bare(p, .3, g.base.tone(-.22)) }, "M 84.4 45.1 L 75 50.5")
	g.torso()
	g.trim(shape(roundNeck), 2.2)
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67 42")
	g.stitch(shape("M 30 80.6 C 38 82.2 44 82.4 50 82.4 C 56 82.4 62 82.2 70 80.6"), g.base.tone(-.4))
}

func longTee(g *garment) {
	g.neckHole()
	g.sleeves(longSleeve, -.22)
	g.torso()
	g.trim(shape(roundNeck), 2)
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67 42")
}

func tank(g *garment) {
	g.inside(shape("M 39.5 17 Q 50 30 60.5 17 L 62 22 C 61 35 56 40 50 40 C 44 40 39 35 38 22 Z"))
	g.cloth(halves("M 50 38.5 C 56.5 38.5 60 31 60.2 16.5 L 65.4 16.5 C 65.6 28 66 36 69.5 42.5 C 68.8 56 69.5 70 71 82.5 C 63 84.4 56 84.8 50 84.8"), 0, 0)
	g.trim(shape("M 39.8 16 C 40 31 43.5 38.2 50 38.2 C 56.5 38.2 60 31 60.2 16"), 1.5)
	both(func(p path) { g.trim(p, 1.5) }, "M 65.2 16 C 65.4 28 66 36 69.7 42.7")
	both(g.fold, "M 69 44 C 65 48 61 50 58 51")
	both(g.fold, "M 70 81 C 67 75 66 69 66 62")
}

func polo(g *garment) {
	g.neckHole()
	g.sleeves(shirtSleeve, -.8)
	g.torso()
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67 42")
	g.placket(30, 46)
	g.buttons(50, 34, 4.6, 3, .85, g.base.tone(.7))
	g.collar()
}

func (g *garment) placket(top, bottom float64) {
	p := path{
		{'M', []point{{47.6, top}}}, {'L', []point{{52.4, top}}},
		{'L', []point{{52.4, bottom}}}, {'L', []point{{47.6, bottom}}}, {'Z', nil},
	}
	g.flat(p, g.base.tone(-.1), 1)
	g.line(p, .3, g.base.tone(-.5), .5)
}

func (g *garment) collar() {
	both(func(p path) { g.cloth(p, .06, .5) },
		"M 58.6 18.4 C 61 19.4 62.6 21.4 63.4 24.4 C 61 27.6 58.6 30 55.6 32.2 C 53.6 30.6 51.6 29.6 50 29.4 C 54 27.6 57.4 24 58.6 18.4 Z")
}

func shirt(g *garment) {
	g.neckHole()
	g.sleeves(longSleeve, -.22)
	both(g.cuff, "M 77 72.2 L 85.4 70.4 L 86.6 77.4 L 77.8 79 Z")
	g.cloth(halves("M 50 28 C 55 27 58.5 25 59 20.5 C 61 21.3 64 22 66.5 23 C 66.2 30 66 36 67.2 43 C 67.4 56 67.8 68 68.5 78 C 65 82.5 58 85.6 50 86"), 0, 0)
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67 42")
	both(g.fold, "M 66.5 43 C 63 47 60 49 57 50")
	both(g.fold, "M 68 78 C 65 72 64 68 64.5 61")
	g.placket(26, 90)
	g.buttons(50, 35, 8.4, 6, .85, g.base.tone(.75))
	pocket := shape("M 56 41 L 63.6 41 L 63.6 48.6 L 59.8 51 L 56 48.6 Z")
	g.flat(pocket, g.base.tone(-.12), .45)
	g.seam(pocket)
	g.collar()
}

func (g *garment) cuff(p path) { g.cloth(p, -.12, -.22) }

func blouse(g *garment) {
	g.inside(shape("M 39 22 Q 50 18.6 61 22 C 60 33 55 41 50 43 C 45 41 40 33 39 22 Z"))
	g.sleeves("M 64 22.6 C 75 22 83 33 87 47 C 89 55 88.6 61 86.4 65.4 C 83 67.4 79.6 67.6 76.4 66 C 75.4 57 71 47 65 42 Z", -.6)
	both(g.cuff, "M 76 64.6 C 79.6 66.4 83.2 66 86.8 63.8 L 87.4 68.4 C 83.6 70.6 79.6 71 76 69.4 Z")
	g.cloth(halves("M 50 44 C 54 39 59 31 60 20.8 C 62 21.6 64 22.2 66.5 23 C 66.2 30 66 36 67.2 43 C 66 52 67 60 71 82 C 64 84.6 57 85 50 85"), 0, 0)
	both(func(p path) { g.trim(p, 1.5) }, "M 50 44 C 54 39 59 31 60.2 20.4")
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67 42")
	both(g.fold, "M 60 26 C 60 34 58 41 55 47")
	both(g.fold, "M 58 84 C 58 74 57 66 55 58")
	both(g.fold, "M 67 84 C 65 76 64 68 62 60")
	g.bow(50, 45.4, g.base.tone(-.2))
}

func (g *garment) bow(x, y float64, c rgb) {
	from := func(d string) path {
		return shape(d).mapped(func(q point) point { return point{q.x - 50 + x, q.y - 50 + y} })
	}
	for _, d := range []string{
		"M 50 50 C 52 53 53 57 52.6 61 L 54.6 60 C 55 56 53 52 51 49.6 Z",
		"M 50 50 C 53 46 57 45 58 47 C 58.6 50 55 52.4 50 50.6 Z",
	} {
		g.part(from(d), c)
		g.part(from(d).mapped(func(q point) point { return point{2*x - q.x, q.y} }), c)
	}
	g.part(oval(x, y+.2, 1.3, 1.5), c.tone(-.1))
}

func sweater(g *garment) {
	g.neckHole()
	g.knitSleeves()
	g.torsoKnit()
	g.band(roundNeck, 3.4)
}

func turtleneck(g *garment) {
	g.knitSleeves()
	g.torsoKnit()
	g.part(halves("M 50 12.6 C 55 12.6 58 13.4 58.8 14.6 C 58.8 18.6 59.6 22 60.6 26 C 57.6 29.6 54 31 50 31"), g.base.tone(-.06))
	for x := 41.0; x <= 59; x += 1.8 {
		g.line(shape(line(x, 12, 50+(x-50)*1.1, 31)), .4, g.base.tone(-.45), .4)
	}
	g.line(shape("M 40 21.6 C 44 24 56 24 60 21.6"), .6, g.base.tone(-.5), .45)
}

func (g *garment) knitSleeves() {
	g.sleeves("M 63 22 C 72 23 76 30 79 41 C 82 53 84.6 64 86.4 76 L 76 78 C 73.4 66 71 54 65 44 Z", -.22)
	both(g.rib, "M 75.6 73.4 L 86 71.4 L 87.2 78.4 L 76.6 80.4 Z")
}

func (g *garment) torsoKnit() {
	g.cloth(halves("M 50 30.5 C 55 30.5 58.5 27 59 20.5 C 61 21.3 64 22 66.5 23 C 66.2 30 66 36 67.6 43 C 68.4 56 68.8 68 68.8 79 C 62 80.6 56 81 50 81"), 0, 0)
	both(g.seam, "M 66.4 23 C 66.1 30 66 36 67.4 42")
	both(g.fold, "M 66.5 43 C 63 47 60 49 57 50")
	body := g.last
	g.rib(halves("M 50 78 C 56 78 62 77.6 68.6 76.4 L 68 84 C 62 85.4 56 85.8 50 85.8"))
	g.last = body
}

// rib is a cuff or hem of ribbed knit.
func (g *garment) rib(p path) {
	g.part(p, g.base.tone(-.1))
	box := g.last.Rect
	left, right := float64(box.Min.X)/g.scale-g.dx, float64(box.Max.X)/g.scale-g.dx
	top, bottom := float64(box.Min.Y)/g.scale-g.dy, float64(box.Max.Y)/g.scale-g.dy
	for x := left; x < right; x += 1.5 {
		g.line(shape(line(x, top, x, bottom)), .4, g.base.tone(-.5), .4)
	}
}

// band is a wide neckline rib with short ribs across it.
func (g *garment) band(d string, width float64) {
	g.trim(shape(d), width)
	g.line(shape(d), width*.86, g.base.tone(-.1), .5)
}

func cardigan(g *garment) {
	g.inside(shape("M 40 20.6 Q 50 18 60 20.6 C 59 40 54 52 50 56 C 46 52 41 40 40 20.6 Z"))
	g.knitSleeves()
	both(func(p path) {
		g.cloth(p, 0, 0)
		g.fold(shape("M 66.5 43 C 63 47 60 49 57 50"))
		pocket := "M 56 66 L 65.6 66 L 65.8 77 L 56 77 Z"
		both(func(p path) { g.flat(p, g.base.tone(-.08), .8) }, pocket)
		both(g.seam, pocket)
	}, "M 51 84 L 51 55 C 55 47 59.4 36 60.4 20.8 L 66.5 23 C 66.2 30 66 36 67.6 43 C 68.4 56 68.8 70 68.8 83 C 63 84.6 57 85 51 85 Z")
	edge := "M 51.4 83.4 L 51.4 55 C 55.4 47 59.4 36 60.6 22.6"
	both(func(p path) { g.bare(p, 3.2, g.base.tone(-.14)) }, edge)
	both(func(p path) { g.bare(p, .25, g.base.tone(-.3)) }, edge)
	for y := 58.0; y < 84; y += 6.2 {
		g.part(oval(50.6, y, 1.15, 1.15), hex(0x8a5a3c))
	}
}

func hoodie(g *garment) {
	g.knitSleeves()
	g.torsoKnit()
	g.seam(shape("M 37 76 L 40.4 58 L 59.6 58 L 63 76"))
	g.flat(shape("M 37 76 L 40.4 58 L 59.6 58 L 63 76 Z"), g.base.tone(-.1), .55)
	g.part(halves("M 50 11.6 C 60 11.6 66.4 17.6 66 26 C 63 31 57 35 50 38.6"), g.base.tone(.04))
	g.inside(halves("M 50 15.6 C 56.6 15.6 61 20 60.6 25 C 58 29.4 54 32.4 50 35"))
	g.flat(halves("M 50 15.6 C 56.6 15.6 61 20 60.6 22 C 56 19.6 53 19 50 19"), hex(0x231a2b), .25)
	both(func(p path) { g.bare(p, .85, hex(0xf3ece0)) }, "M 53.6 33.4 Q 54.2 42 53.6 49")
	both(func(p path) { g.bare(p, 1.1, hex(0xb9a892)) }, "M 53.6 48.2 L 53.6 50")
}
