package expr

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// The shapes that reach the parser. It calls itself for every bracket, prefix, power and
// condition, and a stack that overflows ends the process: nothing can recover it.
const (
	maxSource   = 4 << 10 // bytes
	maxTokens   = 600
	maxDepth    = 20 // brackets open at once
	maxPrefixes = 40 // !, not, and the sign before a value
	maxBranches = 20 // ? and if
	maxPowers   = 8
	maxDigits   = 40 // of a number as written
	maxNodes    = 200
)

// parse reads src into the library's tree, or says where it is wrong.
func parse(src string) (ast.Node, *Error) {
	switch {
	case strings.TrimSpace(src) == "":
		return nil, faultAt(src, 0, utf8.RuneCountInString(src), "expr.empty")
	case len(src) > maxSource:
		return nil, &Error{From: 0, To: utf16Len(cut(src, maxSource)), Code: "expr.too_long", Args: map[string]any{"limit": maxSource}}
	case !utf8.ValidString(src) || strings.ContainsRune(src, 0):
		return nil, &Error{Code: "expr.characters"}
	}
	if err := scan(src); err != nil {
		return nil, err
	}
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	for name := range config.Builtins {
		config.Disabled[name] = true // the library's functions: ours are called by our own table
	}
	tree, err := parser.ParseWithConfig(src, config)
	if err != nil {
		if strings.Contains(err.Error(), "exceeds maximum allowed nodes") {
			return nil, faultAt(src, 0, utf8.RuneCountInString(src), "expr.too_complex")
		}
		return nil, malformed(src, err)
	}
	return tree.Node, nil
}

// scan refuses shapes that would take the parser too deep. It reads the tokens of the
// parser's own lexer, which does not call itself, so comments and texts fool neither.
func scan(src string) *Error {
	tokens, err := lexer.Lex(file.NewSource(src))
	if err != nil {
		return malformed(src, err)
	}
	var depth, prefixes, branches, powers int
	value := false // whether the token before ends a value, so that a sign is no prefix
	for i, t := range tokens {
		tooMuch := i >= maxTokens
		switch {
		case t.Kind == lexer.Bracket && strings.Contains("([{", t.Value):
			depth++
		case t.Kind == lexer.Bracket:
			depth--
		case t.Kind == lexer.Number:
			tooMuch = tooMuch || len(t.Value) > maxDigits
		case t.Is(lexer.Operator, "!"), t.Is(lexer.Operator, "not"), !value && (t.Is(lexer.Operator, "-") || t.Is(lexer.Operator, "+")):
			prefixes++
		case t.Is(lexer.Operator, "?"), t.Is(lexer.Operator, "if"):
			branches++
		case t.Is(lexer.Operator, "**"), t.Is(lexer.Operator, "^"):
			powers++
		case t.Is(lexer.Operator, "let"), t.Is(lexer.Operator, ";"):
			return faultAt(src, t.From, t.To, "expr.not_allowed", "what", t.Value)
		}
		if tooMuch || depth > maxDepth || prefixes > maxPrefixes || branches > maxBranches || powers > maxPowers {
			return faultAt(src, t.From, t.To, "expr.too_complex")
		}
		value = t.Kind != lexer.Operator && !(t.Kind == lexer.Bracket && strings.Contains("([{", t.Value))
	}
	return nil
}

// malformed is the library's error with our code, at its range.
func malformed(src string, err error) *Error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return faultAt(src, 0, utf8.RuneCountInString(src), "expr.syntax")
	}
	n := utf8.RuneCountInString(src)
	from := min(max(fe.From, 0), n)
	to := min(max(fe.To, from), n)
	if found := sliceRunes(src, from, to); strings.HasPrefix(fe.Message, "unexpected token") && !strings.Contains(fe.Message, "EOF") {
		return faultAt(src, from, to, "expr.unexpected", "found", found)
	}
	return faultAt(src, from, to, "expr.syntax")
}

// faultAt makes an Error of a range in characters, which is how the library counts.
func faultAt(src string, from, to int, code string, kv ...any) *Error {
	e := &Error{From: utf16Len(sliceRunes(src, 0, from)), To: utf16Len(sliceRunes(src, 0, to)), Code: code}
	for i := 0; i+1 < len(kv); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[kv[i].(string)] = kv[i+1]
	}
	return e
}

// sliceRunes is s from one character to another.
func sliceRunes(s string, from, to int) string {
	start, end, n := len(s), len(s), 0
	for i := range s {
		if n == from {
			start = i
		}
		if n == to {
			end = i
			break
		}
		n++
	}
	return s[min(start, end):end]
}

// utf16Len counts as editors in browsers do: characters outside the basic plane are two.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}
