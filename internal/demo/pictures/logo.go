package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
)

var (
	brand = hex(0xa8432f) // the shop's terracotta
	paper = hex(0xfbf4ea)
	ink   = hex(0x2e2430)
)

// Logo draws the shop's mark, a sun rising over the sea, as a square PNG that
// also reads when cropped to a circle.
func Logo() ([]byte, error) {
	const pixels = 512
	c := newCanvas(pixels, pixels, pixels/units)
	all := shape("M 0 0 L 100 0 L 100 100 L 0 100 Z")
	c.fill(c.mask(all), nil, func(_, y int) (rgb, float64) {
		return brand.tone(.1).mix(brand.tone(-.14), float64(y)/pixels), 1
	})
	sky := c.mask(shape("M 0 0 L 100 0 L 100 57 L 0 57 Z"))
	c.fill(c.mask(oval(50, 57, 18, 18)), sky, solid(paper, 1))
	rays := shape("M 24.5 57 L 17 57 M 75.5 57 L 83 57 M 50 31.5 L 50 24 " +
		"M 32 39 L 26.7 33.7 M 68 39 L 73.3 33.7")
	c.fill(c.mask(rays.stroke(3.2, 3.2)), nil, solid(paper, 1))
	for i, half := range []float64{33, 25, 15} {
		y := 63.5 + 7*float64(i)
		c.fill(c.mask(shape(line(50-half, y, 50+half, y)).stroke(3.2, 3.2)), nil, solid(paper, 1))
	}
	return encodePNG(c.img)
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}
