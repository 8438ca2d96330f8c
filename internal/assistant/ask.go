package assistant

import (
	"context"
	"errors"
	"time"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// current returns a bot as it is committed now, and the database's clock.
func (s *Service) current(ctx context.Context, company id.Company, bot id.Bot) (c *compiled, now time.Time, err error) {
	var revision int64
	err = s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		return tx.QueryRow(ctx, `select revision, clock_timestamp() from bot where id = $1`, bot).Scan(&revision, &now)
	})
	if err != nil {
		return nil, now, missing(err, "bot")
	}
	c, err = s.compiled(ctx, company, bot, revision)
	var p *errs.Problem
	if errors.As(err, &p) && p.Kind == errs.Invalid { // faults of the bot, not of who asks
		err = errs.New(errs.Conflict, "bot.failing", "code", p.Code)
	}
	return c, now, err
}

// Answers is what a bot's questions have to say to a query, with what decided.
type Answers struct {
	bots.Answers
	Trace bots.Trace
}

// Ask looks for at most k answers in a bot's questions alone, without its rules.
func (s *Service) Ask(ctx context.Context, company id.Company, bot id.Bot, query string, k int) (Answers, error) {
	c, _, err := s.current(ctx, company, bot)
	if err != nil {
		return Answers{}, err
	}
	start := time.Now()
	a := Answers{Answers: c.faq.Answer(ctx, query, k)}
	a.Trace = bots.Trace{Bot: bot, Query: query, Repaired: a.Repaired, AnswerAt: a.AnswerAt, OfferAt: a.OfferAt,
		TookMicro: time.Since(start).Microseconds()}
	outcome, detail := "lost", "below_offer_at"
	switch a.Decision {
	case bots.DecideAnswer:
		best := a.Candidates[0]
		a.Trace.Source, outcome, detail = "faq", "won", ""
		a.Trace.FAQ = &bots.FAQRef{ID: best.ID, ExternalID: best.ExternalID, Question: best.Question, Score: best.Score}
	case bots.DecideOffer:
		a.Trace.Source, outcome, detail = "offer", "won", "offered"
	default:
		a.Trace.Source = "handoff"
	}
	for _, x := range a.Candidates {
		a.Trace.Steps = append(a.Trace.Steps, bots.Step{What: "faq", Outcome: outcome, Detail: detail, ID: x.ID.String(), Name: x.Question, Score: x.Score})
		if a.Decision == bots.DecideAnswer {
			outcome, detail = "lost", "behind"
		}
	}
	return a, nil
}

// Rehearsal is a turn that is tried: nothing of it is stored or sent.
type Rehearsal struct {
	Content  chat.Content
	State    bots.State // empty for WithBot
	Language string     // the contact's, BCP 47; may be empty
	Memory   bots.Memory
}

// Try runs a whole turn of a bot: rules, questions, fallback. A bot that is switched off
// can be tried too.
func (s *Service) Try(ctx context.Context, company id.Company, bot id.Bot, r Rehearsal) (bots.Outcome, error) {
	c, now, err := s.current(ctx, company, bot)
	if err != nil {
		return bots.Outcome{}, err
	}
	if r.State == "" {
		r.State = bots.WithBot
	}
	start := time.Now()
	out := c.bot.Handle(ctx, bots.Turn{
		Now:          now,
		Conversation: bots.Conversation{State: r.State, Language: r.Language, Memory: r.Memory},
		Contact:      bots.Contact{Language: r.Language},
		Message:      bots.Message{At: now, Content: r.Content},
	})
	out.Trace.TookMicro = time.Since(start).Microseconds()
	return out, nil
}
