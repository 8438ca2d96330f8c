package bots

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"recado/bots/rules"
	"recado/flows"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// maxSessions bounds the sessions of one conversation; the oldest make room.
const maxSessions = 5

// flowSet is a bot's published flows with an index of how each may start.
type flowSet struct {
	byID     map[id.Flow]*flows.Flow
	list     []*flows.Flow
	triggers []trigger  // best first: priority, then the flow's age
	words    *rules.Set // of keyword triggers; rule n is triggers[n]'s
	company  flows.Company
	globals  map[string]any
}

type trigger struct {
	flow *flows.Flow
	def  flows.Trigger
}

func newFlowSet(p Parts, week *hours.Week) (flowSet, error) {
	s := flowSet{byID: map[id.Flow]*flows.Flow{}, list: p.Flows, company: p.Company, globals: p.Globals}
	for _, f := range p.Flows {
		s.byID[f.ID] = f
		for _, t := range f.Definition().Triggers {
			s.triggers = append(s.triggers, trigger{f, t})
		}
	}
	slices.SortStableFunc(s.triggers, func(a, b trigger) int { return cmp.Compare(b.def.Priority, a.def.Priority) })
	var defs []rules.Definition
	for i, t := range s.triggers {
		if t.def.Type == flows.OnKeyword {
			defs = append(defs, rules.Definition{ID: ruleOf(i), Name: t.flow.Definition().Name, Enabled: true, Priority: t.def.Priority,
				Match: rules.Match(t.def.Match), Patterns: t.def.Words, Then: rules.Begin,
				Active: rules.Active{When: cmp.Or(rules.When(t.def.When), rules.Always)}})
		}
	}
	var err error
	s.words, err = rules.Compile(defs, week)
	return s, errs.Under("flows", err)
}

// ruleOf and triggerOf carry a trigger's place through the set of words.
func ruleOf(i int) (r id.Rule) {
	binary.BigEndian.PutUint32(r[:], uint32(i)+1)
	return r
}

func triggerOf(r id.Rule) int { return int(binary.BigEndian.Uint32(r[:])) - 1 }

// HasFlows reports whether the bot needs what only flows read.
func (b *Bot) HasFlows() bool { return len(b.flows.list) > 0 }

// Listens reports whether a published flow starts at an event of this name.
func (b *Bot) Listens(event string) bool {
	return slices.ContainsFunc(b.flows.triggers, func(t trigger) bool { return t.def.Type == flows.OnEvent && t.def.Event == event })
}

// Flow finds a bot's published flow; version 0 is whichever is published.
func (s flowSet) Flow(f id.Flow, version int) *flows.Flow {
	if x := s.byID[f]; x != nil && (version == 0 || x.Version == version) {
		return x
	}
	return nil
}

// library looks among the published flows first, then among those that the turn brought.
type library struct {
	own  flowSet
	more flows.Library
}

func (l library) Flow(f id.Flow, version int) *flows.Flow {
	if x := l.own.Flow(f, version); x != nil {
		return x
	}
	if l.more == nil {
		return nil
	}
	return l.more.Flow(f, version)
}

// interrupt: a trigger that may break into a waiting question.
func (r *run) interrupt(ctx context.Context) bool {
	return r.listening() >= 0 && r.start(ctx, true)
}

// resume: a flow asked something and this is the answer.
func (r *run) resume(ctx context.Context) bool {
	i := r.listening()
	if i < 0 {
		return false
	}
	return r.advance(ctx, r.out.Memory.Flows[i], flows.Input{Kind: flows.Message, Message: r.Message.Content}, "")
}

// resumeChoice: a button of the very question that waits. It comes before the words that
// ask for a person, since a flow's own button may say just that and lead elsewhere.
func (r *run) resumeChoice(ctx context.Context) bool {
	a, i := r.Message.Content.Answer, r.listening()
	return a != nil && i >= 0 && strings.HasPrefix(a.ID, r.out.Memory.Flows[i].Node+":") && r.resume(ctx)
}

// listening is the session that waits for a message, or -1.
func (r *run) listening() int {
	return slices.IndexFunc(r.out.Memory.Flows, func(s *flows.Session) bool { return s.Wait != nil && s.Wait.For == flows.ForMessage })
}

// startFlow: a trigger of a flow.
func (r *run) startFlow(ctx context.Context) bool { return r.start(ctx, false) }

