package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"recado/internal/auth"
)

// document is the part of /api/openapi.json that the sweep is made from.
type document struct {
	Paths      map[string]map[string]*operation
	Components struct{ Schemas map[string]*schema }
}

// operation is one endpoint.
type operation struct {
	ID          string `json:"operationId"`
	Permission  string `json:"x-permission"`
	Parameters  []parameter
	RequestBody struct {
		Content map[string]struct{ Schema *schema }
	}

	method, path string
}

type parameter struct {
	Name, In string
	Required bool
	Schema   *schema
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any    // a word, or a list of words
	Format     string
	Pattern    string
	Enum       []any
	Required   []string
	Properties map[string]*schema
	Items      *schema
	Minimum    *float64
	MinLength  int
	MinItems   int
}

// readDocument takes the operations in the order of their paths.
func readDocument(b []byte) (document, []*operation, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return d, nil, err
	}
	var ops []*operation
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			ops = append(ops, op)
		}
	}
	slices.SortFunc(ops, func(a, b *operation) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return d, ops, nil
}

// need is the operation's permission.
func (o *operation) need() (auth.Permission, error) {
	for _, p := range []auth.Permission{auth.Public, auth.SignedIn} {
		if o.Permission == p.String() {
			return p, nil
		}
	}
	for _, m := range auth.Modules {
		for l := auth.Read; l <= auth.Manage; l++ {
			if p := (auth.Permission{Module: m, Level: l}); o.Permission == p.String() {
				return p, nil
			}
		}
	}
	return auth.Permission{}, fmt.Errorf("%s needs %q, which is no permission", o.ID, o.Permission)
}

// names are the parameters of one place, "path" or "query"; only those that are ids, or all.
func (o *operation) names(in string, ids bool) (out []string) {
	for _, p := range o.Parameters {
		if p.In == in && (!ids || p.Schema.Format == "uuid") {
			out = append(out, p.Name)
		}
	}
	return out
}

// json is the content type of the body and its schema, which only JSON has; both are empty
// for an operation without a body.
func (o *operation) json() (kind string, s *schema) {
	for k := range o.RequestBody.Content {
		if kind == "" || k < kind {
			kind = k
		}
	}
	if kind == "application/json" {
		s = o.RequestBody.Content[kind].Schema
	}
	return kind, s
}

// body is a smallest valid body with its content type.
func (d *document) body(o *operation) (kind string, value any) {
	kind, s := o.json()
	return kind, d.value(s)
}

// segment is the nth word of a path below /api/v1, from 1.
func segment(path string, n int) string {
	words := strings.Split(strings.TrimPrefix(path, "/api/v1/"), "/")
	return words[min(n, len(words))-1]
}

func (d *document) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}

// patterns are texts for the patterns that the document uses.
var patterns = map[string]string{
	"^#[0-9a-f]{6}$":         "#0f766e",
	"^[A-Z]{3}$":             "EUR",
	"^[0-9]{2}:[0-9]{2}$":    "09:00",
	"^[a-z][a-z0-9_]{0,39}$": "talla",

	"^(draft|[1-9][0-9]{0,8})$": "draft",
}

// value is a valid value of a schema: required properties only, of each the first or
// smallest that is allowed. Ids are those of nothing.
func (d *document) value(s *schema) any {
	if s = d.resolve(s); s == nil {
		return nil
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch kindOf(s) {
	case "object":
		out := object{}
		for _, p := range s.Required {
			out[p] = d.value(s.Properties[p])
		}
		return out
	case "array":
		out := []any{}
		for range s.MinItems {
			out = append(out, d.value(s.Items))
		}
		return out
	case "integer", "number":
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 0
	case "boolean":
		return true
	}
	switch {
	case s.Format == "uuid":
		return newID()
	case s.Format == "email":
		return "persona-" + newID()[24:] + "@example.com"
	case s.Pattern != "":
		return patterns[s.Pattern]
	}
	text := "texto " + newID()[24:] // the part that is random
	return text[:max(s.MinLength, len(text))]
}

// kindOf is the schema's type, the first one that is not null.
func kindOf(s *schema) string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		for _, v := range t {
			if v != "null" {
				return fmt.Sprint(v)
			}
		}
	}
	return ""
}
