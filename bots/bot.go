package bots

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/bots/rules"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/id"
)

const (
	offerSize  = 3   // nearest entries offered
	maxMisses  = 2   // unsure turns in a row before a person is asked for
	maxRepeats = 5   // the same words in a row before the contact is taken for a machine
	maxLost    = 10  // losing rules a trace names
	maxQuery   = 300 // characters of the question kept in a trace or told to an agent
	maxButton  = 120 // characters, as chat.Button
)

// Handle decides one turn. The stages are asked in order and the first that knows what to
// do ends the turn; each leaves in the trace what it looked at. Handle does not block but
// for the Answerer and the calls of flows; where ctx ends meanwhile the Outcome is void.
func (b *Bot) Handle(ctx context.Context, t Turn) Outcome {
	r := b.begin(t)
	switch {
	case t.Event != nil || t.Message.Content.Type == "":
		r.unprompted(ctx)
	default:
		r.answerMessage(ctx)
		r.out.Memory.Heard = true
	}
	for _, e := range r.out.Effects {
		switch {
		case e.Handoff != nil:
			r.stopFlows(flows.Stopped)
		case e.Close:
			r.stopFlows(flows.Closed)
		}
	}
	return r.out
}

func (r *run) answerMessage(ctx context.Context) {
	for _, stage := range []func(context.Context) bool{
		r.stayAway, r.stopRepeats, r.resumeChoice, r.interrupt, r.takeChoice, r.askPerson, r.resume, r.applyRule, r.startFlow,
		r.passMedia, r.greetBack, r.askFAQ, r.thankBack,
	} {
		if stage(ctx) {
			return
		}
	}
	r.miss()
}

// unprompted is a turn without a message: the time a flow waited for, or an event.
func (r *run) unprompted(ctx context.Context) {
	c := r.Conversation
	switch {
	case !r.def.Enabled || c.State != WithBot && c.State != Closed:
		r.stopFlows(flows.Stopped) // a person has it; a flow that woke up would speak over them
		r.won("silent", "state", string(c.State))
	case r.Event != nil:
		if c.State == Closed {
			r.out.Memory = Memory{}
		}
		r.happen(ctx)
	default:
		r.ring(ctx)
	}
}

// run is one turn being decided.
type run struct {
	*Bot
	Turn
	language Language
	phrases  phrases
	labels   labels
	text     string // what the contact wrote or chose
	folded   string
	courtesy courtesy
	matched  rules.Result
	nearest  string // question of the best candidate, for the agent
	offered  []Offered
	out      Outcome
}

func (b *Bot) begin(t Turn) *run {
	r := &run{Bot: b, Turn: t, language: b.def.Language.speaks(t.Conversation.Language, t.Contact.Language)}
	r.phrases, r.labels = catalogue[r.language][b.def.Tone], labelsIn[r.language]
	r.out = Outcome{Memory: t.Conversation.Memory, Trace: Trace{Bot: b.def.ID}}
	if c := t.Message.Content; c.Type != chat.Unsupported {
		r.text = c.Words() // the text of Unsupported is ours, not the contact's
	}
	r.folded = rules.Words(r.text)
	r.courtesy = courtesyOf(r.text, r.folded)
	return r
}

// stayAway: a bot speaks only where the state of the conversation lets it.
func (r *run) stayAway(context.Context) bool {
	c := r.Conversation
	elapsed := c.State == Paused && !c.PausedUntil.IsZero() && !c.PausedUntil.After(r.Now)
	why := ""
	switch {
	case !r.def.Enabled:
		why = "disabled"
	case r.Message.Content.Type == chat.ReactionMsg:
		why = "reaction"
	case !c.State.BotSpeaks() && c.State != Closed && !elapsed:
		why = string(c.State)
	}
	if why == "" {
		if c.State == Closed { // what was said before is over
			r.out.Memory = Memory{}
		}
		r.lost("state", string(c.State))
		r.offered, r.out.Memory.Offered = r.out.Memory.Offered, nil
		return false
	}
	r.won("silent", "state", why)
	return true
}

// stopRepeats: two machines would answer each other for ever. After maxRepeats equal
// messages a person is called, once and without a word; then the bot waits for others.
func (r *run) stopRepeats(context.Context) bool {
	m := &r.out.Memory
	if strings.TrimSpace(r.text) == "" {
		m.LastHash, m.Repeats = 0, 0
		return false
	}
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %s", r.Message.Content.Type, r.text)
	if sum := h.Sum32(); sum != m.LastHash {
		m.LastHash, m.Repeats = sum, 0
	}
	m.Repeats = min(m.Repeats+1, maxRepeats+1)
	switch {
	case m.Repeats < maxRepeats:
		return false
	case m.Repeats > maxRepeats:
		r.won("silent", "repeats", "machine")
		return true
	}
	r.won("handoff", "repeats", strconv.Itoa(m.Repeats))
	r.effect(Effect{Handoff: &Handoff{Reason: "loop", Summary: fmt.Sprintf(r.labels.loop, brief(r.text))}})
	return true
}

