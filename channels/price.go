package channels

import (
	"strconv"
	"strings"
)

// exponents are the currencies whose minor unit is not a hundredth (ISO 4217, list one).
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

var symbols = map[string]string{"EUR": "€", "USD": "US$", "GBP": "£", "MXN": "MX$", "BRL": "R$", "ARS": "AR$", "COP": "COL$", "CLP": "CLP$", "PEN": "S/"}

// Price writes an amount in minor units as people of the language read it: "1.234,50 €" in
// Spanish, "€1,234.50" in English. No currency, no price: "".
func Price(minor int64, currency, language string) string {
	if currency == "" {
		return ""
	}
	exp, ok := exponents[currency]
	if !ok {
		exp = 2
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits := strconv.FormatInt(minor, 10)
	if n := exp + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	whole, part := digits[:len(digits)-exp], digits[len(digits)-exp:]
	thousand, point := ".", ","
	english := strings.HasPrefix(language, "en")
	if english {
		thousand, point = ",", "."
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousand + whole[i:]
	}
	amount := sign + whole
	if exp > 0 {
		amount += point + part
	}
	symbol, ok := symbols[currency]
	if !ok {
		symbol = currency
	}
	if english {
		if !ok {
			return symbol + " " + amount
		}
		return symbol + amount
	}
	return amount + " " + symbol
}
