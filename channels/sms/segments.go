package sms

import "strings"

// The alphabet of 3GPP TS 23.038, 6.2.1: a character takes one septet, those of the
// extension table an escape besides.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// What one message holds alone and as a part of a longer one, whose header of six bytes
// takes the rest (3GPP TS 23.040, 9.2.3.24.1): septets, and 16-bit units.
const (
	gsmAlone, gsmPart = 160, 153
	ucsAlone, ucsPart = 70, 67
)

// Segments is how many short messages a text is sent and charged as, and whether it needs
// 16 bits a character (UCS-2) because one of them is not in the GSM alphabet: á, í, ó, ú
// and emojis are not, é, ñ, ü, ¿ and ¡ are. The empty text is one.
func Segments(text string) (n int, wide bool) {
	var sizes []int
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			sizes = append(sizes, 1)
		case strings.ContainsRune(gsmExtended, r):
			sizes = append(sizes, 2)
		default:
			return segments(utf16Sizes(text), ucsAlone, ucsPart), true
		}
	}
	return segments(sizes, gsmAlone, gsmPart), false
}

func utf16Sizes(text string) []int {
	var sizes []int
	for _, r := range text {
		if r > 0xffff {
			sizes = append(sizes, 2)
		} else {
			sizes = append(sizes, 1)
		}
	}
	return sizes
}

// segments counts parts; no character is split between two.
func segments(sizes []int, alone, part int) int {
	total := 0
	for _, s := range sizes {
		total += s
	}
	if total <= alone {
		return 1
	}
	n, used := 1, 0
	for _, s := range sizes {
		if used+s > part {
			n, used = n+1, 0
		}
		used += s
	}
	return n
}