// takeChoice: the contact answers an offer of the bot.
func (r *run) takeChoice(ctx context.Context) bool {
	o, how := chosen(r.offered, r.Message.Content, r.folded)
	if how == "" {
		if len(r.offered) > 0 {
			r.lost("offer", "not_a_choice")
		}
		return false
	}
	step := Step{What: "offer", Outcome: "won", Detail: how, ID: o.ID, Name: o.Label}
	if o.ID == HandoffID {
		r.step(step)
		r.handOver("asked", fmt.Sprintf(r.labels.asked, brief(r.text)))
		return true
	}
	if ref, ok := strings.CutPrefix(o.ID, FAQPrefix); ok {
		faq, err := id.Parse[id.FAQ](ref)
		if c, ok := r.find(ctx, faq); err == nil && ok {
			r.step(step)
			r.out.Memory.Offered = r.offered // the others may still be wanted
			r.answer(c)
			return true
		}
		step.Outcome, step.Detail = "lost", "gone"
		r.step(step)
		r.setText(o.Label)
		return false
	}
	r.step(step) // a button of a rule's answer: its label is what the contact says
	r.setText(o.Label)
	return false
}

// setText goes on as if the contact had written s.
func (r *run) setText(s string) {
	r.text, r.folded = s, rules.Words(s)
	r.courtesy = courtesyOf(r.text, r.folded)
}

func (r *run) find(ctx context.Context, faq id.FAQ) (Candidate, bool) {
	if r.faq == nil {
		return Candidate{}, false
	}
	c, ok := r.faq.Find(ctx, faq)
	return c, ok && strings.TrimSpace(c.Answer) != ""
}

// askPerson: who asks for a person gets one, whatever else the bot could have said. Only a
// rule that hands over too may put it in the company's own words.
func (r *run) askPerson(context.Context) bool {
	if strings.TrimSpace(r.text) != "" { // or an expression for "anything" would answer pictures
		r.matched = r.rules.Match(r.text, r.Now)
	}
	switch {
	case !asksForPerson(r.text, r.folded) && !slices.ContainsFunc(r.asked, func(w string) bool {
		return strings.Contains(" "+r.folded+" ", " "+w+" ")
	}):
		r.lost("asked_for_person", "")
		return false
	case r.matched.Winner != nil && r.matched.Winner.Rule.Then == rules.Handoff:
		r.lost("asked_for_person", "rule_hands_over")
		return false
	}
	r.won("handoff", "asked_for_person", "")
	r.handOver("asked", fmt.Sprintf(r.labels.asked, brief(r.text)))
	return true
}

// applyRule: the company's keyword rules.
func (r *run) applyRule(context.Context) bool {
	win := r.matched.Winner
	if win != nil {
		r.step(Step{What: "rule", Outcome: "won", Detail: win.Pattern, ID: win.Rule.ID.String(), Name: win.Rule.Name})
	}
	for i, l := range r.matched.Lost {
		if i == maxLost {
			r.lost("rule", "more:"+strconv.Itoa(len(r.matched.Lost)-maxLost))
			break
		}
		r.step(Step{What: "rule", Outcome: "lost", Detail: l.Reason, ID: l.Rule.ID.String(), Name: l.Rule.Name})
	}
	if r.matched.Unmatched > 0 {
		r.lost("rule", "no_match:"+strconv.Itoa(r.matched.Unmatched))
	}
	if win == nil {
		return false
	}
	rule := win.Rule
	r.out.Trace.Source = "rule"
	r.out.Trace.Rule = &RuleRef{ID: rule.ID, Name: rule.Name}
	r.out.Trace.Query = brief(r.text)
	r.out.Memory.Misses = 0
	if len(rule.Answers) > 0 {
		r.greet()
	}
	for _, c := range rule.Answers {
		r.sayContent(c)
	}
	for _, l := range rule.Labels {
		r.effect(Effect{Label: l})
	}
	switch rule.Then {
	case rules.Handoff:
		if len(rule.Answers) == 0 {
			r.sayHandoff()
		}
		r.effect(Effect{Handoff: &Handoff{Reason: "rule", Summary: fmt.Sprintf(r.labels.rule, rule.Name, brief(r.text))}})
		r.out.Memory.Greeted = true
	case rules.Close:
		r.effect(Effect{Close: true})
	}
	return true
}

// passMedia: a picture or a voice note without words is for a person.
func (r *run) passMedia(context.Context) bool {
	if strings.TrimSpace(r.text) != "" {
		return false
	}
	r.won("handoff", "media", string(r.Message.Content.Type))
	r.say(r.phrases.media)
	r.handOver("media", r.sent())
	return true
}

func (r *run) sent() string {
	kind, ok := r.labels.kinds[r.Message.Content.Type]
	if !ok {
		kind = r.labels.kinds[chat.Unsupported]
	}
	return fmt.Sprintf(r.labels.sent, kind)
}

// greetBack: the company's greeting is all that the first "hola" needs.
func (r *run) greetBack(context.Context) bool {
	if r.courtesy != greets || r.out.Memory.Greeted || r.def.Greeting == "" {
		return false
	}
	r.won("greeting", "greeting", "first")
	r.greet()
	return true
}

// thankBack answers courtesy with courtesy where the FAQ had no words for it.
func (r *run) thankBack(context.Context) bool {
	switch r.courtesy {
	case greets:
		r.won("greeting", "greeting", "")
		r.say(r.phrases.greeting)
		r.out.Memory.Greeted = true
	case thanked:
		r.won("ack", "ack", "")
		r.say(r.phrases.ack)
	default:
		return false
	}
	return true
}

// brief is a text on one line, short enough for a trace or a note.
func brief(s string) string { return ellipsis(strings.Join(strings.Fields(s), " "), maxQuery) }

func ellipsis(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
