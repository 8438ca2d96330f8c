package bots

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"recado/bots/rules"
	"recado/internal/errs"
	"recado/internal/hours"
)

func TestCompileNamesTheField(t *testing.T) {
	t.Parallel()
	bad := rule("r", rules.Regex, rules.Stay, "x", "[")
	for _, c := range []struct {
		name   string
		change func(*Definition)
		rules  []rules.Definition
		want   string
	}{
		{"name", func(d *Definition) { d.Name = " " }, nil, "bot.name at name"},
		{"language", func(d *Definition) { d.Language = "fr" }, nil, "bot.language at language"},
		{"tone", func(d *Definition) { d.Tone = "" }, nil, "bot.tone at tone"},
		{"greeting", func(d *Definition) { d.Greeting = strings.Repeat("ñ", maxSentence+1) }, nil, "bot.text_too_long at greeting"},
		{"minutes", func(d *Definition) { d.Handoff.AckMinutes = -1 }, nil, "bot.ack_minutes at handoff.ack_minutes"},
		{"a promise of nothing", func(d *Definition) { d.Handoff.Text = "En {minutes} min" }, nil, "bot.minutes_missing at handoff.ack_minutes"},
		{"opens never", func(d *Definition) { d.Handoff.AwayText, d.Hours = "{opens}", &hours.Hours{} }, nil, "bot.never_opens at handoff.away_text"},
		{"threshold", func(d *Definition) { d.Thresholds.Answer = 1.1 }, nil, "bot.threshold at thresholds.answer"},
		{"thresholds the wrong way round", func(d *Definition) { d.Thresholds = Thresholds{0.5, 0.6} }, nil, "bot.threshold_order at thresholds.offer"},
		{"word", func(d *Definition) { d.Handoff.Words = []string{"a", "!"} }, nil, "bot.handoff_word at handoff.words[1]"},
		{"words", func(d *Definition) { d.Handoff.Words = slices.Repeat([]string{"a"}, maxWords+1) }, nil, "bot.too_many_words at handoff.words"},
		{"hours", func(d *Definition) { d.Hours = &hours.Hours{Zone: "x"} }, nil, "hours.zone at hours.zone"},
		{"rule", nil, []rules.Definition{bad}, "rule.regex at rules[0].patterns[0]"},
		{"all of it", func(d *Definition) { d.Name, d.Tone = "", "" }, []rules.Definition{bad}, "bot.name at name\nbot.tone at tone\nrule.regex at rules[0].patterns[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := settings()
			if c.change != nil {
				c.change(&d)
			}
			_, err := Compile(d, company, Parts{Rules: c.rules})
			var p *errs.Problem
			if !errors.As(err, &p) || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := Compile(settings(), hours.Hours{Zone: "x"}, Parts{}); err == nil || err.Error() != "hours.zone at company_hours.zone" {
		t.Errorf("company's zone: %v", err)
	}
}
