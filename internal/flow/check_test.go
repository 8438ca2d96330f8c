package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"recado/bots/rules"
	"recado/flows"
	"recado/internal/id"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ch := id.New[id.Channel]()
	b.sql(t, "insert into channel (id, company_id, kind, name, ref, bot_id) values ($1, $2, 'sms', 'Mensajes', 'x', $3)", ch, b.mine, b.bot)
	hello := func(text string) flows.NodeDef { return node("a", "say", `{"text":{"es":"`+text+`"}}`) }
	elsewhere := starting(drawing("x", hello("Hola, esto es más largo que veinte")), "exact", "hola")
	elsewhere.Triggers[0].Channels = []id.Channel{id.New[id.Channel]()}
	for name, c := range map[string]struct {
		d                  flows.Definition
		problems, warnings string
	}{
		"good":                {starting(drawing("x"), "exact", "hola"), "", ""},
		"nothing starts":      {drawing("x"), "", "flow.no_trigger at triggers"},
		"does not compile":    {starting(drawing("x", node("a", "say", `{}`)), "exact", "hola"), "flow.required at nodes[a].data.text.es", ""},
		"bad expression":      {starting(drawing("x"), "regex", "ok", "(unclosed"), "rule.regex at triggers[0].words[1]", ""},
		"too long":            {starting(drawing("x", hello("Hola, esto es más largo que veinte")), "exact", "hola"), "", "flow.channel_split at nodes[a].data"},
		"not on this channel": {elsewhere, "", ""},
		"no such file":        {starting(drawing("x", node("a", "say", `{"type":"image","media":{"file":"`+id.New[id.File]().String()+`"}}`)), "exact", "hola"), "file.missing at nodes[a].data,flow.channel_refused at nodes[a].data", ""},
		"no such label":       {starting(drawing("x", node("a", "ask", `{"text":{"es":"¿?"},"label":"`+id.New[id.Label]().String()+`","options":[]}`)), "exact", "hola"), "flow.no_label at nodes[a].data.label", ""},
		"unreachable":         {starting(drawing("x", hello("Hola"), node("b", "say", `{"text":{"es":"Nunca"}}`)), "exact", "hola"), "", "flow.unreachable at nodes[b]"},
		"reached by a jump":   {starting(drawing("x", node("a", "say", `{"text":{"es":"Hola"}}`, "next", "j"), node("j", "back", `{"node":"b"}`), node("b", "say", `{"text":{"es":"Adiós"}}`)), "exact", "hola"), "", ""},
		"silent": {starting(drawing("x", node("a", "ask", `{"text":{"es":"¿Seguimos?"},"options":[{"id":"si"},{"id":"no"}]}`, "si", "b"), hello2()), "exact", "hola"),
			"", "flow.silent_exit at nodes[a].next.no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := b.check(t, c.d)
			if got := strings.Join(told(r.Problems), ","); got != c.problems {
				t.Errorf("problems %q, want %q", got, c.problems)
			}
			if got := strings.Join(told(r.Warnings), ","); got != c.warnings {
				t.Errorf("warnings %q, want %q", got, c.warnings)
			}
		})
	}
}

func hello2() flows.NodeDef { return node("b", "say", `{"text":{"es":"Va"}}`) }

// Who else wants the same words, and who gets them.
func TestTriggerClashes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	older := starting(drawing("envíos"), "contains", "envío gratis")
	older.Triggers = append(older.Triggers, flows.Trigger{ID: "f", Type: flows.OnFirst})
	b.published(t, older)
	urgent := starting(drawing("urgente"), "exact", "ya")
	urgent.Triggers[0].Priority = 5
	b.published(t, urgent)
	night := starting(drawing("noche"), "contains", "domicilio")
	night.Triggers[0].When = "closed"
	b.published(t, night)
	b.sql(t, `insert into rule (id, company_id, bot_id, name, definition) values (gen_random_uuid(), $1, $2, 'Horario', $3)`, b.mine, b.bot,
		rules.Definition{Match: rules.AnyOf, Patterns: []string{"horario, abren"}, Active: rules.Active{When: rules.Always}, Then: rules.Stay})
	for name, c := range map[string]struct {
		match string
		words []string
		when  string
		want  string
	}{
		"alone":                  {"exact", []string{"catálogo"}, "", ""},
		"the more specific wins": {"exact", []string{"¿Envío gratis?"}, "", "flow.trigger_wins at triggers[0].words[0] ¿Envío gratis?/envíos"},
		"part of another's":      {"contains", []string{"envío"}, "", "flow.trigger_loses at triggers[0].words envío gratis/envíos"},
		"priority wins":          {"contains", []string{"otra", "YA"}, "", "flow.trigger_loses at triggers[0].words[1] YA/urgente"},
		"an expression":          {"regex", []string{"^env.o"}, "", "flow.trigger_loses at triggers[0].words envío gratis/envíos"},
		"a rule comes first":     {"contains", []string{"abren"}, "", "flow.trigger_rule at triggers[0].words abren/Horario"},
		"at other hours":         {"contains", []string{"domicilio"}, "open", ""},
		"at any hours":           {"contains", []string{"domicilio"}, "", "flow.trigger_loses at triggers[0].words[0] domicilio/noche"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := starting(drawing("x"), c.match, c.words...)
			d.Triggers[0].When = c.when
			var got []string
			for _, p := range b.check(t, d).Warnings {
				other := p.Args["flow"]
				if other == nil {
					other = p.Args["rule"]
				}
				got = append(got, fmt.Sprintf("%s %v/%v", p, p.Args["word"], other))
			}
			slices.Sort(got)
			if s := strings.Join(slices.Compact(got), ","); s != c.want {
				t.Errorf("%q, want %q", s, c.want)
			}
		})
	}
	first := drawing("x")
	first.Triggers = []flows.Trigger{{ID: "t", Type: flows.OnFirst, Priority: 1}}
	if got := told(b.check(t, first).Warnings); len(got) != 1 || got[0] != "flow.trigger_same_wins at triggers[0]" {
		t.Errorf("%v", got)
	}
}
