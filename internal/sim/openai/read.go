package openai

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// read fills a schema's properties from a text, each by what its name and description say it
// is. A string that is not found is empty; anything else is left out.
func read(text string, s schema) map[string]any {
	out := map[string]any{}
	for name, p := range s.Properties {
		v := find(text, name, strings.ToLower(name+" "+p.Description))
		switch p.Type {
		case "number", "integer":
			if f, err := strconv.ParseFloat(v, 64); err == nil {
				out[name] = f
			}
		case "boolean":
			if v == "true" || v == "false" {
				out[name] = v == "true"
			}
		default:
			out[name] = v
		}
	}
	return out
}

var (
	mail    = regexp.MustCompile(`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`)
	phone   = regexp.MustCompile(`\+?\d[\d \-]{7,16}\d`)
	isoDate = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)
	dmy     = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
	amount  = regexp.MustCompile(`\d+(?:[.,]\d+)?`)
	called  = regexp.MustCompile(`(?i:me llamo|mi nombre es|soy|my name is|i am|i'm)\s+(\p{Lu}[\p{L}'-]*(?:\s+\p{Lu}[\p{L}'-]*)*)`)
	colours = regexp.MustCompile(`(?i)\b(roj|negr|blanc|amarill|morad|rosad)[oa]s?\b|\b(azul|verde|gris|beige|camel|coral|lila|rosa|red|black|white|blue|green|grey)(?:e?s)?\b`)
	places  = regexp.MustCompile(`\b(?i:en|a|desde|in|to|from)\s+(\p{Lu}\p{L}+(?:\s+(?:de\s+)?\p{Lu}\p{L}+)*)`)
)

// find is what a text says of one thing, as text.
func find(text, name, about string) string {
	has := func(list ...string) bool {
		for _, w := range list {
			if strings.Contains(about, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("correo", "email", "e-mail"):
		return mail.FindString(text)
	case has("telefono", "teléfono", "phone", "celular", "móvil"):
		return phone.FindString(text)
	case has("(date)", "fecha"):
		if m := dmy.FindStringSubmatch(text); m != nil {
			return m[3] + "-" + twoDigits(m[2]) + "-" + twoDigits(m[1])
		}
		return isoDate.FindString(text)
	case has("(bool)"):
		return yesOrNo(text)
	case has("color", "colour"):
		m := strings.ToLower(colours.FindString(text))
		return strings.TrimSuffix(m, "s")
	case has("(number)", "talla", "size", "cantidad", "quantity"):
		return numberNear(text, name)
	case has("nombre", "name"):
		if m := called.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	case has("ciudad", "city", "lugar"):
		if m := places.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	return after(text, name)
}

// numberNear is the number that follows the thing's name, else the first one there is.
func numberNear(text, name string) string {
	folded := strings.ToLower(text)
	if i := strings.Index(folded, strings.ToLower(name)); i >= 0 {
		if n := amount.FindString(folded[i:]); n != "" {
			return strings.ReplaceAll(n, ",", ".")
		}
	}
	return strings.ReplaceAll(amount.FindString(folded), ",", ".")
}

func yesOrNo(text string) string {
	for _, w := range words(text) {
		switch w {
		case "claro", "ok", "yes", "true", "vale":
			return "true"
		}
	}
	folded := " " + strings.ToLower(text) + " "
	switch {
	case strings.Contains(folded, " no ") || strings.Contains(folded, " no,"):
		return "false"
	case strings.Contains(folded, "sí") || strings.Contains(folded, " si "):
		return "true"
	}
	return ""
}

// after is the word or quoted words behind a name: "marca: Aurora".
func after(text, name string) string {
	m := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(name) + `\b\s*(?:es|is|:|=)?\s*(?:"([^"]+)"|([\p{L}\p{N}-]+))`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

func twoDigits(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// toolCall calls the first tool whose parameters the last message fills at least in part.
func toolCall(q Request) (call any, ok bool) {
	last := q.Messages[len(q.Messages)-1]
	if last.Role != "user" {
		return nil, false // it has been called
	}
	for _, t := range q.Tools {
		args := read(string(last.Content), t.Function.Parameters)
		for k, v := range args {
			if v == "" {
				delete(args, k)
			}
		}
		if len(args) > 0 {
			b, _ := json.Marshal(args)
			return map[string]any{"id": "call_1", "type": "function", "function": map[string]any{"name": t.Function.Name, "arguments": string(b)}}, true
		}
	}
	return nil, false
}
