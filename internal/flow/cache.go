package flow

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"recado/flows"
	"recado/flows/expr"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// key names a version, which never changes: what was compiled of it stays true.
type key struct {
	flow    id.Flow
	version int
}

type entry struct {
	company id.Company
	flow    *flows.Flow
	size    int   // bytes, about
	used    int64 // tick of the last use
}

// cache keeps the versions used last.
type cache struct {
	budget int
	flight singleflight.Group

	mu    sync.Mutex
	flows map[key]*entry
	size  int
	ticks int64
}

func newCache(budget int) *cache { return &cache{budget: budget, flows: map[key]*entry{}} }

func (c *cache) get(k key) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.flows[k]
	if e != nil {
		c.ticks++
		e.used = c.ticks
	}
	return e
}

// put keeps a version and lets those go that were not used for longest until the budget is
// met. Looking at all of them is cheap next to having compiled one.
func (c *cache) put(k key, e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flows[k] != nil {
		return
	}
	c.ticks++
	e.used = c.ticks
	c.flows[k] = e
	c.size += e.size
	for c.size > c.budget && len(c.flows) > 1 {
		oldest := k
		for k, e := range c.flows {
			if e.used < c.flows[oldest].used {
				oldest = k
			}
		}
		c.size -= c.flows[oldest].size
		delete(c.flows, oldest)
	}
}

// Compiled returns a version ready to run; version 0 is the one that runs now, if the flow
// is switched on. Of several that ask for one that has to be compiled, one works and all
// wait; the work goes on when they give up waiting. NotFound when there is none.
func (s *Service) Compiled(ctx context.Context, company id.Company, which id.Flow, version int) (*flows.Flow, error) {
	if version == 0 {
		err := s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
			return tx.QueryRow(ctx, `select published_version from flow where id = $1 and enabled and published_version is not null`, which).Scan(&version)
		})
		if err != nil {
			return nil, missing(err, "flow")
		}
	}
	k := key{which, version}
	if e := s.cache.get(k); e != nil {
		return e.of(company)
	}
	done := s.cache.flight.DoChan(fmt.Sprint(company, which, version), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), compileTime)
		defer cancel()
		return s.compile(ctx, company, k)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*entry).of(company)
	}
}

func (e *entry) of(company id.Company) (*flows.Flow, error) {
	if e.company != company {
		return nil, errs.Missing("flow")
	}
	return e.flow, nil
}

// compileTime is ample for a flow of the largest size on a busy machine.
const compileTime = 30 * time.Second

func (s *Service) compile(ctx context.Context, company id.Company, k key) (e *entry, err error) {
	defer func() { // singleflight would take the process down with it
		if p := recover(); p != nil {
			err = fmt.Errorf("compile flow %s version %d: panic: %v", k.flow, k.version, p)
		}
	}()
	var b []byte
	err = s.db.ForCompany(ctx, company, func(tx db.CompanyTx) error {
		return tx.QueryRow(ctx, `select definition from flow_version where flow_id = $1 and version = $2`, k.flow, k.version).Scan(&b)
	})
	if err != nil {
		return nil, missing(err, "flow")
	}
	def, err := decode(b)
	if err != nil {
		return nil, err
	}
	f, err := s.Ready(k.flow, k.version, def)
	if err != nil {
		return nil, fmt.Errorf("compile flow %s version %d: %w", k.flow, k.version, err)
	}
	const perByte = 8 // about: what is compiled of a definition is larger than its text
	e = &entry{company: company, flow: f, size: 16<<10 + perByte*len(b)}
	s.cache.put(k, e)
	return e, nil
}

// anyName are the company's own values when a flow is made to run: one that was taken away
// since is empty then, and does not stop a flow that could be published.
var anyName = []expr.Field{
	{Path: "contact.fields.*", Type: expr.Any}, {Path: "global.*", Type: expr.Any}, {Path: "secret.*", Type: expr.Any},
}

// Ready compiles a definition as one that was published is compiled. It checks less than
// Check does; see anyName.
func (s *Service) Ready(which id.Flow, version int, d flows.Definition) (*flows.Flow, error) {
	return flows.Compile(which, version, d, flows.World{Table: s.table, Fields: anyName, Options: s.opts.Flows})
}

// Library finds a company's flows for a session that is tried or replayed. It reads the
// database when it must, so it is not for many at once. Not safe for concurrent use.
type Library struct {
	ctx     context.Context
	service *Service
	company id.Company
	own     *flows.Flow // stands for its flow as version 0, and as its own version
	Err     error       // the first failure that is not the absence of a flow
}

// Library returns a library in which own, if not nil, is what runs of its flow.
func (s *Service) Library(ctx context.Context, company id.Company, own *flows.Flow) *Library {
	return &Library{ctx: ctx, service: s, company: company, own: own}
}

// Flow implements flows.Library.
func (l *Library) Flow(which id.Flow, version int) *flows.Flow {
	if l.own != nil && which == l.own.ID && (version == 0 || version == l.own.Version) {
		return l.own
	}
	f, err := l.service.Compiled(l.ctx, l.company, which, version)
	if err != nil {
		var p *errs.Problem
		if l.Err == nil && !errors.As(err, &p) {
			l.Err = err
		}
		return nil
	}
	return f
}
