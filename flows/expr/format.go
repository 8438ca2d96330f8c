package expr

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// english reports whether a style speaks English; everything else is read as Spanish.
func (s Style) english() bool { return strings.HasPrefix(s.Language, "en") }

// currency is how a currency is written where it is at home (CLDR 47, currencyFormats of
// es-<country> and the symbols of en). point: "1,234.56", else "1.234,56". whole: CLDR's
// cash digits are 0, so whole amounts carry no decimals. none: ISO 4217 gives it none at all.
type currency struct {
	symbol, abroad string // at home, and in English
	gap            bool   // a space between symbol and amount
	after          bool   // the symbol stands behind
	point          bool
	whole, none    bool
}

var currencies = map[string]currency{
	"ARS": {symbol: "$", abroad: "ARS", gap: true},
	"BOB": {symbol: "Bs", abroad: "BOB", gap: true},
	"BRL": {symbol: "R$", abroad: "R$", gap: true},
	"CLP": {symbol: "$", abroad: "CLP", none: true},
	"COP": {symbol: "$", abroad: "COP", gap: true, whole: true},
	"CRC": {symbol: "₡", abroad: "CRC", whole: true},
	"DOP": {symbol: "RD$", abroad: "DOP", point: true},
	"EUR": {symbol: "€", abroad: "€", gap: true, after: true},
	"GBP": {symbol: "£", abroad: "£", point: true},
	"GTQ": {symbol: "Q", abroad: "GTQ", gap: true, point: true},
	"HNL": {symbol: "L", abroad: "HNL", gap: true, point: true},
	"MXN": {symbol: "$", abroad: "MX$", point: true},
	"NIO": {symbol: "C$", abroad: "NIO", gap: true, point: true},
	"PAB": {symbol: "B/.", abroad: "PAB", gap: true, point: true},
	"PEN": {symbol: "S/", abroad: "PEN", gap: true, point: true},
	"PYG": {symbol: "Gs.", abroad: "PYG", gap: true, none: true},
	"USD": {symbol: "US$", abroad: "$", gap: true, point: true},
	"UYU": {symbol: "$", abroad: "UYU", gap: true},
	"VES": {symbol: "Bs.", abroad: "VES", gap: true},
}

func runMoney(f *frame, a []any) any {
	code := f.style.Currency
	if len(a) > 1 && a[1].(string) != "" {
		code = a[1].(string)
	}
	return money(a[0].(float64), code, f.style)
}

// money writes an amount of a currency. At home, in Spanish, its own symbol and marks; the
// symbol of a peso would lie beside another country's, so abroad it is the company's
// currency that is at home and others carry their code.
func money(n float64, code string, s Style) string {
	code = strings.ToUpper(cut(code, 8))
	c, known := currencies[code]
	home := currencies[s.Currency]
	symbol := c.symbol
	switch {
	case !known:
		symbol, c.gap, c.point = code, code != "", home.point
	case s.english():
		symbol, c.gap = c.abroad, c.abroad == code
	case symbol == "$" && s.Currency != "" && s.Currency != code:
		symbol, c.gap = code, true
	}
	if s.english() {
		c.point, c.after = true, false
	}
	decimals := 2
	if c.none || c.whole && n == math.Trunc(n) {
		decimals = 0
	}
	amount := grouped(math.Abs(n), decimals, c.point)
	space := ""
	if c.gap {
		space = "\u00a0" // an amount is not torn over two lines
	}
	sign := ""
	if n < 0 {
		sign = "-"
	}
	if c.after {
		return sign + amount + space + symbol
	}
	return sign + symbol + space + amount
}

func runNumber(f *frame, a []any) any {
	n := a[0].(float64)
	point := f.style.english() || currencies[f.style.Currency].point
	if len(a) > 1 {
		return signed(n, int(clamp(a[1].(float64), 0, 9)), point)
	}
	decimals := 0
	for decimals < 2 && math.Abs(n) < 1e12 && math.Round(n*100) != math.Round(n*math.Pow10(decimals))*math.Pow10(2-decimals) {
		decimals++
	}
	return signed(n, decimals, point)
}

func signed(n float64, decimals int, point bool) string {
	if n < 0 {
		return "-" + grouped(-n, decimals, point)
	}
	return grouped(n, decimals, point)
}

// grouped is 1234567.5 as "1.234.567,5", or "1,234,567.5" with a point.
func grouped(n float64, decimals int, point bool) string {
	if n >= 1e21 {
		return strconv.FormatFloat(n, 'g', 15, 64)
	}
	var buf [48]byte
	digits := strconv.AppendFloat(buf[:0], n, 'f', decimals, 64)
	whole := len(digits)
	if decimals > 0 {
		whole -= decimals + 1
	}
	thousand, mark := byte('.'), byte(',')
	if point {
		thousand, mark = ',', '.'
	}
	out := make([]byte, 0, 64)
	for i, d := range digits[:whole] {
		if i > 0 && (whole-i)%3 == 0 {
			out = append(out, thousand)
		}
		out = append(out, d)
	}
	if decimals > 0 {
		out = append(append(out, mark), digits[whole+1:]...)
	}
	return string(out)
}

