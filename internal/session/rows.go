package session

import (
	"context"
	_ "embed"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

//go:embed queries/list.sql
var listSQL string

// resumeLaneSQL lets a lane go on that was stopped for the reason its session was.
const resumeLaneSQL = `update lane l set stopped = null from channel_session s where l.id = $1 and s.id = l.id and l.stopped = s.code`

// Restart connects a channel's session anew, also one that waits for a person or for its
// next try. Whoever holds it loses it with its next renewal, and only then is it taken again.
// Call Keeper.Wake after the commit.
func Restart(ctx context.Context, tx db.CompanyTx, c id.Channel) error {
	var linked bool
	err := tx.QueryRow(ctx, `select linked from channel_session where id = $1 for no key update`, c).Scan(&linked)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !linked {
		return errs.New(errs.Conflict, "session.not_linked")
	}
	b := &pgx.Batch{}
	b.Queue(resumeLaneSQL, c)
	b.Queue(`update channel_session
		set fence = null, lease_node = null, lease_until = null, tries = 0,
		    not_before = case when lease_until > now() then now() + $2 * interval '1 millisecond' end,
		    gap_from = coalesce(gap_from, case when phase = 'online' then now() end),
		    code = case when phase = 'online' then 'restart' else code end,
		    phase = 'connecting', phase_at = now()
		where id = $1`, c, settleFor.Milliseconds())
	return tx.SendBatch(ctx, b).Close()
}

// Remove forgets a channel's session and device keys without telling the platform; Unlink
// does that. Whoever holds the session closes it with the next renewal.
func Remove(ctx context.Context, tx db.CompanyTx, c id.Channel) error {
	b := &pgx.Batch{}
	b.Queue(`delete from channel_session where id = $1`, c)
	b.Queue(`delete from channel_device where channel_id = $1`, c)
	return tx.SendBatch(ctx, b).Close()
}

// View is a session as its owner sees it.
type View struct {
	Channel        id.Channel     `json:"channel_id" format:"uuid"`
	ChannelName    string         `json:"channel_name"`
	Kind           channels.Kind  `json:"kind"`
	Phase          channels.Phase `json:"phase" enum:"unlinked,connecting,online,retrying,deaf,down,asleep" doc:"online: proved by an answer of the platform; deaf: open, but silent; down: waits for a person; asleep: away on purpose, until something is to be sent or wakes_at"`
	Code           string         `json:"code,omitempty" doc:"Why it is not online"`
	Detail         string         `json:"detail,omitempty" doc:"The platform's own word"`
	Number         string         `json:"number,omitempty" doc:"The account's own"`
	Name           string         `json:"name,omitempty" doc:"What the account calls itself"`
	Linked         bool           `json:"linked"`
	Since          time.Time      `json:"since" doc:"When it came into its phase"`
	WakesAt        *time.Time     `json:"wakes_at,omitempty" doc:"While asleep: when it collects what has come"`
	OnlineAt       *time.Time     `json:"online_at,omitempty" doc:"When it was last proved alive"`
	Restarts       int            `json:"restarts" doc:"How often it was found deaf and connected anew"`
	Node           string         `json:"node,omitempty" doc:"The process that holds it"`
	LastActivityAt *time.Time     `json:"last_activity_at,omitempty"`
	Day            Day            `json:"last_24_hours"`
	Gaps           []Gap          `json:"gaps" maxItems:"5" doc:"The last times it was silent, the newest first"`
}

// Day is what went through a session within 24 hours.
type Day struct {
	In            int `json:"in"`
	Out           int `json:"out" doc:"Taken by the platform"`
	Failed        int `json:"failed"`
	SilentSeconds int `json:"silent_seconds" doc:"Not online although it should have been"`
}

// Gap is a time in which a session was silent although it should not have been.
type Gap struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Code    string    `json:"code,omitempty"`
	Fetched int       `json:"fetched" doc:"Messages of that time which the platform gave later"`
}

// List returns the company's sessions, in the order of its channels.
func List(ctx context.Context, tx db.CompanyTx) ([]View, error) {
	rows, err := tx.Query(ctx, listSQL)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (v View, err error) {
		err = r.Scan(&v.Channel, &v.ChannelName, (*string)(&v.Kind), (*string)(&v.Phase), &v.Code, &v.Detail, &v.Number, &v.Name, &v.Linked,
			&v.Since, &v.WakesAt, &v.OnlineAt, &v.Restarts, &v.Node, &v.LastActivityAt,
			&v.Day.In, &v.Day.Out, &v.Day.Failed, &v.Day.SilentSeconds, &v.Gaps)
		return v, err
	})
}
