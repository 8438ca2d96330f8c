package flow

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"recado/flows"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Version is one that was published.
type Version struct {
	Version int           `json:"version"`
	Why     string        `json:"why"`
	By      company.Actor `json:"by"`
	At      time.Time     `json:"at"`
	Running int           `json:"running" doc:"Runs that are under way with it"`
}

// Versions lists a flow's, the newest first. All are kept.
func (s *Service) Versions(ctx context.Context, tx db.CompanyTx, which id.Flow) ([]Version, error) {
	if _, err := s.Get(ctx, tx, which); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `select v.version, v.why, v.by_id, v.by_name, v.at, (select count(*) from flow_run r where r.flow_id = v.flow_id and r.version = v.version and r.ended_at is null)
		from flow_version v where v.flow_id = $1 order by v.version desc`, which)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (v Version, err error) {
		err = r.Scan(&v.Version, &v.Why, &v.By.ID, &v.By.Name, &v.At, &v.Running)
		return v, err
	})
}

// Version returns one of a flow's versions with what was published.
func (s *Service) Version(ctx context.Context, tx db.CompanyTx, which id.Flow, version int) (v Version, d flows.Definition, err error) {
	var b []byte
	err = tx.QueryRow(ctx, `select v.version, v.why, v.by_id, v.by_name, v.at, (select count(*) from flow_run r where r.flow_id = v.flow_id and r.version = v.version and r.ended_at is null), v.definition
		from flow_version v where v.flow_id = $1 and v.version = $2`, which, version).
		Scan(&v.Version, &v.Why, &v.By.ID, &v.By.Name, &v.At, &v.Running, &b)
	if err != nil {
		return v, d, missing(err, "flow_version")
	}
	d, err = decode(b)
	return v, d, err
}

// Publish makes the draft the version that new runs begin with; those under way go on with
// the version they began with. revision must be the draft's: Conflict flow.changed. The
// error joins all of Check's problems, at their places in the definition.
func (s *Service) Publish(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Flow, revision int64, why string) (Version, error) {
	f, err := hold(ctx, tx, which)
	if err != nil {
		return Version{}, err
	}
	if err := f.unchanged(revision); err != nil {
		return Version{}, err
	}
	return s.publish(ctx, tx, by, f, why)
}

// Restore publishes what an earlier version was as a new one, and makes it the draft.
func (s *Service) Restore(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Flow, version int, why string) (Version, error) {
	f, err := hold(ctx, tx, which)
	if err != nil {
		return Version{}, err
	}
	_, d, err := s.Version(ctx, tx, which, version)
	if err != nil {
		return Version{}, err
	}
	if f, err = s.save(ctx, tx, by, f, d); err != nil {
		return Version{}, err
	}
	return s.publish(ctx, tx, by, f, why)
}

func (s *Service) publish(ctx context.Context, tx db.CompanyTx, by company.Actor, f Flow, why string) (Version, error) {
	why = strings.TrimSpace(why)
	if utf8.RuneCountInString(why) > maxWhy {
		return Version{}, errs.New(errs.Invalid, "flow.why", "max", maxWhy).At("why")
	}
	report, err := s.Check(ctx, tx, f, f.Draft)
	if err != nil {
		return Version{}, err
	}
	if len(report.Problems) > 0 {
		faults := make([]error, len(report.Problems))
		for i, p := range report.Problems {
			faults[i] = p
		}
		return Version{}, errors.Join(faults...)
	}
	b, err := Encode(f.Draft)
	if err != nil {
		return Version{}, err
	}
	v := Version{Why: why, By: by}
	err = tx.QueryRow(ctx, `insert into flow_version (flow_id, version, company_id, definition, enters, returns, why, by_id, by_name)
		select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8 from flow_version where flow_id = $1
		returning version, at`, f.ID, tx.Company(), string(b), db.UUIDs(report.enters), db.UUIDs(report.returns), why, by.ID, by.Name).Scan(&v.Version, &v.At)
	if err != nil {
		return v, err
	}
	if _, err := tx.Exec(ctx, `update flow set published_version = $2, published_revision = draft_revision, updated_at = now() where id = $1`, f.ID, v.Version); err != nil {
		return v, err
	}
	changes := company.Changes{"version": {From: f.Published, To: v.Version}}
	if why != "" {
		changes["why"] = company.FromTo{To: why}
	}
	return v, company.Record(ctx, tx, by, "flow.publish", object(f.ID, f.Name), changes)
}

// Published is a flow that may begin: switched on, in the version that runs.
type Published struct {
	ID         id.Flow
	Version    int
	Name       string
	Definition flows.Definition
}

// Published returns the flows of a bot that may begin, the oldest first.
func (s *Service) Published(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]Published, error) {
	rows, err := tx.Query(ctx, `select f.id, v.version, f.name, v.definition from flow f
		join flow_version v on v.flow_id = f.id and v.version = f.published_version where f.bot_id = $1 and f.enabled order by f.id`, bot)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (Published, error) {
		var p Published
		var b []byte
		err := r.Scan(&p.ID, &p.Version, &p.Name, &b)
		if err == nil {
			p.Definition, err = decode(b)
		}
		return p, err
	})
}
