package channels

import (
	"strconv"
	"strings"
)

// exponents are the currencies whose minor unit is not a hundredth (ISO 4217, list one).
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
	"UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

var symbols = map[string]string{"EUR": "€", "USD": "US$", "GBP": "£", "MXN": "MX$", "BRL": "R$", "ARS": "AR$", "COP": "COL$", "CLP": "CLP$", "PEN": "S/"}

// pointed are the currencies of Spanish-speaking countries that write 1,234.50 (CLDR, the
// number symbols of es-MX, es-GT, es-HN, es-NI, es-DO, es-PA, es-PE and es-SV).
var pointed = map[string]bool{"MXN": true, "GTQ": true, "HNL": true, "NIO": true, "DOP": true, "PAB": true, "PEN": true, "SVC": true}

// Price writes an amount in minor units as people of the language read it: "1.234,50 €" in
// Spanish, "€1,234.50" in English. Spanish follows the currency's country: a Mexican reads
// "1,234.50 MX$". No currency, no price: "".
func Price(minor int64, currency, language string) string {
	if currency == "" {
		return ""
	}
	currency = strings.ToUpper(currency)
	exp, ok := exponents[currency]
	if !ok {
		exp = 2
	}
	sign, size := "", uint64(minor)
	if minor < 0 {
		sign, size = "-", -size // right for the smallest number too, which has no positive twin
	}
	digits := strconv.FormatUint(size, 10)
	if n := exp + 1 - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	whole, part := digits[:len(digits)-exp], digits[len(digits)-exp:]
	thousand, point := ".", ","
	english := strings.HasPrefix(language, "en")
	if english || pointed[currency] {
		thousand, point = ",", "."
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousand + whole[i:]
	}
	amount := whole
	if exp > 0 {
		amount += point + part
	}
	symbol, ok := symbols[currency]
	if !ok {
		symbol = currency
	}
	switch {
	case !english:
		return sign + amount + " " + symbol
	case !ok:
		return sign + symbol + " " + amount
	}
	return sign + symbol + amount
}
