package webchat

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"recado/internal/errs"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		raw         string
		code, field string // "" when it is good
	}{
		"nothing":             {"", "", ""},
		"empty":               {"{}", "", ""},
		"no object":           {"[]", "settings.malformed", ""},
		"cut":                 {`{"title":`, "settings.malformed", ""},
		"unknown field":       {`{"titel":"Tienda"}`, "settings.malformed", ""},
		"wrong type":          {`{"radius":"12"}`, "settings.malformed", ""},
		"title at its limit":  {`{"title":"` + strings.Repeat("ñ", 60) + `"}`, "", ""},
		"title over it":       {`{"title":"` + strings.Repeat("ñ", 61) + `"}`, "settings.too_long", "title"},
		"launcher over it":    {`{"launcher":"` + strings.Repeat("a", 41) + `"}`, "settings.too_long", "launcher"},
		"style over it":       {`{"custom_css":"` + strings.Repeat("a", 8001) + `"}`, "settings.too_long", "custom_css"},
		"colour in capitals":  {`{"color":"#ABCDEF"}`, "", ""},
		"colour by name":      {`{"color":"red"}`, "settings.color", "color"},
		"colour and a rule":   {`{"color":"#abcdef;x"}`, "settings.color", "color"},
		"no such position":    {`{"position":"top"}`, "settings.choice", "position"},
		"no such theme":       {`{"theme":"blue"}`, "settings.choice", "theme"},
		"no such language":    {`{"language":"fr"}`, "settings.choice", "language"},
		"radius below":        {`{"radius":-1}`, "settings.range", "radius"},
		"radius above":        {`{"radius":25}`, "settings.range", "radius"},
		"limits of one kept":  {`{"limits":{"file_bytes":1}}`, "", ""},
		"no files":            {`{"limits":{"file_bytes":0}}`, "settings.limits", "limits"},
		"huge files":          {`{"limits":{"file_bytes":26214401}}`, "settings.limits", "limits"},
		"a flood":             {`{"limits":{"per_visitor_minute":601}}`, "settings.limits", "limits"},
		"a dry site":          {`{"limits":{"per_site_minute":9}}`, "settings.limits", "limits"},
		"blank invitation":    {`{"proactive":{"after_seconds":5,"text":"  "}}`, "settings.proactive", "proactive"},
		"invitation at once":  {`{"proactive":{"after_seconds":0,"text":"Hola"}}`, "settings.proactive", "proactive"},
		"invitation":          {`{"proactive":{"after_seconds":5,"text":"Hola"}}`, "", ""},
		"origin":              {`{"allowed_origins":["https://tienda.example","http://localhost:3000/"]}`, "", ""},
		"origin without host": {`{"allowed_origins":["https://a.example","tienda"]}`, "settings.origin", "allowed_origins[1]"},
		"origin with a path":  {`{"allowed_origins":["https://a.example/x"]}`, "settings.origin", "allowed_origins[0]"},
		"origin with a query": {`{"allowed_origins":["https://a.example?x=1"]}`, "settings.origin", "allowed_origins[0]"},
		"origin with a user":  {`{"allowed_origins":["https://u@a.example"]}`, "settings.origin", "allowed_origins[0]"},
		"origin of a file":    {`{"allowed_origins":["file://a"]}`, "settings.origin", "allowed_origins[0]"},
		"question":            {`{"prechat":[{"key":"email","label":"Correo","type":"email"}]}`, "", ""},
		"question's key":      {`{"prechat":[{"key":"E-mail","label":"Correo","type":"email"}]}`, "settings.field_key", "prechat[0].key"},
		"question twice":      {`{"prechat":[{"key":"a","label":"A","type":"text"},{"key":"a","label":"B","type":"text"}]}`, "settings.field_twice", "prechat[1].key"},
		"question unlabelled": {`{"prechat":[{"key":"a","label":" ","type":"text"}]}`, "settings.field_label", "prechat[0].label"},
		"question's type":     {`{"prechat":[{"key":"a","label":"A","type":"date"}]}`, "settings.choice", "prechat[0].type"},
		"choice of nothing":   {`{"prechat":[{"key":"a","label":"A","type":"select"}]}`, "settings.field_options", "prechat[0].options"},
	} {
		_, err := Parse(json.RawMessage(x.raw))
		var p *errs.Problem
		if x.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.As(err, &p) || p.Code != x.code || p.Field != x.field {
			t.Errorf("%s: %v, want %s at %q", name, err, x.code, x.field)
		}
	}
}

func TestConfigureCompletes(t *testing.T) {
	t.Parallel()
	raw, err := Adapter{}.Configure(json.RawMessage(`{"color":"#ABCDEF","allowed_origins":[" HTTPS://Tienda.Example/ "],"limits":{"per_visitor_minute":5}}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(raw)
	if err != nil {
		t.Fatalf("what Configure gives is refused: %v", err)
	}
	if s.Color != "#abcdef" || s.AllowedOrigins[0] != "https://tienda.example" {
		t.Errorf("colour %q and origin %q are not brought to form", s.Color, s.AllowedOrigins[0])
	}
	if s.Position != "right" || s.Radius != 12 || !s.LeaveMessage || s.Limits.PerVisitorMinute != 5 || s.Limits.FileBytes != 10<<20 {
		t.Errorf("defaults are not filled in: %+v", s)
	}
	if again, err := (Adapter{}).Configure(raw); err != nil || string(again) != string(raw) {
		t.Errorf("configuring twice changes the settings: %s, then %s (%v)", raw, again, err)
	}
	if _, err := (Adapter{}).Configure(json.RawMessage(`{"radius":99}`)); err == nil {
		t.Error("bad settings are configured")
	}
}

func TestDefaultsAreGood(t *testing.T) {
	t.Parallel()
	s := Defaults()
	if err := s.check(); err != nil {
		t.Errorf("the settings of a new widget are refused: %v", err)
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	any, some := Defaults(), Defaults()
	some.AllowedOrigins = []string{"https://tienda.example", "http://localhost:3000"}
	for _, x := range []struct {
		s      Settings
		origin string
		want   bool
	}{
		{any, "https://a.example", true},
		{any, "", true},
		{some, "https://tienda.example", true},
		{some, "HTTPS://Tienda.Example", true},
		{some, "", true}, // no page's request
		{some, "https://tienda.example.evil.example", false},
		{some, "https://www.tienda.example", false},
		{some, "http://tienda.example", false},
		{some, "http://localhost:3001", false},
		{some, "null", false},
	} {
		if got := x.s.Allows(x.origin); got != x.want {
			t.Errorf("Allows(%q) = %v, want %v, with %q", x.origin, got, x.want, x.s.AllowedOrigins)
		}
	}
}