// start begins the flow of the best trigger that the message meets.
func (r *run) start(ctx context.Context, interrupting bool) bool {
	if len(r.flows.triggers) == 0 {
		return false
	}
	hits, winner := map[int]string{}, -1
	if strings.TrimSpace(r.text) != "" {
		m := r.flows.words.Match(r.text, r.Now)
		if m.Winner != nil {
			winner = triggerOf(m.Winner.Rule.ID)
			hits[winner] = m.Winner.Pattern
		}
		for _, l := range m.Lost {
			if l.Reason == "priority" || l.Reason == "less_specific" || l.Reason == "order" {
				hits[triggerOf(l.Rule.ID)] = l.Pattern
			}
		}
	}
	for _, c := range r.met(hits, winner, interrupting) {
		t := r.flows.triggers[c.at]
		r.step(Step{What: "trigger", Outcome: "won", Detail: c.why, ID: t.flow.ID.String(), Name: t.flow.Definition().Name})
		s := flows.Begin(t.flow, r.newRun(), r.Now, nil)
		if r.advance(ctx, s, flows.Input{Kind: flows.Start, Message: r.Message.Content}, t.def.ID) {
			return true
		}
	}
	return false
}

// candidate is a trigger that the message meets.
type candidate struct {
	at  int // in flowSet.triggers
	why string
}

// met are the triggers that the message meets, the best first: by priority, then by how
// much they say: a reference, words (those that fit best before others), hours, anything.
func (r *run) met(hits map[int]string, winner int, interrupting bool) []candidate {
	var out []candidate
	for i, t := range r.flows.triggers {
		if interrupting && !t.def.Interrupt || !r.onChannel(t.def) {
			continue
		}
		if why := r.meets(t.def, i, hits); why != "" {
			out = append(out, candidate{i, why})
		}
	}
	weight := func(c candidate) int {
		if c.at == winner {
			return 1
		}
		return map[flows.TriggerType]int{flows.OnRef: 0, flows.OnKeyword: 2, flows.OnHours: 3, flows.OnFirst: 4}[r.flows.triggers[c.at].def.Type]
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(r.flows.triggers[b.at].def.Priority, r.flows.triggers[a.at].def.Priority), cmp.Compare(weight(a), weight(b)))
	})
	return out
}

func (r *run) newRun() id.Run {
	if r.NewRun != nil {
		return r.NewRun()
	}
	return id.New[id.Run]()
}

func (r *run) onChannel(t flows.Trigger) bool {
	return len(t.Channels) == 0 || slices.Contains(t.Channels, r.Conversation.Channel)
}

// meets says why the message starts a trigger, or "".
func (r *run) meets(t flows.Trigger, i int, hits map[int]string) string {
	open := r.week.Open(r.Now)
	if t.When == "open" && !open || t.When == "closed" && open {
		return ""
	}
	switch t.Type {
	case flows.OnKeyword:
		return hits[i]
	case flows.OnFirst:
		if !r.Conversation.Memory.Heard || r.Conversation.State == Closed {
			return "first"
		}
	case flows.OnHours:
		return "hours:" + t.When
	case flows.OnRef:
		if a := r.Message.Content.Answer; a != nil && a.ID == t.Ref || r.folded != "" && r.folded == rules.Words(t.Ref) {
			return "ref:" + t.Ref
		}
	}
	return ""
}

// ring: the time has come that sessions waited for.
func (r *run) ring(ctx context.Context) {
	for _, s := range slices.Clone(r.out.Memory.Flows) {
		if s.Wants(flows.Input{Kind: flows.Timer}, r.Now) && slices.Contains(r.out.Memory.Flows, s) {
			r.advance(ctx, s, flows.Input{Kind: flows.Timer}, "")
		}
	}
	r.quiet("timer")
}

