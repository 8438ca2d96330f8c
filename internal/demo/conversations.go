package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"recado/bots/rules"
	"recado/internal/hours"
)

// State is who a conversation is with.
type State string

const (
	WithBot   State = "bot"
	Waiting   State = "waiting" // for a person
	WithHuman State = "human"
	Closed    State = "closed"
)

// Author is who wrote a message; a note is written by an agent for the team.
type Author string

const (
	ByContact Author = "contact"
	ByBot     Author = "bot"
	ByAgent   Author = "agent"
	ByNote    Author = "note"
)

// Conversation is one past or open chat by webchat.
type Conversation struct {
	Contact   Contact
	State     State
	Assignee  string // an agent's e-mail; empty unless State is human or an agent closed it
	Labels    []string
	Messages  []Message // in time order, never empty
	HandoffAt time.Time // when the bot gave it to people; zero if it did not
	ClosedAt  time.Time // zero unless closed
}

// Contact is the shopper. Key is the same in all conversations of one person;
// Phone (E.164, from the numbers reserved for fiction) and Email may be empty.
type Contact struct {
	Key   string
	Name  string
	Phone string
	Email string
}

// Message is one line of a conversation. A bot's message is the answer of
// FAQID or of RuleID, word for word, or one of the sentences of Shop.Bot.
type Message struct {
	At     time.Time
	Author Author
	Agent  string // e-mail, with ByAgent and ByNote
	Text   string
	FAQID  string
	RuleID string
	File   string // of Files, with a rule that has an attachment
}

// script is a dialogue with alternatives. Before the handoff a rule that
// matches what the contact says answers it by itself, as the bot would.
type script struct {
	ID     string   `json:"id"`
	Weight int      `json:"weight"`
	Labels []string `json:"labels"`
	Steps  []step   `json:"steps"`
}

// step is one of: the contact says something; the contact asks one of these
// FAQs and the bot answers; the bot did not understand; the bot hands over;
// the agent writes; the agent leaves a note. Maybe steps are left out at times.
type step struct {
	Contact []string `json:"contact"`
	Ask     []string `json:"ask"`
	Unclear bool     `json:"unclear"`
	Handoff bool     `json:"handoff"`
	Agent   []string `json:"agent"`
	Note    []string `json:"note"`
	Maybe   bool     `json:"maybe"`
}

const (
	total   = 180 // conversations
	persons = 158 // the rest are second visits
	seed    = 20240214

	labelSold = "Venta cerrada"
)

// open is the state of the newest conversations, newest first; the rest are closed.
var open = slices.Concat(
	slices.Repeat([]State{WithBot, Waiting, WithHuman}, 7), []State{Waiting, WithHuman, WithHuman, WithHuman})

// Conversations writes the shop's last six weeks before now, oldest first. The
// same now gives the same conversations; another now keeps people, words and
// outcomes and moves the times, which follow the shop's hours and daylight in
// Shop.TimeZone (so a greeting may be the one for closed hours).
func (c *Content) Conversations(now time.Time) ([]Conversation, error) {
	week, err := c.Shop.TeamHours.Compile(c.Shop.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("demo team hours: %w", err)
	}
	set, err := c.ruleSet(week)
	if err != nil {
		return nil, fmt.Errorf("demo rules: %w", err)
	}
	out := make([]Conversation, total)
	for i := range out {
		w := &writer{
			content: c, rules: set, week: week, now: now, index: i, state: Closed,
			words: random(i, 0),
		}
		if i < len(open) {
			w.state = open[i]
		}
		out[i] = w.write()
	}
	slices.SortStableFunc(out, func(a, b Conversation) int { return a.Messages[0].At.Compare(b.Messages[0].At) })
	return out, nil
}

// random is the stream of choices for one purpose of one conversation.
func random(index, purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(seed+uint64(purpose), uint64(index)))
}

