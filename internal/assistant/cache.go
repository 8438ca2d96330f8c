package assistant

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"recado/bots"
	"recado/flows"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
	"recado/internal/hours"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// compiled is a bot ready to run, as of a revision.
type compiled struct {
	company  id.Company
	revision int64
	bot      *bots.Bot
	faq      *knowledge.Answerer
	size     int   // bytes, about
	used     int64 // tick of the last use
}

// cache keeps the latest revision of the bots used last.
type cache struct {
	budget int
	flight singleflight.Group

	mu    sync.Mutex
	bots  map[id.Bot]*compiled
	size  int
	ticks int64
}

func newCache(budget int) *cache { return &cache{budget: budget, bots: map[id.Bot]*compiled{}} }

// get returns a bot of this revision or a later one, or nil.
func (c *cache) get(bot id.Bot, revision int64) *compiled {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.bots[bot]
	if b == nil || b.revision < revision {
		return nil
	}
	c.ticks++
	b.used = c.ticks
	return b
}

// put keeps a bot unless a later revision is there, and lets those go that were not used
// for longest until the budget is met. Bots are few: looking at all of them is cheap next
// to having compiled one.
func (c *cache) put(bot id.Bot, b *compiled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.bots[bot]; old != nil {
		if old.revision > b.revision {
			return
		}
		c.size -= old.size
	}
	c.ticks++
	b.used = c.ticks
	c.bots[bot] = b
	c.size += b.size
	for c.size > c.budget && len(c.bots) > 1 {
		oldest := bot
		for k, v := range c.bots {
			if v.used < c.bots[oldest].used {
				oldest = k
			}
		}
		c.size -= c.bots[oldest].size
		delete(c.bots, oldest)
	}
}

// Bot returns a compiled bot of this revision, or of a later one that is already there; it
// is what dispatch asks for. Of several that ask for one that has to be compiled, one
// works and all wait. The work goes on when they give up waiting, for those who come after.
func (s *Service) Bot(ctx context.Context, company id.Company, bot id.Bot, revision int64) (*bots.Bot, error) {
	c, err := s.compiled(ctx, company, bot, revision)
	if err != nil {
		return nil, err
	}
	return c.bot, nil
}

// compileTime is ample for a bot of the largest size on a busy machine.
const compileTime = time.Minute

func (s *Service) compiled(ctx context.Context, company id.Company, bot id.Bot, revision int64) (*compiled, error) {
	if c := s.cache.get(bot, revision); c != nil {
		if c.company != company {
			return nil, errs.Missing("bot")
		}
		return c, nil
	}
	key := company.String() + bot.String() + strconv.FormatInt(revision, 10)
	done := s.cache.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), compileTime)
		defer cancel()
		return s.compile(ctx, company, bot)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*compiled), nil
	}
}

func (s *Service) compile(ctx context.Context, company id.Company, bot id.Bot) (c *compiled, err error) {
	defer func() { // singleflight would take the process down with it
		if p := recover(); p != nil {
			err = fmt.Errorf("compile bot %s: panic: %v", bot, p)
		}
	}()
	var src source
	var faqs []knowledge.FAQ
	err = s.db.ForCompany(ctx, company, func(tx db.CompanyTx) (err error) {
		// All of it as of one moment, without making writers wait.
		if _, err := tx.Exec(ctx, `set transaction isolation level repeatable read, read only`); err != nil {
			return err
		}
		if src, err = readSource(ctx, tx, bot); err != nil {
			return err
		}
		if err = s.readFlows(ctx, tx, &src); err != nil {
			return err
		}
		faqs, err = knowledge.All(ctx, tx, bot)
		return err
	})
	if err != nil {
		return nil, err
	}
	// Whether a bot is switched off is dispatch's to know; what it would say can be tried.
	src.def.Enabled = true
	var before *knowledge.Answerer
	if old := s.cache.get(bot, 0); old != nil {
		before = old.faq
	}
	c = &compiled{company: company, revision: src.revision, faq: knowledge.NewAnswerer(faqs, src.def.Thresholds, before)}
	ready, err := s.ready(ctx, company, src.flows)
	if err != nil {
		return nil, err
	}
	if c.bot, err = src.compile(c.faq, ready...); err != nil {
		return nil, fmt.Errorf("compile bot %s: %w", bot, err)
	}
	const perBot, perRule = 32 << 10, 8 << 10 // about
	c.size = perBot + perRule*len(src.rules) + c.faq.Size()
	s.cache.put(bot, c)
	return c, nil
}

// readFlows adds what is published, and what it may read.
func (s *Service) readFlows(ctx context.Context, tx db.CompanyTx, src *source) (err error) {
	if src.flows, err = s.flows.Published(ctx, tx, src.def.ID); err != nil || len(src.flows) == 0 || s.globals == nil {
		return err
	}
	src.globals, err = s.globals(ctx, tx)
	return err
}

// ready compiles what is published, or finds it compiled.
func (s *Service) ready(ctx context.Context, company id.Company, list []flow.Published) ([]*flows.Flow, error) {
	out := make([]*flows.Flow, len(list))
	for i, p := range list {
		f, err := s.flows.Compiled(ctx, company, p.ID, p.Version)
		if err != nil {
			return nil, err
		}
		out[i] = f
	}
	return out, nil
}

// Versions brings the versions of flows that sessions stand on, for dispatch. One that is
// gone is missing in it.
func (s *Service) Versions(ctx context.Context, company id.Company, of []flows.Frame) (flows.Library, error) {
	lib := versions{}
	for _, f := range of {
		c, err := s.flows.Compiled(ctx, company, f.Flow, f.Version)
		var p *errs.Problem
		switch {
		case errors.As(err, &p):
		case err != nil:
			return nil, err
		default:
			lib[flows.Frame{Flow: f.Flow, Version: f.Version}] = c
		}
	}
	return lib, nil
}

// versions is a library of versions that were brought; the published ones are the bot's own.
type versions map[flows.Frame]*flows.Flow

func (v versions) Flow(f id.Flow, version int) *flows.Flow {
	return v[flows.Frame{Flow: f, Version: version}]
}

// Parts is what a bot is compiled from as it is committed now, for who would change some of
// it and see what comes of it.
func (s *Service) Parts(ctx context.Context, company id.Company, bot id.Bot) (bots.Definition, hours.Hours, bots.Parts, error) {
	var src source
	err := s.db.ForCompany(ctx, company, func(tx db.CompanyTx) (err error) {
		if src, err = readSource(ctx, tx, bot); err != nil {
			return err
		}
		return s.readFlows(ctx, tx, &src)
	})
	if err != nil {
		return bots.Definition{}, hours.Hours{}, bots.Parts{}, err
	}
	c, err := s.compiled(ctx, company, bot, src.revision)
	if err != nil {
		return bots.Definition{}, hours.Hours{}, bots.Parts{}, err
	}
	ready, err := s.ready(ctx, company, src.flows)
	return src.def, src.company, src.parts(c.faq, ready), err
}
