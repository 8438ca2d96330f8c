package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"

	bcp47 "golang.org/x/text/language"
)

// The sentences of every code, by language. "{name}" stands for the Problem's argument of
// that name, "title.404" is the title of a status, and "noun.contact" is what errs.Missing
// calls a contact.
//
//go:embed problems/*.json
var problemFiles embed.FS

// languages are those we speak, the one for everybody else first.
var languages = []string{"es", "en"}

var (
	matcher   = bcp47.NewMatcher([]bcp47.Tag{bcp47.Spanish, bcp47.English})
	catalogue = readCatalogue()
)

func readCatalogue() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range languages {
		b, err := problemFiles.ReadFile("problems/" + lang + ".json")
		if err != nil {
			panic(err) // embedded: cannot be missing in a build that passed its tests
		}
		var m map[string]string
		if err := json.Unmarshal(b, &m); err != nil {
			panic("api: problems/" + lang + ".json: " + err.Error())
		}
		all[lang] = m
	}
	return all
}

// language chooses from an Accept-Language header.
func language(header string) string {
	if len(header) > 200 {
		header = ""
	}
	_, i := bcp47.MatchStrings(matcher, header)
	return languages[i]
}

func title(lang string, status int) string { return catalogue[lang]["title."+strconv.Itoa(status)] }

var place = regexp.MustCompile(`\{\w+\}`)

// sentence fills the code's sentence. A code without one, which a test forbids, says its kind.
func sentence(lang, code string, args map[string]any) string {
	text, ok := catalogue[lang][code]
	if !ok {
		return catalogue[lang]["validation.invalid"]
	}
	return place.ReplaceAllStringFunc(text, func(p string) string {
		name := p[1 : len(p)-1]
		if name == "noun" {
			if noun, ok := catalogue[lang]["noun."+fmt.Sprint(args[name])]; ok {
				return noun
			}
		}
		if v, ok := args[name]; ok {
			return fmt.Sprint(v)
		}
		return p
	})
}
