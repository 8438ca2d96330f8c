package phones

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"recado/internal/demo"
	"recado/internal/sim"
)

// fake is a platform that keeps what it is told. Its customers can do everything but pick.
type fake struct {
	sim.Platform // what is not needed
	faults       sim.Faults
	hooks        sim.Hooks

	mu      sync.Mutex
	done    []sim.Action
	bubbles []sim.Bubble
	err     error
}

func (f *fake) Kinds() []string     { return []string{"cloudapi"} }
func (f *fake) Faults() *sim.Faults { return &f.faults }
func (f *fake) Hooks() *sim.Hooks   { return &f.hooks }

func (f *fake) Typing(_, customer string) bool { return customer == number("", 1) }

func (f *fake) Thread(ref, customer string) []sim.Bubble {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ref != fakeAccount.Ref || customer != number("", 0) {
		return nil
	}
	return slices.Clone(f.bubbles)
}

func (f *fake) Do(_ context.Context, a sim.Action) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.Act == sim.Pick {
		return "", sim.ErrCannot{Act: a.Act}
	}
	if f.err != nil {
		return "", f.err
	}
	f.done = append(f.done, a)
	f.bubbles = append(f.bubbles, sim.Bubble{ID: "a:" + string(a.Act), Mine: true, Type: string(a.Act), Text: a.Text})
	return f.bubbles[len(f.bubbles)-1].ID, nil
}

var fakeAccount = Account{Kind: "cloudapi", Ref: "+1/2", Name: "WhatsApp"}

// content is shared by all tests, for its pictures take a while to draw.
var content = sync.OnceValues(func() (*demo.Files, error) {
	c, err := demo.Load()
	return demo.NewFiles(c), err
})

