package file

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// What was written about a picture is removed by copying only the parts that draw it:
// nothing is decoded or compressed again, so no quality is lost and no decoder is exposed.
// Of EXIF only the orientation is kept, for without it phone pictures lie on their side.
// GIF carries no camera data and is copied as it is; sound, film and documents too.

var errMalformed = errors.New("malformed picture")

// strip copies the picture src to dst without its metadata. turned reports that it is to be
// shown rotated by a quarter turn, so that width and height change places.
func strip(dst *temp, src io.Reader, mime string) (turned bool, err error) {
	r, w := bufio.NewReaderSize(src, 64<<10), bufio.NewWriterSize(dst, 64<<10)
	switch mime {
	case "image/jpeg":
		turned, err = stripJPEG(w, r)
	case "image/png":
		err = stripPNG(w, r)
	case "image/webp":
		err = stripWebP(w, r)
	default:
		_, err = io.Copy(w, r)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errMalformed // it ended where it may not
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil && mime == "image/webp" {
		err = patchRIFF(dst)
	}
	return turned, err
}

// JPEG markers, ITU-T T.81 table B.1.
const (
	markerRST0  = 0xD0
	markerRST7  = 0xD7
	markerSOI   = 0xD8
	markerEOI   = 0xD9
	markerSOS   = 0xDA
	markerAPP0  = 0xE0
	markerAPP1  = 0xE1
	markerAPP15 = 0xEF
	markerCOM   = 0xFE
)

// stripJPEG drops comments, all application segments but those that govern colours, and
// whatever follows the end of the picture (phones hide previews and short films there).
func stripJPEG(w *bufio.Writer, r *bufio.Reader) (turned bool, err error) {
	if m, err := nextMarker(r); err != nil || m != markerSOI {
		return false, errMalformed
	}
	w.Write([]byte{0xFF, markerSOI}) //nolint:errcheck // a bufio.Writer keeps its error for Flush
	oriented := false
	m, err := nextMarker(r)
	for err == nil && m != markerEOI {
		var body []byte
		if body, err = segment(r, m); err != nil {
			break
		}
		if m == markerAPP1 && !oriented { // the first one counts
			if o := orientation(body); o > 0 {
				oriented, turned = true, o >= 5
				writeSegment(w, markerAPP1, exifOrientation(o))
			}
		}
		if keepSegment(m, body) {
			writeSegment(w, m, body)
		}
		if m == markerSOS {
			m, err = copyScan(w, r)
		} else {
			m, err = nextMarker(r)
		}
	}
	w.Write([]byte{0xFF, markerEOI}) //nolint:errcheck // as above
	return turned, err
}

// nextMarker skips to 0xFF, reads any number of them, and returns the marker's second
// byte. Stray bytes between segments, which viewers forgive, are dropped.
func nextMarker(r *bufio.Reader) (byte, error) {
	var last byte
	for {
		b, err := r.ReadByte()
		if err != nil || (last == 0xFF && b != 0xFF && b != 0) {
			return b, err
		}
		last = b
	}
}

func segment(r *bufio.Reader, marker byte) ([]byte, error) {
	if marker < 0xC0 || (marker >= markerRST0 && marker <= markerSOI) {
		return nil, errMalformed // these have no body and no place here
	}
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(size[:]))
	if n < 2 {
		return nil, errMalformed
	}
	body := make([]byte, n-2)
	_, err := io.ReadFull(r, body)
	return body, err
}

func writeSegment(w *bufio.Writer, marker byte, body []byte) {
	head := []byte{0xFF, marker, 0, 0}
	binary.BigEndian.PutUint16(head[2:], uint16(len(body)+2))
	w.Write(head) //nolint:errcheck // a bufio.Writer keeps its error for Flush
	w.Write(body) //nolint:errcheck // as above
}

func keepSegment(marker byte, body []byte) bool {
	switch {
	case marker == markerCOM:
		return false
	case marker < markerAPP0 || marker > markerAPP15:
		return true
	}
	return marker == markerAPP0 && bytes.HasPrefix(body, []byte("JFIF\x00")) ||
		marker == markerAPP0+2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) ||
		marker == markerAPP0+14 && bytes.HasPrefix(body, []byte("Adobe"))
}

