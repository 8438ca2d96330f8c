// Package pictures draws what the demo shop shows: product illustrations, the
// logo, the size chart and the catalogue as a PDF. Everything is drawn by code
// from a short key, so the repository holds no binary files.
package pictures

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"strconv"
	"strings"
)

const (
	side     = 800       // pixels of a product picture's side
	maxBytes = 40 * 1000 // of a product picture
)

// silhouettes by the name used in a picture key.
var silhouettes = map[string]func(*garment){
	"vestido-midi": midiDress, "vestido-camisero": shirtDress, "vestido-largo": maxiDress,
	"vestido-corto": shortDress, "vestido-punto": knitDress,
	"camiseta": tee, "camiseta-larga": longTee, "tirantes": tank, "polo": polo,
	"camisa": shirt, "blusa": blouse,
	"sudadera": hoodie, "jersey": sweater, "cuello-alto": turtleneck, "cardigan": cardigan,
	"vaquero-recto": straightJeans, "vaquero-ancho": wideJeans, "chino": chinos,
	"pantalon-lino": linenTrousers, "short": shorts, "falda-plisada": pleatedSkirt, "falda-vaquera": denimSkirt,
	"abrigo": woolCoat, "gabardina": trench, "plumifero": puffer, "chaqueta-vaquera": denimJacket, "blazer": blazer,
	"zapatillas": sneakers, "botines": ankleBoots, "sandalias": sandals, "mocasines": loafers,
	"tote": tote, "bandolera": crossbody, "bufanda": scarf, "gorro": beanie, "gafas": sunglasses,
	"body": babyBody, "pelele": romper, "patucos": booties,
}

// grounds are the soft background tints by the name used in a picture key.
var grounds = map[string]rgb{
	"arena": hex(0xe9dccb), "rosa": hex(0xf0d5cf), "salvia": hex(0xd3ddcb),
	"cielo": hex(0xcfdfe6), "lila": hex(0xdcd6e6), "miel": hex(0xf1e0b8),
}

// Picture draws a product as a square JPEG of at most 40 kB. The key is
// "silhouette:rrggbb:pattern:ground", for example
// "vestido-midi:b5523b:flores:salvia". The same key gives the same bytes.
func Picture(key string) ([]byte, error) {
	img, err := drawProduct(key, side)
	if err != nil {
		return nil, err
	}
	for quality := 86; ; quality -= 6 {
		b, err := encodeJPEG(img, quality)
		if err != nil || len(b) <= maxBytes || quality <= 50 {
			return b, err
		}
	}
}

func drawProduct(key string, pixels int) (*image.RGBA, error) {
	parts := strings.Split(key, ":")
	if len(parts) != 4 {
		return nil, fmt.Errorf("picture key %q: want silhouette:colour:pattern:ground", key)
	}
	draw, known := silhouettes[parts[0]]
	colour, err := strconv.ParseUint(parts[1], 16, 24)
	print, printed := patterns[parts[2]]
	ground, grounded := grounds[parts[3]]
	if !known || err != nil || len(parts[1]) != 6 || !printed || !grounded {
		return nil, fmt.Errorf("picture key %q: unknown part", key)
	}
	g := &garment{
		canvas: newCanvas(pixels, pixels, float64(pixels)/units),
		base:   hex(uint32(colour)),
		print:  print,
	}
	g.backdrop(ground, len(parts[0])%2 == 0)
	draw(g)
	return g.img, nil
}

func encodeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}

// line and f write path data whose numbers are worked out.
func line(x0, y0, x1, y1 float64) string {
	return "M " + f(x0) + " " + f(y0) + " L " + f(x1) + " " + f(y1)
}

func f(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
