package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"recado/internal/errs"
)

// placeIndex knows where in a flow's file each value begins, by its path: a Problem's Field,
// in which nodes go by their ids, "nodes[n3].data.text.es".
type placeIndex struct {
	raw []byte
	at  map[string]int
}

func places(raw []byte) placeIndex {
	p := placeIndex{raw, map[string]int{}}
	p.value(json.NewDecoder(bytes.NewReader(raw)), "")
	var d struct {
		Nodes []struct{ ID string }
	}
	if json.Unmarshal(raw, &d) != nil {
		return p
	}
	named := map[string]int{}
	for i, n := range d.Nodes {
		prefix := fmt.Sprintf("nodes[%d]", i)
		for path, offset := range p.at {
			if rest, ok := strings.CutPrefix(path, prefix); ok {
				full := "nodes[" + n.ID + "]" + rest
				if _, taken := named[full]; !taken { // of two with one id, the first
					named[full] = offset
				}
			}
		}
	}
	for path, offset := range p.at {
		if !strings.HasPrefix(path, "nodes[") {
			named[path] = offset
		}
	}
	return placeIndex{raw, named}
}

// value walks one value and everything in it; it stops at what is no JSON.
func (p placeIndex) value(d *json.Decoder, path string) bool {
	p.at[path] = p.start(int(d.InputOffset()))
	token, err := d.Token()
	if err != nil {
		return false
	}
	switch token {
	case json.Delim('{'):
		for d.More() {
			key, err := d.Token()
			name, ok := key.(string)
			if err != nil || !ok || !p.value(d, strings.TrimPrefix(path+"."+name, ".")) {
				return false
			}
		}
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if !p.value(d, fmt.Sprintf("%s[%d]", path, i)) {
				return false
			}
		}
	default:
		return true
	}
	_, err = d.Token() // the closing one
	return err == nil
}

// start is where the value after an offset begins.
func (p placeIndex) start(offset int) int {
	rest := p.raw[offset:]
	return offset + len(rest) - len(bytes.TrimLeft(rest, " \t\r\n,:"))
}

// find is the offset of what a Problem is about: the value itself, the character within it
// that an expression's fault names, or the nearest value around one that is missing.
func (p placeIndex) find(problem *errs.Problem) int {
	path := problem.Field
	for {
		offset, ok := p.at[path]
		if ok && path == problem.Field {
			if from, ok := problem.Args["from"].(int); ok {
				return offset + p.within(offset, from)
			}
		}
		if ok || path == "" {
			return offset
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
}

// within is how many bytes lie between the beginning of a string's literal and the
// character at a count of UTF-16 units in its value.
func (p placeIndex) within(offset, units int) int {
	s := p.raw[offset:]
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	i := 1
	for n := 0; n < units && i < len(s) && s[i] != '"'; {
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == '\\' && i+1 < len(s) && s[i+1] == 'u':
			size = 6
		case r == '\\':
			size = 2
		case utf16.RuneLen(r) == 2:
			n++
		}
		i, n = i+size, n+1
	}
	return min(i, len(s))
}
