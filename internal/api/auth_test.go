package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/internal/auth"
)

func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res := b.do(t, call{name: "signup", method: "POST", path: "/auth/signup", status: 201,
		body: `{"company":"Zapatos Luna","name":"Ana","email":"Ana@Luna.test","password":"` + password + `","language":"en","time_zone":"America/Lima"}`,
		has:  []string{`"email":"ana@luna.test"`, `"time_zone":"America/Lima"`, `"role":"owner"`, `"inbox":"manage"`}, hasNot: []string{"token", password}})
	c := res.Cookies()
	if len(c) != 1 || c[0].Name != cookieName || !c[0].HttpOnly || c[0].SameSite != http.SameSiteLaxMode || c[0].Secure || c[0].Path != "/" || c[0].MaxAge <= 0 {
		t.Fatalf("cookie %v", c)
	}
	cookie := map[string]string{"Cookie": c[0].Name + "=" + c[0].Value}
	b.do(t, call{name: "by cookie", method: "GET", path: "/me", header: cookie, status: 200})
	for _, f := range []struct{ name, body, code, has string }{
		{"taken", `{"company":"X","name":"Y","email":"ANA@luna.test","password":"` + password + `"}`, "auth.email_taken", "body.email"},
		{"e-mail as password", `{"company":"X","name":"Y","email":"someone@x.test","password":"Someone@x.test"}`, "auth.password_guessable", "body.password"},
		{"company as password", `{"company":"Zapatos Luna","name":"Y","email":"y@x.test","password":"zapatosluna99"}`, "auth.password_guessable", "body.password"},
		{"one character", `{"company":"X","name":"Y","email":"y@x.test","password":"aaaaaaaaaaaa"}`, "auth.password_guessable", "body.password"},
		{"short", `{"company":"X","name":"Y","email":"y@x.test","password":"hunter2"}`, "validation.min_length", "body.password"},
		{"long", `{"company":"X","name":"Y","email":"y@x.test","password":"` + strings.Repeat("xy", 101) + `"}`, "validation.max_length", "body.password"},
		{"e-mail", `{"company":"X","name":"Y","email":"Y <y@x.test>","password":"` + password + `"}`, "auth.email", "body.email"},
		{"no e-mail", `{"company":"X","name":"Y","email":"nobody","password":"` + password + `"}`, "validation.email", "body.email"},
		{"blank company", `{"company":" ","name":"Y","email":"y@x.test","password":"` + password + `"}`, "company.name", `"field":"body.company"`},
		{"zone", `{"company":"X","name":"Y","email":"y@x.test","password":"` + password + `","time_zone":"Local"}`, "company.time_zone", "body.time_zone"},
	} {
		status := 422
		if f.code == "auth.email_taken" {
			status = 409
		}
		b.do(t, call{name: f.name, method: "POST", path: "/auth/signup", body: f.body, status: status, code: f.code, has: []string{f.has}, hasNot: []string{"hunter2", password}})
	}
	// Nothing of the refused ones was left behind.
	if n := one[int](t, b, `select count(*) from company`); n != 1 {
		t.Errorf("%d companies, want 1", n)
	}

	b.do(t, call{name: "rename me", method: "PATCH", path: "/me", header: cookie, body: `{"name":"Ana María","theme":"dark"}`, status: 200, has: []string{"Ana María", `"theme":"dark"`, `"language":"en"`}})
	b.do(t, call{name: "log out", method: "POST", path: "/auth/logout", header: cookie, status: 204})
	b.do(t, call{name: "after", method: "GET", path: "/me", header: cookie, status: 401, code: "auth.required"})
}