// ruleSet compiles the rules for the bot's own engine, by ID as the name.
func (c *Content) ruleSet(week *hours.Week) (*rules.Set, error) {
	var defs []rules.Definition
	for _, r := range c.Rules {
		defs = append(defs, rules.Definition{
			Name: r.ID, Enabled: true, Priority: r.Priority, Match: rules.Match(r.Match), Patterns: r.Patterns,
			Active: rules.Active{When: rules.When(r.Hours)},
			Then:   rules.Handoff, // what follows is the seed's business; Stay would ask for answers
		})
	}
	return rules.Compile(defs, week)
}

// writer makes one conversation.
type writer struct {
	content *Content
	rules   *rules.Set
	week    *hours.Week
	now     time.Time
	index   int
	state   State
	words   *rand.Rand // chooses what is said
	pace    *rand.Rand // chooses when

	steps []step
	agent Member
	fill  *strings.Replacer
	conv  Conversation
	at    time.Time // of the last message
}

func (w *writer) write() Conversation {
	s := w.pick()
	contact := w.content.contact(w.index)
	w.steps = cut(s.Steps, w.state, w.words)
	w.steps = slices.DeleteFunc(w.steps, func(st step) bool { return st.Maybe && w.words.IntN(2) == 0 })
	agents := slices.DeleteFunc(slices.Clone(w.content.Team), func(m Member) bool { return m.Role != "agent" })
	w.agent = agents[w.words.IntN(len(agents))]
	w.fill = w.replacer(contact)
	for attempt := 0; ; attempt++ {
		w.words = random(w.index, 1) // each attempt says the same, at another time
		w.play(contact, w.start(attempt))
		if w.conv.end().Before(w.now.Add(-time.Minute)) {
			break
		}
	}
	w.conv.Labels = w.labels(s)
	return w.conv
}

// labels are put on by people: not while the bot talks, not always while the
// contact waits, and a sale is closed only at the end.
func (w *writer) labels(s script) []string {
	switch {
	case w.state == Closed:
		return s.Labels
	case w.state == WithHuman, w.state == Waiting && w.index%2 == 0:
		return slices.DeleteFunc(slices.Clone(s.Labels), func(l string) bool { return l == labelSold })
	default:
		return nil
	}
}

// pick chooses a script by weight among those that can end in the state.
func (w *writer) pick() script {
	fits := slices.DeleteFunc(slices.Clone(w.content.scripts), func(s script) bool {
		has := func(f func(step) bool) bool { return slices.ContainsFunc(s.Steps, f) }
		switch w.state {
		case WithBot:
			return !has(func(st step) bool { return st.Ask != nil })
		case Waiting, WithHuman:
			return !has(func(st step) bool { return st.Handoff })
		default:
			return false
		}
	})
	sum := 0
	for _, s := range fits {
		sum += s.Weight
	}
	n := w.words.IntN(sum)
	for _, s := range fits {
		if n -= s.Weight; n < 0 {
			return s
		}
	}
	panic("demo: scripts without weight")
}

// cut ends the steps where a conversation in this state stands.
func cut(steps []step, state State, r *rand.Rand) []step {
	after := func(f func(step) bool) []step { return slices.Clone(steps[:slices.IndexFunc(steps, f)+1]) }
	switch state {
	case WithBot:
		return after(func(st step) bool { return st.Ask != nil })
	case Waiting:
		return after(func(st step) bool { return st.Handoff })
	case WithHuman:
		part := after(func(st step) bool { return st.Agent != nil })
		if rest := steps[len(part):]; len(rest) > 0 && rest[0].Contact != nil && r.IntN(3) > 0 {
			part = append(part, rest[0])
		}
		return part
	default:
		return slices.Clone(steps)
	}
}

