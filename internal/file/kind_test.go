package file

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

func tempOf(t testing.TB, b []byte) *temp {
	t.Helper()
	f, err := newTemp()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.discard)
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	return f
}

// archive is a ZIP of empty-looking parts, the first of them big, as office programs write it.
func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, n := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("<x/>"), 2000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func ftyp(brand string) string {
	return "\x00\x00\x00\x18ftyp" + brand + "\x00\x00\x02\x00" + brand + "mp42\x00\x00\x00\x08free"
}

func TestSniff(t *testing.T) {
	t.Parallel()
	const office = "application/vnd.openxmlformats-officedocument."
	webm := "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04"
	opus := "OggS\x00\x02" + strings.Repeat("\x00", 20) + "\x01\x13OpusHead\x01\x01"
	tests := map[string]struct {
		body, declared string
		mime           string
		inline         bool
		program        bool
	}{
		"png":                   {body: string(pngOf(t, 1, 1)), mime: "image/png", inline: true},
		"png called html":       {body: string(pngOf(t, 1, 1)), declared: "text/html", mime: "image/png", inline: true},
		"gif":                   {body: "GIF89a\x01\x00\x01\x00", mime: "image/gif", inline: true},
		"opus voice note":       {body: opus, declared: "audio/ogg; codecs=opus", mime: "audio/ogg", inline: true},
		"mp3":                   {body: strings.Repeat("\xff\xfb\x90\x00"+strings.Repeat("\x00", 413), 4), mime: "audio/mpeg", inline: true},
		"amr":                   {body: "#!AMR\n<", mime: "audio/amr", inline: true},
		"film":                  {body: webm, declared: "video/webm", mime: "video/webm", inline: true},
		"recorded in a browser": {body: webm, declared: "audio/webm;codecs=opus", mime: "audio/webm", inline: true},
		"mp4":                   {body: ftyp("isom"), declared: "", mime: "video/mp4", inline: true},
		"mp4 recorded":          {body: ftyp("isom"), declared: "audio/mp4", mime: "audio/mp4", inline: true},
		"m4a":                   {body: ftyp("M4A "), mime: "audio/mp4", inline: true},
		"mov":                   {body: ftyp("qt  "), mime: "video/quicktime", inline: true},
		"3gp":                   {body: ftyp("3gp4"), mime: "video/3gpp", inline: true},
		"heic":                  {body: ftyp("heic"), mime: "image/heic"},
		"avif":                  {body: ftyp("avif"), mime: "image/avif"},
		"pdf":                   {body: "%PDF-1.4\n", declared: "image/png", mime: "application/pdf"},
		"docx":                  {body: string(archive(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml")), mime: office + "wordprocessingml.document"},
		"xlsx":                  {body: string(archive(t, "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "xl/workbook.xml")), mime: office + "spreadsheetml.sheet"},
		"zip":                   {body: string(archive(t, "fotos/a.txt")), mime: "application/zip"},
		"xls":                   {body: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), mime: "application/x-ole-storage"},
		"jar":                   {body: string(archive(t, "META-INF/MANIFEST.MF", "A.class")), mime: "application/java-archive", program: true},
		"text":                  {body: "Hola, ¿tienen talla 38?", mime: "text/plain"},
		"latin-1 text":          {body: "Ma\xf1ana, se\xf1or", mime: "text/plain"},
		"text called png":       {body: "hola", declared: "image/png", mime: "text/plain"},
		"script called sound":   {body: "<script>alert(1)</script>", declared: "audio/webm", mime: "text/html"},
		"html":                  {body: "<!DOCTYPE html><html><script>alert(1)</script>", declared: "image/png", mime: "text/html"},
		"svg":                   {body: `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, declared: "image/png", mime: "image/svg+xml"},
		"invoice":               {body: `<?xml version="1.0" encoding="UTF-8"?><cfdi:Comprobante/>`, mime: "text/xml"},
		"feed, a dialect":       {body: `<?xml version="1.0"?><rss version="2.0"/>`, mime: "text/xml"},
		"python, a dialect":     {body: "#!/usr/bin/env python\nprint(1)\n", mime: "text/plain"},
		"vcard":                 {body: "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", mime: "text/vcard"},
		"windows program":       {body: "MZ\x90\x00", declared: "image/jpeg", mime: "application/vnd.microsoft.portable-executable", program: true},
		"linux program":         {body: "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00", mime: "application/x-elf", program: true},
		"shortcut":              {body: "L\x00\x00\x00\x01\x14\x02\x00", mime: "application/x-ms-shortcut", program: true},
		"anything":              {body: "\x00\x01\x02\x03\xff", declared: "image/jpeg", mime: "application/octet-stream"},
	}
	for name, tt := range tests {
		k, err := sniff(tempOf(t, []byte(tt.body)), tt.declared)
		if err != nil || k.mime != tt.mime || k.inline != tt.inline || k.program != tt.program {
			t.Errorf("%s: got %+v, %v; want %s, inline %v, program %v", name, k, err, tt.mime, tt.inline, tt.program)
		}
	}
}

// What a browser may show must not be able to carry script.
func TestNothingWithMarkupIsInline(t *testing.T) {
	t.Parallel()
	for name, k := range kinds {
		media := strings.HasPrefix(name, "image/") || strings.HasPrefix(name, "audio/") || strings.HasPrefix(name, "video/")
		if k.inline && (k.markup || k.program || !media || strings.Contains(name, "xml")) {
			t.Errorf("%s may be shown inline", name)
		}
	}
}
