package file

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	jpeg, text, zip, unknown := kinds["image/jpeg"], kinds["text/plain"], kinds["application/zip"], kind{}
	tests := []struct {
		in   string
		kind kind
		want string
	}{
		{"foto.jpg", jpeg, "foto.jpg"},
		{"FOTO.JPEG", jpeg, "FOTO.jpeg"},
		{"mañana 日本 🌮.jpg", jpeg, "mañana 日本 🌮.jpg"},
		{"../../etc/passwd", text, "passwd.txt"},
		{`C:\Users\ana\lista.txt`, text, "lista.txt"},
		{"a/b\\", text, "archivo.txt"},
		{"..", text, "archivo.txt"},
		{"", jpeg, "archivo.jpg"},
		{".htaccess", text, "htaccess.txt"},
		{"bad\xff\xfename.txt", text, "badname.txt"},
		{"nul\x00line\r\nend\x7f.txt", text, "nulline end.txt"},
		{"gpj.\u202eexe.jpg", jpeg, "gpj.exe.jpg"},
		{"\u2066a\u2069\u200b\ufeff.jpg", jpeg, "a.jpg"},
		{`a<b>c:"d|e?f*.txt`, text, "a_b_c__d_e_f_.txt"},
		{"run.bat", text, "run.bat.txt"},
		{"page.html", jpeg, "page.html.jpg"},
		{"tail.jpg. . ", jpeg, "tail.jpg"},
		{"informe.docx", zip, "informe.docx"},
		{"evil.hta", zip, "evil.hta.bin"},
		{"plano.dwg", unknown, "plano.dwg"},
		{"x.LNK", unknown, "x.LNK.bin"},
		{"no ending", unknown, "no ending"},
		{"Sr. Pérez, adjunto lo que me pidió usted ayer", unknown, "Sr. Pérez, adjunto lo que me pidió usted ayer"},
		{strings.Repeat("ñ", 300) + ".jpg", jpeg, strings.Repeat("ñ", 125) + ".jpg"},
	}
	for _, tt := range tests {
		if got := cleanName(tt.in, tt.kind); got != tt.want {
			t.Errorf("cleanName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"foto.jpg", "../x", "a\u202eb", strings.Repeat("é", 400), ".", "a.b.", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, k := range []kind{{}, kinds["image/jpeg"], kinds["text/plain"]} {
			got := cleanName(s, k)
			if got == "" || len(got) > maxName || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\x00\n\u202e") || got[0] == '.' {
				t.Fatalf("cleanName(%q) = %q", s, got)
			}
			if again := cleanName(got, k); again != got {
				t.Fatalf("not settled: %q, then %q", got, again)
			}
		}
	})
}
