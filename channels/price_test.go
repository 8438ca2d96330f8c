package channels

import (
	"math"
	"testing"
)

func TestPrice(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		minor              int64
		currency, language string
		want               string
	}{
		{123450, "EUR", "es", "1.234,50 €"},
		{123450, "EUR", "en", "€1,234.50"},
		{123450, "MXN", "es", "1,234.50 MX$"},
		{123450, "eur", "es-MX", "1.234,50 €"},
		{5, "EUR", "es", "0,05 €"},
		{0, "EUR", "en-US", "€0.00"},
		{-123450, "EUR", "es", "-1.234,50 €"},
		{-123450, "EUR", "en", "-€1,234.50"},
		{1234567, "CLP", "es", "1.234.567 CLP$"},
		{999, "CLP", "es", "999 CLP$"},
		{0, "JPY", "en", "JPY 0"},
		{1234567, "KWD", "en", "KWD 1,234.567"},
		{1, "CLF", "es", "0,0001 CLF"},
		{100, "XYZ", "es", "1,00 XYZ"},
		{100000000, "USD", "es", "1.000.000,00 US$"},
		{math.MinInt64, "JPY", "en", "-JPY 9,223,372,036,854,775,808"},
		{100, "", "es", ""},
	} {
		if got := Price(x.minor, x.currency, x.language); got != x.want {
			t.Errorf("Price(%d, %q, %q) = %q, want %q", x.minor, x.currency, x.language, got, x.want)
		}
	}
}