func drawn(t *testing.T) *demo.Files {
	t.Helper()
	f, err := content()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// door is the handler over a fake platform.
func door(t *testing.T, change func(*Config)) (http.Handler, *fake) {
	t.Helper()
	f := &fake{}
	cfg := Config{
		Platforms: []sim.Platform{f}, Files: drawn(t),
		Accounts: func(context.Context) ([]Account, error) {
			return []Account{{"webchat", "site", "Tienda"}, fakeAccount, {"cloudapi", "", "Sin vincular"}, {"fax", "1", "Fax"}}, nil
		},
	}
	if change != nil {
		change(&cfg)
	}
	h, err := Handler(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return h, f
}

const (
	fakeBase   = home + "/api/cloudapi/+1%2F2"
	fakePerson = fakeBase + "/34600000101"
)

func get(t *testing.T, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// post sends a multipart form; a value of "file:<mime>:<bytes>" is a file.
func post(t *testing.T, h http.Handler, target string, fields ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		rest, isFile := strings.CutPrefix(fields[i+1], "file:")
		if !isFile {
			_ = m.WriteField(fields[i], rest)
			continue
		}
		kind, content, _ := strings.Cut(rest, ":")
		part, err := m.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="` + fields[i] + `"; filename="año.bin"`}, "Content-Type": {kind},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, target, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func into[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v in %d %s", err, w.Code, w.Body)
	}
	return v
}

func TestStatus(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	for target, want := range map[string]struct {
		status int
		kind   string
	}{
		home:                                   {200, "text/html"},
		home + "?lang=en":                      {200, "text/html"},
		home + "/":                             {308, "text/html"},
		home + "/static/page.js":               {200, "text/javascript"},
		home + "/static/phone.css":             {200, "text/css"},
		home + "/static/phones.go":             {404, "text/plain"},
		home + "/api/phones":                   {200, "application/json"},
		fakePerson + "/thread":                 {200, "application/json"},
		fakePerson + "/media/x":                {404, "application/json"},
		fakeBase + "/34600000199/thread":       {404, "application/json"},
		home + "/api/cloudapi/2/1/thread":      {404, "application/json"},
		home + "/api/webchat/site/1/thread":    {404, "application/json"},
		home + "/api/fax/1/1/thread":           {404, "application/json"},
		home + "/api/live?" + watch(33, "a/b"): {400, "application/json"},
	} {
		w := get(t, h, target)
		if got := w.Header().Get("Content-Type"); w.Code != want.status || !strings.HasPrefix(got, want.kind) {
			t.Errorf("GET %s: %d %s, want %d %s", target, w.Code, got, want.status, want.kind)
		}
		if w.Header().Get("Content-Security-Policy") != policy || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s lacks the security headers", target)
		}
	}
}

func watch(n int, key string) string {
	return strings.TrimSuffix(strings.Repeat("watch="+key+"&", n), "&")
}

func TestNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := Handler(Config{}); err == nil {
		t.Error("a page without platforms was made")
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	for _, c := range []struct{ query, accepts, want string }{
		{"", "", "es"}, {"", "en-GB,en;q=0.9,es;q=0.8", "en"}, {"", "fr-FR,es-MX;q=0.8", "es"}, {"", "de", "es"},
		{"?lang=en", "es", "en"}, {"?lang=zz", "en;q=0.7", "en"},
	} {
		w := get(t, h, home+c.query, "Accept-Language", c.accepts)
		if got := w.Header().Get("Content-Language"); got != c.want || !strings.Contains(w.Body.String(), `<html lang="`+c.want+`">`) {
			t.Errorf("%q %q: %s, want %s", c.query, c.accepts, got, c.want)
		}
	}
}

// The policy forbids inline code, so a page that has some is broken; and it says what it is.
func TestThePageItself(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	inline := regexp.MustCompile(`(?i)<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?:\s+[^>]*)?>[^<]|(?:src|href)="(?:https?:)?//`)
	for lang, badge := range map[string]string{"es": ">Simulado<", "en": ">Simulated<"} {
		body := get(t, h, home+"?lang="+lang).Body.String()
		if m := inline.FindString(body); m != "" {
			t.Errorf("%s: inline or foreign: %q", lang, m)
		}
		if !strings.Contains(body, badge) {
			t.Errorf("%s: does not say that it is simulated", lang)
		}
	}
}

func TestListsWhoHasAPhone(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	got := into[state](t, get(t, h, home+"/api/phones"))
	if len(got.Phones) != 1 || got.Phones[0].Ref != fakeAccount.Ref || got.Scan {
		t.Fatalf("%+v", got)
	}
	if p := got.Phones[0]; len(p.People) != firstPeople || p.People[0].Phone != "+34600000101" || !p.Hooks {
		t.Errorf("%+v", p)
	}
}

func TestNewPeople(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	seen := map[string]bool{}
	for range len(names) - firstPeople {
		w := post(t, h, fakeBase+"/people")
		who := into[person](t, w)
		if w.Code != http.StatusCreated || seen[who.ID] || who.Name == "" {
			t.Fatalf("%d %+v", w.Code, who)
		}
		seen[who.ID] = true
		if w := get(t, h, fakeBase+"/"+who.ID+"/thread"); w.Code != http.StatusOK {
			t.Fatalf("%s has no phone: %d", who.Name, w.Code)
		}
	}
	if w := post(t, h, fakeBase+"/people"); w.Code != http.StatusConflict {
		t.Errorf("one too many: %d", w.Code)
	}
}

func TestAct(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		want   func(sim.Action) bool
	}{
		"text":        {[]string{"act", "text", "text", "Hola", "quote", "q"}, func(a sim.Action) bool { return a.Act == sim.SayText && a.Text == "Hola" && a.Quote == "q" }},
		"press":       {[]string{"act", "press", "target", "t", "choice", "c"}, func(a sim.Action) bool { return a.Target == "t" && a.Choice == "c" }},
		"no reaction": {[]string{"act", "reaction", "target", "t", "text", ""}, func(a sim.Action) bool { return a.Act == sim.React && a.Text == "" }},
		"read":        {[]string{"act", "read"}, func(a sim.Action) bool { return a.Act == sim.ReadAll }},
		"file": {[]string{"act", "document", "file", "file:text/plain:hola"}, func(a sim.Action) bool {
			return string(a.File) == "hola" && a.MIME == "text/plain" && a.FileName == "año.bin"
		}},
		"picture": {[]string{"sample", "dress"}, func(a sim.Action) bool {
			return a.Act == sim.SendImage && a.MIME == "image/jpeg" && http.DetectContentType(a.File) == "image/jpeg"
		}},
		"other picture": {[]string{"sample", "coat"}, func(a sim.Action) bool {
			return a.Act == sim.SendImage && http.DetectContentType(a.File) == "image/jpeg"
		}},
		"catalogue": {[]string{"sample", "catalogue"}, func(a sim.Action) bool {
			return a.Act == sim.SendFile && http.DetectContentType(a.File) == "application/pdf"
		}},
		"voice": {[]string{"sample", "voice"}, func(a sim.Action) bool {
			return a.Act == sim.SendVoice && http.DetectContentType(a.File) == "application/ogg"
		}},
		"place": {[]string{"sample", "place"}, func(a sim.Action) bool { return a.Act == sim.SendPlace && a.Lat > 40 && a.Lng < -3 }},
		"card":  {[]string{"sample", "card"}, func(a sim.Action) bool { return a.Act == sim.SendCard && a.Text != "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := door(t, nil)
			w := post(t, h, fakePerson+"/act", c.fields...)
			if w.Code != http.StatusOK || len(f.done) != 1 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if a := f.done[0]; !c.want(a) || a.Ref != fakeAccount.Ref || a.Customer.Name != names[0] || a.Customer.ID != number("", 0) {
				a.File = nil
				t.Errorf("the platform was told %+v", a)
			}
			if s := into[screen](t, w); len(s.Bubbles) != 1 || s.Person != number("", 0) {
				t.Errorf("the screen shows %+v", s)
			}
		})
	}
}

func TestRefusesActs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		err    error
		want   string
	}{
		"nothing":      {nil, nil, "bad"},
		"unknown":      {[]string{"act", "fly"}, nil, "bad"},
		"empty text":   {[]string{"act", "text", "text", "  "}, nil, "bad"},
		"no file":      {[]string{"act", "image"}, nil, "bad"},
		"empty file":   {[]string{"act", "image", "file", "file:image/png:"}, nil, "bad"},
		"other sample": {[]string{"sample", "car"}, nil, "bad"},
		"long text":    {[]string{"act", "text", "text", strings.Repeat("a", maxText+1)}, nil, "large"},
		"large file":   {[]string{"act", "document", "file", "file:text/plain:" + strings.Repeat("a", maxFile+1)}, nil, "large"},
		"larger body":  {[]string{"act", "document", "file", "file:text/plain:" + strings.Repeat("a", maxFile+2<<20)}, nil, "large"},
		"cannot":       {[]string{"act", "pick", "target", "t"}, nil, "cannot"},
		"refused":      {[]string{"act", "text", "text", "Hola"}, errors.New("no bot"), "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := door(t, nil)
			f.err = c.err
			w := post(t, h, fakePerson+"/act", c.fields...)
			if got := into[map[string]string](t, w); w.Code != http.StatusUnprocessableEntity || got["error"] != c.want {
				t.Errorf("%d %v, want %s", w.Code, got, c.want)
			}
			if len(f.done) != 0 {
				t.Error("the platform was told all the same")
			}
		})
	}
}