func TestSecureCookie(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.BaseURL = "https://chat.example.test" })
	res := b.do(t, call{name: "signup", method: "POST", path: "/auth/signup", status: 201,
		body: `{"company":"X","name":"Y","email":"y@x.test","password":"` + password + `"}`})
	if c := res.Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("cookie %v is not Secure behind https", c)
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.BaseURL = "https://chat.example.test" })
	token, _ := b.found(t, "uno")
	cookie := cookieName + "=" + token
	body := `{"name":"x"}`
	for _, c := range []call{
		{name: "other site", status: 403, code: "auth.cross_origin", header: map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}},
		{name: "sibling", status: 403, code: "auth.cross_origin", header: map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "same-site"}},
		{name: "old browser", status: 403, code: "auth.cross_origin", header: map[string]string{"Cookie": cookie, "Origin": "https://evil.test"}},
		{name: "null origin", status: 403, code: "auth.cross_origin", header: map[string]string{"Cookie": cookie, "Origin": "null"}},
		{name: "own site", status: 200, header: map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}},
		{name: "behind a proxy", status: 200, header: map[string]string{"Cookie": cookie, "Origin": "https://chat.example.test"}},
		{name: "a program", status: 200, header: map[string]string{"Cookie": cookie}},
		{name: "bearer", status: 200, token: token, header: map[string]string{"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}},
	} {
		c.method, c.path, c.body = "PATCH", "/me", body
		b.do(t, c)
	}
	b.do(t, call{name: "login from another site", method: "POST", path: "/auth/login", body: `{"email":"owner@uno.test","password":"` + password + `"}`,
		status: 403, code: "auth.cross_origin", header: map[string]string{"Sec-Fetch-Site": "cross-site"}})
	b.do(t, call{name: "reading", method: "GET", path: "/me", status: 200, header: map[string]string{"Cookie": cookie, "Sec-Fetch-Site": "cross-site"}})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, _ := b.found(t, "uno")
	second, _ := b.logIn(t, "owner@uno.test")
	// Another node: same database, caches of its own.
	other := &bench{New(Deps{DB: b.DB, Auth: auth.New(b.DB, auth.Limits{}, b.Log), Log: b.Log}), b.url}

	list := read[struct{ Items []auth.Session }](t, b.do(t, call{name: "list", method: "GET", path: "/me/sessions", token: second, status: 200, hasNot: []string{first, second}}))
	if len(list.Items) != 3 { // sign-up, and two logins
		t.Fatalf("%d sessions, want 3", len(list.Items))
	}
	var current int
	for _, s := range list.Items {
		if s.Current {
			current++
			continue
		}
		b.do(t, call{name: "end", method: "DELETE", path: "/me/sessions/" + s.ID.String(), token: second, status: 204})
	}
	if current != 1 {
		t.Errorf("%d sessions are the current one", current)
	}
	for _, node := range []*bench{b, other} {
		node.do(t, call{name: "ended", method: "GET", path: "/me", token: first, status: 401, code: "auth.required"})
		node.do(t, call{name: "still there", method: "GET", path: "/me", token: second, status: 200})
	}

	third, _ := b.logIn(t, "owner@uno.test")
	b.do(t, call{name: "wrong current", method: "POST", path: "/me/password", token: third, body: `{"current":"nope","password":"a different one"}`, status: 422, code: "auth.wrong_current", has: []string{"body.current"}})
	b.do(t, call{name: "change password", method: "POST", path: "/me/password", token: third, body: `{"current":"` + password + `","password":"a different one"}`, status: 204})
	fresh := &bench{New(Deps{DB: b.DB, Auth: auth.New(b.DB, auth.Limits{}, b.Log), Log: b.Log}), b.url}
	fresh.do(t, call{name: "others ended", method: "GET", path: "/me", token: second, status: 401})
	fresh.do(t, call{name: "mine goes on", method: "GET", path: "/me", token: third, status: 200})
	b.do(t, call{name: "old password", method: "POST", path: "/auth/login", body: `{"email":"owner@uno.test","password":"` + password + `"}`, status: 401, code: "auth.wrong"})

	// Time ends a session too, by the database's clock.
	b.exec(t, `update session set expires_at = now()`)
	fresh = &bench{New(Deps{DB: b.DB, Auth: auth.New(b.DB, auth.Limits{}, b.Log), Log: b.Log}), b.url}
	fresh.do(t, call{name: "expired", method: "GET", path: "/me", token: third, status: 401, code: "auth.required"})
}

func TestSessionSlides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "uno")
	const left = `select round(extract(epoch from expires_at - now()) / 86400)::bigint from session order by created_at desc, id desc limit 1`
	for _, c := range []struct {
		age  string
		want int64 // days left, of 14 and of 90
	}{{"5 days", 14}, {"80 days", 10}} {
		b.exec(t, `update session set created_at = now() - $1::interval, seen_at = now() - interval '1 day', expires_at = now() + interval '1 day'`, c.age)
		fresh := &bench{New(Deps{DB: b.DB, Auth: auth.New(b.DB, auth.Limits{}, b.Log), Log: b.Log}), b.url}
		fresh.do(t, call{method: "GET", path: "/me", token: token, status: 200})
		if got := one[int64](t, b, left); got != c.want {
			t.Errorf("a session of %s has %d whole days left, want %d", c.age, got, c.want)
		}
	}
}