// copyScan copies entropy-coded data and returns the marker behind it. A scan that is cut
// short, which viewers forgive, counts as followed by the end.
func copyScan(w *bufio.Writer, r *bufio.Reader) (marker byte, err error) {
	for {
		b, err := r.ReadSlice(0xFF)
		if err == bufio.ErrBufferFull {
			w.Write(b) //nolint:errcheck // a bufio.Writer keeps its error for Flush
			continue
		}
		w.Write(bytes.TrimSuffix(b, []byte{0xFF})) //nolint:errcheck // as above
		var next byte
		if err == nil {
			next, err = r.ReadByte()
		}
		switch {
		case err == io.EOF:
			return markerEOI, nil
		case err != nil:
			return 0, err
		case next == 0xFF: // filling; this one may begin the marker
			err = r.UnreadByte()
		case next != 0 && (next < markerRST0 || next > markerRST7):
			return next, nil
		default: // a stuffed 0xFF or a restart: both belong to the scan
			_, err = w.Write([]byte{0xFF, next})
		}
		if err != nil {
			return 0, err
		}
	}
}

const exifHead = "Exif\x00\x00"

// orientation finds tag 0x0112 in the first directory of an EXIF segment (CIPA DC-008
// section 4.6.4): 1 upright to 8, where 5 and above lie on their side; 0 if there is none.
func orientation(b []byte) int {
	t, ok := bytes.CutPrefix(b, []byte(exifHead))
	if !ok || len(t) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(t[4:]))
	if at+2 > int64(len(t)) {
		return 0
	}
	entries := t[at+2:]
	for n := order.Uint16(t[at:]); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == 0x0112 {
			if v := order.Uint16(entries[8:]); v <= 8 {
				return int(v)
			}
			return 0
		}
		entries = entries[12:]
	}
	return 0
}

// exifOrientation is the smallest EXIF segment that says how to turn the picture: a
// big-endian TIFF header and one directory of one SHORT.
func exifOrientation(o int) []byte {
	b := []byte(exifHead + "MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	b[len(exifHead)+19] = byte(o)
	return b
}

// pngKept are the ancillary chunks (PNG, third edition, section 11.3) that draw: colour,
// transparency, size and animation. Critical chunks begin with a capital and are all kept.
var pngKept = map[string]bool{
	"tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "sBIT": true, "cICP": true, "mDCV": true,
	"cLLI": true, "bKGD": true, "pHYs": true, "acTL": true, "fcTL": true, "fdAT": true,
}

func stripPNG(w *bufio.Writer, r *bufio.Reader) error {
	if _, err := io.CopyN(w, r, 8); err != nil { // the signature, which sniffing has seen
		return err
	}
	for {
		head, err := r.Peek(8)
		if err != nil {
			return err
		}
		n := int64(binary.BigEndian.Uint32(head))
		name := string(head[4:])
		var to io.Writer = w
		if head[4]&0x20 != 0 && !pngKept[name] {
			to = io.Discard
		}
		if _, err := io.CopyN(to, r, 8+n+4); err != nil { // head, body, checksum
			return err
		}
		if name == "IEND" {
			return nil
		}
	}
}

// webpKept are the chunks (RFC 9649 section 2) that draw.
var webpKept = map[string]bool{
	"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true,
}

// stripWebP leaves the container's length wrong; patchRIFF mends it once it is known.
func stripWebP(w *bufio.Writer, r *bufio.Reader) error {
	start, err := r.Peek(12)
	if err != nil {
		return err
	}
	w.Write(start) //nolint:errcheck // a bufio.Writer keeps its error for Flush
	whole := int64(binary.LittleEndian.Uint32(start[4:])) + 8
	r = bufio.NewReader(io.LimitReader(r, whole)) // what follows the container is no picture
	r.Discard(12)                                 //nolint:errcheck // a short one shows below
	for {
		head, err := r.Peek(8)
		if len(head) == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := string(head[:4])
		n := int64(binary.LittleEndian.Uint32(head[4:]))
		var to io.Writer = w
		if !webpKept[name] {
			to = io.Discard
		}
		if name == "VP8X" {
			full, err := r.Peek(9)
			if err != nil {
				return err
			}
			full[8] &^= 0x08 | 0x04 // it says that EXIF and XMP follow
		}
		if _, err := io.CopyN(to, r, 8+n+n&1); err != nil { // bodies are padded to even length
			return err
		}
	}
}

func patchRIFF(t *temp) error {
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(t.size-8))
	_, err := t.file.WriteAt(size[:], 4)
	return err
}
