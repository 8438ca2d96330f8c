// Package trial runs what is not published yet: a flow's draft with a pretend contact, and
// a bot's real conversations again with some part of it changed. Nothing of it is stored,
// counted or sent.
package trial

import (
	"context"
	"errors"
	"slices"
	"time"

	"recado/bots"
	"recado/flows"
	"recado/internal/assistant"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
	"recado/internal/hours"
	"recado/internal/id"
)

// Pretend gives who performs a draft's calls: it writes and sends nothing, and keeps the
// cart by itself, beginning with cart (nil: empty).
type Pretend func(company id.Company, bot id.Bot, cart *flows.Cart, faq bots.Answerer) flows.Host

// Service is safe for concurrent use.
type Service struct {
	db      *db.DB
	bots    *assistant.Service
	flows   *flow.Service
	pretend Pretend
}

// New returns the Service. Without pretend, calls fail as "not_configured".
func New(d *db.DB, b *assistant.Service, f *flow.Service, p Pretend) *Service {
	if p == nil {
		p = func(id.Company, id.Bot, *flows.Cart, bots.Answerer) flows.Host { return nobody{} }
	}
	return &Service{db: d, bots: b, flows: f, pretend: p}
}

// nobody performs no call.
type nobody struct{}

func (nobody) Do(context.Context, flows.Call) flows.Result {
	return flows.Result{Err: &flows.CallError{Code: "not_configured"}}
}

// cast is a bot with all that it is compiled from.
type cast struct {
	def   bots.Definition
	hours hours.Hours
	bots.Parts
}

func (s *Service) cast(ctx context.Context, company id.Company, bot id.Bot) (c cast, err error) {
	c.def, c.hours, c.Parts, err = s.bots.Parts(ctx, company, bot)
	c.def.Enabled = true // what a bot that is switched off would say can be tried
	var p *errs.Problem
	if errors.As(err, &p) && p.Kind == errs.Invalid { // faults of the bot, not of who asks
		err = errs.New(errs.Conflict, "bot.failing", "code", p.Code)
	}
	return c, err
}

// week is when the bot's people attend.
func (c cast) week() (*hours.Week, error) {
	if c.def.Hours != nil {
		return c.def.Hours.Compile(c.hours.Zone)
	}
	return c.hours.Compile("")
}

// Rehearsal is one step of a draft with a pretend contact.
type Rehearsal struct {
	Definition *flows.Definition // nil: the draft as it is saved
	Session    *flows.Session    // of the step before; nil begins one
	Input      flows.Input
	Channel    string // kind
	Contact    flows.Contact
	Language   string    // the conversation's
	Now        time.Time // zero: now; a Timer's is not before what the session waits for
}

// Rehearsed is what a step did. Session is nil when it ended.
type Rehearsed struct {
	flows.Output
	Session *flows.Session
	Vars    map[string]any
	Took    time.Duration
}

// Try takes a draft's session one step. What the caller sends as a session is held to this
// flow and to its draft. The error joins the definition's problems when it does not compile.
func (s *Service) Try(ctx context.Context, company id.Company, which id.Flow, r Rehearsal) (out Rehearsed, err error) {
	f, err := s.flow(ctx, company, which)
	if err != nil {
		return out, err
	}
	if r.Definition == nil {
		r.Definition = &f.Draft
	}
	draft, err := s.flows.Ready(which, 0, *r.Definition)
	if err != nil {
		return out, errs.Under("definition", err)
	}
	c, err := s.cast(ctx, company, f.Bot)
	if err != nil {
		return out, err
	}
	facts, err := c.facts(r)
	if err != nil {
		return out, err
	}
	session, in := r.Session, r.Input
	if session == nil {
		session = flows.Begin(draft, id.New[id.Run](), facts.Now, in.Event.Data)
		in.Kind = flows.Start
	} else if err := own(session, which); err != nil {
		return out, err
	}
	lib := s.flows.Library(ctx, company, draft)
	start := time.Now()
	out.Output, err = flows.Sprint(ctx, lib, s.pretend(company, f.Bot, session.Cart, c.FAQ), session, facts, in)
	out.Took = time.Since(start)
	if err := errors.Join(err, lib.Err); err != nil {
		return out, err
	}
	out.Vars = session.Vars
	if out.Ended == "" {
		out.Session = session
	}
	return out, nil
}

func (s *Service) flow(ctx context.Context, company id.Company, which id.Flow) (f flow.Flow, err error) {
	err = s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		f, err = s.flows.Get(ctx, tx, which)
		return err
	})
	return f, err
}

// maxDepth bounds the frames of a session that comes from outside.
const maxDepth = 5

// own refuses a session that is not this draft's.
func own(s *flows.Session, which id.Flow) error {
	frames := append(slices.Clone(s.Stack), flows.Frame{Flow: s.Flow, Version: s.Version})
	if len(frames) > maxDepth+1 || s.Root != which || frames[0].Flow != which {
		return errs.New(errs.Invalid, "flow.session").At("session")
	}
	for _, f := range frames {
		if f.Flow == which && f.Version != 0 || f.Version < 0 {
			return errs.New(errs.Invalid, "flow.session").At("session")
		}
	}
	return nil
}

// facts are what a pretend contact's flow may read.
func (c cast) facts(r Rehearsal) (flows.Facts, error) {
	week, err := c.week()
	if err != nil {
		return flows.Facts{}, err
	}
	now := r.Now
	if now.IsZero() {
		now = time.Now()
	}
	if s := r.Session; r.Input.Kind == flows.Timer && s != nil && s.Wait != nil && now.Before(s.Wait.Until) {
		now = s.Wait.Until
	}
	company := c.Company
	company.Open = week.Open(now)
	if next, ok := week.NextOpen(now); ok {
		company.OpensAt = next
	}
	if r.Input.Message.Type == "" {
		r.Input.Message = chat.Content{Type: chat.Text}
	}
	return flows.Facts{Now: now, Zone: week.Zone(), Company: company, Globals: c.Globals, Message: r.Input.Message, Contact: r.Contact,
		Conversation: flows.Conversation{Channel: r.Channel, Language: r.Language}}, nil
}
