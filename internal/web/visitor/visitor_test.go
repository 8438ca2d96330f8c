package visitor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/api"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
	"recado/internal/realtime"
	"recado/internal/web/visitor"
)

var secret = []byte("the site's secret")

// site is a server with one shop's widget.
type site struct {
	*inboxtest.Kit
	*httptest.Server
	hub *realtime.Hub
	t   *testing.T
}

func open(t *testing.T, settings string) *site {
	t.Helper()
	k := inboxtest.New(t)
	if settings != "" {
		k.Do(t, func(tx db.CompanyTx) error {
			_, err := tx.Exec(t.Context(), `update channel set settings = $1`, settings)
			return err
		})
	}
	files, err := file.New(k.DB, mem.New(), bytes.Repeat([]byte("k"), 32), file.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	hub := realtime.New(k.DB, "test", log)
	tell := func(as []inbox.Arrival) {
		for _, a := range as {
			hub.Publish(realtime.Event{Kind: realtime.Changed, Company: a.Company, Conversation: a.Conversation, Address: realtime.AddressOf(a.Channel, a.Identity)})
		}
	}
	door := visitor.New(visitor.Config{
		DB: k.DB, Intake: inbox.NewIngest(t.Context(), k.DB, log, inbox.Told{Arrived: tell}), Hub: hub, Files: files,
		Tokens:  webchat.Tokens{Key: []byte("key")},
		Secret:  func(context.Context, channels.Channel) ([]byte, error) { return secret, nil },
		BaseURL: func(*http.Request) string { return "" }, Refuse: api.Refuse, Log: log,
	})
	r := chi.NewRouter()
	r.Use(api.New(api.Deps{DB: k.DB}).Scope)
	door.Routes(r)
	s := &site{Kit: k, Server: httptest.NewServer(r), hub: hub, t: t}
	t.Cleanup(s.Close)
	return s
}

// do sends a request and returns status and body.
func (s *site) do(method, path, token, body string, header ...string) (int, map[string]any) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+"/webchat/"+s.Channel.Ref+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var out map[string]any
	_ = json.NewDecoder(res.Body).Decode(&out)
	return res.StatusCode, out
}

func (s *site) visitor() string {
	s.t.Helper()
	status, out := s.do("POST", "/session", "", `{"lang":"es"}`)
	if status != 200 {
		s.t.Fatalf("session: %d %v", status, out)
	}
	return out["token"].(string)
}

func text(client, s string) string {
	b, _ := json.Marshal(map[string]any{"client_id": client, "content": map[string]any{"type": "text", "text": s}})
	return string(b)
}