func (w *writer) replacer(contact Contact) *strings.Replacer {
	p := choose(w.words, slices.DeleteFunc(slices.Clone(w.content.Products), func(p Product) bool {
		return len(p.Sizes) < 5 // the scripts talk of grown-ups' sizes
	}))
	first := func(name string) string { return strings.Fields(name)[0] }
	return strings.NewReplacer(
		"{nombre}", first(contact.Name),
		"{agente}", first(w.agent.Name),
		"{producto}", p.Name,
		"{precio}", Price(p.Price, "es"),
		"{talla}", choose(w.words, p.Sizes),
		"{color}", choose(w.words, p.Colors).Name,
		"{ciudad}", choose(w.words, w.content.people.Cities),
		"{pedido}", fmt.Sprintf("AU-%d", 10000+w.words.IntN(9000)),
	)
}

func choose[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// play writes the whole conversation from a first moment on.
func (w *writer) play(contact Contact, start time.Time) {
	w.conv = Conversation{Contact: contact, State: w.state}
	w.at = start
	for _, st := range w.steps {
		switch {
		case st.Contact != nil:
			w.contact(choose(w.words, st.Contact))
		case st.Ask != nil:
			w.ask(choose(w.words, st.Ask))
		case st.Unclear:
			w.bot(Message{Text: w.content.Shop.Bot.Fallback})
		case st.Handoff:
			w.handoff()
		case st.Agent != nil:
			w.people(ByAgent, choose(w.words, st.Agent))
		case st.Note != nil:
			w.people(ByNote, choose(w.words, st.Note))
		}
	}
	if w.state == Closed {
		w.conv.ClosedAt = w.at.Add(w.between(2*time.Minute, 25*time.Minute))
	}
}

// contact says a text; until people have it, a rule may answer.
func (w *writer) contact(text string) {
	wait := w.reading()
	text = strings.ReplaceAll(text, "{buenas}", daytime(w.at.Add(wait).Hour()))
	w.say(Message{Author: ByContact, Text: text}, wait)
	if !w.conv.HandoffAt.IsZero() {
		return
	}
	if hit := w.rules.Match(w.conv.last().Text, w.at).Winner; hit != nil {
		r, _ := w.content.Rule(hit.Rule.Name)
		m := Message{Text: r.Answer.Text, RuleID: r.ID}
		if r.Answer.Attachment != nil {
			m.File = r.Answer.Attachment.File
		}
		w.bot(m)
	}
}

func (w *writer) ask(id string) {
	q, _ := w.content.FAQ(id)
	w.say(Message{Author: ByContact, Text: choose(w.words, append([]string{q.Question}, q.Variants...))}, w.reading())
	w.bot(Message{Text: q.Answer, FAQID: id})
}

func (w *writer) handoff() {
	text := w.content.Shop.Bot.Handoff
	if !w.week.Open(w.at) {
		text = w.content.Shop.Bot.Away
	}
	w.bot(Message{Text: text})
	w.conv.HandoffAt = w.at
}

func (w *writer) bot(m Message) {
	m.Author = ByBot
	w.say(m, w.between(time.Second, 3*time.Second))
}

// people answer in team hours only, the first time after a while.
func (w *writer) people(by Author, text string) {
	wait := w.between(40*time.Second, 4*time.Minute)
	if w.conv.Assignee == "" {
		wait = w.between(time.Minute, 14*time.Minute)
	}
	if next, ok := w.week.NextOpen(w.at.Add(wait)); ok && next.After(w.at.Add(wait)) {
		wait = next.Sub(w.at) + w.between(2*time.Minute, 40*time.Minute)
	}
	w.conv.Assignee = w.agent.Email
	w.say(Message{Author: by, Agent: w.agent.Email, Text: text}, wait)
}

func (w *writer) say(m Message, after time.Duration) {
	w.at = w.at.Add(after)
	m.At = w.at
	if m.FAQID == "" && m.RuleID == "" { // what is stored is quoted, never filled in
		m.Text = w.fill.Replace(m.Text)
	}
	w.conv.Messages = append(w.conv.Messages, m)
}

func (c *Conversation) last() Message { return c.Messages[len(c.Messages)-1] }

// end is the conversation's last moment.
func (c *Conversation) end() time.Time {
	if c.State == Closed {
		return c.ClosedAt
	}
	return c.last().At
}
