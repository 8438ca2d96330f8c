package bots

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"recado/bots/rules"
	"recado/flows"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// Definition is a bot's settings as the company keeps them. Texts left empty are said
// with built-in sentences in the bot's language and tone, except the greeting: a bot
// without one goes straight to the answer.
type Definition struct {
	ID         id.Bot          `json:"id" format:"uuid"`
	Name       string          `json:"name" minLength:"1" maxLength:"80"`
	Enabled    bool            `json:"enabled"`
	Language   Language        `json:"language" enum:"es,en,auto"`
	Tone       Tone            `json:"tone" enum:"neutral,warm,formal"`
	Greeting   string          `json:"greeting" maxLength:"1000"`
	Fallback   FallbackPolicy  `json:"fallback"`
	Handoff    HandoffSettings `json:"handoff"`
	Hours      *hours.Hours    `json:"hours,omitempty" doc:"When people attend; null for the company's hours"`
	Thresholds Thresholds      `json:"thresholds"`
}

// Language is what the built-in sentences are written in. Auto follows the conversation,
// then the contact, and is Spanish when neither is known.
type Language string

const (
	Spanish Language = "es"
	English Language = "en"
	Auto    Language = "auto"
)

// Tone chooses among the built-in sentences; in Spanish, Formal says usted.
type Tone string

const (
	Neutral Tone = "neutral"
	Warm    Tone = "warm"
	Formal  Tone = "formal"
)

// FallbackPolicy is what the bot does when it has no answer. It asks once to rephrase and
// hands over at the second miss in a row; with Handoff it hands over at the first.
type FallbackPolicy struct {
	Text    string `json:"text" maxLength:"1000"`
	Handoff bool   `json:"handoff"`
}

// HandoffSettings is what the bot says when it hands over. "{minutes}" in Text stands for
// AckMinutes, and "{opens}" in AwayText for the day and time when people attend again.
type HandoffSettings struct {
	Text       string   `json:"text" maxLength:"1000"`
	AwayText   string   `json:"away_text" maxLength:"1000" doc:"Said outside the hours"`
	AckMinutes int      `json:"ack_minutes" minimum:"0" maximum:"10080" doc:"Promised answer time; 0 promises none"`
	Words      []string `json:"words" maxItems:"50" doc:"Words or phrases that ask for a person, besides the built-in ones"`
}

// Thresholds are confidences between 0 and 1; 0 leaves the knowledge base's own. Whoever
// builds the Answerer applies them: there is one place that decides.
type Thresholds struct {
	Answer float64 `json:"answer" minimum:"0" maximum:"1"`
	Offer  float64 `json:"offer" minimum:"0" maximum:"1"`
}

const (
	maxName     = 80
	maxSentence = 1000 // characters of a greeting, fallback or handoff text
	maxWords    = 50
	maxMinutes  = 7 * 24 * 60

	placeMinutes = "{minutes}"
	placeOpens   = "{opens}"
)

// Bot is a compiled Definition with its rules and its knowledge. It is immutable and safe
// for concurrent use.
type Bot struct {
	def   Definition
	week  *hours.Week
	rules *rules.Set
	faq   Answerer
	asked []string // the company's own words for "a person, please", folded
	flows flowSet
}

// Parts is what a bot is made of besides its settings. All of it may be empty.
type Parts struct {
	Rules   []rules.Definition
	FAQ     Answerer
	Flows   []*flows.Flow // published, the oldest first
	Company flows.Company // Name and Currency, for flows
	Globals map[string]any
}

// Compile checks a bot and makes it ready to run. company is when the company attends and
// must name its Zone; it serves a Definition without Hours and rules that ask for open or
// closed. The error joins one *errs.Problem per fault; Fields are relative
// to def ("handoff.ack_minutes"), or "rules[2].patterns[0]" for a rule.
func Compile(def Definition, company hours.Hours, p Parts) (*Bot, error) {
	def = def.tidy()
	faults := def.faults()
	week, err := weekOf(def, company)
	if err != nil {
		return nil, errors.Join(append(faults, err)...)
	}
	if strings.Contains(def.Handoff.AwayText, placeOpens) && !week.Opens() {
		faults = append(faults, errs.New(errs.Invalid, "bot.never_opens").At("handoff.away_text"))
	}
	set, err := rules.Compile(p.Rules, week)
	faults = append(faults, err)
	started, err := newFlowSet(p, week)
	faults = append(faults, err)
	asked, err := companyWords(def.Handoff.Words)
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, err
	}
	return &Bot{def: def, week: week, rules: set, faq: p.FAQ, asked: asked, flows: started}, nil
}

// Definition is what the Bot was compiled from.
func (b *Bot) Definition() Definition { return b.def }

func weekOf(def Definition, company hours.Hours) (*hours.Week, error) {
	if def.Hours == nil {
		week, err := company.Compile("")
		return week, errs.Under("company_hours", err)
	}
	week, err := def.Hours.Compile(company.Zone)
	return week, errs.Under("hours", err)
}

// tidy is d with its own Words, and with blank texts empty.
func (d Definition) tidy() Definition {
	d.Handoff.Words = slices.Clone(d.Handoff.Words)
	for _, t := range []*string{&d.Greeting, &d.Fallback.Text, &d.Handoff.Text, &d.Handoff.AwayText} {
		*t = strings.TrimSpace(*t)
	}
	return d
}

func (d Definition) faults() []error {
	var out []error
	bad := func(field, code string, kv ...any) {
		out = append(out, errs.New(errs.Invalid, code, kv...).At(field))
	}
	if n := utf8.RuneCountInString(d.Name); strings.TrimSpace(d.Name) == "" || n > maxName {
		bad("name", "bot.name", "max", maxName)
	}
	if !slices.Contains([]Language{Spanish, English, Auto}, d.Language) {
		bad("language", "bot.language", "language", string(d.Language))
	}
	if !slices.Contains([]Tone{Neutral, Warm, Formal}, d.Tone) {
		bad("tone", "bot.tone", "tone", string(d.Tone))
	}
	for _, t := range []struct{ field, text string }{
		{"greeting", d.Greeting}, {"fallback.text", d.Fallback.Text},
		{"handoff.text", d.Handoff.Text}, {"handoff.away_text", d.Handoff.AwayText},
	} {
		if utf8.RuneCountInString(t.text) > maxSentence {
			bad(t.field, "bot.text_too_long", "max", maxSentence)
		}
	}
	if d.Handoff.AckMinutes < 0 || d.Handoff.AckMinutes > maxMinutes {
		bad("handoff.ack_minutes", "bot.ack_minutes", "max", maxMinutes)
	}
	if d.Handoff.AckMinutes == 0 && strings.Contains(d.Handoff.Text, placeMinutes) {
		bad("handoff.ack_minutes", "bot.minutes_missing")
	}
	if len(d.Handoff.Words) > maxWords {
		bad("handoff.words", "bot.too_many_words", "max", maxWords)
	}
	for i, t := range []float64{d.Thresholds.Answer, d.Thresholds.Offer} {
		if !(t >= 0 && t <= 1) {
			bad([]string{"thresholds.answer", "thresholds.offer"}[i], "bot.threshold")
		}
	}
	if d.Thresholds.Answer > 0 && d.Thresholds.Offer > d.Thresholds.Answer {
		bad("thresholds.offer", "bot.threshold_order")
	}
	return out
}
