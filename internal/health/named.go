package health

import "strings"

// Values are secrets by their names, too, whoever's they are: a token that a platform has
// just given us is among no channel's secrets yet. Names stand before "=" in addresses and
// forms, before ":" in JSON, also in JSON within a JSON string, and in header lines. This
// is one pass by hand because it runs over every body: as regular expressions it took
// nearly thirty times as long.

const maxName = 60

// secretName reports whether a value of this name is one to hide.
func secretName(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{"token", "secret", "signature", "password", "authorization", "cookie", "_proof"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "key" || name == "api_key" || name == "apikey"
}

// secretHeader likewise of a header, among which "X-Hub-Signature-256" is one.
func secretHeader(name string) bool {
	return secretName(name) || strings.HasPrefix(name, "X-") && strings.Contains(name, "Signature") ||
		strings.HasPrefix(name, "x-") && strings.Contains(name, "signature")
}

// hideNamed hides the values of secret names.
func hideNamed(s string) string {
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '=' && s[i] != ':' {
			continue
		}
		from, to := secretValue(s, i)
		if from >= to || from < done {
			continue
		}
		out.WriteString(s[done:from])
		out.WriteString(hidden)
		done, i = to, to-1
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// secretValue is where the value begins and ends whose name stands before s[at]; an empty
// range if there is none to hide.
func secretValue(s string, at int) (from, to int) {
	if s[at] == '=' {
		name, before := nameBefore(s, at)
		if (before != 0 && before != '?' && before != '&' && before != '\n') || !secretName(name) {
			return 0, 0
		}
		return valueAfter(s, at+1, "& \t\r\n\"'<>\\")
	}
	bare := strings.TrimRight(s[max(0, at-maxName-4):at], " \t")
	end := at - (min(at, maxName+4) - len(bare))
	if quoted := strings.TrimRight(strings.TrimSuffix(bare, `"`), `\`); len(quoted) < len(bare) && strings.HasSuffix(bare, `"`) {
		name, before := nameBefore(s, end-(len(bare)-len(quoted)))
		if before != '"' || !secretName(name) {
			return 0, 0
		}
		value := at + 1 + leading(s[at+1:], " \t\r\n")
		value += leading(s[value:], `\`)
		if value == len(s) || s[value] != '"' {
			return 0, 0 // a number, an object: no secret
		}
		return valueAfter(s, value+1, `"\`)
	}
	name, before := nameBefore(s, end)
	if (before != 0 && before != '\n') || !secretHeader(name) {
		return 0, 0
	}
	return valueAfter(s, at+1+leading(s[at+1:], " \t"), "\r\n")
}

// nameBefore is the word that ends before s[end], and the character in front of it; 0 at the
// start of s.
func nameBefore(s string, end int) (name string, before byte) {
	from := end
	for from > 0 && end-from < maxName && nameByte(s[from-1]) {
		from--
	}
	if from > 0 {
		before = s[from-1]
	}
	return s[from:end], before
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'
}

func valueAfter(s string, from int, ends string) (int, int) {
	if n := strings.IndexAny(s[from:], ends); n >= 0 {
		return from, from + n
	}
	return from, len(s)
}

func leading(s, set string) int { return len(s) - len(strings.TrimLeft(s, set)) }