// happen: something happened that a session waits for or that starts a flow.
func (r *run) happen(ctx context.Context) {
	ev := r.Event
	in := flows.Input{Kind: flows.Happen, Event: ev.Event}
	if !ev.Flow.IsZero() {
		if f := (library{r.flows, r.Turn.Flows}).Flow(ev.Flow, 0); f != nil {
			r.advance(ctx, flows.Begin(f, cmp.Or(ev.Run, r.newRun()), r.Now, ev.Data), flows.Input{Kind: flows.Start, Event: ev.Event}, "api")
		}
		r.quiet("gone")
		return
	}
	for _, s := range slices.Clone(r.out.Memory.Flows) {
		if s.Wants(in, r.Now) && slices.Contains(r.out.Memory.Flows, s) {
			r.advance(ctx, s, in, "")
		}
	}
	facts := r.facts()
	for _, t := range r.flows.triggers {
		kind := flows.OnEvent
		if ev.Name == ChatOpened {
			kind = flows.OnOpened
		}
		if t.def.Type != kind || kind == flows.OnEvent && t.def.Event != ev.Name || !r.onChannel(t.def) || r.meetsHours(t.def) || !t.flow.Meets(t.def.ID, facts, ev.Event) {
			continue
		}
		if slices.ContainsFunc(r.out.Memory.Flows, func(s *flows.Session) bool { return s.Flow == t.flow.ID }) {
			r.step(Step{What: "trigger", Outcome: "lost", Detail: "running", ID: t.flow.ID.String(), Name: t.flow.Definition().Name})
			continue
		}
		r.step(Step{What: "trigger", Outcome: "won", Detail: ev.Name, ID: t.flow.ID.String(), Name: t.flow.Definition().Name})
		s := flows.Begin(t.flow, r.newRun(), r.Now, ev.Data)
		if r.advance(ctx, s, flows.Input{Kind: flows.Start, Event: ev.Event}, t.def.ID) {
			return
		}
	}
	r.quiet(ev.Name)
}

// ChatOpened is told when a contact opens the chat, before writing.
const ChatOpened = "chat.opened"

func (r *run) meetsHours(t flows.Trigger) (outside bool) {
	open := r.week.Open(r.Now)
	return t.When == "open" && !open || t.When == "closed" && open
}

// quiet ends a turn without a message that nothing had to say to.
func (r *run) quiet(why string) {
	if r.out.Trace.Source == "" {
		r.won("silent", "state", why)
	}
}

// advance takes a session to its next wait and notes what came of it. It is false when the
// session ended without doing anything, so that the message may be somebody else's.
func (r *run) advance(ctx context.Context, s *flows.Session, in flows.Input, trigger string) bool {
	began, version := in.Kind == flows.Start, s.Version
	was := s
	s = s.Clone()
	out, err := flows.Sprint(ctx, library{r.flows, r.Turn.Flows}, r.Host, s, r.facts(), in)
	if err != nil && ctx.Err() == nil {
		out.Ended, out.Fault = flows.Failed, &flows.Fault{Node: s.Node, Code: "host", Text: err.Error()}
	}
	p := Progress{Session: s, Version: version, Trigger: trigger, Begun: began, Path: out.Path, Ended: out.Ended, Fault: out.Fault, Goal: r.reached(s, out)}
	r.out.Runs = append(r.out.Runs, p)
	r.drop(was)
	r.explain(p)
	for _, e := range out.Effects {
		r.flowEffect(e)
	}
	switch out.Ended {
	case "":
		r.hold(s)
	case flows.Failed:
		r.step(Step{What: "flow", Outcome: "lost", Detail: "failed:" + out.Fault.Code, ID: s.Flow.String(), Name: out.Fault.Node})
		r.out.Trace.Source = "flow"
		r.handOver("flow", fmt.Sprintf(r.labels.flow, r.nameOf(s), out.Fault.Node, out.Fault.Code))
		return true
	case flows.HandedOver:
		r.out.Memory.Misses, r.out.Memory.Greeted = 0, true
	}
	if out.Ended == flows.Done && len(out.Effects) == 0 && in.Kind == flows.Message {
		r.step(Step{What: "flow", Outcome: "lost", Detail: "ended", ID: s.Flow.String(), Name: r.nameOf(s)})
		return false
	}
	r.step(Step{What: "flow", Outcome: "won", Detail: cmp.Or(string(out.Ended), "waits"), ID: s.Flow.String(), Name: r.nameOf(s)})
	r.out.Trace.Source = "flow"
	r.out.Memory.Misses = 0
	return true
}

// hold keeps a session that goes on. One that waits for a message takes the floor from
// another that does.
func (r *run) hold(s *flows.Session) {
	m := &r.out.Memory
	if i := r.listening(); i >= 0 && s.Wait != nil && s.Wait.For == flows.ForMessage {
		r.finish(m.Flows[i], flows.Interrupted)
	}
	for len(m.Flows) >= maxSessions {
		r.finish(m.Flows[0], flows.Interrupted)
	}
	m.Flows = append(m.Flows, s)
}

