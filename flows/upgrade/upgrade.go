// Package upgrade brings stored and imported definitions of flows up to the format that
// this program runs. It works on their JSON, so that it needs no Go types of formats that
// are gone. A format that changes adds one function here and raises flows.Format.
package upgrade

import (
	"bytes"
	"encoding/json"
	"fmt"

	"recado/internal/errs"
)

// step takes a definition from one format to the next. It may change d and returns it; the
// new number is written by Raw.
type step func(d map[string]any) (map[string]any, error)

// steps[0] takes format 1 to 2, and so on. Nothing is removed from it, ever: files of any
// age are imported.
var steps = []step{}

// Newest is the format that Raw leads to.
func Newest() int { return len(steps) + 1 }

// Raw is a definition's JSON in the newest format, raw itself when it has that already. A
// format that is newer than this program, or none, is refused as flow.format; what is no
// definition at all comes back as it is, for its reader to say what is wrong.
func Raw(raw []byte) ([]byte, error) { return apply(raw, steps) }

func apply(raw []byte, steps []step) ([]byte, error) {
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return raw, nil
	}
	newest := len(steps) + 1
	format := 0
	if head.Format != nil {
		format = *head.Format
	}
	switch {
	case format < 1 || format > newest:
		return nil, errs.New(errs.Invalid, "flow.format", "format", format, "known", newest).At("format")
	case format == newest:
		return raw, nil
	}
	d := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // what a step does not touch stays as it was written
	if err := dec.Decode(&d); err != nil {
		return raw, nil
	}
	for ; format < newest; format++ {
		var err error
		if d, err = steps[format-1](d); err != nil {
			return nil, fmt.Errorf("flow format %d to %d: %w", format, format+1, err)
		}
		d["format"] = format + 1
	}
	return json.Marshal(d)
}
