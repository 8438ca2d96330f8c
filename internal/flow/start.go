package flow

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"recado/flows"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Asked is the name of the event by which an integrator starts a flow.
const Asked = "flow.start"

// StartIn is the conversation in which a flow that an integrator asks for is to start: the
// one named, or the contact's latest with the flow's bot. Conflict flow.no_api_trigger when
// the version that runs does not allow it or there is none, flow.not_here when the
// conversation is another bot's or there is no such conversation.
func (s *Service) StartIn(ctx context.Context, tx db.CompanyTx, which id.Flow, c id.Conversation, contact id.Contact) (id.Conversation, error) {
	f, err := s.Get(ctx, tx, which)
	if err != nil {
		return c, err
	}
	allowed := false
	if f.Published != nil && f.Enabled {
		_, d, err := s.Version(ctx, tx, which, *f.Published)
		if err != nil {
			return c, err
		}
		allowed = slices.ContainsFunc(d.Triggers, func(t flows.Trigger) bool { return t.Type == flows.OnAPI })
	}
	if !allowed {
		return c, errs.New(errs.Conflict, "flow.no_api_trigger")
	}
	var known bool
	err = tx.QueryRow(ctx, `select exists (select 1 from conversation where id = $1) or exists (select 1 from contact where id = $2)`, c, contact).Scan(&known)
	if err != nil {
		return c, err
	}
	if !known {
		if contact.IsZero() {
			return c, errs.Missing("conversation")
		}
		return c, errs.Missing("contact")
	}
	err = tx.QueryRow(ctx, `select v.id from conversation v join channel ch on ch.id = v.channel_id
		where (v.id = $1 or v.contact_id = $2) and ch.bot_id = $3 and ch.deleted_at is null order by v.last_at desc limit 1`, c, contact, f.Bot).Scan(&c)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.New(errs.Conflict, "flow.not_here")
	}
	return c, err
}
