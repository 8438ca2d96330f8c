package inbox

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/outbox"
)

// TurnResult is what a bot decided about one inbound message, with the lease under which
// it was decided.
type TurnResult struct {
	Conversation id.Conversation
	Fence        int64 // of the turn's lease
	Seq          int64 // of the message handled
	Version      int64 // of the conversation when the turn was loaded
	Bot          id.Bot
	Pass         id.Pass    // pending when the turn was loaded: the bot was not asked
	Message      id.Message // the message handled, when it is known
	Event        id.Event   // the event handled instead of a message
	Hops         int        // of Event
	Outcome      bots.Outcome
	Way          Way
}

// ErrStale means that the turn was decided on a conversation that has changed since, or
// under a lease that has passed to another node. Nothing was written.
var ErrStale = errors.New("inbox: the turn is stale")

// Apply commits what a bot decided: its messages with their intents to send, the new
// state and memory, and the end of the turn, all or nothing. The conversation's lock and
// the version keep the bot from speaking over a person who has just claimed it.
func Apply(ctx context.Context, tx db.CompanyTx, r TurnResult) (Change, error) {
	if !r.Pass.IsZero() {
		if err := lockWithEarlier(ctx, tx, r); err != nil {
			return Change{}, err
		}
	}
	t, err := lock(ctx, tx, r.Conversation)
	if err != nil {
		return Change{}, err
	}
	var wanted int64
	var pass id.Pass
	err = tx.QueryRow(ctx, `select wanted_seq, (select id from pending_pass p where p.contact_id = $3 and p.to_channel = $4 order by asked_at desc, id desc limit 1)
		from turn where conversation_id = $1 and fence = $2 for update`, r.Conversation, r.Fence, t.contact, t.channel).Scan(&wanted, &pass)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (t.version != r.Version || pass != r.Pass) {
		return Change{}, ErrStale
	} else if err != nil {
		return Change{}, err
	}
	if !pass.IsZero() {
		return t.accept(ctx, tx, r)
	}
	if t.wanted, err = wantedAgent(ctx, tx, r.Outcome); err != nil {
		return Change{}, err
	}
	b := &pgx.Batch{}
	if err := t.apply(b, tx.Company(), r); err != nil {
		return Change{}, err
	}
	if !r.Event.IsZero() {
		b.Queue(`delete from flow_event where id = $1`, r.Event)
	}
	handled := r.Seq
	switch t.state {
	case bots.WithBot:
	case bots.Closed: // the messages are done with; an event may still open it
		handled = wanted
	default: // what is left is for a person
		handled = wanted
		b.Queue(`delete from flow_event where conversation_id = $1`, r.Conversation)
	}
	b.Queue(`with done as (
			delete from turn where conversation_id = $1 and fence = $2 and wanted_seq <= $3
			and not exists (select 1 from flow_event where conversation_id = $1) returning 1
		) update turn set handled_seq = $3, fence = null, lease_node = null, due_at = now(), tries = 0
		where conversation_id = $1 and fence = $2 and not exists (select 1 from done)`, r.Conversation, r.Fence, handled)
	t.save(b, tx.Company())
	ch := Change{Conversation: t.id}
	for i := range t.drafts {
		if t.drafts[i].priority != 0 {
			ch.Lane = t.channel
		}
	}
	return ch, send(ctx, tx, b)
}

// apply turns effects into drafts and changes of state.
func (t *thread) apply(b *pgx.Batch, company id.Company, r TurnResult) error {
	by := Author{chat.ByBot, r.Bot}
	if r.Bot.IsZero() {
		by = Author{Kind: chat.BySystem}
	}
	t.memory = &r.Outcome.Memory
	trace := &r.Outcome.Trace
	if t.state == bots.Closed && slices.ContainsFunc(r.Outcome.Runs, func(p bots.Progress) bool { return p.Begun }) {
		if err := t.to(bots.Began); err != nil {
			return err
		}
	}
	t.runs(b, company, r)
	for _, e := range r.Outcome.Effects {
		switch {
		case e.Say != nil:
			t.say(r.Way, draft{kind: KindMessage, author: by, content: e.Say.Content, trace: trace, priority: outbox.Bot})
		case e.Handoff != nil:
			if err := t.handOver(b, e.Handoff); err != nil {
				return err
			}
			t.add(draft{kind: KindEvent, author: by, content: chat.Plain("handoff." + e.Handoff.Reason), trace: trace})
			if e.Handoff.Summary != "" {
				t.add(draft{kind: KindNote, author: by, content: chat.Plain(e.Handoff.Summary)})
			}
		case !e.Label.IsZero():
			b.Queue(`insert into conversation_label (conversation_id, label_id, company_id)
				select $1, id, company_id from label where id = $2 on conflict do nothing`, t.id, e.Label)
		case e.Close:
			if err := t.to(bots.Close); err != nil {
				return err
			}
			t.event(by, "closed")
		default:
			t.flowEffect(b, company, by, e, r.Hops)
		}
	}
	return nil
}

// handOver asks for a person: for one of a team where the flow says so, or gives the
// conversation to the agent it names.
func (t *thread) handOver(b *pgx.Batch, h *bots.Handoff) error {
	if !h.Team.IsZero() {
		b.Queue(`update conversation set team_id = team.id from team where conversation.id = $1 and team.id = $2`, t.id, h.Team)
	}
	if t.wanted.IsZero() || t.wanted != h.To {
		return t.to(bots.Asked)
	}
	if err := t.to(bots.Claimed); err != nil {
		return err
	}
	t.assignee = h.To
	return nil
}

// wantedAgent is the agent that an outcome hands over to, if they work here.
func wantedAgent(ctx context.Context, tx db.CompanyTx, o bots.Outcome) (who id.User, err error) {
	for _, e := range o.Effects {
		if e.Handoff != nil && !e.Handoff.To.IsZero() {
			err = tx.QueryRow(ctx, `select user_id from member where user_id = $1`, e.Handoff.To).Scan(&who)
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return who, err
}

// Elapse ends the pauses whose time has come and returns whose they were.
func Elapse(ctx context.Context, q db.Querier) ([]Arrival, error) {
	rows, err := q.Query(ctx, `update conversation set state = 'bot', paused_until = null, version = version + 1, changed_at = now()
		where id in (select id from conversation where state = 'paused' and paused_until <= now() order by id limit 500 for no key update skip locked)
		returning company_id, id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (a Arrival, err error) {
		err = r.Scan(&a.Company, &a.Conversation)
		return a, err
	})
}
