package file

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"reflect"
	"strings"
	"testing"
)

const secret = "40.4168N 3.7038W Ana's phone"

func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range m.Pix {
		m.Pix[i] = byte(i * 7)
	}
	m.Set(0, 0, color.White)
	return m
}

func jpegOf(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func seg(marker byte, body string) string {
	n := len(body) + 2
	return string([]byte{0xFF, marker, byte(n >> 8), byte(n)}) + body
}

// exif is a segment with two tags, one of them the orientation, and a secret behind them.
func exif(o binary.ByteOrder, turn uint16) string {
	b := []byte("MM")
	if o == binary.LittleEndian {
		b = []byte("II")
	}
	app := o.(binary.AppendByteOrder)
	b = app.AppendUint16(b, 42)
	b = app.AppendUint32(b, 8)
	b = app.AppendUint16(b, 2)
	for _, e := range [][2]uint16{{0x010F, 7}, {0x0112, turn}} {
		b = app.AppendUint16(b, e[0])
		b = app.AppendUint16(b, 3)
		b = app.AppendUint32(b, 1)
		b = app.AppendUint16(b, e[1])
		b = app.AppendUint16(b, 0)
	}
	return seg(0xE1, exifHead+string(b)+secret)
}

func stripped(t *testing.T, in []byte, mime string) (out []byte, turned bool, err error) {
	t.Helper()
	dst := tempOf(t, nil)
	turned, err = strip(dst, bytes.NewReader(in), mime)
	out, rerr := io.ReadAll(dst.reader())
	if rerr != nil {
		t.Fatal(rerr)
	}
	return out, turned, err
}

func TestStripJPEG(t *testing.T) {
	t.Parallel()
	plain := jpegOf(t)
	want, err := jpeg.Decode(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	with := func(extra string) []byte { return []byte(string(plain[:2]) + extra + string(plain[2:])) }
	tests := map[string]struct {
		in     []byte
		turn   int
		turned bool
	}{
		"nothing to do":      {in: plain},
		"big-endian exif":    {in: with(exif(binary.BigEndian, 6)), turn: 6, turned: true},
		"little-endian exif": {in: with(exif(binary.LittleEndian, 3)), turn: 3},
		"upright":            {in: with(exif(binary.BigEndian, 1)), turn: 1},
		"two that disagree":  {in: with(exif(binary.BigEndian, 3) + exif(binary.BigEndian, 6)), turn: 3},
		"nonsense turn":      {in: with(exif(binary.BigEndian, 77))},
		"xmp and iptc":       {in: with(seg(0xE1, "http://ns.adobe.com/xap/1.0/\x00"+secret) + seg(0xED, "Photoshop 3.0\x00"+secret))},
		"comment":            {in: with(seg(0xFE, secret))},
		"multi-picture":      {in: with(seg(0xE2, "MPF\x00"+secret))},
		"jfif thumbnail":     {in: with(seg(0xE0, "JFXX\x00"+secret))},
		"broken exif":        {in: with(seg(0xE1, exifHead+"MM\x00\x2a\xff\xff\xff\xff"+secret))},
		"after the end":      {in: append(bytes.Clone(plain), secret...)},
		"stray bytes":        {in: with("\x00\x01" + seg(0xFE, secret))},
		"fill bytes":         {in: with("\xff\xff" + seg(0xFE, secret))},
	}
	for name, tt := range tests {
		out, turned, err := stripped(t, tt.in, "image/jpeg")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(out, []byte(secret)) {
			t.Errorf("%s: the secret is still there", name)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the picture changed (%v)", name, err)
		}
		turn := 0
		if i := bytes.Index(out, []byte(exifHead)); i >= 0 {
			turn = orientation(out[i:])
		}
		if turned != tt.turned || turn != tt.turn {
			t.Errorf("%s: turned %v, orientation %d; want %v, %d", name, turned, turn, tt.turned, tt.turn)
		}
	}
}

func TestStripJPEGKeepsColours(t *testing.T) {
	t.Parallel()
	plain := jpegOf(t)
	keep := seg(0xE0, "JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00") + seg(0xE2, "ICC_PROFILE\x00\x01\x01profile") + seg(0xEE, "Adobe\x00\x64\x00\x00\x00\x00\x01")
	in := []byte(string(plain[:2]) + keep + string(plain[2:]))
	if out, _, err := stripped(t, in, "image/jpeg"); err != nil || !bytes.Equal(out, in) {
		t.Errorf("changed although nothing was to go: %v", err)
	}
}

// A picture cut short anywhere is either refused or still ends properly.
func TestStripJPEGCutShort(t *testing.T) {
	t.Parallel()
	plain := jpegOf(t)
	for n := range len(plain) {
		out, _, err := stripped(t, plain[:n], "image/jpeg")
		if err != nil && !errors.Is(err, errMalformed) {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if err == nil && !bytes.HasSuffix(out, []byte{0xFF, 0xD9}) {
			t.Fatalf("cut at %d: no end", n)
		}
	}
}

func pngChunk(name, body string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(b, name+body...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(name+body))))
}

func TestStripPNG(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	plain := b.String()
	const head = 8 + 25 // signature and IHDR
	in := plain[:head] + pngChunk("gAMA", "\x00\x00\xb1\x8f") + pngChunk("tEXt", "Comment\x00"+secret) +
		pngChunk("eXIf", secret) + pngChunk("iTXt", secret) + plain[head:] + secret
	want := plain[:head] + pngChunk("gAMA", "\x00\x00\xb1\x8f") + plain[head:]
	out, _, err := stripped(t, []byte(in), "image/png")
	if err != nil || string(out) != want {
		t.Errorf("got %d bytes, %v; want %d", len(out), err, len(want))
	}
	if _, _, err := stripped(t, []byte(in[:60]), "image/png"); !errors.Is(err, errMalformed) {
		t.Errorf("cut short: %v", err)
	}
	if _, _, err := stripped(t, []byte(plain[:head]+"\xff\xff\xff\xfftEXt"), "image/png"); !errors.Is(err, errMalformed) {
		t.Errorf("a chunk longer than the file: %v", err)
	}
}

func TestStripWebP(t *testing.T) {
	t.Parallel()
	plain, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	chunk := func(name, body string) string {
		s := name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
		return s + strings.Repeat("\x00", len(body)%2)
	}
	riff := func(body string) []byte {
		return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)+4))) + "WEBP" + body)
	}
	pixels := string(plain[12:])
	vp8x := func(flags string) string { return chunk("VP8X", flags+"\x00\x00\x00\x00\x00\x00\x00\x00\x00") }
	in := riff(vp8x("\x1c") + pixels + chunk("EXIF", secret+"x") + chunk("XMP ", secret))
	want := riff(vp8x("\x10") + pixels)
	out, _, err := stripped(t, append(in, secret...), "image/webp")
	if err != nil || !bytes.Equal(out, want) {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
	if w, h, err := dimensions(bytes.NewReader(out)); w != 1 || h != 1 || err != nil {
		t.Errorf("the result is %d x %d, %v", w, h, err)
	}
	if _, _, err := stripped(t, in[:len(in)-20], "image/webp"); !errors.Is(err, errMalformed) {
		t.Errorf("cut short: %v", err)
	}
}

