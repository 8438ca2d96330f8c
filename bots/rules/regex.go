package rules

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"recado/internal/errs"
)

// RE2 never backtracks, so a match costs at most program x text steps. These bounds keep
// the worst bot that can be written near a hundred milliseconds a message.
const (
	MaxProgram   = 1_000  // instructions of one expression
	MaxPrograms  = 10_000 // of all expressions of a bot
	maxRegexText = 2 << 10
)

const regexFlags = syntax.Perl | syntax.FoldCase

// regex is a compiled expression. Whatever it matches holds, for each list of needs, at
// least one of the strings; looking for those first spares running most expressions.
type regex struct {
	re      *regexp.Regexp
	pattern string
	needs   [][]string
	size    int
}

func (r *regex) match(line string) bool {
	for _, oneOf := range r.needs {
		if !slices.ContainsFunc(oneOf, func(s string) bool { return strings.Contains(line, s) }) {
			return false
		}
	}
	return r.re.MatchString(line)
}

// compileRegex reads a pattern as the company wrote it. Its literals lose their accents,
// as the text did, and case never counts.
func compileRegex(pattern string) (*regex, error) {
	if strings.TrimSpace(pattern) == "" {
		return nil, errs.New(errs.Invalid, "rule.pattern_empty", "pattern", pattern)
	}
	if _, err := syntax.Parse(pattern, regexFlags); err != nil {
		return nil, badRegex(pattern, err)
	}
	source := unaccented(pattern)
	tree, err := syntax.Parse(source, regexFlags)
	if err != nil {
		return nil, badRegex(pattern, err)
	}
	tree = tree.Simplify()
	prog, err := syntax.Compile(tree)
	if err != nil {
		return nil, badRegex(pattern, err)
	}
	if len(prog.Inst) > MaxProgram {
		return nil, errs.New(errs.Invalid, "rule.regex_too_complex", "pattern", pattern, "max", MaxProgram)
	}
	re, err := regexp.Compile("(?i)" + source)
	if err != nil {
		return nil, badRegex(pattern, err)
	}
	return &regex{re: re, pattern: pattern, needs: required(tree), size: len(prog.Inst)}, nil
}

func badRegex(pattern string, err error) error {
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return errs.New(errs.Invalid, "rule.regex", "pattern", pattern, "position", 1, "reason", err.Error())
	}
	return errs.New(errs.Invalid, "rule.regex", "pattern", pattern,
		"position", position(pattern, bad), "reason", bad.Code.String(), "part", bad.Expr)
}

// position is the character, from 1, where an expression goes wrong. The parser names
// the faulty part, except for parentheses, where it names the whole.
func position(pattern string, bad *syntax.Error) int {
	if at := strings.Index(pattern, bad.Expr); at >= 0 && bad.Expr != pattern {
		return utf8.RuneCountInString(pattern[:at]) + 1
	}
	if bad.Code == syntax.ErrMissingParen {
		return utf8.RuneCountInString(pattern) + 1 // where it is missing
	}
	n := 0 // characters before i
	for i := range pattern {
		_, err := syntax.Parse(pattern[:i], regexFlags)
		var e *syntax.Error
		if errors.As(err, &e) && e.Code == bad.Code {
			return n
		}
		n++
	}
	return n
}

func unaccented(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// required returns what every match must hold: one string of each list.
func required(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		if s := plainPart(re.Rune); s != "" {
			return [][]string{{s}}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, required(sub)...)
		}
		return all
	case syntax.OpAlternate:
		var either []string
		for _, sub := range re.Sub {
			n := required(sub)
			if len(n) == 0 {
				return nil
			}
			either = append(either, n[0]...)
		}
		return [][]string{either}
	}
	return nil
}

// plainPart is the longest ASCII run of a literal, lower-case. Letters beyond ASCII may
// equal more than one other when case is ignored, so they prove nothing.
func plainPart(rs []rune) string {
	best := ""
	for part := range strings.FieldsFuncSeq(string(rs), func(r rune) bool { return r >= utf8.RuneSelf }) {
		if len(part) > len(best) {
			best = part
		}
	}
	return strings.ToLower(best)
}
