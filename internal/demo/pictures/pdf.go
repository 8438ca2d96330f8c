package pictures

import (
	"bytes"
	"fmt"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// pdf writes a PDF 1.4 file (ISO 32000-1) of text in the standard Helvetica
// faces, filled rectangles and JPEG pictures: all a catalogue needs. Objects
// are numbered in the order they are added, from 1; the first four are fixed.
type pdf struct {
	out     bytes.Buffer
	offsets []int // of each object
	pages   []int // object numbers
	title   string
}

const (
	rootObject = iota + 1
	pagesObject
	regularObject
	boldObject
	infoObject
	fixedObjects = infoObject
)

type typeface string

const (
	regular typeface = "F1"
	bold    typeface = "F2"
)

func newPDF(title string) *pdf {
	d := &pdf{title: title, offsets: make([]int, fixedObjects)}
	d.out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	return d
}

// object writes an object and returns its number; number 0 means the next one.
func (d *pdf) object(number int, body string, stream []byte) int {
	if number == 0 {
		d.offsets = append(d.offsets, 0)
		number = len(d.offsets)
	}
	d.offsets[number-1] = d.out.Len()
	fmt.Fprintf(&d.out, "%d 0 obj\n%s\n", number, body)
	if stream != nil {
		d.out.WriteString("stream\n")
		d.out.Write(stream)
		d.out.WriteString("\nendstream\n")
	}
	d.out.WriteString("endobj\n")
	return number
}

// jpeg embeds a square RGB JPEG as it is and returns its object number.
func (d *pdf) jpeg(b []byte, pixels int) int {
	return d.object(0, fmt.Sprintf("<< /Type /XObject /Subtype /Image /Width %d /Height %d "+
		"/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>", pixels, pixels, len(b)), b)
}

// page collects drawing commands; the origin is the lower left corner, in
// points.
type page struct {
	commands bytes.Buffer
	images   []int
}

func (d *pdf) page() *page { return &page{} }

func (p *page) rect(x, y, w, h float64, c rgb) {
	fmt.Fprintf(&p.commands, "%s rg %.2f %.2f %.2f %.2f re f\n", c.pdf(), x, y, w, h)
}

func (p *page) image(object int, x, y, w, h float64) {
	p.images = append(p.images, object)
	fmt.Fprintf(&p.commands, "q %.2f 0 0 %.2f %.2f %.2f cm /I%d Do Q\n", w, h, x, y, object)
}

func (p *page) text(face typeface, size, x, y float64, c rgb, s string) {
	fmt.Fprintf(&p.commands, "BT %s rg /%s %.1f Tf %.2f %.2f Td %s Tj ET\n", c.pdf(), face, size, x, y, literal(s))
}

func (c rgb) pdf() string { return fmt.Sprintf("%.3f %.3f %.3f", c.r/255, c.g/255, c.b/255) }

// literal is a PDF string in WinAnsiEncoding, which is Windows-1252.
func literal(s string) string {
	enc := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder())
	b, err := enc.Bytes([]byte(s))
	if err != nil {
		b = nil // only for invalid UTF-8, which has no text to show
	}
	var out bytes.Buffer
	out.WriteByte('(')
	for _, c := range b {
		if c == '(' || c == ')' || c == '\\' {
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	out.WriteByte(')')
	return out.String()
}

func (d *pdf) add(p *page) {
	stream := p.commands.Bytes()
	content := d.object(0, fmt.Sprintf("<< /Length %d >>", len(stream)), stream)
	var images bytes.Buffer
	for _, n := range p.images {
		fmt.Fprintf(&images, "/I%d %d 0 R ", n, n)
	}
	d.pages = append(d.pages, d.object(0, fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %d %d] "+
		"/Contents %d 0 R /Resources << /Font << /%s %d 0 R /%s %d 0 R >> /XObject << %s>> >> >>",
		pagesObject, pageWidth, pageHeight, content, regular, regularObject, bold, boldObject, images.String()), nil))
}

// bytes finishes the file: the fixed objects, the cross-reference table and
// the trailer.
func (d *pdf) bytes() []byte {
	var kids bytes.Buffer
	for _, n := range d.pages {
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	font := "<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
	d.object(rootObject, fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /Lang (es) >>", pagesObject), nil)
	d.object(pagesObject, fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(d.pages), kids.String()), nil)
	d.object(regularObject, fmt.Sprintf(font, "Helvetica"), nil)
	d.object(boldObject, fmt.Sprintf(font, "Helvetica-Bold"), nil)
	d.object(infoObject, fmt.Sprintf("<< /Title %s >>", literal(d.title)), nil)
	start := d.out.Len()
	fmt.Fprintf(&d.out, "xref\n0 %d\n0000000000 65535 f \n", len(d.offsets)+1)
	for _, at := range d.offsets {
		fmt.Fprintf(&d.out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&d.out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n",
		len(d.offsets)+1, rootObject, infoObject, start)
	return d.out.Bytes()
}
