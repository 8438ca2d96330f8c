package flow

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/bots/rules"
	"recado/flows"
	"recado/internal/errs"
	"recado/internal/hours"
)

// asks is the group of nodes that wait for the contact's answer.
const asks = "ask"

// ways warns of nodes to which no way leads, and of answers after which nothing is said.
func (c *checker) ways(f *flows.Flow) {
	reached := map[string]bool{c.def.Start: true}
	for todo := []string{c.def.Start}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range f.Leads(n) {
			if !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
	for _, n := range c.def.Nodes {
		if !reached[n.ID] {
			c.warn("nodes["+n.ID+"]", "flow.unreachable")
			continue
		}
		if c.table[n.Type].Group != asks || len(c.def.Triggers) == 0 { // without triggers it is entered, and returns
			continue
		}
		for _, e := range c.Exits[n.ID] {
			if n.Next[e.Name] == "" {
				c.warn("nodes["+n.ID+"].next."+e.Name, "flow.silent_exit", "exit", e.Name)
			}
		}
	}
}

// maxClashes bounds what is told about one trigger.
const maxClashes = 10

// triggers checks the words that begin the flow, and warns of others that want the same.
func (c *checker) triggers() {
	faulty := false
	for i, t := range c.def.Triggers {
		if t.Type != flows.OnKeyword {
			continue
		}
		for _, p := range problems(asRule(t, c.def.Name).Check()) {
			if strings.HasPrefix(p.Field, "patterns[") {
				faulty = true
				c.Problems = append(c.Problems, p.At(fmt.Sprintf("triggers[%d].words%s", i, p.Field[len("patterns"):])))
			}
		}
	}
	if len(c.def.Triggers) == 0 && !slices.ContainsFunc(c.others, func(n neighbour) bool { return slices.Contains(n.returns, c.flow.ID) }) {
		c.warn("triggers", "flow.no_trigger")
	}
	if faulty {
		return
	}
	c.sameWords()
	c.asRules()
	c.sameKind()
}

// asRule is a keyword trigger as the rules' engine reads it.
func asRule(t flows.Trigger, name string) rules.Definition {
	return rules.Definition{Name: cmp.Or(strings.TrimSpace(name), "…"), Enabled: true, Priority: t.Priority, Match: rules.Match(t.Match), Patterns: t.Words,
		Then: rules.Begin, Active: rules.Active{When: rules.Always}}
}

// anytime is the clock and the hours of a comparison of words: neither decides.
var anytime = func() *hours.Week {
	w, _ := hours.Hours{Always: true}.Compile("") // cannot fail
	return w
}()

// owner is whose keyword trigger one is.
type owner struct {
	flow *neighbour // nil: the flow's own
	at   int        // of its triggers
	flows.Trigger
}

// contest is the keyword triggers of a bot's flows, the oldest first, with the flow's own
// in their place.
type contest struct {
	*checker
	all  []owner
	set  *rules.Set // rule n is all[n]'s, and named so
	told map[string]int
}

func (c *contest) add(n *neighbour, list []flows.Trigger) {
	for i, t := range list {
		if t.Type == flows.OnKeyword {
			c.all = append(c.all, owner{n, i, t})
		}
	}
}

// sameWords runs the words of each trigger through all of the bot's triggers: what meets
// two of them is told, with who wins.
func (c *checker) sameWords() {
	x := &contest{checker: c, told: map[string]int{}}
	younger := func(n neighbour) bool { return bytes.Compare(n.id[:], c.flow.ID[:]) > 0 } // ids sort by age
	at := slices.IndexFunc(c.others, younger)
	if at < 0 {
		at = len(c.others)
	}
	for i := range len(c.others) + 1 {
		if i == at {
			x.add(nil, c.def.Triggers)
		}
		if i < len(c.others) && c.others[i].running {
			x.add(&c.others[i], c.others[i].triggers)
		}
	}
	if !slices.ContainsFunc(x.all, owner.own) {
		return
	}
	defs := make([]rules.Definition, len(x.all))
	for i, o := range x.all {
		defs[i] = asRule(o.Trigger, strconv.Itoa(i))
	}
	var err error
	if x.set, err = rules.Compile(defs, anytime); err != nil { // too much of it together
		for _, p := range problems(err) {
			c.Problems = append(c.Problems, p.At("triggers"))
		}
		return
	}
	for _, own := range []bool{true, false} { // its own words are told at their place
		for _, o := range x.all {
			if o.own() != own {
				continue
			}
			for _, s := range samples(rules.Match(o.Match), o.Words) {
				x.meet(o, s)
			}
		}
	}
}

func (o owner) own() bool { return o.flow == nil }

// meet tells between whom a message, which is from one of the triggers, has to choose.
func (c *contest) meet(from owner, s sample) {
	hits := meeting(c.set, s.text)
	for a, m := range hits {
		for b, o := range hits {
			mine, other := c.all[m], c.all[o]
			if !mine.own() || other.own() || !together(mine.Trigger, other.Trigger) || !c.news(mine, other, s) {
				continue
			}
			at := fmt.Sprintf("triggers[%d].words", mine.at)
			if from.own() && from.at == mine.at {
				at = fmt.Sprintf("%s[%d]", at, s.at)
			}
			code := "flow.trigger_loses"
			if a < b {
				code = "flow.trigger_wins"
			}
			c.warn(at, code, "word", s.text, "flow", other.flow.name)
		}
	}
}

// news reports whether a clash was not told yet, nor too many of the trigger.
func (c *contest) news(mine, other owner, s sample) bool {
	pair, one := fmt.Sprint(mine.at, other.flow.id, rules.Words(s.text)), strconv.Itoa(mine.at)
	if c.told[pair] > 0 || c.told[one] >= maxClashes {
		return false
	}
	c.told[pair]++
	c.told[one]++
	return true
}

// meeting are the rules of a contest's set, by their places, that a message meets, best first.
func meeting(set *rules.Set, text string) []int {
	res := set.Match(text, time.Time{})
	if res.Winner == nil {
		return nil
	}
	at := func(h rules.Hit) int {
		i, _ := strconv.Atoi(h.Rule.Name)
		return i
	}
	hits := []int{at(*res.Winner)}
	for _, l := range res.Lost {
		hits = append(hits, at(l.Hit))
	}
	return hits
}

// sample is a message that meets a pattern, and which.
type sample struct {
	at   int
	text string
}

// samples are messages that meet these patterns; an expression has none that could be told.
func samples(m rules.Match, patterns []string) []sample {
	var out []sample
	if m == rules.Regex {
		return nil
	}
	for i, p := range patterns {
		parts := []string{p}
		if m == rules.AnyOf {
			parts = strings.FieldsFunc(p, func(r rune) bool { return r == ',' || r == ';' || r == '\n' })
		}
		for _, part := range parts {
			if s := strings.TrimSpace(part); s != "" {
				out = append(out, sample{i, s})
			}
		}
	}
	return out
}

// together reports whether two triggers can meet the same message: at the same hours, on
// the same channel.
func together(a, b flows.Trigger) bool {
	at := func(t flows.Trigger) string { return cmp.Or(t.When, "always") }
	if at(a) != at(b) && at(a) != "always" && at(b) != "always" {
		return false
	}
	for _, ch := range a.Channels {
		if slices.Contains(b.Channels, ch) {
			return true
		}
	}
	return len(a.Channels) == 0 || len(b.Channels) == 0
}

// asRules warns of words that a keyword rule takes first: rules come before triggers.
func (c *checker) asRules() {
	defs := make([]rules.Definition, len(c.rules))
	for i, r := range c.rules {
		defs[i] = rules.Definition{Name: strconv.Itoa(i), Enabled: true, Match: r.Match, Patterns: r.Patterns, Then: rules.Begin, Active: rules.Active{When: rules.Always}}
	}
	all, err := rules.Compile(defs, anytime)
	if err != nil {
		return // a bot whose rules do not compile is told as failing where it is shown
	}
	for i, t := range c.def.Triggers {
		if t.Type != flows.OnKeyword {
			continue
		}
		own, err := rules.Compile([]rules.Definition{asRule(t, "0")}, anytime)
		if err != nil {
			return
		}
		met := map[int]string{} // by rule: a message that meets it and the trigger
		for _, s := range samples(rules.Match(t.Match), t.Words) {
			for _, r := range meeting(all, s.text) {
				met[r] = cmp.Or(met[r], s.text)
			}
		}
		told := 0
		for n, r := range c.rules {
			for _, s := range samples(r.Match, r.Patterns) {
				if met[n] == "" && len(meeting(own, s.text)) > 0 {
					met[n] = s.text
				}
			}
			if r.Active.When == rules.Custom {
				r.Active.When = rules.Always // nobody can tell when that is
			}
			if met[n] == "" || told == maxClashes || !together(t, flows.Trigger{When: string(r.Active.When)}) {
				continue
			}
			told++
			c.warn(fmt.Sprintf("triggers[%d].words", i), "flow.trigger_rule", "word", met[n], "rule", r.Name)
		}
	}
}

// sameKind warns of other flows that begin at the same moment for another reason than words.
func (c *checker) sameKind() {
	for i, t := range c.def.Triggers {
		if t.Type == flows.OnKeyword || t.Type == flows.OnAPI || t.Type == flows.OnSchedule || t.If != "" {
			continue
		}
		for j := range c.others {
			n := &c.others[j]
			if !n.running {
				continue
			}
			k := slices.IndexFunc(n.triggers, func(o flows.Trigger) bool {
				return o.Type == t.Type && o.Ref == t.Ref && o.Event == t.Event && o.If == "" && together(t, o)
			})
			if k < 0 {
				continue
			}
			code := "flow.trigger_same_loses"
			if p := n.triggers[k].Priority; t.Priority > p || t.Priority == p && bytes.Compare(c.flow.ID[:], n.id[:]) < 0 {
				code = "flow.trigger_same_wins"
			}
			c.Warnings = append(c.Warnings, errs.New(errs.Invalid, code, "flow", n.name).At(fmt.Sprintf("triggers[%d]", i)))
		}
	}
}
