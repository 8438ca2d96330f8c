package reading

import (
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"¡Sí, MAÑANA!": "si manana", "  Ver   catálogo 👟 ": "ver catalogo", "don't": "dont", "ＡＢＣ １２": "abc 12", "...": "", "": "",
		"Opción #2": "opcion 2", "e\u0301l": "el",
	} {
		if got := Words(in); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	menu := []string{"Ver catálogo 👟", "Mi pedido", "Hablar con una persona"}
	ask := []string{"Sí, quiero", "No, gracias"}
	for _, c := range []struct {
		labels []string
		answer string
		want   int
	}{
		{menu, "ver catalogo", 0}, {menu, "2", 1}, {menu, "la segunda por favor", 1}, {menu, "opción tres", 2}, {menu, "la última", 2},
		{menu, "1.", 0}, {menu, "uno", 0}, {menu, "2. Mi pedido", 1}, {menu, "2) Ver catálogo", -1}, {menu, "4", -1}, {menu, "hola", -1}, {menu, "", -1},
		{menu, "si", -1}, {menu, "quiero 2 pares", -1}, {menu, "the second one", 1},
		{ask, "SI", 0}, {ask, "claro que sí", 0}, {ask, "no", 1}, {ask, "nada gracias", 1}, {ask, "ok", 0}, {ask, "no sé", -1},
		{[]string{"Sí", "Sí, pero después"}, "dale", -1}, // which of them?
		{[]string{"1 par", "2 pares"}, "2 pares", 1},
	} {
		if got := Choose(c.labels, c.answer); got != c.want {
			t.Errorf("Choose(%q, %q) = %d, want %d", c.labels, c.answer, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, lang string
		want     float64
		ok       bool
	}{
		{"1.234,5", "es", 1234.5, true}, {"1,234.5", "en", 1234.5, true}, {"1,234.5", "es", 1234.5, true}, {"1.234,5", "en", 1234.5, true},
		{"1.234", "es", 1234, true}, {"1.234", "en", 1.234, true}, {"1,234", "en", 1234, true}, {"1,234", "es", 1.234, true},
		{"2,5", "es", 2.5, true}, {"2,5", "en", 2.5, true}, {"2.5", "es", 2.5, true}, {"0.500", "es", 0.5, true}, {"1.234.567", "es", 1234567, true},
		{"$ 45.000 pesos", "es", 45000, true}, {"1 200 300", "es", 1200300, true}, {"son 3 pares", "es", 3, true}, {"-4", "es", -4, true},
		{"2 mil", "es", 2000, true}, {"3k", "en", 3000, true}, {"1,5 millones", "es", 1500000, true},
		{"dos mil", "es", 2000, true}, {"dos mil quinientos treinta y dos", "es", 2532, true}, {"twenty-five", "en", 25, true},
		{"two hundred and six", "en", 206, true}, {"mil", "es", 1000, true}, {"una docena", "es", 12, true}, {"docena y media", "es", 18, true},
		{"veintitrés", "es", 23, true}, {"cien mil", "es", 100000, true}, {"un par", "es", 2, true}, {"a hundred", "en", 100, true}, {"dos y medio", "es", 2.5, true},
		{"3 para 2 personas", "es", 0, false}, {"no sé", "es", 0, false}, {"", "es", 0, false}, {"muchos", "es", 0, false}, {"1,2.3,4", "es", 0, false},
	} {
		got, ok := Number(c.in, c.lang)
		if ok != c.ok || got != c.want && ok {
			t.Errorf("Number(%q, %s) = %v, %v, want %v, %v", c.in, c.lang, got, ok, c.want, c.ok)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	bogota, err := time.LoadLocation("America/Bogota")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 10, 20, 0, 0, bogota) // a Saturday
	for _, c := range []struct{ in, lang, want string }{
		{"hoy", "es", "2026-11-21"}, {"mañana", "es", "2026-11-22"}, {"pasado mañana", "es", "2026-11-23"}, {"Mañana por la mañana", "es", "2026-11-22"},
		{"tomorrow", "en", "2026-11-22"}, {"the day after tomorrow", "en", "2026-11-23"}, {"mañana a las 5", "es", "2026-11-22 17:00"},
		{"mañana a las 10 y media", "es", "2026-11-22 10:30"}, {"el lunes a las 3 de la tarde", "es", "2026-11-23 15:00"}, {"tomorrow at 5pm", "en", "2026-11-22 17:00"},
		{"15 de mayo", "es", "2027-05-15"}, {"el 15 de diciembre", "es", "2026-12-15"}, {"May 15th", "en", "2027-05-15"}, {"15th of May 2028", "en", "2028-05-15"},
		{"primero de enero", "es", "2027-01-01"}, {"3 ene 2027", "es", "2027-01-03"}, {"15 de mayo de 1990", "es", "1990-05-15"},
		{"viernes", "es", "2026-11-27"}, {"el próximo viernes", "es", "2026-11-27"}, {"next friday", "en", "2026-11-27"}, {"sábado", "es", "2026-11-28"},
		{"este lunes", "es", "2026-11-23"}, {"hoy sábado a las 4", "es", "2026-11-21 16:00"},
		{"2026-12-01", "es", "2026-12-01"}, {"2026-12-01T15:30", "es", "2026-12-01 15:30"}, {"15/05/2027", "es", "2027-05-15"}, {"5/15/2027", "en", "2027-05-15"},
		{"05/06/2027", "es", "2027-06-05"}, {"05/06/2027", "en", "2027-05-06"}, {"05/06/2027", "en-GB", "2027-06-05"}, {"3/12", "es", "2026-12-03"}, {"15.05.27", "es", "2027-05-15"},
		{"31/12 23:15", "es", "2026-12-31 23:15"}, {"el 3", "es", "2026-12-03"}, {"el 25", "es", "2026-11-25"}, {"31", "es", "2026-12-31"},
		{"en 3 días", "es", "2026-11-24"}, {"dentro de dos semanas", "es", "2026-12-05"}, {"in two weeks", "en", "2026-12-05"}, {"in a month", "en", "2026-12-21"},
		{"en 2 horas", "es", "2026-11-21 12:20"}, {"la semana que viene", "es", "2026-11-28"}, {"next month", "en", "2026-12-21"},
		{"a las 9", "es", "2026-11-22 09:00"}, {"esta tarde a las 6", "es", "2026-11-21 18:00"}, {"tonight at 8", "en", "2026-11-21 20:00"}, {"mañana al mediodía", "es", "2026-11-22 12:00"},
		{"mañana a las 7 am", "es", "2026-11-22 07:00"}, {"mañana 05:30", "es", "2026-11-22 05:30"}, {"el martes a las 12 de la noche", "es", "2026-11-24 00:00"},
		{"31 de febrero", "es", ""}, {"40/13/2027", "es", ""}, {"no sé", "es", ""}, {"mañana no puedo", "es", ""}, {"tengo 2 hijos", "es", ""}, {"hola", "es", ""}, {"", "es", ""},
		{"2026-02-30", "es", ""}, {"mañana 25:10", "es", ""}, {"ayer", "es", ""},
	} {
		got, timed, ok := Date(c.in, now, c.lang)
		s := ""
		if ok {
			if s = got.Format("2006-01-02"); timed {
				s = got.Format("2006-01-02 15:04")
			}
		}
		if s != c.want {
			t.Errorf("Date(%q, %s) = %q, want %q", c.in, c.lang, s, c.want)
		}
		if ok && got.Location() != bogota {
			t.Errorf("Date(%q) is in %v", c.in, got.Location())
		}
	}
}

func TestPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, country, want string }{
		{"300 123 4567", "CO", "+573001234567"}, {"+57 (300) 123-4567", "", "+573001234567"}, {"00573001234567", "MX", "+573001234567"},
		{"mi número es 300 123 4567", "co", "+573001234567"}, {"55 1234 5678", "MX", "+525512345678"}, {"300 123 4567", "", ""}, {"12", "CO", ""}, {"hola", "CO", ""},
	} {
		if got, _ := Phone(c.in, c.country); got != c.want {
			t.Errorf("Phone(%q, %s) = %q, want %q", c.in, c.country, got, c.want)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ana@mail.com": "ana@mail.com", "es Ana.Perez+x@Mail.COM, gracias": "Ana.Perez+x@mail.com", "<ana@mail.co>": "ana@mail.co", "mailto:ana@mail.com": "ana@mail.com",
		"ana@mail": "", "ana mail.com": "", "@mail.com": "", "ana@@mail.com": "", "ana@mail..com": "", "": "",
	} {
		if got, _ := Email(in); got != want {
			t.Errorf("Email(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever is written, reading ends and gives something finite.
func FuzzReading(f *testing.F) {
	for _, s := range []string{"mañana a las 5", "1.234,5", "dos mil", "2. Ver", "31/02/2027", "en 999 meses", "+57 300"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		if at, _, ok := Date(s, now, "es"); ok && (at.Year() < 0 || at.Year() > 9999) {
			t.Errorf("Date(%q) = %v", s, at)
		}
		if n, ok := Number(s, "en"); ok && (n != n || n-n != 0) {
			t.Errorf("Number(%q) = %v", s, n)
		}
		Choose([]string{"uno", "dos"}, s)
		Email(s)
		Phone(s, "CO")
	})
}
