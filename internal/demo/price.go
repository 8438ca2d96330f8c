package demo

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Price writes an amount of euro cents as people of the language do:
// "39,95 €" in Spanish (with a no-break space) and "€39.95" in English. Any
// language but "en" is taken for Spanish.
func Price(cents int, lang string) string {
	amount := number.Decimal(float64(cents)/100, number.Scale(2))
	if lang == "en" {
		return "€" + message.NewPrinter(language.English).Sprint(amount)
	}
	return message.NewPrinter(language.EuropeanSpanish).Sprint(amount) + "\u00a0€"
}
