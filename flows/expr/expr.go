// Package expr is the language of conditions and of the places in texts: expr-lang with a
// fixed, typed environment and limits that hold whatever a company writes.
//
// Everything is compiled at publish. A Program or Template is immutable and safe for
// concurrent use; running one needs no clock and no network.
package expr

import "time"

// Words is one sentence of the interface in each of its languages.
type Words struct {
	ES string `json:"es"`
	EN string `json:"en"`
}

// Type is what a value is.
type Type string

const (
	Text   Type = "text"
	Number Type = "number"
	Bool   Type = "bool"
	Date   Type = "date"
	List   Type = "list"
	Any    Type = "any" // known only when it runs
)

// Field is one value that expressions may read. Path is dotted: "contact.name".
type Field struct {
	Path  string `json:"path"`
	Type  Type   `json:"type"`
	About Words  `json:"about"`
}

// Values are what a run sees, by the first part of the paths: maps of maps of plain values
// (string, float64, bool, time.Time, []any, nil). A missing path is nil of its type.
type Values map[string]any

// Style is how values become text.
type Style struct {
	Language string         // BCP 47; es and en are known, others read as es
	Zone     *time.Location // nil is UTC
	Currency string         // ISO 4217, for money() without one
}

// Error is a fault in a source, at a range of it. From and To count UTF-16 code units, as
// editors in browsers do. Code is a key of the catalogue ("expr.unknown_name"); Args fill it.
type Error struct {
	From int            `json:"from"`
	To   int            `json:"to"`
	Code string         `json:"code"`
	Args map[string]any `json:"args,omitempty"`
}

func (e *Error) Error() string { return e.Code }
