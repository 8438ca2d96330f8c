package assistant

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/hours"
	"recado/internal/id"
)

// Bot is a bot as its owner sees it.
type Bot struct {
	bots.Definition
	Channels  []ChannelRef `json:"channels" doc:"Where it answers"`
	Counts    Counts       `json:"counts"`
	State     State        `json:"state" enum:"running,paused,failing" doc:"paused: switched off; failing: its settings and the company's hours contradict each other, and people get the conversations"`
	UpdatedAt time.Time    `json:"updated_at"`
}

// ChannelRef is a channel on which a bot answers.
type ChannelRef struct {
	ID   id.Channel `json:"id" format:"uuid"`
	Name string     `json:"name"`
}

// Counts is how much a bot knows.
type Counts struct {
	Rules int `json:"rules"`
	FAQs  int `json:"faqs"`
}

// State is whether a bot works.
type State string

const (
	Running State = "running"
	Paused  State = "paused"
	Failing State = "failing"
)

// blank is a bot with nothing set.
func blank(bot id.Bot) bots.Definition {
	return bots.Definition{ID: bot, Enabled: true, Language: bots.Auto, Tone: bots.Neutral, Handoff: bots.HandoffSettings{Words: []string{}}}
}

// List returns the company's bots by name.
func (s *Service) List(ctx context.Context, tx db.CompanyTx) ([]Bot, error) {
	return s.load(ctx, tx, id.Bot{})
}

// Get returns one bot.
func (s *Service) Get(ctx context.Context, tx db.CompanyTx, bot id.Bot) (Bot, error) {
	list, err := s.load(ctx, tx, bot)
	if err == nil && len(list) == 0 {
		err = errs.Missing("bot")
	}
	if err != nil {
		return Bot{}, err
	}
	return list[0], nil
}

// load returns one bot, or with the zero id all of them.
func (s *Service) load(ctx context.Context, tx db.CompanyTx, which id.Bot) ([]Bot, error) {
	rows, err := tx.Query(ctx, `select b.id, b.name, b.enabled, b.settings, b.revision, b.updated_at,
			(select count(*) from rule r where r.bot_id = b.id), (select count(*) from faq f where f.bot_id = b.id),
			coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) order by c.name, c.id)
				from channel c where c.bot_id = b.id and c.deleted_at is null), '[]')
		from bot b where $1::uuid is null or b.id = $1 order by lower(b.name), b.id`, which)
	if err != nil {
		return nil, err
	}
	revisions := map[id.Bot]int64{}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (Bot, error) {
		b := Bot{Definition: blank(id.Bot{})}
		var bot id.Bot
		var name string
		var enabled bool
		var settings []byte
		var revision int64
		err := r.Scan(&bot, &name, &enabled, &settings, &revision, &b.UpdatedAt, &b.Counts.Rules, &b.Counts.FAQs, &b.Channels)
		if err == nil {
			err = json.Unmarshal(settings, &b.Definition)
		}
		b.ID, b.Name, b.Enabled = bot, name, enabled
		revisions[bot] = revision
		return b, err
	})
	for i := range list {
		if err == nil {
			list[i].State, err = s.state(ctx, tx, list[i].Definition, revisions[list[i].ID])
		}
	}
	return list, err
}

func (s *Service) state(ctx context.Context, tx db.CompanyTx, def bots.Definition, revision int64) (State, error) {
	switch {
	case !def.Enabled:
		return Paused, nil
	case s.cache.get(def.ID, revision) != nil:
		return Running, nil
	}
	src, err := readSource(ctx, tx, def.ID)
	if err != nil {
		return "", err
	}
	if _, err := src.compile(nil); err != nil {
		return Failing, nil
	}
	return Running, nil
}

// Change names what to change of a bot; nil leaves it as it is.
type Change struct {
	Name       *string
	Enabled    *bool
	Language   *bots.Language
	Tone       *bots.Tone
	Greeting   *string
	Fallback   *bots.FallbackPolicy
	Handoff    *bots.HandoffSettings
	Hours      **hours.Hours // a pointer to nil for the company's hours
	Thresholds *bots.Thresholds
}

