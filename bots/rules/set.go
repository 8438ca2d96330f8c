package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"recado/internal/errs"
	"recado/internal/hours"
)

// Set is a bot's rules, compiled: immutable and safe for concurrent use.
type Set struct {
	rules    []*rule // in the order given
	general  *hours.Week
	literals *index
	regexes  []owned
}

type owned struct {
	rule int
	*regex
}

// Hit is a rule whose words were in the message. Rule is the Set's own: read only.
type Hit struct {
	Rule    *Definition
	Pattern string // as written
}

// Loss is a Hit that did not win. Reason is one of "disabled", "hours:open" and
// "hours:closed" (the shop is, and the rule wants the opposite), "hours:custom" (outside
// the rule's own hours), "priority", "less_specific" and "order".
type Loss struct {
	Hit
	Reason string
}

// Result is what a message met. Lost is best first.
type Result struct {
	Winner    *Hit // nil for none
	Lost      []Loss
	Unmatched int // rules whose words were not there
}

// Compile makes a Set of a bot's rules, disabled ones too: a trace should tell that a rule
// would have matched. general answers Open and Closed, and its zone serves custom hours
// that name none. The error joins one *errs.Problem per fault, with the rule's name in
// Args and the Field "rules[3].patterns[0]".
func Compile(defs []Definition, general *hours.Week) (*Set, error) {
	if len(defs) > MaxRules {
		return nil, errs.New(errs.Invalid, "rule.too_many", "max", MaxRules).At("rules")
	}
	s := &Set{general: general}
	var faults []error
	size := 0
	for i, d := range defs {
		at := fmt.Sprintf("rules[%d]", i)
		r, err := compile(d, general.Zone().String())
		faults = append(faults, named(d.Name, errs.Under(at, err)))
		s.rules = append(s.rules, r)
		for j, re := range r.regexes {
			s.regexes = append(s.regexes, owned{i, re})
			if size += re.size; size > MaxPrograms && size-re.size <= MaxPrograms {
				faults = append(faults, errs.New(errs.Invalid, "rule.regexes_too_complex", "rule", d.Name, "max", MaxPrograms).
					At(fmt.Sprintf("%s.patterns[%d]", at, j)))
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	s.literals = newIndex(s.rules)
	return s, nil
}

// named puts the rule's name into the Args of every Problem of err.
func named(rule string, err error) error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	for _, e := range many.Unwrap() {
		var p *errs.Problem
		if errors.As(e, &p) {
			args := map[string]any{"rule": rule}
			for k, v := range p.Args {
				args[k] = v
			}
			p.Args = args
		}
	}
	return err
}

// Match finds the rule that answers a message at a moment. Of the rules that match and
// are active, the highest Priority wins; then the most specific match: Exact before
// phrases, longer phrases before shorter, then Starts, Contains, AnyOf, and Regex last;
// then the order in which the rules were given.
func (s *Set) Match(text string, now time.Time) Result {
	best := make([]ending, len(s.rules)) // by rule; grade 0 for no match
	note := func(e ending) {
		if e.grade > best[e.rule].grade {
			best[e.rule] = e
		}
	}
	s.literals.scan(Words(text), func(es []ending) {
		for _, e := range es {
			note(e)
		}
	})
	if len(s.regexes) > 0 {
		line := clip(Line(text), maxRegexText)
		for _, r := range s.regexes {
			if best[r.rule].grade == 0 && r.match(line) {
				note(ending{r.rule, Regex.grade(0), r.pattern})
			}
		}
	}
	unmatched := len(best)
	best = slices.DeleteFunc(best, func(e ending) bool { return e.grade == 0 })
	slices.SortFunc(best, s.compare)
	res := Result{Unmatched: unmatched - len(best), Lost: make([]Loss, 0, len(best))}
	var winner ending
	for _, e := range best {
		r := s.rules[e.rule]
		reason := s.inactive(r, now)
		switch {
		case reason != "":
		case res.Winner == nil:
			res.Winner, winner = &Hit{&r.def, e.pattern}, e
			continue
		default:
			reason = s.behind(winner, e)
		}
		res.Lost = append(res.Lost, Loss{Hit{&r.def, e.pattern}, reason})
	}
	return res
}

// grade orders matches by how much they say; always above 0. words is the pattern's length.
func (m Match) grade(words int) int {
	const phrase = 4 * MaxPattern // more than any phrase can reach
	switch m {
	case Exact:
		return phrase + words
	case Starts:
		return 4*words + 2
	case Contains:
		return 4*words + 1
	case AnyOf:
		return 4 * words
	}
	return 1
}

func (s *Set) compare(a, b ending) int {
	return cmp.Or(
		cmp.Compare(s.rules[b.rule].def.Priority, s.rules[a.rule].def.Priority),
		cmp.Compare(b.grade, a.grade),
		cmp.Compare(a.rule, b.rule),
	)
}

// behind says why e comes after the winner.
func (s *Set) behind(winner, e ending) string {
	switch {
	case s.rules[e.rule].def.Priority < s.rules[winner.rule].def.Priority:
		return "priority"
	case e.grade < winner.grade:
		return "less_specific"
	}
	return "order"
}

// inactive says why a rule may not win now, or "".
func (s *Set) inactive(r *rule, now time.Time) string {
	if !r.def.Enabled {
		return "disabled"
	}
	switch r.def.Active.When {
	case Open:
		if !s.general.Open(now) {
			return "hours:closed"
		}
	case Closed:
		if s.general.Open(now) {
			return "hours:open"
		}
	case Custom:
		if !r.week.Open(now) {
			return "hours:custom"
		}
	}
	return ""
}
