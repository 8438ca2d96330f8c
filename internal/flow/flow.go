// Package flow keeps a company's flows: the draft that people draw, every version that was
// published, the record of runs, and their compiled form.
//
// A flow belongs to a bot. What is published, switched on and off or deleted locks the bot's
// row first and raises its revision in the same transaction (touch), so that writers of one
// bot take turns and the next turn of a conversation compiles what was committed. A draft
// may be wrong; what is published compiles, enters only flows of its own bot that run, and
// says only what the bot's channels can carry.
package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/flows"
	"recado/flows/expr"
	"recado/flows/upgrade"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
)

// Service is the room. Its methods are safe for concurrent use.
type Service struct {
	db    *db.DB
	table flows.Table
	opts  Options
	cache *cache
}

// Options bound the room. Zero values mean the defaults.
type Options struct {
	CacheBytes int           // of compiled flows, about; 64 MiB
	Flows      flows.Options // what a flow may be and do
	Files      *file.Files   // completes what flows show; nil leaves it as it is
	// Fit cuts a message into parts that a channel can carry, none when it cannot at all; nil
	// leaves channels' limits unchecked.
	Fit func(channels.Channel, chat.Content) ([]chat.Content, []channels.Breach)
	// Globals are the company's own values and secrets, "global.x" and "secret.x", for the
	// check of what is published; nil allows any name.
	Globals func(context.Context, db.CompanyTx) ([]expr.Field, error)
}

// New returns the room for these kinds of node.
func New(d *db.DB, table flows.Table, o Options) *Service {
	o.CacheBytes = cmp.Or(o.CacheBytes, 64<<20)
	return &Service{db: d, table: table, opts: o, cache: newCache(o.CacheBytes)}
}

// Types are the kinds of node, by group and name.
func (s *Service) Types() []flows.Type {
	out := slices.Collect(maps.Values(s.table))
	slices.SortFunc(out, func(a, b flows.Type) int {
		return cmp.Or(cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// groups are those of the palette, in its order.
var groups = []string{"say", "ask", "logic", "data", "shop", "ai", "team"}

const (
	maxFlows      = 200       // of a bot
	maxDefinition = 512 << 10 // bytes of a definition as it is stored
	maxWhy        = 500       // characters
)

// Flow is a flow with its draft.
type Flow struct {
	ID        id.Flow          `json:"id" format:"uuid"`
	Bot       id.Bot           `json:"bot_id" format:"uuid"`
	Name      string           `json:"name"`
	Enabled   bool             `json:"enabled" doc:"One that is switched off neither starts nor can be entered"`
	Draft     flows.Definition `json:"draft"`
	Revision  int64            `json:"draft_revision" doc:"Rises with every change of the draft"`
	By        company.Actor    `json:"draft_by" doc:"Who changed the draft last"`
	At        time.Time        `json:"draft_at"`
	Published *int             `json:"published_version,omitempty"`
	Status    Status           `json:"status" enum:"draft,published,changed"`
}

// Status is how a flow's draft stands to what is published.
type Status string

// Unpublished was never published; Changed has a draft that differs from what runs.
const (
	Unpublished Status = "draft"
	Current     Status = "published"
	Changed     Status = "changed"
)

const flowSQL = `select f.id, f.bot_id, f.name, f.enabled, f.draft, f.draft_revision, f.draft_by, f.draft_by_name, f.draft_at, f.published_version,
	case when f.published_version is null then 'draft' when f.draft_revision = f.published_revision then 'published' else 'changed' end
	from flow f where f.id = $1`

// Get returns one flow.
func (s *Service) Get(ctx context.Context, tx db.CompanyTx, which id.Flow) (Flow, error) {
	return get(ctx, tx, which, flowSQL)
}

// lock is get for one that is about to be changed.
func lock(ctx context.Context, tx db.CompanyTx, which id.Flow) (Flow, error) {
	return get(ctx, tx, which, flowSQL+" for no key update")
}

func get(ctx context.Context, tx db.CompanyTx, which id.Flow, sql string) (f Flow, err error) {
	var draft []byte
	err = tx.QueryRow(ctx, sql, which).Scan(&f.ID, &f.Bot, &f.Name, &f.Enabled, &draft, &f.Revision, &f.By.ID, &f.By.Name, &f.At, &f.Published, (*string)(&f.Status))
	if err != nil {
		return f, missing(err, "flow")
	}
	f.Draft, err = decode(draft)
	return f, err
}

// decode reads a definition that this package stored, maybe in an older format.
func decode(b []byte) (d flows.Definition, err error) {
	if b, err = upgrade.Raw(b); err == nil {
		err = json.Unmarshal(b, &d)
	}
	if err != nil {
		err = fmt.Errorf("stored definition: %w", err)
	}
	return d, err
}

func missing(err error, noun string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errs.Missing(noun)
	}
	return err
}

// Summary is a flow in a list.
type Summary struct {
	ID          id.Flow         `json:"id" format:"uuid"`
	Name        string          `json:"name"`
	Enabled     bool            `json:"enabled"`
	Status      Status          `json:"status" enum:"draft,published,changed"`
	Version     *int            `json:"version,omitempty" doc:"The one that runs"`
	Triggers    []flows.Trigger `json:"triggers" doc:"Of the version that runs, or else of the draft"`
	Runs        int             `json:"runs_7d"`
	Conversions int             `json:"conversions_7d"`
	UpdatedAt   time.Time       `json:"updated_at"`
	DraftAt     time.Time       `json:"draft_at"`
}

// List returns a bot's flows, the oldest first.
func (s *Service) List(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]Summary, error) {
	if err := botExists(ctx, tx, bot); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `select f.id, f.name, f.enabled,
			case when f.published_version is null then 'draft' when f.draft_revision = f.published_revision then 'published' else 'changed' end,
			f.published_version, coalesce(v.definition, f.draft) -> 'triggers', r.runs, r.conversions, f.updated_at, f.draft_at
		from flow f left join flow_version v on v.flow_id = f.id and v.version = f.published_version,
		lateral (select count(*), count(converted_at) from flow_run where flow_id = f.id and started_at > now() - interval '7 days') r(runs, conversions)
		where f.bot_id = $1 order by f.id`, bot)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Summary, error) {
		var v Summary
		err := r.Scan(&v.ID, &v.Name, &v.Enabled, (*string)(&v.Status), &v.Version, &v.Triggers, &v.Runs, &v.Conversions, &v.UpdatedAt, &v.DraftAt)
		return v, err
	})
}