func (ch Change) apply(d *bots.Definition) {
	set(&d.Name, ch.Name)
	set(&d.Enabled, ch.Enabled)
	set(&d.Language, ch.Language)
	set(&d.Tone, ch.Tone)
	set(&d.Greeting, ch.Greeting)
	set(&d.Fallback, ch.Fallback)
	set(&d.Handoff, ch.Handoff)
	set(&d.Hours, ch.Hours)
	set(&d.Thresholds, ch.Thresholds)
	d.Name = strings.TrimSpace(d.Name)
	d.Handoff.Words = slices.DeleteFunc(append([]string{}, d.Handoff.Words...), func(w string) bool { return strings.TrimSpace(w) == "" })
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

const maxBots = 50

// Create makes a bot. Problems: bot.* and hours.* at the fields of ch; Conflict
// bot.too_many.
func (s *Service) Create(ctx context.Context, tx db.CompanyTx, by company.Actor, ch Change) (Bot, error) {
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from bot`).Scan(&n); err != nil {
		return Bot{}, err
	}
	if n >= maxBots {
		return Bot{}, errs.New(errs.Conflict, "bot.too_many", "max", maxBots)
	}
	def := blank(id.New[id.Bot]())
	ch.apply(&def)
	c, err := company.Get(ctx, tx)
	if err != nil {
		return Bot{}, err
	}
	if _, err := bots.Compile(def, attended(c.Hours, c.TimeZone), bots.Parts{}); err != nil {
		return Bot{}, err
	}
	_, err = tx.Exec(ctx, `insert into bot (id, company_id, name, enabled, settings) values ($1, $2, $3, $4, `+storedBot("$5")+`)`,
		def.ID, tx.Company(), def.Name, def.Enabled, def)
	if err != nil {
		return Bot{}, err
	}
	if err := company.Record(ctx, tx, by, "bot.create", object(def), nil); err != nil {
		return Bot{}, err
	}
	return s.Get(ctx, tx, def.ID)
}

// storedBot is a Definition less what stands in columns.
func storedBot(param string) string { return `(` + param + `::jsonb - '{id,name,enabled}'::text[])` }

// Update changes a bot and returns it as it is now. Problems as of Create.
func (s *Service) Update(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, ch Change) (Bot, error) {
	if _, err := touch(ctx, tx, bot); err != nil {
		return Bot{}, err
	}
	before, err := readSource(ctx, tx, bot)
	if err != nil {
		return Bot{}, err
	}
	after := before
	ch.apply(&after.def)
	_, own := bots.Compile(after.def, after.company, bots.Parts{})
	if err := refuse(own, before, after); err != nil {
		return Bot{}, err
	}
	_, err = tx.Exec(ctx, `update bot set name = $2, enabled = $3, settings = `+storedBot("$4")+` where id = $1`,
		bot, after.def.Name, after.def.Enabled, after.def)
	if err != nil {
		return Bot{}, err
	}
	if err := company.Record(ctx, tx, by, "bot.update", object(after.def), company.Diff(before.def, after.def)); err != nil {
		return Bot{}, err
	}
	return s.Get(ctx, tx, bot)
}

// Delete removes a bot with its rules and questions. What it said stays in the
// conversations. Conflict bot.in_use (args channels) while it answers on a channel.
func (s *Service) Delete(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot) error {
	if _, err := lock(ctx, tx, bot); err != nil {
		return err
	}
	b, err := s.Get(ctx, tx, bot)
	if err != nil {
		return err
	}
	if len(b.Channels) > 0 {
		names := make([]string, len(b.Channels))
		for i, c := range b.Channels {
			names[i] = c.Name
		}
		return inUse(strings.Join(names, ", "))
	}
	// Channels that were disconnected stay for their conversations and may still name it.
	if _, err := tx.Exec(ctx, `update channel set bot_id = null where bot_id = $1 and deleted_at is not null`, bot); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from bot where id = $1`, bot); err != nil {
		if db.Violates(err, "channel_company_id_bot_id_fkey") {
			return inUse("…") // bound this very moment
		}
		return err
	}
	return company.Record(ctx, tx, by, "bot.delete", object(b.Definition), nil)
}

func inUse(channels string) error { return errs.New(errs.Conflict, "bot.in_use", "channels", channels) }

func object(d bots.Definition) company.Object {
	return company.Object{Kind: "bot", ID: d.ID.String(), Name: d.Name}
}
