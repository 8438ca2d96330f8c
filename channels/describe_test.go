package channels

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"recado/internal/errs"
)

var form = Description{Fields: []Field{
	{Key: "number", Type: "phone", Required: true, Ref: true},
	{Key: "token", Type: "secret", Required: true, Max: 20},
	{Key: "verify", Type: "secret", Generate: true, Required: true},
	{Key: "site", Type: "url"},
	{Key: "region", Type: "select", Options: []string{"us", "eu"}, Default: "us"},
	{Key: "note", Type: "area"},
	{Key: "sid", Type: "text", Pattern: "AC|MG[0-9]"},
}}

func TestDescriptionCheck(t *testing.T) {
	t.Parallel()
	full := func(kv ...string) map[string]string {
		m := map[string]string{"number": "+5215512345678", "token": "abc"}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for name, x := range map[string]struct {
		values      map[string]string
		have        []string
		code, field string // "" when it is good
	}{
		"all":                      {full("site", "https://t.example/x", "note", "a\nb", "sid", "MG1"), nil, "", ""},
		"stored secret":            {map[string]string{"number": "+5215512345678"}, []string{"token"}, "", ""},
		"missing secret":           {map[string]string{"number": "+5215512345678"}, nil, "settings.required", "token"},
		"stored, no form":          {map[string]string{"token": "abc"}, []string{"number"}, "", ""},
		"blank":                    {full("number", "  "), nil, "settings.required", "number"},
		"too long":                 {full("token", strings.Repeat("ñ", 21)), nil, "settings.too_long", "token"},
		"long enough":              {full("token", strings.Repeat("ñ", 20)), nil, "", ""},
		"500 by itself":            {full("note", strings.Repeat("a", 501)), nil, "settings.too_long", "note"},
		"line in a text":           {full("sid", "AC\n1"), nil, "settings.control_character", "sid"},
		"tab in an area":           {full("note", "a\tb"), nil, "settings.control_character", "note"},
		"NUL":                      {full("note", "a\x00b"), nil, "settings.control_character", "note"},
		"no phone":                 {full("number", "55 1234"), nil, "settings.phone", "number"},
		"no such choice":           {full("region", "asia"), nil, "settings.choice", "region"},
		"no address":               {full("site", "tienda"), nil, "settings.url", "site"},
		"script address":           {full("site", "javascript://x/"), nil, "settings.url", "site"},
		"address with a password":  {full("site", "https://a:b@t.example"), nil, "settings.url", "site"},
		"pattern is for the whole": {full("sid", "ACME"), nil, "settings.pattern", "sid"},
		"unknown":                  {full("colour", "red"), nil, "settings.unknown_field", "colour"},
	} {
		err := form.Check(x.values, x.have)
		var p *errs.Problem
		if x.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.As(err, &p) || p.Code != x.code || p.Field != x.field {
			t.Errorf("%s: %v, want %s at %s", name, err, x.code, x.field)
		}
	}
}

func TestDescriptionCheckTidies(t *testing.T) {
	t.Parallel()
	got := map[string]string{"number": " +5215512345678 ", "token": "abc", "note": "  "}
	if err := form.Check(got, nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"number": "+5215512345678", "token": "abc", "region": "us"}
	if !maps.Equal(got, want) {
		t.Errorf("values are %v, want %v", got, want)
	}
}

func TestLoadTexts(t *testing.T) {
	t.Parallel()
	got := LoadTexts(fstest.MapFS{
		"texts/es.json": {Data: []byte(`{"name":"Correo"}`)}, "texts/en.json": {Data: []byte(`{"name":"Post"}`)}, "texts/more/fr.json": {Data: []byte(`{}`)},
	}, "texts")
	if len(got) != 2 || got["es"]["name"] != "Correo" || got["en"]["name"] != "Post" {
		t.Errorf("texts are %v", got)
	}
	for name, broken := range map[string]fstest.MapFS{"none": {}, "no JSON": {"texts/es.json": {Data: []byte(`{`)}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a broken catalogue does not panic", name)
				}
			}()
			LoadTexts(broken, "texts")
		}()
	}
}
