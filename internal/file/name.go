package file

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxName = 255 // bytes: what the common file systems take

// cleanName makes a sender's file name fit to show and to save under: its last element,
// without characters that are invisible, reorder text or mean something to a file system,
// and with an ending that fits what the file is.
func cleanName(name string, k kind) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(cleanRune, name)
	name = strings.Join(strings.Fields(name), " ")
	// A leading dot hides a file; Windows drops trailing dots, and with them our ending.
	name = strings.Trim(name, ". ")
	ext := strings.ToLower(path.Ext(name))
	stem := name[:len(name)-len(ext)]
	if !k.fits(ext) {
		stem, ext = name, ".bin"
		if len(k.exts) > 0 {
			ext = k.exts[0]
		}
	}
	if len(ext) > 32 { // a sentence after a full stop is no ending
		stem, ext = name, ""
	}
	if stem == "" {
		stem = "archivo"
	}
	return cut(stem, maxName-len(ext)) + ext
}

func cleanRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
		return -1 // controls; invisible and direction-changing marks; private use
	case strings.ContainsRune(`<>:"|?*`, r):
		return '_'
	}
	return r
}

// cut shortens s to at most n bytes without splitting a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], ". ")
}
