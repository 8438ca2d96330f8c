package api

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/channels"
	"recado/flows/nodes"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/blob/mem"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/flow/trial"
	"recado/internal/id"
	"recado/internal/inbox"
)

// bench is one test's server over a database of its own.
type bench struct {
	*API
	url string // of the database, as its owner
}

func setup(t *testing.T, change ...func(*Deps)) *bench {
	t.Helper()
	url := dbtest.New(t).URL
	d, err := db.Open(t.Context(), url, db.Options{AppConns: 4, PipelineConns: 1, DoorConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	files, err := file.New(d, mem.New(), bytes.Repeat([]byte("k"), 32), file.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var deps Deps
	drawn := flow.New(d, nodes.Table, flow.Options{Files: files, Fit: func(c channels.Channel, m chat.Content) ([]chat.Content, []channels.Breach) {
		return deps.Way.Fit(c, m)
	}})
	bots := assistant.New(d, files, drawn, assistant.Options{})
	deps = Deps{DB: d, Log: log, Auth: auth.New(d, auth.Limits{}, log), Files: files, Bots: bots, Flows: drawn, Trials: trial.New(d, bots, drawn, nil)}
	for _, c := range change {
		c(&deps)
	}
	deps.Way = inbox.WayOf(func(k channels.Kind) channels.Adapter {
		return (&API{Deps: deps}).adapter(k)
	}, nil, "es")
	return &bench{New(deps), url}
}

// call is one request; want is checked against the answer: a status, and text its body must contain.
type call struct {
	name         string
	method, path string // path below /api/v1 unless it begins with /api
	body         string
	header       map[string]string
	token        string
	status       int
	code         string   // of the problem
	has          []string // what the body contains
	hasNot       []string
}

// do sends c and checks the answer against it.
func (b *bench) do(t *testing.T, c call) *http.Response {
	t.Helper()
	path := c.path
	if !strings.HasPrefix(path, "/api") {
		path = prefix + path
	}
	r := httptest.NewRequestWithContext(t.Context(), c.method, path, strings.NewReader(c.body))
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept-Language", "en")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	res.Body = io.NopCloser(strings.NewReader(string(body)))
	if res.StatusCode != c.status {
		t.Errorf("%s %s %s = %d, want %d: %s", c.name, c.method, path, res.StatusCode, c.status, body)
	}
	for _, s := range c.has {
		if !strings.Contains(string(body), s) {
			t.Errorf("%s %s %s: %s lacks %q", c.name, c.method, path, body, s)
		}
	}
	for _, s := range c.hasNot {
		if strings.Contains(string(body), s) {
			t.Errorf("%s %s %s: %s tells %q", c.name, c.method, path, body, s)
		}
	}
	if res.StatusCode >= 400 {
		checkProblem(t, c, res, body)
	}
	return res
}

// checkProblem holds every refusal to the one shape.
func checkProblem(t *testing.T, c call, res *http.Response, body []byte) {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%s: a refusal that is not JSON: %s", c.name, body)
	}
	if ct := res.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("%s: Content-Type %q", c.name, ct)
	}
	if p.Status != res.StatusCode || p.Title == "" || p.Detail == "" || p.RequestID == "" || p.RequestID != res.Header.Get("X-Request-Id") {
		t.Errorf("%s: incomplete problem %s", c.name, body)
	}
	if c.code != "" && p.Code != c.code {
		t.Errorf("%s: code %q, want %q", c.name, p.Code, c.code)
	}
	if strings.ContainsAny(p.Detail, "{}") {
		t.Errorf("%s: unfilled sentence %q", c.name, p.Detail)
	}
	if (p.RetryAfter > 0) != (res.Header.Get("Retry-After") != "") {
		t.Errorf("%s: retry_after %d but Retry-After %q", c.name, p.RetryAfter, res.Header.Get("Retry-After"))
	}
}

// send sends a body and returns the status.
func (b *bench) send(t *testing.T, method, path, token, body string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Code
}

func read[T any](t *testing.T, res *http.Response) (v T) {
	t.Helper()
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

const password = "correct horse battery"

// found makes a company whose owner is owner@<name>.test and returns the owner's token.
func (b *bench) found(t *testing.T, name string) (token string, me Me) {
	t.Helper()
	b.do(t, call{name: "signup", method: "POST", path: "/auth/signup", status: 201,
		body: `{"company":"` + name + `","name":"Ana","email":"owner@` + name + `.test","password":"` + password + `"}`})
	return b.logIn(t, "owner@"+name+".test")
}

func (b *bench) logIn(t *testing.T, email string) (token string, me Me) {
	t.Helper()
	me = read[Me](t, b.do(t, call{name: "login", method: "POST", path: "/auth/login", status: 200,
		body: `{"email":"` + email + `","password":"` + password + `","token":true}`}))
	return me.Token, me
}

// hire adds a member with a role and returns their token.
func (b *bench) hire(t *testing.T, c id.Company, role auth.Role) (token string) {
	t.Helper()
	email := string(role) + "@" + c.String() + ".test"
	_, err := b.Auth.AddMember(t.Context(), c, auth.User{Name: "Luz " + string(role), Email: email, Password: password}, role)
	if err != nil {
		t.Fatal(err)
	}
	token, _ = b.logIn(t, email)
	return token
}
