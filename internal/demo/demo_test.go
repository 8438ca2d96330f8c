package demo

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io/fs"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/bots/rules"
)

func content(t *testing.T) *Content {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drawn are the files all tests share, because drawing takes its time.
var drawn = sync.OnceValues(func() (*Files, error) {
	c, err := Load()
	return NewFiles(c), err
})

func sharedFiles(t *testing.T) *Files {
	t.Helper()
	f, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestContentIsComplete(t *testing.T) {
	t.Parallel()
	c := content(t)
	counts := []struct {
		what       string
		got, least int
	}{
		{"products", len(c.Products), 40}, {"FAQs", len(c.FAQs), 60}, {"rules", len(c.Rules), 10},
		{"labels", len(c.Labels), 8}, {"team", len(c.Team), 5}, {"canned replies", len(c.Canned), 8},
		{"scripts", len(c.scripts), 25},
	}
	for _, n := range counts {
		if n.got < n.least {
			t.Errorf("%d %s, want at least %d", n.got, n.what, n.least)
		}
	}
}

func TestKeysAreUnique(t *testing.T) {
	t.Parallel()
	c := content(t)
	unique(t, "product", c.Products, Product.key)
	unique(t, "product name", c.Products, func(p Product) string { return p.Name })
	unique(t, "FAQ", c.FAQs, FAQ.key)
	unique(t, "rule", c.Rules, Rule.key)
	unique(t, "label", c.Labels, func(l Label) string { return l.Name })
	unique(t, "member", c.Team, func(m Member) string { return m.Email })
	unique(t, "canned reply", c.Canned, func(r Canned) string { return r.Shortcut })
	unique(t, "script", c.scripts, func(s script) string { return s.ID })
}

func unique[T any](t *testing.T, what string, all []T, key func(T) string) {
	t.Helper()
	seen := map[string]bool{}
	for _, v := range all {
		k := key(v)
		if k == "" || seen[k] {
			t.Errorf("%s %q is empty or there twice", what, k)
		}
		seen[k] = true
	}
}

func TestProducts(t *testing.T) {
	t.Parallel()
	c := content(t)
	hex := regexp.MustCompile(`^#[0-9a-f]{6}$`)
	for _, p := range c.Products {
		if p.Price <= 0 || p.Currency != c.Shop.Currency || p.Name == "" || p.Category == "" || p.Description == "" {
			t.Errorf("%s lacks something: %+v", p.SKU, p)
		}
		if len(p.Sizes) == 0 || len(p.Colors) == 0 {
			t.Errorf("%s has no sizes or no colours", p.SKU)
		}
		for _, col := range p.Colors {
			if !hex.MatchString(col.Hex) {
				t.Errorf("%s: colour %q", p.SKU, col.Hex)
			}
		}
		if !strings.Contains(p.Picture, strings.TrimPrefix(p.Colors[0].Hex, "#")) {
			t.Errorf("%s is not drawn in its first colour", p.SKU)
		}
	}
}

func TestFAQs(t *testing.T) {
	t.Parallel()
	c := content(t)
	owner := map[string]string{}
	for _, q := range c.FAQs {
		if n := len(q.Variants); n < 4 || n > 7 {
			t.Errorf("%s has %d variants, want 4 to 7", q.ID, n)
		}
		if n := len(regexp.MustCompile(`[.?](\s|$)`).FindAllString(q.Answer, -1)); n < 1 || n > 4 {
			t.Errorf("%s has %d sentences, want 1 to 4", q.ID, n)
		}
		if strings.ContainsAny(q.Answer, "*_#[]`!¡") {
			t.Errorf("%s has markup or exclamations", q.ID)
		}
		for _, text := range append([]string{q.Question}, q.Variants...) {
			words := rules.Words(text)
			if other := owner[words]; other != "" {
				t.Errorf("%q is in %s and in %s", text, other, q.ID)
			}
			owner[words] = q.ID
		}
	}
}

// What the answers say more than once must be the same everywhere.
func TestAnswersAgree(t *testing.T) {
	t.Parallel()
	c := content(t)
	say := func(id string, parts ...string) {
		q, ok := c.FAQ(id)
		if !ok {
			t.Errorf("no FAQ %s", id)
		}
		for _, p := range parts {
			if !strings.Contains(q.Answer, p) {
				t.Errorf("%s does not say %q", id, p)
			}
		}
	}
	team, stores := c.Shop.TeamHours.Days, c.Shop.StoreHours.Days
	clock := func(s string) string { return strings.TrimPrefix(s, "0") }
	say("contacto.horario", clock(team["mon"][0].From), clock(team["fri"][0].To), clock(team["sat"][0].From), clock(team["sat"][0].To))
	say("tiendas.horario", clock(stores["mon"][0].From), clock(stores["sat"][0].To))
	say("contacto.telefono", c.Shop.Email)
	for _, s := range c.Shop.Stores {
		say("tiendas.ubicacion", s.City, strings.ToLower(s.Address[:1])+s.Address[1:])
	}
	say("envios.coste", "3,95 €", "50 €")
	say("envios.plazo", "24 y 72 horas", "14:00")
	say("envios.express", "14:00")
	say("devoluciones.plazo", "30 días")
	say("devoluciones.regalo", "30 días")
	say("descuentos.bienvenida", "HOLA10", "10 %", "30 €")
	offers, _ := c.Rule("ofertas")
	for _, fact := range []string{"HOLA10", "50 €", "30 €"} {
		if !strings.Contains(offers.Answer.Text, fact) {
			t.Errorf("offers do not say %q", fact)
		}
	}
}

func TestRulesCompileAndFilesExist(t *testing.T) {
	t.Parallel()
	c := content(t)
	week, err := c.Shop.TeamHours.Compile(c.Shop.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	set, err := c.ruleSet(week)
	if err != nil {
		t.Fatal(err)
	}
	open := time.Date(2026, 3, 4, 12, 0, 0, 0, week.Zone())
	closed := open.Add(11 * time.Hour)
	for _, tt := range []struct {
		text string
		at   time.Time
		want string
	}{
		{"¡HOLA!", open, "saludo"}, {"hola", closed, "saludo-cerrado"},
		{"¿me mandas el catálogo?", open, "catalogo"}, {"tienen alguna promo", closed, "ofertas"},
		{"Guía de tallas por favor", open, "guia-tallas"}, {"Queja: llegó tarde", open, "reclamo"},
		{"es urgente por favor", closed, "urgente-cerrado"}, {"es urgente por favor", open, ""},
		{"¿Eres una máquina?", open, "eres-bot"}, {"Muchas gracias 😊", open, "gracias"}, {"Chao", open, "despedida"},
	} {
		if got := winner(set, tt.text, tt.at); got != tt.want {
			t.Errorf("%q is answered by %q, want %q", tt.text, got, tt.want)
		}
	}
	for _, q := range c.FAQs {
		for _, text := range append([]string{q.Question}, q.Variants...) {
			if r := winner(set, text, open) + winner(set, text, closed); r != "" {
				t.Errorf("rule %s takes %q away from %s", r, text, q.ID)
			}
		}
	}
	files := sharedFiles(t)
	for _, r := range c.Rules {
		a := r.Answer.Attachment
		if a == nil {
			continue
		}
		_, mime, err := files.Open(a.File)
		if err != nil || (a.Kind == "image") != strings.HasPrefix(mime, "image/") {
			t.Errorf("rule %s: %s is %s, %v", r.ID, a.File, mime, err)
		}
	}
}

func winner(set *rules.Set, text string, at time.Time) string {
	if hit := set.Match(text, at).Winner; hit != nil {
		return hit.Rule.Name
	}
	return ""
}

func TestTeam(t *testing.T) {
	t.Parallel()
	c := content(t)
	roles := map[string]int{}
	for _, m := range c.Team {
		roles[m.Role]++
		if a, err := mail.ParseAddress(m.Email); err != nil || !strings.HasSuffix(a.Address, "@tiendaaurora.example") {
			t.Errorf("%s has the address %q", m.Name, m.Email)
		}
	}
	for role, n := range map[string]int{"owner": 1, "agent": 2, "marketing": 1, "read_only": 1} {
		if roles[role] != n {
			t.Errorf("%d members are %s, want %d", roles[role], role, n)
		}
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	c := content(t)
	for _, s := range c.scripts {
		if s.Weight <= 0 || len(s.Steps) == 0 || len(s.Labels) == 0 {
			t.Errorf("script %s lacks weight, steps or labels", s.ID)
		}
		for _, l := range s.Labels {
			if !slices.ContainsFunc(c.Labels, func(have Label) bool { return have.Name == l }) {
				t.Errorf("script %s: no label %q", s.ID, l)
			}
		}
		for _, st := range s.Steps {
			for _, id := range st.Ask {
				if _, ok := c.FAQ(id); !ok {
					t.Errorf("script %s asks %q, which does not exist", s.ID, id)
				}
			}
		}
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cents int
		lang  string
		want  string
	}{
		{3995, "es", "39,95\u00a0€"}, {3995, "en", "€39.95"}, {5, "es", "0,05\u00a0€"}, {0, "en", "€0.00"},
		{12900, "es", "129,00\u00a0€"}, {1234567, "es", "12.345,67\u00a0€"}, {1234567, "en", "€12,345.67"},
		{1990, "fr", "19,90\u00a0€"},
	} {
		if got := Price(tt.cents, tt.lang); got != tt.want {
			t.Errorf("Price(%d, %q) = %q, want %q", tt.cents, tt.lang, got, tt.want)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	c := content(t)
	files := sharedFiles(t)
	for _, p := range c.Products {
		b, mime, err := files.Open(PictureName(p))
		if err != nil || mime != "image/jpeg" {
			t.Fatalf("%s: %q, %v", p.SKU, mime, err)
		}
		cfg, err := jpeg.DecodeConfig(bytes.NewReader(b))
		if err != nil || cfg.Width != 800 || cfg.Height != 800 || len(b) > 40_000 {
			t.Errorf("%s: %dx%d, %d bytes, %v", p.SKU, cfg.Width, cfg.Height, len(b), err)
		}
	}
	first, _, err := files.Open(PictureName(c.Products[0]))
	again, _, err2 := NewFiles(c).Open(PictureName(c.Products[0]))
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same picture twice is not the same: %v", err)
	}
	for _, name := range []string{"", "productos/NO-1.jpg", "productos/VES-001.png", "VES-001.jpg", "../logo.png"} {
		if _, _, err := files.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Open(%q): %v, want fs.ErrNotExist", name, err)
		}
	}
}
