package flows

import (
	"fmt"
	"slices"
	"strings"

	"recado/flows/expr"
	"recado/internal/errs"
)

// triggers checks how the flow may begin. Words are compiled with the bot's others, by the host.
func (f *Flow) triggers(env *expr.Env) []error {
	var out []error
	seen := map[string]bool{}
	for i, t := range f.def.Triggers {
		at := fmt.Sprintf("triggers[%d]", i)
		bad := func(field, code string, kv ...any) {
			out = append(out, errs.New(errs.Invalid, code, kv...).At(at+field))
		}
		if !nodeID.MatchString(t.ID) || seen[t.ID] {
			bad(".id", "flow.trigger_id", "id", t.ID)
		}
		seen[t.ID] = true
		if !slices.Contains([]string{"", "always", "open", "closed"}, t.When) {
			bad(".when", "flow.trigger_when", "when", t.When)
		}
		switch t.Type {
		case OnKeyword:
			if !slices.ContainsFunc(t.Words, func(w string) bool { return strings.TrimSpace(w) != "" }) {
				bad(".words", "flow.trigger_words")
			}
			if !slices.Contains([]string{"exact", "contains", "starts", "any_of", "regex"}, t.Match) {
				bad(".match", "flow.trigger_match", "match", t.Match)
			}
		case OnRef:
			if strings.TrimSpace(t.Ref) == "" {
				bad(".ref", "flow.required")
			}
		case OnEvent:
			if strings.TrimSpace(t.Event) == "" {
				bad(".event", "flow.required")
			}
			if t.If != "" {
				p, err := expr.Compile(t.If, env, expr.Bool)
				if err != nil {
					for _, e := range exprErrors(err) {
						out = append(out, e.At(at+".if"))
					}
				}
				f.ifs[t.ID] = p
			}
		case OnSchedule:
			if t.Week == nil {
				bad(".week", "flow.required")
			} else if _, err := t.Week.Compile(""); err != nil {
				out = append(out, errs.Under(at+".week", err))
			}
			if strings.TrimSpace(t.Tag) == "" {
				bad(".tag", "flow.required")
			}
		case OnHours:
			if t.When != "open" && t.When != "closed" {
				bad(".when", "flow.trigger_hours")
			}
		case OnFirst, OnOpened, OnAPI:
		default:
			bad(".type", "flow.trigger_type", "type", string(t.Type))
		}
	}
	return out
}

// Meets reports whether an event meets a trigger's condition; a condition that fails to
// evaluate is not met.
func (f *Flow) Meets(trigger string, facts Facts, ev Event) bool {
	p := f.ifs[trigger]
	if p == nil {
		return true
	}
	r := &Run{flow: f, facts: &facts, event: ev, session: &Session{}}
	v, err := p.Run(r.values(), r.style())
	met, _ := v.(bool)
	return err == nil && met
}
