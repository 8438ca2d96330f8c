package health

import (
	"context"
	"embed"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

// Conditions are one statement each, over all channels: queries/incidents/<kind>.sql gives
// channel_id, company_id and detail of the channels with which that is wrong now. A file is
// all it takes to add one.
//
//go:embed queries/incidents/*.sql
var conditionFiles embed.FS

//go:embed queries/keep_incidents.sql
var keepIncidentsSQL string

// condition is one thing that can be wrong; sql does all that there is to do about it.
type condition struct{ kind, sql string }

var conditions = readConditions()

func readConditions() (out []condition) {
	const folder = "queries/incidents"
	files, err := conditionFiles.ReadDir(folder)
	if err != nil {
		panic(err) // they are part of the program
	}
	for _, f := range files {
		b, err := conditionFiles.ReadFile(path.Join(folder, f.Name()))
		if err != nil {
			panic(err)
		}
		out = append(out, condition{strings.TrimSuffix(f.Name(), ".sql"), strings.Replace(keepIncidentsSQL, "{{condition}}", string(b), 1)})
	}
	return out
}

// Kinds are the kinds of incident there are.
func Kinds() (out []string) {
	for _, c := range conditions {
		out = append(out, c.kind)
	}
	return out
}

// Incident is something that is or was wrong with a channel. Detail is a code or a figure in
// nobody's language: a platform's code, "7/10" of what was tried, "340 s" of waiting.
type Incident struct {
	ID       id.ID[Incident] `json:"id" format:"uuid"`
	Channel  id.Channel      `json:"channel_id" format:"uuid"`
	Name     string          `json:"channel_name"`
	Kind     string          `json:"kind" example:"lane_stopped"`
	Detail   string          `json:"detail,omitempty" doc:"A code or a figure"`
	OpenedAt time.Time       `json:"opened_at"`
	SeenAt   time.Time       `json:"seen_at" doc:"Last noticed"`
	ClosedAt *time.Time      `json:"closed_at,omitempty" doc:"Absent while it lasts"`
}

const watchEvery = 15 * time.Second

// Watch opens and closes incidents. Changed is told after the commit; it must not block.
type Watch struct {
	DB      *db.DB
	Changed func(c id.Company, channel id.Channel, kind string, opened bool)
	Log     *slog.Logger
}

// Run looks every 15 seconds until ctx ends. All nodes may run it: only one looks at a time.
func (w *Watch) Run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// change is an incident that was opened or closed.
type change struct {
	company id.Company
	channel id.Channel
	opened  bool
}

// look goes through the conditions. One that fails does not keep the others from being
// looked at.
func (w *Watch) look(ctx context.Context) {
	for _, c := range conditions {
		changes, err := w.keep(ctx, c)
		if err != nil {
			if ctx.Err() == nil {
				w.Log.Warn("incidents could not be looked for", "kind", c.kind, "err", err)
			}
			continue
		}
		for _, ch := range changes {
			w.Changed(ch.company, ch.channel, c.kind, ch.opened)
		}
	}
}

// keep evaluates one condition, unless another node is at it.
func (w *Watch) keep(ctx context.Context, c condition) (changes []change, err error) {
	err = w.DB.System(ctx, db.Pipeline, func(tx db.SystemTx) error {
		changes = nil
		var mine bool
		if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock(hashtext('recado.incidents'), hashtext($1))`, c.kind).Scan(&mine); err != nil || !mine {
			return err
		}
		rows, err := tx.Query(ctx, c.sql, c.kind)
		if err != nil {
			return err
		}
		changes, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (ch change, err error) {
			err = r.Scan(&ch.company, &ch.channel, &ch.opened)
			return ch, err
		})
		return err
	})
	return changes, err
}

// List returns up to limit incidents of a company, the newest first: those that last, or
// all there were.
func List(ctx context.Context, tx db.CompanyTx, open bool, limit int) ([]Incident, error) {
	rows, err := tx.Query(ctx, `
		select i.id, i.channel_id, c.name, i.kind, i.detail, i.opened_at, i.seen_at, i.closed_at
		from incident i join channel c on c.id = i.channel_id
		where i.company_id = $1 and (not $2 or i.closed_at is null)
		order by i.opened_at desc, i.id limit $3`, tx.Company(), open, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (i Incident, err error) {
		err = r.Scan(&i.ID, &i.Channel, &i.Name, &i.Kind, &i.Detail, &i.OpenedAt, &i.SeenAt, &i.ClosedAt)
		return i, err
	})
}
