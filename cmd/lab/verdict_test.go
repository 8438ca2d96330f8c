package main

import (
	"strings"
	"testing"

	"recado/internal/auth"
)

func status(n int, body string) answer { return answer{status: n, body: []byte(body)} }

func TestJudgeOwn(t *testing.T) {
	t.Parallel()
	write := auth.Permission{Module: auth.Bots, Level: auth.Write}
	tests := []struct {
		name   string
		need   auth.Permission
		role   auth.Role
		got    answer
		done   bool
		broken bool
	}{
		{"may and does", write, auth.Admin, status(201, "{}"), true, false},
		{"may and is turned away", write, auth.Admin, status(403, "{}"), true, true},
		{"may and is not found", write, auth.Admin, status(404, "{}"), true, true},
		{"may, and the server fails", write, auth.Admin, status(500, "{}"), true, true},
		{"a body that proves nothing", write, auth.Admin, status(422, "{}"), false, false},
		{"may not and is turned away", write, auth.Agent, status(403, "{}"), true, false},
		{"may not and does", write, auth.Agent, status(200, "{}"), true, true},
		{"may not, and learns that the body is wrong", write, auth.Agent, status(422, "{}"), true, true},
		{"nobody", write, anonymous, status(401, "{}"), true, false},
		{"nobody, told what a member without the right is told", write, anonymous, status(403, "{}"), true, true},
		{"nobody does", write, anonymous, status(200, "{}"), true, true},
		{"nobody, where everybody may", auth.Public, anonymous, status(200, "{}"), true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			done, broken := judgeOwn(cell{&operation{ID: "op"}, tt.need, tt.role, "own"}, tt.got)
			if done != tt.done || (broken != "") != tt.broken {
				t.Errorf("done %v, broken %q", done, broken)
			}
		})
	}
}

func TestJudgeForeign(t *testing.T) {
	t.Parallel()
	read := auth.Permission{Module: auth.Reports, Level: auth.Read}
	const gone = `{"code":"missing","request_id":"A"}`
	tests := []struct {
		name           string
		role           auth.Role
		other, missing answer
		done, broken   bool
	}{
		{"the same 404", auth.Owner, status(404, gone), status(404, strings.Replace(gone, "A", "B", 1)), true, false},
		{"a 404 that tells more", auth.Owner, status(404, `{"code":"missing","name":"x"}`), status(404, gone), true, true},
		{"shown", auth.Owner, status(200, "{}"), status(404, gone), true, true},
		{"a 403 tells that it is there", auth.Owner, status(403, "{}"), status(404, gone), true, true},
		{"changed, and missing ones too", auth.Owner, status(204, ""), status(204, ""), true, true},
		{"proves nothing", auth.Owner, status(422, "{}"), status(422, "{}"), false, false},
		{"validated only for a missing one", auth.Owner, status(404, gone), status(422, "{}"), true, true},
		{"may not, and is turned away alike", auth.Agent, status(403, "{}"), status(403, "{}"), true, false},
		{"may not, and is told of a missing one", auth.Agent, status(403, "{}"), status(404, "{}"), true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			done, broken := judgeForeign(cell{&operation{ID: "op"}, read, tt.role, "another's {id}"}, tt.other, tt.missing)
			if done != tt.done || (broken != "") != tt.broken {
				t.Errorf("done %v, broken %q", done, broken)
			}
		})
	}
}

func TestJudgeReference(t *testing.T) {
	t.Parallel()
	read := auth.Permission{Module: auth.Inbox, Level: auth.Read}
	tests := []struct {
		name           string
		method         string
		other, missing answer
		broken         bool
	}{
		{"refused alike", "POST", status(422, `{"code":"x"}`), status(422, `{"code":"x"}`), false},
		{"taken alike: the new thing has a new id", "POST", status(201, `{"id":1}`), status(201, `{"id":2}`), false},
		{"taken only when it is somebody's", "POST", status(201, "{}"), status(422, "{}"), true},
		{"refused in other words", "POST", status(422, `{"code":"x"}`), status(422, `{"code":"y"}`), true},
		{"a list that finds something", "GET", status(200, `{"items":[1]}`), status(200, `{"items":[]}`), true},
		{"a list that finds nothing", "GET", status(200, `{"items":[]}`), status(200, `{"items":[]}`), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := cell{&operation{ID: "op", method: tt.method}, read, auth.Owner, "another's body.user"}
			if _, broken := judgeReference(c, tt.other, tt.missing); (broken != "") != tt.broken {
				t.Errorf("broken %q", broken)
			}
		})
	}
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	secrets := []string{"CANARIO", "01a1"}
	for _, tt := range []struct{ body, named, want string }{
		{`{"name":"CANARIO 1"}`, "/bots", "CANARIO"},
		{`{"id":"01a1"}`, "/bots/01a1", ""}, // what was asked for may be repeated
		{`{"id":"01a1","name":"CANARIO"}`, "/bots/01a1", "CANARIO"},
		{`{"name":"ours"}`, "", ""},
	} {
		if got := leaks([]byte(tt.body), secrets, tt.named); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.body, got, tt.want)
		}
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	const doc = `{"paths": {"/api/v1/bots/{id}/rules/{rule}": {"patch": {"operationId": "updateRule", "x-permission": "bots:write",
		"parameters": [{"name": "id", "in": "path", "schema": {"type": "string", "format": "uuid"}}, {"name": "rule", "in": "path", "schema": {"type": "string", "format": "uuid"}}],
		"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rule"}}}}}}},
		"components": {"schemas": {"Rule": {"type": "object", "required": ["name", "then", "n", "list", "color", "who"], "properties": {
			"name": {"type": "string", "minLength": 3}, "then": {"type": "string", "enum": ["stay"]}, "n": {"type": "integer", "minimum": 2},
			"list": {"type": "array", "minItems": 1, "items": {"type": "boolean"}}, "color": {"type": "string", "pattern": "^#[0-9a-f]{6}$"},
			"who": {"type": ["null", "string"], "format": "uuid"}, "label_ids": {"type": "array", "items": {"type": "string"}}}}}}}`
	d, ops, err := readDocument([]byte(doc))
	if err != nil || len(ops) != 1 {
		t.Fatalf("%d operations, %v", len(ops), err)
	}
	o := ops[0]
	if need, err := o.need(); err != nil || need != (auth.Permission{Module: auth.Bots, Level: auth.Write}) {
		t.Errorf("needs %v, %v", need, err)
	}
	kind, body := d.body(o)
	in := body.(object)
	if kind != "application/json" || in["then"] != "stay" || in["n"] != 2.0 || len(in["list"].([]any)) != 1 || in["color"] != "#0f766e" ||
		len(in["name"].(string)) < 3 || len(in["who"].(string)) != 36 || in["label_ids"] != nil {
		t.Errorf("%s body %v", kind, in)
	}
	if got := things(o); got["id"] != "bot" || got["rule"] != "rule" {
		t.Errorf("things %v", got)
	}
	var places []string
	for _, w := range (&sweep{doc: d}).ways(o) {
		places = append(places, w.what)
	}
	if got := strings.Join(places, ", "); got != "another's {id}, another's {rule}, another's body.label_ids" {
		t.Errorf("ways %s", got)
	}
	if _, err := (&operation{Permission: "bots:rule"}).need(); err == nil {
		t.Error("an unknown permission was read")
	}
}