func (r *run) finish(s *flows.Session, how flows.Ending) {
	r.drop(s)
	r.out.Runs = append(r.out.Runs, Progress{Session: s, Ended: how})
}

func (r *run) drop(s *flows.Session) {
	m := &r.out.Memory
	m.Flows = slices.DeleteFunc(slices.Clone(m.Flows), func(x *flows.Session) bool { return x == s })
}

// stopFlows ends every session: a person has the conversation now, or it is closed.
func (r *run) stopFlows(how flows.Ending) {
	for _, s := range slices.Clone(r.out.Memory.Flows) {
		r.finish(s, how)
	}
}

func (r *run) flowEffect(e Effect) {
	switch {
	case e.Say != nil:
		r.out.Memory.Greeted = true
		r.effect(e)
	case !e.Stop.IsZero():
		for _, s := range slices.Clone(r.out.Memory.Flows) {
			if s.Flow == e.Stop {
				r.finish(s, flows.Stopped)
			}
		}
	default:
		r.effect(e)
	}
}

// reached reports whether a goal of the flow was met in this step. Orders are noticed when
// they come, not here.
func (r *run) reached(s *flows.Session, out flows.Output) bool {
	f := (library{r.flows, r.Turn.Flows}).Flow(s.Root, 0)
	if f == nil {
		return false
	}
	return slices.ContainsFunc(f.Definition().Goals, func(g flows.Goal) bool {
		switch g.Type {
		case "handoff":
			return out.Ended == flows.HandedOver
		case "node":
			return slices.ContainsFunc(out.Path, func(v flows.Visit) bool { return v.Node == g.Ref && v.Flow.IsZero() })
		case "tag":
			return slices.ContainsFunc(out.Effects, func(e Effect) bool { return e.Tag != nil && !e.Tag.Remove && e.Tag.Name == g.Ref })
		}
		return false
	})
}

// explain puts a session's way into the trace; the last one that moved stands there.
func (r *run) explain(p Progress) {
	s := p.Session
	r.out.Trace.Flow = &FlowRef{ID: s.Flow, Name: r.nameOf(s), Version: s.Version, Run: s.ID, Trigger: p.Trigger, Path: p.Path, Fault: p.Fault}
}

func (r *run) nameOf(s *flows.Session) string {
	if f := (library{r.flows, r.Turn.Flows}).Flow(s.Flow, s.Version); f != nil {
		return f.Definition().Name
	}
	return ""
}

// facts is what this turn's flows may read.
func (r *run) facts() flows.Facts {
	c := r.flows.company
	c.Open = r.week.Open(r.Now)
	if next, ok := r.week.NextOpen(r.Now); ok {
		c.OpensAt = next
	}
	return flows.Facts{
		Now: r.Now, Zone: r.week.Zone(), Company: c, Globals: r.flows.globals, Message: r.Message.Content,
		Contact: flows.Contact{ID: r.Contact.ID, Name: r.Contact.Name, Phone: r.Contact.Phone, Email: r.Contact.Email,
			Language: r.Contact.Language, Tags: r.Contact.Tags, Fields: r.Contact.Fields},
		Conversation: flows.Conversation{ID: r.Conversation.ID, Channel: r.Conversation.Kind,
			Language: cmp.Or(r.Conversation.Language, botLanguage(r.def.Language)), Labels: r.Conversation.Labels},
	}
}

// botLanguage is the one language a bot is set to speak, "" for one that follows the contact.
func botLanguage(l Language) string {
	if l == Auto {
		return ""
	}
	return string(l)
}

// NextWake is the earliest time that a session waits for; ok is false for none.
func (m Memory) NextWake() (t time.Time, ok bool) {
	for _, s := range m.Flows {
		if s.Wait != nil && !s.Wait.Until.IsZero() && (!ok || s.Wait.Until.Before(t)) {
			t, ok = s.Wait.Until, true
		}
	}
	return t, ok
}

// Versions are the flows and versions that sessions stand on, for whoever brings them.
func (m Memory) Versions() (out []flows.Frame) {
	for _, s := range m.Flows {
		out = append(append(out, flows.Frame{Flow: s.Flow, Version: s.Version}), s.Stack...)
	}
	return out
}

// FAQ is the bot's knowledge, for whoever performs its flows' calls; nil when it has none.
func (b *Bot) FAQ() Answerer { return b.faq }
