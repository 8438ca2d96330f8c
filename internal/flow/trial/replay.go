package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"recado/bots"
	"recado/bots/rules"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// Kind is how a turn changes.
type Kind string

// From nothing to grave. Silent: one of the two says nothing, and there is no handoff either.
const (
	Same    Kind = "same"
	Effects Kind = "effects" // the same words; something else is done: a label, a field
	Answer  Kind = "answer"  // other words
	Silent  Kind = "silent"
	Handoff Kind = "handoff" // one of the two asks for a person
)

// Result is what a change would change.
type Result struct {
	Turns   int          `json:"turns"`
	Changed int          `json:"changed"`
	LeftOff int          `json:"left_off,omitempty" doc:"Changed turns beyond those listed"`
	Counts  map[Kind]int `json:"counts"`
	Items   []Item       `json:"items"`
	Seconds float64      `json:"seconds"`
}

// Item is one turn that changes.
type Item struct {
	Conversation id.Conversation `json:"conversation_id" format:"uuid"`
	Contact      string          `json:"contact"`
	Message      *chat.Content   `json:"message,omitempty" doc:"Absent for a time that a flow waited for"`
	At           time.Time       `json:"at"`
	Kind         Kind            `json:"kind" enum:"effects,answer,silent,handoff"`
	Said         []chat.Content  `json:"said" doc:"What was really said then"`
	Before       Turn            `json:"before" doc:"What the bot as it is published does"`
	After        Turn            `json:"after"`
}

// Turn is what a bot does with one message.
type Turn struct {
	Source  string         `json:"source"`
	Effects []flows.Effect `json:"effects"`
	Trace   *bots.Trace    `json:"trace,omitempty"`
}

const (
	maxItems   = 2000
	batch      = 200 // conversations read at a time
	maxLines   = 200 // the newest of each conversation
	maxRings   = 20  // times that flows waited for, between two messages
	replayTime = time.Minute
)

// Draft replays the last n conversations of a flow's bot with the flow's draft in the place
// of what is published. The error joins the draft's problems when it does not compile.
func (s *Service) Draft(ctx context.Context, company id.Company, which id.Flow, n int, tell func(done, of int)) (Result, error) {
	f, err := s.flow(ctx, company, which)
	if err != nil {
		return Result{}, err
	}
	draft, err := s.flows.Ready(which, 0, f.Draft)
	if err != nil {
		return Result{}, err
	}
	return s.replay(ctx, company, f.Bot, n, tell, func(p *bots.Parts) error {
		p.Flows = slices.Clone(p.Flows)
		i, found := slices.BinarySearchFunc(p.Flows, which, func(x *flows.Flow, id id.Flow) int { return bytes.Compare(x.ID[:], id[:]) }) // oldest first
		if found {
			p.Flows[i] = draft
		} else {
			p.Flows = slices.Insert(p.Flows, i, draft)
		}
		return nil
	})
}

// Rules replays the last n conversations of a bot with these rules in the place of those
// with their ids, or besides them.
func (s *Service) Rules(ctx context.Context, company id.Company, bot id.Bot, changed []rules.Definition, n int, tell func(done, of int)) (Result, error) {
	for i, d := range changed {
		if err := d.Check(); err != nil {
			return Result{}, errs.Under(fmt.Sprintf("rules[%d]", i), err)
		}
	}
	return s.replay(ctx, company, bot, n, tell, func(p *bots.Parts) error {
		p.Rules = slices.Clone(p.Rules)
		for _, d := range changed {
			if i := slices.IndexFunc(p.Rules, func(r rules.Definition) bool { return r.ID == d.ID && !d.ID.IsZero() }); i >= 0 {
				p.Rules[i] = d
			} else {
				p.Rules = append(p.Rules, d)
			}
		}
		return nil
	})
}

func (s *Service) replay(ctx context.Context, company id.Company, bot id.Bot, n int, tell func(done, of int), change func(*bots.Parts) error) (Result, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, replayTime)
	defer cancel()
	r := &replay{Result: Result{Counts: map[Kind]int{}, Items: []Item{}}}
	c, err := s.cast(ctx, company, bot)
	if err != nil {
		return r.Result, err
	}
	faq := &memo{Answerer: c.FAQ, answers: map[string]bots.Answers{}}
	if c.FAQ != nil {
		c.FAQ = faq
	}
	r.host = local{faq: c.FAQ}
	if r.before, err = bots.Compile(c.def, c.hours, c.Parts); err != nil {
		return r.Result, err
	}
	if err := change(&c.Parts); err != nil {
		return r.Result, err
	}
	if r.after, err = bots.Compile(c.def, c.hours, c.Parts); err != nil {
		return r.Result, err
	}
	threads, err := s.threads(ctx, company, bot, n)
	if err != nil {
		return r.Result, err
	}
	done := 0
	for part := range slices.Chunk(threads, batch) {
		if err := s.fill(ctx, company, part); err != nil {
			return r.Result, err
		}
		found := make([]tally, len(part))
		var g errgroup.Group
		g.SetLimit(runtime.GOMAXPROCS(0))
		for i := range part {
			g.Go(func() error {
				found[i] = r.thread(ctx, part[i])
				part[i].lines = nil
				return nil
			})
		}
		if err := errors.Join(g.Wait(), ctx.Err()); err != nil {
			return r.Result, err
		}
		for _, t := range found {
			r.add(t)
		}
		done += len(part)
		tell(done, len(threads))
	}
	r.Seconds = time.Since(start).Seconds()
	return r.Result, nil
}

// replay is one under way.
type replay struct {
	Result
	before, after *bots.Bot
	host          flows.Host
}

