package api

import (
	"context"
	"time"

	"recado/bots"
	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) conversations() {
	see, work := auth.Permission{Module: auth.Inbox, Level: auth.Read}, auth.Permission{Module: auth.Inbox, Level: auth.Write}
	op := func(name, method, path, summary, description string, needs auth.Permission) operation {
		o := operation{ID: name, Method: method, Path: path, Tag: "Conversations", Summary: summary, Description: description, Needs: needs}
		if method != "GET" {
			o.Refusals = []int{409}
		}
		return o
	}
	add(a, op("listConversations", "GET", "/conversations", "List conversations", "The one with the newest message first.", see), a.listConversations)
	add(a, op("getConversation", "GET", "/conversations/{id}", "Get a conversation", "With its contact and what you may do to it.", see), a.getConversation)
	add(a, op("claimConversation", "POST", "/conversations/{id}/claim", "Take a conversation",
		"The first of many wins; the others get 409 `conversation.claimed`, which names who has it. What the bot had queued and not yet sent is taken back.", work), a.command(inbox.Claim))
	add(a, op("releaseConversation", "POST", "/conversations/{id}/release", "Hand a conversation back to the bot", "", work), a.command(inbox.Release))
	add(a, op("closeConversation", "POST", "/conversations/{id}/close", "Close a conversation", "The contact's next message goes to the bot again.", work), a.command(inbox.Close))
	add(a, op("reopenConversation", "POST", "/conversations/{id}/reopen", "Take a closed conversation up again", "", work), a.command(inbox.Reopen))
	add(a, op("assignConversation", "POST", "/conversations/{id}/assign", "Give a conversation to a colleague", "", work), a.assignConversation)
	add(a, op("pauseConversation", "POST", "/conversations/{id}/pause", "Silence the bot for a while", "Until a time, or for some minutes.", work), a.pauseConversation)
	add(a, op("labelConversation", "PUT", "/conversations/{id}/labels", "Set a conversation's labels", "Replaces those it has.", work), a.labelConversation)
	read := op("readConversation", "POST", "/conversations/{id}/read", "Mark a conversation read", "Up to a message's number.", work)
	read.Status = 204
	add(a, read, a.readConversation)
	typing := op("typing", "POST", "/conversations/{id}/typing", "Say that you are typing", "The contact and your colleagues see it for a few seconds.", work)
	typing.Status = 204
	add(a, typing, a.typing)
}

type listConversationsInput struct {
	Page
	State    string     `query:"state" enum:"open,bot,waiting,human,paused,closed,all" default:"open"`
	Assignee string     `query:"assignee" maxLength:"36" doc:"me, none, or a member's id"`
	Channel  id.Channel `query:"channel" format:"uuid"`
	Label    id.Label   `query:"label" format:"uuid"`
	Team     id.Team    `query:"team" format:"uuid"`
	Search   string     `query:"q" maxLength:"200" doc:"In the contact's name, e-mail address and phone"`
}

// ConversationPage is a page of conversations with how many stand where.
type ConversationPage struct {
	List[inbox.ConversationRow]
	Counts inbox.ConversationCounts `json:"counts"`
}

var statesOf = map[string][]bots.State{
	"all": nil, "open": {bots.WithBot, bots.Waiting, bots.Human, bots.Paused},
	"bot": {bots.WithBot}, "waiting": {bots.Waiting}, "human": {bots.Human}, "paused": {bots.Paused}, "closed": {bots.Closed},
}

func (a *API) listConversations(ctx context.Context, in *listConversationsInput) (*Out[ConversationPage], error) {
	p := auth.From(ctx)
	f := inbox.Filter{States: statesOf[in.State], Channel: in.Channel, Label: in.Label, Team: in.Team, Search: in.Search, Limit: in.Limit + 1}
	switch in.Assignee {
	case "":
	case "me":
		f.Assignee = p.User
	case "none":
		f.Unassigned = true
	default:
		if err := f.Assignee.UnmarshalText([]byte(in.Assignee)); err != nil {
			return nil, errs.New(errs.Invalid, "id.invalid").At("query.assignee")
		}
	}
	var place inbox.Place
	if ok, err := in.After(&place); err != nil {
		return nil, err
	} else if ok {
		f.Before = &place
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (out ConversationPage, err error) {
		rows, err := inbox.List(ctx, tx, f)
		out.List, err = pageOf(rows, in.Limit, func(r inbox.ConversationRow) any { return inbox.Place{At: r.Last.At, ID: r.ID} }, err)
		if err == nil {
			out.Counts, err = inbox.Count(ctx, tx, p.User)
		}
		return out, err
	}))
}

// ConversationPath names a conversation.
type ConversationPath struct {
	ID id.Conversation `path:"id" format:"uuid"`
}