var dateStyles = []string{"short", "long", "time", "datetime", "weekday", "month", "iso"}

var (
	weekdays = [...]string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
	months   = [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
)

func runDate(f *frame, a []any) any {
	style := "short"
	if len(a) > 1 {
		style = a[1].(string)
	}
	return formatDate(a[0].(time.Time), style, f)
}

func formatDate(d time.Time, style string, f *frame) string {
	if d.IsZero() {
		return ""
	}
	d = d.In(f.zone)
	english := f.style.english()
	switch style {
	case "long":
		if english {
			return d.Format("January 2, 2006")
		}
		return strconv.Itoa(d.Day()) + " de " + months[d.Month()-1] + " de " + strconv.Itoa(d.Year())
	case "time":
		if english {
			return d.Format("3:04 PM")
		}
		return d.Format("15:04")
	case "datetime":
		return formatDate(d, "short", f) + " " + formatDate(d, "time", f)
	case "weekday":
		if english {
			return d.Weekday().String()
		}
		return weekdays[d.Weekday()]
	case "month":
		if english {
			return d.Month().String()
		}
		return months[d.Month()-1]
	case "iso":
		return d.Format(time.RFC3339)
	}
	if english {
		return d.Format("01/02/2006")
	}
	return d.Format("02/01/2006")
}

// now is the run's clock, which the host put among the values.
func now(f *frame) time.Time {
	d, _ := toDate(f.values["now"], f.zone).(time.Time)
	return d
}

// runAgo counts in the largest unit of which there is at least one.
func runAgo(f *frame, a []any) any {
	d, n := a[0].(time.Time), now(f)
	if d.IsZero() || n.IsZero() {
		return ""
	}
	span := n.Sub(d)
	future := span < 0
	if future {
		span = -max(span, -math.MaxInt64)
	}
	units := []struct {
		long         time.Duration
		es, ess, eng string
	}{
		{365 * 24 * time.Hour, "año", "años", "year"},
		{30 * 24 * time.Hour, "mes", "meses", "month"},
		{24 * time.Hour, "día", "días", "day"},
		{time.Hour, "hora", "horas", "hour"},
		{time.Minute, "minuto", "minutos", "minute"},
	}
	for _, u := range units {
		if span < u.long {
			continue
		}
		n := int(span / u.long)
		count := strconv.Itoa(n) + " "
		if f.style.english() {
			word := count + u.eng
			if n != 1 {
				word += "s"
			}
			if future {
				return "in " + word
			}
			return word + " ago"
		}
		word := count + u.ess
		if n == 1 {
			word = count + u.es
		}
		if future {
			return "en " + word
		}
		return "hace " + word
	}
	if f.style.english() {
		return "just now"
	}
	return "hace un momento"
}

// runDaysBetween compares calendar days in the zone: midnight to midnight, whatever the
// clock did in between.
func runDaysBetween(f *frame, a []any) any {
	from, to := a[0].(time.Time), a[1].(time.Time)
	if from.IsZero() || to.IsZero() {
		return 0.0
	}
	return math.Round(midnight(to.In(f.zone)).Sub(midnight(from.In(f.zone))).Hours() / 24)
}

func midnight(d time.Time) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
}

// farthest keeps moved dates within years that every format can write.
const farthest = 100 * 366 // days

func moved(d time.Time, days, hours float64) any {
	if d.IsZero() {
		return nil
	}
	d = d.AddDate(0, 0, int(clamp(days, -farthest, farthest)))
	d = d.Add(time.Duration(clamp(hours, -24*farthest, 24*farthest) * float64(time.Hour)))
	if d.Year() < 1 || d.Year() > 9999 {
		return nil
	}
	return d
}

func runInDays(f *frame, a []any) any  { return moved(now(f), a[0].(float64), 0) }
func runAddDays(_ *frame, a []any) any { return moved(a[0].(time.Time), a[1].(float64), 0) }
func runAddHours(_ *frame, a []any) any {
	return moved(a[0].(time.Time), 0, a[1].(float64))
}

func runWeekday(f *frame, a []any) any {
	d := a[0].(time.Time)
	if d.IsZero() {
		return 0.0
	}
	return float64((d.In(f.zone).Weekday()+6)%7 + 1)
}

func runHour(f *frame, a []any) any { return float64(a[0].(time.Time).In(f.zone).Hour()) }

func runPlural(_ *frame, a []any) any {
	if a[0].(float64) == 1 {
		return a[1]
	}
	return a[2]
}

func join(words []string) string { return strings.Join(words, ", ") }
