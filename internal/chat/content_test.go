package chat

import (
	"errors"
	"strings"
	"testing"

	"recado/internal/errs"
	"recado/internal/id"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	file := &Media{File: id.New[id.File]()}
	for name, c := range map[string]struct {
		content Content
		code    string // "" when it is good
		field   string
	}{
		"text":                {Plain("hola"), "", ""},
		"blank text":          {Plain(" \n"), "content.missing", "text"},
		"long text":           {Plain(strings.Repeat("a", MaxText+1)), "content.text_too_long", "text"},
		"NUL":                 {Plain("a\x00"), "content.bad_text", "text"},
		"bad UTF-8":           {Plain("a\xff"), "content.bad_text", "text"},
		"image":               {Content{Type: Image, Media: file}, "", ""},
		"image without file":  {Content{Type: Image, Media: &Media{}}, "content.missing", "media"},
		"voice without media": {Content{Type: Voice}, "content.missing", "media"},
		"buttons":             {Content{Type: Buttons, Text: "¿?", Buttons: []Button{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}}}, "", ""},
		"no buttons":          {Content{Type: Buttons}, "content.missing", "buttons"},
		"same button twice":   {Content{Type: Buttons, Buttons: []Button{{ID: "a", Label: "A"}, {ID: "a", Label: "B"}}}, "content.button_twice", "buttons"},
		"button without id":   {Content{Type: Buttons, Buttons: []Button{{Label: "A"}}}, "content.missing", "buttons"},
		"list without parts":  {Content{Type: ListMenu, List: &List{}}, "content.missing", "list"},
		"no products":         {Content{Type: Products}, "content.missing", "products"},
		"no template":         {Content{Type: TemplateMsg, Template: &Template{}}, "content.missing", "template"},
		"reaction to nothing": {Content{Type: ReactionMsg, Reaction: &Reaction{Emoji: "👍"}}, "content.missing", "reaction"},
		"answer without id":   {Content{Type: AnswerMsg, Answer: &Answer{}}, "content.missing", "answer"},
		"no place":            {Content{Type: LocationMsg}, "content.missing", "location"},
		"nameless card":       {Content{Type: ContactCard, Contact: &Card{}}, "content.missing", "contact"},
		"unknown type":        {Content{Type: "poll"}, "content.unknown_type", "type"},
	} {
		err := c.content.Check()
		var p *errs.Problem
		if c.code == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !errors.As(err, &p) || p.Code != c.code || p.Field != c.field {
			t.Errorf("%s: %v, want %s at %s", name, err, c.code, c.field)
		}
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Content{
		"hola mundo":                   Plain("  hola\n\tmundo "),
		"[image]":                      {Type: Image},
		"pie de foto":                  {Type: Image, Text: "pie de foto"},
		"Sí":                           {Type: AnswerMsg, Answer: &Answer{ID: "1", Label: "Sí"}},
		strings.Repeat("ñ", 119) + "…": Plain(strings.Repeat("ñ", 500)),
	} {
		if got := c.Snippet(); got != want {
			t.Errorf("Snippet() = %q, want %q", got, want)
		}
	}
}
