package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"recado/internal/auth"
)

// anonymous is the role of those who show no session.
const anonymous auth.Role = "anonymous"

// cell is one field of the sweep's table: an operation asked by a role in one way.
type cell struct {
	op   *operation
	need auth.Permission
	role auth.Role
	what string // "own", "another's {id}", "another's body.user"
}

func (c cell) String() string { return fmt.Sprintf("%s by %s, %s", c.op.ID, c.role, c.what) }

// refused is the status with which the role alone is turned away; 0 when it may.
func (c cell) refused() int {
	switch {
	case c.need == auth.Public:
		return 0
	case c.role == anonymous:
		return http.StatusUnauthorized
	case !c.need.Allows(c.role):
		return http.StatusForbidden
	}
	return 0
}

// unread reports an answer that says nothing about permission: the request did not get past
// validation.
func unread(got answer) bool {
	return got.status == http.StatusBadRequest || got.status == http.StatusUnprocessableEntity
}

// beyond are the operations that the sweep's channels, which are widgets without a bot,
// answer with a state of theirs: a phone to link, a platform that knows templates.
var beyond = map[string]string{
	"linkChannel": "channel.no_session", "unlinkChannel": "channel.no_session", "restartSession": "channel.no_session",
	"syncTemplates": "template.not_here", "createTemplate": "template.not_here", "deleteTemplate": "template.not_here",
	"passConversation": "pass.no_number", "startFlow": "flow.not_here", "checkModelKey": "model.unavailable",
}

// judgeOwn judges a call on the company's own things. done is false when the call proved
// nothing.
func judgeOwn(c cell, got answer) (done bool, broken string) {
	switch want := c.refused(); {
	case want != 0 && got.status != want:
		return true, fmt.Sprintf("%v: %d instead of %d: %s", c, got.status, want, brief(got.body))
	case want != 0:
		return true, ""
	case unread(got):
		return false, ""
	case got.status == http.StatusConflict && beyond[c.op.ID] != "" && strings.Contains(string(got.body), `"code":"`+beyond[c.op.ID]+`"`):
		return true, "" // the role was let through; the rest is for a real phone or platform
	case got.status >= 300:
		return true, fmt.Sprintf("%v: refused with %d: %s", c, got.status, brief(got.body))
	}
	return true, ""
}

// judgeForeign judges a call on another company's thing by the same call on a thing that
// does not exist: they must be one and the same 404.
func judgeForeign(c cell, other, missing answer) (done bool, broken string) {
	want := c.refused()
	if want == 0 {
		if unread(other) && unread(missing) {
			return false, ""
		}
		want = http.StatusNotFound
	}
	if other.status != want || missing.status != want {
		return true, fmt.Sprintf("%v: %d, and %d for a missing one, instead of %d: %s", c, other.status, missing.status, want, brief(other.body))
	}
	if !same(other.body, missing.body) {
		return true, fmt.Sprintf("%v: %s differs from a missing one's %s", c, brief(other.body), brief(missing.body))
	}
	return true, ""
}

// judgeReference judges a body or a query that names another company's thing. It need not
// be a 404, but it must be what naming a thing that does not exist comes to.
func judgeReference(c cell, other, missing answer) (done bool, broken string) {
	if want := c.refused(); want != 0 {
		return judgeForeign(c, other, missing)
	}
	if other.status != missing.status {
		return true, fmt.Sprintf("%v: %d, but %d for a missing one: %s", c, other.status, missing.status, brief(other.body))
	}
	listed := c.op.method == http.MethodGet
	if (other.status >= 300 || listed) && !same(other.body, missing.body) {
		return true, fmt.Sprintf("%v: %s differs from a missing one's %s", c, brief(other.body), brief(missing.body))
	}
	return true, ""
}

// same compares two bodies but for the name of the request.
func same(a, b []byte) bool {
	strip := func(body []byte) []byte {
		var v map[string]any
		if json.Unmarshal(body, &v) != nil {
			return body
		}
		delete(v, "request_id")
		out, _ := json.Marshal(v) // it came from JSON
		return out
	}
	return bytes.Equal(strip(a), strip(b))
}

// leaks finds in a body what only another company may see. What the request itself named is
// no secret.
func leaks(body []byte, secrets []string, named string) string {
	text := string(body)
	for _, s := range secrets {
		if strings.Contains(text, s) && !strings.Contains(named, s) {
			return s
		}
	}
	return ""
}

func brief(b []byte) string { return string(b[:min(len(b), 200)]) }
