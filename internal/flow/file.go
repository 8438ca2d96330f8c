package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"recado/flows"
	"recado/flows/upgrade"
	"recado/internal/errs"
)

// Encode writes a definition in its one form: fields in the format's order, all other keys
// sorted, numbers as they were written. TooLarge flow.too_large.
func Encode(d flows.Definition) ([]byte, error) {
	d.Triggers, d.Variables = append([]flows.Trigger{}, d.Triggers...), append([]flows.Variable{}, d.Variables...)
	d.Nodes = append([]flows.NodeDef{}, d.Nodes...)
	for i, n := range d.Nodes {
		data, err := sorted(n.Data)
		if err != nil {
			return nil, errs.New(errs.Invalid, "flow.data", "reason", err.Error()).At("nodes[" + n.ID + "].data")
		}
		d.Nodes[i].Data = data
	}
	b, err := marshal(d)
	if err != nil {
		return nil, errs.New(errs.Invalid, "flow.file", "reason", err.Error()).At("definition")
	}
	if len(b) > maxDefinition {
		return nil, errs.New(errs.TooLarge, "flow.too_large", "max", maxDefinition>>10).At("definition")
	}
	return b, nil
}

// Export is the file of a definition: Encode on lines of their own, so that two of them can
// be compared with any tool.
func Export(d flows.Definition) ([]byte, error) {
	b, err := Encode(d)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// Import reads a file that Export wrote, in whatever format, or a person. Invalid flow.file
// for what is none, also for names that the format does not know; flow.format. field is where the refusal points.
func Import(file []byte, field string) (d flows.Definition, err error) {
	refuse := func(reason string) (flows.Definition, error) {
		return d, errs.New(errs.Invalid, "flow.file", "reason", reason).At(field)
	}
	if len(file) > 8*maxDefinition { // indented
		return d, errs.New(errs.TooLarge, "flow.too_large", "max", maxDefinition>>10).At(field)
	}
	if !utf8.Valid(file) {
		return refuse("UTF-8")
	}
	if file, err = upgrade.Raw(file); err != nil {
		return d, errs.Under(field, err)
	}
	dec := json.NewDecoder(bytes.NewReader(file))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return refuse(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return refuse("JSON")
	}
	if tree, err := parse(file); err != nil || holdsNUL(tree) {
		return refuse("NUL")
	}
	return d, nil
}

// sorted is JSON with the keys of its objects in order.
func sorted(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return json.RawMessage("{}"), nil
	}
	v, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	return marshal(v)
}

// parse reads JSON whose numbers stay as they were written: 1.50 is not 1.5.
func parse(raw []byte) (v any, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // "<" in a text is not a danger here, and can be read
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// holdsNUL reports whether a string of v holds what the database cannot store in one.
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