func newID() string { return id.New[id.Message]().String() }

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, `{"allowed_origins":["https://shop.example"],"limits":{"file_bytes":100000,"per_visitor_minute":600,"per_site_minute":100000}}`)
	token := s.visitor()
	other := open(t, "").visitor()
	expired := webchat.Tokens{Key: []byte("key")}.Issue(webchat.Visitor{Channel: s.Channel.ID, Identity: "visitor:x", Expires: time.Now().Add(-time.Hour)})
	for name, c := range map[string]struct {
		method, path, token, body string
		header                    []string
		status                    int
		code                      string
	}{
		"no token":             {"POST", "/messages", "", text(newID(), "x"), nil, 401, "webchat.token"},
		"another site's token": {"POST", "/messages", other, text(newID(), "x"), nil, 401, "webchat.token"},
		"expired token":        {"POST", "/messages", expired, text(newID(), "x"), nil, 401, "webchat.token"},
		"altered token":        {"POST", "/messages", token[:len(token)-3] + "abc", text(newID(), "x"), nil, 401, "webchat.token"},
		"foreign origin":       {"POST", "/session", "", `{}`, []string{"Origin", "https://evil.example"}, 403, "webchat.origin"},
		"no client id":         {"POST", "/messages", token, text("", "x"), nil, 422, "client_id.invalid"},
		"empty text":           {"POST", "/messages", token, text(newID(), "  \n "), nil, 422, "content.missing"},
		"long text":            {"POST", "/messages", token, text(newID(), strings.Repeat("a", 4097)), nil, 413, "content.text_too_long"},
		"huge body":            {"POST", "/messages", token, text(newID(), strings.Repeat("a", 70_000)), nil, 413, "body.too_large"},
		"NUL":                  {"POST", "/messages", token, text(newID(), "a\x00b"), nil, 422, "content.bad_text"},
		"not JSON":             {"POST", "/messages", token, `{"client_id":`, nil, 400, "body.malformed"},
		"wrong types":          {"POST", "/messages", token, `{"client_id":7,"content":[]}`, nil, 400, "body.malformed"},
		"unknown content":      {"POST", "/messages", token, `{"client_id":"` + newID() + `","content":{"type":"poll"}}`, nil, 422, "content.not_from_visitors"},
		"content of companies": {"POST", "/messages", token, `{"client_id":"` + newID() + `","content":{"type":"buttons","buttons":[{"id":"a","label":"b"}]}}`, nil, 422, "content.not_from_visitors"},
		"file of nobody":       {"POST", "/messages", token, `{"client_id":"` + newID() + `","content":{"type":"image","media":{"file":"` + newID() + `"}}}`, nil, 422, "file.missing"},
		"answer without id":    {"POST", "/messages", token, `{"client_id":"` + newID() + `","content":{"type":"answer"}}`, nil, 422, "content.missing"},
		"history of nonsense":  {"GET", "/messages?before=x", token, "", nil, 400, "seq.invalid"},
		"bad identity":         {"POST", "/session", "", `{"identity":"x.y.z"}`, nil, 401, "webchat.identity"},
		"identity, other key":  {"POST", "/session", "", `{"identity":"` + sign(t, []byte("other"), "HS256", "u1", time.Hour) + `"}`, nil, 401, "webchat.identity"},
		"identity, expired":    {"POST", "/session", "", `{"identity":"` + sign(t, secret, "HS256", "u1", -time.Hour) + `"}`, nil, 401, "webchat.identity_expired"},
		"identity, algorithm":  {"POST", "/session", "", `{"identity":"` + sign(t, secret, "HS512", "u1", time.Hour) + `"}`, nil, 401, "webchat.identity"},
		"identity of nobody":   {"POST", "/session", "", `{"identity":"` + sign(t, secret, "HS256", "", time.Hour) + `"}`, nil, 401, "webchat.identity"},
		"program as a file":    {"POST", "/files", token, "\x7fELF" + strings.Repeat("x", 200), nil, 415, "file.type"},
		"page as a picture":    {"POST", "/files", token, "<html><script>alert(1)</script>", []string{"Content-Type", "image/png"}, 415, "file.type"},
		"large file":           {"POST", "/files", token, strings.Repeat("a", 100_100), []string{"Content-Type", "text/plain"}, 413, "file.too_large"},
		"wrong method":         {"DELETE", "/messages", token, "", nil, 405, ""},
	} {
		status, out := s.do(c.method, c.path, c.token, c.body, c.header...)
		code, _ := out["code"].(string)
		if status != c.status || code != c.code {
			t.Errorf("%s: %d %q, want %d %q", name, status, code, c.status, c.code)
		}
		if detail, _ := out["detail"].(string); c.code != "" && detail == "" {
			t.Errorf("%s: no sentence for the visitor", name)
		}
	}
	if n := s.Count(t, `select count(*) from message`); n != 0 {
		t.Errorf("refused requests left %d messages", n)
	}
	r, _ := http.Get(s.URL + "/webchat/nowhere/config")
	if r.StatusCode != 404 {
		t.Errorf("unknown site: %d", r.StatusCode)
	}
	r.Body.Close()
}

