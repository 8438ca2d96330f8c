package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"recado/internal/errs"
	"recado/internal/id"
)

// told is what a file came to: its entries, and "line code field" of the rows refused.
func told(t *testing.T, in string, format Format) (entries []string, refused []string, err error) {
	t.Helper()
	f, err := Read(strings.NewReader(in), format)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range f.rows {
		on := ""
		if r.enabled != nil {
			on = fmt.Sprint(" ", *r.enabled)
		}
		entries = append(entries, fmt.Sprintf("%d %s|%s|%s|%q%s", r.line, r.ExternalID, r.Question, r.Answer, r.Variants, on))
	}
	for _, r := range f.refused {
		refused = append(refused, strings.TrimSpace(fmt.Sprintf("%d %s %s", r.Line, r.Problem.Code, r.Problem.Field)))
	}
	return entries, refused, nil
}

func TestRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", MaxAnswer+1)
	for _, c := range []struct {
		name, in string
		format   Format
		entries  []string
		refused  []string
		err      string // code
	}{
		{name: "plain", format: JSONL, in: `{"id":"a","question":" q ","answer":" An answer. ","variants":["v  1","v 1",""," v2"]}`,
			entries: []string{`1 a|q| An answer. |["v 1" "v2"]`}},
		{name: "a number as id, other keys, no variants, off", format: JSONL, in: `{"id":7,"question":"q","answer":"x","tags":["t"],"variants":null,"enabled":false}`,
			entries: []string{`1 7|q|x|[] false`}},
		{name: "a passage", format: JSONL, in: `{"answer":"Open daily."}`, entries: []string{`1 ||Open daily.|[]`}},
		{name: "BOM, CRLF, blank lines, no end", format: JSONL, in: bom + "{\"id\":\"a\",\"answer\":\"x\"}\r\n\r\n  \n{\"id\":\"b\",\"answer\":\"y\"}",
			entries: []string{`1 a||x|[]`, `4 b||y|[]`}},
		{name: "rows at fault", format: JSONL, in: strings.Join([]string{
			`{"id":"a","answer":"x"}`, `nonsense`, `[1]`, `{"answer":"  "}`, `{"question":3,"answer":"x"}`, `{"variants":"v","answer":"x"}`,
			"{\"answer\":\"\xff\"}", `{"answer":"a\u0000b"}`, `{"id":"a","answer":"again"}`, `{"answer":"` + long + `"}`, `{"id":{},"answer":"x"}`, `{"answer":"x"`,
			`{"question":"` + strings.Repeat("ñ", 2001) + `","answer":"x"}`, `{"id":"a\nb","answer":"x"}`, `{"id":"b","answer":"y"}`}, "\n"),
			entries: []string{`1 a||x|[]`, `15 b||y|[]`},
			refused: []string{"2 faq.not_json", "3 faq.not_json", "4 faq.no_answer answer", "5 faq.wrong_kind question", "6 faq.wrong_kind variants", "7 faq.bad_text",
				"8 faq.bad_text", "9 faq.twice", "10 faq.answer answer", "11 faq.wrong_kind id", "12 faq.not_json", "13 faq.question question", "14 faq.external_id external_id"}},
		{name: "a line without end", format: JSONL, in: `{"id":"a","answer":"x"}` + "\n" + strings.Repeat("x", maxLine+70_000) + "\n" + `{"id":"b","answer":"y"}`,
			entries: []string{`1 a||x|[]`, `3 b||y|[]`}, refused: []string{"2 faq.line_too_long"}},
		{name: "empty", format: JSONL},
		{name: "UTF-16", format: JSONL, in: "\xff\xfe{\x00", err: "faq.utf16"},
		{name: "too many rows", format: JSONL, in: strings.Repeat("x\n", MaxRows+1), err: "faq.too_many_rows"},

		{name: "plain", format: CSV, in: "external_id,question,answer,variants\na,q,\"x, y\",v1|v2\n", entries: []string{`2 a|q|x, y|["v1" "v2"]`}},
		{name: "Excel in Spanish", format: CSV, in: bom + "Código;Pregunta;Respuesta;Variantes;Activa\r\na;q;\"x\r\ny\";v1 | v2\r\nb;q2;z;;FALSO\r\n;;;;\r\n",
			entries: []string{"2 a|q|x\ny|[\"v1\" \"v2\"]", "4 b|q2|z|[] false"}},
		{name: "tabs, other columns, any order", format: CSV, in: "answer\tnotes\tquestion\nx\tn\tq\n", entries: []string{`2 |q|x|[]`}},
		{name: "variants", format: CSV, in: "question,answer,variants\nq,x,\"one\ntwo|three\\|3 | a\\\\b\\c\"\n", entries: []string{`2 |q|x|["one" "two" "three|3" "a\\b\\c"]`}},
		{name: "formulas undone", format: CSV, in: "question,answer\n'=1+1,'-x\n'quoted','+57\n''=x,'@a\n", entries: []string{"2 |=1+1|-x|[]", "3 |'quoted'|+57|[]", "4 |'=x|@a|[]"}},
		{name: "short row", format: CSV, in: "question,answer,variants\nq,x\n", entries: []string{`2 |q|x|[]`}},
		{name: "rows at fault", format: CSV, in: "external_id,question,answer,variants,enabled\na,q,x\nb,q2,\n,q3,\xff\nc,q4,x,,maybe\nd,q5,x,,,,more\na,q6,x\n,q7,x\n,q7,y\ne,q\"8,x\nf,q9,x,,\n",
			entries: []string{`2 a|q|x|[]`, `8 |q7|x|[]`, `11 f|q9|x|[]`},
			refused: []string{"3 faq.no_answer answer", "4 faq.bad_text", "5 faq.enabled enabled", "6 faq.too_many_cells", "7 faq.twice", "9 faq.twice", "10 faq.csv_quotes"}},
		{name: "a quote without end", format: CSV, in: "question,answer\nq,x\nq2,\"y\nq3,z\n", entries: []string{`2 |q|x|[]`}, refused: []string{"3 faq.csv_quotes"}},
		{name: "columns missing", format: CSV, in: "frage;antwort\nq;x\n", err: "faq.columns"},
		{name: "column twice", format: CSV, in: "question,answer,pregunta\nq,x,y\n", err: "faq.column_twice"},
		{name: "empty", format: CSV, err: "faq.columns"},
		{name: "a picture", format: CSV, in: "\x89PNG\r\n\x1a\n\x00\x00", err: "faq.columns"},
		{name: "too many rows", format: CSV, in: "question,answer\n" + strings.Repeat("q,\n", MaxRows+1), err: "faq.too_many_rows"},
		{name: "just as many", format: CSV, in: "question,answer\n" + strings.Repeat("q,\n", MaxRows-1) + "q,x\n,\n,\n", entries: []string{`20001 |q|x|[]`}, refused: make([]string, MaxRows-1)},
	} {
		t.Run(string(c.format)+" "+c.name, func(t *testing.T) {
			t.Parallel()
			entries, refused, err := told(t, c.in, c.format)
			if c.err != "" {
				if !errs.Is(err, c.err) {
					t.Errorf("error %v, want %s", err, c.err)
				}
				return
			}
			if len(refused) == MaxRows-1 {
				refused = make([]string, MaxRows-1)
			}
			if err != nil || !reflect.DeepEqual(entries, c.entries) || !reflect.DeepEqual(refused, c.refused) {
				t.Errorf("%v\nentries %q\nwant    %q\nrefused %q\nwant    %q", err, entries, c.entries, refused, c.refused)
			}
		})
	}
}