func TestLoginThrottle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.found(t, "uno")
	login := func(email, pw string) call {
		return call{method: "POST", path: "/auth/login", body: fmt.Sprintf(`{"email":%q,"password":%q}`, email, pw), status: 401, code: "auth.wrong"}
	}
	right := login("owner@uno.test", password)
	right.status, right.code = 200, ""
	locked := login("owner@uno.test", password)
	locked.status, locked.code = 429, "auth.locked"

	for range 9 {
		b.do(t, login("Owner@uno.test", "wrong"))
	}
	b.do(t, right) // starts afresh
	for range 10 {
		b.do(t, login("owner@uno.test", "wrong"))
	}
	res := b.do(t, locked)
	if after, _ := strconv.Atoi(res.Header.Get("Retry-After")); after < 14*60 || after > 15*60 {
		t.Errorf("Retry-After %d s, want a quarter of an hour", after)
	}
	b.do(t, locked) // asking again does not make it longer or open it
	if n := one[int](t, b, `select failures from login_throttle where key = 'login:owner@uno.test'`); n != 10 {
		t.Errorf("%d failures, want 10: attempts while locked do not count", n)
	}
	// An unknown e-mail behaves the same, word for word.
	for range 10 {
		b.do(t, login("nobody@uno.test", "wrong"))
	}
	unknown := login("nobody@uno.test", "wrong")
	unknown.status, unknown.code = 429, "auth.locked"
	b.do(t, unknown)

	// The lock ends by the database's clock, and ten more are allowed.
	b.exec(t, `update login_throttle set locked_until = locked_until - interval '15 minutes'`)
	b.do(t, login("owner@uno.test", "wrong"))
	b.do(t, right)
}

// A thousand guesses at once are as many as a thousand in a row.
func TestLoginThrottleHoldsInParallel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wrong, limited, other atomic.Int64
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			switch b.send(t, "POST", prefix+"/auth/login", "", `{"email":"a@b.test","password":"wrong"}`) {
			case 401:
				wrong.Add(1)
			case 429:
				limited.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	wg.Wait()
	if wrong.Load() > 10 || other.Load() > 0 || limited.Load() < 50 {
		t.Errorf("%d wrong, %d limited, %d other; want at most 10 tried and nothing but 401 and 429", wrong.Load(), limited.Load(), other.Load())
	}
}

func TestAddressThrottle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Auth = auth.New(b.DB, auth.Limits{PerAddress: 3, Signups: 2}, b.Log)
	for i := range 3 {
		b.do(t, call{method: "POST", path: "/auth/login", body: fmt.Sprintf(`{"email":"a%d@b.test","password":"wrong"}`, i), status: 401})
	}
	b.do(t, call{method: "POST", path: "/auth/login", body: `{"email":"z@b.test","password":"wrong"}`, status: 429, code: "auth.locked"})
	for i := range 2 {
		b.do(t, call{method: "POST", path: "/auth/signup", body: fmt.Sprintf(`{"company":"X","name":"Y","email":"n%d@b.test","password":%q}`, i, password), status: 201})
	}
	b.do(t, call{method: "POST", path: "/auth/signup", body: fmt.Sprintf(`{"company":"X","name":"Y","email":"n@b.test","password":%q}`, password), status: 429, code: "auth.locked"})
}

func TestTwoCompanies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, one := b.found(t, "uno")
	token, two := b.found(t, "dos")
	if _, err := b.Auth.AddMember(t.Context(), one.Company.ID, auth.User{Email: "owner@dos.test"}, auth.Agent); err != nil {
		t.Fatal(err)
	}
	b.do(t, call{name: "me", method: "GET", path: "/me", token: token, status: 200, has: []string{`"name":"uno","role":"agent"`, `"name":"dos","role":"owner"`}})
	login := `{"email":"owner@dos.test","password":"` + password + `","company":"`
	b.do(t, call{name: "the other", method: "POST", path: "/auth/login", body: login + one.Company.ID.String() + `"}`, status: 200, has: []string{`"role":"agent","permissions"`}})
	b.do(t, call{name: "not theirs", method: "POST", path: "/auth/login", body: strings.Replace(login, "dos", "uno", 1) + two.Company.ID.String() + `"}`, status: 401, code: "auth.wrong"})
}

func TestFlood(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *Deps) { d.Rate = Rate{PerSecond: 0.01, Burst: 5} })
	token, _ := b.found(t, "uno") // two of the address's five
	for range 5 {
		b.do(t, call{method: "GET", path: "/labels", token: token, status: 200})
	}
	b.do(t, call{method: "GET", path: "/labels", token: token, status: 429, code: "rate.exceeded"})
	// Somebody who tries out tokens is stopped before the database is asked for each.
	for range 3 {
		b.do(t, call{method: "GET", path: "/labels", token: strings.Repeat("A", 43), status: 401})
	}
	b.do(t, call{method: "GET", path: "/labels", token: strings.Repeat("A", 43), status: 429, code: "rate.exceeded"})
}

// exec works as the owner of the database.
func (b *bench) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	c := b.owner(t)
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func one[T any](t *testing.T, b *bench, sql string) (v T) {
	t.Helper()
	if err := b.owner(t).QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (b *bench) owner(t *testing.T) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}
