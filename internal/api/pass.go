package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) passes() {
	see, work := auth.Permission{Module: auth.Inbox, Level: auth.Read}, auth.Permission{Module: auth.Inbox, Level: auth.Write}
	add(a, operation{ID: "passConversation", Method: "POST", Path: "/conversations/{id}/pass", Tag: "Conversations", Needs: work, Status: 201, Refusals: []int{409},
		Summary: "Offer to go on at your own number", Description: "Sends a link that opens a chat with the number of a channel that holds a session. " +
			"The contact agrees by writing there: that conversation becomes yours and its history continues this one. " +
			"The offer ends after 30 days, when the conversation is closed, or with the next one. Answers with the message sent."}, a.passConversation)
	add(a, operation{ID: "listHistory", Method: "GET", Path: "/conversations/{id}/history", Tag: "Messages", Needs: see,
		Summary: "List what was said before a conversation", Description: "The lines of the conversations that were passed on to this one, up to then, the newest first."}, a.listHistory)
}

type passInput struct {
	ConversationPath
	Idempotent
	Body struct {
		Channel id.Channel `json:"channel_id" format:"uuid"`
		Text    string     `json:"text,omitempty" maxLength:"1000" doc:"What the message says above its link; by default it asks for consent"`
	}
}

func (a *API) passConversation(ctx context.Context, in *passInput) (*Out[inbox.Message], error) {
	return a.writing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		return inbox.Pass(ctx, tx, a.way(ctx), in.ID, who, in.Key, in.Body.Channel, in.Body.Text)
	})
}

type listHistoryInput struct {
	ConversationPath
	Page
}

func (a *API) listHistory(ctx context.Context, in *listHistoryInput) (*Out[List[inbox.HistoryLine]], error) {
	var before *inbox.HistoryPlace
	var place inbox.HistoryPlace
	if ok, err := in.After(&place); err != nil {
		return nil, err
	} else if ok {
		before = &place
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (out List[inbox.HistoryLine], err error) {
		if err := inbox.Exists(ctx, tx, in.ID); err != nil {
			return out, err
		}
		lines, err := inbox.History(ctx, tx, in.ID, before, in.Limit+1)
		for i := range lines {
			linkFile(a.Files, tx.Company(), &lines[i].Message)
		}
		return pageOf(lines, in.Limit, func(l inbox.HistoryLine) any { return inbox.HistoryPlace{Conversation: l.Conversation, Seq: l.Seq} }, err)
	}))
}
