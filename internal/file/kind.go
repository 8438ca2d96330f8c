package file

import (
	"errors"
	"fmt"
	"image"
	_ "image/gif" // decoders for dimensions
	_ "image/jpeg"
	_ "image/png"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	_ "golang.org/x/image/webp" // decoder for dimensions
)

// kind is what a file's bytes make it.
type kind struct {
	mime    string
	exts    []string // the names' endings that fit, best first; nil: any harmless one
	inline  bool     // a browser may show it inside a page: it can hold no script
	picture bool     // one we can measure and clean
	program bool     // runs when opened
	markup  bool     // a browser would take it for a page: never served under its own type
	broad   bool     // a type of which we do not list the dialects: they are treated as it is
}

// kinds are the types we know by name. What is not here is kept under the type its bytes
// suggest, and only ever handed out as a download.
var kinds = index(
	kind{mime: "image/jpeg", exts: []string{".jpg", ".jpeg", ".jfif"}, inline: true, picture: true},
	kind{mime: "image/png", exts: []string{".png", ".apng"}, inline: true, picture: true},
	kind{mime: "image/gif", exts: []string{".gif"}, inline: true, picture: true},
	kind{mime: "image/webp", exts: []string{".webp"}, inline: true, picture: true},

	kind{mime: "audio/ogg", exts: []string{".ogg", ".oga", ".opus"}, inline: true},
	kind{mime: "audio/mpeg", exts: []string{".mp3"}, inline: true},
	kind{mime: "audio/mp4", exts: []string{".m4a", ".mp4"}, inline: true},
	kind{mime: "audio/aac", exts: []string{".aac"}, inline: true},
	kind{mime: "audio/amr", exts: []string{".amr"}, inline: true},
	kind{mime: "audio/wav", exts: []string{".wav"}, inline: true},
	kind{mime: "audio/webm", exts: []string{".webm", ".weba"}, inline: true},
	kind{mime: "video/mp4", exts: []string{".mp4", ".m4v"}, inline: true},
	kind{mime: "video/webm", exts: []string{".webm"}, inline: true},
	kind{mime: "video/ogg", exts: []string{".ogv", ".ogg"}, inline: true},
	kind{mime: "video/3gpp", exts: []string{".3gp"}, inline: true},
	kind{mime: "video/quicktime", exts: []string{".mov", ".qt"}, inline: true},

	kind{mime: "application/pdf", exts: []string{".pdf"}},
	kind{mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", exts: []string{".docx"}},
	kind{mime: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", exts: []string{".xlsx"}},
	kind{mime: "application/vnd.openxmlformats-officedocument.presentationml.presentation", exts: []string{".pptx"}},
	kind{mime: "application/msword", exts: []string{".doc"}},
	kind{mime: "application/vnd.ms-excel", exts: []string{".xls"}},
	kind{mime: "application/vnd.ms-powerpoint", exts: []string{".ppt"}},
	kind{mime: "application/zip"},
	kind{mime: "application/json", exts: []string{".json", ".geojson"}, broad: true},
	kind{mime: "text/plain", exts: []string{".txt", ".text", ".log", ".md", ".csv", ".tsv", ".ini", ".yaml", ".yml"}, broad: true},
	kind{mime: "text/csv", exts: []string{".csv", ".txt"}},
	kind{mime: "text/vcard", exts: []string{".vcf"}},
	kind{mime: "text/calendar", exts: []string{".ics"}},
	kind{mime: "text/xml", exts: []string{".xml"}, markup: true, broad: true}, // electronic invoices
	kind{mime: "text/html", exts: []string{".html", ".htm"}, markup: true},
	kind{mime: "application/xhtml+xml", exts: []string{".xhtml", ".html"}, markup: true},
	kind{mime: "image/svg+xml", exts: []string{".svg"}, markup: true},

	kind{mime: "application/vnd.microsoft.portable-executable", program: true},
	kind{mime: "application/x-elf", program: true},
	kind{mime: "application/x-mach-binary", program: true},
	kind{mime: "application/x-ms-installer", program: true},
	kind{mime: "application/x-ms-shortcut", program: true},
	kind{mime: "application/vnd.ms-htmlhelp", program: true},
	kind{mime: "application/java-archive", program: true},
	kind{mime: "application/x-java-applet", program: true},
	kind{mime: "application/vnd.android.package-archive", program: true},
	kind{mime: "application/vnd.debian.binary-package", program: true},
	kind{mime: "application/x-rpm", program: true},
	kind{mime: "application/x-chrome-extension", program: true},
	kind{mime: "application/x-shockwave-flash", program: true},
)

func index(ks ...kind) map[string]kind {
	m := make(map[string]kind, len(ks))
	for _, k := range ks {
		m[k.mime] = k
	}
	return m
}

// asSound are the containers that hold sound alone or film with sound, which their first
// bytes do not tell. Both readings are equally harmless, so the sender's word decides.
var asSound = map[string]string{"video/webm": "audio/webm", "video/mp4": "audio/mp4"}

// renamed are the detector's names for types that we, and the platforms, call otherwise.
var renamed = map[string]string{
	"audio/x-m4a":     "audio/mp4",
	"video/x-m4v":     "video/mp4",
	"image/apng":      "image/png",
	"application/ogg": "audio/ogg",
}

// Office files name their parts wherever they like within the archive, so the detector must
// see more than its default of 4 KiB. Nobody else in the program uses it.
const sniffBytes = 64 << 10

func init() { mimetype.SetLimit(sniffBytes) }

// sniff tells a file's kind from its bytes.
func sniff(t *temp, declared string) (kind, error) {
	head := make([]byte, min(t.size, sniffBytes))
	if _, err := t.reader().ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return kind{}, fmt.Errorf("look at file: %w", err)
	}
	found := mimetype.Detect(head)
	name := bare(found.String())
	if to, ok := asSound[name]; ok && strings.HasPrefix(declared, "audio/") {
		name = to
	}
	if k, ok := kinds[name]; ok {
		return k, nil
	}
	for mt := found.Parent(); mt != nil; mt = mt.Parent() {
		if k := kinds[bare(mt.String())]; k.broad || k.program {
			return k, nil
		}
	}
	return kind{mime: name}, nil
}

// bare is a type without parameters, under our name for it.
func bare(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil {
		return "application/octet-stream"
	}
	if r, ok := renamed[t]; ok {
		return r
	}
	return t
}

// dimensions reads a picture's header, and no further: only a thumbnail needs the rest.
func dimensions(r io.Reader) (w, h int, err error) {
	c, _, err := image.DecodeConfig(r)
	if err == nil && (c.Width <= 0 || c.Height <= 0) {
		err = errMalformed
	}
	return c.Width, c.Height, err
}

// fits reports whether a name's ending (with its dot, lower case) says no more than the
// bytes do.
func (k kind) fits(ext string) bool {
	if k.exts != nil {
		return slices.Contains(k.exts, ext)
	}
	return !slices.Contains(opened, ext)
}

// opened are endings on which some desktop runs a file, or shows it as a page of its own,
// whatever is in it.
var opened = []string{
	".app", ".bat", ".cmd", ".com", ".command", ".cpl", ".desktop", ".exe", ".hta", ".htm", ".html", ".jar", ".js",
	".jse", ".lnk", ".mht", ".mhtml", ".msc", ".msi", ".msp", ".pif", ".ps1", ".reg", ".scf", ".scr", ".sh", ".shtml",
	".svg", ".svgz", ".url", ".vb", ".vbe", ".vbs", ".ws", ".wsf", ".wsh", ".xhtml", ".xht", ".xml", ".xsl",
}
