// Package rules answers a message by its words: a company's keyword rules, compiled once
// into a Set that finds every rule a message matches in one pass, picks the winner and
// says why each of the others lost. It is pure.
//
// Accents, case, punctuation, emoji and spacing never decide; see Words for the folding.
package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// Definition is a rule as the company wrote it.
type Definition struct {
	ID       id.Rule        `json:"id" format:"uuid"`
	Name     string         `json:"name" minLength:"1" maxLength:"120"`
	Enabled  bool           `json:"enabled"`
	Priority int            `json:"priority" doc:"The higher number wins"`
	Match    Match          `json:"match" enum:"exact,contains,starts,any_of,regex"`
	Patterns []string       `json:"patterns" minItems:"1" maxItems:"100" doc:"Alternatives: one that matches is enough"`
	Answers  []chat.Content `json:"answers" maxItems:"10" doc:"Said in this order; may be empty unless then is stay"`
	Active   Active         `json:"active"`
	Then     Then           `json:"then" enum:"stay,handoff,close"`
	Labels   []id.Label     `json:"label_ids,omitempty" maxItems:"20"`
}

// Match is how a pattern is compared with a message. All but Regex compare whole words.
type Match string

const (
	Exact    Match = "exact"    // the message is the pattern, and nothing else
	Contains Match = "contains" // the pattern's words stand together somewhere in the message
	Starts   Match = "starts"   // the message begins with the pattern's words
	AnyOf    Match = "any_of"   // as Contains, for each of the words or phrases between commas, semicolons or lines
	Regex    Match = "regex"    // RE2 (Go's syntax) anywhere in Line(message)
)

// Active is when a rule may win.
type Active struct {
	When  When         `json:"when" enum:"always,open,closed,custom"`
	Hours *hours.Hours `json:"hours,omitempty" doc:"With custom"`
}

// When refers to the bot's hours, or with Custom to the rule's own.
type When string

const (
	Always When = "always"
	Open   When = "open"
	Closed When = "closed"
	Custom When = "custom"
)

// Then is what follows the answers.
type Then string

const (
	Stay    Then = "stay"
	Handoff Then = "handoff"
	Close   Then = "close"
	Begin   Then = "flow" // a flow's keyword trigger, compiled as a rule of its own; no company writes it
)

// Limits of a rule and of a bot's rules together.
const (
	MaxRules    = 1000
	MaxPatterns = 100
	MaxPattern  = 1 << 10 // bytes of UTF-8
	MaxAnswers  = 10
	MaxLabels   = 20
	MaxName     = 120 // characters
)

// sayable is what a rule can answer with; the other types are a contact's, or bound to one
// message or platform.
var sayable = []chat.Type{chat.Text, chat.Image, chat.Audio, chat.Voice, chat.Video, chat.Document,
	chat.LocationMsg, chat.ContactCard, chat.Buttons, chat.ListMenu, chat.Products}

// Check reports what is wrong with one rule: nil, or one *errs.Problem per fault, joined.
// Fields are relative to the rule: "patterns[2]", "active.hours.days.mon[0].from".
func (d Definition) Check() error {
	_, err := compile(d, "")
	return err
}

// rule is one compiled Definition.
type rule struct {
	def      Definition
	week     *hours.Week // with Custom
	literals []literal
	regexes  []*regex
}

// literal is one pattern as folded words.
type literal struct {
	words   string
	pattern string // as written, for the trace
	match   Match
}

func compile(d Definition, zone string) (*rule, error) {
	d.Patterns, d.Answers, d.Labels = slices.Clone(d.Patterns), slices.Clone(d.Answers), slices.Clone(d.Labels)
	r := &rule{def: d}
	faults := d.faults()
	for i, p := range d.Patterns {
		err := r.add(p)
		faults = append(faults, errs.Under(fmt.Sprintf("patterns[%d]", i), err))
	}
	if d.Active.When == Custom && d.Active.Hours != nil {
		week, err := d.Active.Hours.Compile(zone)
		if err == nil && !week.Opens() {
			err = errs.New(errs.Invalid, "rule.never_active")
		}
		r.week = week
		faults = append(faults, errs.Under("active.hours", err))
	}
	return r, errors.Join(faults...)
}

func (d Definition) faults() []error {
	var out []error
	bad := func(field, code string, kv ...any) {
		out = append(out, errs.New(errs.Invalid, code, kv...).At(field))
	}
	if strings.TrimSpace(d.Name) == "" || utf8.RuneCountInString(d.Name) > MaxName {
		bad("name", "rule.name", "max", MaxName)
	}
	if !slices.Contains([]Match{Exact, Contains, Starts, AnyOf, Regex}, d.Match) {
		bad("match", "rule.match", "match", string(d.Match))
	}
	if len(d.Patterns) == 0 || len(d.Patterns) > MaxPatterns {
		bad("patterns", "rule.patterns", "max", MaxPatterns)
	}
	if len(d.Answers) > MaxAnswers {
		bad("answers", "rule.answers", "max", MaxAnswers)
	}
	for i := range d.Answers {
		at := fmt.Sprintf("answers[%d]", i)
		if err := d.Answers[i].Check(); err != nil {
			out = append(out, errs.Under(at, err))
		} else if !slices.Contains(sayable, d.Answers[i].Type) {
			bad(at+".type", "rule.answer_type", "type", string(d.Answers[i].Type))
		}
	}
	switch d.Then {
	case Handoff, Close, Begin:
	case Stay:
		if len(d.Answers) == 0 {
			bad("answers", "rule.says_nothing")
		}
	default:
		bad("then", "rule.then", "then", string(d.Then))
	}
	switch d.Active.When {
	case Always, Open, Closed:
	case Custom:
		if d.Active.Hours == nil {
			bad("active.hours", "rule.hours_missing")
		}
	default:
		bad("active.when", "rule.when", "when", string(d.Active.When))
	}
	if len(d.Labels) > MaxLabels {
		bad("label_ids", "rule.labels", "max", MaxLabels)
	}
	return out
}

// add compiles one pattern into r.
func (r *rule) add(pattern string) error {
	if len(pattern) > MaxPattern {
		return errs.New(errs.Invalid, "rule.pattern_too_long", "max", MaxPattern)
	}
	if r.def.Match == Regex {
		re, err := compileRegex(pattern)
		if err == nil {
			r.regexes = append(r.regexes, re)
		}
		return err
	}
	parts := []string{pattern}
	if r.def.Match == AnyOf {
		parts = alternatives(pattern)
	}
	empty := true
	for _, part := range parts {
		if w := Words(part); w != "" {
			r.literals = append(r.literals, literal{words: w, pattern: strings.TrimSpace(part), match: r.def.Match})
			empty = false
		}
	}
	if empty {
		return errs.New(errs.Invalid, "rule.pattern_empty", "pattern", pattern)
	}
	return nil
}

// alternatives splits at commas, semicolons and lines, but not in "2,5".
func alternatives(s string) []string {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	var out []string
	begin := 0
	for i := range len(s) {
		if s[i] == '\n' || s[i] == ';' || s[i] == ',' && !(digit(i-1) && digit(i+1)) {
			out = append(out, s[begin:i])
			begin = i + 1
		}
	}
	return append(out, s[begin:])
}
