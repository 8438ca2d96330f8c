package assistant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots/rules"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Rule is a rule as its owner sees it.
type Rule struct {
	rules.Definition
	Hits      int64     `json:"hits_7d" doc:"How often it answered in the last seven days"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Rules lists a bot's rules in the order in which they are tried at equal fit.
func (s *Service) Rules(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]Rule, error) {
	if err := exists(ctx, tx, bot); err != nil {
		return nil, err
	}
	return loadRules(ctx, tx, bot, id.Rule{})
}

// loadRules returns one rule of a bot, or with the zero id all of them.
func loadRules(ctx context.Context, tx db.CompanyTx, bot id.Bot, which id.Rule) ([]Rule, error) {
	rows, err := tx.Query(ctx, `select r.id, r.name, r.enabled, r.priority, r.definition, r.updated_at, coalesce(h.n, 0)
		from rule r left join (
			select object_id, sum(n)::bigint as n from answer_count
			where bot_id = $1 and kind = 'rule' and day > current_date - 7 group by object_id
		) h on h.object_id = r.id
		where r.bot_id = $1 and ($2::uuid is null or r.id = $2) order by r.priority desc, r.id`, bot, which)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Rule, error) {
		var r Rule
		var which id.Rule
		var name string
		var enabled bool
		var priority int
		err := row.Scan(&which, &name, &enabled, &priority, &r.Definition, &r.UpdatedAt, &r.Hits)
		r.ID, r.Name, r.Enabled, r.Priority = which, name, enabled, priority
		return r, err
	})
}

func readRules(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]rules.Definition, error) {
	list, err := loadRules(ctx, tx, bot, id.Rule{})
	out := make([]rules.Definition, len(list))
	for i, r := range list {
		out[i] = r.Definition
	}
	return out, err
}

func oneRule(ctx context.Context, tx db.CompanyTx, bot id.Bot, which id.Rule) (Rule, error) {
	list, err := loadRules(ctx, tx, bot, which)
	if err == nil && len(list) == 0 {
		err = errs.Missing("rule")
	}
	if err != nil {
		return Rule{}, err
	}
	return list[0], nil
}

// CreateRule adds a rule; d.ID is ignored. Problems at the rule's own fields: rule.*,
// hours.*, content.*, file.*.
func (s *Service) CreateRule(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, d rules.Definition) (Rule, error) {
	if _, err := touch(ctx, tx, bot); err != nil {
		return Rule{}, err
	}
	before, err := readSource(ctx, tx, bot)
	if err != nil {
		return Rule{}, err
	}
	d.ID = id.New[id.Rule]()
	if err := s.checkRule(ctx, tx, before, &d); err != nil {
		return Rule{}, err
	}
	_, err = tx.Exec(ctx, `insert into rule (id, company_id, bot_id, name, enabled, priority, definition) values ($1, $2, $3, $4, $5, $6, `+storedRule("$7")+`)`,
		d.ID, tx.Company(), bot, d.Name, d.Enabled, d.Priority, d)
	if err != nil {
		return Rule{}, err
	}
	if err := company.Record(ctx, tx, by, "rule.create", ruleObject(d), nil); err != nil {
		return Rule{}, err
	}
	return oneRule(ctx, tx, bot, d.ID)
}

// storedRule is a Definition less what stands in columns.
func storedRule(param string) string {
	return `(` + param + `::jsonb - '{id,name,enabled,priority}'::text[])`
}

// RuleChange names what to change of a rule; nil leaves it as it is.
type RuleChange struct {
	Name     *string         `json:"name,omitempty" minLength:"1" maxLength:"120"`
	Enabled  *bool           `json:"enabled,omitempty"`
	Priority *int            `json:"priority,omitempty" minimum:"-1000000" maximum:"1000000" doc:"The higher number wins"`
	Match    *rules.Match    `json:"match,omitempty" enum:"exact,contains,starts,any_of,regex"`
	Patterns *[]string       `json:"patterns,omitempty" minItems:"1" maxItems:"100"`
	Answers  *[]chat.Content `json:"answers,omitempty" maxItems:"10"`
	Active   *rules.Active   `json:"active,omitempty"`
	Then     *rules.Then     `json:"then,omitempty" enum:"stay,handoff,close"`
	Labels   *[]id.Label     `json:"label_ids,omitempty" maxItems:"20"`
}

func (ch RuleChange) apply(d *rules.Definition) {
	set(&d.Name, ch.Name)
	set(&d.Enabled, ch.Enabled)
	set(&d.Priority, ch.Priority)
	set(&d.Match, ch.Match)
	set(&d.Patterns, ch.Patterns)
	set(&d.Answers, ch.Answers)
	set(&d.Active, ch.Active)
	set(&d.Then, ch.Then)
	set(&d.Labels, ch.Labels)
}

// UpdateRule changes a rule and returns it as it is now. Problems as of CreateRule.
func (s *Service) UpdateRule(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, which id.Rule, ch RuleChange) (Rule, error) {
	if _, err := touch(ctx, tx, bot); err != nil {
		return Rule{}, err
	}
	before, err := readSource(ctx, tx, bot)
	if err != nil {
		return Rule{}, err
	}
	old, err := oneRule(ctx, tx, bot, which)
	if err != nil {
		return Rule{}, err
	}
	d := old.Definition
	ch.apply(&d)
	if err := s.checkRule(ctx, tx, before, &d); err != nil {
		return Rule{}, err
	}
	_, err = tx.Exec(ctx, `update rule set name = $2, enabled = $3, priority = $4, definition = `+storedRule("$5")+`, updated_at = now() where id = $1`,
		which, d.Name, d.Enabled, d.Priority, d)
	if err != nil {
		return Rule{}, err
	}
	if err := company.Record(ctx, tx, by, "rule.update", ruleObject(d), company.Diff(old.Definition, d)); err != nil {
		return Rule{}, err
	}
	return oneRule(ctx, tx, bot, which)
}

// DeleteRule removes a rule.
func (s *Service) DeleteRule(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, which id.Rule) error {
	if _, err := touch(ctx, tx, bot); err != nil {
		return err
	}
	r, err := oneRule(ctx, tx, bot, which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from rule where id = $1`, which); err != nil {
		return err
	}
	return company.Record(ctx, tx, by, "rule.delete", ruleObject(r.Definition), nil)
}

