// Package assistant keeps a company's bots: their settings, rules and questions, and their
// compiled form.
//
// Every change of a bot locks its row and raises its revision in the same transaction
// (touch), so that writers of one bot take turns and the next turn of a conversation
// compiles what was committed. What does not compile is not stored.
package assistant

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/bots/rules"
	"recado/flows"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/hours"
	"recado/internal/id"
)

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	db        *db.DB
	files     *file.Files
	flows     *flow.Service
	globals   func(context.Context, db.CompanyTx) (map[string]any, error)
	cache     *cache
	importing sync.Map // companies with an import under way
}

// Options bound what the Service keeps. Zero values mean the defaults.
type Options struct {
	CacheBytes int // of compiled bots, about; 128 MiB. The one in use is kept whatever its size
	// Globals are the company's own values, which its flows read; nil is none.
	Globals func(context.Context, db.CompanyTx) (map[string]any, error)
}

// New returns the room.
func New(d *db.DB, files *file.Files, fl *flow.Service, o Options) *Service {
	if o.CacheBytes <= 0 {
		o.CacheBytes = 128 << 20
	}
	return &Service{db: d, files: files, flows: fl, globals: o.Globals, cache: newCache(o.CacheBytes)}
}

// Touch makes every compiled bot of the company stale. To be called in the transaction
// that changes something which all of them are compiled from: hours, zone, language.
func Touch(ctx context.Context, tx db.CompanyTx) error {
	_, err := tx.Exec(ctx, `update bot set revision = revision + 1 where company_id = $1`, tx.Company())
	return err
}

// touch locks a bot and makes its compiled form stale. It returns the bot's name.
func touch(ctx context.Context, tx db.CompanyTx, bot id.Bot) (name string, err error) {
	err = tx.QueryRow(ctx, `update bot set revision = revision + 1, updated_at = now() where id = $1 returning name`, bot).Scan(&name)
	return name, missing(err, "bot")
}

// lock locks a bot for a change that may turn out to be none.
func lock(ctx context.Context, tx db.CompanyTx, bot id.Bot) (name string, err error) {
	err = tx.QueryRow(ctx, `select name from bot where id = $1 for no key update`, bot).Scan(&name)
	return name, missing(err, "bot")
}

// exists refuses a bot that is not the company's.
func exists(ctx context.Context, tx db.CompanyTx, bot id.Bot) error {
	var one int
	return missing(tx.QueryRow(ctx, `select 1 from bot where id = $1`, bot).Scan(&one), "bot")
}

func missing(err error, noun string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing(noun)
	}
	return err
}

// source is what a bot is compiled from, but for its questions.
type source struct {
	revision int64
	def      bots.Definition
	company  hours.Hours
	rules    []rules.Definition
	facts    flows.Company // what flows read of the company
	flows    []flow.Published
	globals  map[string]any
}

func readSource(ctx context.Context, tx db.CompanyTx, bot id.Bot) (source, error) {
	s := source{def: blank(bot)}
	var name, zone string
	var enabled bool
	var settings []byte
	err := tx.QueryRow(ctx, `select b.name, b.enabled, b.settings, b.revision, c.hours, c.time_zone, c.name, c.currency
		from bot b join company c on c.id = b.company_id where b.id = $1`, bot).
		Scan(&name, &enabled, &settings, &s.revision, &s.company, &zone, &s.facts.Name, &s.facts.Currency)
	if err != nil {
		return s, missing(err, "bot")
	}
	if err := json.Unmarshal(settings, &s.def); err != nil {
		return s, fmt.Errorf("settings of bot %s: %w", bot, err)
	}
	s.def.Name, s.def.Enabled = name, enabled
	s.company = attended(s.company, zone)
	s.facts.Country = company.Country(zone)
	s.rules, err = readRules(ctx, tx, bot)
	return s, err
}

// attended is when a company attends, with the zone that counts.
func attended(h hours.Hours, zone string) hours.Hours {
	h.Zone = cmp.Or(h.Zone, zone)
	return h
}

func (s source) compile(faq bots.Answerer, ready ...*flows.Flow) (*bots.Bot, error) {
	return bots.Compile(s.def, s.company, s.parts(faq, ready))
}

func (s source) parts(faq bots.Answerer, ready []*flows.Flow) bots.Parts {
	return bots.Parts{Rules: s.rules, FAQ: faq, Flows: ready, Company: s.facts, Globals: s.globals}
}

// refuse says why a change may not be stored. own is what is wrong with the changed thing
// by itself, nil for nothing. Beyond that the bot as a whole must compile, unless it did
// not before: who mends a broken bot mends it piece by piece.
func refuse(own error, before, after source) error {
	if own != nil {
		return own
	}
	_, err := after.compile(nil)
	if err == nil {
		return nil
	}
	if _, was := before.compile(nil); was != nil {
		return nil
	}
	return placeless(err)
}

// placeless takes the fields away from the Problems of err: they are places in the bot as a
// whole, which the one who changes a part of it did not send.
func placeless(err error) error {
	var many interface{ Unwrap() []error }
	var p *errs.Problem
	switch {
	case errors.As(err, &many):
		var out []error
		for _, e := range many.Unwrap() {
			out = append(out, placeless(e))
		}
		return errors.Join(out...)
	case errors.As(err, &p):
		return p.At("")
	}
	return err
}
