package api

import (
	"context"
	"time"

	"recado/internal/auth"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) messages() {
	see, work := auth.Permission{Module: auth.Inbox, Level: auth.Read}, auth.Permission{Module: auth.Inbox, Level: auth.Write}
	add(a, operation{ID: "listMessages", Method: "GET", Path: "/conversations/{id}/messages", Tag: "Messages", Needs: see,
		Summary: "List a conversation's messages", Description: "In the order of their numbers: the newest below `before`, or the oldest above `after`. Private notes and events are among them."}, a.listMessages)
	add(a, operation{ID: "sendMessage", Method: "POST", Path: "/conversations/{id}/messages", Tag: "Messages", Needs: work, Status: 201, Refusals: []int{409},
		Summary: "Reply to the contact", Description: "Queued for sending when this returns. A conversation that nobody has becomes yours."}, a.sendMessage)
	add(a, operation{ID: "createNote", Method: "POST", Path: "/conversations/{id}/notes", Tag: "Messages", Needs: work, Status: 201, Refusals: []int{409},
		Summary: "Write a private note", Description: "Only colleagues see it."}, a.createNote)
	add(a, operation{ID: "resendMessage", Method: "POST", Path: "/conversations/{id}/messages/{message}/resend", Tag: "Messages", Needs: work, Refusals: []int{409},
		Summary: "Try a failed message again"}, a.resendMessage)
}

const linkFor = 12 * time.Hour // signed links to files

// linkFile gives a message's file an address.
func linkFile(files *file.Files, company id.Company, m *inbox.Message) {
	if m.Content.Media != nil && !m.Content.Media.File.IsZero() {
		media := *m.Content.Media
		media.URL = files.Link(company, media, linkFor)
		m.Content.Media = &media
	}
}

type listMessagesInput struct {
	ConversationPath
	Before int64 `query:"before" minimum:"0" doc:"Only numbers below"`
	After  int64 `query:"after" minimum:"-1" default:"-1" doc:"Only numbers above; -1 asks for the newest"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// Messages is a stretch of a thread.
type Messages struct {
	Items []inbox.Message `json:"items"`
	More  bool            `json:"more" doc:"There are more beyond the far end"`
}

func (a *API) listMessages(ctx context.Context, in *listMessagesInput) (*Out[Messages], error) {
	s := inbox.Span{Limit: in.Limit}
	if in.Before > 0 {
		s.Before = &in.Before
	}
	if in.After >= 0 {
		s.After = &in.After
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (out Messages, err error) {
		if err := inbox.Exists(ctx, tx, in.ID); err != nil {
			return out, err
		}
		out.Items, out.More, err = inbox.Messages(ctx, tx, in.ID, s)
		if out.Items == nil {
			out.Items = []inbox.Message{}
		}
		for i := range out.Items {
			linkFile(a.Files, tx.Company(), &out.Items[i])
		}
		return out, err
	}))
}

// writing runs a command that writes a message, and returns the message.
func (a *API) writing(ctx context.Context, c id.Conversation, fn func(db.CompanyTx, inbox.Actor) (inbox.Change, error)) (*Out[inbox.Message], error) {
	var ch inbox.Change
	out, err := inCompany(ctx, a, func(tx db.CompanyTx) (m inbox.Message, err error) {
		if ch, err = fn(tx, inboxActor(ctx)); err != nil {
			return m, err
		}
		m, err = inbox.GetMessage(ctx, tx, c, ch.Message)
		linkFile(a.Files, tx.Company(), &m)
		return m, err
	})
	if err == nil {
		a.Changed(auth.From(ctx).Company, ch)
	}
	return answer(out, err)
}

type sendMessageInput struct {
	ConversationPath
	Idempotent
	Body struct {
		Content chat.Content `json:"content"`
	}
}

func (a *API) sendMessage(ctx context.Context, in *sendMessageInput) (*Out[inbox.Message], error) {
	c := in.Body.Content
	if err := c.Check(); err != nil {
		return nil, errs.Under("content", err)
	}
	if c.Type == chat.AnswerMsg || c.Type == chat.Unsupported {
		return nil, errs.New(errs.Invalid, "content.not_from_agents", "type", string(c.Type)).At("content.type")
	}
	return a.writing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		content := c
		if err := a.Files.Complete(ctx, tx, "", &content); err != nil {
			return inbox.Change{}, errs.Under("content", err)
		}
		return inbox.Reply(ctx, tx, a.way(ctx), in.ID, who, in.Key, content)
	})
}

type createNoteInput struct {
	ConversationPath
	Idempotent
	Body struct {
		Text     string    `json:"text" minLength:"1" maxLength:"4000"`
		Mentions []id.User `json:"mentions,omitempty" maxItems:"20"`
	}
}

func (a *API) createNote(ctx context.Context, in *createNoteInput) (*Out[inbox.Message], error) {
	return a.writing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		return inbox.Note(ctx, tx, in.ID, who, in.Key, in.Body.Text, in.Body.Mentions)
	})
}

type resendInput struct {
	ConversationPath
	Message id.Message `path:"message" format:"uuid"`
}

func (a *API) resendMessage(ctx context.Context, in *resendInput) (*Out[inbox.Message], error) {
	return a.writing(ctx, in.ID, func(tx db.CompanyTx, who inbox.Actor) (inbox.Change, error) {
		return inbox.Resend(ctx, tx, in.ID, who, in.Message)
	})
}