func (a *API) getConversation(ctx context.Context, in *ConversationPath) (*Out[inbox.Conversation], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (inbox.Conversation, error) {
		return inbox.Get(ctx, tx, a.way(ctx), in.ID, inboxActor(ctx))
	}))
}

// inboxActor is the caller as the inbox knows them: who may manage it may take a
// conversation from a colleague.
func inboxActor(ctx context.Context) inbox.Actor {
	p := auth.From(ctx)
	return inbox.Actor{User: p.User, Manager: p.May(auth.Permission{Module: auth.Inbox, Level: auth.Manage})}
}

// changing runs a command on a conversation, tells who must know after the commit, and
// returns the conversation as it now is.
func (a *API) changing(ctx context.Context, c id.Conversation, fn func(db.CompanyTx, inbox.Actor) (inbox.Change, error)) (*Out[inbox.Conversation], error) {
	who := inboxActor(ctx)
	var ch inbox.Change
	out, err := inCompany(ctx, a, func(tx db.CompanyTx) (v inbox.Conversation, err error) {
		if ch, err = fn(tx, who); err != nil {
			return v, err
		}
		return inbox.Get(ctx, tx, a.way(ctx), c, who)
	})
	if err == nil {
		a.Changed(auth.From(ctx).Company, ch)
	}
	return answer(out, err)
}

type conversationCommand = func(context.Context, db.CompanyTx, id.Conversation, inbox.Actor) (inbox.Change, error)

func (a *API) command(fn conversationCommand) func(context.Context, *ConversationPath) (*Out[inbox.Conversation], error) {
	return func(ctx context.Context, in *ConversationPath) (*Out[inbox.Conversation], error) {
		return a.changing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) { return fn(ctx, tx, in.ID, who) })
	}
}

type assignInput struct {
	ConversationPath
	Body struct {
		User *id.User `json:"user" nullable:"true" format:"uuid" doc:"null puts it back among those waiting"`
	}
}

func (a *API) assignConversation(ctx context.Context, in *assignInput) (*Out[inbox.Conversation], error) {
	return a.changing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		if in.Body.User == nil {
			return inbox.Unassign(ctx, tx, in.ID, who)
		}
		return inbox.Assign(ctx, tx, in.ID, who, *in.Body.User)
	})
}

type pauseInput struct {
	ConversationPath
	Body struct {
		Until   *time.Time `json:"until,omitempty"`
		Minutes int        `json:"minutes,omitempty" minimum:"1" maximum:"525600"`
	}
}

func (a *API) pauseConversation(ctx context.Context, in *pauseInput) (*Out[inbox.Conversation], error) {
	return a.changing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		until := in.Body.Until
		if until == nil {
			now, err := db.Now(ctx, tx)
			if err != nil {
				return inbox.Change{}, err
			}
			now = now.Add(time.Duration(in.Body.Minutes) * time.Minute)
			until = &now
		}
		return inbox.Pause(ctx, tx, in.ID, who, *until)
	})
}

type labelsInput struct {
	ConversationPath
	Body struct {
		Labels []id.Label `json:"labels" maxItems:"50"`
	}
}

func (a *API) labelConversation(ctx context.Context, in *labelsInput) (*Out[inbox.Conversation], error) {
	return a.changing(ctx, in.ID, func(tx db.CompanyTx, _ inbox.Actor) (inbox.Change, error) {
		return inbox.SetLabels(ctx, tx, in.ID, in.Body.Labels)
	})
}

type readInput struct {
	ConversationPath
	Body struct {
		Seq int64 `json:"seq" minimum:"0"`
	}
}

func (a *API) readConversation(ctx context.Context, in *readInput) (*struct{}, error) {
	changed, err := inCompany(ctx, a, func(tx db.CompanyTx) (bool, error) { return inbox.MarkRead(ctx, tx, in.ID, in.Body.Seq) })
	if changed {
		a.Changed(auth.From(ctx).Company, inbox.Change{Conversation: in.ID})
	}
	if changed && a.Attend != nil {
		to, err := inCompany(ctx, a, func(tx db.CompanyTx) (inbox.Addressee, error) { return inbox.AddresseeOf(ctx, tx, in.ID) })
		if err != nil {
			return nil, err
		}
		a.Attend(to, false)
	}
	return nil, err
}

type typingInput struct {
	ConversationPath
	Body struct {
		On bool `json:"on"`
	}
}

func (a *API) typing(ctx context.Context, in *typingInput) (*struct{}, error) {
	to, err := inCompany(ctx, a, func(tx db.CompanyTx) (inbox.Addressee, error) { return inbox.AddresseeOf(ctx, tx, in.ID) })
	if err == nil {
		a.Live.Typing(auth.From(ctx), in.ID, in.Body.On)
		if in.Body.On && a.Attend != nil {
			a.Attend(to, true)
		}
	}
	return nil, err
}
