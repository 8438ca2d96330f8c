package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/channels"
)

// oggPage is a page of one packet of at most 254 bytes.
func oggPage(serial uint32, granule int64, body string) string {
	b := append([]byte(capture), 0, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(granule))
	b = binary.LittleEndian.AppendUint32(b, serial)
	b = append(b, make([]byte, 8)...) // number and checksum, which nobody here looks at
	return string(append(b, 1, byte(len(body)))) + body
}

// opusFile is a stream of two pages of sound with a pre-skip, ending at a granule position.
func opusFile(skip uint16, last int64) string {
	head := string(binary.LittleEndian.AppendUint16([]byte("OpusHead\x01\x01"), skip)) + "\x80\xbb\x00\x00\x00\x00\x00"
	return oggPage(7, 0, head) + oggPage(7, 0, "OpusTags") + oggPage(7, last/2, "sound") + oggPage(7, last, "sound")
}

func TestOggOpus(t *testing.T) {
	t.Parallel()
	whole := opusFile(312, 3*48_000+312)
	for name, c := range map[string]struct {
		in   string
		long time.Duration
		ok   bool
	}{
		"three seconds":       {whole, 3 * time.Second, true},
		"a page without end":  {whole + oggPage(7, -1, "x"), 3 * time.Second, true},
		"another stream":      {whole + oggPage(8, 1<<40, "x"), 3 * time.Second, true},
		"cut short":           {whole[:len(whole)-1], 1500*time.Millisecond - 156*time.Second/48_000, true},
		"garbage behind":      {whole + "garbage that is no page, and long enough", 3 * time.Second, true},
		"absurd":              {opusFile(0, 1<<62), 0, true},
		"less than its skip":  {opusFile(312, 100), 0, true},
		"only heads":          {opusFile(0, 0), 0, true},
		"vorbis":              {oggPage(7, 0, "\x01vorbis"+strings.Repeat("\x00", 23)) + oggPage(7, 48_000, "x"), 0, false},
		"short first page":    {oggPage(7, 0, "OpusHead"), 0, false},
		"no OGG":              {"ID3", 0, false},
		"nothing":             {"", 0, false},
		"version yet unknown": {"OggS\x01" + whole[5:], 0, false},
	} {
		if long, ok := oggOpus(strings.NewReader(c.in)); long != c.long || ok != c.ok {
			t.Errorf("%s: %v, %v; want %v, %v", name, long, ok, c.long, c.ok)
		}
	}
}

func FuzzOggOpus(f *testing.F) {
	f.Add([]byte(opusFile(312, 48_000)))
	f.Add([]byte("OggS\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if long, _ := oggOpus(bytes.NewReader(b)); long < 0 || long > longest {
			t.Fatal(long)
		}
	})
}

// TestMain lets the tests' own program stand in for ffmpeg: see program.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "ffmpeg" {
		if err := standIn(filepath.Dir(os.Args[0]), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// standIn notes its arguments and writes the first output whose word is among them.
func standIn(dir string, args []string) error {
	if err := os.WriteFile(filepath.Join(dir, "calls"), []byte(strings.Join(args, " ")), 0o600); err != nil {
		return err
	}
	for _, a := range args {
		if b, err := os.ReadFile(filepath.Join(dir, "output-"+filepath.Base(a))); err == nil {
			return os.WriteFile(args[len(args)-1], b, 0o600)
		}
	}
	return errors.New("no such codec")
}

// program makes an ffmpeg that gives outputs, by a word among its arguments. calls is how it
// was last called.
func program(t *testing.T, outputs map[string]string) (path string, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	for word, body := range outputs {
		if err := os.WriteFile(filepath.Join(dir, "output-"+word), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "ffmpeg")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path, func() string {
		b, err := os.ReadFile(filepath.Join(dir, "calls"))
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
}

const m4a = "\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42"

func TestVoiceNotesBecomePlayable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outputs map[string]string
		mime    string
	}{
		"with ffmpeg":         {map[string]string{"aac": m4a}, "audio/mp4"},
		"with one that fails": {nil, "audio/ogg"},
	} {
		b := setup(t)
		var calls func() string
		b.ffmpeg, calls = program(t, c.outputs)
		b.platform.fetch = gives(opusFile(0, 96_000))
		m := b.wait(t, channels.MediaRef{Ref: "r", MIME: "audio/ogg; codecs=opus", Name: "nota.ogg"})
		b.once(t)
		s := b.state(t, m)
		if s.State != "stored" || s.Meta.MIME != c.mime || s.Meta.Duration != 2000 || !strings.HasPrefix(s.Meta.Name, "nota.") {
			t.Errorf("%s: got %+v", name, s)
		}
		if got := calls(); !strings.Contains(got, "-f ogg -i") || !strings.Contains(got, "-protocol_whitelist file") {
			t.Errorf("%s: called with %s", name, got)
		}
	}
}

func TestVoice(t *testing.T) {
	t.Parallel()
	opus, vorbis := opusFile(0, 48_000), oggPage(7, 0, "\x01vorbis"+strings.Repeat("\x00", 23))
	for name, c := range map[string]struct {
		outputs    map[string]string // nil: no ffmpeg
		mime, want string
		body       string
		err        bool
	}{
		"no ffmpeg":      {nil, "audio/webm;codecs=opus", "audio/webm;codecs=opus", "as it came", false},
		"container":      {map[string]string{"copy": opus}, "audio/webm;codecs=opus", "audio/ogg", opus, false},
		"no Opus in it":  {map[string]string{"copy": vorbis, "libopus": opus}, "audio/webm", "audio/ogg", opus, false},
		"copy fails":     {map[string]string{"libopus": opus}, "video/webm", "audio/ogg", opus, false},
		"MP3":            {map[string]string{"libopus": opus}, "audio/mpeg", "audio/ogg", opus, false},
		"OGG already":    {map[string]string{"libopus": "x"}, "audio/ogg", "audio/ogg", "as it came", false},
		"something else": {map[string]string{"libopus": "x"}, "image/png", "image/png", "as it came", false},
		"not a type":     {map[string]string{"libopus": "x"}, ";", ";", "as it came", false},
		"ffmpeg cannot":  {map[string]string{"none": ""}, "audio/mp4", "", "", true},
	} {
		m := setup(t).Media
		if c.outputs != nil {
			m.ffmpeg, _ = program(t, c.outputs)
		}
		r, mime, err := m.Voice(t.Context(), strings.NewReader("as it came"), c.mime)
		if (err != nil) != c.err || mime != c.want {
			t.Errorf("%s: %q, %v", name, mime, err)
		}
		if err != nil {
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != c.body {
			t.Errorf("%s: read %q, %v", name, got, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if b, ok := r.(*boxed); ok {
			if _, err := os.Stat(string(b.box)); !os.IsNotExist(err) {
				t.Errorf("%s: left %s behind: %v", name, b.box, err)
			}
		}
	}
}