type cut struct{ io.Reader }

var errCut = errors.New("the line broke")

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errCut
	}
	return n, err
}

// A file of which the end did not arrive is no file.
func TestReadCutOff(t *testing.T) {
	t.Parallel()
	for format, in := range map[Format]string{JSONL: `{"answer":"x"}` + "\n{\"ans", CSV: "question,answer\nq,x\nq2,\"y"} {
		if f, err := Read(cut{strings.NewReader(in)}, format); !errors.Is(err, errCut) {
			t.Errorf("%s: %v, %v; want the reader's error", format, f, err)
		}
	}
}

var awkward = []FAQ{
	{ID: id.FAQ{1}, ExternalID: "plain", Question: "¿Cuánto cuesta?", Answer: "  $5.000.\r\nGratis\r desde\n \"$100\" 🚚 ", Variants: []string{"precio", "valor del envío"}, Enabled: true},
	{ID: id.FAQ{2}, ExternalID: "=cmd|' /C calc'!A0", Question: "@SUM(1)", Answer: "+57 300", Variants: []string{"-1", "a|b", `c:\d`, `e\`}, Enabled: true},
	{ID: id.FAQ{3}, Question: "'=already", Answer: "\tindented; and, separated", Variants: []string{}, Enabled: false},
	{ID: id.FAQ{4}, Question: "", Answer: "A passage.", Variants: []string{}, Enabled: true},
	{ID: id.FAQ{5}, ExternalID: "''=x", Question: "<b>&", Answer: "''''-", Variants: []string{"''+v"}, Enabled: true},
}

// What was written reads back the same, by the entries' names.
func TestWriteReadsBack(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{JSONL, CSV} {
		var b bytes.Buffer
		if err := Write(&b, format, awkward); err != nil {
			t.Fatal(err)
		}
		f, err := Read(&b, format)
		if err != nil || len(f.refused) > 0 {
			t.Fatal(err, f)
		}
		var tally Tally
		add, change := f.merge(awkward, &tally)
		if len(add)+len(change)+len(tally.Refused) > 0 || tally.Unchanged != len(awkward) {
			t.Errorf("%s: added %+v\nchanged %+v\n%+v", format, add, change, tally)
		}
	}
}

// No cell of a CSV may begin like a formula.
func TestCSVIsDefused(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "'a": "'a", "'=1": "''=1", "'": "'", "1=2": "1=2",
	} {
		if got := defuse(in); got != want || undefuse(got) != in {
			t.Errorf("defuse(%q) = %q, want %q; and back %q", in, got, want, undefuse(got))
		}
	}
}

func FuzzRead(f *testing.F) {
	var csv, jsonl bytes.Buffer
	if err := errors.Join(Write(&csv, CSV, awkward), Write(&jsonl, JSONL, awkward)); err != nil {
		f.Fatal(err)
	}
	f.Add(csv.Bytes(), true)
	f.Add(jsonl.Bytes(), false)
	f.Fuzz(func(t *testing.T, in []byte, asCSV bool) {
		format := JSONL
		if asCSV {
			format = CSV
		}
		file, err := Read(bytes.NewReader(in), format)
		if err != nil {
			return
		}
		// Whatever was taken can be stored, and survives the way out and in again.
		var faqs []FAQ
		for _, r := range file.rows {
			if err := r.clean(); err != nil {
				t.Fatalf("%+v was taken: %v", r, err)
			}
			r.ID, r.Enabled = id.New[id.FAQ](), true
			faqs = append(faqs, r.FAQ)
		}
		var out bytes.Buffer
		if err := Write(&out, format, faqs); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&out, format)
		if err != nil {
			t.Fatal(err)
		}
		var tally Tally
		if add, change := again.merge(faqs, &tally); len(add)+len(change) > 0 {
			t.Errorf("added %+v\nchanged %+v", add, change)
		}
	})
}
