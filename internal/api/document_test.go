package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"recado/internal/auth"
)

var update = flag.Bool("update", false, "rewrite openapi.json")

// The committed document is what clients are generated from: a change to it is a change of
// the contract, and must be seen in review.
func TestGolden(t *testing.T) {
	t.Parallel()
	got, err := Document()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("openapi.json is not what the code says; look at the change and run: go test ./internal/api -run Golden -update")
	}
}

func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

// each calls fn for every operation of the document.
func each(t *testing.T, fn func(method, path string, op *huma.Operation)) {
	t.Helper()
	paths := New(Deps{}).huma.OpenAPI().Paths
	if len(paths) == 0 {
		t.Fatal("the document has no paths")
	}
	for path, item := range paths {
		for method, op := range operations(item) {
			fn(method, path, op)
		}
	}
}

func TestEveryOperationIsComplete(t *testing.T) {
	t.Parallel()
	camel := regexp.MustCompile(`^[a-z]+([A-Z][a-z]*)*$`)
	var ids []string
	each(t, func(method, path string, op *huma.Operation) {
		name := method + " " + path
		need, ok := op.Metadata[permission].(auth.Permission)
		if !ok || !need.Valid() || op.Extensions["x-permission"] != need.String() {
			t.Errorf("%s does not say which permission it needs", name)
		}
		if !camel.MatchString(op.OperationID) || slices.Contains(ids, op.OperationID) {
			t.Errorf("%s: %q is not a camelCase id of its own", name, op.OperationID)
		}
		ids = append(ids, op.OperationID)
		if op.Summary == "" || len(op.Tags) != 1 {
			t.Errorf("%s lacks a summary or a tag", name)
		}
		if (need == auth.Public) != (len(op.Security) == 0) {
			t.Errorf("%s: security does not match the permission %s", name, need)
		}
	})
}

// Clients get arrays, never null.
func TestNoNullableArrays(t *testing.T) {
	t.Parallel()
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if types, ok := v["type"].([]any); ok && slices.Contains(types, any("array")) {
				t.Errorf("%s is an array or null", path)
			}
			for k, e := range v {
				walk(path+"/"+k, e)
			}
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		}
	}
	var doc any
	if err := json.Unmarshal(New(Deps{}).document, &doc); err != nil {
		t.Fatal(err)
	}
	walk("", doc)
}

func TestAddRefusesAnOperationWithoutPermission(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("an operation that needs nothing was registered")
		}
	}()
	add(New(Deps{}), operation{ID: "x", Method: "GET", Path: "/x"}, (*API)(nil).getMe)
}
