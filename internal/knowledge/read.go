package knowledge

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/internal/errs"
)

// Limits of a file.
const (
	MaxFile = 20 << 20 // bytes
	MaxRows = 20_000
	maxLine = 512 << 10 // bytes of one JSONL line
)

// Refusal is a row that cannot be an entry, and why. Problem.Field is a column.
type Refusal struct {
	Line    int // from 1, where the row begins
	Problem *errs.Problem
}

// row is an entry as a file has it.
type row struct {
	line    int
	enabled *bool // nil: as it is, or true for a new entry
	FAQ
}

// reader turns a file into rows. Rows at fault are set aside; only what makes the whole
// file unreadable is an error.
type reader struct {
	rows    []row
	refused []Refusal
	seen    map[string]int // line of each external id, and of each question without one
}

func read(r io.Reader, format Format) (*reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	head, _ := in.Peek(len(bom)) // a file may be shorter
	switch {
	case string(head) == bom:
		_, _ = in.Discard(len(bom))
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, errs.New(errs.Invalid, "faq.utf16")
	}
	f := &reader{seen: map[string]int{}}
	read := f.readJSONL
	if format == CSV {
		read = f.readCSV
	}
	if err := read(in); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *reader) refuse(line int, p *errs.Problem) {
	f.refused = append(f.refused, Refusal{line, p})
}

// take checks a row and keeps it, or says why not.
func (f *reader) take(r row) {
	if err := r.clean(); err != nil {
		var p *errs.Problem
		if errors.As(err, &p) { // the first of its faults
			f.refuse(r.line, p)
		}
		return
	}
	key := "id " + r.ExternalID
	if r.ExternalID == "" {
		key = "question " + r.Question
	}
	if first, ok := f.seen[key]; ok {
		f.refuse(r.line, errs.New(errs.Invalid, "faq.twice", "line", first))
		return
	}
	f.seen[key] = r.line
	f.rows = append(f.rows, r)
}

func (f *reader) full() error {
	if len(f.rows)+len(f.refused) >= MaxRows {
		return errs.New(errs.TooLarge, "faq.too_many_rows", "max", MaxRows)
	}
	return nil
}

func (f *reader) readJSONL(in *bufio.Reader) error {
	var buf []byte
	for n := 1; ; n++ {
		line, long, err := readLine(in, buf[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		end, text := err != nil, bytes.TrimSpace(line)
		if long || len(text) > 0 {
			if err := f.full(); err != nil {
				return err
			}
			f.takeJSON(n, text, long)
		}
		if end {
			return nil
		}
		buf = line
	}
}

// readLine reads to the next line feed. Of a line that is too long it keeps nothing.
func readLine(in *bufio.Reader, line []byte) (_ []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

func (f *reader) takeJSON(n int, text []byte, long bool) {
	switch {
	case long:
		f.refuse(n, errs.New(errs.Invalid, "faq.line_too_long", "max", maxLine>>10))
		return
	case !utf8.Valid(text):
		f.refuse(n, errs.New(errs.Invalid, "faq.bad_text"))
		return
	}
	var r record
	var kind *json.UnmarshalTypeError
	switch err := json.Unmarshal(text, &r); {
	case errors.As(err, &kind) && kind.Field != "":
		f.refuse(n, errs.New(errs.Invalid, "faq.wrong_kind").At(kind.Field))
		return
	case err != nil || text[0] != '{':
		f.refuse(n, errs.New(errs.Invalid, "faq.not_json"))
		return
	}
	f.take(row{n, r.Enabled, FAQ{ExternalID: string(r.ID), Question: r.Question, Answer: r.Answer, Variants: r.Variants}})
}

// columnNames are what a column may be called, folded to lower case.
var columnNames = map[string]string{
	"external_id": "external_id", "id": "external_id", "codigo": "external_id", "código": "external_id",
	"question": "question", "pregunta": "question",
	"answer": "answer", "respuesta": "answer",
	"variants": "variants", "variantes": "variants",
	"enabled": "enabled", "activa": "enabled",
}

// yesNo are the ways to say whether an entry is enabled, among them Excel's in Spanish.
var yesNo = map[string]bool{
	"true": true, "1": true, "yes": true, "sí": true, "si": true, "verdadero": true, "x": true,
	"false": false, "0": false, "no": false, "falso": false,
}

func (f *reader) readCSV(in *bufio.Reader) error {
	c := csv.NewReader(in)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = separator(in), -1, true
	names, err := c.Read()
	var broken *csv.ParseError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &broken) {
		return err
	}
	columns, err := header(names)
	if err != nil {
		return err
	}
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		blank := err == nil && !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" })
		if err := f.full(); err != nil && !blank {
			return err
		}
		switch {
		case blank:
		case errors.As(err, &broken):
			f.refuse(broken.StartLine, errs.New(errs.Invalid, "faq.csv_quotes", "line", broken.Line))
		case err != nil:
			return err
		default:
			line, _ := c.FieldPos(0)
			f.takeCells(line, columns, cells)
		}
	}
}

// separator is the one that is in the first line most often.
func separator(in *bufio.Reader) rune {
	head, _ := in.Peek(4 << 10) // a file may be shorter
	head, _, _ = bytes.Cut(head, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// header says what each cell of a row is; "" for a column that is nothing to us.
func header(names []string) ([]string, error) {
	columns, found := make([]string, len(names)), map[string]bool{}
	for i, n := range names {
		c := columnNames[strings.ToLower(strings.TrimSpace(n))]
		if c != "" && found[c] {
			return nil, errs.New(errs.Invalid, "faq.column_twice", "column", c)
		}
		columns[i], found[c] = c, true
	}
	if !found["question"] || !found["answer"] {
		delete(found, "")
		return nil, errs.New(errs.Invalid, "faq.columns", "found", strings.Join(slices.Sorted(maps.Keys(found)), ", "))
	}
	return columns, nil
}

func (f *reader) takeCells(line int, columns, cells []string) {
	r := row{line: line}
	for i, cell := range cells {
		cell = undefuse(cell)
		if i >= len(columns) {
			if strings.TrimSpace(cell) == "" {
				continue
			}
			f.refuse(line, errs.New(errs.Invalid, "faq.too_many_cells", "columns", len(columns)))
			return
		}
		switch columns[i] {
		case "external_id":
			r.ExternalID = cell
		case "question":
			r.Question = cell
		case "answer":
			r.Answer = cell
		case "variants":
			r.Variants = splitVariants(cell)
		case "enabled":
			word := strings.ToLower(strings.TrimSpace(cell))
			on, ok := yesNo[word]
			if !ok && word != "" {
				f.refuse(line, errs.New(errs.Invalid, "faq.enabled").At("enabled"))
				return
			}
			if ok {
				r.enabled = &on
			}
		}
	}
	f.take(r)
}