// OrderRules gives the rules the priorities that put them into this order. order must name
// each rule of the bot once: Conflict rule.order when somebody added or removed one.
func (s *Service) OrderRules(ctx context.Context, tx db.CompanyTx, by company.Actor, bot id.Bot, order []id.Rule) ([]Rule, error) {
	name, err := touch(ctx, tx, bot)
	if err != nil {
		return nil, err
	}
	have, err := loadRules(ctx, tx, bot, id.Rule{})
	if err != nil {
		return nil, err
	}
	known := map[id.Rule]bool{}
	for _, r := range have {
		known[r.ID] = true
	}
	for _, r := range order {
		if !known[r] {
			return nil, errs.New(errs.Conflict, "rule.order").At("ids")
		}
		delete(known, r) // the second time it is unknown
	}
	if len(known) > 0 {
		return nil, errs.New(errs.Conflict, "rule.order").At("ids")
	}
	// Steps of ten leave room for a rule in between.
	_, err = tx.Exec(ctx, `update rule r set priority = (cardinality($2::uuid[]) - o.place) * 10, updated_at = now()
		from unnest($2::uuid[]) with ordinality as o(id, place)
		where r.bot_id = $1 and r.id = o.id and r.priority <> (cardinality($2::uuid[]) - o.place) * 10`, bot, db.UUIDs(order))
	if err != nil {
		return nil, err
	}
	if err := company.Record(ctx, tx, by, "rule.order", company.Object{Kind: "bot", ID: bot.String(), Name: name}, nil); err != nil {
		return nil, err
	}
	return loadRules(ctx, tx, bot, id.Rule{})
}

// checkRule completes a rule's attachments and refuses it when it is wrong by itself or
// among the others.
func (s *Service) checkRule(ctx context.Context, tx db.CompanyTx, before source, d *rules.Definition) error {
	d.Name = strings.TrimSpace(d.Name)
	d.Patterns, d.Answers = append([]string{}, d.Patterns...), append([]chat.Content{}, d.Answers...)
	faults := []error{d.Check()}
	for i := range d.Answers {
		err := s.files.Complete(ctx, tx, "", &d.Answers[i])
		var p *errs.Problem
		if err != nil && !errors.As(err, &p) {
			return err
		}
		faults = append(faults, errs.Under(fmt.Sprintf("answers[%d]", i), err))
	}
	if err := checkLabels(ctx, tx, d.Labels); err != nil {
		faults = append(faults, err)
	}
	after := before
	after.rules = slices.Clone(before.rules)
	at := slices.IndexFunc(after.rules, func(r rules.Definition) bool { return r.ID == d.ID })
	if at < 0 {
		after.rules = append(after.rules, *d)
	} else {
		after.rules[at] = *d
	}
	return refuse(errors.Join(faults...), before, after)
}

// checkLabels refuses labels that are not the company's.
func checkLabels(ctx context.Context, tx db.CompanyTx, labels []id.Label) error {
	if len(labels) == 0 {
		return nil
	}
	var known []id.Label
	if err := tx.QueryRow(ctx, `select coalesce(array_agg(id), '{}') from label where id = any($1)`, db.UUIDs(labels)).Scan(&known); err != nil {
		return err
	}
	for i, l := range labels {
		if !slices.Contains(known, l) {
			return errs.New(errs.Invalid, "rule.label").At(fmt.Sprintf("label_ids[%d]", i))
		}
	}
	return nil
}

func ruleObject(d rules.Definition) company.Object {
	return company.Object{Kind: "rule", ID: d.ID.String(), Name: d.Name}
}