func botExists(ctx context.Context, tx db.CompanyTx, bot id.Bot) error {
	var one int
	return missing(tx.QueryRow(ctx, `select 1 from bot where id = $1`, bot).Scan(&one), "bot")
}

// touch locks a bot and makes its compiled form stale.
func touch(ctx context.Context, tx db.CompanyTx, bot id.Bot) error {
	t, err := tx.Exec(ctx, `update bot set revision = revision + 1, updated_at = now() where id = $1`, bot)
	if err == nil && t.RowsAffected() == 0 {
		err = errs.Missing("bot")
	}
	return err
}

// hold locks a flow for a change that the bot must hear of: the bot first.
func hold(ctx context.Context, tx db.CompanyTx, which id.Flow) (Flow, error) {
	var bot id.Bot
	if err := tx.QueryRow(ctx, `select bot_id from flow where id = $1`, which).Scan(&bot); err != nil {
		return Flow{}, missing(err, "flow")
	}
	if err := touch(ctx, tx, bot); err != nil {
		return Flow{}, err
	}
	return lock(ctx, tx, which)
}

// Create adds a flow with a draft, which may be wrong but for its name. Problems:
// company.name at "definition.name", flow.too_large; Conflict flow.too_many.
func (s *Service) Create(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, d flows.Definition) (Flow, error) {
	if _, err := tx.Exec(ctx, `select 1 from bot where id = $1 for no key update`, bot); err != nil {
		return Flow{}, err
	}
	if err := botExists(ctx, tx, bot); err != nil {
		return Flow{}, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from flow where bot_id = $1`, bot).Scan(&n); err != nil {
		return Flow{}, err
	}
	if n >= maxFlows {
		return Flow{}, errs.New(errs.Conflict, "flow.too_many", "max", maxFlows)
	}
	if _, err := s.complete(ctx, tx, &d); err != nil {
		return Flow{}, err
	}
	b, err := encodeNamed(&d)
	if err != nil {
		return Flow{}, err
	}
	which := id.New[id.Flow]()
	_, err = tx.Exec(ctx, `insert into flow (id, company_id, bot_id, name, draft, draft_by, draft_by_name) values ($1, $2, $3, $4, $5, $6, $7)`,
		which, tx.Company(), bot, d.Name, string(b), by.ID, by.Name)
	if err != nil {
		return Flow{}, err
	}
	if err := company.Record(ctx, tx, by, "flow.create", object(which, d.Name), nil); err != nil {
		return Flow{}, err
	}
	return s.Get(ctx, tx, which)
}

// encodeNamed is Encode of a definition whose name is a flow's.
func encodeNamed(d *flows.Definition) (b []byte, err error) {
	if d.Name, err = company.CleanName("definition.name", d.Name); err != nil {
		return nil, err
	}
	return Encode(*d)
}

func object(f id.Flow, name string) company.Object {
	return company.Object{Kind: "flow", ID: f.String(), Name: name}
}

// Save makes d the draft if revision is still the draft's: Conflict flow.changed (args by,
// at, revision) when somebody else was first. Drafts are saved while people type, so only
// what is published is recorded.
func (s *Service) Save(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Flow, revision int64, d flows.Definition) (Flow, error) {
	f, err := lock(ctx, tx, which)
	if err != nil {
		return f, err
	}
	if err := f.unchanged(revision); err != nil {
		return f, err
	}
	return s.save(ctx, tx, by, f, d)
}

func (f Flow) unchanged(revision int64) error {
	if f.Revision == revision {
		return nil
	}
	return errs.New(errs.Conflict, "flow.changed", "by", f.By.Name, "at", f.At.UTC().Format(time.RFC3339), "revision", f.Revision)
}

// save writes a draft; one that is what is there already changes nothing.
func (s *Service) save(ctx context.Context, tx db.CompanyTx, by company.Actor, f Flow, d flows.Definition) (Flow, error) {
	if _, err := s.complete(ctx, tx, &d); err != nil { // faults are told by Check
		return f, err
	}
	b, err := encodeNamed(&d)
	if err != nil {
		return f, err
	}
	_, err = tx.Exec(ctx, `update flow set draft = $2::json, name = $3, draft_revision = draft_revision + 1, draft_by = $4, draft_by_name = $5, draft_at = now(), updated_at = now()
		where id = $1 and draft::text <> ($2::json)::text`, f.ID, string(b), d.Name, by.ID, by.Name)
	if err != nil {
		return f, err
	}
	return s.Get(ctx, tx, f.ID)
}

// Change names what to change of a flow; nil leaves it as it is.
type Change struct {
	Name    *string `json:"name,omitempty" minLength:"1" maxLength:"120" doc:"Of the draft too"`
	Enabled *bool   `json:"enabled,omitempty"`
}

// Update changes a flow. Conflict flow.entered (args flows) when one that others enter is
// switched off, flow.enters_stopped when one that enters such is switched on.
func (s *Service) Update(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Flow, ch Change) (Flow, error) {
	f, err := hold(ctx, tx, which)
	if err != nil {
		return f, err
	}
	before := f
	if ch.Name != nil {
		d := f.Draft
		if d.Name, err = company.CleanName("name", *ch.Name); err != nil {
			return f, err
		}
		if f, err = s.save(ctx, tx, by, f, d); err != nil {
			return f, err
		}
	}
	if ch.Enabled != nil && *ch.Enabled != f.Enabled {
		f.Enabled = *ch.Enabled
		if err := switchable(ctx, tx, f); err != nil {
			return f, err
		}
		if _, err := tx.Exec(ctx, `update flow set enabled = $2, updated_at = now() where id = $1`, which, f.Enabled); err != nil {
			return f, err
		}
	}
	type recorded struct {
		Name    string `json:"name"`
		Enabled bool   `json:"enabled"`
	}
	return f, company.Record(ctx, tx, by, "flow.update", object(which, f.Name), company.Diff(recorded{before.Name, before.Enabled}, recorded{f.Name, f.Enabled}))
}

// switchable refuses a switch that would leave a flow that runs without one that it enters.
func switchable(ctx context.Context, tx db.CompanyTx, f Flow) error {
	if !f.Enabled {
		return entered(ctx, tx, f.ID)
	}
	names, err := names(ctx, tx, `select coalesce(o.name, '…') from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version,
		unnest(v.enters) as e(id) left join flow o on o.id = e.id
		where f.id = $1 and e.id <> $1 and (o.id is null or o.published_version is null or not o.enabled)`, f.ID)
	if err != nil || names == "" {
		return err
	}
	return errs.New(errs.Conflict, "flow.enters_stopped", "flows", names)
}

// entered refuses to take away a flow that others, which run, enter.
func entered(ctx context.Context, tx db.CompanyTx, which id.Flow) error {
	names, err := names(ctx, tx, `select f.name from flow f join flow_version v on v.flow_id = f.id and v.version = f.published_version
		where f.enabled and f.id <> $1 and $1 = any(v.enters) order by f.id`, which)
	if err != nil || names == "" {
		return err
	}
	return errs.New(errs.Conflict, "flow.entered", "flows", names)
}

func names(ctx context.Context, tx db.CompanyTx, sql string, which id.Flow) (list string, err error) {
	err = tx.QueryRow(ctx, `select coalesce(string_agg(name, ', '), '') from (`+sql+` limit 10) as x(name)`, which).Scan(&list)
	return list, err
}

// Delete removes a flow with its versions and runs. Conflict flow.entered (args flows) while
// others enter it.
func (s *Service) Delete(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Flow) error {
	f, err := hold(ctx, tx, which)
	if err != nil {
		return err
	}
	if err := entered(ctx, tx, which); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from flow where id = $1`, which); err != nil {
		return err
	}
	return company.Record(ctx, tx, by, "flow.delete", object(which, f.Name), nil)
}
