package api

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"recado/internal/errs"
)

// List is one page of anything.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one"`
}

// listOf is a list that has no further pages.
func listOf[T any](items []T, err error) (List[T], error) {
	if items == nil {
		items = []T{} // an empty list is [], not null
	}
	return List[T]{Items: items}, err
}

// Page is what a paged operation embeds in its input.
type Page struct {
	Cursor string `query:"cursor" maxLength:"600" doc:"The next of the page before; empty for the first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Most items on one page"`
}

var errCursor = errs.New(errs.Invalid, "cursor.invalid").At("query.cursor")

// After reads the position that cursorOf wrote into pos, and reports whether there is one.
// The types of pos must refuse what cannot be a position (an id.Label, a time.Time): the
// cursor comes from outside and is not signed.
func (p Page) After(pos any) (bool, error) {
	if p.Cursor == "" {
		return false, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(p.Cursor)
	if err != nil {
		return false, errCursor
	}
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.DisallowUnknownFields()
	if err := d.Decode(pos); err != nil || d.More() || !plain(string(b)) {
		return false, errCursor
	}
	return true, nil
}

// cursorOf writes a position, an exported struct or a value, as an opaque cursor.
func cursorOf(pos any) string {
	b, err := json.Marshal(pos)
	if err != nil {
		panic("api: a position does not marshal: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// pageOf makes a page from one item more than was asked for: the surplus shows that there
// is a next page. pos gives the position of an item.
func pageOf[T any](items []T, limit int, pos func(T) any, err error) (List[T], error) {
	l, err := listOf(items, err)
	if err == nil && len(items) > limit {
		l.Items = items[:limit]
		l.Next = cursorOf(pos(items[limit-1]))
	}
	return l, err
}

// Idempotent is what an operation embeds whose repetition must not do its work twice.
type Idempotent struct {
	Key string `header:"Idempotency-Key" required:"true" format:"uuid" minLength:"36" maxLength:"36" doc:"A fresh UUID for each thing to do; the same again returns the same result"`
}
