package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"recado/internal/errs"
)

// huma's validator speaks English sentences; we want codes with arguments, so that they can
// be told in the reader's language. Each sentence is a format: its verbs become {0}, {1}.
var sentences = compile([][2]string{
	{validation.MsgExpectedRequiredProperty, "validation.required"},
	{"required %s parameter is missing", "validation.required_parameter"},
	{validation.MsgUnexpectedProperty, "validation.unexpected"},
	{"unknown query parameter", "validation.unexpected"},
	{validation.MsgExpectedString, "validation.string"},
	{validation.MsgExpectedBoolean, "validation.boolean"},
	{"invalid boolean", "validation.boolean"},
	{validation.MsgExpectedInteger, "validation.integer"},
	{"invalid integer", "validation.integer"},
	{validation.MsgExpectedNumber, "validation.number"},
	{"invalid float", "validation.number"},
	{validation.MsgExpectedArray, "validation.array"},
	{validation.MsgExpectedObject, "validation.object"},
	{validation.MsgExpectedOneOf, "validation.one_of"},
	{validation.MsgExpectedMinLength, "validation.min_length"},
	{validation.MsgExpectedMaxLength, "validation.max_length"},
	{validation.MsgExpectedMinItems, "validation.min_items"},
	{validation.MsgExpectedMaxItems, "validation.max_items"},
	{validation.MsgExpectedArrayItemsUnique, "validation.unique"},
	{validation.MsgExpectedMinProperties, "validation.min_items"},
	{validation.MsgExpectedMaxProperties, "validation.max_items"},
	{validation.MsgExpectedMinimumNumber, "validation.minimum"},
	{validation.MsgExpectedMaximumNumber, "validation.maximum"},
	{validation.MsgExpectedExclusiveMinimumNumber, "validation.above"},
	{validation.MsgExpectedExclusiveMaximumNumber, "validation.below"},
	{validation.MsgExpectedRFC4122UUID, "validation.uuid"},
	{"invalid value: want a UUID%s", "validation.uuid"},
	{validation.MsgExpectedRFC5322Email, "validation.email"},
	{validation.MsgExpectedRFC3986URI, "validation.url"},
	{validation.MsgExpectedRFC3339DateTime, "validation.time"},
	{"invalid date/time for format %s", "validation.time"},
	{validation.MsgExpectedRFC3339Date, "validation.date"},
	{validation.MsgExpectedMatchPattern, "validation.pattern"},
	{validation.MsgExpectedBePattern, "validation.pattern"},
	{msgBadText, "body.bad_text"},
})

type phrase struct {
	re   *regexp.Regexp
	code string
}

func compile(table [][2]string) []phrase {
	verbs := regexp.MustCompile(`%[svd]`)
	out := make([]phrase, len(table))
	for i, row := range table {
		out[i] = phrase{regexp.MustCompile(`^` + verbs.ReplaceAllString(regexp.QuoteMeta(row[0]), `(.*)`) + `$`), row[1]}
	}
	return out
}

// fault reads one of huma's details. What cannot be recognised becomes the fallback and no
// more: its text may be a Go error.
func fault(err error, fallback *errs.Problem) *errs.Problem {
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return fallback
	}
	detail := d.ErrorDetail()
	for _, s := range sentences {
		m := s.re.FindStringSubmatch(detail.Message)
		if m == nil {
			continue
		}
		p := errs.New(errs.Invalid, s.code)
		for i, arg := range m[1:] {
			if p.Args == nil {
				p.Args = map[string]any{}
			}
			p.Args[strconv.Itoa(i)] = arg
		}
		at := detail.Location
		if s.code == "validation.required" { // huma points at the object that lacks it
			at += "." + m[1]
		}
		return p.At(at)
	}
	return fallback.At(detail.Location)
}

var (
	errMalformed = errs.New(errs.Invalid, "body.malformed").At("body")
	errInvalid   = errs.New(errs.Invalid, "validation.invalid").At("body")
)

// invalid tells all of huma's details. huma says 400 when the body was not JSON at all.
func invalid(ctx context.Context, status int, details []error) *Problem {
	fallback := errInvalid
	if status == http.StatusBadRequest {
		fallback = errMalformed
	}
	faults := make([]error, len(details))
	for i, d := range details {
		if own := problems(d); len(own) > 0 { // a resolver of ours
			faults[i] = own[0]
			continue
		}
		faults[i] = fault(d, fallback)
	}
	return problemOf(ctx, errors.Join(faults...))
}

const msgBadText = "text must be UTF-8 without NUL"

var errBadText = errors.New(msgBadText)

// jsonFormat is JSON as the database can store it: UTF-8 and no NUL in any string.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return errBadText
		}
		if err := json.Unmarshal(data, v); err != nil {
			return err
		}
		// huma decodes twice, first into an any: only that one needs to be walked.
		if tree, ok := v.(*any); ok && bytes.Contains(data, []byte(`\u0000`)) && holdsNUL(*tree) {
			return errBadText
		}
		return nil
	},
}

func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.IndexByte(v, 0) >= 0
	case []any:
		for _, e := range v {
			if holdsNUL(e) {
				return true
			}
		}
	case map[string]any:
		for k, e := range v {
			if strings.IndexByte(k, 0) >= 0 || holdsNUL(e) {
				return true
			}
		}
	}
	return false
}

// limitBody bounds what any handler can read, also where huma itself would not.
func limitBody(c huma.Context, next func(huma.Context)) {
	r, w := unwrap(c)
	r.Body = http.MaxBytesReader(w, r.Body, c.Operation().MaxBodyBytes)
	next(c)
}
