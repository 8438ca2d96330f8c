package phones

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recado/internal/sim"
)

// Every word that the page asks for is there, in both languages, and none that it does not.
func TestWords(t *testing.T) {
	t.Parallel()
	texts := map[string]map[string]string{}
	for _, lang := range []string{"es", "en"} {
		b, err := os.ReadFile("texts/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(b, &words); err != nil {
			t.Fatal(err)
		}
		texts[lang] = words
	}
	place := regexp.MustCompile(`\{\w+\}`)
	for key, es := range texts["es"] {
		en, ok := texts["en"][key]
		if !ok || es == "" || en == "" || len(place.FindAllString(es, -1)) != len(place.FindAllString(en, -1)) {
			t.Errorf("%s: %q and %q", key, es, en)
		}
		if strings.ContainsAny(es+en, "!¡") {
			t.Errorf("%s shouts", key)
		}
	}
	used := wordsUsed(t)
	if want, got := slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(texts["en"])); !slices.Equal(want, got) {
		for _, k := range slices.Concat(want, got) {
			if used[k] != (texts["en"][k] != "") {
				t.Errorf("%q: used %v, written %q", k, used[k], texts["en"][k])
			}
		}
	}
}

// wordsUsed are the keys in page, scripts and server.
func wordsUsed(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for k := range kinds {
		used["kind."+k] = true
	}
	for k := range samples {
		used["sample."+k] = true
	}
	for _, f := range faults {
		used["fault."+string(f)] = true
	}
	for _, k := range []string{"drop", "logout", "ban", "outdated", "duplicate", "reorder"} {
		used["trouble."+k] = true
	}
	for _, k := range []string{"image", "audio", "voice", "video", "document", "location", "contact", "sticker", "unsupported"} {
		used["bubble."+k] = true // what the types of bubbles without a text are called
	}
	key := regexp.MustCompile(`"((?:page|kind|phone|sample|bubble|trouble|fault|scan|error)\.\w+)"`)
	why := regexp.MustCompile(`problem = "(\w+)"`)
	for pattern, each := range map[string]*regexp.Regexp{"page/*": key, "static/*.js": key, "phones.go": why} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range each.FindAllSubmatch(b, -1) {
				k := string(m[1])
				if each == why {
					k = "error." + k
				}
				used[k] = true
			}
		}
	}
	return used
}

// The scripts' lists of what to offer are the server's.
func TestScriptsKnowWhatTheServerTakes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("static/trouble.js")
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(faults)
	if err != nil {
		t.Fatal(err)
	}
	if want := "const faults = " + strings.ReplaceAll(string(list), ",", ", ") + ";"; !bytes.Contains(b, []byte(want)) {
		t.Errorf("trouble.js lacks %s", want)
	}
	if b, err = os.ReadFile("static/phone.js"); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`const samples = \{(.*)\};`).FindSubmatch(b)
	if line == nil {
		t.Fatal("phone.js offers no samples")
	}
	p := &phones{Config: Config{Files: drawn(t)}}
	offered := regexp.MustCompile(`(\w+): "(\w+)"`).FindAllStringSubmatch(string(line[1]), -1)
	if len(offered) != len(samples) {
		t.Errorf("phone.js offers %d samples, there are %d", len(offered), len(samples))
	}
	for _, o := range offered {
		var a sim.Action
		if fill := samples[o[1]]; fill == nil || fill(p, &a) != nil || string(a.Act) != o[2] {
			t.Errorf("phone.js offers %s as %s, it is %q", o[1], o[2], a.Act)
		}
	}
}

// The voice note is Opus in Ogg with nothing missing (RFC 3533, RFC 7845).
func TestVoiceNote(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("static/voice.ogg")
	if err != nil {
		t.Fatal(err)
	}
	pages, ended := 0, false
	var samples uint64
	for len(b) > 0 {
		if len(b) < 27 || string(b[:4]) != "OggS" || ended {
			t.Fatalf("page %d is none", pages)
		}
		size := 27 + int(b[26])
		for _, n := range b[27:size] {
			size += int(n)
		}
		page := b[:size]
		if pages == 0 && (string(page[28:36]) != "OpusHead" || page[37] != 1) {
			t.Error("the first page is no header of one channel")
		}
		sum := binary.LittleEndian.Uint32(page[22:26])
		copy(page[22:26], make([]byte, 4))
		if sum != oggSum(page) {
			t.Errorf("page %d is damaged", pages)
		}
		samples, ended = binary.LittleEndian.Uint64(page[6:14]), page[5]&4 != 0
		b, pages = b[size:], pages+1
	}
	if seconds := float64(samples) / 48000; !ended || seconds < 2 || seconds > 3 {
		t.Errorf("ended %v after %.1f s", ended, seconds)
	}
}

// oggSum is Ogg's checksum: CRC-32 by 0x04c11db7, unreflected, from zero.
func oggSum(b []byte) (sum uint32) {
	for _, x := range b {
		sum ^= uint32(x) << 24
		for range 8 {
			if sum&(1<<31) != 0 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	return sum
}