func sign(t *testing.T, key []byte, alg, sub string, ttl time.Duration) string {
	t.Helper()
	s, err := jwt.NewWithClaims(jwt.GetSigningMethod(alg), jwt.MapClaims{"sub": sub, "name": "Eva Ruiz", "email": "eva@x.example",
		"exp": time.Now().Add(ttl).Unix()}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A vouched person has one thread on every device; an anonymous one cannot reach it.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	body := `{"identity":"` + sign(t, secret, "HS256", "u1", time.Hour) + `"}`
	_, one := s.do("POST", "/session", "", body)
	s.do("POST", "/messages", one["token"].(string), text(newID(), "desde el móvil"))
	_, two := s.do("POST", "/session", "", body)
	if got := len(two["messages"].([]any)); got != 1 || two["name"] != "Eva Ruiz" || two["verified"] != true {
		t.Errorf("the second device sees %d messages of %v", got, two["name"])
	}
	_, stranger := s.do("POST", "/session", "", `{}`)
	if got := len(stranger["messages"].([]any)); got != 0 {
		t.Errorf("a stranger sees %d messages", got)
	}
	if n := s.Count(t, `select count(*) from contact where email = 'eva@x.example'`); n != 1 {
		t.Errorf("%d contacts, want 1", n)
	}
}

func TestFloodIsThrottledWithAWait(t *testing.T) {
	t.Parallel()
	s := open(t, `{"limits":{"file_bytes":1000,"per_visitor_minute":10,"per_site_minute":1000}}`)
	token := s.visitor()
	refused := 0
	for range 20 {
		status, out := s.do("POST", "/messages", token, text(newID(), "spam"))
		if status == 429 {
			refused++
			if wait, _ := out["retry_after"].(float64); wait < 1 {
				t.Errorf("retry_after = %v", out["retry_after"])
			}
		}
	}
	if refused < 10 {
		t.Errorf("%d of 20 refused", refused)
	}
	if status, _ := s.do("POST", "/messages", s.visitor(), text(newID(), "otra persona")); status != 200 {
		t.Errorf("another visitor got %d", status)
	}
}

func TestPrechat(t *testing.T) {
	t.Parallel()
	s := open(t, `{"prechat":[{"key":"name","label":"Nombre","type":"text","required":true},{"key":"email","label":"Correo","type":"email","required":true},
		{"key":"talla","label":"Talla","type":"select","required":false,"options":["S","M"]}]}`)
	for body, field := range map[string]string{
		`{"prechat":{"name":"Eva"}}`:                                                    "body.prechat.email",
		`{"prechat":{"name":"Eva","email":"no"}}`:                                       "body.prechat.email",
		`{"prechat":{"name":"Eva","email":"e@x.example","talla":"XXL"}}`:                "body.prechat.talla",
		`{"prechat":{"name":["a"],"email":"e@x.example"}}`:                              "body.prechat.name",
		`{"prechat":{"name":"` + strings.Repeat("a", 600) + `","email":"e@x.example"}}`: "body.prechat.name",
	} {
		status, out := s.do("POST", "/session", "", body)
		if status != 422 || out["field"] != field {
			t.Errorf("%s: %d at %v, want 422 at %s", body, status, out["field"], field)
		}
	}
	status, out := s.do("POST", "/session", "", `{"prechat":{"name":" Eva  Ruiz ","email":"EVA@x.example","talla":"M"}}`)
	if status != 200 || out["known"] != true {
		t.Fatalf("%d %v", status, out)
	}
	if n := s.Count(t, `select count(*) from contact where name = 'Eva Ruiz' and email = 'eva@x.example' and attributes ->> 'talla' = 'M'`); n != 1 {
		t.Error("the form did not reach the contact")
	}
}

// socket dials and says hello.
func (s *site) socket(token string, after int64) *websocket.Conn {
	s.t.Helper()
	c, _, err := websocket.Dial(s.t.Context(), strings.Replace(s.URL, "http", "ws", 1)+"/webchat/"+s.Channel.Ref+"/socket", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.CloseNow() })
	s.say(c, fmt.Sprintf(`{"t":"hello","token":%q,"after":%d}`, token, after))
	return c
}

func (s *site) say(c *websocket.Conn, f string) {
	s.t.Helper()
	if err := c.Write(s.t.Context(), websocket.MessageText, []byte(f)); err != nil {
		s.t.Fatal(err)
	}
}

// until reads frames up to the first of a kind that fits, and returns all it read.
func (s *site) until(c *websocket.Conn, fits func(f map[string]any) bool) (all []map[string]any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	for {
		_, b, err := c.Read(ctx)
		if err != nil {
			s.t.Fatalf("after %v: %v", all, err)
		}
		var f map[string]any
		if err := json.Unmarshal(b, &f); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, f)
		if fits(f) {
			return all
		}
	}
}

func kind(t string) func(map[string]any) bool {
	return func(f map[string]any) bool { return f["t"] == t }
}

func texts(fs []map[string]any) (out []string) {
	for _, f := range fs {
		if m, ok := f["m"].(map[string]any); ok {
			out = append(out, m["content"].(map[string]any)["text"].(string))
		}
	}
	return out
}