func TestTurnedPictureSwapsItsSides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain := string(jpegOf(t))
	m := b.upload(t, "foto.jpg", "", []byte(plain[:2]+exif(binary.BigEndian, 6)+plain[2:]))
	if m.Width != 30 || m.Height != 40 {
		t.Errorf("%d x %d, want 30 x 40", m.Width, m.Height)
	}
	r, err := b.store.Open(t.Context(), objectKey(b.mine, m.File))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := io.ReadAll(r)
	if err != nil || bytes.Contains(stored, []byte(secret)) || int64(len(stored)) != m.Size {
		t.Errorf("stored %d bytes, row says %d, %v; secret %v", len(stored), m.Size, err, bytes.Contains(stored, []byte(secret)))
	}
}

func FuzzStrip(f *testing.F) {
	plain := jpegOf(f)
	f.Add(plain, 0)
	f.Add([]byte(string(plain[:2])+exif(binary.LittleEndian, 8)+string(plain[2:])), 0)
	f.Add(pngOf(f, 3, 3), 1)
	f.Add([]byte("RIFF\x0c\x00\x00\x00WEBPVP8X\x00\x00\x00\x00"), 2)
	mimes := []string{"image/jpeg", "image/png", "image/webp"}
	f.Fuzz(func(t *testing.T, b []byte, which int) {
		out, _, err := stripped(t, b, mimes[uint(which)%3])
		if err != nil && !errors.Is(err, errMalformed) {
			t.Fatal(err)
		}
		if len(out) > len(b)+64 {
			t.Fatalf("%d bytes became %d", len(b), len(out))
		}
	})
}
