package api

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"recado/internal/auth"
	"recado/internal/id"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "uno")
	deep := strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)
	for _, c := range []call{
		{name: "no session", method: "GET", path: "/me", status: 401, code: "auth.required"},
		{name: "invented session", method: "GET", path: "/me", token: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", status: 401, code: "auth.required"},
		{name: "short session", method: "GET", path: "/me", token: "x", status: 401, code: "auth.required"},
		{name: "wrong scheme", method: "GET", path: "/me", header: map[string]string{"Authorization": "Basic " + token}, status: 401},
		{name: "unknown path", method: "GET", path: "/nothing", status: 404, code: "route.not_found"},
		{name: "outside of v1", method: "GET", path: "/api/v2/me", status: 404, code: "route.not_found"},
		{name: "method", method: "PUT", path: "/me", status: 405, code: "route.method"},
		{name: "no body", method: "POST", path: "/labels", token: token, status: 400, code: "body.required"},
		{name: "malformed", method: "POST", path: "/labels", token: token, body: `{"name":`, status: 400, code: "body.malformed", hasNot: []string{"unexpected end"}},
		{name: "trailing", method: "POST", path: "/labels", token: token, body: `{} x`, status: 400, code: "body.malformed", hasNot: []string{"invalid character"}},
		{name: "deep", method: "POST", path: "/labels", token: token, body: deep, status: 400, code: "body.malformed"},
		{name: "an array", method: "POST", path: "/labels", token: token, body: `[]`, status: 422, code: "validation.object"},
		{name: "null", method: "POST", path: "/labels", token: token, body: `null`, status: 422},
		{name: "missing", method: "POST", path: "/labels", token: token, body: `{"name":"a"}`, status: 422, code: "validation.required", has: []string{`"field":"body.color"`}},
		{name: "wrong type", method: "POST", path: "/labels", token: token, body: `{"name":7,"color":"#000000"}`, status: 422, code: "validation.string", has: []string{`"location":"body.name"`}},
		{name: "several", method: "POST", path: "/labels", token: token, body: `{"name":"","color":"red"}`, status: 422, has: []string{"body.name", "body.color", "validation.min_length", "validation.pattern"}},
		{name: "unknown field", method: "POST", path: "/labels", token: token, body: `{"name":"a","color":"#000000","secret":"hunter2"}`, status: 422, code: "validation.unexpected", has: []string{"body.secret"}, hasNot: []string{"hunter2"}},
		{name: "blank name", method: "POST", path: "/labels", token: token, body: `{"name":"  ","color":"#000000"}`, status: 422, code: "company.name", has: []string{`"field":"body.name"`}},
		{name: "control", method: "POST", path: "/labels", token: token, body: `{"name":"a\nb","color":"#000000"}`, status: 422, code: "company.name"},
		{name: "bad UTF-8", method: "POST", path: "/labels", token: token, body: "{\"name\":\"\xff\",\"color\":\"#000000\"}", status: 400, code: "body.bad_text"},
		{name: "NUL", method: "POST", path: "/labels", token: token, body: `{"name":"a\u0000b","color":"#000000"}`, status: 400, code: "body.bad_text"},
		{name: "NUL in a key", method: "POST", path: "/labels", token: token, body: `{"name":"a","color":"#000000","\u0000":1}`, status: 400, code: "body.bad_text"},
		{name: "oversize", method: "POST", path: "/labels", token: token, body: `{"name":"` + strings.Repeat("a", maxBody) + `"}`, status: 413, code: "body.too_large"},
		{name: "oversize without session", method: "POST", path: "/auth/login", body: strings.Repeat(" ", 2*maxBody), status: 413},
		{name: "form", method: "POST", path: "/labels", token: token, body: "name=a", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, status: 415, code: "body.type"},
		{name: "odd type", method: "POST", path: "/labels", token: token, body: "{}", header: map[string]string{"Content-Type": ";+json"}, status: 415},
		{name: "bad id", method: "DELETE", path: "/labels/7", token: token, status: 400, code: "validation.uuid", has: []string{"path.id"}},
		{name: "bad id 2", method: "DELETE", path: "/labels/%7B01890a5d-ac96-774b-bcce-b302099a8057%7D", token: token, status: 400, code: "validation.uuid"},
		{name: "bad UTF-8 in path", method: "DELETE", path: "/labels/%ff", token: token, status: 400, code: "route.bad_text"},
		{name: "NUL in query", method: "GET", path: "/audit?cursor=%00", token: token, status: 400, code: "route.bad_text"},
		{name: "broken query", method: "GET", path: "/audit?cursor=%zz", token: token, status: 400, code: "route.bad_text"},
		{name: "garbage cursor", method: "GET", path: "/audit?cursor=!!", token: token, status: 400, code: "cursor.invalid"},
		{name: "other cursor", method: "GET", path: "/audit?cursor=eyJhIjoxfQ", token: token, status: 400, code: "cursor.invalid"},
		{name: "long cursor", method: "GET", path: "/audit?cursor=" + strings.Repeat("a", 700), token: token, status: 400, code: "validation.max_length"},
		{name: "limit 0", method: "GET", path: "/audit?limit=0", token: token, status: 400, code: "validation.minimum"},
		{name: "limit 201", method: "GET", path: "/audit?limit=201", token: token, status: 400, code: "validation.maximum"},
		{name: "limit text", method: "GET", path: "/audit?limit=x", token: token, status: 400, code: "validation.integer"},
		{name: "limit overflow", method: "GET", path: "/audit?limit=99999999999999999999", token: token, status: 400, code: "validation.integer"},
		{name: "unknown parameter", method: "GET", path: "/labels?x=1", token: token, status: 400, code: "validation.unexpected"},
		{name: "zone", method: "PATCH", path: "/company", token: token, body: `{"time_zone":"America/Macondo"}`, status: 422, code: "company.time_zone", has: []string{"body.time_zone", "America/Macondo"}},
		{name: "zone as path", method: "PATCH", path: "/company", token: token, body: `{"time_zone":"../../etc/passwd"}`, status: 422, code: "company.time_zone"},
		{name: "empty zone", method: "PATCH", path: "/company", token: token, body: `{"time_zone":""}`, status: 422, code: "company.time_zone"},
		{name: "currency", method: "PATCH", path: "/company", token: token, body: `{"currency":"ZZQ"}`, status: 422, code: "company.currency"},
		{name: "language", method: "PATCH", path: "/company", token: token, body: `{"language":"fr"}`, status: 422, code: "validation.one_of"},
		{name: "hours, all faults", method: "PATCH", path: "/company", token: token, body: `{"hours":{"always":false,"days":{"lunes":[],"mon":[{"from":"09:00","to":"25:00"}]}}}`,
			status: 422, has: []string{"body.hours.days.lunes", "body.hours.days.mon[0].to"}},
		{name: "missing label", method: "PATCH", path: "/labels/" + id.New[id.Label]().String(), token: token, body: `{"name":"a"}`, status: 404, code: "not_found", has: []string{"this label"}},
	} {
		t.Run(c.name, func(t *testing.T) { t.Parallel(); b.do(t, c) })
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for header, want := range map[string]string{
		"": "Inicia sesión", "es-CO,es;q=0.9": "Inicia sesión", "en-GB": "Sign in", "de, en;q=0.5": "Sign in",
		strings.Repeat("en,", 3000): "Inicia sesión", "\xff": "Inicia sesión",
	} {
		b.do(t, call{name: header, method: "GET", path: "/me", header: map[string]string{"Accept-Language": header}, status: 401, has: []string{want}})
	}
	b.do(t, call{name: "validation in Spanish", method: "POST", path: "/auth/login", body: `{"email":"a@b.test"}`,
		header: map[string]string{"Accept-Language": "es"}, status: 422, has: []string{"Falta password."}})
}

func TestCompanyAndLabels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, _ := b.found(t, "tienda")
	b.do(t, call{name: "change", method: "PATCH", path: "/company", token: token, status: 200,
		body: `{"time_zone":"America/Bogota","currency":"COP","address":" Calle 1 ","hours":{"always":false,"days":{"mon":[{"from":"09:00","to":"18:00"}]}}}`,
		has:  []string{`"time_zone":"America/Bogota"`, `"address":"Calle 1"`, `"name":"tienda"`}})
	b.do(t, call{name: "get", method: "GET", path: "/company", token: token, status: 200, has: []string{`"currency":"COP"`, `"mon":[{"from":"09:00","to":"18:00"}]`}})
	b.do(t, call{name: "same again", method: "PATCH", path: "/company", token: token, status: 200, body: `{"currency":"COP"}`})

	b.do(t, call{name: "no labels", method: "GET", path: "/labels", token: token, status: 200, has: []string{`"items":[]`}})
	label := read[struct{ ID string }](t, b.do(t, call{name: "create", method: "POST", path: "/labels", token: token, body: `{"name":" VIP ","color":"#00ff00"}`, status: 201, has: []string{`"name":"VIP"`}}))
	b.do(t, call{name: "twice", method: "POST", path: "/labels", token: token, body: `{"name":"vip","color":"#00ff00"}`, status: 409, code: "label.taken", has: []string{`"field":"body.name"`}})
	b.do(t, call{name: "rename", method: "PATCH", path: "/labels/" + label.ID, token: token, body: `{"name":"Oro"}`, status: 200, has: []string{`"Oro"`, "#00ff00"}})
	b.do(t, call{name: "delete", method: "DELETE", path: "/labels/" + label.ID, token: token, status: 204})
	b.do(t, call{name: "delete again", method: "DELETE", path: "/labels/" + label.ID, token: token, status: 404, code: "not_found"})
	b.do(t, call{name: "members", method: "GET", path: "/members", token: token, status: 200, has: []string{`"email":"owner@tienda.test"`, `"online":false`}})

	// The audit has each act once, newest first, and pages through them without loss.
	type page struct {
		Items []struct {
			ID, Action string
			Changes    map[string]any
			Actor      struct{ Name string }
		}
		Next string
	}
	var actions []string
	for cursor, n := "", 0; n < 10; n++ {
		p := read[page](t, b.do(t, call{name: "audit", method: "GET", path: "/audit?limit=2&cursor=" + cursor, token: token, status: 200, hasNot: []string{password}}))
		for _, e := range p.Items {
			actions = append(actions, e.Action)
			if e.Actor.Name != "Ana" {
				t.Errorf("%s by %q", e.Action, e.Actor.Name)
			}
			if e.Action == "company.update" && len(e.Changes) != 4 {
				t.Errorf("company.update with changes %v, want 4", e.Changes)
			}
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	want := "label.delete label.update label.create company.update session.login company.signup"
	if got := strings.Join(actions, " "); got != want {
		t.Errorf("audit: %s\nwant:  %s", got, want)
	}
}

// Another company's id is answered exactly as an id that does not exist.
func TestOtherCompaniesDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, _ := b.found(t, "uno")
	two, _ := b.found(t, "dos")
	label := read[struct{ ID string }](t, b.do(t, call{name: "create", method: "POST", path: "/labels", token: one, body: `{"name":"VIP","color":"#00ff00"}`, status: 201}))
	session := read[struct{ Items []auth.Session }](t, b.do(t, call{name: "sessions", method: "GET", path: "/me/sessions", token: one, status: 200})).Items[0]
	for _, c := range []call{
		{method: "PATCH", path: "/labels/" + label.ID, body: `{"name":"mine"}`},
		{method: "DELETE", path: "/labels/" + label.ID},
		{method: "DELETE", path: "/me/sessions/" + session.ID.String()},
	} {
		c.token, c.status, c.code, c.hasNot = two, 404, "not_found", []string{"VIP"}
		b.do(t, c)
		c.name, c.path = "missing", c.path[:len(c.path)-36]+id.New[id.Label]().String()
		b.do(t, c)
	}
	for _, path := range []string{"/labels", "/members", "/audit", "/company", "/me/sessions", "/me"} {
		b.do(t, call{method: "GET", path: path, token: two, status: 200, hasNot: []string{"VIP", "@uno.test", label.ID}})
	}
}

// Every operation of the document, asked by every role: those that may not are told so
// before anything else is looked at, and nobody gets a 5xx.
func TestRolesSweep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner, me := b.found(t, "barrido")
	tokens := map[auth.Role]string{auth.Owner: owner}
	for _, r := range auth.Roles[1:] {
		tokens[r] = b.hire(t, me.Company.ID, r)
	}
	for path, item := range b.huma.OpenAPI().Paths {
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, id.New[id.Label]().String())
		for method, op := range operations(item) {
			need := op.Metadata[permission].(auth.Permission)
			if need == auth.Public || op.OperationID == "logOut" {
				continue
			}
			anyone := b.send(t, method, path, "", "{}")
			if anyone != http.StatusUnauthorized {
				t.Errorf("%s %s without a session = %d", method, path, anyone)
			}
			for role, token := range tokens {
				got := b.send(t, method, path, token, "{}")
				if may := need.Allows(role); may == (got == http.StatusForbidden) || got >= 500 {
					t.Errorf("%s %s (%s) as %s = %d", method, path, need, role, got)
				}
			}
		}
	}
}
