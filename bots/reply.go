package bots

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"recado/internal/chat"
)

// askFAQ: the company's frequent questions. Sure, the bot tells the stored answer byte
// for byte; half sure, it offers the nearest questions; unsure, it says nothing of them.
func (r *run) askFAQ(ctx context.Context) bool {
	switch {
	case r.faq == nil:
		r.step(Step{What: "faq", Outcome: "skipped", Detail: "none"})
		return false
	case r.folded == "":
		r.step(Step{What: "faq", Outcome: "skipped", Detail: "no_words"})
		return false
	}
	a := r.faq.Answer(ctx, r.text, offerSize)
	a.Candidates = a.Candidates[:min(len(a.Candidates), offerSize)]
	t := &r.out.Trace
	t.Query, t.Repaired, t.AnswerAt, t.OfferAt = brief(r.text), brief(a.Repaired), a.AnswerAt, a.OfferAt
	switch {
	case len(a.Candidates) == 0:
		r.lost("faq", "no_candidates")
		return false
	case a.Decision == DecideAnswer && strings.TrimSpace(a.Candidates[0].Answer) != "":
		r.candidates(a.Candidates, "won", "", "behind")
		r.answer(a.Candidates[0])
		return true
	case a.Decision == DecideHandoff:
		r.candidates(a.Candidates, "lost", "below_offer_at", "below_offer_at")
		r.nearest = a.Candidates[0].title()
		return false
	case r.courtesy != noCourtesy: // "gracias" is no question, however near one is
		r.candidates(a.Candidates, "lost", "courtesy", "courtesy")
		return false
	}
	r.candidates(a.Candidates, "won", "offered", "offered")
	r.offer(a.Candidates)
	return true
}

// candidates traces what the FAQ found: the best, then the others.
func (r *run) candidates(cs []Candidate, outcome, best, others string) {
	for i, c := range cs {
		s := Step{What: "faq", Outcome: outcome, Detail: best, ID: c.ID.String(), Name: c.title(), Score: c.Score}
		if i > 0 {
			s.Detail = others
			if others == "behind" {
				s.Outcome = "lost"
			}
		}
		r.step(s)
	}
}

// answer says an entry's answer, alone in its message.
func (r *run) answer(c Candidate) {
	r.out.Trace.Source = "faq"
	r.out.Trace.FAQ = &FAQRef{ID: c.ID, ExternalID: c.ExternalID, Question: c.Question, Score: c.Score}
	r.out.Memory.Misses = 0
	r.greet()
	r.say(c.Answer)
}

// offer shows the nearest questions as buttons, and a person as the last of them.
func (r *run) offer(cs []Candidate) {
	r.out.Trace.Source = "offer"
	c := chat.Content{Type: chat.Buttons, Text: r.phrases.offer}
	for _, x := range cs {
		c.Buttons = append(c.Buttons, chat.Button{ID: FAQPrefix + x.ID.String(), Label: ellipsis(x.title(), maxButton)})
	}
	c.Buttons = append(c.Buttons, chat.Button{ID: HandoffID, Label: r.labels.none})
	r.greet()
	r.sayContent(c)
}

// miss: nobody knew. The bot asks once to rephrase; then a person has to help.
func (r *run) miss() {
	r.out.Memory.Misses++
	n := r.out.Memory.Misses
	file := r.Message.Content.Media != nil
	if n >= maxMisses || r.def.Fallback.Handoff || file {
		summary, reason := fmt.Sprintf(r.labels.unsure, brief(r.text)), "unsure"
		if r.nearest != "" {
			summary += fmt.Sprintf(r.labels.nearest, brief(r.nearest))
		}
		if file {
			summary, reason = r.sent()+": “"+brief(r.text)+"”", "media"
		}
		r.won("handoff", "fallback", "miss:"+strconv.Itoa(n))
		r.handOver(reason, summary)
		return
	}
	r.won("fallback", "fallback", "miss:"+strconv.Itoa(n))
	r.greet()
	r.sayContent(chat.Content{
		Type: chat.Buttons, Text: cmp.Or(r.def.Fallback.Text, r.phrases.fallback),
		Buttons: []chat.Button{{ID: HandoffID, Label: r.labels.person}},
	})
}

// handOver says that a person comes, and asks for one.
func (r *run) handOver(reason, summary string) {
	r.out.Trace.Source = "handoff"
	r.sayHandoff()
	r.effect(Effect{Handoff: &Handoff{Reason: reason, Summary: summary}})
	r.out.Memory.Misses, r.out.Memory.Greeted = 0, true
}

// sayHandoff promises an answer time within the hours, and says when people are back
// outside them.
func (r *run) sayHandoff() {
	h, p := r.def.Handoff, r.phrases
	if r.week.Open(r.Now) {
		text := p.handoff
		if h.AckMinutes > 0 {
			text += " " + strings.ReplaceAll(p.promise, "{time}", span(r.language, h.AckMinutes))
		}
		r.say(strings.ReplaceAll(cmp.Or(h.Text, text), placeMinutes, strconv.Itoa(h.AckMinutes)))
		return
	}
	text, when := p.away, ""
	if next, ok := r.week.NextOpen(r.Now); ok {
		text += " " + p.opens
		when = moment(r.language, r.Now.In(r.week.Zone()), next)
	}
	r.say(strings.ReplaceAll(cmp.Or(h.AwayText, text), placeOpens, when))
}

// greet says the company's greeting once in a conversation, before the first answer; not
// where the answer is itself a rule's reply to a greeting.
func (r *run) greet() {
	if r.out.Memory.Greeted {
		return
	}
	r.out.Memory.Greeted = true
	if r.def.Greeting != "" && !(r.courtesy == greets && r.out.Trace.Source != "greeting") {
		r.say(r.def.Greeting)
	}
}

func (r *run) say(text string) { r.sayContent(chat.Plain(text)) }

// sayContent also remembers what the message lets the contact choose.
func (r *run) sayContent(c chat.Content) {
	r.effect(Effect{Say: &Say{Content: c}})
	if cs := choices(c); len(cs) > 0 {
		r.out.Memory.Offered = cs
	}
}

func (r *run) effect(e Effect) { r.out.Effects = append(r.out.Effects, e) }

func (r *run) step(s Step)              { r.out.Trace.Steps = append(r.out.Trace.Steps, s) }
func (r *run) lost(what, detail string) { r.step(Step{What: what, Outcome: "lost", Detail: detail}) }

// won ends the turn in the trace: what decided, and the source of what is said.
func (r *run) won(source, what, detail string) {
	r.out.Trace.Source = source
	r.step(Step{What: what, Outcome: "won", Detail: detail})
}
