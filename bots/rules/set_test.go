package rules

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/hours"
)

// A Monday, 10:00 in Bogotá.
var monday = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

func office(t testing.TB) *hours.Week {
	t.Helper()
	w, err := hours.Hours{Zone: "America/Bogota", Days: map[string][]hours.Span{"mon": {{From: "09:00", To: "18:00"}}}}.Compile("")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// def is a rule named after what it does.
func def(name string, m Match, patterns ...string) Definition {
	return Definition{Name: name, Enabled: true, Match: m, Patterns: patterns, Answers: []chat.Content{chat.Plain("ok")},
		Active: Active{When: Always}, Then: Stay}
}

func with(d Definition, f func(*Definition)) Definition { f(&d); return d }

func build(t testing.TB, ds ...Definition) *Set {
	t.Helper()
	s, err := Compile(ds, office(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"¡Hola!":                      "hola",
		"  ¿Dónde   está\nmi pedido?": "donde esta mi pedido",
		"MAÑANA":                      "manana",
		"mañana":                      "manana", // decomposed
		"ＨＯＬＡ ﬁn 𝐇𝐨𝐥𝐚":                "hola fin hola",
		"don't don’t":                 "dont dont",
		"envío👍gratis":                "envio gratis",
		"👍🏽":                          "",
		"en\u200bvi\u00ado":           "envio",
		"holaaaaa buenooos":           "hola buenos",
		"leer cooperar":               "leer cooperar",
		"tomo III talla XXXL 1000":    "tomo iii talla xxxl 1000",
		"a\xffb":                      "a b",
		"":                            "",
		"3,5kg #2":                    "3 5kg 2",
	} {
		if got := Words(in); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  ¿Envío\n\ta  Ñuñoa?": "¿envio a nunoa?",
		"Pedido #12-A":          "pedido #12-a",
		"holaaa 👍":              "holaaa 👍",
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMatchKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		match    Match
		patterns []string
		yes, no  []string
	}{
		{Exact, []string{"Horario", "¿a qué hora abren?"},
			[]string{"horario", "¡HORARIO!", "A que hora abren", "horario 🙂"},
			[]string{"horarios", "el horario", "horario hoy", "a que hora", ""}},
		{Contains, []string{"envío gratis", "despacho"},
			[]string{"¿Tienen envio   gratis?", "envío, gratis", "el DESPACHO cuánto vale", "hay envio envio gratis"},
			[]string{"envío", "gratis envío", "envío muy gratis", "despachos", "envios gratis"}},
		{Starts, []string{"quiero comprar"},
			[]string{"Quiero comprar", "quiero comprar zapatos", "¡¡quiero comprar!!"},
			[]string{"hola quiero comprar", "quiero", "quiero comprarlo"}},
		{AnyOf, []string{"envío, despacho; a domicilio\nenvían", "2,5 litros"},
			[]string{"el despacho", "llega a domicilio?", "ustedes envian?", "botella de 2,5 litros", "envío"},
			[]string{"domicilio", "a mi domicilio", "quiero 2", "5 litros", "enviar"}},
		{Regex, []string{`pedido\s*#?(\d{4,})`, `^(sí|claro)\b`, `Ñandú`, `[áéíóú]{3}`, `(?:factura|boleta) electr[oó]nica`},
			[]string{"mi PEDIDO #12345", "pedido 1234 no llega", "SI, gracias", "Claro", "un ñandu", "aei", "la FACTURA Electrónica"},
			[]string{"pedido 12", "ahora si", "sirve", "andu", "factura"}},
	} {
		t.Run(string(c.match), func(t *testing.T) {
			t.Parallel()
			s := build(t, def("r", c.match, c.patterns...))
			for _, text := range c.yes {
				if s.Match(text, monday).Winner == nil {
					t.Errorf("%q should match %q", text, c.patterns)
				}
			}
			for _, text := range c.no {
				if w := s.Match(text, monday).Winner; w != nil {
					t.Errorf("%q should not match, did by %q", text, w.Pattern)
				}
			}
		})
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	prio := func(n int) func(*Definition) { return func(d *Definition) { d.Priority = n } }
	when := func(w When) func(*Definition) { return func(d *Definition) { d.Active.When = w } }
	off := func(d *Definition) { d.Enabled = false }
	sunday := func(d *Definition) {
		d.Active = Active{Custom, &hours.Hours{Days: map[string][]hours.Span{"sun": {{From: "09:00", To: "12:00"}}}}}
	}
	for _, c := range []struct {
		name  string
		rules []Definition
		text  string
		want  string // winner
		lost  []string
		rest  int
	}{
		{"nothing matches", []Definition{def("a", Contains, "x"), def("b", Regex, "y")}, "z", "", nil, 2},
		{"priority first", []Definition{def("exact", Exact, "envio"), with(def("high", Regex, "env"), prio(1))}, "envío", "high", []string{"exact priority"}, 0},
		{"exact before phrase", []Definition{def("contains", Contains, "envio gratis"), def("exact", Exact, "envio gratis")}, "envio gratis", "exact", []string{"contains less_specific"}, 0},
		{"longer phrase", []Definition{def("one", Contains, "envio"), def("two", Contains, "envio gratis")}, "hay envio gratis", "two", []string{"one less_specific"}, 0},
		{"longest pattern of a rule counts", []Definition{def("two", Contains, "envio gratis"), def("three", Contains, "envio", "el envio gratis")}, "el envio gratis", "three", []string{"two less_specific"}, 0},
		{"starts, contains, any_of, regex", []Definition{def("regex", Regex, "envio"), def("any", AnyOf, "envio"), def("contains", Contains, "envio"), def("starts", Starts, "envio")}, "envio ya", "starts",
			[]string{"contains less_specific", "any less_specific", "regex less_specific"}, 0},
		{"the order given", []Definition{def("a", Contains, "envio"), def("b", Contains, "gratis")}, "envio gratis", "a", []string{"b order"}, 0},
		{"disabled", []Definition{with(def("off", Exact, "envio"), off), def("on", Regex, "envio")}, "envio", "on", []string{"off disabled"}, 0},
		{"while open", []Definition{with(def("closed", Exact, "a"), when(Closed)), with(def("open", Exact, "a"), when(Open)), with(def("sunday", Exact, "a"), sunday)}, "a", "open",
			[]string{"closed hours:open", "sunday hours:custom"}, 0},
		{"only losers", []Definition{with(def("closed", Exact, "a"), when(Closed)), def("b", Exact, "b")}, "a", "", []string{"closed hours:open"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			res := build(t, c.rules...).Match(c.text, monday)
			got := ""
			if res.Winner != nil {
				got = res.Winner.Rule.Name
			}
			var lost []string
			for _, l := range res.Lost {
				lost = append(lost, l.Rule.Name+" "+l.Reason)
			}
			if got != c.want || !slices.Equal(lost, c.lost) || res.Unmatched != c.rest {
				t.Errorf("won %q, lost %q, rest %d; want %q, %q, %d", got, lost, res.Unmatched, c.want, c.lost, c.rest)
			}
		})
	}
}

func TestHoursDecideTheWinner(t *testing.T) {
	t.Parallel()
	a, b, c := def("open", Exact, "hola"), def("closed", Exact, "hola"), def("own", Exact, "hola")
	a.Active.When, b.Active.When = Open, Closed
	c.Active = Active{Custom, &hours.Hours{Days: map[string][]hours.Span{"sun": {{From: "09:00", To: "12:00"}}}}}
	c.Priority = 1
	s := build(t, a, b, c)
	for at, want := range map[string]string{
		"2026-03-02T10:00:00-05:00": "open", "2026-03-02T18:00:00-05:00": "closed",
		"2026-03-08T08:59:59-05:00": "closed", "2026-03-08T09:00:00-05:00": "own", // Sunday, in the shop's zone
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if w := s.Match("hola", now).Winner; w == nil || w.Rule.Name != want {
			t.Errorf("at %s: %v, want %s", at, w, want)
		}
	}
}

func TestCompileNamesRuleAndField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", MaxPattern+1)
	for _, c := range []struct {
		name string
		rule Definition
		want string
		args map[string]any
	}{
		{"bad class", def("r", Regex, "ok", "año [a-"), "rule.regex at rules[1].patterns[1]", map[string]any{"position": 5}},
		{"no closing", def("r", Regex, "(añ"), "rule.regex at rules[1].patterns[0]", map[string]any{"position": 4}},
		{"too many closing", def("r", Regex, "añ)b"), "rule.regex at rules[1].patterns[0]", map[string]any{"position": 3}},
		{"nothing to repeat", def("r", Regex, "año|*"), "rule.regex at rules[1].patterns[0]", map[string]any{"position": 5}},
		{"lookahead is not RE2", def("r", Regex, "a(?=b)"), "rule.regex at rules[1].patterns[0]", map[string]any{"position": 2}},
		{"huge", def("r", Regex, "(a{40}){24}"), "rule.regex_too_complex at rules[1].patterns[0]", nil},
		{"blank regex", def("r", Regex, " "), "rule.pattern_empty at rules[1].patterns[0]", nil},
		{"too long", def("r", Contains, long), "rule.pattern_too_long at rules[1].patterns[0]", nil},
		{"only punctuation", def("r", Contains, "¿?"), "rule.pattern_empty at rules[1].patterns[0]", nil},
		{"no words among commas", def("r", AnyOf, "hola", ", ;"), "rule.pattern_empty at rules[1].patterns[1]", nil},
		{"no pattern", def("r", Exact), "rule.patterns at rules[1].patterns", nil},
		{"match", def("r", "like", "a"), "rule.match at rules[1].match", nil},
		{"name", def(" ", Exact, "a"), "rule.name at rules[1].name", nil},
		{"then", with(def("r", Exact, "a"), func(d *Definition) { d.Then = "wait" }), "rule.then at rules[1].then", nil},
		{"says nothing", with(def("r", Exact, "a"), func(d *Definition) { d.Answers = nil }), "rule.says_nothing at rules[1].answers", nil},
		{"bad answer", with(def("r", Exact, "a"), func(d *Definition) { d.Answers = append(d.Answers, chat.Content{Type: chat.Image}) }), "content.missing at rules[1].answers[1].media", nil},
		{"when", with(def("r", Exact, "a"), func(d *Definition) { d.Active.When = "" }), "rule.when at rules[1].active.when", nil},
		{"custom without hours", with(def("r", Exact, "a"), func(d *Definition) { d.Active.When = Custom }), "rule.hours_missing at rules[1].active.hours", nil},
		{"custom never", with(def("r", Exact, "a"), func(d *Definition) { d.Active = Active{Custom, &hours.Hours{}} }), "rule.never_active at rules[1].active.hours", nil},
		{"bad hours", with(def("r", Exact, "a"), func(d *Definition) {
			d.Active = Active{Custom, &hours.Hours{Days: map[string][]hours.Span{"mon": {{From: "9", To: "10:00"}}}}}
		}), "hours.time at rules[1].active.hours.days.mon[0].from", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile([]Definition{def("fine", Exact, "hola"), c.rule}, office(t))
			var p *errs.Problem
			if !errors.As(err, &p) || err.Error() != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if p.Args["rule"] != c.rule.Name {
				t.Errorf("args %v do not name the rule", p.Args)
			}
			for k, v := range c.args {
				if p.Args[k] != v {
					t.Errorf("%s is %v, want %v", k, p.Args[k], v)
				}
			}
			alone := strings.Replace(c.want, "rules[1].", "", 1)
			if err := c.rule.Check(); err == nil || err.Error() != alone {
				t.Errorf("Check: %v, want %s", err, alone)
			}
		})
	}
	if err := def("ok", Regex, "a").Check(); err != nil {
		t.Errorf("Check of a good rule: %v", err)
	}
}

func TestLimitsOfAllRules(t *testing.T) {
	t.Parallel()
	many := make([]Definition, MaxRules+1)
	if _, err := Compile(many, office(t)); !errs.Is(err, "rule.too_many") {
		t.Errorf("too many rules: %v", err)
	}
	heavy := make([]Definition, 20)
	for i := range heavy {
		heavy[i] = def(fmt.Sprint("r", i), Regex, "x{800}")
	}
	_, err := Compile(heavy, office(t))
	if !errs.Is(err, "rule.regexes_too_complex") || strings.Count(err.Error(), "\n") != 0 {
		t.Errorf("too complex together: %v", err)
	}
}

func TestSetDoesNotShareItsInput(t *testing.T) {
	t.Parallel()
	ds := []Definition{def("r", Exact, "hola")}
	s := build(t, ds...)
	ds[0].Answers[0] = chat.Plain("changed")
	if got := s.Match("hola", monday).Winner.Rule.Answers[0].Text; got != "ok" {
		t.Errorf("the answer became %q", got)
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`pedido\s+#?\d+`:          `[[pedido]]`,
		`(envio|despacho) #\d`:    `[[envio despacho] [ #]]`,
		`(?:a|\d)`:                `[]`,
		`hola?`:                   `[[hol]]`,
		`x*`:                      `[]`,
		`(factura )+\d`:           `[[factura ]]`,
		`ab.*cdef`:                `[[ab] [cdef]]`,
		`AñB`:                     `[[anb]]`,
		`aΣbc`:                    `[[bc]]`,
		`[a-z]+@gmail`:            `[[@gmail]]`,
		`(ab){2,3}`:               `[[ab] [ab]]`,
		`(a.b|c)d`:                `[[a c] [d]]`,
		`(?:uno|dos)?\s*(?:tres)`: `[[tres]]`,
	} {
		re, err := compileRegex(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(re.needs); got != want {
			t.Errorf("%s needs %s, want %s", pattern, got, want)
		}
	}
}

// naive is the rules' meaning, word for word, without an index.
func naive(ds []Definition, week *hours.Week, text string, now time.Time) (winner int, matched []int) {
	type found struct{ rule, kind, words int }
	var hits []found
	pad := func(s string) string { return " " + s + " " }
	words := Words(text)
	for i, d := range ds {
		best := found{rule: -1}
		for _, p := range d.Patterns {
			parts := []string{p}
			if d.Match == AnyOf {
				parts = alternatives(p)
			}
			for _, part := range parts {
				w := Words(part)
				n := len(strings.Fields(w))
				f := found{rule: -1, words: n}
				switch {
				case d.Match == Exact && w == words:
					f = found{i, 9, n}
				case d.Match == Starts && strings.HasPrefix(pad(words), pad(w)):
					f = found{i, 3, n}
				case d.Match == Contains && strings.Contains(pad(words), pad(w)):
					f = found{i, 2, n}
				case d.Match == AnyOf && w != "" && strings.Contains(pad(words), pad(w)):
					f = found{i, 1, n}
				case d.Match == Regex && regexp.MustCompile("(?i)"+unaccented(p)).MatchString(clip(Line(text), maxRegexText)):
					f = found{i, 0, 0}
				}
				if f.rule >= 0 && (best.rule < 0 || f.words > best.words) {
					best = f
				}
			}
		}
		if best.rule >= 0 {
			hits = append(hits, best)
		}
	}
	slices.SortStableFunc(hits, func(a, b found) int {
		return cmp.Or(
			cmp.Compare(ds[b.rule].Priority, ds[a.rule].Priority),
			cmp.Compare(b.kind/9, a.kind/9), cmp.Compare(b.words, a.words), cmp.Compare(b.kind, a.kind))
	})
	winner = -1
	for _, h := range hits {
		matched = append(matched, h.rule)
		d := ds[h.rule]
		active := d.Enabled && (d.Active.When == Always || d.Active.When == Open && week.Open(now) || d.Active.When == Closed && !week.Open(now))
		if active && winner < 0 {
			winner = h.rule
		}
	}
	return winner, matched
}

// randomRules makes small rules over few words, so that they overlap and nest.
func randomRules(rng *rand.Rand, n int) []Definition {
	vocabulary := []string{"a", "b", "c", "envío", "Envio", "ñ", "n", "hola", "2"}
	phrase := func() string {
		var ws []string
		for range 1 + rng.IntN(4) {
			ws = append(ws, vocabulary[rng.IntN(len(vocabulary))])
		}
		return strings.Join(ws, []string{" ", ", ", "  "}[rng.IntN(3)])
	}
	expressions := []string{"a b", "^hola", "(b|c) n", "env[ií]o$", "a.*c", "ñ+", "x?"}
	ds := make([]Definition, n)
	for i := range ds {
		m := []Match{Exact, Contains, Starts, AnyOf, Regex}[rng.IntN(5)]
		d := def(fmt.Sprint("r", i), m)
		for range 1 + rng.IntN(3) {
			p := phrase()
			if m == Regex {
				p = expressions[rng.IntN(len(expressions))]
			}
			d.Patterns = append(d.Patterns, p)
		}
		d.Priority, d.Enabled = rng.IntN(3), rng.IntN(8) > 0
		d.Active.When = []When{Always, Always, Open, Closed}[rng.IntN(4)]
		ds[i] = d
	}
	return ds
}

func checkAgainstNaive(t *testing.T, s *Set, ds []Definition, text string, now time.Time) {
	t.Helper()
	res := s.Match(text, now)
	want, matched := naive(ds, s.general, text, now)
	got := -1
	if res.Winner != nil {
		got = slices.IndexFunc(ds, func(d Definition) bool { return d.Name == res.Winner.Rule.Name })
	}
	if got != want {
		t.Fatalf("%q: rule %d won, the naive reading says %d\n%+v", text, got, want, ds)
	}
	if n := len(ds) - res.Unmatched; n != len(matched) {
		t.Fatalf("%q: %d rules match, the naive reading says %v\n%+v", text, n, matched, ds)
	}
}

func TestMatchAgainstNaive(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	words := []string{"a", "b", "c", "envío", "n", "hola", "2", "otra", "¡"}
	for range 300 {
		ds := randomRules(rng, 1+rng.IntN(12))
		s := build(t, ds...)
		for range 20 {
			var ws []string
			for range rng.IntN(9) {
				ws = append(ws, words[rng.IntN(len(words))])
			}
			checkAgainstNaive(t, s, ds, strings.Join(ws, " "), monday.Add(time.Duration(rng.IntN(24))*time.Hour))
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add(uint64(1), "hola, envío a b c", "envío gratis")
	f.Add(uint64(2), "Ñ ñ n a\xff b\u0301", "a, b")
	f.Add(uint64(3), "", "𝐀 ﬁ")
	f.Fuzz(func(t *testing.T, seed uint64, text, pattern string) {
		ds := randomRules(rand.New(rand.NewPCG(seed, 1)), 6)
		for i, m := range []Match{Exact, Contains, Starts, AnyOf} {
			if d := def(fmt.Sprint("own", i), m, pattern); d.Check() == nil {
				ds = append(ds, d)
			}
		}
		checkAgainstNaive(t, build(t, ds...), ds, text, monday)
	})
}

func FuzzRegex(f *testing.F) {
	f.Add("(a|b)+c", "abc")
	f.Add(`\x{1F600}|ß`, "ß")
	f.Add("(?-i)A[^", "a")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := compileRegex(pattern)
		if err != nil {
			var p *errs.Problem
			if !errors.As(err, &p) {
				t.Fatalf("not a Problem: %v", err)
			}
			if at, ok := p.Args["position"].(int); ok && (at < 1 || at > len(pattern)+1) {
				t.Fatalf("position %d of %q", at, pattern)
			}
			return
		}
		if line := clip(Line(text), maxRegexText); re.match(line) != re.re.MatchString(line) {
			t.Fatalf("%q on %q: what it needs %q is wrong", pattern, line, re.needs)
		}
	})
}
