package flow

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"recado/flows"
)

// Starter is a flow to begin with.
type Starter struct {
	Key        string           `json:"key" example:"order_status"`
	Language   string           `json:"language" enum:"es,en"`
	Name       flows.Words      `json:"name"`
	About      flows.Words      `json:"about"`
	Definition flows.Definition `json:"definition"`
	// Conversation is a talk that shows what the flow does and that its test holds it to.
	Conversation []json.RawMessage `json:"conversation" doc:"A talk that shows what it does, line by line"`
}

//go:embed starters
var starterFiles embed.FS

// starters are read once: a file that cannot be read is a bug and panics at start.
var starters = func() []Starter {
	var index []Starter
	mustRead("starters/index.json", &index)
	var out []Starter
	for _, lang := range []string{"es", "en"} {
		for _, s := range index {
			file := "starters/" + lang + "/" + s.Key + ".json"
			if _, err := fs.Stat(starterFiles, file); err != nil {
				continue // not in this language
			}
			s.Language = lang
			mustRead(file, &s)
			out = append(out, s)
		}
	}
	return out
}()

func mustRead(file string, to any) {
	b, err := starterFiles.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		panic(fmt.Sprintf("flow: %s: %v", file, err))
	}
}

// Starters lists the flows to begin with, the Spanish ones first.
func Starters() []Starter { return slices.Clone(starters) }

// FindStarter is one starter in a language, or else in the other.
func FindStarter(key, language string) (Starter, bool) {
	i := slices.IndexFunc(starters, func(s Starter) bool { return s.Key == key && s.Language == language })
	if i < 0 {
		i = slices.IndexFunc(starters, func(s Starter) bool { return s.Key == key })
	}
	if i < 0 {
		return Starter{}, false
	}
	return starters[i], true
}
