// Package reading turns what people write in a chat into values: words to compare, a place
// in a list, a number, a date, a phone number, an e-mail address. It reads Spanish and
// English at once, since a shop's customers mix them, and a language only decides what is
// ambiguous. It is pure: the day and the zone are handed in.
package reading

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// longest is how many bytes of an answer are read.
const longest = 4 << 10

// Words folds a text to what is compared: lower-case letters and digits between single
// spaces. Accents go ("ñ" is "n": people write "manana"), and so do punctuation and emoji;
// an apostrophe only joins.
func Words(s string) string {
	if len(s) > longest {
		s = s[:longest]
	}
	plain := true
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] < utf8.RuneSelf
	}
	if !plain {
		s = norm.NFKD.String(strings.ToValidUTF8(s, " "))
	}
	b := make([]byte, 0, len(s))
	gap := false
	for _, r := range s {
		switch {
		case r == '\'' || r == '’' || unicode.In(r, unicode.Mn, unicode.Cf):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && len(b) > 0 {
				b = append(b, ' ')
			}
			gap = false
			b = utf8.AppendRune(b, unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return string(b)
}

// Email reads an address, alone or within a sentence: "es ana@mail.com, gracias".
func Email(s string) (string, bool) {
	for _, w := range strings.Fields(s) {
		w = strings.Trim(w, `.,;:()<>[]"'¡!¿?`)
		w = strings.TrimPrefix(strings.TrimPrefix(w, "mailto:"), "MAILTO:")
		at := strings.LastIndexByte(w, '@')
		if at < 1 || len(w) > 254 {
			continue
		}
		a, err := mail.ParseAddress(w)
		host := w[at+1:]
		if dot := strings.LastIndexByte(host, '.'); err == nil && a.Address == w && dot > 0 && len(host)-dot > 2 && !strings.Contains(host, "..") {
			return w[:at+1] + strings.ToLower(host), true
		}
	}
	return "", false
}

// Phone reads a number in the form of ITU-T E.164, "+573001234567". country (ISO 3166-1
// alpha-2) is whose a number without a country code is; empty takes only those with one.
func Phone(s, country string) (string, bool) {
	if len(s) > 250 {
		return "", false
	}
	if rest, ok := strings.CutPrefix(strings.TrimSpace(s), "00"); ok {
		s = "+" + rest
	}
	n, err := phonenumbers.Parse(s, strings.ToUpper(country))
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}
