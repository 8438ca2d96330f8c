package knowledge

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// Format is how entries are written in a file.
//
// JSONL is one JSON object a line:
//
//	{"id": "envios-1", "question": "…", "answer": "…", "variants": ["…", "…"], "enabled": true}
//
// id is the external id. Only answer must be there; other keys are ignored.
//
// CSV has a line of column names, external_id,question,answer,variants,enabled in any order
// (or in Spanish, or "id"), of which question and answer must be there. Cells are separated
// by commas, semicolons (as Excel does in Spanish) or tabs. Variants stand in one cell,
// separated by "|" or line breaks; "\|" is a bar within a variant and "\\" a backslash.
// A line break within a cell is read as a line feed, whatever it was.
//
// A cell that a spreadsheet would take for a formula begins with an apostrophe, which is
// not part of the text (https://owasp.org/www-community/attacks/CSV_Injection).
type Format string

const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// record is an entry as a line of JSONL.
type record struct {
	ID       flexible `json:"id"`
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Variants []string `json:"variants"`
	Enabled  *bool    `json:"enabled,omitempty"`
}

// flexible is a text that may have been written as a number.
type flexible string

func (f *flexible) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') {
		*f = flexible(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(f))
}

// Write writes entries so that importing them again changes nothing. Those without an
// external id go by their own.
func Write(w io.Writer, format Format, faqs []FAQ) error {
	if format == CSV {
		return writeCSV(w, faqs)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range faqs {
		r := record{ID: flexible(f.Name()), Question: f.Question, Answer: f.Answer, Variants: f.Variants}
		if !f.Enabled {
			r.Enabled = &f.Enabled
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

var csvColumns = []string{"external_id", "question", "answer", "variants", "enabled"}

func writeCSV(w io.Writer, faqs []FAQ) error {
	// Excel reads a CSV as UTF-8 only after a byte order mark.
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	_ = c.Write(csvColumns) // Flush and Error tell
	for _, f := range faqs {
		_ = c.Write([]string{defuse(f.Name()), defuse(f.Question), defuse(f.Answer), defuse(joinVariants(f.Variants)), strconv.FormatBool(f.Enabled)})
	}
	c.Flush()
	return c.Error()
}

const bom = "\ufeff"

// formula reports whether a spreadsheet would take a cell for one, apostrophes aside: they
// count so that defuse can always be undone.
func formula(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0
}

func defuse(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

func undefuse(cell string) string {
	if strings.HasPrefix(cell, "'") && formula(cell) {
		return cell[1:]
	}
	return cell
}

var escapeVariant = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

func joinVariants(vs []string) string {
	escaped := make([]string, len(vs))
	for i, v := range vs {
		escaped[i] = escapeVariant.Replace(v)
	}
	return strings.Join(escaped, " | ")
}

func splitVariants(cell string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(cell); i++ {
		switch c := cell[i]; {
		case c == '\\' && i+1 < len(cell) && (cell[i+1] == '|' || cell[i+1] == '\\'):
			i++
			b.WriteByte(cell[i])
		case c == '|' || c == '\n' || c == '\r':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(out, b.String())
}