// A socket opened before the first message hears of the conversation when it begins, and
// of an agent's reply once it was sent; a resume repeats nothing and misses nothing.
func TestSocketResumes(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	token := s.visitor()
	c := s.socket(token, 0)
	s.until(c, kind("ready"))
	s.do("POST", "/messages", token, text(newID(), "uno"))
	s.until(c, kind("message"))
	var conv id.Conversation
	s.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select id from conversation`).Scan(&conv)
	})
	send := func(words string) {
		s.Do(t, func(tx db.CompanyTx) error {
			ch, err := inbox.Reply(t.Context(), tx, inboxtest.Way, conv, inbox.Actor{User: s.Ana}, newID(), chat.Plain(words))
			if err != nil {
				return err
			}
			_, err = tx.Exec(t.Context(), `delete from outbox where message_id = $1`, ch.Message)
			return err
		})
	}
	sent := func() {
		_, err := s.DB.Direct(db.Pipeline).Exec(t.Context(), `update message set state = 'sent', sent_at = now() where state = 'queued'`)
		if err != nil {
			t.Fatal(err)
		}
		s.hub.Publish(realtime.Event{Kind: realtime.State, Company: s.Company, Conversation: conv})
	}
	send("dos")
	s.say(c, `{"t":"ping"}`)
	for _, f := range s.until(c, kind("pong")) {
		if f["t"] == "message" {
			t.Errorf("a message was shown before it was sent: %v", f)
		}
	}
	sent()
	got := s.until(c, kind("message"))
	if !slices.Equal(texts(got), []string{"dos"}) {
		t.Errorf("got %v", texts(got))
	}
	seq := int64(got[len(got)-1]["m"].(map[string]any)["seq"].(float64))
	c.CloseNow()
	send("tres")
	sent()
	c = s.socket(token, seq)
	got = s.until(c, kind("message"))
	s.say(c, `{"t":"ping"}`)
	got = append(got, s.until(c, kind("pong"))...)
	// What was sent just before may come again: the widget drops an id that it has.
	fresh := slices.DeleteFunc(texts(got), func(words string) bool { return words == "dos" })
	if !slices.Equal(fresh, []string{"tres"}) {
		t.Errorf("the resume brought %v", texts(got))
	}
	s.say(c, fmt.Sprintf(`{"t":"seen","seq":%d}`, seq+1))
	s.say(c, `{"t":"ping"}`)
	s.until(c, kind("pong"))
	if n := s.Count(t, `select count(*) from message where state = 'read'`); n != 2 {
		t.Errorf("%d messages are read, want 2", n)
	}
}

func TestSocketRefusesHostileFrames(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	for _, first := range []string{`{`, `{"t":"hello","token":"x"}`, `{"t":"ping"}`, `{"t":"hello","after":-1}`, strings.Repeat("a", 5000)} {
		c, _, err := websocket.Dial(t.Context(), strings.Replace(s.URL, "http", "ws", 1)+"/webchat/"+s.Channel.Ref+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		s.say(c, first)
		for err == nil {
			_, _, err = c.Read(t.Context())
		}
		if websocket.CloseStatus(err) == websocket.StatusInternalError {
			t.Errorf("%.20s: %v", first, err)
		}
	}
}

// A conversation's id is no secret to those who know it: events of another company's making
// do not reach its visitor.
func TestSocketHearsItsCompanyOnly(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	token := s.visitor()
	s.do("POST", "/messages", token, text(newID(), "uno"))
	c := s.socket(token, 0)
	s.until(c, kind("message"))
	s.say(c, `{"t":"ping"}`) // by its answer the socket listens to the conversation
	s.until(c, kind("pong"))
	var conv id.Conversation
	s.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select id from conversation`).Scan(&conv)
	})
	for _, e := range []struct {
		company id.Company
		name    string
	}{{id.New[id.Company](), "Mallory"}, {s.Company, "Ana"}} {
		data, _ := json.Marshal(realtime.Typist{Who: "agent", Name: e.name, On: true})
		s.hub.Publish(realtime.Event{Kind: realtime.Typing, Company: e.company, Conversation: conv, Data: data})
	}
	for _, f := range s.until(c, func(f map[string]any) bool { return f["t"] == "typing" && f["name"] == "Ana" }) {
		if f["name"] == "Mallory" {
			t.Error("another company spoke to the visitor")
		}
	}
}

// A socket ends with the right to have it.
func TestSocketEndsWithItsRight(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"site closed":     `update channel set enabled = false`,
		"identity needed": `update channel set settings = '{"require_identity": true}'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "")
			c := s.socket(s.visitor(), 0)
			s.until(c, kind("ready"))
			s.Do(t, func(tx db.CompanyTx) error {
				_, err := tx.Exec(t.Context(), change)
				return err
			})
			s.say(c, `{"t":"ping"}`)
			s.until(c, func(f map[string]any) bool {
				if f["t"] == "pong" { // the site's settings are remembered for some seconds
					s.say(c, `{"t":"ping"}`)
				}
				return f["t"] == "gone"
			})
		})
	}
}

// Frames beyond a pace are not refused, but read no faster.
func TestSocketFloodIsSlowed(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	c := s.socket(s.visitor(), 0)
	start := time.Now()
	const frames = 80 // 50 at once, the rest at 10 a second
	for range frames {
		s.say(c, `{"t":"ping"}`)
	}
	pongs := 0
	s.until(c, func(f map[string]any) bool {
		if f["t"] == "pong" {
			pongs++
		}
		return pongs == frames
	})
	if took := time.Since(start); took < 2*time.Second {
		t.Errorf("%d frames were read in %v", frames, took)
	}
}
