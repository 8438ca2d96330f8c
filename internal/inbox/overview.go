package inbox

import (
	"context"
	_ "embed"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

//go:embed queries/overview.sql
var overviewSQL string

// Overview is what a company's first page shows. Days are those of its time zone.
type Overview struct {
	Conversations struct {
		Bot         int `json:"bot"`
		Waiting     int `json:"waiting"`
		Human       int `json:"human"`
		ClosedToday int `json:"closed_today"`
	} `json:"conversations"`
	Messages struct {
		InToday      int `json:"in_today"`
		OutToday     int `json:"out_today"`
		InYesterday  int `json:"in_yesterday"`
		OutYesterday int `json:"out_yesterday"`
	} `json:"messages"`
	Bot struct {
		AnsweredToday  int     `json:"answered_today"`
		OfferedToday   int     `json:"offered_today"`
		HandedOffToday int     `json:"handed_off_today"`
		ResolvedRate   float64 `json:"resolved_rate" doc:"Of today's turns, the share the bot answered by itself; 0 without turns"`
	} `json:"bot"`
	FirstReplySeconds float64 `json:"first_reply_seconds_p50" doc:"Median wait for a person's first reply, of those waiting since yesterday; 0 when none"`
	Queue             struct {
		Waiting     int `json:"waiting"`
		Unsure      int `json:"unsure"`
		FailedToday int `json:"failed_today"`
	} `json:"queue"`
	Hourly    []Hour            `json:"hourly" doc:"The last 24 hours, the oldest first"`
	Checklist Checklist         `json:"checklist"`
	Waiting   []ConversationRow `json:"waiting" doc:"Who waits for a person, the longest first"`
}

// Hour is how many messages came and went in one hour.
type Hour struct {
	Hour time.Time `json:"hour"`
	In   int       `json:"in"`
	Out  int       `json:"out"`
}

// Checklist says which first steps are done.
type Checklist struct {
	Channel    bool `json:"channel" doc:"A channel is connected"`
	FAQ        bool `json:"faq" doc:"A bot has something to answer from"`
	WidgetSeen bool `json:"widget_seen" doc:"The widget was loaded on a page"`
	Teammate   bool `json:"teammate" doc:"More than one person works here"`
	Tested     bool `json:"tested" doc:"A contact has written"`
}

// GetOverview reads the figures of the moment.
func GetOverview(ctx context.Context, tx db.CompanyTx) (o Overview, err error) {
	var answered, turns int
	err = tx.QueryRow(ctx, overviewSQL).Scan(
		&o.Conversations.Bot, &o.Conversations.Waiting, &o.Conversations.Human, &o.Conversations.ClosedToday,
		&o.Messages.InToday, &o.Messages.OutToday, &o.Messages.InYesterday, &o.Messages.OutYesterday,
		&answered, &o.Bot.OfferedToday, &o.Bot.HandedOffToday, &turns, &o.FirstReplySeconds,
		&o.Queue.Waiting, &o.Queue.Unsure, &o.Queue.FailedToday, &o.Hourly,
		&o.Checklist.Channel, &o.Checklist.FAQ, &o.Checklist.WidgetSeen, &o.Checklist.Teammate, &o.Checklist.Tested)
	if err != nil {
		return o, err
	}
	o.Bot.AnsweredToday = answered
	if turns > 0 {
		o.Bot.ResolvedRate = float64(answered) / float64(turns)
	}
	o.Waiting, err = longestWaiting(ctx, tx, 5)
	return o, err
}

// longestWaiting lists who waits for a person, the longest first.
func longestWaiting(ctx context.Context, tx db.CompanyTx, n int) ([]ConversationRow, error) {
	rows, err := tx.Query(ctx, `select id from conversation where started and state = 'waiting' order by waiting_since limit $1`, n)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[id.Conversation])
	if err != nil || len(ids) == 0 {
		return []ConversationRow{}, err
	}
	list, err := List(ctx, tx, Filter{IDs: ids, Limit: n})
	slices.SortFunc(list, func(a, b ConversationRow) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return list, err
}