// tally is what one conversation came to.
type tally struct {
	turns int
	items []Item // that changed
}

func (r *replay) add(t tally) {
	r.Turns += t.turns
	r.Changed += len(t.items)
	r.Counts[Same] += t.turns - len(t.items)
	for _, i := range t.items {
		r.Counts[i.Kind]++
		if len(r.Items) < maxItems {
			r.Items = append(r.Items, i)
		} else {
			r.LeftOff++
		}
	}
}

// thread runs one conversation's messages through both bots. Each keeps a memory of its own,
// and both begin anew where the conversation really did. Where a person had it, neither is
// asked: what a bot would have said there, nobody can compare.
func (r *replay) thread(ctx context.Context, t *thread) (out tally) {
	var before, after bots.Memory
	withBot := true
	for i, l := range t.lines {
		switch {
		case l.kind == "event":
			switch l.content.Text {
			case "released", "closed":
				withBot, before, after = true, bots.Memory{}, bots.Memory{}
			case "claimed", "assigned", "unassigned", "reopened", "paused":
				withBot = false
			}
			if strings.HasPrefix(l.content.Text, "handoff.") {
				withBot = false
			}
		case l.author == chat.ByBot:
			withBot = true // a pause that is over leaves no event
		}
		if l.kind != "message" || l.author != chat.ByContact || !withBot {
			continue
		}
		for range maxRings {
			at, ok := earliest(before, after)
			if !ok || at.After(l.at) || ctx.Err() != nil {
				break
			}
			out.turn(r.both(ctx, t, at, nil, &before, &after))
		}
		item := r.both(ctx, t, l.at, &l, &before, &after)
		item.Said = t.said(i)
		out.turn(item)
	}
	return out
}

func (t *tally) turn(i Item) {
	if i.Message == nil && i.Kind == Same {
		return // nothing that anybody would have seen
	}
	t.turns++
	if i.Kind != Same {
		t.items = append(t.items, i)
	}
}

func earliest(a, b bots.Memory) (t time.Time, ok bool) {
	t, ok = a.NextWake()
	if u, also := b.NextWake(); also && (!ok || u.Before(t)) {
		t, ok = u, true
	}
	return t, ok
}

// both runs one turn of each bot.
func (r *replay) both(ctx context.Context, t *thread, now time.Time, l *line, before, after *bots.Memory) Item {
	run := func(b *bots.Bot, m *bots.Memory) bots.Outcome {
		turn := t.turn(now, *m)
		turn.Host = r.host
		if l != nil {
			turn.Message = bots.Message{ID: l.id, At: l.at, Content: l.content}
		}
		out := b.Handle(ctx, turn)
		*m = out.Memory
		return out
	}
	x, y := run(r.before, before), run(r.after, after)
	i := Item{Conversation: t.id, Contact: t.contact.Name, At: now, Kind: compare(x.Effects, y.Effects), Said: []chat.Content{},
		Before: Turn{Source: x.Trace.Source, Effects: append([]flows.Effect{}, x.Effects...)},
		After:  Turn{Source: y.Trace.Source, Effects: append([]flows.Effect{}, y.Effects...), Trace: &y.Trace}}
	if l != nil {
		i.Message = &l.content
	}
	return i
}

// compare says how two lists of effects differ, by the gravest.
func compare(a, b []flows.Effect) Kind {
	says := func(list []flows.Effect) (words []byte, handoff bool) {
		var said []chat.Content
		for _, e := range list {
			if e.Say != nil {
				said = append(said, e.Say.Content)
			}
			handoff = handoff || e.Handoff != nil
		}
		if said == nil {
			return nil, handoff
		}
		words, _ = json.Marshal(said) // contents always marshal
		return words, handoff
	}
	x, askedX := says(a)
	y, askedY := says(b)
	switch {
	case askedX != askedY:
		return Handoff
	case (x == nil) != (y == nil):
		return Silent
	case !bytes.Equal(x, y):
		return Answer
	}
	ja, _ := json.Marshal(a)
	jb, _ := json.Marshal(b)
	if !bytes.Equal(ja, jb) {
		return Effects
	}
	return Same
}

// memo asks the bot's questions once for each query, whichever bot asks.
type memo struct {
	bots.Answerer
	mu      sync.Mutex
	answers map[string]bots.Answers
}

func (m *memo) Answer(ctx context.Context, query string, k int) bots.Answers {
	key := fmt.Sprint(k, " ", query)
	m.mu.Lock()
	a, ok := m.answers[key]
	m.mu.Unlock()
	if !ok {
		a = m.Answerer.Answer(ctx, query, k)
		m.mu.Lock()
		m.answers[key] = a
		m.mu.Unlock()
	}
	a.Candidates = slices.Clone(a.Candidates)
	return a
}

// local performs only what asks nobody outside: the bot's own questions. All other calls
// fail alike for both bots.
type local struct{ faq bots.Answerer }

// Do implements flows.Host.
func (h local) Do(ctx context.Context, c flows.Call) flows.Result {
	ask, ok := c.(flows.FAQAsk)
	if !ok || h.faq == nil {
		return flows.Result{Err: &flows.CallError{Code: "not_configured", Text: "replay"}}
	}
	a := h.faq.Answer(ctx, ask.Query, ask.K)
	out := flows.FAQAnswers{Decision: string(a.Decision)}
	for _, x := range a.Candidates {
		out.Candidates = append(out.Candidates, flows.FAQEntry{ID: x.ID, Question: x.Question, Answer: x.Answer, Score: x.Score})
	}
	return flows.Result{Value: out}
}