func TestForeignPagesCannotAct(t *testing.T) {
	t.Parallel()
	h, f := door(t, nil)
	r := httptest.NewRequest(http.MethodPost, fakePerson+"/act", strings.NewReader("act=read"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden || len(f.done) != 0 {
		t.Errorf("%d, done %d", w.Code, len(f.done))
	}
}

func TestThread(t *testing.T) {
	t.Parallel()
	h, f := door(t, nil)
	f.bubbles = []sim.Bubble{
		{ID: "1=?/", Type: "image", Text: "<b>", Media: &sim.Media{MIME: "image/png", Bytes: []byte("png")}},
		{ID: "2", Type: "image", Media: &sim.Media{MIME: "image/*"}},
	}
	w := get(t, h, fakePerson+"/thread")
	s := into[screen](t, w)
	if len(s.Bubbles) != 2 || s.Bubbles[1].File != "" || s.Typing {
		t.Fatalf("%+v", s)
	}
	if file := get(t, h, s.Bubbles[0].File); file.Code != http.StatusOK || file.Body.String() != "png" || file.Header().Get("Content-Type") != "image/png" {
		t.Errorf("%s: %d %s", s.Bubbles[0].File, file.Code, file.Body)
	}
	if again := get(t, h, fakePerson+"/thread", "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
		t.Errorf("unchanged: %d", again.Code)
	}
	if s := into[screen](t, get(t, h, fakeBase+"/34600000102/thread")); !s.Typing || s.Bubbles == nil {
		t.Errorf("the other person's: %+v", s)
	}
	f.bubbles = make([]sim.Bubble, longest+5)
	f.bubbles[longest+4].ID = "last"
	if s := into[screen](t, get(t, h, fakePerson+"/thread")); len(s.Bubbles) != longest || s.Bubbles[longest-1].ID != "last" {
		t.Errorf("a long screen has %d bubbles", len(s.Bubbles))
	}
}

// Whoever writes chooses the type of a file, so nothing that could run is shown as itself.
func TestMediaCannotRun(t *testing.T) {
	t.Parallel()
	for kind, inline := range map[string]bool{
		"image/jpeg": true, "audio/ogg; codecs=opus": true, "video/mp4": true,
		"text/html": false, "image/svg+xml": false, "application/pdf": false, "image/png\r\nX: y": false, "": false,
	} {
		h, f := door(t, nil)
		f.bubbles = []sim.Bubble{{ID: "1", Media: &sim.Media{MIME: kind, Name: "a\"\r\n.html", Bytes: []byte("<script>")}}}
		w := get(t, h, fakePerson+"/media/1")
		attached := strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment")
		if w.Code != http.StatusOK || attached == inline || !inline && w.Header().Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%q: %d %v", kind, w.Code, w.Header())
		}
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%q may run", kind)
		}
	}
}

func TestAccountsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h, _ := door(t, func(c *Config) {
		c.Accounts = func(context.Context) ([]Account, error) { return nil, errors.New("no database") }
	})
	for _, target := range []string{home + "/api/phones", fakePerson + "/thread"} {
		if w := get(t, h, target); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "database") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	h, _ := door(t, nil)
	first := get(t, h, home+"/static/page.js")
	again := get(t, h, home+"/static/page.js", "If-None-Match", first.Header().Get("ETag"))
	if b, _ := io.ReadAll(again.Body); again.Code != http.StatusNotModified || len(b) != 0 {
		t.Errorf("%d, %d bytes", again.Code, len(b))
	}
}
