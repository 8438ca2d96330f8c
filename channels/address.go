package channels

import (
	"regexp"
	"strings"
)

// Addresser reads what somebody types to say whom to write to, for a platform whose
// identities are not written as people write them. Without it they are taken as they are.
type Addresser interface {
	// Addresses are the Sender.Identities by which the platform may know whom somebody means,
	// the likeliest first; none for what cannot be one here. An identity gives itself.
	Addresses(written string) []string
}

var phone = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// Phone reads a phone number as people write it: with spaces, dashes, dots or brackets
// between its digits, and 00 for the plus. It gives the form of ITU-T E.164, "+573001234567";
// false when there is no country to begin with, for which one it would be is anybody's guess.
func Phone(written string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \u00a0\u202f-\u2010\u2011./()", r) {
			return -1
		}
		return r
	}, written)
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	return digits, phone.MatchString(digits)
}

// mobile are the digits that WhatsApp has after a country's code in the names of most mobile
// numbers, and that people who dial leave out: in Mexico since 2019, in Argentina at home.
var mobile = map[string]string{"52": "1", "54": "9"}

// WhatsAppNumbers are the numbers by which WhatsApp may know a phone, as digits, the likeliest
// first; none for what Phone does not read.
func WhatsAppNumbers(written string) []string {
	n, ok := Phone(written)
	if !ok {
		return nil
	}
	n = n[1:]
	digit, national := mobile[n[:2]], n[2:]
	switch {
	case digit == "":
		return []string{n}
	case len(national) == 11 && strings.HasPrefix(national, digit):
		return []string{n, n[:2] + national[1:]}
	case len(national) == 10:
		return []string{n[:2] + digit + national, n}
	}
	return []string{n}
}
