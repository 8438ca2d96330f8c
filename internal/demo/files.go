package demo

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"recado/internal/demo/pictures"
)

// Files draws the demo's pictures and documents when they are first asked for
// and keeps them, about 2 MB in all. It is safe for concurrent use.
//
// The names are "logo.png", "guia-de-tallas.png", "catalogo.pdf" and, for each
// product, "productos/<sku>.jpg".
type Files struct {
	content *Content
	mu      sync.Mutex
	made    map[string]func() ([]byte, error)
}

// NewFiles makes the files of c's products and rules.
func NewFiles(c *Content) *Files {
	return &Files{content: c, made: map[string]func() ([]byte, error){}}
}

// Open returns a file's bytes, which the caller must not change, and its MIME
// type. An unknown name is fs.ErrNotExist.
func (f *Files) Open(name string) (data []byte, mime string, err error) {
	draw, err := f.drawer(name)
	if err != nil {
		return nil, "", err
	}
	data, err = draw()
	return data, mimeTypes[path.Ext(name)], err
}

var mimeTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".pdf": "application/pdf"}

// drawer returns the function that draws name once, however many ask for it.
func (f *Files) drawer(name string) (func() ([]byte, error), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if draw, ok := f.made[name]; ok {
		return draw, nil
	}
	draw := f.source(name)
	if draw == nil {
		return nil, fmt.Errorf("demo file %q: %w", name, fs.ErrNotExist)
	}
	f.made[name] = sync.OnceValues(draw)
	return f.made[name], nil
}

func (f *Files) source(name string) func() ([]byte, error) {
	switch name {
	case "logo.png":
		return pictures.Logo
	case "guia-de-tallas.png":
		return pictures.SizeChart
	case "catalogo.pdf":
		return f.catalogue
	}
	sku, isProduct := strings.CutPrefix(strings.TrimSuffix(name, ".jpg"), "productos/")
	p, known := f.content.Product(sku)
	if !isProduct || !known || path.Ext(name) != ".jpg" {
		return nil
	}
	return func() ([]byte, error) { return pictures.Picture(p.Picture) }
}

// PictureName is the file name of a product's picture.
func PictureName(p Product) string { return "productos/" + p.SKU + ".jpg" }

func (f *Files) catalogue() ([]byte, error) {
	var items []pictures.Item
	for _, p := range f.content.Products {
		b, _, err := f.Open(PictureName(p))
		if err != nil {
			return nil, err
		}
		items = append(items, pictures.Item{
			Name: p.Name, Detail: "Ref. " + p.SKU, Price: Price(p.Price, "es"), Picture: b,
		})
	}
	return pictures.Catalogue("Catálogo de "+f.content.Shop.Name, f.content.Shop.Tagline, items)
}
